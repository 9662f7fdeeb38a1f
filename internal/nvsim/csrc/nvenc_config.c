// What a configuration must be like, and what it becomes for libavcodec.
#include "nvenc.h"

#define BAD_PARAM(...) return enc_error(s, NV_ENC_ERR_INVALID_PARAM, __VA_ARGS__)
#define NO_SUPPORT(...) return enc_error(s, NV_ENC_ERR_UNSUPPORTED_PARAM, __VA_ARGS__)

int config_chroma(const struct n_config *c, int codec) {
	const struct n_codec_config *k = &c->encodeCodecConfig;
	return (int)(codec == ENC_H264 ? k->h264Config.chromaFormatIDC : codec == ENC_HEVC ? k->hevcConfig.chromaFormatIDC : k->av1Config.chromaFormatIDC);
}

// config_depth finds the bit depths, which are not where they were before 12.2.
void config_depth(const struct session *s, const struct n_config *c, int codec, int *in, int *out) {
	const struct n_codec_config *k = &c->encodeCodecConfig;
	uint32_t i = 8, o = 8;
	if (s->api >= API_12_2) {
		i = codec == ENC_H264 ? k->h264Config.inputBitDepth : codec == ENC_HEVC ? k->hevcConfig.inputBitDepth : k->av1Config.inputBitDepth;
		o = codec == ENC_H264 ? k->h264Config.outputBitDepth : codec == ENC_HEVC ? k->hevcConfig.outputBitDepth : k->av1Config.outputBitDepth;
	} else if (codec == ENC_HEVC)
		i = o = k->hevcConfig.pixelBitDepthMinus8 + 8;
	else if (codec == ENC_AV1) {
		i = k->av1Config.inputPixelBitDepthMinus8 + 8;
		o = k->av1Config.pixelBitDepthMinus8 + 8;
	}
	*in = (int)i, *out = (int)o;
}

static NVENCSTATUS check_size(struct session *s, const struct n_initialize_params *p, int codec, int chroma) {
	uint32_t w = p->encodeWidth, h = p->encodeHeight;
	uint32_t max_w = (uint32_t)caps_value(s, codec, NV_ENC_CAPS_WIDTH_MAX), max_h = (uint32_t)caps_value(s, codec, NV_ENC_CAPS_HEIGHT_MAX);
	if (w < (uint32_t)caps_value(s, codec, NV_ENC_CAPS_WIDTH_MIN) || h < (uint32_t)caps_value(s, codec, NV_ENC_CAPS_HEIGHT_MIN))
		BAD_PARAM("%ux%u is below the minimum", w, h);
	if (w > max_w || h > max_h || p->maxEncodeWidth > max_w || p->maxEncodeHeight > max_h || ALIGN(w, 16) / 16 * (ALIGN(h, 16) / 16) > (uint32_t)caps_value(s, codec, NV_ENC_CAPS_MB_NUM_MAX))
		BAD_PARAM("%ux%u is above the maximum", w, h);
	if ((p->maxEncodeWidth && p->maxEncodeWidth < w) || (p->maxEncodeHeight && p->maxEncodeHeight < h))
		BAD_PARAM("%ux%u is above maxEncodeWidth and maxEncodeHeight", w, h);
	if ((chroma != 3 && w % 2) || (chroma == 1 && h % 2))
		BAD_PARAM("%ux%u is odd", w, h);
	if (!p->frameRateNum || !p->frameRateDen)
		BAD_PARAM("the frame rate is %u/%u", p->frameRateNum, p->frameRateDen);
	return NV_ENC_SUCCESS;
}

