// The presets' configurations. NVIDIA publishes what they mean, not their numbers: these
// have its structure (which tunings have B pictures, multiple passes, which rate
// control) and plausible numbers.
#include "nvenc.h"

static void codec_config(const struct session *s, int codec, int preset, int tuning, struct n_config *c) {
	int pyramid = tuning == NV_ENC_TUNING_INFO_HIGH_QUALITY && preset >= 5 ? NV_ENC_BFRAME_REF_MODE_MIDDLE : NV_ENC_BFRAME_REF_MODE_DISABLED;
	if (codec == ENC_H264) {
		struct n_config_h264 *h = &c->encodeCodecConfig.h264Config;
		h->idrPeriod = c->gopLength;
		h->sliceMode = 3;
		h->sliceModeData = 1;
		h->chromaFormatIDC = 1;
		h->entropyCodingMode = preset >= 2 ? NV_ENC_H264_ENTROPY_CODING_MODE_CABAC : NV_ENC_H264_ENTROPY_CODING_MODE_CAVLC;
		h->adaptiveTransformMode = NV_ENC_H264_ADAPTIVE_TRANSFORM_AUTOSELECT;
		h->maxNumRefFrames = 0;
		h->useBFramesAsRef = (uint32_t)pyramid;
		h->qpPrimeYZeroTransformBypassFlag = tuning == NV_ENC_TUNING_INFO_LOSSLESS;
		if (s->api >= API_12_2)
			h->inputBitDepth = h->outputBitDepth = NV_ENC_BIT_DEPTH_8;
		h->h264VUIParameters.videoFormat = 5;
	} else if (codec == ENC_HEVC) {
		struct n_config_hevc *h = &c->encodeCodecConfig.hevcConfig;
		h->idrPeriod = c->gopLength;
		h->sliceMode = 3;
		h->sliceModeData = 1;
		h->chromaFormatIDC = 1;
		h->useBFramesAsRef = (uint32_t)pyramid;
		if (s->api >= API_12_2)
			h->inputBitDepth = h->outputBitDepth = NV_ENC_BIT_DEPTH_8;
		if (tuning == NV_ENC_TUNING_INFO_ULTRA_HIGH_QUALITY)
			h->tfLevel = NV_ENC_TEMPORAL_FILTER_LEVEL_4;
		h->hevcVUIParameters.videoFormat = 5;
	} else {
		struct n_config_av1 *a = &c->encodeCodecConfig.av1Config;
		a->level = NV_ENC_LEVEL_AV1_AUTOSELECT;
		a->idrPeriod = c->gopLength;
		a->chromaFormatIDC = 1;
		a->colorPrimaries = a->transferCharacteristics = a->matrixCoefficients = 2;
		a->useBFramesAsRef = (uint32_t)pyramid;
		if (s->api >= API_12_2)
			a->inputBitDepth = a->outputBitDepth = NV_ENC_BIT_DEPTH_8;
		if (tuning == NV_ENC_TUNING_INFO_ULTRA_HIGH_QUALITY && s->api >= API_13_0)
			a->tfLevel = NV_ENC_TEMPORAL_FILTER_LEVEL_4;
	}
}

void preset_config(const struct session *s, int codec, int preset, int tuning, struct n_config *c) {
	int low = tuning == NV_ENC_TUNING_INFO_LOW_LATENCY || tuning == NV_ENC_TUNING_INFO_ULTRA_LOW_LATENCY;
	memset(c, 0, sizeof *c);
	c->profileGUID = (GUID)NV_ENC_CODEC_PROFILE_AUTOSELECT_GUID;
	c->gopLength = low ? NV_ENC_INFINITE : 250;
	c->frameIntervalP = !low && preset >= 3 ? (codec == ENC_H264 ? 3 : 4) : 1;
	if (tuning == NV_ENC_TUNING_INFO_ULTRA_HIGH_QUALITY)
		c->frameIntervalP = 5;
	c->frameFieldMode = NV_ENC_PARAMS_FRAME_FIELD_MODE_FRAME;
	c->mvPrecision = NV_ENC_MV_PRECISION_QUARTER_PEL;
	struct n_rc_params *r = &c->rcParams;
	r->version = nvenc_apis[s->api].rc_version;
	r->rateControlMode = low ? NV_ENC_PARAMS_RC_CBR : NV_ENC_PARAMS_RC_VBR;
	r->constQP.qpInterP = codec == ENC_AV1 ? 112 : 28;
	r->constQP.qpInterB = codec == ENC_AV1 ? 124 : 31;
	r->constQP.qpIntra = codec == ENC_AV1 ? 100 : 25;
	r->averageBitRate = 5000000;
	r->maxBitRate = low ? 0 : 10000000;
	if (preset >= 5)
		r->multiPass = preset == 7 && !low ? NV_ENC_TWO_PASS_FULL_RESOLUTION : NV_ENC_TWO_PASS_QUARTER_RESOLUTION;
	if (tuning == NV_ENC_TUNING_INFO_ULTRA_LOW_LATENCY)
		r->lowDelayKeyFrameScale = 1;
	if (tuning == NV_ENC_TUNING_INFO_LOW_LATENCY || tuning == NV_ENC_TUNING_INFO_ULTRA_LOW_LATENCY)
		r->zeroReorderDelay = 1;
	if (tuning == NV_ENC_TUNING_INFO_ULTRA_HIGH_QUALITY) {
		r->enableLookahead = 1;
		r->lookaheadDepth = 16;
		r->enableAQ = 1;
	}
	if (tuning == NV_ENC_TUNING_INFO_LOSSLESS) {
		r->rateControlMode = NV_ENC_PARAMS_RC_CONSTQP;
		memset(&r->constQP, 0, sizeof r->constQP);
		r->averageBitRate = r->maxBitRate = 0;
		r->multiPass = 0;
	}
	codec_config(s, codec, preset, tuning, c);
}
