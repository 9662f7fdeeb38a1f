package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-nvcodec/nvcodec/codec"
)

const (
	warmFrames = 8                      // that every session shows before the windows
	warmTime   = 120 * time.Millisecond // after that
	warmLimit  = 20 * time.Second
)

// fps counts frames in windows of time, with so many sessions at once.
func fps(ctx context.Context, b *bench) error {
	b.watch(len(b.files) * len(b.modes) * len(b.counts) * b.reps)
	defer b.bar.Stop()
	for _, file := range b.files {
		for _, mode := range b.modes {
			cfg, err := b.config(mode)
			if err != nil {
				return err
			}
			for _, n := range b.counts {
				b.begins(b.tag+" "+mode, file, n)
				values, err := b.rate(ctx, file, cfg, n)
				if err != nil {
					b.fail(mode, b.tag, file, n, err)
					continue
				}
				b.result(mode, b.tag, file, n, "fps", values...)
			}
		}
	}
	return ctx.Err()
}

func (b *bench) rate(ctx context.Context, file string, cfg *codec.DecoderConfig, n int) ([]float64, error) {
	ctx, stop := context.WithCancel(ctx)
	sessions := make([]*session, n)
	for i := range sessions {
		sessions[i] = newSession(ctx, file, cfg)
	}
	err := warm(sessions)
	values := make([]float64, 0, b.reps)
	for range b.reps {
		if err != nil {
			break
		}
		before, began := count(sessions), time.Now()
		time.Sleep(time.Duration(b.window * float64(time.Second)))
		after, took := count(sessions), time.Since(began)
		values = append(values, float64(after-before)/took.Seconds())
		b.steps.Add(1)
	}
	stop()
	for _, s := range sessions {
		// A session that was stopped says so; everything else is a failure.
		if e := <-s.done; e != nil && !errors.Is(e, context.Canceled) {
			err = errors.Join(err, e)
		}
	}
	return values, err
}

// warm waits until every session runs.
func warm(sessions []*session) error {
	for end := time.Now().Add(warmLimit); ; time.Sleep(time.Millisecond) {
		ready := 0
		for _, s := range sessions {
			if s.frames.Load() >= warmFrames {
				ready++
			} else if len(s.done) > 0 {
				return errors.New("a session ended before its first frames")
			}
		}
		if ready == len(sessions) {
			break
		}
		if time.Now().After(end) {
			return fmt.Errorf("%d of %d sessions showed %d frames in %v", ready, len(sessions), warmFrames, warmLimit)
		}
	}
	time.Sleep(warmTime)
	return nil
}

func count(sessions []*session) (n int64) {
	for _, s := range sessions {
		n += s.frames.Load()
	}
	return n
}
