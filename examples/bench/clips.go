package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync"
	"time"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/frame"
)

// reuse measures many short clips, each opened from its file: b.clips a goroutine with a
// new decoder each, four times as many with one that is kept, with all that it takes to
// make and end them; and those that are kept again, without that (clips-warm).
func reuse(ctx context.Context, b *bench) error {
	sets := make([]clipSet, 0, len(b.files)+1)
	for _, f := range b.files {
		sets = append(sets, clipSet{clip(f), []string{f}})
	}
	if len(b.files) > 1 {
		sets = append(sets, clipSet{"mixed", b.files})
	}
	b.watch(len(sets) * len(b.counts) * len(clipTests) * b.reps)
	defer b.bar.Stop()
	for _, set := range sets {
		for _, n := range b.counts {
			for _, test := range clipTests {
				var values []float64
				var err error
				b.begins(test.name, set.name, n)
				for range b.reps {
					var fps float64
					if fps, err = b.clipRate(ctx, set, test, n); err != nil {
						break
					}
					values = append(values, fps)
					b.steps.Add(1)
				}
				codec.TrimCache()
				if err != nil {
					b.fail("copy", test.name, set.name, n, err)
					continue
				}
				b.result("copy", test.name, set.name, n, "fps", values...)
			}
		}
	}
	return ctx.Err()
}

type clipSet struct {
	name  string
	files []string
}

// A clipTest is a way to work through clips.
type clipTest struct {
	name  string
	times int  // b.clips
	warm  bool // decoders are made and ended outside the time
	run   func(*clipWorker) error
}

var clipTests = []clipTest{
	{"clips-new-decoder", 1, false, (*clipWorker).newDecoders},
	{"clips-one-decoder", 4, false, (*clipWorker).oneDecoder},
	{"clips-warm", 4, true, (*clipWorker).oneDecoder},
}

// A clipWorker is a goroutine's part.
type clipWorker struct {
	b      *bench
	set    clipSet
	clips  int
	warm   bool
	cfg    *codec.DecoderConfig
	ready  func() // waits for the others, where the time begins
	done   func() // where it ends
	frames int64
}

func (b *bench) clipRate(ctx context.Context, set clipSet, test clipTest, n int) (float64, error) {
	cfg, err := b.config("copy")
	if err != nil {
		return 0, err
	}
	codec.SetDecoderCache(n + 4)
	codec.TrimCache()
	var ready, running, ended sync.WaitGroup
	begin := make(chan struct{})
	errs := make([]error, n)
	workers := make([]*clipWorker, n)
	ready.Add(n)
	running.Add(n)
	for i := range workers {
		w := &clipWorker{b: b, set: set, clips: test.times * b.clips, warm: test.warm, cfg: cfg}
		w.ready = sync.OnceFunc(func() { ready.Done(); <-begin })
		w.done = sync.OnceFunc(running.Done)
		workers[i] = w
		ended.Add(1)
		go func() {
			defer ended.Done()
			if !w.warm {
				w.ready()
			}
			errs[i] = test.run(w)
			w.ready() // if it failed before
			w.done()
		}()
	}
	ready.Wait()
	began := time.Now()
	close(begin)
	running.Wait()
	if !test.warm {
		codec.TrimCache() // the end of the sessions counts
	}
	took := time.Since(began)
	ended.Wait()
	frames := int64(0)
	for _, w := range workers {
		frames += w.frames
	}
	if err := errors.Join(append(errs, ctx.Err())...); err != nil {
		return 0, err
	}
	return float64(frames) / took.Seconds(), nil
}

func (w *clipWorker) open(i int) (*codec.Demuxer, error) {
	return codec.Open(context.Background(), w.set.files[i%len(w.set.files)], &codec.DemuxerConfig{Network: true})
}

// newDecoders makes a decoder for each clip; their sessions are the library's business.
func (w *clipWorker) newDecoders() error {
	for i := range w.clips {
		dem, err := w.open(i)
		if err != nil {
			return err
		}
		err = w.decode(dem)
		if err = errors.Join(err, dem.Close()); err != nil {
			return err
		}
	}
	w.done()
	return nil
}

func (w *clipWorker) decode(dem *codec.Demuxer) (err error) {
	dec, err := codec.NewDecoder(dem.Stream(), w.cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dec.Close()) }()
	for f, err := range dec.Frames(dem.Packets()) {
		if err != nil {
			return err
		}
		f.Release()
		w.frames++
	}
	return nil
}

// oneDecoder names each clip to a ThreadedDecoder while it decodes the one before.
func (w *clipWorker) oneDecoder() (err error) {
	warm := 0
	if w.warm {
		warm = 2 * len(w.set.files) // sessions and memory of all sizes are there then
	}
	dem, err := w.open(0)
	if err != nil {
		return err
	}
	td, err := codec.NewThreadedDecoder(dem, &codec.ThreadedDecoderConfig{DecoderConfig: *w.cfg})
	if err != nil {
		return errors.Join(err, dem.Close())
	}
	defer func() { err = errors.Join(err, td.Close(), dem.Close()) }()
	for i := range warm + w.clips {
		if i == warm && w.warm {
			w.frames = 0
			w.ready()
		}
		// One more than is counted, when it is warm: at the end of the time the next clip
		// has begun, as at the beginning.
		var next *codec.Demuxer
		if w.warm || i+1 < w.clips {
			if next, err = w.open(i + 1); err != nil {
				return err
			}
			if err := td.Queue(next); err != nil {
				return errors.Join(err, next.Close())
			}
		}
		if err := w.readClip(td); err != nil {
			return errors.Join(err, next.Close())
		}
		if err := dem.Close(); err != nil {
			return errors.Join(err, next.Close())
		}
		dem = next
	}
	if w.warm {
		w.done()
		return nil
	}
	err = td.Close()
	w.done()
	return err
}

func (w *clipWorker) readClip(td *codec.ThreadedDecoder) error {
	var batch [8]*frame.Frame
	for {
		n, err := td.Read(context.Background(), batch[:])
		for _, f := range batch[:n] {
			f.Release()
		}
		w.frames += int64(n)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(w.set.name), err)
		}
	}
}
