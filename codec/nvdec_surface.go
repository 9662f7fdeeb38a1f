package codec

import (
	"errors"
	"fmt"
	"math"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/nvcuvid"
)

// target is what the sequence in force looks like.
type target struct {
	format                  frame.Format
	depth                   int
	width, height           int // coded
	shownWidth, shownHeight int // as the driver's display area says
	color                   frame.Color
	field                   int // decode surface of a first field that waits for its second, -1 for none
}

func (t *target) restart() { t.field = -1 }

// surfaceFormats are the frame formats of NVDEC's output.
var surfaceFormats = [...]frame.Format{
	nvcuvid.SurfaceNV12: frame.NV12, nvcuvid.SurfaceP016: frame.P016,
	nvcuvid.SurfaceYUV444: frame.YUV444, nvcuvid.SurfaceYUV444x16: frame.YUV444P16,
	nvcuvid.SurfaceNV16: frame.NV16, nvcuvid.SurfaceP216: frame.P216,
}

func (t *target) set(f *nvcuvid.VideoFormat, s nvcuvid.SurfaceFormat, depth, width, height int) {
	t.format, t.depth = surfaceFormats[s], depth
	t.width, t.height = width, height
	t.shownWidth = min(max(int(f.DisplayArea.Right), 1), t.width)
	t.shownHeight = min(max(int(f.DisplayArea.Bottom), 1), t.height)
	v := &f.VideoSignalDescription
	t.color = frame.Color{
		Primaries: frame.Primaries(v.ColorPrimaries), Transfer: frame.Transfer(v.TransferCharacteristics),
		Matrix: frame.Matrix(v.MatrixCoefficients),
	}
}

// show maps a decoded picture, queues the copy of its visible part into a frame, and
// appends the frame to what the call returns. e.proc is set but for the stream.
// repeat is the driver's number of extra fields.
func (e *nvdecEngine) show(surface int, m *packetMeta, repeat int) error {
	if m != nil && m.discard {
		return nil
	}
	s := e.session
	part, err := e.visible(m)
	if err != nil {
		return err
	}
	if err := s.makeRoom(surface); err != nil {
		return err
	}
	if e.codec == nvcuvid.CodecJPEG {
		if err := s.awaitJPEG(surface); err != nil {
			return err
		}
	}
	e.proc.OutputStream = e.stream.Handle()
	ptr, pitch, err := s.decoder.Map(surface, &e.proc)
	if err != nil {
		return err
	}
	bad := e.pictureDamaged(surface)
	f, err := e.copyOut(part, ptr, pitch)
	// Even if it failed: work that reads the surface may be queued.
	if err2 := s.mapped(surface, ptr, e.stream); err == nil {
		err = err2
	}
	if err != nil {
		f.Release()
		return err
	}
	e.describe(f, m, surface, repeat)
	f.Corrupt = f.Corrupt || e.times.of(surface).tainted
	if bad {
		f.Corrupt = true
		e.damaged(fmt.Errorf("NVDEC found errors in the picture at pts %d", f.PTS))
	}
	e.out = append(e.out, f)
	return nil
}

// pictureDamaged asks how the decoding of a mapped picture went. The hardware tells
// for H.264 and HEVC only.
func (e *nvdecEngine) pictureDamaged(surface int) bool {
	if e.codec != nvcuvid.CodecH264 && e.codec != nvcuvid.CodecHEVC || e.session.noStatus {
		return false
	}
	st, err := e.session.decoder.Status(surface)
	if err != nil {
		if s := e.session; !s.toldStatus {
			s.toldStatus = true
			logger().Warn("decode: whether pictures are damaged is not known", "error", err)
		}
		// Else the next picture's may be.
		e.session.noStatus = errors.Is(err, errors.ErrUnsupported)
		return false
	}
	return st == nvcuvid.DecodeError || st == nvcuvid.DecodeErrorConcealed
}

// A part is the visible rectangle of a mapped surface.
type part struct{ left, top, width, height int }

