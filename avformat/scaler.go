package avformat

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
	"github.com/go-nvcodec/nvcodec/internal/live"
)

var liveScalers = live.NewKind("avformat.Scaler")

// An Image describes the pictures on one side of a Scaler. Of Color it takes Range,
// Matrix and ChromaLocation.
type Image struct {
	Format        PixelFormat
	Width, Height int
	Color         Color
}

// Image describes the frame's pixels.
func (f *Frame) Image() Image {
	return Image{f.Format(), f.Width(), f.Height(), f.Color()}
}

// A ScaleFilter is how a Scaler resizes. Source: SWS_*, swscale.h.
type ScaleFilter int32

// The filters. The zero value is Bicubic.
const (
	Bicubic  ScaleFilter = 0
	Bilinear ScaleFilter = 1 << 1
	Nearest  ScaleFilter = 1 << 4
	Area     ScaleFilter = 1 << 5
	Lanczos  ScaleFilter = 1 << 9
	Spline   ScaleFilter = 1 << 10
)

const (
	swsBicubic   = 1 << 2
	swsFullHInt  = 1 << 13 // chroma at full width when making RGB
	swsFullHIn   = 1 << 14 // and when reading it
	swsAccurate  = 1 << 18
	swsBitExact  = 1 << 19
	swsNoPos     = -513 // chroma is not subsampled in this direction
	scalePadding = 64   // bytes that libswscale's fastest code may touch behind a row
)

// A Scaler converts pictures from one format, size and colour space to another. It
// rounds accurately and gives the same bytes on every CPU of an architecture.
// Conversions that only move samples are exact and need no libswscale: between planar
// and semi-planar, and between low and high bits.
//
// One goroutine may use it at a time; Close may come from another. It does not
// allocate after the first picture. Source: swscale.h.
type Scaler struct {
	mu       sync.Mutex
	*scaling // nil when closed
	call     abi.Call
	src, dst Image
	arg      struct { // what sws_scale reads by address
		src, dst             [4]unsafe.Pointer
		srcStride, dstStride [4]int32
	}
	cleanup runtime.Cleanup
}

// scaling is what has to be freed, also if nobody closes the Scaler.
type scaling struct {
	p       uintptr   // SwsContext; 0 with move
	move    *mover    // does without libswscale
	in, out *Frame    // stand in for caller's memory that has no padding
	chroma  [2]*Frame // planes that grey sources and destinations lack
}

func (s *scaling) free() {
	if s.p != 0 {
		call1(ff.fn.swsFreeContext, s.p)
	}
	for _, f := range []*Frame{s.in, s.out, s.chroma[0], s.chroma[1]} {
		f.Close()
	}
	liveScalers.Done()
}

// NewScaler makes a Scaler from src to dst.
//
// Of the source, an unknown Range is limited (full for FFmpeg's yuvj formats and
// RGB), an unknown Matrix is BT.601 and an unknown ChromaLocation is left. Of the
// destination, unknown means: as in the source, so that no colour changes; for a
// YUV destination of an RGB source the defaults of a source.
//
// The error matches errors.ErrUnsupported for formats and matrices that libswscale
// cannot convert, and ErrLibrary when libswscale is missing.
func NewScaler(src, dst Image, filter ScaleFilter) (*Scaler, error) {
	if err := load(); err != nil {
		return nil, err
	}
	for _, i := range []Image{src, dst} {
		if !convertible(i.Color.Matrix) {
			return nil, &Error{Func: "sws_setColorspaceDetails", Code: ErrPatchWelcome, Detail: fmt.Sprintf("colour matrix %d", i.Color.Matrix)}
		}
		if i.Format.Info() == nil || i.Width <= 0 || i.Height <= 0 || i.Width > maxSide || i.Height > maxSide {
			return nil, &Error{Func: "NewScaler", Code: ErrInvalid, Detail: i.String()}
		}
	}
	from, to := resolve(src, dst)
	liveScalers.Add()
	s := &Scaler{src: src, dst: dst, scaling: &scaling{move: newMover(src, dst, from, to)}}
	var err error
	if s.move == nil {
		s.p, err = openScaler(src, dst, from, to, filter)
	}
	if err == nil {
		err = s.addChroma(from, to)
	}
	if err != nil {
		s.scaling.free()
		return nil, err
	}
	s.cleanup = runtime.AddCleanup(s, (*scaling).free, s.scaling)
	return s, nil
}

