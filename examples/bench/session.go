package main

import (
	"context"
	"errors"
	"io"
	"sync/atomic"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/frame"
)

// A session decodes one file over and over: one demuxer, one decoder, one goroutine.
type session struct {
	file   string
	cfg    *codec.DecoderConfig
	frames atomic.Int64 // delivered so far
	done   chan error

	dem    *codec.Demuxer
	dec    *codec.Decoder
	packet codec.Packet
	offset int64 // added to the times, so that they grow from pass to pass
	next   int64 // where the following pass begins
	passes int
}

func newSession(ctx context.Context, file string, cfg *codec.DecoderConfig) *session {
	s := &session{file: file, cfg: cfg, done: make(chan error, 1)}
	go func() { s.done <- s.run(ctx) }()
	return s
}

// run works until ctx ends.
func (s *session) run(ctx context.Context) error {
	err := s.open(ctx)
	for err == nil && ctx.Err() == nil {
		err = s.step(ctx)
	}
	return errors.Join(err, s.close())
}

func (s *session) open(ctx context.Context) (err error) {
	if s.dem, err = codec.Open(ctx, s.file, &codec.DemuxerConfig{Network: true}); err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { s.dem.Close() })
	s.dec, err = codec.NewDecoder(s.dem.Stream(), s.cfg)
	return err
}

func (s *session) close() error { return errors.Join(s.dec.Close(), s.dem.Close()) }

// step decodes a packet. At the end of the file the next pass follows at once, as if
// the file were longer: a drain would stop the engine for the length of the
// reordering, which is no part of what is measured.
func (s *session) step(ctx context.Context) error {
	err := s.feed()
	if errors.Is(err, io.EOF) {
		return s.rewind(ctx)
	}
	return err
}

// feed decodes a packet, or returns io.EOF.
func (s *session) feed() error {
	p := &s.packet
	if err := s.dem.ReadPacket(p); err != nil {
		return err
	}
	if p.PTS != codec.NoPTS {
		s.next = max(s.next, p.PTS+s.offset+max(p.Duration, 1))
		p.PTS += s.offset
	}
	if p.DTS != codec.NoPTS {
		p.DTS += s.offset
	}
	frames, err := s.dec.Decode(p)
	s.take(frames)
	return err
}

func (s *session) take(frames []*frame.Frame) {
	for _, f := range frames {
		f.Release()
	}
	s.frames.Add(int64(len(frames)))
}

func (s *session) rewind(ctx context.Context) error {
	s.passes++
	s.offset = s.next
	if s.dem.Seek(0) == nil {
		return nil
	}
	// An elementary stream has nothing to seek by.
	_ = s.dem.Close()
	var err error
	s.dem, err = codec.Open(ctx, s.file, &codec.DemuxerConfig{Network: true})
	return err
}
