// Encode sessions: what breaks a rule, and beside it what keeps it.
#include "rules_enc.h"

// A session that does all right, with pictures out of order.
static void encode_all(void) {
	bframes = 2;
	begin();
	int got = 0, sent = 0;
	uint64_t seen = 0;
	for (; sent < 20; sent++) {
		NVENCSTATUS s = submit(sent);
		CHECK(s, sent % 3 ? NV_ENC_ERR_NEED_MORE_INPUT : NV_ENC_SUCCESS);
		while (!s && got <= sent) {
			NV_ENC_LOCK_BITSTREAM l;
			CHECK(lock_output(output[got % SLOTS], &l), 0);
			seen |= 1ull << l.outputTimeStamp;
			CHECK(l.outputTimeStamp < 20 && l.bitstreamSizeInBytes > 0, 1);
			CHECK(l.pictureType == NV_ENC_PIC_TYPE_IDR, got == 0);
			CHECK(f.nvEncUnlockBitstream(enc, l.outputBitstream), 0);
			got++;
		}
	}
	CHECK(end_of_stream(), 0);
	while (got < sent) {
		NV_ENC_LOCK_BITSTREAM l;
		CHECK(lock_output(output[got % SLOTS], &l), 0);
		seen |= 1ull << l.outputTimeStamp;
		CHECK(f.nvEncUnlockBitstream(enc, l.outputBitstream), 0);
		got++;
	}
	CHECK(seen == (1ull << 20) - 1, 1);
	finish();
}

// --- sessions

static void context_gone(void) {
	CUcontext c;
	CHECK(cuCtxCreate_v2(&c, 0, 0), 0);
	open_session(c);
	cuCtxDestroy_v2(c);
	f.nvEncDestroyEncoder(enc);
}
static void other_context(void) {
	CUcontext c;
	begin();
	CHECK(cuCtxCreate_v2(&c, 0, 0), 0);
	submit(0);
	CHECK(cuCtxDestroy_v2(c), 0);
	take();
	finish();
}
static void not_initialised(void) {
	open_session(ctx);
	CHECK(submit(0), NV_ENC_ERR_ENCODER_NOT_INITIALIZED);
	CHECK(f.nvEncDestroyEncoder(enc), 0);
}
static void initialised_twice(void) {
	begin();
	initialise();
	finish();
}
static void old_api(void) {
	f = (NV_ENCODE_API_FUNCTION_LIST){.version = NV_ENCODE_API_FUNCTION_LIST_VER};
	CHECK(NvEncodeAPICreateInstance(&f), 0);
	NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS p = {.version = 0x70010009, .deviceType = NV_ENC_DEVICE_TYPE_CUDA, .device = ctx, .apiVersion = 9};
	f.nvEncOpenEncodeSessionEx(&p, &enc);
}
static void session_twice(void) {
	open_session(ctx);
	CHECK(f.nvEncDestroyEncoder(enc), 0);
	f.nvEncDestroyEncoder(enc);
}
static void session_leak(void) { open_session(ctx); }
static void destroyed_mapped(void) {
	begin();
	f.nvEncDestroyEncoder(enc);
	for (int i = 0; i < SLOTS; i++)
		cuMemFree_v2(pixels[i]);
}
static void mixed_apis(void) {
	open_session(ctx);
	CHECK(initialise(), 0);
	NV_ENC_CREATE_BITSTREAM_BUFFER b = {.version = NV_ENC_CREATE_BITSTREAM_BUFFER_VER & ~0x0f0000ffu};
	b.version |= 12;
	f.nvEncCreateBitstreamBuffer(enc, &b);
	f.nvEncDestroyBitstreamBuffer(enc, b.bitstreamBuffer);
	CHECK(f.nvEncDestroyEncoder(enc), 0);
}
static void wrong_version(void) { // an error, but the driver says so itself
	open_session(ctx);
	CHECK(initialise(), 0);
	NV_ENC_CREATE_BITSTREAM_BUFFER b = {.version = NV_ENC_CREATE_BITSTREAM_BUFFER_VER + (1 << 16)};
	CHECK(f.nvEncCreateBitstreamBuffer(enc, &b), NV_ENC_ERR_INVALID_VERSION);
	CHECK(strlen(f.nvEncGetLastErrorString(enc)) > 0, 1);
	CHECK(f.nvEncDestroyEncoder(enc), 0);
}
static void reserved(void) {
	begin();
	NV_ENC_PIC_PARAMS p = picture(0);
	((uint8_t *)&p)[sizeof p - 1] = 1;
	f.nvEncEncodePicture(enc, &p);
	take();
	finish();
}
static void reserved_bit(void) {
	open_session(ctx);
	NV_ENC_PRESET_CONFIG preset = {.version = NV_ENC_PRESET_CONFIG_VER, .presetCfg = {.version = NV_ENC_CONFIG_VER}};
	CHECK(f.nvEncGetEncodePresetConfigEx(enc, NV_ENC_CODEC_H264_GUID, NV_ENC_PRESET_P4_GUID, NV_ENC_TUNING_INFO_HIGH_QUALITY, &preset), 0);
	cfg = preset.presetCfg;
	cfg.encodeCodecConfig.h264Config.reserved1[0] = 1;
	init = (NV_ENC_INITIALIZE_PARAMS){.version = NV_ENC_INITIALIZE_PARAMS_VER, .encodeGUID = NV_ENC_CODEC_H264_GUID, .presetGUID = NV_ENC_PRESET_P4_GUID,
		.encodeWidth = W, .encodeHeight = H, .darWidth = 4, .darHeight = 3, .frameRateNum = 30, .frameRateDen = 1, .enablePTD = 1, .encodeConfig = &cfg,
		.tuningInfo = NV_ENC_TUNING_INFO_HIGH_QUALITY};
	f.nvEncInitializeEncoder(enc, &init);
	CHECK(f.nvEncDestroyEncoder(enc), 0);
}
static void caps_number(void) {
	open_session(ctx);
	NV_ENC_CAPS_PARAM p = {.version = NV_ENC_CAPS_PARAM_VER, .capsToQuery = NV_ENC_CAPS_EXPOSED_COUNT};
	int v;
	f.nvEncGetEncodeCaps(enc, NV_ENC_CODEC_H264_GUID, &p, &v);
	CHECK(f.nvEncDestroyEncoder(enc), 0);
}
static void vectors(void) {
	open_session(ctx);
	f.nvEncDestroyMVBuffer(enc, enc);
	CHECK(f.nvEncDestroyEncoder(enc), 0);
}

