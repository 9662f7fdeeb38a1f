package codec

import (
	"errors"
	"fmt"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/internal/bitstream"
	"github.com/go-nvcodec/nvcodec/nvcuvid"
)

// The methods below implement nvcuvid.ParserHandler. They run inside parse, on its
// goroutine and with the context current. What goes wrong is kept in the engine:
// the parser does not pass it on.
var _ nvcuvid.ParserHandler = (*nvdecEngine)(nil)

// Sequence is called when a sequence begins or changes. The pictures of the one before
// have been displayed, but for those that formerSequence is for.
func (e *nvdecEngine) Sequence(f *nvcuvid.VideoFormat) int32 {
	surfaces := min(max(int(f.MinNumDecodeSurfaces), 1), maxSurfaces)
	if e.codec == nvcuvid.CodecJPEG {
		surfaces = max(surfaces, jpegSurfaces)
	}
	if e.err != nil {
		return 0
	}
	e.sequences++
	if e.discarding {
		return int32(surfaces)
	}
	if f.CodedWidth == 0 || f.CodedHeight == 0 {
		e.damaged(errNoSize)
		return 0
	}
	if err := e.retarget(f, surfaces); err != nil {
		e.fail(err)
		return 0
	}
	return int32(surfaces)
}

// jpegSurfaces is how many pictures of JPEG may be under way. The parser asks for one,
// into which the next picture would be decoded while the copy of this one may wait.
const jpegSurfaces = 4

var errNoSize = errors.New("a picture without a sequence header that tells its size")

// retarget makes the session and the geometry fit the sequence.
func (e *nvdecEngine) retarget(f *nvcuvid.VideoFormat, surfaces int) error {
	if f.BitDepthLumaMinus8 != f.BitDepthChromaMinus8 && f.ChromaFormat != nvcuvid.ChromaMonochrome {
		return fmt.Errorf("%w: NVDEC cannot decode luma of %d bits with chroma of %d", ErrUnsupported, f.BitDepthLumaMinus8+8, f.BitDepthChromaMinus8+8)
	}
	depth := int(f.BitDepthLumaMinus8) + 8
	width, height := int(f.CodedWidth), int(f.CodedHeight)
	if e.codec == nvcuvid.CodecMPEG1 || e.codec == nvcuvid.CodecMPEG2 {
		// The parser rounds the height up to macroblocks, not the width.
		width = (width + 15) &^ 15
	}
	if err := e.cfg.Limits.checkCoded(width, height); err != nil {
		return err
	}
	surface, err := decodeSurface(e.ctx, e.codec, f.ChromaFormat, depth, width, height)
	if err != nil {
		return err
	}
	key := sessionKey{
		context: e.ctx.Handle(), codec: e.codec, chroma: f.ChromaFormat, depth: depth, surface: surface,
		deinterlace: deinterlaceModes[e.cfg.Deinterlace],
	}
	e.showDue(e.vp9.count)
	before := e.target
	e.target.set(f, surface, depth, width, height)
	crop, outWide, outHi := e.pictureSize(e.current)
	g := newGeometry(width, height, crop.Left, crop.Top, outWide, outHi)
	if !e.whole || e.codec == nvcuvid.CodecAV1 {
		// The sizes of pictures to come are not known.
		g.outWide, g.outHi = width, height
	}
	if e.cfg.ScaleWidth > 0 {
		g.outWide, g.outHi, g.scaled = e.cfg.ScaleWidth, e.cfg.ScaleHeight, part{crop.Left, crop.Top, outWide, outHi}
	}
	if !e.keeps(&g, key, surfaces) {
		if err := e.leaveSession(before); err != nil {
			return err
		}
		e.session, err = e.openSession(sessionKind{key, g, surfaces, e.cfg.MaxWidth, e.cfg.MaxHeight})
		if err != nil {
			return err
		}
	}
	if err := e.session.configure(g, surfaces); err != nil {
		return err
	}
	logger().Debug("sequence", "codec", f.Codec, "geometry", fmt.Sprintf("%+v", g),
		"chroma", f.ChromaFormat, "bits", depth, "surfaces", surfaces, "progressive", f.ProgressiveSequence, "rate", f.FrameRate)
	return nil
}

// keeps tells whether the session can serve a new sequence. It sets g to the geometry
// in force if that must not change: decoded pictures do not survive a change, but with
// VP9, where later ones of another size may refer to them.
func (e *nvdecEngine) keeps(g *geometry, key sessionKey, surfaces int) bool {
	s := e.session
	if s == nil || !s.fits(key, g.width, g.height, surfaces) {
		return false
	}
	if e.sequences == 1 || e.codec == nvcuvid.CodecVP9 || g.width != s.geometry.width || g.height != s.geometry.height {
		return true // all has been displayed
	}
	if g.outWide > s.geometry.outWide || g.outHi > s.geometry.outHi || g.scaled != s.geometry.scaled {
		return false
	}
	*g = s.geometry
	return true
}

