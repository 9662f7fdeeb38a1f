package avformat

// FrameFlags say something about a frame. Interlacing and key frames have methods
// of their own, because they became flags only in FFmpeg 6.1. Source:
// AV_FRAME_FLAG_*, frame.h.
type FrameFlags int32

// The flags of a frame.
const (
	FrameCorrupt FrameFlags = 1 << 0 // decoded from damaged data or with references missing
	FrameDiscard FrameFlags = 1 << 2 // needed for decoding only

	frameKey        FrameFlags = 1 << 1
	frameInterlaced FrameFlags = 1 << 3
	frameTopFirst   FrameFlags = 1 << 4
)

// DecodeErrors say what was wrong with a frame that came out nevertheless.
// Source: FF_DECODE_ERROR_*, frame.h.
type DecodeErrors int32

// The decode errors.
const (
	DecodeInvalidBitstream DecodeErrors = 1 << iota // syntax errors
	DecodeMissingReference                          // a reference picture was not there
	DecodeConcealed                                 // missing parts were made up
	DecodeSlices                                    // some slices were not decoded
)

// A PictureType is how a picture was coded, as the letter that FFmpeg prints: I, P,
// B, S (MPEG-4 GMC), i, p (switching), b (VC-1 BI), ? (not known). Source:
// AVPictureType.
type PictureType byte

const pictureTypes = "?IPBSipb"

// String is the letter.
func (t PictureType) String() string {
	if t == 0 {
		return "?"
	}
	return string(rune(t))
}

// number is C's AVPictureType, 0 (AV_PICTURE_TYPE_NONE) for anything else.
func (t PictureType) number() int32 {
	for i := 1; i < len(pictureTypes); i++ {
		if pictureTypes[i] == byte(t) {
			return int32(i)
		}
	}
	return 0
}

func pictureType(n int32) PictureType {
	if n <= 0 || int(n) >= len(pictureTypes) {
		return '?'
	}
	return PictureType(pictureTypes[n])
}

// PTS is when the picture is shown, in ticks of the time base of the packets that it
// came from: best_effort_timestamp, which repairs what a container leaves out, else
// pts. NoPTS if neither is known.
func (f *Frame) PTS() int64 {
	if f.closed() {
		return NoPTS
	}
	if t := getInt64(f.p, ff.off.frame.bestEffortTimestamp); t != NoPTS {
		return t
	}
	return getInt64(f.p, ff.off.frame.pts)
}

// PacketPTS is the pts of the packet that began the picture, unrepaired.
func (f *Frame) PacketPTS() int64 {
	if f.closed() {
		return NoPTS
	}
	return getInt64(f.p, ff.off.frame.pts)
}

// PacketDTS is the dts of the packet that made the decoder give this frame.
func (f *Frame) PacketDTS() int64 {
	if f.closed() {
		return NoPTS
	}
	return getInt64(f.p, ff.off.frame.pktDts)
}

// Duration is how long the picture is shown, in ticks; 0 if not known.
func (f *Frame) Duration() int64 {
	if f.closed() {
		return 0
	}
	// At most one of the two is there (library.adapt).
	return getInt64(f.p, ff.off.frame.duration) + getInt64(f.p, ff.off.frame.pktDuration)
}

// flag reads what is a field of its own up to FFmpeg 6.0 and a flag from then on.
func (f *Frame) flag(field offset, flag FrameFlags) bool {
	if f.closed() {
		return false
	}
	if field != none {
		return getInt32(f.p, field) != 0
	}
	return f.Flags()&flag != 0
}

func (f *Frame) setFlag(field offset, flag FrameFlags, on bool) {
	var v int32
	if on {
		v = 1
	}
	if setInt32(f.p, field, v); field == none {
		setInt32(f.p, ff.off.frame.flags, int32(f.Flags()&^flag)|v*int32(flag))
	}
}

// Key is true for pictures at which decoding can begin.
func (f *Frame) Key() bool { return !f.closed() && f.flag(ff.off.frame.keyFrame, frameKey) }

// Interlaced is true when the picture's two fields were taken at different times.
func (f *Frame) Interlaced() bool {
	return !f.closed() && f.flag(ff.off.frame.interlacedFrame, frameInterlaced)
}

// TopFieldFirst says which field of an Interlaced picture is shown first.
func (f *Frame) TopFieldFirst() bool {
	return !f.closed() && f.flag(ff.off.frame.topFieldFirst, frameTopFirst)
}

