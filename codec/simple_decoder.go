package codec

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-nvcodec/nvcodec/frame"
)

// SimpleDecoderConfig configures a SimpleDecoder; nil means the zero value, which is
// right for most programs. It is copied.
type SimpleDecoderConfig struct {
	// DecoderConfig is that of the decoders inside. Latency must be LatencyNative.
	DecoderConfig
	// Index is the index of the source, so that it need not be scanned: of Demuxer.Scan,
	// ReadIndex or another SimpleDecoder. One of another source is an error.
	Index *Index
	// Parallel is how many decoders work at once, each on a part of the file, at most
	// 64. Frames come in the same order, and are the same. Default: 1 for Range and Read,
	// and for lists as many as their parts are worth.
	Parallel int
	// ParallelMemory bounds the bytes of the frames that are decoded ahead of the one
	// that is delivered; when it is reached, decoders pause. Default: 1 GiB, or 1/8 of
	// the GPU's free memory if that is more.
	ParallelMemory int64
	// WaitForWarmUp has NewSimpleDecoder and Reset return when the first frame is
	// decoded, and so the session of the hardware is ready; else that happens with the
	// first access.
	WaitForWarmUp bool
	// DecoderCache keeps at least so many idle decode sessions in the process as long as
	// the object lives; see SetDecoderCache. Default: what is set there, or Parallel.
	DecoderCache int
	// ScanContext ends the scan of the source early, in NewSimpleDecoder and Reset. Default:
	// it is not ended.
	ScanContext context.Context
}

const maxParallel = 64

func (c *SimpleDecoderConfig) validate() error {
	switch {
	case c.Latency != LatencyNative:
		return fmt.Errorf("%w: Latency %v; a SimpleDecoder delivers by number, use LatencyNative", ErrArgument, c.Latency)
	case c.Parallel < 0 || c.Parallel > maxParallel:
		return fmt.Errorf("%w: Parallel %d; 1 to %d, 0 for automatic", ErrArgument, c.Parallel, maxParallel)
	case c.ParallelMemory < 0:
		return fmt.Errorf("%w: ParallelMemory %d", ErrArgument, c.ParallelMemory)
	case c.DecoderCache < 0:
		return fmt.Errorf("%w: DecoderCache %d", ErrArgument, c.DecoderCache)
	}
	return c.DecoderConfig.validate()
}

// A SimpleDecoder gives any frame of a video by its number in display order: frame i is
// the i-th that libavcodec gives for the whole stream, in pixels, time and Index.
//
// Frames are the caller's until Release, whatever else is decoded in between. One
// goroutine at a time may use a SimpleDecoder; inside of the loop over one of its
// iterators other methods may be called. Close may come from any goroutine.
//
// Damage: Config.OnError says what becomes of frames that are marked as damaged
// (Frame.Corrupt). A frame that cannot be decoded at all is an error of At that
// matches ErrCorrupt; iterators leave it out, go on, and give the error at their end.
//
// On a GPU it takes part in the scheduling of its engines: it works with at least one
// session, with more if they are there or worth making, and leaves what it does not need
// to others.
type SimpleDecoder struct {
	cfg    SimpleDecoderConfig
	share  *share
	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	lower  func()                  // ends what DecoderCache or parallel work asks for
	keeps  int                     // how many idle sessions that is
	past   int                     // packets of the parallel work that there was
	now    atomic.Pointer[Demuxer] // for Close, which does not wait

	mu      sync.Mutex // held while inside
	closed  atomic.Bool
	info    StreamInfo
	x       *Index
	src     *source
	main    *lane      // nil until it is needed
	others  []*lane    // of parallel work, kept
	lanesMu sync.Mutex // guards others while lanes work
	job     *parallelJob
	pos     int // where Read goes on
	last    int // frame of the last At, -1

	vain   int // frames that no other way of decoding brought, see recover
	taint  *taintedEntries
	damage damage
	all    wish
	reader *sequence // of Read
}

