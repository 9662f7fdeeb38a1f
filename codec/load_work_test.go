package codec

import (
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"time"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// A loadClip is a file and what the CPU makes of it.
type loadClip struct {
	name string
	sums [][md5.Size]byte // of each frame, as planes
	any  map[[md5.Size]byte]bool
	len  time.Duration
	// plain are pictures of 8 bits and of one size, which every encoder takes.
	plain bool
}

// A loadWorker does one thing after the other, by its own random numbers.
type loadWorker struct {
	*rand.Rand
	clips   []loadClip
	dir     string // for its files, of its own
	encoder Device // where it encodes; 0, Auto, if nowhere
	slots   chan struct{}
}

// A loadOp is one kind of work. Errors that come of its own cancelling or closing are
// none of it.
type loadOp struct {
	name   string
	weight int
	encode bool // needs an encoder
	do     func(w *loadWorker) error
}

// loadOps are what TestMixedLoad mixes.
var loadOps = []loadOp{
	{"decode", 4, false, func(w *loadWorker) error { return w.decode(nil, nil) }},
	{"decode+cancel", 2, false, (*loadWorker).decodeCancel},
	{"decode+close", 2, false, (*loadWorker).decodeClose},
	{"decode+close demuxer", 1, false, (*loadWorker).decodeCloseDemuxer},
	{"at", 3, false, (*loadWorker).at},
	{"range", 2, false, (*loadWorker).ranges},
	{"frames at", 3, false, (*loadWorker).framesAt},
	{"parallel", 2, false, (*loadWorker).parallel},
	{"simple+close", 2, false, (*loadWorker).simpleClose},
	{"scan+cancel", 1, false, (*loadWorker).scanCancel},
	{"threaded", 3, false, (*loadWorker).threaded},
	{"threaded+cancel", 2, false, (*loadWorker).threadedCancel},
	{"threaded+close", 3, false, (*loadWorker).threadedClose},
	{"tensor", 2, false, (*loadWorker).tensor},
	{"batch", 2, false, (*loadWorker).batch},
	{"encode", 2, true, (*loadWorker).encode},
	{"encode+close", 1, true, (*loadWorker).encodeClose},
	{"transcode", 3, true, (*loadWorker).transcode},
	{"transcode+cancel", 2, true, (*loadWorker).transcodeCancel},
	{"transcode+close", 1, true, (*loadWorker).transcodeClose},
}

// pick chooses by weight.
func (w *loadWorker) pick() int {
	sum := 0
	for _, op := range loadOps {
		sum += op.weight
	}
	for {
		n := w.IntN(sum)
		for i, op := range loadOps {
			if n -= op.weight; n < 0 {
				if op.encode && w.encoder == Auto {
					break // another one
				}
				return i
			}
		}
	}
}

func (w *loadWorker) clip() *loadClip { return &w.clips[w.IntN(len(w.clips))] }

func (w *loadWorker) plainClip() *loadClip {
	for {
		if c := w.clip(); c.plain {
			return c
		}
	}
}

func (w *loadWorker) open(ctx context.Context, c *loadClip) (*Demuxer, error) {
	return Open(ctx, filepath.Join(testutils.Root(), "testdata", c.name), nil)
}

// config is a way to decode: mostly where it is decoded best, and in all memories.
func (w *loadWorker) config() DecoderConfig {
	cfg := DecoderConfig{Threads: 1 + w.IntN(2)}
	if w.IntN(5) == 0 {
		cfg.Device = CPU
	}
	if w.IntN(4) == 0 {
		cfg.Memory = frame.Host
	}
	return cfg
}

// later does something from another goroutine, sooner or later. The result waits until
// it is done.
func (w *loadWorker) later(do func()) (wait func()) {
	d, done := time.Duration(w.IntN(15000))*time.Microsecond, make(chan struct{})
	go func() {
		time.Sleep(d)
		do()
		close(done)
	}()
	return func() { <-done }
}

// ended is err, but for what ends work that was closed or cancelled.
func ended(err error) error {
	if errors.Is(err, ErrClosed) || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// check releases frame i of a clip, any if it is -1, and of some compares what is in it.
func (w *loadWorker) check(c *loadClip, i int, f *frame.Frame) error {
	defer f.Release()
	if i < -1 || i >= len(c.sums) {
		return fmt.Errorf("%s: frame %d of %d", c.name, i, len(c.sums))
	}
	if w.IntN(5) != 0 {
		return nil
	}
	b, err := f.AppendPlanar(nil)
	sum := md5.Sum(b)
	if err == nil && (!c.any[sum] || i >= 0 && sum != c.sums[i]) {
		err = fmt.Errorf("%s: frame %d is another one than the CPU's", c.name, i)
	}
	return err
}

// checkAll wants the frames of a sequence to be those with these numbers; a sequence that
// is ended early has fewer.
func (w *loadWorker) checkAll(c *loadClip, want []int, early bool, frames func(func(*frame.Frame, error) bool)) error {
	n := 0
	for f, err := range frames {
		if err != nil {
			if early {
				err = ended(err)
			}
			return err
		}
		if n >= len(want) {
			f.Release()
			return fmt.Errorf("%s: more frames than %d", c.name, len(want))
		}
		if err := w.check(c, want[n], f); err != nil {
			if early {
				err = ended(err)
			}
			return err
		}
		n++
	}
	if n != len(want) && !early {
		return fmt.Errorf("%s: %d frames, want %d", c.name, n, len(want))
	}
	return nil
}

// to is the numbers from 0 to n.
func to(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// decode decodes a file in order; stop and shut are called with what it decodes by.
func (w *loadWorker) decode(stop func(*Demuxer) func(), shut func(*Decoder) func()) (err error) {
	c := w.clip()
	dem, err := w.open(context.Background(), c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dem.Close()) }()
	if stop != nil {
		defer stop(dem)()
	}
	cfg := w.config()
	dec, err := NewDecoder(dem.Stream(), &cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dec.Close(), dec.Close()) }()
	if shut != nil {
		defer shut(dec)()
	}
	want := to(len(c.sums))
	if stop != nil { // some that came out of order may be missing at the end
		for i := range want {
			want[i] = -1
		}
	}
	return w.checkAll(c, want, stop != nil || shut != nil, dec.Frames(dem.Packets()))
}

func (w *loadWorker) decodeClose() error {
	return w.decode(nil, func(dec *Decoder) func() { return w.later(func() { _ = dec.Close() }) })
}

func (w *loadWorker) decodeCloseDemuxer() error {
	return w.decode(func(dem *Demuxer) func() { return w.later(func() { _ = dem.Close() }) }, nil)
}

// decodeCancel cancels the context that the file was opened with.
func (w *loadWorker) decodeCancel() (err error) {
	c := w.clip()
	ctx, cancel := context.WithCancel(context.Background())
	defer w.later(cancel)()
	dem, err := w.open(ctx, c)
	if err != nil {
		return ended(err)
	}
	defer func() { err = errors.Join(err, dem.Close()) }()
	cfg := w.config()
	dec, err := NewDecoder(dem.Stream(), &cfg)
	if err != nil {
		return ended(err)
	}
	defer func() { err = errors.Join(err, dec.Close()) }()
	return w.checkAll(c, to(len(c.sums)), true, dec.Frames(dem.Packets()))
}

// simple opens a file for random access.
func (w *loadWorker) simple(parallel int, use func(c *loadClip, s *SimpleDecoder) error) (err error) {
	c := w.clip()
	dem, err := w.open(context.Background(), c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dem.Close()) }()
	s, err := NewSimpleDecoder(dem, &SimpleDecoderConfig{DecoderConfig: w.config(), Parallel: parallel})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close(), s.Close()) }()
	if s.Len() != len(c.sums) {
		return fmt.Errorf("%s: the index has %d frames, want %d", c.name, s.Len(), len(c.sums))
	}
	return use(c, s)
}

