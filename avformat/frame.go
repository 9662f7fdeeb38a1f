package avformat

import (
	"fmt"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
	"github.com/go-nvcodec/nvcodec/internal/live"
)

var liveFrames = live.NewKind("avformat.Frame")

// A Frame is a picture in memory: an AVFrame. It is made once and filled again and
// again; its pixels are C memory, counted by reference. One goroutine may use it at
// a time. Methods of a closed or nil Frame return zero values or ErrClosed.
// Source: frame.h.
type Frame struct {
	p    uintptr
	call abi.Call
}

// NewFrame makes an empty frame. The caller closes it.
func NewFrame() (*Frame, error) {
	if err := load(); err != nil {
		return nil, err
	}
	p := call0(ff.fn.avFrameAlloc)
	if p == 0 {
		return nil, noMemory("av_frame_alloc")
	}
	liveFrames.Add()
	return &Frame{p: p}, nil
}

// Close frees the frame and its reference to the pixels. Closing twice, or nil, is
// fine. Nothing frees a frame that is not closed: its views would be left behind.
func (f *Frame) Close() error {
	if f == nil || f.p == 0 {
		return nil
	}
	free(ff.fn.avFrameFree, f.p)
	f.p = 0
	liveFrames.Done()
	return nil
}

func (f *Frame) closed() bool { return f == nil || f.p == 0 }

// Unref empties the frame. Views of its pixels and side data end here.
func (f *Frame) Unref() {
	if !f.closed() {
		f.call.Begin().Int(f.p).Do(ff.fn.avFrameUnref)
	}
}

// Ref makes f another reference to what src holds, without copying pixels. What f
// held before is released.
func (f *Frame) Ref(src *Frame) error {
	if f.closed() || src.closed() {
		return closedError("av_frame_ref")
	}
	f.Unref()
	return check("av_frame_ref", f.call.Begin().Int(f.p).Int(src.p).Do32(ff.fn.avFrameRef), "")
}

// RefPixels makes f another reference to the pixels of src, as Ref does, without the
// side data: an encoder would code what it finds there.
func (f *Frame) RefPixels(src *Frame) error {
	if err := f.Ref(src); err != nil {
		return err
	}
	// A type can be there twice, and all of a type go at once.
	for n := f.int(ff.off.frame.nbSideData); n > 0; {
		first := word(getPtr(f.p, ff.off.frame.sideData), 0)
		f.call.Begin().Int(f.p).Int(uintptr(getInt32(first, ff.off.frameSideData.typ))).Do(ff.fn.avFrameRemoveSideData)
		left := f.int(ff.off.frame.nbSideData)
		if left >= n {
			return &Error{Func: "av_frame_remove_side_data", Code: ErrBug}
		}
		n = left
	}
	return nil
}

// Move makes f what src is and empties src.
func (f *Frame) Move(src *Frame) error {
	if f.closed() || src.closed() {
		return closedError("av_frame_move_ref")
	}
	if f == src {
		return nil
	}
	f.Unref()
	f.call.Begin().Int(f.p).Int(src.p).Do(ff.fn.avFrameMoveRef)
	return nil
}

// CopyProps gives f all of src but its pixels: times, colour, flags, side data.
func (f *Frame) CopyProps(src *Frame) error {
	if f.closed() || src.closed() {
		return closedError("av_frame_copy_props")
	}
	return check("av_frame_copy_props", f.call.Begin().Int(f.p).Int(src.p).Do32(ff.fn.avFrameCopyProps), "")
}

// Allocate empties the frame and gives it new, uninitialised pixels that nobody
// shares. Rows are padded for the widest instructions of the machine.
func (f *Frame) Allocate(format PixelFormat, width, height int) error {
	if f.closed() {
		return closedError("av_frame_get_buffer")
	}
	info := format.Info()
	if info == nil || info.Hardware || width <= 0 || height <= 0 || width > maxSide || height > maxSide {
		return &Error{Func: "av_frame_get_buffer", Code: ErrInvalid, Detail: fmt.Sprintf("%dx%d %v", width, height, format)}
	}
	f.Unref()
	o := &ff.off.frame
	setInt32(f.p, o.format, int32(format))
	setInt32(f.p, o.width, int32(width))
	setInt32(f.p, o.height, int32(height))
	r := f.call.Begin().Int(f.p).Int(0).Do32(ff.fn.avFrameGetBuffer)
	return check("av_frame_get_buffer", r, "")
}

// maxSide keeps width*height*bytes within what FFmpeg's int arithmetic holds; it
// checks more closely itself.
const maxSide = 1 << 16

// MakeWritable makes sure that nobody else sees the pixels change, by copying them
// if they are shared.
func (f *Frame) MakeWritable() error {
	if f.closed() {
		return closedError("av_frame_make_writable")
	}
	return check("av_frame_make_writable", f.call.Begin().Int(f.p).Do32(ff.fn.avFrameMakeWritable), "")
}

// Writable is true when nobody shares the pixels.
func (f *Frame) Writable() bool {
	return !f.closed() && f.call.Begin().Int(f.p).Do32(ff.fn.avFrameIsWritable) > 0
}

