package frame

import (
	"fmt"
	"os"

	"github.com/go-nvcodec/nvcodec/cuda"
)

// NewHost returns a frame with new host memory of its own, samples 0, rows padded to
// 64 bytes. It needs no Release. Errors: ErrInvalidFormat, ErrInvalidSize.
func NewHost(f Format, width, height int) (*Frame, error) {
	if err := f.check(width, height); err != nil {
		return nil, err
	}
	fr := newFrame(f, Host, width, height)
	fr.Planes = fr.store[:f.Planes()]
	fr.sliceHost(make([]byte, hostPlanes(&fr.store, f, width, height, hostAlign)))
	return fr, nil
}

// FromHost makes a frame of pixels: the planes one after the other, without padding,
// as in FFmpeg's rawvideo and as AppendBytes gives them. The frame uses the slice
// itself; it needs no Release. len(pixels) must be Format.Size. For 16-bit formats
// set BitDepth afterwards. Errors: ErrInvalidFormat, ErrInvalidSize.
func FromHost(f Format, width, height int, pixels []byte) (*Frame, error) {
	n, err := f.Size(width, height)
	if err != nil {
		return nil, err
	}
	if len(pixels) != n {
		return nil, fmt.Errorf("frame: %d bytes, %v of %d x %d has %d: %w", len(pixels), f, width, height, n, ErrInvalidSize)
	}
	fr := newFrame(f, Host, width, height)
	fr.usePacked(pixels)
	return fr, nil
}

// FromPlanes makes a frame of planes in host memory, each with its Data and Pitch. A
// zero Shape is filled in, a zero Pitch means rows without padding. The frame uses
// the memory itself; it needs no Release. Errors: ErrInvalidFormat, ErrInvalidSize,
// ErrInvalidPlane.
func FromPlanes(f Format, width, height int, planes ...Plane) (*Frame, error) {
	return fromPlanes(f, Host, width, height, planes)
}

// FromDevice makes a frame of planes in device memory of ctx, each with its Ptr and
// Pitch. A zero Shape is filled in, a zero Pitch means rows without padding. See
// DevicePlanes for a picture in one piece.
//
// With a nil release the memory must stay until nobody uses the frame, and no Release
// is needed. Else the frame has one reference, and release is called once, after the
// last Release and after the work in streams given to ReleaseOn is done: for that it
// waits. Errors: ErrInvalidFormat, ErrInvalidSize, ErrInvalidPlane.
func FromDevice(ctx *cuda.Context, f Format, width, height int, planes []Plane, release func()) (*Frame, error) {
	if ctx == nil {
		return nil, fmt.Errorf("frame: device memory without a CUDA context: %w", os.ErrInvalid)
	}
	fr, err := fromPlanes(f, Device, width, height, planes)
	if err != nil {
		return nil, err
	}
	fr.ctx = ctx
	if release != nil {
		fr.owned(release)
	}
	return fr, nil
}

// owned gives the frame its first reference, without losing what orders its readers.
func (f *Frame) owned(release func()) { f.Reset(releaseFunc(release)) }

type releaseFunc func()

func (r releaseFunc) Recycle(f *Frame) {
	if err := f.WaitReleased(nil); err != nil {
		_ = f.ctx.Synchronize() // whoever could not be recorded, it is in there
	}
	f.slot.closeEvents()
	r()
}

func fromPlanes(f Format, m Memory, width, height int, planes []Plane) (*Frame, error) {
	fr := newFrame(f, m, width, height)
	if err := f.check(width, height); err != nil {
		return nil, err
	}
	if len(planes) != f.Planes() {
		return nil, fmt.Errorf("frame: %d planes, %v has %d: %w", len(planes), f, f.Planes(), ErrInvalidPlane)
	}
	fr.usePlanes(planes)
	for i := range fr.Planes {
		p := &fr.Planes[i]
		if p.Shape == [3]int{} {
			p.Shape = f.PlaneShape(i, width, height)
		}
		if p.Pitch == 0 {
			p.Pitch = f.RowBytes(i, width)
		}
	}
	if err := fr.checkPlanes(); err != nil {
		return nil, err
	}
	return fr, nil
}

func newFrame(f Format, m Memory, width, height int) *Frame {
	fr := &Frame{Format: f, Memory: m, Width: width, Height: height}
	fr.clearProperties()
	return fr
}
