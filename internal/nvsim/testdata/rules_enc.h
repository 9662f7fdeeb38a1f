// A client of the encoder with places to do wrong in. API_HEADER is the generated header
// of the API that it speaks.
#pragma once
#include "rules.h"
#ifndef API_HEADER
#define API_HEADER "nvenc_api_130.h"
#endif
#include API_HEADER

enum { W = 320, H = 240, SLOTS = 6 };
static NV_ENCODE_API_FUNCTION_LIST f;
static void *enc;
static NV_ENC_INITIALIZE_PARAMS init;
static NV_ENC_CONFIG cfg;
static int bframes, lookahead, taken;
static CUdeviceptr pixels[SLOTS];
static size_t pitch;
static void *resource[SLOTS], *input[SLOTS], *output[SLOTS];

static void open_session(CUcontext c) {
	f = (NV_ENCODE_API_FUNCTION_LIST){.version = NV_ENCODE_API_FUNCTION_LIST_VER};
	CHECK(NvEncodeAPICreateInstance(&f), 0);
	NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS p = {
		.version = NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS_VER, .deviceType = NV_ENC_DEVICE_TYPE_CUDA, .device = c, .apiVersion = NVENCAPI_VERSION};
	CHECK(f.nvEncOpenEncodeSessionEx(&p, &enc), 0);
}

static NVENCSTATUS initialise(void) {
	NV_ENC_PRESET_CONFIG preset = {.version = NV_ENC_PRESET_CONFIG_VER, .presetCfg = {.version = NV_ENC_CONFIG_VER}};
	CHECK(f.nvEncGetEncodePresetConfigEx(enc, NV_ENC_CODEC_H264_GUID, NV_ENC_PRESET_P4_GUID, NV_ENC_TUNING_INFO_HIGH_QUALITY, &preset), 0);
	cfg = preset.presetCfg;
	cfg.frameIntervalP = bframes + 1;
	cfg.rcParams.enableLookahead = lookahead > 0;
	cfg.rcParams.lookaheadDepth = (uint16_t)lookahead;
	init = (NV_ENC_INITIALIZE_PARAMS){.version = NV_ENC_INITIALIZE_PARAMS_VER, .encodeGUID = NV_ENC_CODEC_H264_GUID, .presetGUID = NV_ENC_PRESET_P4_GUID,
		.encodeWidth = W, .encodeHeight = H, .darWidth = 4, .darHeight = 3, .frameRateNum = 30, .frameRateDen = 1, .enablePTD = 1, .encodeConfig = &cfg,
		.tuningInfo = NV_ENC_TUNING_INFO_HIGH_QUALITY};
	return f.nvEncInitializeEncoder(enc, &init);
}

static void *add_resource(CUdeviceptr p) {
	NV_ENC_REGISTER_RESOURCE r = {.version = NV_ENC_REGISTER_RESOURCE_VER, .resourceType = NV_ENC_INPUT_RESOURCE_TYPE_CUDADEVICEPTR, .width = W, .height = H,
		.pitch = (uint32_t)pitch, .resourceToRegister = (void *)(uintptr_t)p, .bufferFormat = NV_ENC_BUFFER_FORMAT_NV12, .bufferUsage = NV_ENC_INPUT_IMAGE};
	f.nvEncRegisterResource(enc, &r);
	return r.registeredResource;
}

__attribute__((unused)) static void *map_resource(void *r) {
	NV_ENC_MAP_INPUT_RESOURCE m = {.version = NV_ENC_MAP_INPUT_RESOURCE_VER, .registeredResource = r};
	f.nvEncMapInputResource(enc, &m);
	return m.mappedResource;
}

// begin opens a session with SLOTS inputs and outputs.
__attribute__((unused)) static void begin(void) {
	open_session(ctx);
	CHECK(initialise(), 0);
	for (int i = 0; i < SLOTS; i++) {
		CHECK(cuMemAllocPitch_v2(&pixels[i], &pitch, W, H * 3 / 2, 4), 0);
		CHECK(cuMemsetD8_v2(pixels[i], (unsigned char)(40 * i), pitch * H * 3 / 2), 0);
		resource[i] = add_resource(pixels[i]);
		input[i] = map_resource(resource[i]);
		NV_ENC_CREATE_BITSTREAM_BUFFER b = {.version = NV_ENC_CREATE_BITSTREAM_BUFFER_VER};
		CHECK(f.nvEncCreateBitstreamBuffer(enc, &b), 0);
		output[i] = b.bitstreamBuffer;
	}
	cuCtxSynchronize();
}

__attribute__((unused)) static void finish(void) {
	for (int i = 0; i < SLOTS; i++) {
		if (input[i])
			f.nvEncUnmapInputResource(enc, input[i]);
		if (resource[i])
			f.nvEncUnregisterResource(enc, resource[i]);
		if (pixels[i])
			cuMemFree_v2(pixels[i]);
		if (output[i])
			f.nvEncDestroyBitstreamBuffer(enc, output[i]);
	}
	CHECK(f.nvEncDestroyEncoder(enc), 0);
}

static NV_ENC_PIC_PARAMS picture(int i) {
	return (NV_ENC_PIC_PARAMS){.version = NV_ENC_PIC_PARAMS_VER, .inputWidth = W, .inputHeight = H, .inputPitch = (uint32_t)pitch, .inputTimeStamp = (uint64_t)i,
		.inputBuffer = input[i % SLOTS], .outputBitstream = output[i % SLOTS], .bufferFmt = NV_ENC_BUFFER_FORMAT_NV12, .pictureStruct = NV_ENC_PIC_STRUCT_FRAME};
}

__attribute__((unused)) static NVENCSTATUS submit(int i) {
	NV_ENC_PIC_PARAMS p = picture(i);
	return f.nvEncEncodePicture(enc, &p);
}

__attribute__((unused)) static NVENCSTATUS end_of_stream(void) {
	NV_ENC_PIC_PARAMS p = {.version = NV_ENC_PIC_PARAMS_VER, .encodePicFlags = NV_ENC_PIC_FLAG_EOS};
	return f.nvEncEncodePicture(enc, &p);
}

static NVENCSTATUS lock_output(void *b, NV_ENC_LOCK_BITSTREAM *l) {
	*l = (NV_ENC_LOCK_BITSTREAM){.version = NV_ENC_LOCK_BITSTREAM_VER, .outputBitstream = b};
	return f.nvEncLockBitstream(enc, l);
}

// take locks and unlocks the next output and returns its size.
__attribute__((unused)) static unsigned take(void) {
	NV_ENC_LOCK_BITSTREAM l;
	CHECK(lock_output(output[taken % SLOTS], &l), 0);
	taken++;
	CHECK(l.bitstreamSizeInBytes > 4 && !memcmp(l.bitstreamBufferPtr, "\0\0\0\1", 4), 1);
	CHECK(f.nvEncUnlockBitstream(enc, l.outputBitstream), 0);
	return l.bitstreamSizeInBytes;
}