static NVENCSTATUS check_init(struct session *s, const struct n_initialize_params *p, const struct n_config *c, int codec) {
	if (!caps_preset(p->presetGUID))
		BAD_PARAM("the preset GUID is not known");
	if (p->tuningInfo < NV_ENC_TUNING_INFO_HIGH_QUALITY || p->tuningInfo > (s->api >= API_12_2 ? NV_ENC_TUNING_INFO_ULTRA_HIGH_QUALITY : NV_ENC_TUNING_INFO_LOSSLESS))
		BAD_PARAM("tuningInfo is %u", p->tuningInfo);
	if (p->tuningInfo == NV_ENC_TUNING_INFO_ULTRA_HIGH_QUALITY && (codec == ENC_H264 || (codec == ENC_AV1 && s->api < API_13_0)))
		NO_SUPPORT("ultra high quality is for HEVC, and from 13.0 for AV1");
	if (p->enableEncodeAsync)
		NO_SUPPORT("asynchronous encoding is for Windows");
	if (p->enableSubFrameWrite || p->enableMEOnlyMode || p->enableExternalMEHints || p->enableOutputInVidmem || p->enableReconFrameOutput || p->enableOutputStats ||
		p->numStateBuffers || p->enableUniDirectionalB || p->privDataSize || p->privData)
		NO_SUPPORT("a feature of NV_ENC_INITIALIZE_PARAMS is not supported by this GPU");
	if (p->splitEncodeMode > 4 && p->splitEncodeMode != 15)
		BAD_PARAM("splitEncodeMode is %u", p->splitEncodeMode);
	if (p->splitEncodeMode >= 1 && p->splitEncodeMode <= 4 && (codec == ENC_H264 || p->enableWeightedPrediction))
		NO_SUPPORT("split encoding is for HEVC and AV1, without weighted prediction");
	if (p->enableWeightedPrediction && (!caps_value(s, codec, NV_ENC_CAPS_SUPPORT_WEIGHTED_PREDICTION) || c->frameIntervalP > 1))
		NO_SUPPORT("weighted prediction is not supported, or B pictures are on");
	return NV_ENC_SUCCESS;
}

static NVENCSTATUS check_rc(struct session *s, const struct n_initialize_params *p, const struct n_config *c, int codec) {
	const struct n_rc_params *r = &c->rcParams;
	uint32_t top = codec == ENC_AV1 ? 255 : 51, m = r->rateControlMode;
	if (r->version && r->version != nvenc_apis[s->api].rc_version)
		return enc_error(s, NV_ENC_ERR_INVALID_VERSION, "rcParams has the version %#x", r->version);
	int legacy = m == 4 || m == 8 || m == 16 || m == 32;
	if (m > 2 && !(legacy && s->api < API_12_1))
		BAD_PARAM("rateControlMode is %u", m);
	const struct n_qp *q[] = {&r->constQP, &r->minQP, &r->maxQP, &r->initialRCQP};
	int on[] = {m == 0, (int)r->enableMinQP, (int)r->enableMaxQP, (int)r->enableInitialRCQP};
	for (int i = 0; i < LEN(q); i++)
		if (on[i] && (q[i]->qpInterP > top || q[i]->qpInterB > top || q[i]->qpIntra > top))
			BAD_PARAM("a QP is above %u", top);
	if (r->enableMinQP && r->enableMaxQP && r->minQP.qpInterP > r->maxQP.qpInterP)
		BAD_PARAM("minQP is above maxQP");
	if (m == NV_ENC_PARAMS_RC_VBR && r->maxBitRate && r->averageBitRate > r->maxBitRate)
		BAD_PARAM("averageBitRate is above maxBitRate");
	if (r->enableLookahead && !caps_value(s, codec, NV_ENC_CAPS_SUPPORT_LOOKAHEAD))
		NO_SUPPORT("lookahead is not supported");
	if (r->enableLookahead && r->lookaheadDepth > 31 - MAX(0, c->frameIntervalP - 1))
		BAD_PARAM("lookaheadDepth is %u, of at most 31 less the B pictures", r->lookaheadDepth);
	if (r->enableTemporalAQ && !caps_value(s, codec, NV_ENC_CAPS_SUPPORT_TEMPORAL_AQ))
		NO_SUPPORT("temporal AQ is not supported");
	if (r->multiPass > 2 || r->qpMapMode > 3)
		BAD_PARAM("multiPass is %u, qpMapMode %u", r->multiPass, r->qpMapMode);
	if (r->qpMapMode == NV_ENC_QP_MAP_EMPHASIS && !caps_value(s, codec, NV_ENC_CAPS_SUPPORT_EMPHASIS_LEVEL_MAP))
		NO_SUPPORT("emphasis maps are not supported");
	if (r->targetQuality > (codec == ENC_AV1 ? 63 : 51))
		BAD_PARAM("targetQuality is %u", r->targetQuality);
	if ((r->vbvBufferSize || r->vbvInitialDelay) && !caps_value(s, codec, NV_ENC_CAPS_SUPPORT_CUSTOM_VBV_BUF_SIZE))
		NO_SUPPORT("VBV sizes are not supported");
	if (r->vbvInitialDelay > r->vbvBufferSize && r->vbvBufferSize)
		BAD_PARAM("vbvInitialDelay is above vbvBufferSize");
	if (p->tuningInfo == NV_ENC_TUNING_INFO_LOSSLESS && (m != NV_ENC_PARAMS_RC_CONSTQP || r->constQP.qpInterP || r->constQP.qpInterB || r->constQP.qpIntra))
		BAD_PARAM("lossless tuning needs constant QP 0");
	return NV_ENC_SUCCESS;
}