// visible returns the part that is the picture of packet m.
func (e *nvdecEngine) visible(m *packetMeta) (part, error) {
	crop, width, height := e.pictureSize(m)
	g := &e.session.geometry
	if g.scales() {
		if shown := (part{crop.Left, crop.Top, width, height}); shown != g.scaled {
			return part{}, fmt.Errorf("%w: ScaleWidth x ScaleHeight for a picture of %dx%d in a sequence of %dx%d", ErrUnsupported, width, height, g.scaled.width, g.scaled.height)
		}
		return part{0, 0, g.outWide, g.outHi}, nil
	}
	// All is there, unless the parser did not tell of a change.
	if crop.Left >= g.outWide || crop.Top >= g.outHi {
		return part{0, 0, g.outWide, g.outHi}, nil
	}
	return part{crop.Left, crop.Top, min(width, g.outWide-crop.Left), min(height, g.outHi-crop.Top)}, nil
}

// copyOut queues the copy of a part of a mapped surface into a frame.
func (e *nvdecEngine) copyOut(p part, ptr cuda.DevicePtr, pitch int) (*frame.Frame, error) {
	f, err := e.output.get(e.target.format, p.width, p.height)
	if err != nil {
		return nil, err
	}
	f.BitDepth = e.target.depth
	if f.Memory == frame.Device && p == (part{0, 0, e.session.geometry.outWide, e.session.geometry.outHi}) {
		err = e.copyWhole(f, ptr, pitch)
	} else {
		err = e.copyPlanes(f, p, ptr, pitch)
	}
	if err != nil {
		return f, err
	}
	return f, f.MarkReady(e.stream)
}

// copyWhole copies all planes at once: a pool's frame lies as a surface does but for
// the pitch.
func (e *nvdecEngine) copyWhole(f *frame.Frame, ptr cuda.DevicePtr, pitch int) error {
	sample := f.Format.SampleBytes()
	first, last := &f.Planes[0], &f.Planes[len(f.Planes)-1]
	e.output.copy = cuda.Copy2D{
		Src: ptr, SrcPitch: pitch, Dst: first.Ptr, DstPitch: first.Pitch,
		WidthBytes: max(first.RowBytes(sample), last.RowBytes(sample)), // chroma of an odd width is wider
		Height:     int(last.Ptr-first.Ptr)/first.Pitch + last.Shape[0],
	}
	return e.stream.Copy2D(&e.output.copy)
}

func (e *nvdecEngine) copyPlanes(f *frame.Frame, p part, ptr cuda.DevicePtr, pitch int) error {
	sample := f.Format.SampleBytes()
	sx, sy := f.Format.ChromaShift()
	for i := range f.Planes {
		d := &f.Planes[i]
		// Each plane of a surface begins after the rows of the one before, their number
		// rounded up to even for luma, and for all planes of 4:4:4.
		left, top, rows := p.left, p.top, (e.session.geometry.outHi+1)&^1
		if i > 0 {
			left, top, rows = left>>sx, top>>sy, rows>>sy
		}
		e.output.copy = cuda.Copy2D{
			Src:      ptr + cuda.DevicePtr(top*pitch+left*d.Shape[2]*sample),
			SrcPitch: pitch, DstPitch: d.Pitch, WidthBytes: d.RowBytes(sample), Height: d.Shape[0],
		}
		if f.Memory == frame.Host {
			e.output.copy.DstHost = d.Data
		} else {
			e.output.copy.Dst = d.Ptr
		}
		if err := e.stream.Copy2D(&e.output.copy); err != nil {
			return err
		}
		ptr += cuda.DevicePtr(rows * pitch)
	}
	return nil
}

