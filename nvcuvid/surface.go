package nvcuvid

import (
	"unsafe"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/internal/live"
)

var liveSurfaces = live.NewKind("nvcuvid.Surface")

// Map waits for the decoding of a picture, queues its post-processing into an
// output surface in p.OutputStream, and returns that surface: a copy, so that the
// decode surface is free again. Work on it must be ordered after the stream. The
// decoder's own context must be current. Rows are pitch bytes apart; the second
// plane begins at pitch times the target height rounded up to even.
//
// At most NumOutputSurfaces are mapped at a time; one more is cuda.ErrMapFailed at
// once. A picture that is mapped already is cuda.ErrAlreadyMapped.
//
// Source: cuvidMapVideoFrame64.
func (d *Decoder) Map(picture int, p *ProcParams) (ptr cuda.DevicePtr, pitch int, err error) {
	if d.closed.Load() {
		return 0, 0, closed("decoder")
	}
	d.proc = *p
	d.out.ptr, d.out.pitch = 0, 0
	r := d.call.Begin().Int(d.handle).Int(uintptr(picture)).Ptr(unsafe.Pointer(&d.out.ptr)).
		Ptr(unsafe.Pointer(&d.out.pitch)).Ptr(unsafe.Pointer(&d.proc)).Do32(d.lib.cuvidMapVideoFrame)
	if err := result("cuvidMapVideoFrame", r); err != nil {
		// A map that fails for want of the right context takes the slot all the same;
		// without this the picture would stay mapped for ever. A picture that was
		// mapped before reports its pointer too, and must stay.
		if d.out.ptr != 0 && cuda.Result(r) != cuda.ErrAlreadyMapped {
			d.call.Begin().Int(d.handle).Int(uintptr(d.out.ptr)).Do32(d.lib.cuvidUnmapVideoFrame)
		}
		return 0, 0, err
	}
	d.mapped++
	liveSurfaces.Add()
	return cuda.DevicePtr(d.out.ptr), int(d.out.pitch), nil
}

// Unmap gives an output surface back. It does not wait: the surface is handed out
// by a later Map, so work on it has to be done, or queued in the stream that the
// later Map uses.
//
// Source: cuvidUnmapVideoFrame64.
func (d *Decoder) Unmap(ptr cuda.DevicePtr) error {
	if d.closed.Load() {
		return closed("decoder")
	}
	err := result("cuvidUnmapVideoFrame", d.call.Begin().Int(d.handle).Int(uintptr(ptr)).Do32(d.lib.cuvidUnmapVideoFrame))
	if err == nil {
		d.mapped--
		liveSurfaces.Done()
	}
	return err
}
