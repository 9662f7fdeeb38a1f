package avformat

import (
	"strings"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
)

// A Disposition says what a stream is for. Source: AV_DISPOSITION_*, avformat.h.
type Disposition int32

// The dispositions, in FFmpeg's words.
const (
	DispositionDefault         Disposition = 1 << 0
	DispositionDub             Disposition = 1 << 1
	DispositionOriginal        Disposition = 1 << 2
	DispositionComment         Disposition = 1 << 3
	DispositionLyrics          Disposition = 1 << 4
	DispositionKaraoke         Disposition = 1 << 5
	DispositionForced          Disposition = 1 << 6
	DispositionHearingImpaired Disposition = 1 << 7
	DispositionVisualImpaired  Disposition = 1 << 8
	DispositionCleanEffects    Disposition = 1 << 9
	DispositionAttachedPicture Disposition = 1 << 10 // cover art: one packet, no video
	DispositionTimedThumbnails Disposition = 1 << 11
	DispositionNonDiegetic     Disposition = 1 << 12
	DispositionCaptions        Disposition = 1 << 16
	DispositionDescriptions    Disposition = 1 << 17
	DispositionMetadata        Disposition = 1 << 18
	DispositionDependent       Disposition = 1 << 19
	DispositionStillImage      Disposition = 1 << 20
	dispositionPicture                     = DispositionAttachedPicture | DispositionTimedThumbnails
)

var dispositionNames = []struct {
	d    Disposition
	name string
}{
	{DispositionDefault, "default"}, {DispositionDub, "dub"}, {DispositionOriginal, "original"},
	{DispositionComment, "comment"}, {DispositionLyrics, "lyrics"}, {DispositionKaraoke, "karaoke"},
	{DispositionForced, "forced"}, {DispositionHearingImpaired, "hearing_impaired"},
	{DispositionVisualImpaired, "visual_impaired"}, {DispositionCleanEffects, "clean_effects"},
	{DispositionAttachedPicture, "attached_pic"}, {DispositionTimedThumbnails, "timed_thumbnails"},
	{DispositionNonDiegetic, "non_diegetic"}, {DispositionCaptions, "captions"},
	{DispositionDescriptions, "descriptions"}, {DispositionMetadata, "metadata"},
	{DispositionDependent, "dependent"}, {DispositionStillImage, "still_image"},
}

// String lists the names, joined by |.
func (d Disposition) String() string {
	var s []string
	for _, n := range dispositionNames {
		if d&n.d != 0 {
			s = append(s, n.name)
		}
	}
	return strings.Join(s, "|")
}

// A Stream describes one stream of an Input, as it was known when it was read: a
// copy in Go memory. Times are in ticks of TimeBase.
type Stream struct {
	Index       int         // of the stream in the file; Packet.Stream refers to it
	ID          int         // the container's own number: track ID, PID
	Type        MediaType   // what it carries
	Codec       string      // FFmpeg's name: h264, hevc, aac; "none" if unknown
	TimeBase    Rational    // seconds a tick
	Start       int64       // of the presentation, NoPTS if not known
	Duration    int64       // NoPTS if not known
	Frames      int64       // what the container says, 0 if it does not
	AvgRate     Rational    // frames per second on average, 0/0 or 0/1 if not known
	RealRate    Rational    // the lowest rate with which all timestamps can be said exactly
	FrameRate   Rational    // FFmpeg's best guess of the rate
	AspectRatio Rational    // of a sample: the container's word, else the codec's
	Disposition Disposition // what it is for
	Metadata    map[string]string
	Parameters  *CodecParameters // for a decoder or muxer; shared by copies of the Stream

	// How the picture is to be shown: mirrored left to right if Flip is set, then
	// turned clockwise by Rotation degrees, 0 <= Rotation < 360. From the display matrix.
	Rotation float64
	Flip     bool
}

// AttachedPicture is true for cover art: a stream that is called video but has one
// picture, outside the time line.
func (s *Stream) AttachedPicture() bool { return s.Disposition&dispositionPicture != 0 }

// Mastering is the stream's HDR mastering display, ok is false if it has none.
func (s *Stream) Mastering() (m MasteringDisplay, ok bool) {
	return ParseMasteringDisplay(s.Parameters.SideData(SideDataMasteringDisplay))
}

// ContentLight is the stream's HDR light level, ok is false if it has none.
func (s *Stream) ContentLight() (c ContentLight, ok bool) {
	return ParseContentLight(s.Parameters.SideData(SideDataContentLight))
}

// readStream copies stream i of a format context.
func readStream(ctx uintptr, i int) (Stream, error) {
	p := word(getPtr(ctx, ff.off.formatContext.streams), i)
	o := &ff.off.stream
	par, err := copyParameters(getPtr(p, o.codecpar))
	if err != nil {
		return Stream{}, err
	}
	if o.sideData != none { // before 6.1 it was not in the parameters
		par.side = copySideData(getPtr(p, o.sideData), int(getInt32(p, o.nbSideData)))
	}
	s := Stream{
		Index: int(getInt32(p, o.index)), ID: int(getInt32(p, o.id)),
		Type: par.Type(), Codec: par.Codec(), TimeBase: getRational(p, o.timeBase),
		Start: getInt64(p, o.startTime), Duration: getInt64(p, o.duration), Frames: getInt64(p, o.nbFrames),
		AvgRate: getRational(p, o.avgFrameRate), RealRate: getRational(p, o.rFrameRate),
		FrameRate:   callRational(ff.fn.avGuessFrameRate, ctx, p),
		AspectRatio: callRational(ff.fn.avGuessSampleAspectRatio, ctx, p),
		Disposition: Disposition(getInt32(p, o.disposition)),
		Metadata:    readDictionary(getPtr(p, o.metadata)),
		Parameters:  par,
	}
	if m, ok := ParseDisplayMatrix(par.SideData(SideDataDisplayMatrix)); ok {
		s.Rotation, s.Flip = m.Orientation()
	}
	return s, nil
}

// callRational calls AVRational fn(ctx, stream, NULL).
func callRational(fn, ctx, stream uintptr) Rational {
	c := abi.Borrow()
	defer c.Return()
	return rationalWord(c.Int(ctx).Int(stream).Int(0).Do(fn))
}

// rationalWord takes an AVRational apart that came back by value: one register on
// all three targets.
func rationalWord(r uintptr) Rational {
	v := *(*[2]int32)(unsafe.Pointer(&r))
	return Rational{int(v[0]), int(v[1])}
}

// attachedPicture copies the packet of an attached picture, nil if there is none.
func attachedPicture(ctx uintptr, i int) []byte {
	p := word(getPtr(ctx, ff.off.formatContext.streams), i) + uintptr(ff.off.stream.attachedPic)
	return append([]byte(nil), view(getPtr(p, ff.off.packet.data), int(getInt32(p, ff.off.packet.size)))...)
}