// --- pictures

static void twice_submitted(void) {
	begin();
	CHECK(submit(0), 0);
	NV_ENC_PIC_PARAMS p = picture(1);
	p.inputBuffer = input[0];
	f.nvEncEncodePicture(enc, &p);
	take(), take();
	finish();
}
static void unknown_input(void) {
	begin();
	NV_ENC_PIC_PARAMS p = picture(0);
	p.inputBuffer = &p;
	f.nvEncEncodePicture(enc, &p);
	finish();
}
static void unknown_output(void) {
	begin();
	NV_ENC_PIC_PARAMS p = picture(0);
	p.outputBitstream = &p;
	f.nvEncEncodePicture(enc, &p);
	finish();
}
static void output_locked(void) {
	NV_ENC_LOCK_BITSTREAM l;
	begin();
	submit(0);
	CHECK(lock_output(output[0], &l), 0);
	NV_ENC_PIC_PARAMS p = picture(1);
	p.outputBitstream = output[0];
	f.nvEncEncodePicture(enc, &p);
	CHECK(f.nvEncUnlockBitstream(enc, output[0]), 0);
	finish();
}
static void after_end(void) {
	begin();
	submit(0);
	CHECK(end_of_stream(), 0);
	submit(1);
	take();
	finish();
}
static NVENCSTATUS reconfigure(int reset) {
	NV_ENC_RECONFIGURE_PARAMS r = {.version = NV_ENC_RECONFIGURE_PARAMS_VER, .reInitEncodeParams = init, .resetEncoder = reset & 1, .forceIDR = 1};
	return f.nvEncReconfigureEncoder(enc, &r);
}
static void new_stream(void) { // keeps the rules
	begin();
	submit(0);
	CHECK(end_of_stream(), 0);
	take();
	CHECK(reconfigure(1), 0);
	submit(1);
	take();
	finish();
}
static void end_without_reset(void) {
	begin();
	submit(0);
	CHECK(end_of_stream(), 0);
	take();
	CHECK(reconfigure(0), 0);
	submit(1);
	finish();
}
static void end_with_picture(void) {
	begin();
	NV_ENC_PIC_PARAMS p = picture(0);
	p.encodePicFlags = NV_ENC_PIC_FLAG_EOS;
	f.nvEncEncodePicture(enc, &p);
	finish();
}
static void map_without_mode(void) {
	static int8_t map[W * H / 256];
	begin();
	NV_ENC_PIC_PARAMS p = picture(0);
	p.qpDeltaMap = map, p.qpDeltaMapSize = sizeof map;
	f.nvEncEncodePicture(enc, &p);
	take();
	finish();
}
static void overwritten(void) {
	lookahead = 4;
	begin();
	submit(0);
	cuMemsetD8_v2(pixels[0], 200, pitch * H);
	cuCtxSynchronize();
	for (int i = 1; i < 5; i++)
		submit(i);
	end_of_stream();
	for (int i = 0; i < 5; i++)
		take();
	finish();
}

