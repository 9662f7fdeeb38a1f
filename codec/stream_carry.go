package codec

import (
	"maps"

	"github.com/go-nvcodec/nvcodec/avformat"
)

// carried is the side data of a stream that stays true when its pictures are coded
// anew.
var carried = []avformat.SideDataType{
	avformat.SideDataDisplayMatrix, avformat.SideDataMasteringDisplay, avformat.SideDataContentLight,
	avformat.SideDataSpherical, avformat.SideDataStereo3D,
}

// Carry returns s, the stream of an encoder, with what src, the stream that its frames
// were decoded from, says beside the pictures: rotation, HDR and projection, sample
// shape, language, title and other metadata, and whether it is the default. What s has
// already stays.
func (s StreamInfo) Carry(src StreamInfo) (StreamInfo, error) {
	if s.SAR.Num <= 0 {
		s.SAR = src.SAR
	}
	s.Rotation, s.Default = src.Rotation, src.Default
	s.HDR = s.HDR.Merge(src.HDR)
	m := maps.Clone(src.Metadata)
	if m == nil {
		m = map[string]string{}
	}
	for _, k := range []string{"encoder", "BPS", "DURATION", "NUMBER_OF_FRAMES", "NUMBER_OF_BYTES",
		"_STATISTICS_WRITING_APP", "_STATISTICS_WRITING_DATE_UTC", "_STATISTICS_TAGS"} {
		delete(m, k) // of the source's own coding
	}
	maps.Copy(m, s.Metadata)
	s.Metadata = m
	if src.params == nil {
		return s, nil
	}
	par, err := s.parameters()
	if err != nil {
		return s, opError("carry", err)
	}
	for _, t := range carried {
		b := src.params.SideData(t)
		if b == nil || par.SideData(t) != nil {
			continue
		}
		if err := par.SetSideData(t, b); err != nil {
			par.Close()
			return s, opError("carry", err)
		}
	}
	s.params = par
	return s, nil
}