// describe fills in what a frame says about itself.
func (e *nvdecEngine) describe(f *frame.Frame, m *packetMeta, surface, repeat int) {
	s := &e.info
	f.TimeBase, f.Rotation = s.TimeBase, s.Rotation
	if s.SAR.Num > 0 && s.SAR.Den > 0 {
		f.SAR = s.SAR.Reduce()
	}
	f.Color = mergeColor(e.target.color, s.Color)
	if e.cfg.Deinterlace == Weave {
		f.Interlaced, f.TopFieldFirst = e.scan(m, surface)
	}
	f.RepeatFields = max(repeat, 0)
	if h := e.times.header(m); h != nil {
		if h.SAR.Num > 0 && h.SAR.Den > 0 {
			f.SAR = frame.Rational{Num: int(h.SAR.Num), Den: int(h.SAR.Den)}.Reduce()
		}
		f.Color = mergeColor(frame.Color{
			Primaries: frame.Primaries(h.Color.Primaries), Transfer: frame.Transfer(h.Color.Transfer), Matrix: frame.Matrix(h.Color.Matrix),
			Range: frame.Range(h.Color.Range), ChromaLocation: frame.ChromaLocation(h.Color.ChromaLocation),
		}, s.Color)
	}
	if g := &e.session.geometry; g.scales() && f.SAR.Num > 0 {
		// So that the picture keeps its shape.
		k := frame.Rational{Num: g.scaled.width * g.outHi, Den: g.scaled.height * g.outWide}.Reduce()
		f.SAR = frame.Rational{Num: f.SAR.Num * k.Num, Den: f.SAR.Den * k.Den}.Reduce()
	}
	if e.codec == nvcuvid.CodecVP8 {
		// The header says no more than this. Specification: RFC 6386, section 9.2.
		f.Color = mergeColor(f.Color, vp8Color)
	}
	dts := e.times.broughtOut(m, e.current, e.delay)
	if m == nil {
		f.PTS = e.times.guess.pick(NoPTS, dts)
		return
	}
	switch {
	case !e.inDecodingOrder():
		f.PTS = e.times.guess.pick(m.pts, dts)
	case m.pts != NoPTS:
		f.PTS = m.pts
	default:
		f.PTS = m.dts
	}
	f.Duration, f.Pos, f.Key, f.Corrupt = m.duration, m.pos, m.key, m.damaged
	if m.base.Num > 0 {
		f.TimeBase = m.base
	}
	e.sei.deliver(&m.sei, f)
}

var vp8Color = frame.Color{
	Primaries: frame.PrimariesUnspecified, Transfer: frame.TransferUnspecified, Matrix: frame.MatrixBT470BG, Range: frame.RangeLimited,
}

// scan tells how the picture in a decode surface was scanned.
func (e *nvdecEngine) scan(m *packetMeta, surface int) (interlaced, topFirst bool) {
	interlaced, topFirst = e.proc.ProgressiveFrame == 0, e.proc.TopFieldFirst != 0
	if e.codec != nvcuvid.CodecH264 {
		return interlaced, interlaced && topFirst
	}
	// The driver calls all frames of a stream that may have fields interlaced, unless
	// picture timing messages say otherwise, and all of them top field first.
	s := e.times.of(surface)
	if m == nil || !m.sei.has(frame.SEIPicTiming) {
		interlaced = s.interlaced
	}
	if s.poc[0] != math.MinInt32 && s.poc[1] != math.MinInt32 && s.poc[0] != s.poc[1] {
		topFirst = s.poc[0] < s.poc[1]
	}
	return interlaced, interlaced && topFirst
}

// mergeColor takes from the container what the stream does not say.
func mergeColor(c, container frame.Color) frame.Color {
	if container == (frame.Color{}) {
		container = frame.Unspecified // of a StreamInfo that says nothing
	}
	if c.Primaries == 0 || c.Primaries == frame.PrimariesUnspecified {
		c.Primaries = container.Primaries
	}
	if c.Transfer == 0 || c.Transfer == frame.TransferUnspecified {
		c.Transfer = container.Transfer
	}
	if c.Matrix == frame.MatrixUnspecified {
		c.Matrix = container.Matrix
	}
	if c.Range == frame.RangeUnspecified {
		c.Range = container.Range
	}
	if c.ChromaLocation == frame.ChromaUnspecified {
		c.ChromaLocation = container.ChromaLocation
	}
	return c
}
