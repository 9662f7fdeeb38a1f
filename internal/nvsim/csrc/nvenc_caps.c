// What the simulated encoders can do. Ada: as NVIDIA's table says of an L4 or L40 with
// driver 580; Blackwell adds 4:2:2 and 10 bits for H.264. What the simulator itself cannot do
// (fields, stereo, alpha, temporal layers, motion estimation alone, statistics a block)
// is not claimed.
#include "nvenc.h"

static const GUID codecs[] = {NV_ENC_CODEC_H264_GUID, NV_ENC_CODEC_HEVC_GUID, NV_ENC_CODEC_AV1_GUID};
static const char *const names[] = {"h264", "hevc", "av1"};

// Of each codec, with the API that brought them.
static const struct {
	int codec, api;
	GUID g;
	int blackwell;
} profiles[] = {
	{ENC_H264, API_11_1, NV_ENC_CODEC_PROFILE_AUTOSELECT_GUID, 0},
	{ENC_H264, API_11_1, NV_ENC_H264_PROFILE_BASELINE_GUID, 0},
	{ENC_H264, API_11_1, NV_ENC_H264_PROFILE_MAIN_GUID, 0},
	{ENC_H264, API_11_1, NV_ENC_H264_PROFILE_HIGH_GUID, 0},
	{ENC_H264, API_11_1, NV_ENC_H264_PROFILE_HIGH_444_GUID, 0},
	{ENC_H264, API_11_1, NV_ENC_H264_PROFILE_PROGRESSIVE_HIGH_GUID, 0},
	{ENC_H264, API_11_1, NV_ENC_H264_PROFILE_CONSTRAINED_HIGH_GUID, 0},
	{ENC_H264, API_13_0, NV_ENC_H264_PROFILE_HIGH_10_GUID, 1},
	{ENC_H264, API_13_0, NV_ENC_H264_PROFILE_HIGH_422_GUID, 1},
	{ENC_HEVC, API_11_1, NV_ENC_CODEC_PROFILE_AUTOSELECT_GUID, 0},
	{ENC_HEVC, API_11_1, NV_ENC_HEVC_PROFILE_MAIN_GUID, 0},
	{ENC_HEVC, API_11_1, NV_ENC_HEVC_PROFILE_MAIN10_GUID, 0},
	{ENC_HEVC, API_11_1, NV_ENC_HEVC_PROFILE_FREXT_GUID, 0},
	{ENC_AV1, API_12_0, NV_ENC_CODEC_PROFILE_AUTOSELECT_GUID, 0},
	{ENC_AV1, API_12_0, NV_ENC_AV1_PROFILE_MAIN_GUID, 0},
};

static const GUID presets[] = {NV_ENC_PRESET_P1_GUID, NV_ENC_PRESET_P2_GUID, NV_ENC_PRESET_P3_GUID, NV_ENC_PRESET_P4_GUID, NV_ENC_PRESET_P5_GUID, NV_ENC_PRESET_P6_GUID,
	NV_ENC_PRESET_P7_GUID};

