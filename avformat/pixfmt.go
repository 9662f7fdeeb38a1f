package avformat

import (
	"fmt"
	"sync/atomic"

	"github.com/go-nvcodec/nvcodec/internal/abi"
)

// A PixelFormat is libavutil's number for a pixel format. Numbers change between
// releases, names do not: compare names, or numbers of one process.
// Source: AVPixelFormat, pixfmt.h.
type PixelFormat int32

// PixelFormatNone is the format of what has none.
const PixelFormatNone PixelFormat = -1

// PixelFormatByName finds a format by FFmpeg's name for it: yuv420p, nv12, p010le.
// A name that the loaded release does not know matches errors.ErrUnsupported.
// Any goroutine may call it.
func PixelFormatByName(name string) (PixelFormat, error) {
	if err := load(); err != nil {
		return PixelFormatNone, err
	}
	f := PixelFormat(int32(callString(ff.fn.avGetPixFmt, name)))
	if f < 0 {
		return PixelFormatNone, &Error{Func: "av_get_pix_fmt", Code: ErrPatchWelcome,
			Detail: fmt.Sprintf("%s of FFmpeg %s has no pixel format %q; a newer FFmpeg may", ff.version.Library, ff.version.Release, name)}
	}
	return f, nil
}

// String is FFmpeg's name for the format, or PixelFormat(N).
func (f PixelFormat) String() string {
	if i := f.Info(); i != nil {
		return i.Name
	}
	return fmt.Sprintf("PixelFormat(%d)", int32(f))
}

// PixelFormatInfo describes how a format lies in memory.
// Source: AVPixFmtDescriptor, pixdesc.h.
type PixelFormatInfo struct {
	Name        string
	Planes      int              // data planes, 1 to 4; the palette of a Palette format counts
	Log2ChromaW int              // chroma is the luma width shifted right by this, rounded up
	Log2ChromaH int              // likewise the height
	Depth       int              // significant bits of a sample of the first component
	Components  []PixelComponent // Y, U, V, alpha or R, G, B, alpha or grey (, alpha); 1 to 4
	BigEndian   bool             // samples of more than 8 bits have their high byte first
	Palette     bool             // plane 0 holds indices into plane 1: 256 words of 4 bytes
	Bitstream   bool             // pixels are packed without regard to bytes
	Hardware    bool             // the planes are handles of a hardware surface
	Planar      bool             // at least one component has a plane of its own
	RGB         bool             // not YUV and not grey
	Alpha       bool
	Float       bool

	step  [4]int // bytes (bits if Bitstream) from one pixel to the next, of the plane's widest component
	shift [4]int // log2 of how much narrower the plane is than the picture
}

// A PixelComponent says where the samples of one component are: on which plane, how
// many bytes from one to the next, how many before the first, how far to shift right
// and how many bits are left then. Source: AVComponentDescriptor, pixdesc.h.
type PixelComponent struct{ Plane, Step, Offset, Shift, Depth int }

// Flags of AVPixFmtDescriptor, the same in all releases.
const (
	pixFmtBE = 1 << iota
	pixFmtPal
	pixFmtBitstream
	pixFmtHWAccel
	pixFmtPlanar
	pixFmtRGB
	_
	pixFmtAlpha
	_
	pixFmtFloat
)

// pixelFormats remembers descriptors, so that asking per frame costs a load. The
// newest release has fewer than 300 formats.
var pixelFormats [512]atomic.Pointer[PixelFormatInfo]

// Info describes the format; nil for a number that is none. The result is shared
// and must not be written to.
func (f PixelFormat) Info() *PixelFormatInfo {
	if f < 0 || int(f) >= len(pixelFormats) {
		return nil
	}
	if i := pixelFormats[f].Load(); i != nil {
		return i
	}
	if load() != nil {
		return nil
	}
	d := call1(ff.fn.avPixFmtDescGet, uintptr(f))
	if d == 0 {
		return nil
	}
	i := readPixelFormat(d)
	pixelFormats[f].Store(i)
	return i
}

func readPixelFormat(d uintptr) *PixelFormatInfo {
	o, oc := &ff.off.pixFmtDescriptor, &ff.off.componentDescriptor
	flags := getInt64(d, o.flags)
	i := &PixelFormatInfo{
		Name:        abi.GoString(getPtr(d, o.name)),
		Log2ChromaW: int(*(*uint8)(at(d, o.log2ChromaW))),
		Log2ChromaH: int(*(*uint8)(at(d, o.log2ChromaH))),
		BigEndian:   flags&pixFmtBE != 0,
		Palette:     flags&pixFmtPal != 0,
		Bitstream:   flags&pixFmtBitstream != 0,
		Hardware:    flags&pixFmtHWAccel != 0,
		Planar:      flags&pixFmtPlanar != 0,
		RGB:         flags&pixFmtRGB != 0,
		Alpha:       flags&pixFmtAlpha != 0,
		Float:       flags&pixFmtFloat != 0,
	}
	size := offset(20)
	if ff.version.AVUtil.Major < 57 {
		size = 32 // three deprecated members behind the five
	}
	n := min(int(*(*uint8)(at(d, o.nbComponents))), 4)
	for k := range n {
		c := o.comp + offset(k)*size
		p := PixelComponent{
			Plane: int(getInt32(d, c+oc.plane)), Step: int(getInt32(d, c+oc.step)), Offset: int(getInt32(d, c+oc.offset)),
			Shift: int(getInt32(d, c+oc.shift)), Depth: int(getInt32(d, c+oc.depth)),
		}
		i.Components = append(i.Components, p)
		i.Planes = max(i.Planes, p.Plane+1)
		if p.Step > i.step[p.Plane] {
			i.step[p.Plane], i.shift[p.Plane] = p.Step, 0
			if k == 1 || k == 2 {
				i.shift[p.Plane] = i.Log2ChromaW
			}
		}
	}
	if n > 0 {
		i.Depth = i.Components[0].Depth
	}
	if i.Palette {
		i.Planes = 2
	}
	return i
}

// PlaneSize is the bytes of a row without padding and the number of rows of a plane
// of a width x height picture. Plane 1 of a Palette format is one row of 1024
// bytes. Zero for planes that the format does not have, and for Hardware formats.
func (i *PixelFormatInfo) PlaneSize(plane, width, height int) (rowBytes, rows int) {
	if i == nil || i.Hardware || plane < 0 || plane >= i.Planes || width <= 0 || height <= 0 {
		return 0, 0
	}
	if i.Palette && plane == 1 {
		return 256 * 4, 1
	}
	s := i.shift[plane]
	rowBytes = (width + 1<<s - 1) >> s * i.step[plane]
	if i.Bitstream {
		rowBytes = (rowBytes + 7) >> 3
	}
	rows = height
	if plane == 1 || plane == 2 {
		rows = (height + 1<<i.Log2ChromaH - 1) >> i.Log2ChromaH
	}
	return rowBytes, rows
}

// Size is the bytes of a width x height picture with all planes one after the other
// and no padding.
func (i *PixelFormatInfo) Size(width, height int) int {
	if i == nil {
		return 0
	}
	n := 0
	for p := range i.Planes {
		b, r := i.PlaneSize(p, width, height)
		n += b * r
	}
	return n
}