// int reads an int field.
func (f *Frame) int(o offset) int { return int(getInt32(f.p, o)) }

// Width is in pixels, cropping applied; 0 for an empty frame.
func (f *Frame) Width() int {
	if f.closed() {
		return 0
	}
	return f.int(ff.off.frame.width)
}

// Height is in pixels, cropping applied; 0 for an empty frame.
func (f *Frame) Height() int {
	if f.closed() {
		return 0
	}
	return f.int(ff.off.frame.height)
}

// Format is the pixel format; PixelFormatNone for an empty frame.
func (f *Frame) Format() PixelFormat {
	if f.closed() {
		return PixelFormatNone
	}
	return PixelFormat(f.int(ff.off.frame.format))
}

// Empty is true when the frame holds no pixels.
func (f *Frame) Empty() bool { return f.closed() || f.data(0) == 0 }

// Planes is the number of planes, 0 for an empty frame.
func (f *Frame) Planes() int {
	if i := f.Format().Info(); i != nil && !f.Empty() {
		return i.Planes
	}
	return 0
}

// data is the address of the first row that is shown of a plane.
func (f *Frame) data(plane int) uintptr {
	return getPtr(f.p, ff.off.frame.data+offset(plane)*offset(unsafe.Sizeof(uintptr(0))))
}

// Linesize is the bytes from one row of a plane to the next; negative when rows lie
// bottom up in memory.
func (f *Frame) Linesize(plane int) int {
	if f.closed() || plane < 0 || plane > 3 {
		return 0
	}
	return f.int(ff.off.frame.linesize + offset(plane)*4)
}

// PlaneSize is the bytes of a row without padding and the number of rows.
func (f *Frame) PlaneSize(plane int) (rowBytes, rows int) {
	return f.Format().Info().PlaneSize(plane, f.Width(), f.Height())
}

// Plane is the bytes of a plane, from the row that is lowest in memory to the last
// byte of the one that is highest: |Linesize|*(rows-1) + row bytes. It is a view of
// C memory, valid until the frame is filled again, emptied or closed, and may be
// written to if the frame is Writable. With a negative Linesize the first row of
// the view is the picture's last; Row hides that. nil for planes that are not there.
func (f *Frame) Plane(plane int) []byte {
	low, stride, rowBytes, rows := f.plane(plane)
	if low == 0 {
		return nil
	}
	return view(low, stride*(rows-1)+rowBytes)
}

// plane is a plane as memory has it: its lowest address and positive stride.
func (f *Frame) plane(plane int) (low uintptr, stride, rowBytes, rows int) {
	if f.Empty() || plane < 0 || plane > 3 {
		return 0, 0, 0, 0
	}
	rowBytes, rows = f.PlaneSize(plane)
	if low = f.data(plane); low == 0 || rows == 0 {
		return 0, 0, 0, 0
	}
	if stride = f.Linesize(plane); stride < 0 {
		low, stride = low-uintptr(-stride*(rows-1)), -stride
	}
	return low, stride, rowBytes, rows
}

// Row is row y of a plane without padding, 0 the top one; a view like Plane. nil
// when it is not there.
func (f *Frame) Row(plane, y int) []byte {
	if f.Empty() || plane < 0 || plane > 3 || y < 0 {
		return nil
	}
	rowBytes, rows := f.PlaneSize(plane)
	p := f.data(plane)
	if p == 0 || y >= rows {
		return nil
	}
	return view(uintptr(int(p)+y*f.Linesize(plane)), rowBytes)
}

// AppendBytes appends all planes without padding, in their own format, as FFmpeg's
// rawvideo has them, and returns the extended slice.
func (f *Frame) AppendBytes(dst []byte) []byte {
	for p := range f.Planes() {
		rowBytes, rows := f.PlaneSize(p)
		if b := f.Plane(p); b != nil && f.Linesize(p) == rowBytes {
			dst = append(dst, b...)
			continue
		}
		for y := range rows {
			dst = append(dst, f.Row(p, y)...)
		}
	}
	return dst
}

// SetBytes copies pixels without padding, as AppendBytes gives them, into the frame,
// which must be Allocated and Writable. The error says how many bytes are needed.
func (f *Frame) SetBytes(src []byte) error {
	if f.closed() {
		return closedError("SetBytes")
	}
	if n := f.Format().Info().Size(f.Width(), f.Height()); f.Empty() || len(src) != n {
		return &Error{Func: "SetBytes", Code: ErrInvalid,
			Detail: fmt.Sprintf("%d bytes for a %dx%d %v frame, which has %d", len(src), f.Width(), f.Height(), f.Format(), n)}
	}
	if !f.Writable() {
		return &Error{Func: "SetBytes", Code: ErrInvalid, Detail: "the frame's pixels are shared"}
	}
	for p := range f.Planes() {
		rowBytes, rows := f.PlaneSize(p)
		for y := range rows {
			copy(f.Row(p, y), src[:rowBytes])
			src = src[rowBytes:]
		}
	}
	return nil
}