// H.264, HEVC, AV1; then what Blackwell has instead, if it differs.
#define SAME -1
static const struct {
	int cap, ada[3], blackwell[3];
} values[] = {
	{NV_ENC_CAPS_NUM_MAX_BFRAMES, {4, 5, 7}, {SAME, SAME, SAME}},
	{NV_ENC_CAPS_SUPPORTED_RATECONTROL_MODES, {3, 3, 3}, {SAME, SAME, SAME}},
	{NV_ENC_CAPS_SUPPORT_QPELMV, {1, 1, 1}, {SAME, SAME, SAME}},
	{NV_ENC_CAPS_SUPPORT_BDIRECT_MODE, {1, 0, 0}, {SAME, SAME, SAME}},
	{NV_ENC_CAPS_SUPPORT_CABAC, {1, 1, 0}, {SAME, SAME, SAME}},
	{NV_ENC_CAPS_SUPPORT_ADAPTIVE_TRANSFORM, {1, 0, 0}, {SAME, SAME, SAME}},
	{NV_ENC_CAPS_LEVEL_MAX, {62, 186, 23}, {SAME, SAME, SAME}},
	{NV_ENC_CAPS_LEVEL_MIN, {10, 30, 0}, {SAME, SAME, SAME}},
	{NV_ENC_CAPS_WIDTH_MAX, {4096, 8192, 8192}, {SAME, SAME, SAME}},
	{NV_ENC_CAPS_HEIGHT_MAX, {4096, 8192, 8192}, {SAME, SAME, SAME}},
	{NV_ENC_CAPS_SUPPORT_DYN_RES_CHANGE, {1, 1, 1}, {SAME, SAME, SAME}},
	{NV_ENC_CAPS_SUPPORT_DYN_BITRATE_CHANGE, {1, 1, 1}, {SAME, SAME, SAME}},
	{NV_ENC_CAPS_SUPPORT_DYN_FORCE_CONSTQP, {1, 1, 1}, {SAME, SAME, SAME}},
	{NV_ENC_CAPS_SUPPORT_INTRA_REFRESH, {1, 1, 1}, {SAME, SAME, SAME}},
	{NV_ENC_CAPS_SUPPORT_CUSTOM_VBV_BUF_SIZE, {1, 1, 1}, {SAME, SAME, SAME}},
	{NV_ENC_CAPS_SUPPORT_DYNAMIC_SLICE_MODE, {1, 1, 0}, {SAME, SAME, SAME}},
	{NV_ENC_CAPS_SUPPORT_REF_PIC_INVALIDATION, {1, 1, 1}, {SAME, SAME, SAME}},
	{NV_ENC_CAPS_MB_NUM_MAX, {65536, 262144, 262144}, {SAME, SAME, SAME}},
	{NV_ENC_CAPS_MB_PER_SEC_MAX, {983040, 983040, 983040}, {SAME, SAME, SAME}},
	{NV_ENC_CAPS_SUPPORT_YUV444_ENCODE, {1, 1, 0}, {SAME, SAME, SAME}},
	{NV_ENC_CAPS_SUPPORT_LOSSLESS_ENCODE, {1, 1, 0}, {SAME, SAME, SAME}},
	{NV_ENC_CAPS_SUPPORT_SAO, {0, 1, 0}, {SAME, SAME, SAME}},
	{NV_ENC_CAPS_SUPPORT_LOOKAHEAD, {1, 1, 1}, {SAME, SAME, SAME}},
	{NV_ENC_CAPS_SUPPORT_TEMPORAL_AQ, {1, 1, 1}, {SAME, SAME, SAME}},
	{NV_ENC_CAPS_SUPPORT_10BIT_ENCODE, {0, 1, 1}, {1, SAME, SAME}},
	{NV_ENC_CAPS_NUM_MAX_LTR_FRAMES, {8, 7, 4}, {SAME, SAME, SAME}},
	{NV_ENC_CAPS_SUPPORT_WEIGHTED_PREDICTION, {1, 1, 0}, {SAME, SAME, SAME}},
	{NV_ENC_CAPS_DYNAMIC_QUERY_ENCODER_CAPACITY, {100, 100, 100}, {SAME, SAME, SAME}},
	{NV_ENC_CAPS_SUPPORT_BFRAME_REF_MODE, {3, 3, 3}, {SAME, 7, 7}},
	{NV_ENC_CAPS_SUPPORT_EMPHASIS_LEVEL_MAP, {1, 0, 0}, {SAME, SAME, SAME}},
	{NV_ENC_CAPS_WIDTH_MIN, {145, 129, 192}, {SAME, SAME, SAME}},
	{NV_ENC_CAPS_HEIGHT_MIN, {49, 33, 128}, {SAME, SAME, SAME}},
	{NV_ENC_CAPS_SUPPORT_MULTIPLE_REF_FRAMES, {1, 1, 1}, {SAME, SAME, SAME}},
	{NV_ENC_CAPS_SINGLE_SLICE_INTRA_REFRESH, {1, 1, 0}, {SAME, SAME, SAME}},
	{NV_ENC_CAPS_SUPPORT_TEMPORAL_FILTER, {0, 1, 1}, {1, SAME, SAME}},
	{NV_ENC_CAPS_SUPPORT_LOOKAHEAD_LEVEL, {0, 1, 1}, {1, SAME, SAME}},
	{NV_ENC_CAPS_SUPPORT_UNIDIRECTIONAL_B, {0, 1, 0}, {SAME, SAME, SAME}},
	{NV_ENC_CAPS_SUPPORT_YUV422_ENCODE, {0, 0, 0}, {1, 1, SAME}},
};

