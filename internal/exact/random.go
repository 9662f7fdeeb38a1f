package main

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/frame"
)

// A shot is what a frame must be, however it was come to.
type shot struct {
	sum      uint64
	pts, dur int64
}

// random holds a SimpleDecoder, with so many decoders at once, to the plain decode of the
// file on the same device: all frames in any order, backwards, in slices, some one by
// one, with their numbers and times.
func random(ctx context.Context, j *Job) *Result {
	r := &Result{FirstBad: -1}
	var plain []shot
	err := decode(ctx, j, func(d *codec.Decoder) { r.Engine, r.Reason = d.Device().String(), d.Reason() }, func(f *frame.Frame) error {
		r.Frames++
		p, err := see(f)
		plain = append(plain, p)
		return err
	})
	if err != nil {
		r.fail(err)
		return r
	}
	for _, n := range j.Random {
		if err := r.access(ctx, j, n, plain); err != nil {
			r.fail(fmt.Errorf("at Parallel %d: %w", n, err))
			return r
		}
	}
	return r
}

// seed makes checksums that are compared within the process, many times as fast as MD5.
var seed = maphash.MakeSeed()

func see(f *frame.Frame) (p shot, err error) {
	var h maphash.Hash
	h.SetSeed(seed)
	_, err = f.WritePlanar(&h)
	p.sum = h.Sum64()
	p.pts, p.dur = f.PTS, f.Duration
	return p, err
}

func (r *Result) access(ctx context.Context, j *Job, parallel int, plain []shot) error {
	dem, err := openFirst(ctx, j.File)
	if err != nil {
		return err
	}
	defer dem.Close()
	cfg := &codec.SimpleDecoderConfig{Parallel: parallel}
	cfg.Device, cfg.Memory, cfg.Layout, cfg.Threads = j.Device, j.Memory, j.Layout, j.Threads
	s, err := codec.NewSimpleDecoder(dem, cfg)
	if err != nil {
		return err
	}
	defer s.Close()
	n := len(plain)
	if s.Len() != n {
		return fmt.Errorf("%d frames in the index, %d were decoded", s.Len(), n)
	}
	rnd := rand.New(rand.NewPCG(uint64(n), uint64(parallel)))
	list := rnd.Perm(n)
	all := func(want func(p int) int) func(*frame.Frame, int) error {
		return func(f *frame.Frame, p int) error { return r.compare(s, f, want(p), plain) }
	}
	step := 2 + rnd.IntN(5)
	for _, way := range []struct {
		name   string
		frames func(func(*frame.Frame, error) bool)
		use    func(*frame.Frame, int) error
		n      int
	}{
		{"a list", s.FramesAt(list), all(func(p int) int { return list[p] }), n},
		{"backwards", s.Range(-1, math.MinInt, -1), all(func(p int) int { return n - 1 - p }), n},
		{"in order", s.All(), all(func(p int) int { return p }), n},
		{"slices", s.Range(0, n, step), all(func(p int) int { return p * step }), (n + step - 1) / step},
	} {
		p := 0
		for f, err := range way.frames {
			if err == nil {
				err = way.use(f, p)
				f.Release()
			}
			if err != nil {
				return fmt.Errorf("%s, position %d: %w", way.name, p, err)
			}
			p++
		}
		if p != way.n {
			return fmt.Errorf("%s: %d of %d frames", way.name, p, way.n)
		}
	}
	for _, i := range list[:min(n, 10)] {
		f, err := s.At(i)
		if err == nil {
			err = r.compare(s, f, i, plain)
			f.Release()
		}
		if err != nil {
			return fmt.Errorf("frame %d alone: %w", i, err)
		}
	}
	return nil
}

var errDiffers = errors.New("it is not the frame of the plain decode")

func (r *Result) compare(s *codec.SimpleDecoder, f *frame.Frame, i int, plain []shot) error {
	p, err := see(f)
	if err != nil {
		return err
	}
	if f.Index != i || p != plain[i] {
		r.Bad++
		if r.FirstBad < 0 {
			r.FirstBad = i
		}
		return fmt.Errorf("frame %d: %w: index %d, pts %d and %d", i, errDiffers, f.Index, p.pts, plain[i].pts)
	}
	if f.PTS == codec.NoPTS {
		return nil
	}
	at, err := s.IndexAt(f.Time())
	if err == nil && at != i && s.Index().Time(at) != f.Time() {
		err = fmt.Errorf("IndexAt of frame %d says %d", i, at)
	}
	return err
}

// judgeRandom is the verdict on random. dev is what was asked for.
func judgeRandom(r *Row, dev codec.Device, res *Result) Judged {
	j := Judged{Name: r.Name, Codec: r.Derived.Codec, Device: dev, Result: *res, Verdict: Pass, How: "same"}
	switch {
	case res.Crash != "":
		j.Verdict, j.How, j.Note = Fail, "crash", res.Crash
	case res.Error == "":
	case dev > 0 && res.is("unsupported") && mayRefuse(r):
		j.How, j.Note = "refused", res.Error
	case res.Frames == 0 || res.Bad == 0 && res.is("corrupt"):
		j.Verdict, j.How, j.Note = Warn, "damaged", res.Error
	default:
		j.Verdict, j.How, j.Note = Fail, "differs", res.Error
	}
	return j
}

// parallels reads numbers separated by commas.
type parallels []int

func (p *parallels) String() string { return fmt.Sprint([]int(*p)) }

// Set implements flag.Value.
func (p *parallels) Set(s string) error {
	*p = nil
	for _, x := range strings.Split(s, ",") {
		n, err := strconv.Atoi(x)
		if err != nil || n < 1 {
			return fmt.Errorf("%q: want numbers from 1 on, separated by commas", s)
		}
		*p = append(*p, n)
	}
	return nil
}
