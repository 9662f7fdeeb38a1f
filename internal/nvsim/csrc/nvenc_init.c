// A configuration for libavcodec, and the functions that take one: initialisation,
// reconfiguration, sequence parameters.
#include "nvenc.h"

static int reduced(uint64_t a, uint64_t b, int *num, int *den) {
	uint64_t x = a, y = b;
	while (y) {
		uint64_t t = x % y;
		x = y, y = t;
	}
	if (!x)
		x = 1;
	*num = (int)(a / x), *den = (int)(b / x);
	return a == b;
}

static int log2_of(uint32_t n) {
	int k = 0;
	while (n > 1)
		n /= 2, k++;
	return k;
}

static void convert_vui(const struct n_config_h264_vui_parameters *v, struct av_enc_config *o) {
	o->video_format = v->videoSignalTypePresentFlag ? (int)v->videoFormat : 5;
	o->full_range = v->videoSignalTypePresentFlag && v->videoFullRangeFlag;
	o->primaries = o->transfer = o->matrix = 2;
	if (v->videoSignalTypePresentFlag && v->colourDescriptionPresentFlag) {
		o->primaries = (int)v->colourPrimaries;
		o->transfer = (int)v->transferCharacteristics;
		o->matrix = (int)v->colourMatrix;
	}
	if (v->chromaSampleLocationFlag)
		o->chroma_loc = (int)v->chromaSampleLocationTop + 1;
	if (v->overscanInfoPresentFlag)
		o->overscan = v->overscanInfo ? 2 : 1;
}

static void convert_rc(const struct n_initialize_params *p, const struct n_rc_params *r, int codec, struct av_enc_config *o) {
	static const int modes[] = {[0] = ENC_CONSTQP, [1] = ENC_VBR, [2] = ENC_CBR, [4] = ENC_VBR, [8] = ENC_CBR, [16] = ENC_CBR, [32] = ENC_VBR};
	o->rc = modes[r->rateControlMode];
	o->qp_p = (int)r->constQP.qpInterP, o->qp_b = (int)r->constQP.qpInterB, o->qp_i = (int)r->constQP.qpIntra;
	o->qmin = r->enableMinQP ? (int)MIN(r->minQP.qpInterP, r->minQP.qpIntra) : -1;
	o->qmax = r->enableMaxQP ? (int)MAX(r->maxQP.qpInterP, r->maxQP.qpIntra) : -1;
	if (codec == ENC_AV1) {
		o->qmin = o->qmin < 0 ? -1 : o->qmin / 4;
		o->qmax = o->qmax < 0 ? -1 : MIN(63, (o->qmax + 3) / 4);
	}
	o->bitrate = r->averageBitRate;
	o->maxrate = r->maxBitRate;
	if (o->rc == ENC_VBR && r->targetQuality)
		o->quality = r->targetQuality + r->targetQualityLSB / 256.0;
	if (!o->bitrate) // the driver's own choice: a tenth of a bit for each pixel
		o->bitrate = MAX((int64_t)100000, (int64_t)p->encodeWidth * p->encodeHeight * p->frameRateNum / p->frameRateDen / 10);
	o->bufsize = r->vbvBufferSize;
	o->qpmap = r->qpMapMode != NV_ENC_QP_MAP_DISABLED;
}

static void convert_slices(const struct n_initialize_params *p, uint32_t mode, uint32_t data, int block, struct av_enc_config *o) {
	uint32_t cols = ALIGN(p->encodeWidth, (uint32_t)block) / (uint32_t)block, rows = ALIGN(p->encodeHeight, (uint32_t)block) / (uint32_t)block;
	if (!data)
		return;
	if (mode == 3)
		o->slices = (int)data;
	else if (mode == 2)
		o->slices = (int)((rows + data - 1) / data);
	else if (mode == 1)
		o->slice_bytes = (int)MAX(data, 100u);
	else if (data < cols * rows)
		o->slice_mbs = (int)data;
}

