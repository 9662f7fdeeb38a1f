package codec

import (
	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/nvenc"
)

// nvencFormat is what a frame's format is for NVENC.
type nvencFormat struct {
	buffer nvenc.BufferFormat
	chroma int // 420, 422 or 444
	bits   int // of the samples that it reads, 8 or 10
	rgb    bool
}

// nvencFormats are the layouts that NVENC reads as they are. Of 12 and 16 bits it takes
// the highest ten.
var nvencFormats = map[frame.Format]nvencFormat{
	frame.NV12:         {nvenc.BufferFormatNV12, 420, 8, false},
	frame.YV12:         {nvenc.BufferFormatYV12, 420, 8, false},
	frame.YUV420P:      {nvenc.BufferFormatIYUV, 420, 8, false},
	frame.YUVJ420P:     {nvenc.BufferFormatIYUV, 420, 8, false},
	frame.YUV444:       {nvenc.BufferFormatYUV444, 444, 8, false},
	frame.YUVJ444P:     {nvenc.BufferFormatYUV444, 444, 8, false},
	frame.P010:         {nvenc.BufferFormatYUV420x10, 420, 10, false},
	frame.P012:         {nvenc.BufferFormatYUV420x10, 420, 10, false},
	frame.P016:         {nvenc.BufferFormatYUV420x10, 420, 10, false},
	frame.YUV444P10MSB: {nvenc.BufferFormatYUV444x10, 444, 10, false},
	frame.YUV444P12MSB: {nvenc.BufferFormatYUV444x10, 444, 10, false},
	frame.YUV444P16:    {nvenc.BufferFormatYUV444x10, 444, 10, false},
	frame.ARGB:         {nvenc.BufferFormatARGB, 420, 8, true},
	frame.ARGB10:       {nvenc.BufferFormatARGB10, 420, 10, true},
	frame.ABGR:         {nvenc.BufferFormatABGR, 420, 8, true},
	frame.ABGR10:       {nvenc.BufferFormatABGR10, 420, 10, true},
	frame.NV16:         {nvenc.BufferFormatNV16, 422, 8, false},
	frame.P210:         {nvenc.BufferFormatP210, 422, 10, false},
	frame.P212:         {nvenc.BufferFormatP210, 422, 10, false},
	frame.P216:         {nvenc.BufferFormatP210, 422, 10, false},
}

// codedName is libavcodec's name of what a stream holds.
func (f nvencFormat) codedName(depth int) string {
	name := map[int]string{420: "yuv420p", 422: "yuv422p", 444: "yuv444p"}[f.chroma]
	if depth > 8 {
		name += "10le"
	}
	return name
}

// planes tells where the planes of a picture lie for NVENC: one after the other, chroma
// at pitch times height. It returns the distance of the rows of each plane and its
// offset.
func nvencPlanes(f frame.Format, pitch, height int) (offset, pitches [4]int, size int) {
	for i := range f.Planes() {
		p := pitch
		if x, _ := f.ChromaShift(); i > 0 && !f.SemiPlanar() {
			p >>= x
		}
		offset[i], pitches[i] = size, p
		size += p * f.PlaneShape(i, 1, height)[0]
	}
	return offset, pitches, size
}

var nvencCodecs = map[ID]nvenc.GUID{H264: nvenc.CodecH264, HEVC: nvenc.CodecHEVC, AV1: nvenc.CodecAV1}

var nvencPresets = [...]nvenc.GUID{
	P1: nvenc.PresetP1, P2: nvenc.PresetP2, P3: nvenc.PresetP3, P4: nvenc.PresetP4, P5: nvenc.PresetP5, P6: nvenc.PresetP6, P7: nvenc.PresetP7,
}

var nvencTunings = [...]nvenc.TuningInfo{
	HighQuality: nvenc.TuningHighQuality, LowLatency: nvenc.TuningLowLatency, UltraLowLatency: nvenc.TuningUltraLowLatency,
	Lossless: nvenc.TuningLossless, UltraHighQuality: nvenc.TuningUltraHighQuality,
}

// A nvencProfile is a profile by FFmpeg's names, the first of which is the usual one,
// and FFmpeg's number.
type nvencProfile struct {
	codec  ID
	names  []string
	guid   nvenc.GUID
	number int
}

var nvencProfiles = []nvencProfile{
	{H264, []string{"baseline", "constrained_baseline"}, nvenc.ProfileH264Baseline, 66},
	{H264, []string{"main"}, nvenc.ProfileH264Main, 77},
	{H264, []string{"high"}, nvenc.ProfileH264High, 100},
	{H264, []string{"high10"}, nvenc.ProfileH264High10, 110},
	{H264, []string{"high422"}, nvenc.ProfileH264High422, 122},
	{H264, []string{"high444", "high444p"}, nvenc.ProfileH264High444, 244},
	{H264, []string{"progressive_high"}, nvenc.ProfileH264ProgressiveHigh, 100},
	{H264, []string{"constrained_high"}, nvenc.ProfileH264ConstrainedHigh, 100},
	{HEVC, []string{"main"}, nvenc.ProfileHEVCMain, 1},
	{HEVC, []string{"main10"}, nvenc.ProfileHEVCMain10, 2},
	{HEVC, []string{"rext", "main444-8", "main444-10", "main422-10"}, nvenc.ProfileHEVCFREXT, 4},
	{AV1, []string{"main"}, nvenc.ProfileAV1Main, 0},
}
