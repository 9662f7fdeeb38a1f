package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/frame"
)

// first measures the time from a file's name to its first frame, copied and finished, in
// a process that is warm: libraries, context, session and the file's pages are there. Then
// without a session, and the parts of it.
func first(ctx context.Context, b *bench) error {
	cfg, err := b.config("copy")
	if err != nil {
		return err
	}
	b.watch(2 * len(b.files) * (b.reps + 2))
	defer b.bar.Stop()
	for _, file := range b.files {
		b.begins("first", file, 1)
		var warm, cold, open []float64
		err := b.firstFrames(ctx, file, cfg, func(i int) { codec.SetDecoderCache(4) }, &warm, &open)
		if err == nil {
			err = b.firstFrames(ctx, file, cfg, func(int) { codec.TrimCache() }, &cold, nil)
		}
		codec.TrimCache()
		if err != nil {
			b.fail("copy", "first-frame", file, 1, err)
			continue
		}
		b.result("copy", "first-frame", file, 1, "ms", warm...)
		b.result("copy", "first-frame-new", file, 1, "ms", cold...)
		b.result("copy", "open-container", file, 1, "ms", open...)
	}
	return ctx.Err()
}

// firstFrames fills in b.reps times, after two tries that do not count.
func (b *bench) firstFrames(ctx context.Context, file string, cfg *codec.DecoderConfig, before func(int), total, open *[]float64) error {
	for i := range b.reps + 2 {
		before(i)
		began := time.Now()
		dem, err := codec.Open(ctx, file, &codec.DemuxerConfig{Network: true})
		if err != nil {
			return err
		}
		opened := time.Since(began)
		took, err := firstFrame(dem, cfg, began)
		if err = errors.Join(err, dem.Close()); err != nil {
			return err
		}
		b.steps.Add(1)
		if i < 2 {
			continue
		}
		*total = append(*total, ms(took))
		if open != nil {
			*open = append(*open, ms(opened))
		}
	}
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func firstFrame(dem *codec.Demuxer, cfg *codec.DecoderConfig, began time.Time) (took time.Duration, err error) {
	dec, err := codec.NewDecoder(dem.Stream(), cfg)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, dec.Close()) }()
	for f, err := range dec.Frames(dem.Packets()) {
		if err != nil {
			return 0, err
		}
		err = waitFor(f)
		took = time.Since(began)
		f.Release()
		if err != nil {
			return took, err
		}
		break
	}
	if took == 0 {
		return 0, errors.New("no frame")
	}
	return took, finish(dec)
}

// finish waits until all that was given to the decoder is done, as the C program does
// before it measures the next clip: behind the first frame, pictures that come later are
// in the hardware, and the next clip's first one would wait for them.
func finish(dec *codec.Decoder) error {
	frames, err := dec.Drain()
	for _, f := range frames {
		err = errors.Join(err, waitFor(f))
		f.Release()
	}
	return err
}

// waitFor waits until the work that makes f is done.
func waitFor(f *frame.Frame) error {
	if f.Memory != frame.Device {
		return nil
	}
	return f.Wait(nil)
}

// cold measures one first frame from the beginning of the process on: nothing is loaded.
// It takes one file; to repeat it, begin another process.
func cold(ctx context.Context, b *bench) error {
	if len(b.files) != 1 {
		return errors.New("cold wants one file: nothing is cold a second time")
	}
	cfg, err := b.config("copy")
	if err != nil {
		return err
	}
	file := b.files[0]
	began := time.Now()
	codec.Prepare(b.device)
	dem, err := codec.Open(ctx, file, &codec.DemuxerConfig{Network: true})
	if err != nil {
		b.fail("copy", "cold", file, 1, err)
		return nil
	}
	opened := time.Since(began)
	took, err := firstFrame(dem, cfg, began)
	if err = errors.Join(err, dem.Close()); err != nil {
		b.fail("copy", "cold", file, 1, err)
		return nil
	}
	b.result("copy", "cold", file, 1, "ms", ms(took))
	b.result("copy", "cold-open-container", file, 1, "ms", ms(opened))
	codec.TrimCache()
	if n := codec.CacheStats().Open; n != 0 {
		return fmt.Errorf("%d sessions are left", n)
	}
	return nil
}
