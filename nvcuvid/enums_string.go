package nvcuvid

import "strconv"

var (
	codecNames       = [...]string{"MPEG1", "MPEG2", "MPEG4", "VC1", "H264", "JPEG", "H264SVC", "H264MVC", "HEVC", "VP8", "VP9", "AV1"}
	chromaNames      = [...]string{"Monochrome", "4:2:0", "4:2:2", "4:4:4"}
	surfaceNames     = [...]string{"NV12", "P016", "YUV444", "YUV444_16Bit", "NV16", "P216"}
	deinterlaceNames = [...]string{"Weave", "Bob", "Adaptive"}
	statusNames      = [...]string{0: "Invalid", 1: "InProgress", 2: "Success", 8: "Error", 9: "ErrorConcealed"}
)

func (c Codec) String() string           { return name(codecNames[:], "Codec", int(c)) }
func (c ChromaFormat) String() string    { return name(chromaNames[:], "ChromaFormat", int(c)) }
func (f SurfaceFormat) String() string   { return name(surfaceNames[:], "SurfaceFormat", int(f)) }
func (m DeinterlaceMode) String() string { return name(deinterlaceNames[:], "DeinterlaceMode", int(m)) }
func (s DecodeStatus) String() string    { return name(statusNames[:], "DecodeStatus", int(s)) }

// String joins the flags' names with |.
func (f PacketFlags) String() string {
	return flags(uint32(f), "PacketFlags", "EndOfStream", "Timestamp", "Discontinuity", "EndOfPicture", "NotifyEOS")
}

// String joins the flags' names with |.
func (f CreateFlags) String() string {
	return flags(uint32(f), "CreateFlags", "PreferCUDA", "PreferDXVA", "PreferCUVID")
}

func name(names []string, typ string, v int) string {
	if v >= 0 && v < len(names) && names[v] != "" {
		return names[v]
	}
	return typ + "(" + strconv.Itoa(v) + ")"
}

func flags(v uint32, typ string, names ...string) string {
	s := ""
	for i, n := range names {
		if v&(1<<i) != 0 {
			s += "|" + n
			v &^= 1 << i
		}
	}
	if v != 0 || s == "" {
		s += "|" + typ + "(" + strconv.FormatUint(uint64(v), 10) + ")"
	}
	return s[1:]
}
