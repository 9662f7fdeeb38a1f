package avformat

import "github.com/go-nvcodec/nvcodec/internal/abi"

// functions holds the address of every C function that this package calls. Those
// with a comment are in some majors of libavformat only and are zero in the
// others; those of libswscale are zero together when it could not be opened.
type functions struct {
	// libavformat
	avformatVersion                    uintptr
	avformatConfiguration              uintptr
	avformatLicense                    uintptr
	avformatAllocContext               uintptr
	avformatFreeContext                uintptr
	avformatOpenInput                  uintptr
	avformatFindStreamInfo             uintptr
	avformatCloseInput                 uintptr
	avformatNewStream                  uintptr
	avformatFlush                      uintptr
	avReadFrame                        uintptr
	avSeekFrame                        uintptr
	avformatSeekFile                   uintptr
	avFindBestStream                   uintptr
	avGuessFrameRate                   uintptr
	avGuessSampleAspectRatio           uintptr
	avFindInputFormat                  uintptr
	avGuessFormat                      uintptr
	avGuessCodec                       uintptr
	avformatQueryCodec                 uintptr
	avformatAllocOutputContext2        uintptr
	avformatWriteHeader                uintptr
	avWriteFrame                       uintptr
	avInterleavedWriteFrame            uintptr
	avWriteTrailer                     uintptr
	avioAllocContext                   uintptr
	avioContextFree                    uintptr
	avioOpen2                          uintptr
	avioClosep                         uintptr
	avioFlush                          uintptr
	avioSize                           uintptr
	avioSeek                           uintptr
	avDemuxerIterate                   uintptr
	avMuxerIterate                     uintptr
	avCodecGetTag                      uintptr
	avioEnumProtocols                  uintptr
	avIndexSearchTimestamp             uintptr
	avformatIndexGetEntriesCount       uintptr // 59 on
	avformatIndexGetEntry              uintptr // 59 on
	avformatIndexGetEntryFromTimestamp uintptr // 59 on
	avStreamGetSideData                uintptr // 58 to 61
	avStreamAddSideData                uintptr // 58 to 61
	// libavcodec
	avcodecVersion               uintptr
	avPacketAlloc                uintptr
	avPacketFree                 uintptr
	avPacketRef                  uintptr
	avPacketUnref                uintptr
	avPacketMoveRef              uintptr
	avPacketCopyProps            uintptr
	avPacketMakeWritable         uintptr
	avPacketMakeRefcounted       uintptr
	avNewPacket                  uintptr
	avShrinkPacket               uintptr
	avPacketNewSideData          uintptr
	avPacketGetSideData          uintptr
	avPacketFreeSideData         uintptr
	avPacketSideDataName         uintptr
	avcodecParametersAlloc       uintptr
	avcodecParametersFree        uintptr
	avcodecParametersCopy        uintptr
	avcodecParametersFromContext uintptr
	avcodecParametersToContext   uintptr
	avcodecGetName               uintptr
	avcodecGetType               uintptr
	avcodecProfileName           uintptr
	avcodecDescriptorGet         uintptr
	avcodecDescriptorGetByName   uintptr
	avcodecDescriptorNext        uintptr
	avcodecFindDecoder           uintptr
	avcodecFindDecoderByName     uintptr
	avcodecFindEncoder           uintptr
	avcodecFindEncoderByName     uintptr
	avCodecIterate               uintptr
	avCodecIsEncoder             uintptr
	avCodecIsDecoder             uintptr
	avcodecAllocContext3         uintptr
	avcodecFreeContext           uintptr
	avcodecOpen2                 uintptr
	avcodecSendPacket            uintptr
	avcodecReceiveFrame          uintptr
	avcodecSendFrame             uintptr
	avcodecReceivePacket         uintptr
	avcodecFlushBuffers          uintptr
	avcodecAlignDimensions2      uintptr
	avBsfGetByName               uintptr
	avBsfAlloc                   uintptr
	avBsfInit                    uintptr
	avBsfSendPacket              uintptr
	avBsfReceivePacket           uintptr
	avBsfFlush                   uintptr
	avBsfFree                    uintptr
	avBsfListParseStr            uintptr
	avBsfIterate                 uintptr
	avPacketSideDataGet          uintptr // 60 on
	avPacketSideDataAdd          uintptr // 60 on
	avPacketSideDataNew          uintptr // 60 on
	avPacketSideDataRemove       uintptr // 60 on
	avcodecGetSupportedConfig    uintptr // 61 on
	// libavutil
	avutilVersion                   uintptr
	avVersionInfo                   uintptr
	avMalloc                        uintptr
	avMallocz                       uintptr
	avFree                          uintptr
	avFreep                         uintptr
	avStrdup                        uintptr
	avStrerror                      uintptr
	avLogSetCallback                uintptr
	avLogGetLevel                   uintptr
	avLogSetLevel                   uintptr
	avLogDefaultCallback            uintptr
	avLogFormatLine2                uintptr
	avDictGet                       uintptr
	avDictSet                       uintptr
	avDictCount                     uintptr
	avDictCopy                      uintptr
	avDictFree                      uintptr
	avOptFind                       uintptr
	avOptSet                        uintptr
	avOptSetInt                     uintptr
	avOptSetQ                       uintptr
	avOptGet                        uintptr
	avOptGetInt                     uintptr
	avFrameAlloc                    uintptr
	avFrameFree                     uintptr
	avFrameRef                      uintptr
	avFrameUnref                    uintptr
	avFrameMoveRef                  uintptr
	avFrameCopy                     uintptr
	avFrameCopyProps                uintptr
	avFrameGetBuffer                uintptr
	avFrameIsWritable               uintptr
	avFrameMakeWritable             uintptr
	avFrameGetSideData              uintptr
	avFrameNewSideData              uintptr
	avFrameRemoveSideData           uintptr
	avFrameSideDataName             uintptr
	avFrameApplyCropping            uintptr
	avGetPixFmt                     uintptr
	avGetPixFmtName                 uintptr
	avPixFmtDescGet                 uintptr
	avPixFmtDescNext                uintptr
	avPixFmtDescGetId               uintptr
	avGetSampleFmt                  uintptr
	avGetSampleFmtName              uintptr
	avGetMediaTypeString            uintptr
	avGetPictureTypeChar            uintptr
	avImageAlloc                    uintptr
	avImageCopy                     uintptr
	avImageCopyToBuffer             uintptr
	avImageFillArrays               uintptr
	avImageFillLinesizes            uintptr
	avImageFillPointers             uintptr
	avImageGetBufferSize            uintptr
	avColorRangeName                uintptr
	avColorPrimariesName            uintptr
	avColorTransferName             uintptr
	avColorSpaceName                uintptr
	avChromaLocationName            uintptr
	avMasteringDisplayMetadataAlloc uintptr
	avContentLightMetadataAlloc     uintptr
	avBufferRef                     uintptr
	avBufferUnref                   uintptr
	avGetCpuFlags                   uintptr
	avForceCpuFlags                 uintptr
	avFrameReplace                  uintptr // 60 on
	avChannelLayoutDefault          uintptr // 59 on
	avChannelLayoutCopy             uintptr // 59 on
	avChannelLayoutUninit           uintptr // 59 on
	avChannelLayoutFromMask         uintptr // 59 on
	avChannelLayoutDescribe         uintptr // 59 on
	avGetDefaultChannelLayout       uintptr // 58 to 60
	avImageFillPlaneSizes           uintptr
	avDictIterate                   uintptr // 60 on
	// libswscale
	swscaleVersion          uintptr
	swsAllocContext         uintptr
	swsInitContext          uintptr
	swsGetContext           uintptr
	swsGetCachedContext     uintptr
	swsFreeContext          uintptr
	swsScale                uintptr
	swsSetColorspaceDetails uintptr
	swsGetCoefficients      uintptr
	swsIsSupportedInput     uintptr
	swsIsSupportedOutput    uintptr
	swsScaleFrame           uintptr // 59 on
}

