package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/frame"
)

// A Diff is how a device's frames differ from the CPU's.
type Diff struct {
	CPUFrames int    `json:"cpu_frames"`
	CPUError  string `json:"cpu_error,omitempty"`
	// CPUMessages are those of all frames of the CPU's.
	CPUMessages Messages `json:"cpu_messages"`
	Frames      int      `json:"frames,omitempty"`  // that differ in a sample
	First       int      `json:"first"`             // of those, -1 for none
	Samples     int64    `json:"samples,omitempty"` // that differ
	Max         int      `json:"max,omitempty"`     // largest difference
	PSNR        float64  `json:"psnr,omitempty"`    // dB over all samples, 0 if they are equal
	// Meta counts frames whose times or flags differ, by field, and MetaFirst tells
	// the first for each.
	Meta      map[string]int    `json:"meta,omitempty"`
	MetaFirst map[string]string `json:"meta_first,omitempty"`

	square, total float64
	peak          float64
}

// A picture is one frame of the CPU's.
type picture struct {
	pixels []byte
	f      frame.Frame // its description
}

func (d *Diff) compare(n int, f *frame.Frame, pixels []byte, c *picture) {
	d.meta(n, "size", [2]int{f.Width, f.Height}, [2]int{c.f.Width, c.f.Height})
	d.meta(n, "depth", f.Depth(), c.f.Depth())
	d.meta(n, "pts", ticks(f.PTS), ticks(c.f.PTS))
	d.meta(n, "time base", f.TimeBase, c.f.TimeBase)
	d.meta(n, "duration", f.Duration, c.f.Duration)
	d.meta(n, "index", f.Index, c.f.Index)
	d.meta(n, "pos", f.Pos, c.f.Pos)
	d.meta(n, "key", f.Key, c.f.Key)
	d.meta(n, "corrupt", f.Corrupt, c.f.Corrupt)
	d.meta(n, "interlaced", f.Interlaced, c.f.Interlaced)
	if f.Interlaced && c.f.Interlaced {
		d.meta(n, "top field first", f.TopFieldFirst, c.f.TopFieldFirst)
	}
	d.meta(n, "repeat", f.RepeatFields, c.f.RepeatFields)
	d.meta(n, "sar", f.SAR, c.f.SAR)
	d.meta(n, "color", f.Color, c.f.Color)
	d.meta(n, "rotation", f.Rotation, c.f.Rotation)
	ours, theirs := sameMessages(f.SEI, c.f.SEI)
	d.meta(n, "sei", ours, theirs)
	bits := f.Depth()
	wide := 1
	if bits > 8 {
		wide = 2
	}
	d.peak = float64(int(1)<<bits - 1)
	d.total += float64(min(len(pixels), len(c.pixels)) / wide)
	if bytes.Equal(pixels, c.pixels) {
		return
	}
	d.Frames++
	if d.First < 0 {
		d.First = n
	}
	if len(pixels) != len(c.pixels) {
		d.meta(n, "bytes", len(pixels), len(c.pixels))
		return
	}
	d.samples(pixels, c.pixels, wide)
}

func (d *Diff) samples(a, b []byte, wide int) {
	for i := 0; i+wide <= len(a); i += wide {
		var x, y int
		if wide == 2 {
			x, y = int(binary.LittleEndian.Uint16(a[i:])), int(binary.LittleEndian.Uint16(b[i:]))
		} else {
			x, y = int(a[i]), int(b[i])
		}
		if x == y {
			continue
		}
		e := max(x-y, y-x)
		d.Samples++
		d.Max = max(d.Max, e)
		d.square += float64(e) * float64(e)
	}
}

// ticks is a time that prints.
type ticks int64

func (t ticks) String() string {
	if int64(t) == codec.NoPTS {
		return "none"
	}
	return fmt.Sprint(int64(t))
}

func (d *Diff) meta(n int, field string, got, cpu any) {
	if got == cpu {
		return
	}
	if d.Meta == nil {
		d.Meta, d.MetaFirst = map[string]int{}, map[string]string{}
	}
	if d.Meta[field] == 0 {
		d.MetaFirst[field] = fmt.Sprintf("frame %d: %v, CPU %v", n, got, cpu)
	}
	d.Meta[field]++
}

func (d *Diff) finish() {
	if d.square > 0 && d.total > 0 {
		d.PSNR = 10 * math.Log10(d.peak*d.peak*d.total/d.square)
	}
}

// A reference decodes a file on the CPU in the background, a few frames ahead.
type reference struct {
	frames   chan *picture
	free     chan *picture
	cancel   context.CancelFunc
	count    int      // read after frames is closed
	err      error    // read after frames is closed
	messages Messages // read after frames is closed
}

func startReference(ctx context.Context, of *Job) *reference {
	ctx, cancel := context.WithCancel(ctx)
	r := &reference{frames: make(chan *picture, 4), free: make(chan *picture, 8), cancel: cancel}
	go func() {
		defer close(r.frames)
		j := &Job{File: of.File, Device: codec.CPU, Threads: of.Threads}
		r.err = decode(ctx, j, func(*codec.Decoder) {}, func(f *frame.Frame) error {
			p := r.empty()
			var err error
			if p.pixels, err = f.AppendPlanar(p.pixels[:0]); err != nil {
				return err
			}
			p.f.CopyProperties(f)
			p.f.Width, p.f.Height, p.f.Format, p.f.BitDepth = f.Width, f.Height, f.Format, f.Depth()
			r.messages.add(r.count, f)
			r.count++
			select {
			case r.frames <- p:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	return r
}

func (r *reference) empty() *picture {
	select {
	case p := <-r.free:
		return p
	default:
		return new(picture)
	}
}

func (r *reference) recycle(p *picture) {
	select {
	case r.free <- p:
	default:
	}
}

func (r *reference) next() (*picture, bool) {
	p, ok := <-r.frames
	return p, ok
}

// finish decodes the rest and returns the number of frames and the error.
func (r *reference) finish() (int, string) {
	for p := range r.frames {
		r.recycle(p)
	}
	if r.err != nil {
		return r.count, r.err.Error()
	}
	return r.count, ""
}

func (r *reference) stop() {
	r.cancel()
	for range r.frames {
	}
}
