package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/examples/internal/cli"
	"github.com/go-nvcodec/nvcodec/frame"
)

// seek measures random access: b.counts[0] goroutines, each with a SimpleDecoder of its
// own that has shown its first frames, fetch b.clips frames of a file. The targets are
// those of the C program beside which this is measured.
func seek(ctx context.Context, b *bench) error {
	file, n := b.files[0], b.counts[0]
	b.watch(len(seekTests) * b.reps)
	defer b.bar.Stop()
	readers, err := b.seekReaders(ctx, file, n)
	defer func() { closeReaders(readers) }()
	for _, r := range readers {
		defer cli.Closing(ctx, r.dec)()
	}
	if err != nil {
		b.fail("", "seek", file, n, err)
		return nil
	}
	frames := readers[0].dec.Len()
	// What is measured is decoding, with the sessions that it takes there.
	for range seekWarm {
		for _, test := range seekTests[:2] {
			if _, err := fetchAll(readers, test, test.targets(b.clips, frames)); err != nil {
				b.fail("", test.name, file, n, err)
				return nil
			}
		}
	}
	for _, test := range seekTests {
		list := test.targets(b.clips, frames)
		b.begins(test.name, file, n)
		var values []float64
		for range b.reps {
			fps, err := fetchAll(readers, test, list)
			if err != nil {
				b.fail("", test.name, file, n, err)
				break
			}
			values = append(values, fps)
			b.steps.Add(1)
		}
		if len(values) == b.reps {
			b.result("", test.name, file, n, "fps", values...)
		}
	}
	return ctx.Err()
}

// seekWarm is how often the lists are fetched before.
const seekWarm = 2

// A seekTest is a list of frames and the way to fetch them.
type seekTest struct {
	name    string
	targets func(count, frames int) []int
	fetch   func(s *codec.SimpleDecoder, list []int) iter.Seq2[*frame.Frame, error]
}

var seekTests = []seekTest{
	{"seek-uniform-sorted", uniform, (*codec.SimpleDecoder).FramesAt},
	{"seek-random-sorted", func(count, frames int) []int {
		list := random(count, frames)
		slices.Sort(list)
		return list
	}, (*codec.SimpleDecoder).FramesAt},
	{"seek-random-unsorted", few, (*codec.SimpleDecoder).FramesAt},
	{"seek-random-unsorted-at", few, oneByOne},
}

func uniform(count, frames int) []int {
	list := make([]int, count)
	for j := range list {
		list[j] = j * frames / count
	}
	return list
}

// random is the generator that all peers use, without repetitions.
func random(count, frames int) (list []int) {
	for x := uint32(12345); len(list) < min(count, frames); {
		x = (x*1103515245 + 12345) & 0x7fffffff
		if t := int(x>>8) % frames; !slices.Contains(list, t) {
			list = append(list, t)
		}
	}
	return list
}

func few(count, frames int) []int { return random(min(count, 6), frames) }

func oneByOne(s *codec.SimpleDecoder, list []int) iter.Seq2[*frame.Frame, error] {
	return func(yield func(*frame.Frame, error) bool) {
		for _, i := range list {
			if f, err := s.At(i); !yield(f, err) || err != nil {
				return
			}
		}
	}
}

// A seekReader is a file that is open for random access.
type seekReader struct {
	dem *codec.Demuxer
	dec *codec.SimpleDecoder
}

func (b *bench) seekReaders(ctx context.Context, file string, n int) (readers []*seekReader, err error) {
	cfg, err := b.config("copy")
	if err != nil {
		return nil, err
	}
	for range n {
		r := new(seekReader)
		readers = append(readers, r)
		if r.dem, err = codec.Open(ctx, file, &codec.DemuxerConfig{Network: true}); err != nil {
			return readers, err
		}
		if r.dec, err = codec.NewSimpleDecoder(r.dem, &codec.SimpleDecoderConfig{DecoderConfig: *cfg, Parallel: b.parallel}); err != nil {
			return readers, err
		}
		for f, err := range r.dec.Range(0, 8, 1) {
			if err != nil {
				return readers, err
			}
			f.Release()
		}
		// A list, so that the sessions are there that lists use.
		for f, err := range r.dec.FramesAt(uniform(30, r.dec.Len())) {
			if err != nil {
				return readers, err
			}
			f.Release()
		}
	}
	return readers, nil
}

func closeReaders(readers []*seekReader) {
	for _, r := range readers {
		_, _ = r.dec.Close(), r.dem.Close()
	}
	codec.TrimCache()
}

// fetchAll is the rate over all readers.
func fetchAll(readers []*seekReader, test seekTest, list []int) (float64, error) {
	var wg sync.WaitGroup
	errs := make([]error, len(readers))
	began := time.Now()
	for i, r := range readers {
		wg.Go(func() { errs[i] = fetch(r.dec, test, list) })
	}
	wg.Wait()
	return float64(len(readers)*len(list)) / time.Since(began).Seconds(), errors.Join(errs...)
}

func fetch(s *codec.SimpleDecoder, test seekTest, list []int) error {
	at := 0
	for f, err := range test.fetch(s, list) {
		if err != nil {
			return err
		}
		if at >= len(list) || f.Index != list[at] {
			err = fmt.Errorf("frame %d came at place %d", f.Index, at)
		} else {
			err = waitFor(f)
		}
		f.Release()
		if err != nil {
			return err
		}
		at++
	}
	if at != len(list) {
		return fmt.Errorf("%d of %d frames", at, len(list))
	}
	return nil
}
