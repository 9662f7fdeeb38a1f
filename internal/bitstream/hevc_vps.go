package bitstream

// HEVCVPS is the beginning of a video parameter set.
// Specification: ITU-T H.265, section 7.3.2.1.
type HEVCVPS struct {
	ID                 uint8
	MaxLayersMinus1    uint8
	MaxSubLayersMinus1 uint8
	TemporalIDNesting  bool
	ProfileTierLevel   HEVCProfileTierLevel
	MaxDecPicBuffering uint32 // vps_max_dec_pic_buffering_minus1 + 1 of the highest sub-layer
	MaxNumReorderPics  uint32
	// TimingInfo says that NumUnitsInTick, TimeScale were in the stream.
	TimingInfo                bool
	NumUnitsInTick, TimeScale uint32
}

const (
	maxHEVCVPS       = 16
	maxHEVCLayerSets = 1024
	maxHEVCDPB       = 16
)

// Parse reads nal, a unit of type HEVCNALVPS with its header.
func (v *HEVCVPS) Parse(nal []byte) error {
	if len(nal) < 3 {
		return ErrTruncated
	}
	var r BitReader
	r.ResetNAL(nal[2:])
	*v = HEVCVPS{ID: uint8(r.Bits(4))}
	r.Skip(2) // vps_base_layer_internal_flag, vps_base_layer_available_flag
	v.MaxLayersMinus1 = uint8(r.Bits(6))
	v.MaxSubLayersMinus1 = uint8(r.Bits(3))
	if v.MaxSubLayersMinus1 >= maxHEVCSubLayers {
		return invalid("vps_max_sub_layers_minus1")
	}
	v.TemporalIDNesting = r.Flag()
	r.Skip(16) // vps_reserved_0xffff_16bits
	v.ProfileTierLevel.parse(&r, int(v.MaxSubLayersMinus1))
	for range subLayersCoded(&r, v.MaxSubLayersMinus1) {
		v.MaxDecPicBuffering = 1 + r.ueMax(maxHEVCDPB-1, invalid("vps_max_dec_pic_buffering_minus1"))
		v.MaxNumReorderPics = r.ueMax(maxHEVCDPB-1, invalid("vps_max_num_reorder_pics"))
		r.UE() // vps_max_latency_increase_plus1
	}
	layerID := int(r.Bits(6))
	sets := int(r.ueMax(maxHEVCLayerSets-1, invalid("vps_num_layer_sets_minus1")))
	r.Skip(sets * (layerID + 1))
	if r.Err() != nil {
		return r.Err()
	}
	if r.Flag() {
		units, scale := r.Bits(32), r.Bits(32)
		if r.Err() == nil {
			v.TimingInfo, v.NumUnitsInTick, v.TimeScale = true, units, scale
		}
	}
	return nil
}

// subLayersCoded reads a sub_layer_ordering_info_present_flag and returns how many
// entries follow; the last is that of the highest sub-layer.
func subLayersCoded(r *BitReader, maxSubLayersMinus1 uint8) int {
	if r.Flag() {
		return int(maxSubLayersMinus1) + 1
	}
	return 1
}