static int blackwell(const struct session *s) { return s->ctx->dev->profile->major >= 10; }

// NVSIM_NVENC_CAPS takes away or changes: "av1=0,hevc.33=0" is no AV1, and HEVC without
// 4:4:4.
static int masked(int codec, int cap, int value) {
	for (const char *t = nvsim_env("NVSIM_NVENC_CAPS"); t; t = strchr(t, ',') ? strchr(t, ',') + 1 : NULL) {
		char name[8];
		int c, v;
		if (cap < 0 && sscanf(t, "%7[a-z0-9]=%d", name, &v) == 2 && !strcmp(name, names[codec]))
			value = v;
		if (cap >= 0 && sscanf(t, "%7[a-z0-9].%d=%d", name, &c, &v) == 3 && c == cap && !strcmp(name, names[codec]))
			value = v;
	}
	return value;
}

static int has_codec(const struct session *s, int codec) { return masked(codec, -1, codec != ENC_AV1 || s->api >= API_12_0); }

int caps_codec(const struct session *s, GUID g) {
	for (int i = 0; i < LEN(codecs); i++)
		if (!memcmp(&codecs[i], &g, sizeof g))
			return has_codec(s, i) ? i : -1;
	return -1;
}

int caps_value(const struct session *s, int codec, int cap) {
	int v = 0;
	if (cap == NV_ENC_CAPS_NUM_ENCODER_ENGINES)
		v = s->ctx->dev->profile->encoders;
	for (int i = 0; i < LEN(values); i++)
		if (values[i].cap == cap) {
			v = values[i].ada[codec];
			// Of before 13.0 the new chroma format and depth cannot be asked for.
			if (blackwell(s) && values[i].blackwell[codec] != SAME && s->api >= API_13_0)
				v = values[i].blackwell[codec];
		}
	if (cap == NV_ENC_CAPS_SUPPORT_BFRAME_REF_MODE && s->api < API_13_1)
		v &= 3;
	return masked(codec, cap, v);
}

static int has_profile(const struct session *s, int i, int codec) {
	return profiles[i].codec == codec && s->api >= profiles[i].api && (!profiles[i].blackwell || blackwell(s));
}

int caps_profile(const struct session *s, int codec, GUID g) {
	for (int i = 0; i < LEN(profiles); i++)
		if (has_profile(s, i, codec) && !memcmp(&profiles[i].g, &g, sizeof g))
			return 1;
	return 0;
}

int caps_preset(GUID g) {
	for (int i = 0; i < LEN(presets); i++)
		if (!memcmp(&presets[i], &g, sizeof g))
			return i + 1;
	return 0;
}

int caps_format(const struct session *s, int codec, uint32_t fmt) {
	const struct format *f = format_find(fmt);
	if (!f || s->api < f->min_api)
		return 0;
	if (f->chroma == 3 && !f->rgb && fmt != NV_ENC_BUFFER_FORMAT_AYUV && !caps_value(s, codec, NV_ENC_CAPS_SUPPORT_YUV444_ENCODE))
		return 0;
	if (f->chroma == 2 && !caps_value(s, codec, NV_ENC_CAPS_SUPPORT_YUV422_ENCODE))
		return 0;
	return f->depth == 8 || f->rgb || caps_value(s, codec, NV_ENC_CAPS_SUPPORT_10BIT_ENCODE);
}

// --- the functions

// list gives what there is to those who ask for it, in the manner of all these
// functions: as much as fits, and how much that was.
struct list {
	void *out;
	uint32_t size, n, step;
};