// --- outputs

static void early_lock(void) {
	NV_ENC_LOCK_BITSTREAM l;
	bframes = 2;
	begin();
	submit(0);
	take();
	CHECK(submit(1), NV_ENC_ERR_NEED_MORE_INPUT);
	lock_output(output[1], &l);
	CHECK(end_of_stream(), 0);
	take();
	finish();
}
static void lock_order(void) {
	NV_ENC_LOCK_BITSTREAM l;
	begin();
	submit(0), submit(1);
	lock_output(output[1], &l);
	f.nvEncUnlockBitstream(enc, output[1]);
	finish();
}
static void lock_unknown(void) {
	NV_ENC_LOCK_BITSTREAM l;
	begin();
	lock_output(enc, &l);
	finish();
}
static void lock_twice(void) {
	NV_ENC_LOCK_BITSTREAM l, m;
	begin();
	submit(0);
	CHECK(lock_output(output[0], &l), 0);
	lock_output(output[0], &m);
	CHECK(f.nvEncUnlockBitstream(enc, output[0]), 0);
	finish();
}
static void unlock_twice(void) {
	begin();
	submit(0);
	take();
	f.nvEncUnlockBitstream(enc, output[0]);
	finish();
}
static void destroy_locked(void) {
	NV_ENC_LOCK_BITSTREAM l;
	begin();
	submit(0);
	CHECK(lock_output(output[0], &l), 0);
	f.nvEncDestroyBitstreamBuffer(enc, output[0]);
	output[0] = NULL;
	finish();
}
static void destroy_unknown(void) {
	begin();
	f.nvEncDestroyBitstreamBuffer(enc, enc);
	finish();
}
static void unmapped_early(void) {
	begin();
	submit(0);
	CHECK(f.nvEncUnmapInputResource(enc, input[0]), 0);
	input[0] = NULL;
	take();
	finish();
}

RULES(RULE(encode_all), RULE(context_gone), RULE(other_context), RULE(not_initialised), RULE(initialised_twice), RULE(old_api), RULE(session_twice), RULE(session_leak),
	RULE(destroyed_mapped), RULE(mixed_apis), RULE(wrong_version), RULE(reserved), RULE(reserved_bit), RULE(caps_number), RULE(vectors), RULE(twice_submitted),
	RULE(unknown_input), RULE(unknown_output), RULE(output_locked), RULE(after_end), RULE(new_stream), RULE(end_without_reset), RULE(end_with_picture), RULE(map_without_mode), RULE(overwritten),
	RULE(early_lock), RULE(lock_order), RULE(lock_unknown), RULE(lock_twice), RULE(unlock_twice), RULE(destroy_locked), RULE(destroy_unknown), RULE(unmapped_early))