// A formerSequence is one of which pictures may be due when the next one has begun:
// if neither the coded size nor the chroma format changes, the parser displays the
// last picture of the old sequence when it has decoded the first of the new one.
// Measured with H.264 and HEVC on driver 580.
type formerSequence struct {
	session *decodeSession // nil: there is none
	target  target
}

// leaveSession puts the session aside until its last picture has been displayed.
func (e *nvdecEngine) leaveSession(t target) error {
	s := e.session
	if s == nil {
		return nil
	}
	e.session = nil
	e.vp9.lost()
	err := e.endFormer()
	if e.codec == nvcuvid.CodecVP9 || e.inDecodingOrder() {
		return errors.Join(err, s.release()) // these do not wait for the parser
	}
	e.former = formerSequence{s, t}
	return err
}

func (e *nvdecEngine) endFormer() error {
	s := e.former.session
	if s == nil {
		return nil
	}
	e.former.session = nil
	return s.release()
}

// swapFormer exchanges the sequence in force and the one before.
func (e *nvdecEngine) swapFormer() {
	e.session, e.former.session = e.former.session, e.session
	e.target, e.former.target = e.former.target, e.target
}

var deinterlaceModes = [...]nvcuvid.DeinterlaceMode{
	Weave: nvcuvid.DeinterlaceWeave, Bob: nvcuvid.DeinterlaceBob, Adaptive: nvcuvid.DeinterlaceAdaptive,
}

// Decode is called when the data of a picture, or of one field, is complete.
func (e *nvdecEngine) Decode(p *nvcuvid.PicParams) int32 {
	if e.err != nil || e.discarding {
		return 0
	}
	if e.session == nil {
		e.damaged(errNoSize)
		return 0
	}
	surface := int(p.CurrPicIdx)
	second := p.FieldPicFlag != 0 && p.SecondField != 0
	if !second {
		m := e.current
		if !e.whole && e.info.Codec.reorders() {
			m = nil // the picture began in an earlier packet: its timestamp tells
		}
		e.times.decoded(surface, m)
		if e.refused.taints(m, p) {
			e.times.taint(surface)
		}
		e.sessionOf[uint(surface)%maxSurfaces] = e.session
	}
	switch e.codec {
	case nvcuvid.CodecMPEG1, nvcuvid.CodecMPEG2:
		p.PicWidthInMbs = int32(e.target.width / 16) // where the parser rounds down
	case nvcuvid.CodecH264:
		if err := e.noteH264(p, surface); err != nil {
			e.fail(err)
			return 0
		}
	}
	if e.inDecodingOrder() {
		e.fieldsBefore(second)
	}
	if e.codec == nvcuvid.CodecJPEG {
		// No reference keeps a picture's surface, so that the parser may give it again while it
		// is mapped.
		if err := e.session.makeRoom(surface); err != nil {
			e.fail(err)
			return 0
		}
	}
	if err := e.session.decoder.Decode(p); err != nil {
		if cuda.Lost(err) || errors.Is(err, cuda.ErrOutOfMemory) {
			e.fail(err)
		} else {
			e.damaged(err) // something in this picture that the hardware refuses
			e.times.taint(surface)
			if p.RefPicFlag != 0 {
				e.refused.note()
			}
		}
		return 0
	}
	switch {
	case e.codec == nvcuvid.CodecVP9:
		e.decodedVP9(surface, p.VP9().ShowFrame())
	case e.inDecodingOrder():
		e.showDecoded(p, second)
	}
	if e.err != nil {
		return 0
	}
	return 1
}

// noteH264 notes what display does not tell, and refuses what the hardware decodes to
// garbage.
func (e *nvdecEngine) noteH264(p *nvcuvid.PicParams, surface int) error {
	h, s := p.H264(), e.times.of(surface)
	if h.NumSliceGroupsMinus1 > 0 {
		return errSliceGroups
	}
	s.interlaced = p.FieldPicFlag != 0 || h.MbaffFrameFlag != 0
	switch {
	case p.FieldPicFlag == 0:
		s.poc = h.CurrFieldOrderCnt
	case p.BottomFieldFlag != 0:
		s.poc[1] = h.CurrFieldOrderCnt[1]
	default:
		s.poc[0] = h.CurrFieldOrderCnt[0]
	}
	return nil
}

var errSliceGroups = fmt.Errorf("%w: NVDEC does not decode H.264 with slice groups (flexible macroblock order)", ErrUnsupported)