// String is the picture in words: 1920x1080 nv12.
func (i Image) String() string { return fmt.Sprintf("%dx%d %v", i.Width, i.Height, i.Format) }

func openScaler(src, dst Image, from, to side, filter ScaleFilter) (uintptr, error) {
	if err := ff.version.ScaleError; err != nil {
		return 0, &Error{Func: "sws_init_context", Err: errors.Join(ErrLibrary, err), Detail: "pixel conversion is not available"}
	}
	if call1(ff.fn.swsIsSupportedInput, uintptr(src.Format)) == 0 || call1(ff.fn.swsIsSupportedOutput, uintptr(dst.Format)) == 0 {
		return 0, &Error{Func: "sws_init_context", Code: ErrPatchWelcome, Detail: fmt.Sprintf("from %v to %v", src.Format, dst.Format)}
	}
	p := call0(ff.fn.swsAllocContext)
	if p == 0 {
		return 0, noMemory("sws_alloc_context")
	}
	flags := int64(swsAccurate | swsBitExact)
	if filter == Bicubic {
		flags |= swsBicubic
	}
	flags |= int64(filter)
	if to.rgb || from.rgb {
		flags |= swsFullHInt | swsFullHIn
	}
	err := setOptions(p, []option{
		{"srcw", int64(src.Width)}, {"srch", int64(src.Height)}, {"src_format", int64(from.format)},
		{"dstw", int64(dst.Width)}, {"dsth", int64(dst.Height)}, {"dst_format", int64(to.format)},
		{"src_range", int64(from.full)}, {"dst_range", int64(to.full)}, {"sws_flags", flags},
		{"src_h_chr_pos", int64(from.chromaX)}, {"src_v_chr_pos", int64(from.chromaY)},
		{"dst_h_chr_pos", int64(to.chromaX)}, {"dst_v_chr_pos", int64(to.chromaY)},
	})
	c := abi.Borrow()
	defer c.Return()
	if err == nil {
		err = check("sws_init_context", c.Begin().Int(p).Int(0).Int(0).Do32(ff.fn.swsInitContext), fmt.Sprintf("from %v to %v", src, dst))
	}
	if err == nil && !(from.rgb && to.rgb) {
		err = setColors(p, from, to)
	}
	if err != nil {
		c.Begin().Int(p).Do(ff.fn.swsFreeContext)
		return 0, err
	}
	return p, nil
}

type option struct {
	name  string
	value int64
}

func setOptions(p uintptr, list []option) error {
	c := abi.Borrow()
	defer c.Return()
	for _, o := range list {
		r := c.Begin().Int(p).Ptr(unsafe.Pointer(abi.CString(o.name))).Int(uintptr(o.value)).Int(0).Do32(ff.fn.avOptSetInt)
		if r < 0 {
			return check("av_opt_set_int", r, fmt.Sprintf("%s=%d", o.name, o.value))
		}
	}
	return nil
}

func setColors(p uintptr, from, to side) error {
	inverse, table := call1(ff.fn.swsGetCoefficients, uintptr(from.matrix)), call1(ff.fn.swsGetCoefficients, uintptr(to.matrix))
	c := abi.Borrow()
	defer c.Return()
	const one = 1 << 16 // contrast and saturation as they are
	r := c.Int(p).Int(inverse).Int(uintptr(from.full)).Int(table).Int(uintptr(to.full)).Int(0).Int(one).Int(one).Do32(ff.fn.swsSetColorspaceDetails)
	if r >= 0 {
		return nil
	}
	return &Error{Func: "sws_setColorspaceDetails", Code: ErrPatchWelcome, Detail: fmt.Sprintf("from %v to %v", from.format, to.format)}
}

// Close ends the scaler. Closing twice, or nil, is fine. Any goroutine may call it.
func (s *Scaler) Close() error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.scaling == nil {
		return nil
	}
	s.cleanup.Stop()
	s.free()
	s.scaling = nil
	return nil
}

