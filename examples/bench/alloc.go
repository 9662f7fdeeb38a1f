package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/cuda"
)

const (
	settled     = 64   // frames until pools and buffers have their sizes
	maxPerFrame = 0.01 // allocations a frame: the runtime's own few, none of ours
)

// alloc counts Go allocations, and the device memory taken, over one pass of the file
// from frame 64 of it on, after a first pass that warms up.
func alloc(ctx context.Context, b *bench) error {
	b.watch(len(b.files) * len(b.modes) * b.reps)
	defer b.bar.Stop()
	for _, file := range b.files {
		for _, mode := range b.modes {
			b.begins(b.tag+" "+mode, file, 1)
			cfg, err := b.config(mode)
			if err != nil {
				return err
			}
			if err := b.allocations(ctx, mode, file, cfg); err != nil {
				b.fail(mode, b.tag, file, 1, err)
			}
		}
	}
	return ctx.Err()
}

func (b *bench) allocations(ctx context.Context, mode, file string, cfg *codec.DecoderConfig) (err error) {
	s := &session{file: file, cfg: cfg}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.open(ctx); err != nil {
		return err
	}
	if err := s.until(ctx, func() bool { return s.passes > 0 }); err != nil {
		return err
	}
	var objects, bytes, device []float64
	for range b.reps {
		first := s.frames.Load() + settled
		if err := s.until(ctx, func() bool { return s.frames.Load() >= first }); err != nil {
			return err
		}
		var before, after runtime.MemStats
		free, err := b.free()
		if err != nil {
			return err
		}
		from := s.frames.Load()
		err = b.bar.Quiet(func() (err error) {
			runtime.ReadMemStats(&before)
			// Up to the end, not over the rewind, which may open the file anew.
			for err == nil && ctx.Err() == nil {
				err = s.feed()
			}
			runtime.ReadMemStats(&after)
			return err
		})
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		b.steps.Add(1)
		less, err := b.free()
		if err != nil {
			return err
		}
		frames := float64(s.frames.Load() - from)
		if frames == 0 {
			return fmt.Errorf("the file is too short: want more than %d frames", settled)
		}
		if err := s.rewind(ctx); err != nil {
			return err
		}
		objects = append(objects, float64(after.Mallocs-before.Mallocs)/frames)
		bytes = append(bytes, float64(after.TotalAlloc-before.TotalAlloc)/frames)
		device = append(device, (float64(free)-float64(less))/(1<<20))
	}
	b.result(mode, b.tag, file, 1, "allocations/frame", objects...)
	b.result(mode, b.tag, file, 1, "bytes/frame", bytes...)
	if b.device != codec.CPU {
		b.result(mode, b.tag, file, 1, "device MiB taken", device...)
	}
	for _, v := range objects {
		if v > maxPerFrame {
			return fmt.Errorf("%.3g allocations a frame", v)
		}
	}
	return nil
}

// until steps until the condition holds.
func (s *session) until(ctx context.Context, ok func() bool) error {
	for !ok() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// free is the device memory that is not in use.
func (b *bench) free() (uint64, error) {
	n, ok := b.device.Ordinal()
	if !ok {
		return 0, nil
	}
	c, err := cuda.Primary(cuda.Device(n))
	if err != nil {
		return 0, err
	}
	defer c.Close()
	free, _, err := c.MemInfo()
	return free, err
}