// find fills the table. It reads as a list of what FFmpeg must have.
func (f *functions) find(s *abi.Symbols) {
	// libavformat
	f.avformatVersion = s.Need("avformat_version")
	f.avformatConfiguration = s.Need("avformat_configuration")
	f.avformatLicense = s.Need("avformat_license")
	f.avformatAllocContext = s.Need("avformat_alloc_context")
	f.avformatFreeContext = s.Need("avformat_free_context")
	f.avformatOpenInput = s.Need("avformat_open_input")
	f.avformatFindStreamInfo = s.Need("avformat_find_stream_info")
	f.avformatCloseInput = s.Need("avformat_close_input")
	f.avformatNewStream = s.Need("avformat_new_stream")
	f.avformatFlush = s.Need("avformat_flush")
	f.avReadFrame = s.Need("av_read_frame")
	f.avSeekFrame = s.Need("av_seek_frame")
	f.avformatSeekFile = s.Need("avformat_seek_file")
	f.avFindBestStream = s.Need("av_find_best_stream")
	f.avGuessFrameRate = s.Need("av_guess_frame_rate")
	f.avGuessSampleAspectRatio = s.Need("av_guess_sample_aspect_ratio")
	f.avFindInputFormat = s.Need("av_find_input_format")
	f.avGuessFormat = s.Need("av_guess_format")
	f.avGuessCodec = s.Need("av_guess_codec")
	f.avformatQueryCodec = s.Need("avformat_query_codec")
	f.avformatAllocOutputContext2 = s.Need("avformat_alloc_output_context2")
	f.avformatWriteHeader = s.Need("avformat_write_header")
	f.avWriteFrame = s.Need("av_write_frame")
	f.avInterleavedWriteFrame = s.Need("av_interleaved_write_frame")
	f.avWriteTrailer = s.Need("av_write_trailer")
	f.avioAllocContext = s.Need("avio_alloc_context")
	f.avioContextFree = s.Need("avio_context_free")
	f.avioOpen2 = s.Need("avio_open2")
	f.avioClosep = s.Need("avio_closep")
	f.avioFlush = s.Need("avio_flush")
	f.avioSize = s.Need("avio_size")
	f.avioSeek = s.Need("avio_seek")
	f.avDemuxerIterate = s.Need("av_demuxer_iterate")
	f.avMuxerIterate = s.Need("av_muxer_iterate")
	f.avCodecGetTag = s.Need("av_codec_get_tag")
	f.avioEnumProtocols = s.Need("avio_enum_protocols")
	f.avIndexSearchTimestamp = s.Need("av_index_search_timestamp")
	f.avformatIndexGetEntriesCount = s.Want("avformat_index_get_entries_count")
	f.avformatIndexGetEntry = s.Want("avformat_index_get_entry")
	f.avformatIndexGetEntryFromTimestamp = s.Want("avformat_index_get_entry_from_timestamp")
	f.avStreamGetSideData = s.Want("av_stream_get_side_data")
	f.avStreamAddSideData = s.Want("av_stream_add_side_data")
	// libavcodec
	f.avcodecVersion = s.Need("avcodec_version")
	f.avPacketAlloc = s.Need("av_packet_alloc")
	f.avPacketFree = s.Need("av_packet_free")
	f.avPacketRef = s.Need("av_packet_ref")
	f.avPacketUnref = s.Need("av_packet_unref")
	f.avPacketMoveRef = s.Need("av_packet_move_ref")
	f.avPacketCopyProps = s.Need("av_packet_copy_props")
	f.avPacketMakeWritable = s.Need("av_packet_make_writable")
	f.avPacketMakeRefcounted = s.Need("av_packet_make_refcounted")
	f.avNewPacket = s.Need("av_new_packet")
	f.avShrinkPacket = s.Need("av_shrink_packet")
	f.avPacketNewSideData = s.Need("av_packet_new_side_data")
	f.avPacketGetSideData = s.Need("av_packet_get_side_data")
	f.avPacketFreeSideData = s.Need("av_packet_free_side_data")
	f.avPacketSideDataName = s.Need("av_packet_side_data_name")
	f.avcodecParametersAlloc = s.Need("avcodec_parameters_alloc")
	f.avcodecParametersFree = s.Need("avcodec_parameters_free")
	f.avcodecParametersCopy = s.Need("avcodec_parameters_copy")
	f.avcodecParametersFromContext = s.Need("avcodec_parameters_from_context")
	f.avcodecParametersToContext = s.Need("avcodec_parameters_to_context")
	f.avcodecGetName = s.Need("avcodec_get_name")
	f.avcodecGetType = s.Need("avcodec_get_type")
	f.avcodecProfileName = s.Need("avcodec_profile_name")
	f.avcodecDescriptorGet = s.Need("avcodec_descriptor_get")
	f.avcodecDescriptorGetByName = s.Need("avcodec_descriptor_get_by_name")
	f.avcodecDescriptorNext = s.Need("avcodec_descriptor_next")
	f.avcodecFindDecoder = s.Need("avcodec_find_decoder")
	f.avcodecFindDecoderByName = s.Need("avcodec_find_decoder_by_name")
	f.avcodecFindEncoder = s.Need("avcodec_find_encoder")
	f.avcodecFindEncoderByName = s.Need("avcodec_find_encoder_by_name")
	f.avCodecIterate = s.Need("av_codec_iterate")
	f.avCodecIsEncoder = s.Need("av_codec_is_encoder")
	f.avCodecIsDecoder = s.Need("av_codec_is_decoder")
	f.avcodecAllocContext3 = s.Need("avcodec_alloc_context3")
	f.avcodecFreeContext = s.Need("avcodec_free_context")
	f.avcodecOpen2 = s.Need("avcodec_open2")
	f.avcodecSendPacket = s.Need("avcodec_send_packet")
	f.avcodecReceiveFrame = s.Need("avcodec_receive_frame")
	f.avcodecSendFrame = s.Need("avcodec_send_frame")
	f.avcodecReceivePacket = s.Need("avcodec_receive_packet")
	f.avcodecFlushBuffers = s.Need("avcodec_flush_buffers")
	f.avcodecAlignDimensions2 = s.Need("avcodec_align_dimensions2")
	f.avBsfGetByName = s.Need("av_bsf_get_by_name")
	f.avBsfAlloc = s.Need("av_bsf_alloc")
	f.avBsfInit = s.Need("av_bsf_init")
	f.avBsfSendPacket = s.Need("av_bsf_send_packet")
	f.avBsfReceivePacket = s.Need("av_bsf_receive_packet")
	f.avBsfFlush = s.Need("av_bsf_flush")
	f.avBsfFree = s.Need("av_bsf_free")
	f.avBsfListParseStr = s.Need("av_bsf_list_parse_str")
	f.avBsfIterate = s.Need("av_bsf_iterate")
	f.avPacketSideDataGet = s.Want("av_packet_side_data_get")
	f.avPacketSideDataAdd = s.Want("av_packet_side_data_add")
	f.avPacketSideDataNew = s.Want("av_packet_side_data_new")
	f.avPacketSideDataRemove = s.Want("av_packet_side_data_remove")
	f.avcodecGetSupportedConfig = s.Want("avcodec_get_supported_config")
	// libavutil
	f.avutilVersion = s.Need("avutil_version")
	f.avVersionInfo = s.Need("av_version_info")
	f.avMalloc = s.Need("av_malloc")
	f.avMallocz = s.Need("av_mallocz")
	f.avFree = s.Need("av_free")
	f.avFreep = s.Need("av_freep")
	f.avStrdup = s.Need("av_strdup")
	f.avStrerror = s.Need("av_strerror")
	f.avLogSetCallback = s.Need("av_log_set_callback")
	f.avLogGetLevel = s.Need("av_log_get_level")
	f.avLogSetLevel = s.Need("av_log_set_level")
	f.avLogDefaultCallback = s.Need("av_log_default_callback")
	f.avLogFormatLine2 = s.Need("av_log_format_line2")
	f.avDictGet = s.Need("av_dict_get")
	f.avDictSet = s.Need("av_dict_set")
	f.avDictCount = s.Need("av_dict_count")
	f.avDictCopy = s.Need("av_dict_copy")
	f.avDictFree = s.Need("av_dict_free")
	f.avOptFind = s.Need("av_opt_find")
	f.avOptSet = s.Need("av_opt_set")
	f.avOptSetInt = s.Need("av_opt_set_int")
	f.avOptSetQ = s.Need("av_opt_set_q")
	f.avOptGet = s.Need("av_opt_get")
	f.avOptGetInt = s.Need("av_opt_get_int")
	f.avFrameAlloc = s.Need("av_frame_alloc")
	f.avFrameFree = s.Need("av_frame_free")
	f.avFrameRef = s.Need("av_frame_ref")
	f.avFrameUnref = s.Need("av_frame_unref")
	f.avFrameMoveRef = s.Need("av_frame_move_ref")
	f.avFrameCopy = s.Need("av_frame_copy")
	f.avFrameCopyProps = s.Need("av_frame_copy_props")
	f.avFrameGetBuffer = s.Need("av_frame_get_buffer")
	f.avFrameIsWritable = s.Need("av_frame_is_writable")
	f.avFrameMakeWritable = s.Need("av_frame_make_writable")
	f.avFrameGetSideData = s.Need("av_frame_get_side_data")
	f.avFrameNewSideData = s.Need("av_frame_new_side_data")
	f.avFrameRemoveSideData = s.Need("av_frame_remove_side_data")
	f.avFrameSideDataName = s.Need("av_frame_side_data_name")
	f.avFrameApplyCropping = s.Need("av_frame_apply_cropping")
	f.avGetPixFmt = s.Need("av_get_pix_fmt")
	f.avGetPixFmtName = s.Need("av_get_pix_fmt_name")
	f.avPixFmtDescGet = s.Need("av_pix_fmt_desc_get")
	f.avPixFmtDescNext = s.Need("av_pix_fmt_desc_next")
	f.avPixFmtDescGetId = s.Need("av_pix_fmt_desc_get_id")
	f.avGetSampleFmt = s.Need("av_get_sample_fmt")
	f.avGetSampleFmtName = s.Need("av_get_sample_fmt_name")
	f.avGetMediaTypeString = s.Need("av_get_media_type_string")
	f.avGetPictureTypeChar = s.Need("av_get_picture_type_char")
	f.avImageAlloc = s.Need("av_image_alloc")
	f.avImageCopy = s.Need("av_image_copy")
	f.avImageCopyToBuffer = s.Need("av_image_copy_to_buffer")
	f.avImageFillArrays = s.Need("av_image_fill_arrays")
	f.avImageFillLinesizes = s.Need("av_image_fill_linesizes")
	f.avImageFillPointers = s.Need("av_image_fill_pointers")
	f.avImageGetBufferSize = s.Need("av_image_get_buffer_size")
	f.avColorRangeName = s.Need("av_color_range_name")
	f.avColorPrimariesName = s.Need("av_color_primaries_name")
	f.avColorTransferName = s.Need("av_color_transfer_name")
	f.avColorSpaceName = s.Need("av_color_space_name")
	f.avChromaLocationName = s.Need("av_chroma_location_name")
	f.avMasteringDisplayMetadataAlloc = s.Need("av_mastering_display_metadata_alloc")
	f.avContentLightMetadataAlloc = s.Need("av_content_light_metadata_alloc")
	f.avBufferRef = s.Need("av_buffer_ref")
	f.avBufferUnref = s.Need("av_buffer_unref")
	f.avGetCpuFlags = s.Need("av_get_cpu_flags")
	f.avForceCpuFlags = s.Need("av_force_cpu_flags")
	f.avFrameReplace = s.Want("av_frame_replace")
	f.avChannelLayoutDefault = s.Want("av_channel_layout_default")
	f.avChannelLayoutCopy = s.Want("av_channel_layout_copy")
	f.avChannelLayoutUninit = s.Want("av_channel_layout_uninit")
	f.avChannelLayoutFromMask = s.Want("av_channel_layout_from_mask")
	f.avChannelLayoutDescribe = s.Want("av_channel_layout_describe")
	f.avGetDefaultChannelLayout = s.Want("av_get_default_channel_layout")
	f.avImageFillPlaneSizes = s.Want("av_image_fill_plane_sizes")
	f.avDictIterate = s.Want("av_dict_iterate")
	// libswscale
	f.swscaleVersion = s.Want("swscale_version")
	f.swsAllocContext = s.Want("sws_alloc_context")
	f.swsInitContext = s.Want("sws_init_context")
	f.swsGetContext = s.Want("sws_getContext")
	f.swsGetCachedContext = s.Want("sws_getCachedContext")
	f.swsFreeContext = s.Want("sws_freeContext")
	f.swsScale = s.Want("sws_scale")
	f.swsSetColorspaceDetails = s.Want("sws_setColorspaceDetails")
	f.swsGetCoefficients = s.Want("sws_getCoefficients")
	f.swsIsSupportedInput = s.Want("sws_isSupportedInput")
	f.swsIsSupportedOutput = s.Want("sws_isSupportedOutput")
	f.swsScaleFrame = s.Want("sws_scale_frame")
}
