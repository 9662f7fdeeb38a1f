package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/frame"
)

// idleAfter is how long a transcoder waits for its player's next request.
const idleAfter = 30 * time.Second

// sessions keep a transcoder for each player, which goes on decoding where its last
// segment ended. At most so many of them work at once, and as many wait.
type sessions struct {
	server *server
	slots  chan struct{} // holds one for each transcode under way

	mu     sync.Mutex
	all    map[string]*session
	closed bool
}

// A session is a transcoder with its source.
type session struct {
	key  string
	turn chan struct{} // holds one while it works

	file *os.File
	dem  *codec.Demuxer
	tr   *codec.Transcoder

	// of sessions.mu
	cancel context.CancelFunc // of the request that is served
	users  int                // requests that are served or wait
	idle   *time.Timer
	since  time.Time // idle
}

func newSessions(s *server, n int) *sessions {
	return &sessions{server: s, slots: make(chan struct{}, n), all: map[string]*session{}}
}

// waitForSlot is how long a request waits for others to end before it is sent away.
var waitForSlot = 2 * time.Second

// do runs work with the session of key, one at a time. A later request of the same player
// ends the one before: the player has moved on.
func (p *sessions) do(ctx context.Context, key string, work func(context.Context, *session) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s, err := p.enter(key, cancel)
	if err != nil {
		return err
	}
	defer p.leave(s)
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if err := p.slot(ctx); err != nil {
		return err
	}
	defer func() { <-p.slots }()
	return work(ctx, s)
}

// slot waits, not for long, until one may begin.
func (p *sessions) slot(ctx context.Context) error {
	select {
	case p.slots <- struct{}{}:
		return nil
	default:
	}
	wait := time.NewTimer(waitForSlot)
	defer wait.Stop()
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-wait.C:
		return &statusError{http.StatusServiceUnavailable, 2, fmt.Errorf("%d videos are transcoded already, as many as -transcodes allows: try again when one of them has ended", cap(p.slots))}
	}
}

func (p *sessions) enter(key string, cancel context.CancelFunc) (*session, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, &statusError{http.StatusServiceUnavailable, 0, errors.New("the server is shutting down")}
	}
	s := p.all[key]
	if s == nil {
		s = &session{key: key, turn: make(chan struct{}, 1)}
		p.all[key] = s
	}
	if s.idle != nil {
		s.idle.Stop()
	}
	if s.cancel != nil {
		s.cancel()
	}
	s.cancel = cancel
	s.users++
	return s, nil
}

func (p *sessions) leave(s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.users--; s.users > 0 {
		return
	}
	s.cancel = nil
	if p.closed || s.tr == nil {
		p.end(s)
		return
	}
	s.since = time.Now()
	s.idle = time.AfterFunc(idleAfter, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if s.users == 0 && time.Since(s.since) >= idleAfter {
			p.end(s)
		}
	})
	// The one that has waited longest goes when too many do.
	waiting, oldest := 0, s
	for _, o := range p.all {
		if o.users > 0 {
			continue
		}
		if waiting++; o.since.Before(oldest.since) {
			oldest = o
		}
	}
	if waiting > cap(p.slots) {
		p.end(oldest)
	}
}

// end frees an idle session. p.mu is held.
func (p *sessions) end(s *session) {
	if p.all[s.key] == s {
		delete(p.all, s.key)
	}
	if s.idle != nil {
		s.idle.Stop()
	}
	s.close()
}

// Close ends all; those that work end with their requests.
func (p *sessions) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, s := range p.all {
		if s.users == 0 {
			p.end(s)
		} else if s.cancel != nil {
			s.cancel()
		}
	}
	return nil
}

// open makes the transcoder, or makes it anew.
func (s *session) open(srv *server, v video, d *description, q query) (err error) {
	s.close()
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if s.file, err = srv.folder.open(v); err != nil {
		return err
	}
	streams := []int{d.video.stream}
	if q.audio {
		streams = append(streams, d.sound.stream)
	}
	if s.dem, err = codec.NewDemuxer(s.file, &codec.DemuxerConfig{Streams: streams}); err != nil {
		return err
	}
	s.tr, err = codec.NewTranscoder(s.dem, srv.transcoder(d, q.codec))
	return err
}

func (s *session) close() {
	_ = s.tr.Close()
	_ = s.dem.Close()
	if s.file != nil {
		_ = s.file.Close()
	}
	s.tr, s.dem, s.file = nil, nil, nil
}

// transcoder is what every browser plays: 8 bits, 4:2:0, no picture that refers to later
// ones, so that a segment's first picture is the first in every order.
func (srv *server) transcoder(d *description, id codec.ID) *codec.TranscoderConfig {
	none := 0
	cfg := &codec.TranscoderConfig{}
	cfg.Decoder.Device, cfg.Decoder.Deinterlace = srv.cfg.device, codec.Bob
	if !d.video.plain {
		cfg.Decoder.Output = frame.NV12
	}
	cfg.Encoder = codec.EncoderConfig{Codec: id, Preset: codec.P2, BFrames: &none}
	if srv.cfg.device == codec.CPU {
		cfg.Encoder.Device = codec.CPU // else its own choice: few GPUs of data centres encode
	}
	w, h := d.video.width, d.video.height
	if d.video.rotation%180 != 0 {
		w, h = h, w
	}
	if h > srv.cfg.height || w%2+h%2 > 0 {
		to := min(srv.cfg.height, h) &^ 1
		if d.video.rotation%180 != 0 {
			cfg.Width = max(to, 2) // it is turned by the player
		} else {
			cfg.Height = max(to, 2)
		}
	}
	return cfg
}

// A sink passes on what the muxer writes, and tells when it begins.
type sink struct {
	w      io.Writer
	before func()       // the first byte
	each   func() error // after each piece
	begun  bool
}

func (s *sink) Write(b []byte) (int, error) {
	if !s.begun {
		s.begun = true
		s.before()
	}
	n, err := s.w.Write(b)
	if err == nil {
		err = s.each()
	}
	return n, err
}
