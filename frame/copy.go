package frame

import (
	"errors"
	"fmt"

	"github.com/go-nvcodec/nvcodec/cuda"
)

// ErrMismatch: two frames that must have the same format and size have not.
var ErrMismatch = errors.New("frames differ in format or size")

// CopyTo copies pixels and properties to dst, which has the same format and size and
// may be in other memory, and waits until it is done. Errors: ErrReleased,
// ErrMismatch, ErrInvalidPlane, *cuda.Error.
func (f *Frame) CopyTo(dst *Frame) error {
	if err := f.copyable(dst); err != nil {
		return err
	}
	// The driver's synchronous copies know nothing of streams that do not block.
	if err := f.Wait(nil); err != nil {
		return err
	}
	if f.Memory == Host && dst.Memory == Host {
		b := f.Format.SampleBytes()
		for i := range f.Planes {
			copyRows(&dst.Planes[i], &f.Planes[i], b)
		}
		return nil
	}
	ctx := copyContext(f, dst)
	if ctx == nil {
		return errNoContext
	}
	if err := copyPlanes(f, dst, ctx, nil); err != nil {
		return err
	}
	if dst.Memory == Device {
		// They return when the source was read, which may be before all is written.
		return cuda.WrapStream(ctx, cuda.LegacyStream).Synchronize()
	}
	return nil
}

// CopyToStream queues a copy of pixels in stream s, after the production of f, and
// copies the properties at once. dst.Wait waits for it. f has to stay as it is until
// then: release it by ReleaseOn(s). A copy between two frames in host memory happens
// at once. A nil s is CopyTo. Errors: as CopyTo.
func (f *Frame) CopyToStream(dst *Frame, s *cuda.Stream) error {
	if s == nil || f != nil && dst != nil && f.Memory == Host && dst.Memory == Host {
		return f.CopyTo(dst)
	}
	if err := f.copyable(dst); err != nil {
		return err
	}
	if err := f.Wait(s); err != nil {
		return err
	}
	if err := copyPlanes(f, dst, nil, s); err != nil {
		return err
	}
	return dst.MarkReady(s)
}

// copyable checks both sides and copies the properties.
func (f *Frame) copyable(dst *Frame) error {
	if err := f.check("CopyTo"); err != nil {
		return err
	}
	if err := dst.check("CopyTo"); err != nil {
		return err
	}
	if f.Format != dst.Format || f.Width != dst.Width || f.Height != dst.Height {
		return fmt.Errorf("frame: copy %v of %d x %d to %v of %d x %d: %w",
			f.Format, f.Width, f.Height, dst.Format, dst.Width, dst.Height, ErrMismatch)
	}
	if err := f.checkPlanes(); err != nil {
		return err
	}
	if err := dst.checkPlanes(); err != nil {
		return err
	}
	dst.CopyProperties(f)
	return nil
}

func copyContext(frames ...*Frame) *cuda.Context {
	for _, f := range frames {
		if f.Memory == Device && f.ctx != nil {
			return f.ctx
		}
	}
	return nil
}

// copyPlanes copies in stream s or, with nil, synchronously in ctx.
func copyPlanes(src, dst *Frame, ctx *cuda.Context, s *cuda.Stream) error {
	b := src.Format.SampleBytes()
	for i := range src.Planes {
		p, q := &src.Planes[i], &dst.Planes[i]
		c := cuda.Copy2D{Src: p.Ptr, SrcPitch: p.Pitch, Dst: q.Ptr, DstPitch: q.Pitch, WidthBytes: p.RowBytes(b), Height: p.Shape[0]}
		if src.Memory == Host {
			c.SrcHost = p.Data
		}
		if dst.Memory == Host {
			c.DstHost = q.Data
		}
		var err error
		if s != nil {
			err = s.Copy2D(&c)
		} else {
			err = ctx.Copy2D(&c)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func copyRows(dst, src *Plane, sampleBytes int) {
	row := src.RowBytes(sampleBytes)
	if src.Pitch == row && dst.Pitch == row {
		copy(dst.Data[:row*dst.Shape[0]], src.Data)
		return
	}
	for y := range src.Shape[0] {
		copy(dst.Data[y*dst.Pitch:y*dst.Pitch+row], src.Data[y*src.Pitch:])
	}
}

// download copies a frame in device memory into dst, without padding, and waits.
func (f *Frame) download(dst []byte) error {
	if f.ctx == nil {
		return errNoContext
	}
	b := f.Format.SampleBytes()
	for i := range f.Planes {
		p := &f.Planes[i]
		row := p.RowBytes(b)
		n := row * p.Shape[0]
		c := cuda.Copy2D{Src: p.Ptr, SrcPitch: p.Pitch, DstHost: dst[:n], DstPitch: row, WidthBytes: row, Height: p.Shape[0]}
		if err := f.ctx.Copy2D(&c); err != nil {
			return err
		}
		dst = dst[n:]
	}
	return nil
}
