package frame

import "strconv"

// SEI is one supplemental enhancement information message of H.264 or HEVC, one
// metadata OBU of AV1, or the user data or time code of MPEG-2, that came with a
// picture or is to go with one.
//
// Value and the methods for single types (TimeCode, MasteringDisplay, ...) read the
// payload; the types that they return write it. SEIValue lists
// what there is.
type SEI struct {
	Type SEIType
	// Payload is the message without its type and size, without emulation prevention
	// bytes and without the trailing bits of an OBU. In a frame of a decoder it is valid
	// until the frame's Release.
	Payload []byte
	// Parsed is true if the type is one that Value knows and the payload is well formed
	// (PyNvVideoCodec's sei_uncompressed). A decoder sets it; encoders ignore it.
	Parsed bool
	// Syntax is what reading the payload depends on beside its type. A decoder sets it;
	// for messages to encode the zero value is right.
	Syntax SEISyntax

	quiet bool // errors need no words
}

// SEICodec is the codec whose syntax a message has.
type SEICodec uint8

// Codecs that have messages.
const (
	InUnknown SEICodec = iota
	InH264
	InHEVC
	InAV1
	InMPEG2 // and MPEG-1
)

var seiCodecNames = [...]string{"unknown", "h264", "hevc", "av1", "mpeg2"}

// String is FFmpeg's name of the codec, or unknown.
func (c SEICodec) String() string { return enumName(seiCodecNames[:], uint8(c), "SEICodec") }

// SEISyntax says how a payload is to be read. Most types need no more than the codec;
// the rest is for picture timing and comes from the sequence parameter set.
type SEISyntax struct {
	Codec     SEICodec
	Timed     bool // the fields below are set
	PicStruct bool // pic_struct_present_flag, of HEVC frame_field_info_present_flag
	Delays    bool // CpbDpbDelaysPresentFlag
	SubPic    bool // sub_pic_hrd_params_present_flag of HEVC
	// Lengths of fields in bits: cpb_removal_delay, dpb_output_delay, time_offset.
	CPBRemovalBits, DPBOutputBits, TimeOffsetBits uint8
}

// SEIType is the payload type of H.264 annex D and HEVC annex D, which agree for the
// types that both have; of a metadata OBU the metadata_type plus SEIMetadataOBU; of
// MPEG-2 the start code plus SEIMPEG2; of an HEVC NAL unit that is a message by itself
// its nal_unit_type plus SEINALUnit.
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
	SEIMPEG2                SEIType = 0x20000
	SEIMPEG2UserData                = SEIMPEG2 + 0xb2 // captions and more, see SEI.AppendCaptions
	SEIMPEG2TimeCode                = SEIMPEG2 + 0xb8 // the header of a group of pictures
	SEINALUnit              SEIType = 0x30000
	SEIDolbyVision                  = SEINALUnit + 62 // metadata (RPU) of a Dolby Vision picture of HEVC
)

// PyNvVideoCodec's names, where they differ.
const (
	SEITimeCodeH264                       = SEIPicTiming // TIME_CODE_H264
	SEIMasteringDisplayColorVolume        = SEIMasteringDisplay
	SEIContentLightLevelInfo              = SEIContentLight
	SEIAlternativeTransferCharacteristics = SEIAlternativeTransfer
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
	SEIMPEG2UserData: "user_data", SEIMPEG2TimeCode: "group_of_pictures_header", SEIDolbyVision: "dolby_vision_rpu",
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