static void put(struct list *l, const void *v) {
	if (l->out && l->n < l->size)
		memcpy((char *)l->out + l->n * l->step, v, l->step);
	l->n++;
}

static NVENCSTATUS finish(struct list *l, uint32_t *n, int only_count) {
	if (!n || (!only_count && !l->out))
		return NV_ENC_ERR_INVALID_PTR;
	*n = only_count ? l->n : MIN(l->n, l->size);
	return NV_ENC_SUCCESS;
}

static NVENCSTATUS guids(struct session *s, struct list l, uint32_t *n, int only_count) {
	for (int i = 0; i < LEN(codecs); i++)
		if (has_codec(s, i))
			put(&l, &codecs[i]);
	return finish(&l, n, only_count);
}

NVENCSTATUS nvEncGetEncodeGUIDCount(void *encoder, uint32_t *n) {
	SESSION(0);
	DONE(guids(s, (struct list){.step = 16}, n, 1), "%p,%u", encoder, n ? *n : 0);
}

NVENCSTATUS nvEncGetEncodeGUIDs(void *encoder, GUID *out, uint32_t size, uint32_t *n) {
	SESSION(0);
	DONE(guids(s, (struct list){out, size, 0, 16}, n, 0), "%p,%u,%u", encoder, size, n ? *n : 0);
}

// NEED_CODEC is what all others ask first.
#define NEED_CODEC(g)                                                                                                                                          \
	int codec = caps_codec(s, g);                                                                                                                          \
	if (codec < 0)                                                                                                                                         \
	DONE(enc_error(s, NV_ENC_ERR_INVALID_PARAM, "the encode GUID is not supported"), "%p", encoder)

static NVENCSTATUS profile_list(struct session *s, int codec, struct list l, uint32_t *n, int only_count) {
	for (int i = 0; i < LEN(profiles); i++)
		if (has_profile(s, i, codec))
			put(&l, &profiles[i].g);
	return finish(&l, n, only_count);
}

NVENCSTATUS nvEncGetEncodeProfileGUIDCount(void *encoder, GUID g, uint32_t *n) {
	SESSION(0);
	NEED_CODEC(g);
	DONE(profile_list(s, codec, (struct list){.step = 16}, n, 1), "%p,%s,%u", encoder, names[codec], n ? *n : 0);
}

NVENCSTATUS nvEncGetEncodeProfileGUIDs(void *encoder, GUID g, GUID *out, uint32_t size, uint32_t *n) {
	SESSION(0);
	NEED_CODEC(g);
	DONE(profile_list(s, codec, (struct list){out, size, 0, 16}, n, 0), "%p,%s,%u", encoder, names[codec], size);
}

static NVENCSTATUS format_list(struct session *s, int codec, struct list l, uint32_t *n, int only_count) {
	for (unsigned bit = 0; bit < 31; bit++)
		if (caps_format(s, codec, 1u << bit))
			put(&l, &(uint32_t){1u << bit});
	for (uint32_t f = NV_ENC_BUFFER_FORMAT_NV16; f <= NV_ENC_BUFFER_FORMAT_P210; f++)
		if (caps_format(s, codec, f))
			put(&l, &f);
	return finish(&l, n, only_count);
}

NVENCSTATUS nvEncGetInputFormatCount(void *encoder, GUID g, uint32_t *n) {
	SESSION(0);
	NEED_CODEC(g);
	DONE(format_list(s, codec, (struct list){.step = 4}, n, 1), "%p,%s,%u", encoder, names[codec], n ? *n : 0);
}

NVENCSTATUS nvEncGetInputFormats(void *encoder, GUID g, uint32_t *out, uint32_t size, uint32_t *n) {
	SESSION(0);
	NEED_CODEC(g);
	DONE(format_list(s, codec, (struct list){out, size, 0, 4}, n, 0), "%p,%s,%u", encoder, names[codec], size);
}

