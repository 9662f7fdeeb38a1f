package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-nvcodec/nvcodec/codec"
)

// parallel measures how fast one caller reads a whole file in order with -p decoders:
// with sessions that are there (parallel-7), and from nothing, in the time from the open
// file on (parallel-7-cold), beside one decoder (parallel-1-cold).
func parallel(ctx context.Context, b *bench) error {
	if b.parallel == 0 {
		b.parallel = 7
	}
	b.watch(3 * len(b.files) * b.reps)
	defer b.bar.Stop()
	if b.repeat > 0 {
		return b.repeated(ctx)
	}
	for _, file := range b.files {
		warm := fmt.Sprintf("parallel-%d", b.parallel)
		b.passes(ctx, file, warm, b.parallel, false)
		b.passes(ctx, file, warm+"-cold", b.parallel, true)
		b.passes(ctx, file, "parallel-1-cold", 1, true)
	}
	return ctx.Err()
}

// passes reads the file b.reps times.
func (b *bench) passes(ctx context.Context, file, test string, decoders int, cold bool) {
	b.begins(test, file, 1)
	cfg, err := b.config("copy")
	var values []float64
	if err == nil {
		values, err = b.passTimes(ctx, file, &codec.SimpleDecoderConfig{DecoderConfig: *cfg, Parallel: decoders}, cold)
	}
	if err != nil {
		b.fail("copy", test, file, 1, err)
		return
	}
	b.result("copy", test, file, 1, "fps", values...)
}

func (b *bench) passTimes(ctx context.Context, file string, cfg *codec.SimpleDecoderConfig, cold bool) (values []float64, err error) {
	dem, err := codec.Open(ctx, file, &codec.DemuxerConfig{Network: true})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, dem.Close()) }()
	s, err := codec.NewSimpleDecoder(dem, cfg)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()); codec.TrimCache() }()
	cfg.Index = s.Index() // scanned once
	if !cold {
		if _, err := pass(s); err != nil {
			return nil, err
		}
	}
	for range b.reps {
		if cold {
			if err := errors.Join(s.Close(), dem.Close()); err != nil {
				return nil, err
			}
			codec.TrimCache()
			if dem, err = codec.Open(ctx, file, &codec.DemuxerConfig{Network: true}); err != nil {
				return nil, err
			}
		}
		began := time.Now()
		if cold {
			if s, err = codec.NewSimpleDecoder(dem, cfg); err != nil {
				return nil, err
			}
		}
		n, err := pass(s)
		if err != nil {
			return nil, err
		}
		values = append(values, float64(n)/time.Since(began).Seconds())
		b.steps.Add(1)
	}
	return values, nil
}

// pass reads all frames, and waits for the last.
func pass(s *codec.SimpleDecoder) (n int, err error) {
	for f, err := range s.All() {
		if err == nil && n == s.Len()-1 {
			err = waitFor(f)
		}
		if err != nil {
			return n, err
		}
		f.Release()
		n++
	}
	if n != s.Len() {
		return n, fmt.Errorf("%d of %d frames", n, s.Len())
	}
	return n, nil
}
