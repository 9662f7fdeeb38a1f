package codec

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/go-nvcodec/nvcodec/avformat"
	"github.com/go-nvcodec/nvcodec/internal/bitstream"
)

// knownVideos tells FFmpeg, when it opens a container, what it would decode pictures of
// the first video for.
type knownVideos struct {
	rewinds  bool // that video alone is read, of a file
	told     bool // something was told
	unsettle bool // settleStart has something to do
}

func (n *knownVideos) tell(h avformat.VideoHeader) (avformat.KnownVideo, bool) {
	matroska := strings.HasPrefix(h.Container, "matroska,")
	reordered := h.Codec != "vp9"
	if n.told || !strings.HasPrefix(h.Container, "mov,") && !(matroska && (n.rewinds || !reordered)) {
		return avformat.KnownVideo{}, false
	}
	k, ok := knownVideo(h)
	n.told = ok
	n.unsettle = ok && matroska && reordered
	return k, ok
}

// settleStart puts right what FFmpeg leaves open where packets have no decoding times
// (Matroska): it computes those by the number of reordered pictures, but does not
// believe in a number that it was told until the container is open. So the packets that
// it read are read again. It answers false if the first one does not come back.
func (d *Demuxer) settleStart() bool {
	var p, q Packet
	if d.ReadPacket(&p) != nil || p.PTS == NoPTS || d.in.Seek(d.video, p.PTS, avformat.SeekBackward) != nil || d.ReadPacket(&q) != nil {
		return false
	}
	if p.PTS != q.PTS || p.Pos != q.Pos || !bytes.Equal(p.Data, q.Data) {
		return false
	}
	s := &d.streams[d.video]
	s.StartPTS, s.Start = q.PTS, s.TimeBase.Duration(q.PTS)
	s.Duration = 0 // what there is is the container's
	d.container.Start = s.Start
	for i := range d.streams {
		if o := &d.streams[i]; o.Type == Audio && o.StartPTS != NoPTS {
			d.container.Start = min(d.container.Start, o.Start)
		}
	}
	d.unreadPacket(&q)
	d.delivered = false
	return true
}

// knownVideo reads headers: of H.264 whose header says how many pictures are reordered
// (VUI bitstream restriction), and of VP9's first key frame, all that is wanted. The
// values are those that libavcodec's decoders would set.
var knownVideo = func(h avformat.VideoHeader) (avformat.KnownVideo, bool) {
	switch h.Codec {
	case "h264":
		return knownH264(h)
	case "vp9":
		return knownVP9(h)
	}
	return avformat.KnownVideo{}, false
}

func knownH264(h avformat.VideoHeader) (k avformat.KnownVideo, ok bool) {
	var c bitstream.AVCConfig
	if bitstream.IsAnnexB(h.Extradata) || c.Parse(h.Extradata) != nil || len(c.SPS) != 1 || len(c.PPS) == 0 {
		return k, false
	}
	var s bitstream.H264SPS
	if s.Parse(c.SPS[0]) != nil {
		return k, false
	}
	i, v := s.Info(), &s.VUI
	switch {
	case !v.BitstreamRestriction, i.ChromaFormat != 1, i.BitDepthLuma != 8, i.BitDepthChroma != 8:
		return k, false
	case i.Width != h.Width || i.Height != h.Height:
		return k, false // the container crops, or is wrong
	case v.ColourDescription && v.Color.Matrix == 0:
		return k, false // RGB, which 4:2:0 cannot be
	}
	k = avformat.KnownVideo{
		Format: "yuv420p", Delay: int(v.MaxNumReorderFrames), BitsPerRaw: 8, SampleAspect: avformat.Rational{Den: 1},
		Profile: h264Profile(&s), Level: int(s.LevelIDC),
		Color: avformat.Color{Range: int(v.Color.Range), ChromaLocation: max(int(v.Color.ChromaLocation), 1)},
	}
	if v.SAR.Num > 0 && v.SAR.Den > 0 {
		k.SampleAspect = avformat.Rational{Num: int(v.SAR.Num), Den: int(v.SAR.Den)}
	}
	if v.Color.Range == bitstream.RangeFull {
		k.Format = "yuvj420p" // libavcodec's name for it
	}
	if v.ColourDescription {
		k.Color.Primaries, k.Color.Transfer, k.Color.Matrix = int(v.Color.Primaries), int(v.Color.Transfer), int(v.Color.Matrix)
	}
	return k, true
}

func knownVP9(h avformat.VideoHeader) (k avformat.KnownVideo, ok bool) {
	var f bitstream.VP9FrameHeader
	for data := range h.Packets {
		// Of other streams' packets none has the synchronisation code at its place.
		if f.Parse(data, new(bitstream.VP9References)) == nil && f.Key {
			return knownVP9Frame(h, &f)
		}
	}
	return k, false
}

func knownVP9Frame(h avformat.VideoHeader, f *bitstream.VP9FrameHeader) (k avformat.KnownVideo, ok bool) {
	// libavcodec's names for the colour spaces of the header.
	matrices := [...]int{2, 5, 1, 6, 7, 9}
	subsampling := map[[2]bool]string{{true, true}: "yuv420p", {true, false}: "yuv422p", {false, true}: "yuv440p", {}: "yuv444p"}
	odd := f.Profile&1 != 0
	switch {
	case int(f.Width) != h.Width || int(f.Height) != h.Height:
		return k, false // the container scales, or is wrong
	case int(f.ColorSpace) >= len(matrices), odd == (f.SubsamplingX && f.SubsamplingY):
		return k, false
	}
	profile := int(f.Profile)
	k = avformat.KnownVideo{
		Format: subsampling[[2]bool{f.SubsamplingX, f.SubsamplingY}], Profile: &profile,
		Color: avformat.Color{Matrix: matrices[f.ColorSpace], Range: int(bitstream.RangeLimited)},
	}
	if f.FullRange {
		k.Color.Range = int(bitstream.RangeFull)
	}
	if f.BitDepth > 8 {
		k.Format += fmt.Sprintf("%dle", f.BitDepth)
	}
	return k, true
}

// h264Profile is the profile as libavcodec counts: two of the flags beside the number
// make profiles of their own. The parser of FFmpeg 4 leaves it to the
// decoder, later ones find it as well. Source: ff_h264_get_profile, h264_ps.c.
func h264Profile(s *bitstream.H264SPS) *int {
	const constrained, intra = 1 << 9, 1 << 11
	p := int(s.ProfileIDC)
	switch {
	case p == 66 && s.ConstraintFlags&0x40 != 0: // Baseline, constraint_set1_flag
		p |= constrained
	case (p == 110 || p == 122 || p == 244) && s.ConstraintFlags&0x10 != 0: // constraint_set3_flag
		p |= intra
	}
	return &p
}