static void convert_h264(const struct n_initialize_params *p, const struct n_config *c, struct av_enc_config *o) {
	const struct n_config_h264 *h = &c->encodeCodecConfig.h264Config;
	GUID g = c->profileGUID;
	static const struct {
		GUID g;
		int profile;
	} profiles[] = {{NV_ENC_H264_PROFILE_BASELINE_GUID, 66}, {NV_ENC_H264_PROFILE_MAIN_GUID, 77}, {NV_ENC_H264_PROFILE_HIGH_GUID, 100},
		{NV_ENC_H264_PROFILE_PROGRESSIVE_HIGH_GUID, 100}, {NV_ENC_H264_PROFILE_CONSTRAINED_HIGH_GUID, 100}, {NV_ENC_H264_PROFILE_HIGH_10_GUID, 110},
		{NV_ENC_H264_PROFILE_HIGH_422_GUID, 122}, {NV_ENC_H264_PROFILE_HIGH_444_GUID, 244}};
	for (int i = 0; i < LEN(profiles); i++)
		if (!memcmp(&profiles[i].g, &g, sizeof g))
			o->profile = profiles[i].profile;
	o->lossless = p->tuningInfo == NV_ENC_TUNING_INFO_LOSSLESS || (h->qpPrimeYZeroTransformBypassFlag && o->rc == ENC_CONSTQP && !o->qp_p && !o->qp_i && !o->qp_b);
	if (o->lossless)
		o->profile = 244;
	o->cavlc = h->entropyCodingMode == NV_ENC_H264_ENTROPY_CODING_MODE_CAVLC || o->profile == 66;
	o->no_8x8 = h->adaptiveTransformMode == NV_ENC_H264_ADAPTIVE_TRANSFORM_DISABLE || o->profile == 66 || o->profile == 77;
	o->no_deblock = h->disableDeblockingFilterIDC == 1;
	o->constrained_intra = (int)h->useConstrainedIntraPred;
	o->level = (int)h->level;
	o->refs = (int)MAX(h->maxNumRefFrames, h->numRefL0);
	o->pyramid = h->useBFramesAsRef != NV_ENC_BFRAME_REF_MODE_DISABLED;
	o->filler = (int)h->enableFillerDataInsertion;
	o->pic_struct = (int)h->enableTimeCode;
	o->intra_refresh = h->enableIntraRefresh ? (int)h->intraRefreshPeriod : 0;
	convert_slices(p, h->sliceMode, h->sliceModeData, 16, o);
	convert_vui(&h->h264VUIParameters, o);
}

static void convert_hevc(const struct n_initialize_params *p, const struct n_config *c, struct av_enc_config *o) {
	const struct n_config_hevc *h = &c->encodeCodecConfig.hevcConfig;
	o->lossless = p->tuningInfo == NV_ENC_TUNING_INFO_LOSSLESS;
	o->no_deblock = h->disableDeblockingFilterIDC == 1;
	o->constrained_intra = (int)h->useConstrainedIntraPred;
	o->level = (int)h->level;
	o->tier = (int)h->tier;
	o->refs = (int)MAX(h->maxNumRefFramesInDPB, h->numRefL0);
	if (h->useBFramesAsRef == NV_ENC_BFRAME_REF_MODE_MIDDLE)
		o->pyramid = 1;
	else if (h->useBFramesAsRef == NV_ENC_BFRAME_REF_MODE_HIERARCHICAL)
		o->pyramid = log2_of((uint32_t)c->frameIntervalP) - 1;
	convert_slices(p, h->sliceMode, h->sliceModeData, 64, o);
	convert_vui(&h->hevcVUIParameters, o);
}

static void convert_av1(const struct n_config *c, struct av_enc_config *o) {
	const struct n_config_av1 *a = &c->encodeCodecConfig.av1Config;
	o->primaries = a->colorPrimaries ? (int)a->colorPrimaries : 2;
	o->transfer = a->transferCharacteristics ? (int)a->transferCharacteristics : 2;
	o->matrix = a->matrixCoefficients ? (int)a->matrixCoefficients : 2;
	o->full_range = (int)a->colorRange;
	o->chroma_loc = a->chromaSamplePosition == 1 ? 1 : a->chromaSamplePosition == 2 ? 3 : 0;
	o->video_format = 5;
	o->tile_cols = log2_of(a->numTileColumns);
	o->tile_rows = log2_of(a->numTileRows);
	o->tier = (int)a->tier;
}

void config_convert(struct session *s, const struct n_initialize_params *p, const struct n_config *c, int codec, int depth, struct av_enc_config *o) {
	memset(o, 0, sizeof *o);
	o->codec = codec;
	o->width = (int)p->encodeWidth, o->height = (int)p->encodeHeight;
	o->depth = depth;
	o->chroma = config_chroma(c, codec);
	o->fps_num = (int)p->frameRateNum, o->fps_den = (int)p->frameRateDen;
	o->sar_num = o->sar_den = 1;
	if (p->darWidth && p->darHeight)
		reduced((uint64_t)p->darWidth * p->encodeHeight, (uint64_t)p->darHeight * p->encodeWidth, &o->sar_num, &o->sar_den);
	o->speed = caps_preset(p->presetGUID);
	o->bframes = MAX(0, c->frameIntervalP - 1);
	o->profile = -99;
	convert_rc(p, &c->rcParams, codec, o);
	if (codec == ENC_H264)
		convert_h264(p, c, o);
	else if (codec == ENC_HEVC)
		convert_hevc(p, c, o);
	else
		convert_av1(c, o);
	(void)s;
}