static NVENCSTATUS check_gop(struct session *s, const struct n_config *c, int codec, uint32_t ref_mode, int ltr, uint32_t nltr, int refresh, uint32_t period, uint32_t count) {
	if (c->frameIntervalP < 0 || c->frameIntervalP > caps_value(s, codec, NV_ENC_CAPS_NUM_MAX_BFRAMES) + 1)
		BAD_PARAM("frameIntervalP is %d", c->frameIntervalP);
	if (!c->gopLength || (c->gopLength == NV_ENC_INFINITE && c->frameIntervalP > 1))
		BAD_PARAM("gopLength is %u with frameIntervalP %d", c->gopLength, c->frameIntervalP);
	if (c->frameFieldMode != NV_ENC_PARAMS_FRAME_FIELD_MODE_FRAME)
		NO_SUPPORT("frameFieldMode is %u", c->frameFieldMode);
	if (c->monoChromeEncoding)
		NO_SUPPORT("monochrome encoding is not supported");
	if (c->mvPrecision > 3)
		BAD_PARAM("mvPrecision is %u", c->mvPrecision);
	if (!caps_profile(s, codec, c->profileGUID))
		BAD_PARAM("the profile GUID is not supported");
	int modes = caps_value(s, codec, NV_ENC_CAPS_SUPPORT_BFRAME_REF_MODE);
	// Each mode is its own bit in the capability.
	if (ref_mode > 4 || ref_mode == 3 || (ref_mode & (uint32_t)~modes))
		NO_SUPPORT("useBFramesAsRef is %u", ref_mode);
	if (ref_mode == NV_ENC_BFRAME_REF_MODE_HIERARCHICAL && (c->frameIntervalP < 2 || (c->frameIntervalP & (c->frameIntervalP - 1))))
		BAD_PARAM("a hierarchy of B pictures with frameIntervalP %d", c->frameIntervalP);
	if (ltr && nltr > (uint32_t)caps_value(s, codec, NV_ENC_CAPS_NUM_MAX_LTR_FRAMES))
		BAD_PARAM("ltrNumFrames is %u", nltr);
	if (refresh && (!caps_value(s, codec, NV_ENC_CAPS_SUPPORT_INTRA_REFRESH) || c->frameIntervalP > 1))
		NO_SUPPORT("intra refresh is not supported, or B pictures are on");
	if (refresh && (count == 0 || period <= count))
		BAD_PARAM("intraRefreshCnt is %u of %u", count, period);
	return NV_ENC_SUCCESS;
}

static NVENCSTATUS check_slices(struct session *s, const struct n_initialize_params *p, uint32_t mode, uint32_t data, uint32_t block) {
	uint32_t rows = ALIGN(p->encodeHeight, block) / block, all = rows * (ALIGN(p->encodeWidth, block) / block);
	if (mode > 3 || (mode == 3 && data > rows) || (mode == 2 && data > rows) || (mode == 0 && data > all))
		BAD_PARAM("sliceMode is %u, sliceModeData %u", mode, data);
	if (mode == 1 && nvsim_env_int("NVSIM_DRIVER", 13000) >= 13010)
		NO_SUPPORT("slices by bytes are not supported by this driver");
	return NV_ENC_SUCCESS;
}