func (w *loadWorker) at() error {
	return w.simple(0, func(c *loadClip, s *SimpleDecoder) error {
		for range 1 + w.IntN(6) {
			i := w.IntN(s.Len())
			f, err := s.At(i)
			if err != nil {
				return err
			}
			if err := w.check(c, i, f); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *loadWorker) ranges() error {
	return w.simple(0, func(c *loadClip, s *SimpleDecoder) error {
		start, step := w.IntN(s.Len()), 1+w.IntN(5)
		stop := start + w.IntN(s.Len()-start+1)
		var want []int
		for i := start; i < stop; i += step {
			want = append(want, i)
		}
		return w.checkAll(c, want, false, s.Range(start, stop, step))
	})
}

// indices are any frames of a clip, in any order, some of them twice.
func (w *loadWorker) indices(n int) []int {
	list := make([]int, 1+w.IntN(12))
	for i := range list {
		list[i] = w.IntN(n)
	}
	return list
}

func (w *loadWorker) framesAt() error {
	return w.simple(0, func(c *loadClip, s *SimpleDecoder) error {
		list := w.indices(s.Len())
		return w.checkAll(c, list, false, s.FramesAt(list))
	})
}

func (w *loadWorker) parallel() error {
	return w.simple(2+w.IntN(3), func(c *loadClip, s *SimpleDecoder) error {
		return w.checkAll(c, to(s.Len()), false, s.All())
	})
}

// simpleClose closes in the middle, or leaves the loop there.
func (w *loadWorker) simpleClose() error {
	return w.simple(w.IntN(3), func(c *loadClip, s *SimpleDecoder) error {
		list := to(s.Len())
		if w.IntN(2) == 0 {
			n := 0
			for f, err := range s.FramesAt(list) {
				if err != nil {
					return err
				}
				if err := w.check(c, list[n], f); err != nil {
					return err
				}
				if n++; n > len(list)/4 {
					break
				}
			}
			return nil
		}
		defer w.later(func() { _ = s.Close() })()
		return w.checkAll(c, list, true, s.FramesAt(list))
	})
}

// scanCancel ends the scan of a file, which the decoder's other methods survive.
func (w *loadWorker) scanCancel() (err error) {
	dem, err := w.open(context.Background(), w.clip())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dem.Close()) }()
	ctx, cancel := context.WithCancel(context.Background())
	if w.IntN(2) == 0 {
		cancel()
	}
	defer cancel()
	x, err := dem.Scan(ctx)
	if err == nil && x.Len() == 0 {
		err = errors.New("an empty index")
	}
	return ended(err)
}

func (w *loadWorker) newThreaded(use func(c *loadClip, td *ThreadedDecoder) error) (err error) {
	c := w.clip()
	dem, err := w.open(context.Background(), c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dem.Close()) }()
	td, err := NewThreadedDecoder(dem, &ThreadedDecoderConfig{DecoderConfig: w.config(), Buffer: 1 + w.IntN(8)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, td.Close(), td.Close()) }()
	return use(c, td)
}

func (w *loadWorker) threaded() error {
	return w.newThreaded(func(c *loadClip, td *ThreadedDecoder) error {
		return w.checkAll(c, to(len(c.sums)), false, td.Frames(context.Background()))
	})
}

func (w *loadWorker) threadedCancel() error {
	return w.newThreaded(func(c *loadClip, td *ThreadedDecoder) error {
		ctx, cancel := context.WithCancel(context.Background())
		defer w.later(cancel)()
		return w.checkAll(c, to(len(c.sums)), true, td.Frames(ctx))
	})
}

// threadedClose closes while the decoder works ahead or the reader waits.
func (w *loadWorker) threadedClose() error {
	return w.newThreaded(func(c *loadClip, td *ThreadedDecoder) error {
		if w.IntN(3) == 0 {
			dst := make([]*frame.Frame, 2)
			n, err := td.Read(context.Background(), dst)
			for i, f := range dst[:n] {
				err = errors.Join(err, w.check(c, i, f))
			}
			if err == io.EOF {
				err = nil
			}
			return err
		}
		defer w.later(func() { _ = td.Close() })()
		return w.checkAll(c, to(len(c.sums)), true, td.Frames(context.Background()))
	})
}