NVENCSTATUS nvEncGetEncodeCaps(void *encoder, GUID g, void *param, int *value) {
	SESSION(0);
	NEED_CODEC(g);
	struct n_caps_param p = {0};
	NVENCSTATUS e = value ? abi_read(__func__, s, S_CAPS_PARAM, param, 0, &p) : NV_ENC_ERR_INVALID_PTR;
	if (!e && p.capsToQuery >= (uint32_t)nvenc_apis[s->api].caps) {
		nvsim_violation(__func__, "API %u.%u has no capability %u", nvenc_apis[s->api].number / 10, nvenc_apis[s->api].number % 10, p.capsToQuery);
		e = enc_error(s, NV_ENC_ERR_INVALID_PARAM, "no capability %u", p.capsToQuery);
	}
	if (!e)
		*value = caps_value(s, codec, (int)p.capsToQuery);
	DONE(e, "%p,%s,%u: %d", encoder, names[codec], p.capsToQuery, e ? 0 : *value);
}

static NVENCSTATUS preset_list(struct list l, uint32_t *n, int only_count) {
	for (int i = 0; i < LEN(presets); i++)
		put(&l, &presets[i]);
	return finish(&l, n, only_count);
}

NVENCSTATUS nvEncGetEncodePresetCount(void *encoder, GUID g, uint32_t *n) {
	SESSION(0);
	NEED_CODEC(g);
	DONE(preset_list((struct list){.step = 16}, n, 1), "%p,%s,%u", encoder, names[codec], n ? *n : 0);
}

NVENCSTATUS nvEncGetEncodePresetGUIDs(void *encoder, GUID g, GUID *out, uint32_t size, uint32_t *n) {
	SESSION(0);
	NEED_CODEC(g);
	DONE(preset_list((struct list){out, size, 0, 16}, n, 0), "%p,%s,%u", encoder, names[codec], size);
}

static NVENCSTATUS preset(const char *fn, struct session *s, int codec, GUID g, int tuning, void *out) {
	struct n_preset_config p;
	NVENCSTATUS e = abi_read(fn, s, S_PRESET_CONFIG, out, ARM(codec), &p);
	if (e)
		return e;
	int n = caps_preset(g);
	if (!n)
		return enc_error(s, NV_ENC_ERR_UNSUPPORTED_PARAM, "the preset GUID is not supported");
	if (tuning < NV_ENC_TUNING_INFO_HIGH_QUALITY || tuning > (s->api >= API_12_2 ? NV_ENC_TUNING_INFO_ULTRA_HIGH_QUALITY : NV_ENC_TUNING_INFO_LOSSLESS))
		return enc_error(s, NV_ENC_ERR_INVALID_PARAM, "no tuning %d", tuning);
	if (tuning == NV_ENC_TUNING_INFO_LOSSLESS && !caps_value(s, codec, NV_ENC_CAPS_SUPPORT_LOSSLESS_ENCODE))
		return enc_error(s, NV_ENC_ERR_UNSUPPORTED_PARAM, "lossless encoding is not supported");
	uint32_t version = p.presetCfg.version;
	preset_config(s, codec, n, tuning, &p.presetCfg);
	p.presetCfg.version = version;
	abi_write(s, S_PRESET_CONFIG, &p, ARM(codec), out);
	return NV_ENC_SUCCESS;
}

NVENCSTATUS nvEncGetEncodePresetConfigEx(void *encoder, GUID g, GUID pg, uint32_t tuning, void *out) {
	SESSION(0);
	NEED_CODEC(g);
	DONE(preset(__func__, s, codec, pg, (int)tuning, out), "%p,%s,P%d,%u", encoder, names[codec], caps_preset(pg), tuning);
}

// The form without tuning is for legacy presets, which are gone.
NVENCSTATUS nvEncGetEncodePresetConfig(void *encoder, GUID g, GUID pg, void *out) {
	SESSION(0);
	NEED_CODEC(g);
	NVENCSTATUS e = nvsim_env_int("NVSIM_DRIVER", 13000) >= 13010 ? NV_ENC_ERR_UNSUPPORTED_PARAM : preset(__func__, s, codec, pg, NV_ENC_TUNING_INFO_HIGH_QUALITY, out);
	DONE(e, "%p,%s,P%d", encoder, names[codec], caps_preset(pg));
}
