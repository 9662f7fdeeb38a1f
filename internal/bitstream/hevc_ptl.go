package bitstream

// HEVCProfileTierLevel is the general part of profile_tier_level().
// Specification: ITU-T H.265, section 7.3.3.
type HEVCProfileTierLevel struct {
	ProfileSpace uint8
	HighTier     bool
	ProfileIDC   uint8
	// Compatibility has general_profile_compatibility_flag[j] in bit 31-j.
	Compatibility                  uint32
	Progressive, Interlaced        bool
	NonPackedConstraint, FrameOnly bool
	Constraint                     uint64 // the 43 bits after, and one more
	LevelIDC                       uint8
}

const maxHEVCSubLayers = 7

func (p *HEVCProfileTierLevel) parse(r *BitReader, maxSubLayersMinus1 int) {
	p.ProfileSpace = uint8(r.Bits(2))
	p.HighTier = r.Flag()
	p.ProfileIDC = uint8(r.Bits(5))
	p.Compatibility = r.Bits(32)
	p.Progressive, p.Interlaced = r.Flag(), r.Flag()
	p.NonPackedConstraint, p.FrameOnly = r.Flag(), r.Flag()
	p.Constraint = r.Bits64(44)
	p.LevelIDC = uint8(r.Bits(8))
	var profile, level [maxHEVCSubLayers + 1]bool
	for i := range maxSubLayersMinus1 {
		profile[i], level[i] = r.Flag(), r.Flag()
	}
	if maxSubLayersMinus1 > 0 {
		r.Skip(2 * (8 - maxSubLayersMinus1)) // reserved_zero_2bits
	}
	for i := range maxSubLayersMinus1 {
		if profile[i] {
			r.Skip(88)
		}
		if level[i] {
			r.Skip(8)
		}
	}
}