// NewSimpleDecoder makes a decoder of the video that d delivers. d must be new, or of
// a source that can be moved in. It stays the caller's, who must not read from it and
// closes it after the SimpleDecoder. The source is scanned (Demuxer.Scan), unless
// cfg.Index holds its index.
//
// Errors match ErrArgument, ErrNoVideo, ErrUnsupported (a source that cannot be moved
// in) or ErrCorrupt, or are those of NewDecoder, if that need not wait for data.
func NewSimpleDecoder(d *Demuxer, cfg *SimpleDecoderConfig) (*SimpleDecoder, error) {
	s := &SimpleDecoder{}
	if cfg != nil {
		s.cfg = *cfg
	}
	if err := s.cfg.validate(); err != nil {
		return nil, opError("new simple decoder", err)
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.share = newShare(s.parkIfIdle)
	s.keep(max(s.cfg.DecoderCache, s.cfg.Parallel))
	s.mu.Lock()
	err := s.open(d, s.cfg.Index)
	s.mu.Unlock()
	if err != nil {
		_ = s.Close()
		return nil, opError("new simple decoder", err)
	}
	return s, nil
}

// keep has at least n idle sessions kept until Close: what parallel work was done with
// once, the next list need not make again.
func (s *SimpleDecoder) keep(n int) {
	if s.lower != nil && n <= s.keeps {
		return
	}
	before := s.lower
	s.lower, s.keeps = sessions.raise(n), n
	if before != nil {
		before()
	}
}

// open takes the source d.
func (s *SimpleDecoder) open(d *Demuxer, x *Index) error {
	if d == nil || d.video < 0 {
		return fmt.Errorf("%w: the demuxer delivers no video", ErrNoVideo)
	}
	src := newSource(d)
	if x != nil {
		src.x = x
		if err := s.belongs(d, x); err != nil {
			return err
		}
		if err := src.toStart(); err != nil {
			return errors.Join(errOtherSource, err)
		}
	} else {
		ctx := s.cfg.ScanContext
		if ctx == nil {
			ctx = context.Background()
		}
		var seekable bool
		var err error
		if x, seekable, err = scan(ctx, src); err != nil {
			return err
		}
		if !seekable {
			return fmt.Errorf("%w: frames by number need a source that can be moved in; decode this one with a Decoder", ErrUnsupported)
		}
	}
	s.info, s.x, s.src = d.Stream(), x, src
	s.now.Store(d)
	s.all = x.from(0)
	s.pos, s.last, s.vain = 0, -1, 0
	s.taint = new(taintedEntries)
	s.damage.take()
	if err := s.newMain(); err != nil {
		return err
	}
	if s.cfg.WaitForWarmUp && x.Len() > 0 {
		if err := s.work(); err != nil {
			return err
		}
		f, err := s.main.frame(0, &s.all, -1)
		s.rest()
		if err != nil && !errors.Is(err, ErrCorrupt) {
			return err
		}
		s.main.putBack(f)
	}
	return nil
}

// belongs tells whether the index can be of the source.
func (s *SimpleDecoder) belongs(d *Demuxer, x *Index) error {
	v := d.Stream()
	if x.info.Codec != v.Codec || x.info.Stream != v.Index || x.info.TimeBase != v.TimeBase || len(x.packets) == 0 {
		return fmt.Errorf("%w: an index of stream %d, %v with time base %v; this is stream %d, %v with %v",
			errOtherSource, x.info.Stream, x.info.Codec, x.info.TimeBase, v.Index, v.Codec, v.TimeBase)
	}
	if x.info.Length != d.container.Duration {
		return fmt.Errorf("%w: it lasts %v, not %v", errOtherSource, d.container.Duration, x.info.Length)
	}
	return nil
}

// laneConfig is that of the decoders, of which so many work at once.
func (s *SimpleDecoder) laneConfig(atOnce int) *DecoderConfig {
	c := s.cfg.DecoderConfig
	c.share = s.share
	c.OnError = Deliver // damage is judged frame by frame, here
	if c.Threads == 0 && atOnce > 1 {
		c.Threads = max(1, cpuThreads()/atOnce)
	}
	return &c
}

func (s *SimpleDecoder) newMain() (err error) {
	if s.main != nil { // of the last source: what it has is used again
		dec := s.main.dec
		if err := dec.Reset(s.info); err != nil {
			return err
		}
		s.main = newLaneOf(s.x, &s.info, dec, s.src, s.taint)
		return nil
	}
	s.main, err = newLane(s.x, &s.info, s.laneConfig(1), s.src, s.taint)
	return err
}

// Reset goes on with another source; what was delivered stays valid, everything else
// of the old source ends. Sessions of the hardware are used again if they fit:
// see MaxWidth. Config.Index does not apply to it; ResetIndexed takes an index. If it
// fails, the SimpleDecoder can be given another source.
func (s *SimpleDecoder) Reset(d *Demuxer) error { return s.ResetIndexed(d, nil) }

// ResetIndexed is Reset with the index of the new source, so that it is not scanned.
func (s *SimpleDecoder) ResetIndexed(d *Demuxer, x *Index) error {
	if s == nil {
		return errNilSimple
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed.Load() {
		return ErrClosed
	}
	err := s.endOthers()
	s.rest()
	s.main.drop()
	s.x, s.src = nil, nil
	if err == nil {
		err = s.open(d, x)
	}
	if err != nil {
		_ = s.main.close()
		s.main, s.x, s.src = nil, nil, nil
	}
	return opError("reset", err)
}

// endOthers ends all but the main decoder.
func (s *SimpleDecoder) endOthers() (err error) {
	s.stopJob()
	s.endReader()
	for _, l := range s.others {
		err = errors.Join(err, l.close())
	}
	s.others = nil
	return err
}

// Close frees the decoders, and ends a read of the source that waits. Frames that were
// delivered stay valid. The Demuxer is not closed. It may be called twice, and from any
// goroutine.
func (s *SimpleDecoder) Close() error {
	if s == nil || s.closed.Swap(true) {
		return nil
	}
	if s.cancel == nil {
		return nil // it never began
	}
	s.cancel()
	if d := s.now.Load(); d != nil && !s.mu.TryLock() {
		d.interrupt()
		s.mu.Lock()
		d.resume()
	} else if d == nil {
		s.mu.Lock()
	}
	defer s.mu.Unlock()
	err := errors.Join(s.endOthers(), s.main.close())
	s.share.leave()
	s.lower()
	s.now.Store(nil)
	s.info, s.x, s.src, s.main = StreamInfo{}, nil, nil, nil
	return opError("close simple decoder", err)
}

var (
	errNilSimple = opError("simple decoder", fmt.Errorf("%w: nil SimpleDecoder", ErrArgument))
	errNoSource  = opError("simple decoder", fmt.Errorf("%w: the last Reset failed; it needs another source", ErrArgument))
)

// enter begins a public call.
func (s *SimpleDecoder) enter() error {
	if s == nil {
		return errNilSimple
	}
	if s.closed.Load() {
		return ErrClosed
	}
	s.mu.Lock()
	switch {
	case s.closed.Load():
		s.mu.Unlock()
		return ErrClosed
	case s.x == nil:
		s.mu.Unlock()
		return errNoSource
	}
	return nil
}

// Len is the number of frames; 0 after Close.
func (s *SimpleDecoder) Len() int {
	if s.enter() != nil {
		return 0
	}
	defer s.mu.Unlock()
	return s.x.Len()
}

// Stream describes the video as the container does.
func (s *SimpleDecoder) Stream() StreamInfo {
	if s.enter() != nil {
		return StreamInfo{Index: -1, StartPTS: NoPTS}
	}
	defer s.mu.Unlock()
	return s.info
}

// Index is what the scan found, for saving and for other decoders of the same source.
// Its Metadata is what NVIDIA's guide calls scanned stream metadata.
func (s *SimpleDecoder) Index() *Index {
	if s.enter() != nil {
		return nil
	}
	defer s.mu.Unlock()
	return s.x
}

// Device is where frames are decoded, as Decoder.Device.
func (s *SimpleDecoder) Device() Device {
	if s.enter() != nil {
		return Auto
	}
	defer s.mu.Unlock()
	return s.main.dec.Device()
}

// Reason says in words why, as Decoder.Reason.
func (s *SimpleDecoder) Reason() string {
	if s.enter() != nil {
		return ""
	}
	defer s.mu.Unlock()
	return s.main.dec.Reason()
}

// IndexAt returns the number of the frame that is shown at t, see Index.IndexAt. t is on
// the time line of Frame.Time, whose first frame is usually, but not always, at 0.
func (s *SimpleDecoder) IndexAt(t time.Duration) (int, error) {
	if err := s.enter(); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	i, err := s.x.IndexAt(t)
	return i, opError("index at", err)
}

// judge applies the policy to a frame that was decoded for the user. A frame that it
// does not return is released.
func (s *SimpleDecoder) judge(f *frame.Frame) (*frame.Frame, error) {
	if f == nil || !f.Corrupt {
		return f, nil
	}
	err := opErrorAt("decode", f.PTS, errPicture)
	if s.cfg.OnError == Deliver {
		s.damage.add(err)
		return f, nil
	}
	f.Release()
	return nil, err
}