static NVENCSTATUS check_format(struct session *s, const struct n_config *c, int codec, int chroma, int in, int out) {
	if (chroma < 1 || chroma > 3)
		BAD_PARAM("chromaFormatIDC is %d", chroma);
	if ((chroma == 3 && !caps_value(s, codec, NV_ENC_CAPS_SUPPORT_YUV444_ENCODE)) || (chroma == 2 && !caps_value(s, codec, NV_ENC_CAPS_SUPPORT_YUV422_ENCODE)))
		NO_SUPPORT("chromaFormatIDC %d is not supported", chroma);
	if ((in != 8 && in != 10) || (out != 8 && out != 10) || out < in)
		BAD_PARAM("the bit depths are %d in, %d out", in, out);
	if (out == 10 && !caps_value(s, codec, NV_ENC_CAPS_SUPPORT_10BIT_ENCODE))
		NO_SUPPORT("10 bits are not supported");
	GUID g = c->profileGUID;
#define IS(name) (!memcmp(&g, &(GUID)name, sizeof g))
	if (IS(NV_ENC_CODEC_PROFILE_AUTOSELECT_GUID))
		return NV_ENC_SUCCESS;
	int most = 1, depth = 8; // what the profile can hold
	if (codec == ENC_H264) {
		most = IS(NV_ENC_H264_PROFILE_HIGH_444_GUID) ? 3 : IS(NV_ENC_H264_PROFILE_HIGH_422_GUID) ? 2 : 1;
		depth = IS(NV_ENC_H264_PROFILE_HIGH_10_GUID) || most > 1 ? 10 : 8;
		const struct n_config_h264 *h = &c->encodeCodecConfig.h264Config;
		if (IS(NV_ENC_H264_PROFILE_BASELINE_GUID) && (c->frameIntervalP > 1 || h->entropyCodingMode == NV_ENC_H264_ENTROPY_CODING_MODE_CABAC))
			BAD_PARAM("the baseline profile has no B pictures and no CABAC");
	} else if (codec == ENC_HEVC) {
		most = IS(NV_ENC_HEVC_PROFILE_FREXT_GUID) ? 3 : 1;
		depth = IS(NV_ENC_HEVC_PROFILE_MAIN_GUID) ? 8 : 10;
	} else
		depth = 10;
	if (chroma > most || out > depth)
		BAD_PARAM("the profile does not hold chromaFormatIDC %d at %d bits", chroma, out);
	return NV_ENC_SUCCESS;
}

static NVENCSTATUS check_h264(struct session *s, const struct n_initialize_params *p, const struct n_config *c) {
	const struct n_config_h264 *h = &c->encodeCodecConfig.h264Config;
	if (h->enableTemporalSVC || h->enableStereoMVC || h->hierarchicalPFrames || h->hierarchicalBFrames || h->outputFramePackingSEI || h->separateColourPlaneFlag ||
		h->fmoMode == NV_ENC_H264_FMO_ENABLE || h->stereoMode || h->spsId || h->ppsId || h->enableScalabilityInfoSEI)
		NO_SUPPORT("a feature of NV_ENC_CONFIG_H264 is not supported by this GPU");
	if (h->adaptiveTransformMode > 2 || h->bdirectMode > 3 || h->entropyCodingMode > 2 || h->disableDeblockingFilterIDC > 2 || h->numRefL0 > 7 || h->numRefL1 > 7 ||
		h->maxNumRefFrames > 16)
		BAD_PARAM("a field of NV_ENC_CONFIG_H264 is out of range");
	static const uint32_t levels[] = {0, 9, 10, 11, 12, 13, 20, 21, 22, 30, 31, 32, 40, 41, 42, 50, 51, 52, 60, 61, 62};
	int known = 0;
	for (int i = 0; i < LEN(levels); i++)
		known |= levels[i] == h->level;
	if (!known)
		BAD_PARAM("level is %u", h->level);
	NVENCSTATUS e = check_slices(s, p, h->sliceMode, h->sliceModeData, 16);
	return e ? e
		 : check_gop(s, c, ENC_H264, h->useBFramesAsRef, (int)h->enableLTR, h->ltrNumFrames, (int)h->enableIntraRefresh, h->intraRefreshPeriod, h->intraRefreshCnt);
}