// Scale converts src into dst. An empty dst is allocated; otherwise it has to be
// Writable and of the destination's format and size. Times, colour description and
// side data are not copied: CopyProps and SetColor do that.
func (s *Scaler) Scale(dst, src *Frame) error {
	if err := s.lock(); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if err := s.fromFrame(src); err != nil {
		return err
	}
	if err := s.toFrame(dst); err != nil {
		return err
	}
	return s.run()
}

// ScaleTo converts src into memory of the caller's.
func (s *Scaler) ScaleTo(dst *Planes, src *Frame) error {
	if err := s.lock(); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if err := s.fromFrame(src); err != nil {
		return err
	}
	return s.toPlanes(dst)
}

// ScaleFrom converts memory of the caller's into dst, as Scale does.
func (s *Scaler) ScaleFrom(dst *Frame, src *Planes) error {
	if err := s.lock(); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if err := s.fromPlanes(src); err != nil {
		return err
	}
	if err := s.toFrame(dst); err != nil {
		return err
	}
	return s.run()
}

// ScalePlanes converts memory of the caller's into memory of the caller's.
func (s *Scaler) ScalePlanes(dst, src *Planes) error {
	if err := s.lock(); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if err := s.fromPlanes(src); err != nil {
		return err
	}
	return s.toPlanes(dst)
}

func (s *Scaler) lock() error {
	if s == nil {
		return closedError("sws_scale")
	}
	s.mu.Lock()
	if s.scaling == nil {
		s.mu.Unlock()
		return closedError("sws_scale")
	}
	return nil
}

func (s *Scaler) fromFrame(f *Frame) error {
	if f.closed() {
		return closedError("sws_scale")
	}
	if err := s.fits(f, s.src, "source"); err != nil {
		return err
	}
	setFrame(&s.arg.src, &s.arg.srcStride, f)
	return nil
}

func (s *Scaler) toFrame(f *Frame) error {
	if f.closed() {
		return closedError("sws_scale")
	}
	if f.Empty() {
		if err := f.Allocate(s.dst.Format, s.dst.Width, s.dst.Height); err != nil {
			return err
		}
	}
	if err := s.fits(f, s.dst, "destination"); err != nil {
		return err
	}
	if !f.Writable() {
		return &Error{Func: "sws_scale", Code: ErrInvalid, Detail: "the destination's pixels are shared"}
	}
	setFrame(&s.arg.dst, &s.arg.dstStride, f)
	return nil
}

func (s *Scaler) fits(f *Frame, want Image, which string) error {
	if f.Empty() || f.Format() != want.Format || f.Width() != want.Width || f.Height() != want.Height {
		return &Error{Func: "sws_scale", Code: ErrInvalid, Detail: fmt.Sprintf("the %s is %v, the scaler is for %v", which, f.Image(), want)}
	}
	return nil
}

func setFrame(data *[4]unsafe.Pointer, stride *[4]int32, f *Frame) {
	for i := range data {
		data[i], stride[i] = abi.Pointer(f.data(i)), int32(f.Linesize(i))
	}
}

func (s *Scaler) run() error {
	a := &s.arg
	s.useChroma()
	if s.move != nil {
		s.move.run(picture{&a.dst, &a.dstStride}, picture{&a.src, &a.srcStride})
		a.src, a.dst = [4]unsafe.Pointer{}, [4]unsafe.Pointer{}
		return nil
	}
	r := s.call.Begin().Int(s.p).Ptr(unsafe.Pointer(&a.src)).Ptr(unsafe.Pointer(&a.srcStride)).Int(0).Int(uintptr(s.src.Height)).
		Ptr(unsafe.Pointer(&a.dst)).Ptr(unsafe.Pointer(&a.dstStride)).Do32(ff.fn.swsScale)
	a.src, a.dst = [4]unsafe.Pointer{}, [4]unsafe.Pointer{}
	if r < 0 {
		return check("sws_scale", r, fmt.Sprintf("from %v to %v", s.src, s.dst))
	}
	if int(r) != s.dst.Height {
		return &Error{Func: "sws_scale", Code: ErrUnknown, Detail: fmt.Sprintf("%d of %d rows", r, s.dst.Height)}
	}
	return nil
}