// RepeatFields is by how many half frame times the picture is to be shown longer.
func (f *Frame) RepeatFields() int {
	if f.closed() {
		return 0
	}
	return f.int(ff.off.frame.repeatPict)
}

// PictureType is how the picture was coded.
func (f *Frame) PictureType() PictureType {
	if f.closed() {
		return '?'
	}
	return pictureType(getInt32(f.p, ff.off.frame.pictType))
}

// SampleAspectRatio is the shape of a pixel, width to height; not Known if not said.
func (f *Frame) SampleAspectRatio() Rational {
	if f.closed() {
		return Rational{}
	}
	return getRational(f.p, ff.off.frame.sampleAspectRatio)
}

// Color is the meaning of the pixel values.
func (f *Frame) Color() Color {
	if f.closed() {
		return Color{Primaries: 2, Transfer: 2, Matrix: 2}
	}
	o := &ff.off.frame
	return Color{f.int(o.colorRange), f.int(o.colorPrimaries), f.int(o.colorTrc), f.int(o.colorspace), f.int(o.chromaLocation)}
}

// Flags are the frame's flags.
func (f *Frame) Flags() FrameFlags {
	if f.closed() {
		return 0
	}
	return FrameFlags(getInt32(f.p, ff.off.frame.flags))
}

// DecodeErrors says what was wrong with the picture's data; 0 if nothing was noticed.
func (f *Frame) DecodeErrors() DecodeErrors {
	if f.closed() {
		return 0
	}
	return DecodeErrors(getInt32(f.p, ff.off.frame.decodeErrorFlags))
}

// Crop is what is still to be cut off: left, top, right, bottom. A Decoder has cut
// it off already, so its frames have zeros.
func (f *Frame) Crop() [4]int {
	if f.closed() {
		return [4]int{}
	}
	o := &ff.off.frame
	var c [4]int
	for i, at := range [4]offset{o.cropLeft, o.cropTop, o.cropRight, o.cropBottom} {
		c[i] = int(getInt64(f.p, at))
	}
	return c
}

// SetPTS sets the time of the picture, in ticks of the encoder's time base.
func (f *Frame) SetPTS(t int64) {
	if !f.closed() {
		setInt64(f.p, ff.off.frame.pts, t)
		setInt64(f.p, ff.off.frame.bestEffortTimestamp, t)
	}
}

// SetDuration sets how long the picture is shown, in ticks.
func (f *Frame) SetDuration(d int64) {
	if !f.closed() {
		setInt64(f.p, ff.off.frame.duration, d)
		setInt64(f.p, ff.off.frame.pktDuration, d)
	}
}

// SetPictureType asks an encoder for a type: I for a key frame, ? to leave it free.
// Set it for every frame: decoders leave the type that they saw.
func (f *Frame) SetPictureType(t PictureType) {
	if !f.closed() {
		setInt32(f.p, ff.off.frame.pictType, t.number())
	}
}

// SetKey sets the key frame flag.
func (f *Frame) SetKey(on bool) {
	if !f.closed() {
		f.setFlag(ff.off.frame.keyFrame, frameKey, on)
	}
}

// SetInterlaced says whether the picture has two fields and which comes first.
func (f *Frame) SetInterlaced(on, topFieldFirst bool) {
	if !f.closed() {
		f.setFlag(ff.off.frame.interlacedFrame, frameInterlaced, on)
		f.setFlag(ff.off.frame.topFieldFirst, frameTopFirst, topFieldFirst)
	}
}

// SetSampleAspectRatio sets the shape of a pixel.
func (f *Frame) SetSampleAspectRatio(r Rational) {
	if !f.closed() {
		setRational(f.p, ff.off.frame.sampleAspectRatio, r)
	}
}

// SetColor sets the meaning of the pixel values.
func (f *Frame) SetColor(c Color) {
	if f.closed() {
		return
	}
	o := &ff.off.frame
	setInt32(f.p, o.colorRange, int32(c.Range))
	setInt32(f.p, o.colorPrimaries, int32(c.Primaries))
	setInt32(f.p, o.colorTrc, int32(c.Transfer))
	setInt32(f.p, o.colorspace, int32(c.Matrix))
	setInt32(f.p, o.chromaLocation, int32(c.ChromaLocation))
}
