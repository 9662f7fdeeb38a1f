package codec

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/go-nvcodec/nvcodec/avformat"
)

// MuxerConfig configures a Muxer; nil means the zero value.
type MuxerConfig struct {
	// Format names the container by FFmpeg's short name (mp4, mov, matroska, webm,
	// mpegts, h264, hevc, obu, ...). Default: by the path's extension. A writer has
	// none, so it is needed there.
	Format string
	// Metadata of the whole file: title, artist, creation_time.
	Metadata map[string]string
	// Chapters, where the container has them (mp4 and mov that are not fragmented,
	// Matroska); others leave them out.
	Chapters []Chapter
	// FastStart puts the index of mp4 and mov in front; it needs a path.
	FastStart bool
	// Fragmented writes mp4 and mov in pieces that can be played before the end is
	// written. Writers that cannot seek get it in any case.
	Fragmented bool
	// Network allows an address instead of a path, as DemuxerConfig.Network does. Default: an
	// address is an error that matches ErrProtocol.
	Network bool
	// Protocols lists the protocols that may be used, separated by commas. Default: that of
	// the name, which is a file's, or what Network allows.
	Protocols string
	// Options are FFmpeg's own options for the muxer and the protocol. An unknown one is
	// an error.
	Options map[string]string
}

// A Muxer writes packets into a container.
//
// One goroutine at a time may use it. Abort and Close may come from any.
type Muxer struct {
	out  *avformat.Output
	path string // of a local file, to remove it

	mu     sync.Mutex
	pkt    *avformat.Packet
	files  map[int]bool // streams that are written as attachments
	broken error
	closed bool

	aborted atomic.Bool // Abort was called: what fails, fails because of that
}

// Create writes a file, or to an address with MuxerConfig.Network. Packets of streams[i] carry Stream i. ctx bounds the
// opening only. When it fails after the file was made, the file is removed.
//
// Errors match ErrArgument, ErrLibrary, ErrProtocol, ErrUnsupported or those of package os,
// or unwrap to *avformat.Error.
func Create(ctx context.Context, path string, cfg *MuxerConfig, streams ...StreamInfo) (*Muxer, error) {
	return newMuxer(cfg, path, streams, func(o *avformat.OutputOptions) (*avformat.Output, error) {
		return avformat.CreateOutput(ctx, path, o)
	})
}

// NewMuxer writes to w, which may be an io.Seeker as well; without, mp4 and mov are
// fragmented. w is used on a goroutine of its own and is not closed.
func NewMuxer(w io.Writer, cfg *MuxerConfig, streams ...StreamInfo) (*Muxer, error) {
	if w == nil {
		return nil, opError("new muxer", fmt.Errorf("%w: no writer", ErrArgument))
	}
	return newMuxer(cfg, "", streams, func(o *avformat.OutputOptions) (*avformat.Output, error) {
		return avformat.NewOutput(w, o)
	})
}

func newMuxer(cfg *MuxerConfig, path string, streams []StreamInfo, open func(*avformat.OutputOptions) (*avformat.Output, error)) (*Muxer, error) {
	if cfg == nil {
		cfg = &MuxerConfig{}
	}
	if len(streams) == 0 {
		return nil, opError("new muxer", fmt.Errorf("%w: no streams", ErrArgument))
	}
	opt := &avformat.OutputOptions{
		Format: cfg.Format, Metadata: cfg.Metadata, FastStart: cfg.FastStart, Fragmented: cfg.Fragmented,
		Network: cfg.Network, Protocols: cfg.Protocols, Options: cfg.Options,
	}
	for _, c := range cfg.Chapters {
		const ns = 1_000_000_000
		opt.Chapters = append(opt.Chapters, avformat.Chapter{
			ID: c.ID, TimeBase: avformat.Rational{Num: 1, Den: ns}, Start: int64(c.Start), End: int64(c.End), Metadata: c.Metadata,
		})
	}
	if opt.Format == "" && path != "" {
		exactStart(opt, strings.TrimPrefix(filepath.Ext(path), "."), streams)
	} else {
		exactStart(opt, opt.Format, streams)
	}
	out, err := open(opt)
	if err != nil {
		return nil, opError("new muxer", err)
	}
	m := &Muxer{out: out, path: path}
	if m.pkt, err = avformat.NewPacket(); err == nil {
		err = m.addStreams(streams)
	}
	if err != nil {
		_ = m.Abort()
		return nil, opError("new muxer", err)
	}
	return m, nil
}

func (m *Muxer) addStreams(streams []StreamInfo) error {
	for i := range streams {
		s := &streams[i]
		par, err := s.parameters()
		if err != nil {
			return fmt.Errorf("stream %d: %w", i, err)
		}
		cfg := &avformat.StreamConfig{
			TimeBase: avformat.Rational(s.TimeBase), FrameRate: avformat.Rational(s.FrameRate),
			AspectRatio: avformat.Rational(s.SAR), Metadata: s.Metadata,
		}
		if s.Default {
			cfg.Disposition |= avformat.DispositionDefault
		}
		if s.AttachedPicture {
			cfg.Disposition |= avformat.DispositionAttachedPicture
			if m.out.Format() == "matroska" {
				if err = m.attach(i, s, par, cfg); err != nil {
					_ = par.Close()
					return fmt.Errorf("stream %d: %w", i, err)
				}
			}
		}
		_, err = m.out.AddStream(par, cfg)
		_ = par.Close()
		if err != nil {
			return fmt.Errorf("stream %d: %w", i, err)
		}
	}
	return nil
}

// WritePacket writes p to stream p.Stream; its times are in the TimeBase of that
// stream's StreamInfo. Nothing of p is kept. Decoding times have to rise from packet
// to packet of a stream. Any error ends the muxer's life, and Close reports it again.
func (m *Muxer) WritePacket(p *Packet) error {
	if m == nil || p == nil {
		return opError("mux", fmt.Errorf("%w: no muxer or no packet", ErrArgument))
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrClosed
	}
	if m.broken != nil {
		return m.broken
	}
	if m.files[p.Stream] {
		return nil // it is in the header
	}
	err := loadPacket(m.pkt, p, p.PTS)
	if err == nil {
		err = m.out.WritePacket(p.Stream, m.pkt)
	}
	m.pkt.Unref()
	if err != nil {
		if m.broken = opErrorAt("mux", p.PTS, err); m.aborted.Load() {
			m.broken = ErrClosed
		}
		return m.broken
	}
	return nil
}

// Close writes the end of the container. The file is whole if it returns nil. It may be
// called twice; only the first call reports.
func (m *Muxer) Close() error {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil
	}
	m.closed = true
	err := m.out.Close()
	_ = m.pkt.Close()
	if m.broken != nil {
		return m.broken
	}
	return opError("close muxer", err)
}

// Abort ends the muxer without writing the container's end, and removes the file if
// Create made one, so that nothing is left that looks whole. A WritePacket that is under way
// returns ErrClosed. After Close it does nothing.
func (m *Muxer) Abort() error {
	if m == nil {
		return nil
	}
	m.aborted.Store(true)
	m.out.Interrupt()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil
	}
	m.closed = true
	_ = m.out.Close()
	_ = m.pkt.Close()
	if m.path == "" {
		return nil
	}
	if fi, err := os.Lstat(m.path); err != nil || !fi.Mode().IsRegular() {
		return nil // a URL, a pipe, a device
	}
	if err := os.Remove(m.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return opError("abort muxer", err)
	}
	return nil
}