// read_init reads the parameters of a session and the configuration they point to.
static NVENCSTATUS read_init(const char *fn, struct session *s, const struct n_initialize_params *p, int *codec, struct n_config *c) {
	*codec = caps_codec(s, p->encodeGUID);
	if (*codec < 0)
		return enc_error(s, NV_ENC_ERR_INVALID_PARAM, "the encode GUID is not supported");
	if (p->encodeConfig)
		return abi_read(fn, s, S_CONFIG, p->encodeConfig, ARM(*codec), c);
	if (!caps_preset(p->presetGUID))
		return enc_error(s, NV_ENC_ERR_INVALID_PARAM, "the preset GUID is not known");
	preset_config(s, *codec, caps_preset(p->presetGUID), (int)p->tuningInfo, c);
	return NV_ENC_SUCCESS;
}

NVENCSTATUS encoder_open(struct session *s) {
	if (s->av)
		enc_av()->close(s->av);
	s->av = enc_av()->open(&s->enc, s->error, sizeof s->error);
	s->nhdr = 0;
	if (!s->av)
		return NV_ENC_ERR_INVALID_PARAM;
	size_t n;
	const uint8_t *h = enc_av()->headers(s->av, &n);
	struct bytes b = {0};
	stream_headers(s, h, n, &b);
	free(s->hdr);
	s->hdr = b.p;
	s->nhdr = b.n;
	return NV_ENC_SUCCESS;
}

static void adopt(struct session *s, const struct n_initialize_params *p, const struct n_config *c, int codec) {
	int depth;
	s->codec = codec;
	s->init = *p;
	s->cfg = *c;
	config_depth(s, c, codec, &s->in_depth, &depth);
	s->bframes = MAX(0, c->frameIntervalP - 1);
	s->lookahead = c->rcParams.enableLookahead ? c->rcParams.lookaheadDepth : 0;
	s->delay = s->lookahead + (int)nvsim_env_int("NVSIM_MORE_INPUT", 0);
	s->init.encodeConfig = NULL; // the client's memory
}

static NVENCSTATUS initialize(const char *fn, struct session *s, const void *client) {
	struct n_initialize_params p;
	struct n_config c;
	struct av_enc_config o;
	int codec;
	NVENCSTATUS e = abi_read(fn, s, S_INITIALIZE_PARAMS, client, 0, &p);
	if (e)
		return e;
	if (s->codec >= 0) {
		nvsim_violation(fn, "the encoder is initialised already");
		return NV_ENC_ERR_INVALID_CALL;
	}
	if (!(e = read_init(fn, s, &p, &codec, &c)) && !(e = config_check(fn, s, &p, &c, codec, &o))) {
		adopt(s, &p, &c, codec);
		s->enc = o;
		if ((e = encoder_open(s)))
			s->codec = -1;
		s->idr_next = s->first_headers = 1;
	}
	return e;
}

NVENCSTATUS nvEncInitializeEncoder(void *encoder, void *params) {
	SESSION(0);
	NVENCSTATUS e = initialize(__func__, s, params);
	DONE(e, "%p,%ux%u,codec %d,%u/%u,gop %u,%d B", encoder, s->init.encodeWidth, s->init.encodeHeight, s->codec, s->init.frameRateNum, s->init.frameRateDen, s->cfg.gopLength,
		s->bframes);
}