static NVENCSTATUS check_hevc(struct session *s, const struct n_initialize_params *p, const struct n_config *c) {
	const struct n_config_hevc *h = &c->encodeCodecConfig.hevcConfig;
	if (h->enableAlphaLayerEncoding || h->enableTemporalSVC || h->enableMVHEVC || h->outputHevc3DReferenceDisplayInfo || h->vpsId || h->spsId || h->ppsId ||
		h->maxTemporalLayersMinus1 || h->numTemporalLayers > 1 || h->numViews > 1)
		NO_SUPPORT("a feature of NV_ENC_CONFIG_HEVC is not supported by this GPU");
	if (h->minCUSize > 4 || h->maxCUSize > 4 || (h->minCUSize && h->maxCUSize && h->minCUSize > h->maxCUSize) || h->tier > 1 || h->numRefL0 > 7 || h->numRefL1 > 7 ||
		h->maxNumRefFramesInDPB > 16 || (h->tfLevel && h->tfLevel != 4))
		BAD_PARAM("a field of NV_ENC_CONFIG_HEVC is out of range");
	if (h->tfLevel && c->frameIntervalP < 5)
		BAD_PARAM("the temporal filter needs frameIntervalP 5");
	if (h->level && (h->level % 3 || h->level < 30 || h->level > 186))
		BAD_PARAM("level is %u", h->level);
	NVENCSTATUS e = check_slices(s, p, h->sliceMode, h->sliceModeData, 32);
	return e ? e
		 : check_gop(s, c, ENC_HEVC, h->useBFramesAsRef, (int)h->enableLTR, h->ltrNumFrames, (int)h->enableIntraRefresh, h->intraRefreshPeriod, h->intraRefreshCnt);
}

static NVENCSTATUS check_av1(struct session *s, const struct n_config *c) {
	const struct n_config_av1 *a = &c->encodeCodecConfig.av1Config;
	if (a->outputAnnexBFormat || a->enableDecoderModelInfo || a->enableFrameIdNumbers || a->enableCustomTileConfig || a->enableFilmGrainParams || a->filmGrainParams ||
		a->enableTemporalSVC || a->maxTemporalLayersMinus1 || a->numTemporalLayers > 1)
		NO_SUPPORT("a feature of NV_ENC_CONFIG_AV1 is not supported by this GPU");
	if (a->level > 24 || a->tier > 1 || a->minPartSize > 5 || a->maxPartSize > 5 || a->colorRange > 1 || a->chromaSamplePosition > 2 || a->numFwdRefs > 4 || a->numBwdRefs > 3)
		BAD_PARAM("a field of NV_ENC_CONFIG_AV1 is out of range");
	if (a->numTileColumns > 64 || a->numTileRows > 64 || (a->numTileColumns & (a->numTileColumns - 1)) || (a->numTileRows & (a->numTileRows - 1)))
		BAD_PARAM("%u x %u tiles: powers of two", a->numTileColumns, a->numTileRows);
	return check_gop(s, c, ENC_AV1, a->useBFramesAsRef, (int)a->enableLTR, a->ltrNumFrames, (int)a->enableIntraRefresh, a->intraRefreshPeriod, a->intraRefreshCnt);
}

NVENCSTATUS config_check(const char *fn, struct session *s, const struct n_initialize_params *p, const struct n_config *c, int codec, struct av_enc_config *out) {
	int chroma = config_chroma(c, codec), in, depth;
	config_depth(s, c, codec, &in, &depth);
	NVENCSTATUS e = check_size(s, p, codec, chroma);
	if (!e)
		e = check_init(s, p, c, codec);
	if (!e)
		e = check_format(s, c, codec, chroma, in, depth);
	if (!e)
		e = codec == ENC_H264 ? check_h264(s, p, c) : codec == ENC_HEVC ? check_hevc(s, p, c) : check_av1(s, c);
	if (!e)
		e = check_rc(s, p, c, codec);
	if (!e && p->enablePTD > 1)
		e = enc_error(s, NV_ENC_ERR_INVALID_PARAM, "enablePTD is %u", p->enablePTD);
	if (!e && !p->enablePTD && c->frameIntervalP > 1)
		e = enc_error(s, NV_ENC_ERR_UNSUPPORTED_PARAM, "B pictures without enablePTD are not simulated");
	if (!e)
		config_convert(s, p, c, codec, depth, out);
	(void)fn;
	return e;
}