// Display is called when a picture is due; nil is the end of the stream.
func (e *nvdecEngine) Display(d *nvcuvid.ParserDispInfo) int32 {
	if d == nil || e.err != nil || e.discarding || e.inDecodingOrder() {
		return 1
	}
	surface := int(d.PictureIndex)
	if e.codec == nvcuvid.CodecVP9 {
		e.displayVP9(surface)
		return 1
	}
	if e.former.session != nil {
		if e.sessionOf[uint(surface)%maxSurfaces] == e.former.session {
			e.swapFormer()
			defer e.swapFormer()
		} else if err := e.endFormer(); err != nil {
			e.fail(err)
			return 1
		}
	}
	m := e.times.ofSurface(surface, d.Timestamp)
	if !e.info.Codec.reorders() {
		m = e.times.nextShown(m)
	} else if m != nil && m.parsed && m.shown == 0 {
		return 1 // not for output, or made of references that are not there
	}
	e.proc = nvcuvid.ProcParams{
		ProgressiveFrame: d.ProgressiveFrame,
		TopFieldFirst:    d.TopFieldFirst,
		SecondField:      d.RepeatFirstField + 1,
	}
	if d.RepeatFirstField < 0 {
		e.proc.UnpairedField = 1
	}
	if err := e.show(surface, m, int(d.RepeatFirstField)); err != nil {
		e.fail(err)
	}
	return 1
}

// OperatingPoint is called for AV1. Point 0 holds all layers that one picture is
// made of.
func (e *nvdecEngine) OperatingPoint(i *nvcuvid.OperatingPointInfo) int32 {
	if i.Codec == nvcuvid.CodecAV1 && i.AV1.Count > 1 {
		return 0
	}
	return -1
}

// SEI is called before the picture is decoded. What it says is not used: see seiList.
// Tests compare the two.
func (e *nvdecEngine) SEI(i *nvcuvid.SEIMessageInfo) int32 {
	if e.onSEI != nil {
		e.onSEI(i)
	}
	return 1
}

// inDecodingOrder is LatencyZero where it differs from LatencyLow: frames are put
// out from the decode callback.
func (e *nvdecEngine) inDecodingOrder() bool {
	return e.cfg.Latency == LatencyZero && e.info.Codec.reorders()
}

// fieldsBefore puts out a first field whose second did not come.
func (e *nvdecEngine) fieldsBefore(second bool) {
	if e.target.field >= 0 && !second {
		e.flushFields()
	}
}

// flushFields puts out a single field that is held.
func (e *nvdecEngine) flushFields() {
	surface := e.target.field
	if surface < 0 || e.err != nil || e.discarding {
		return
	}
	e.target.field = -1
	e.proc.UnpairedField = 1
	if err := e.show(surface, e.times.ofSurface(surface, -1), -1); err != nil {
		e.fail(err)
	}
}

// showDecoded puts out the picture that was just decoded; of two fields, with the
// second.
func (e *nvdecEngine) showDecoded(p *nvcuvid.PicParams, second bool) {
	surface := int(p.CurrPicIdx)
	if second {
		e.target.field = -1
	} else {
		e.proc = nvcuvid.ProcParams{SecondField: 1}
		if p.FieldPicFlag == 0 && !interlacedFrame(e.codec, p) {
			e.proc.ProgressiveFrame = 1
		}
		if p.BottomFieldFlag == 0 {
			e.proc.TopFieldFirst = 1
		}
		if p.FieldPicFlag != 0 {
			e.target.field = surface
			return
		}
	}
	m := e.times.ofSurface(surface, -1)
	if m != nil && m.parsed && m.shown == 0 {
		return
	}
	if err := e.show(surface, m, 0); err != nil {
		e.fail(err)
	}
}

func interlacedFrame(c nvcuvid.Codec, p *nvcuvid.PicParams) bool {
	return c == nvcuvid.CodecH264 && p.H264().MbaffFrameFlag != 0
}

// pictureSize is the visible part of a picture of packet m, in luma samples of the
// coded one.
func (e *nvdecEngine) pictureSize(m *packetMeta) (crop bitstream.Crop, width, height int) {
	t := &e.target
	if h := e.times.header(m); h != nil {
		crop, width, height = h.Crop, h.Width, h.Height
		if m != nil && m.width > 0 && (e.codec == nvcuvid.CodecVP9 || e.codec == nvcuvid.CodecAV1) {
			crop, width, height = bitstream.Crop{}, m.width, m.height
		}
	}
	if width <= 0 || height <= 0 || crop.Left < 0 || crop.Top < 0 || crop.Left+width > t.width || crop.Top+height > t.height {
		// A header that this package cannot read: the driver's words, which are right in
		// all but streams that crop at the left or the top.
		return bitstream.Crop{}, t.shownWidth, t.shownHeight
	}
	return crop, width, height
}
