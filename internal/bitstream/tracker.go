package bitstream

// A PictureType tells how a picture is predicted.
type PictureType uint8

// Picture types. A packet of several pictures has that of its first.
const (
	PictureUnknown PictureType = iota
	PictureI
	PictureP
	PictureB
)

// A FieldParity tells what a coded picture holds.
type FieldParity uint8

// Parities.
const (
	WholeFrame FieldParity = iota
	TopField
	BottomField
)

// PacketInfo is what the headers in a packet say about the pictures that begin in
// it. Unless said otherwise a field speaks of the first of them.
type PacketInfo struct {
	// Pictures counts the coded pictures that begin in the packet. Each field of a
	// frame coded as two fields is a picture.
	Pictures int
	// Shown counts the frames that a decoder outputs on account of this packet, now
	// or later. 0 for a hidden frame, for the second field of a frame, and for a RASL
	// picture of the RandomAccess picture that the tracker began with, or began again
	// with after Reset.
	Shown int
	// Key: H.264 IDR, HEVC IRAP (IDR, CRA, BLA), a key frame of AV1, VP8, VP9, an I
	// picture of MPEG-1/2/4, H.263, VC-1, every JPEG.
	Key bool
	// Closed: nothing that follows in decoding order refers to anything before: H.264
	// and HEVC IDR, HEVC BLA, key frames of AV1 that are shown, VP8 and VP9, the I
	// picture of a closed GOP of MPEG-1/2.
	Closed bool
	// RandomAccess: decoding can begin here. Key, or an H.264 recovery point.
	RandomAccess bool
	// RecoveryFrames is how many frames after RandomAccess the output is right.
	RecoveryFrames int
	// RASL: the picture cannot be decoded right when decoding began at the last
	// RandomAccess picture before it, which it follows in decoding and precedes in
	// output order: HEVC RASL, pictures before an H.264 recovery point, B pictures of an
	// open GOP of MPEG-1/2/4 and VC-1. RADL: HEVC leading picture that can.
	RASL, RADL bool
	// Disposable: no other picture refers to any picture of this packet and leaving the
	// packet out changes no other, except as UsesPrevious of the next packet says.
	Disposable bool
	// UsesPrevious: VP9 takes motion vectors or segments from the frame before in
	// decoding order, so that that one is needed even if it is Disposable.
	UsesPrevious bool
	// Parameters: the packet carries parameter sets or a sequence header.
	Parameters bool
	// NewSequence: Tracker.Info changed on account of this packet.
	NewSequence bool
	// ShowExisting: the packet shows a frame decoded earlier (AV1, VP9).
	ShowExisting bool
	// EndOfSequence: an end of sequence or end of stream code is in the packet.
	EndOfSequence bool
	// Packed: MPEG-4 that keeps a B-VOP in the packet of the VOP before it in decoding
	// order, and a VOP that is not coded in the place of the B-VOP.
	Packed bool
	// DropsPrior: pictures not yet shown are dropped (no_output_of_prior_pics_flag).
	DropsPrior bool
	TemporalID uint8
	// SpatialID is the highest of the packet (AV1).
	SpatialID   uint8
	Type        PictureType
	Parity      FieldParity
	SecondField bool
	// POC is the picture order count (H.264, HEVC): the output order of the pictures
	// from one OrderReset, inclusive, to the next. HasPOC is false for all others.
	POC    int32
	HasPOC bool
	// OrderReset: all pictures before are output before this one and all after.
	OrderReset bool
	// NALType is the nal_unit_type of the first slice (H.264, HEVC).
	NALType uint8
	// Width and Height of the first picture after cropping; 0 when not known. They can
	// differ from Info where frames have sizes of their own (AV1, VP9).
	Width, Height int
}

// A Tracker reads the headers of a stream's packets, one after another in decoding
// order, and keeps what later headers refer to. Parse does not allocate. Not for
// use by several goroutines at once.
type Tracker struct {
	codec Codec
	p     packetParser
	info  Info
	known bool
	pkt   PacketInfo

	timing PicTimingSyntax
}

type packetParser interface {
	// extradata reads out-of-band headers.
	extradata(t *Tracker, data []byte) error
	// packet fills t.pkt and calls t.setInfo.
	packet(t *Tracker, data []byte) error
	// reset forgets pictures, not parameter sets.
	reset()
}

// NewTracker makes a tracker for packets of codec c. Extradata is what a container
// keeps beside the packets: avcC, hvcC, av1C, vpcC, or headers as in the stream;
// it may be nil, and is not kept. With avcC or hvcC packets are taken as length
// prefixed, else as Annex B.
//
// An error about extradata comes with a tracker that works: packets may bring the
// headers. ErrUnsupported comes without one.
func NewTracker(c Codec, extradata []byte) (*Tracker, error) {
	t := &Tracker{codec: c, p: newPacketParser(c)}
	if t.p == nil {
		return nil, ErrUnsupported
	}
	var err error
	if len(extradata) > 0 {
		err = t.p.extradata(t, extradata)
	}
	return t, err
}

// Codec returns what the tracker was made for.
func (t *Tracker) Codec() Codec { return t.codec }

// Info returns what the last sequence header said, and whether there was one.
func (t *Tracker) Info() (Info, bool) { return t.info, t.known }

// Parse reads one packet: the pictures of one point of time as demuxers deliver
// them. The result is as complete as the data allows when an error comes with it.
func (t *Tracker) Parse(packet []byte) (PacketInfo, error) {
	t.pkt = PacketInfo{}
	err := t.p.packet(t, packet)
	return t.pkt, err
}

// Reset forgets the pictures seen but not the sequence headers, for use at a seek.
func (t *Tracker) Reset() { t.p.reset() }

func (t *Tracker) setInfo(i Info) {
	if !t.known || t.info != i {
		t.info, t.known = i, true
		t.pkt.NewSequence = true
	}
}

// ParseInfo returns what extradata, or if that says nothing the packet, tells about
// a stream. Either may be nil.
func ParseInfo(c Codec, extradata, packet []byte) (Info, error) {
	t, err := NewTracker(c, extradata)
	if t == nil {
		return Info{}, err
	}
	if !t.known && len(packet) > 0 {
		_, err = t.Parse(packet)
	}
	if t.known {
		return t.info, nil
	}
	if err == nil {
		err = ErrNoParameters
	}
	return Info{}, err
}

func newPacketParser(c Codec) packetParser {
	switch c {
	case CodecH264:
		return new(h264Tracker)
	case CodecHEVC:
		return new(hevcTracker)
	case CodecAV1:
		return new(av1Tracker)
	case CodecVP8:
		return vp8Tracker{}
	case CodecVP9:
		return new(vp9Tracker)
	case CodecMPEG1, CodecMPEG2:
		return new(mpegTracker)
	case CodecMPEG4:
		return new(mpeg4Tracker)
	case CodecH263:
		return h263Tracker{}
	case CodecVC1, CodecWMV3:
		return &vc1Tracker{advanced: c == CodecVC1}
	case CodecJPEG:
		return jpegTracker{}
	}
	return nil
}
