package frame

import "strconv"

// SEI is one supplemental enhancement information message of H.264 or HEVC, or one
// metadata OBU of AV1, that came with a picture.
type SEI struct {
	Type SEIType
	// Payload is the message without its type and size. Without emulation prevention
	// bytes too. In a frame of a decoder it is valid until the frame's Release.
	Payload []byte
	// Parsed is true if the decoder has used the message: its meaning is in the
	// frame's own fields.
	Parsed bool
}

// SEIType is the payload type of H.264 annex D and HEVC annex D, which agree for the
// types that both have; of a metadata OBU the metadata_type plus SEIMetadataOBU.
type SEIType int

// Frequent types.
const (
	SEIBufferingPeriod      SEIType = 0
	SEIPicTiming            SEIType = 1
	SEIPanScan              SEIType = 2
	SEIFiller               SEIType = 3
	SEIUserDataRegistered   SEIType = 4 // ITU-T T.35: captions, HDR10+
	SEIUserDataUnregistered SEIType = 5 // 16 bytes UUID, then anything
	SEIRecoveryPoint        SEIType = 6
	SEIFramePacking         SEIType = 45
	SEIDisplayOrientation   SEIType = 47
	SEIActiveParameterSets  SEIType = 129
	SEIDecodingUnitInfo     SEIType = 130
	SEIDecodedPictureHash   SEIType = 132
	SEITimeCode             SEIType = 136
	SEIMasteringDisplay     SEIType = 137
	SEIContentLight         SEIType = 144
	SEIAlternativeTransfer  SEIType = 147
	SEIAmbientViewing       SEIType = 148
	SEIFilmGrain            SEIType = 19
	SEIPostFilterHint       SEIType = 22
	SEIToneMapping          SEIType = 23
	SEIMetadataOBU          SEIType = 0x10000
	SEIMetadataContentLight         = SEIMetadataOBU + 1
	SEIMetadataMastering            = SEIMetadataOBU + 2
	SEIMetadataScalability          = SEIMetadataOBU + 3
	SEIMetadataT35                  = SEIMetadataOBU + 4
	SEIMetadataTimeCode             = SEIMetadataOBU + 5
	seiMetadataEnd                  = SEIMetadataOBU + 256
)

var seiNames = map[SEIType]string{
	SEIBufferingPeriod: "buffering_period", SEIPicTiming: "pic_timing", SEIPanScan: "pan_scan_rect", SEIFiller: "filler_payload",
	SEIUserDataRegistered: "user_data_registered_itu_t_t35", SEIUserDataUnregistered: "user_data_unregistered",
	SEIRecoveryPoint: "recovery_point", SEIFramePacking: "frame_packing_arrangement", SEIDisplayOrientation: "display_orientation",
	SEIActiveParameterSets: "active_parameter_sets", SEIDecodingUnitInfo: "decoding_unit_info",
	SEIDecodedPictureHash: "decoded_picture_hash", SEITimeCode: "time_code",
	SEIMasteringDisplay: "mastering_display_colour_volume", SEIContentLight: "content_light_level_info",
	SEIAlternativeTransfer: "alternative_transfer_characteristics", SEIAmbientViewing: "ambient_viewing_environment",
	SEIFilmGrain: "film_grain_characteristics", SEIPostFilterHint: "post_filter_hint", SEIToneMapping: "tone_mapping_info",
	SEIMetadataContentLight: "metadata_hdr_cll", SEIMetadataMastering: "metadata_hdr_mdcv",
	SEIMetadataScalability: "metadata_scalability", SEIMetadataT35: "metadata_itut_t35", SEIMetadataTimeCode: "metadata_timecode",
}

// String is the name of the syntax structure in the standard, without brackets.
func (t SEIType) String() string {
	if s, ok := seiNames[t]; ok {
		return s
	}
	if t > SEIMetadataOBU && t < seiMetadataEnd {
		return "SEIType(OBU " + strconv.Itoa(int(t-SEIMetadataOBU)) + ")"
	}
	return "SEIType(" + strconv.Itoa(int(t)) + ")"
}