static NVENCSTATUS reconfigure(const char *fn, struct session *s, const void *client) {
	struct n_reconfigure_params r;
	struct n_config c = s->cfg;
	struct av_enc_config o;
	int codec = s->codec, in, depth;
	NVENCSTATUS e = abi_read(fn, s, S_RECONFIGURE_PARAMS, client, 0, &r);
	if (e)
		return e;
	struct n_initialize_params *p = &r.reInitEncodeParams;
	// Without a configuration the old one stays.
	if (p->encodeConfig && (e = read_init(fn, s, p, &codec, &c)))
		return e;
	if (codec != s->codec || caps_codec(s, p->encodeGUID) != s->codec)
		return enc_error(s, NV_ENC_ERR_INVALID_PARAM, "the codec cannot be changed");
	uint32_t max_w = MAX(s->init.maxEncodeWidth, s->init.encodeWidth), max_h = MAX(s->init.maxEncodeHeight, s->init.encodeHeight);
	if (!s->init.maxEncodeWidth)
		max_w = s->init.encodeWidth, max_h = s->init.encodeHeight;
	if (p->encodeWidth > max_w || p->encodeHeight > max_h)
		return enc_error(s, NV_ENC_ERR_INVALID_PARAM, "%ux%u is above the maximum of the initialisation, %ux%u", p->encodeWidth, p->encodeHeight, max_w, max_h);
	if (p->maxEncodeWidth != s->init.maxEncodeWidth || p->maxEncodeHeight != s->init.maxEncodeHeight)
		return enc_error(s, NV_ENC_ERR_INVALID_PARAM, "the maximum size cannot be changed");
	config_depth(s, &c, codec, &in, &depth);
	if (c.frameIntervalP != s->cfg.frameIntervalP || p->enablePTD != s->init.enablePTD || p->enableEncodeAsync != s->init.enableEncodeAsync || in != s->in_depth ||
		depth != s->enc.depth || config_chroma(&c, codec) != s->enc.chroma || c.rcParams.enableLookahead != s->cfg.rcParams.enableLookahead ||
		c.rcParams.lookaheadDepth != s->cfg.rcParams.lookaheadDepth || memcmp(&p->presetGUID, &s->init.presetGUID, sizeof(GUID)) || p->tuningInfo != s->init.tuningInfo)
		return enc_error(s, NV_ENC_ERR_INVALID_PARAM, "what was changed cannot be: B pictures, depth, chroma format, lookahead, preset, tuning or PTD");
	if ((e = config_check(fn, s, p, &c, codec, &o)))
		return e;
	int resized = o.width != s->enc.width || o.height != s->enc.height;
	if (resized && !caps_value(s, codec, NV_ENC_CAPS_SUPPORT_DYN_RES_CHANGE))
		return enc_error(s, NV_ENC_ERR_UNSUPPORTED_PARAM, "the size cannot be changed");
	int changed = memcmp(&o, &s->enc, sizeof o) != 0;
	if (r.resetEncoder || (changed && (resized || !enc_av()->rate(s->av, &o)))) {
		// Needs a new encoder of libavcodec, and so an IDR picture. What was given so
		// far is coded by the old one.
		gop_end(s);
		if (!code_batches(fn, s, s->decided))
			return enc_error(s, NV_ENC_ERR_GENERIC, "encoding failed");
		s->enc = o;
		if ((e = encoder_open(s)))
			return e;
		s->idr_next = 1;
		s->first_headers |= changed; // nothing says that a reset alone repeats them
	}
	s->enc = o;
	adopt(s, p, &c, codec);
	if (r.resetEncoder) // else the stream stays at its end
		s->eos = 0;
	if (r.forceIDR || r.resetEncoder)
		s->idr_next = 1;
	return NV_ENC_SUCCESS;
}

NVENCSTATUS nvEncReconfigureEncoder(void *encoder, void *params) {
	SESSION(1);
	NVENCSTATUS e = reconfigure(__func__, s, params);
	DONE(e, "%p,%ux%u,%lld bit/s", encoder, s->init.encodeWidth, s->init.encodeHeight, (long long)s->enc.bitrate);
}

// --- sequence parameters

static NVENCSTATUS sequence(struct session *s, const struct n_sequence_param_payload *p, const uint8_t *h, size_t n) {
	if (!p->spsppsBuffer || !p->outSPSPPSPayloadSize)
		return enc_error(s, NV_ENC_ERR_INVALID_PTR, "no place for the headers");
	*(uint32_t *)p->outSPSPPSPayloadSize = (uint32_t)n;
	if (n > p->inBufferSize)
		return enc_error(s, NV_ENC_ERR_NOT_ENOUGH_BUFFER, "%zu bytes of headers do not fit into %u", n, p->inBufferSize);
	memcpy(p->spsppsBuffer, h, n);
	return NV_ENC_SUCCESS;
}

NVENCSTATUS nvEncGetSequenceParams(void *encoder, void *params) {
	SESSION(1);
	struct n_sequence_param_payload p;
	NVENCSTATUS e = abi_read(__func__, s, S_SEQUENCE_PARAM_PAYLOAD, params, 0, &p);
	if (!e)
		e = sequence(s, &p, s->hdr, s->nhdr);
	DONE(e, "%p: %zu bytes", encoder, s->nhdr);
}

// The headers that other parameters would give, without changing the session.
NVENCSTATUS nvEncGetSequenceParamEx(void *encoder, void *init, void *params) {
	SESSION(0);
	struct n_initialize_params p;
	struct n_config c;
	struct n_sequence_param_payload out;
	struct session other = {.api = s->api, .ctx = s->ctx, .alive = 1};
	NVENCSTATUS e = abi_read(__func__, s, S_INITIALIZE_PARAMS, init, 0, &p);
	if (!e)
		e = abi_read(__func__, s, S_SEQUENCE_PARAM_PAYLOAD, params, 0, &out);
	if (!e)
		e = read_init(__func__, s, &p, &other.codec, &c);
	if (!e)
		e = config_check(__func__, s, &p, &c, other.codec, &other.enc);
	if (!e) {
		adopt(&other, &p, &c, other.codec);
		if (!(e = encoder_open(&other)))
			e = sequence(s, &out, other.hdr, other.nhdr);
		if (other.av)
			enc_av()->close(other.av);
		hevc_end(&other);
		free(other.hdr);
	}
	DONE(e, "%p", encoder);
}
