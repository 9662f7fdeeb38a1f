// Buffers, resources and streams of the encoder: what breaks a rule.
#include "rules_enc.h"

static void *host_buffer(void) {
	NV_ENC_CREATE_INPUT_BUFFER b = {.version = NV_ENC_CREATE_INPUT_BUFFER_VER, .width = W, .height = H, .bufferFmt = NV_ENC_BUFFER_FORMAT_NV12};
	CHECK(f.nvEncCreateInputBuffer(enc, &b), 0);
	return b.inputBuffer;
}
static NVENCSTATUS lock_input(void *b) {
	NV_ENC_LOCK_INPUT_BUFFER l = {.version = NV_ENC_LOCK_INPUT_BUFFER_VER, .inputBuffer = b};
	NVENCSTATUS s = f.nvEncLockInputBuffer(enc, &l);
	if (!s)
		memset(l.bufferDataPtr, 128, (size_t)l.pitch * H);
	return s;
}
static NVENCSTATUS submit_host(int i, void *b) {
	NV_ENC_PIC_PARAMS p = picture(i);
	p.inputBuffer = b, p.inputPitch = 0;
	return f.nvEncEncodePicture(enc, &p);
}

static void host_input(void) { // keeps the rules
	begin();
	void *b = host_buffer();
	for (int i = 0; i < 3; i++) {
		CHECK(lock_input(b), 0);
		CHECK(f.nvEncUnlockInputBuffer(enc, b), 0);
		CHECK(submit_host(i, b), 0);
		take();
	}
	CHECK(f.nvEncDestroyInputBuffer(enc, b), 0);
	finish();
}
static void not_a_buffer(void) {
	begin();
	lock_input(input[0]);
	finish();
}
static void input_twice(void) {
	begin();
	void *b = host_buffer();
	CHECK(lock_input(b), 0);
	lock_input(b);
	CHECK(f.nvEncUnlockInputBuffer(enc, b), 0);
	CHECK(f.nvEncDestroyInputBuffer(enc, b), 0);
	finish();
}
static void input_not_locked(void) {
	begin();
	void *b = host_buffer();
	f.nvEncUnlockInputBuffer(enc, b);
	CHECK(f.nvEncDestroyInputBuffer(enc, b), 0);
	finish();
}
static void submit_locked(void) {
	begin();
	void *b = host_buffer();
	CHECK(lock_input(b), 0);
	submit_host(0, b);
	CHECK(f.nvEncUnlockInputBuffer(enc, b), 0);
	take();
	CHECK(f.nvEncDestroyInputBuffer(enc, b), 0);
	finish();
}
static void input_in_flight(void) {
	begin();
	void *b = host_buffer();
	CHECK(submit_host(0, b), 0);
	lock_input(b);
	f.nvEncUnlockInputBuffer(enc, b);
	take();
	CHECK(f.nvEncDestroyInputBuffer(enc, b), 0);
	finish();
}
static void destroy_locked_input(void) {
	begin();
	void *b = host_buffer();
	CHECK(lock_input(b), 0);
	f.nvEncDestroyInputBuffer(enc, b);
	finish();
}
static void touch_unlocked(void) {
	begin();
	void *b = host_buffer();
	NV_ENC_LOCK_INPUT_BUFFER l = {.version = NV_ENC_LOCK_INPUT_BUFFER_VER, .inputBuffer = b};
	CHECK(f.nvEncLockInputBuffer(enc, &l), 0);
	CHECK(f.nvEncUnlockInputBuffer(enc, b), 0);
	*(volatile char *)l.bufferDataPtr = 1;
}
static void read_unlocked(void) {
	NV_ENC_LOCK_BITSTREAM l;
	begin();
	submit(0);
	CHECK(lock_output(output[0], &l), 0);
	CHECK(f.nvEncUnlockBitstream(enc, output[0]), 0);
	host[0] = *(volatile char *)l.bitstreamBufferPtr;
}
static void left_locked(void) { // at the end of the session
	NV_ENC_LOCK_BITSTREAM l;
	begin();
	void *b = host_buffer();
	CHECK(lock_input(b), 0);
	submit(0);
	CHECK(lock_output(output[0], &l), 0);
	f.nvEncDestroyEncoder(enc);
	for (int i = 0; i < SLOTS; i++)
		cuMemFree_v2(pixels[i]);
}

static void buffers_leak(void) {
	begin();
	host_buffer();
}

// --- resources

static void other_owner(void) {
	CUcontext c;
	CUdeviceptr p;
	begin();
	CHECK(cuCtxCreate_v2(&c, 0, 0), 0);
	CHECK(cuMemAlloc_v2(&p, pitch * H * 3 / 2), 0);
	CHECK(cuCtxPopCurrent_v2(NULL), 0);
	add_resource(p);
	cuCtxPushCurrent_v2(c);
	cuMemFree_v2(p);
	cuCtxDestroy_v2(c);
	finish();
}
static void too_small(void) {
	begin();
	CHECK(cuMemAlloc_v2(&mem, pitch * H), 0);
	add_resource(mem);
	cuMemFree_v2(mem);
	finish();
}
static void dead_array(void) {
	CUarray a;
	CUDA_ARRAY_DESCRIPTOR d = {.Width = W, .Height = H * 3 / 2, .Format = CU_AD_FORMAT_UNSIGNED_INT8, .NumChannels = 1};
	begin();
	CHECK(cuArrayCreate_v2(&a, &d), 0);
	CHECK(cuArrayDestroy(a), 0);
	NV_ENC_REGISTER_RESOURCE r = {.version = NV_ENC_REGISTER_RESOURCE_VER, .resourceType = NV_ENC_INPUT_RESOURCE_TYPE_CUDAARRAY, .width = W, .height = H, .pitch = W,
		.resourceToRegister = a, .bufferFormat = NV_ENC_BUFFER_FORMAT_NV12, .bufferUsage = NV_ENC_INPUT_IMAGE};
	CHECK(f.nvEncRegisterResource(enc, &r), NV_ENC_ERR_RESOURCE_REGISTER_FAILED);
	finish();
}
static void unregister_unknown(void) {
	begin();
	f.nvEncUnregisterResource(enc, enc);
	finish();
}
static void unregister_mapped(void) {
	begin();
	f.nvEncUnregisterResource(enc, resource[0]);
	resource[0] = input[0] = NULL;
	finish();
}
static void map_unknown(void) {
	begin();
	map_resource(enc);
	finish();
}
static void map_twice(void) {
	begin();
	map_resource(resource[0]);
	finish();
}
static void map_freed(void) {
	begin();
	CHECK(f.nvEncUnmapInputResource(enc, input[0]), 0);
	cuMemFree_v2(pixels[0]);
	pixels[0] = 0;
	input[0] = map_resource(resource[0]);
	finish();
}
static void encode_freed(void) {
	begin();
	cuMemFree_v2(pixels[0]);
	pixels[0] = 0;
	submit(0);
	finish();
}
static void unmap_twice(void) {
	begin();
	CHECK(f.nvEncUnmapInputResource(enc, input[0]), 0);
	f.nvEncUnmapInputResource(enc, input[0]);
	input[0] = NULL;
	finish();
}

// --- order of streams

static void io_dead_stream(void) {
	begin();
	CHECK(cuStreamCreate(&a, 1), 0);
	CUstream s = a;
	CHECK(cuStreamDestroy_v2(a), 0);
	f.nvEncSetIOCudaStreams(enc, &s, &s);
	finish();
}
static void io_changed(void) {
	begin();
	CHECK(cuStreamCreate(&a, 1), 0);
	CUstream s = a;
	CHECK(f.nvEncSetIOCudaStreams(enc, &s, &s), 0);
	s = NULL;
	submit(0);
	take();
	finish();
	cuStreamDestroy_v2(a);
}
static void io_destroyed(void) {
	begin();
	CHECK(cuStreamCreate(&a, 1), 0);
	CHECK(f.nvEncSetIOCudaStreams(enc, &a, &a), 0);
	CHECK(cuStreamDestroy_v2(a), 0);
	submit(0);
	finish();
}
static void io_ordered(void) { // the picture is written on the input stream
	begin();
	CHECK(cuStreamCreate(&a, 1), 0);
	CHECK(f.nvEncSetIOCudaStreams(enc, &a, &a), 0);
	cuMemsetD8Async(pixels[0], 77, pitch * H, a);
	CHECK(submit(0), 0);
	take();
	finish();
	cuStreamDestroy_v2(a);
}
static void io_unordered(void) { // on another one
	begin();
	CHECK(cuStreamCreate(&a, 1), 0);
	CHECK(cuStreamCreate(&b, 1), 0);
	CHECK(f.nvEncSetIOCudaStreams(enc, &a, &a), 0);
	cuMemsetD8Async(pixels[0], 77, pitch * H, b);
	submit(0);
	take();
	finish();
	cuStreamDestroy_v2(a), cuStreamDestroy_v2(b);
}
static void input_unordered(void) { // without streams of its own nothing orders the encoder
	begin();
	CHECK(cuStreamCreate(&b, 1), 0);
	cuMemsetD8Async(pixels[0], 77, pitch * H, b);
	submit(0);
	take();
	finish();
	cuStreamDestroy_v2(b);
}

RULES(RULE(host_input), RULE(not_a_buffer), RULE(input_twice), RULE(input_not_locked), RULE(submit_locked), RULE(input_in_flight), RULE(destroy_locked_input),
	RULE(touch_unlocked), RULE(read_unlocked), RULE(left_locked), RULE(buffers_leak), RULE(other_owner), RULE(too_small), RULE(dead_array), RULE(unregister_unknown), RULE(unregister_mapped),
	RULE(map_unknown), RULE(map_twice), RULE(map_freed), RULE(encode_freed), RULE(unmap_twice), RULE(io_dead_stream), RULE(io_changed), RULE(io_destroyed),
	RULE(io_ordered), RULE(io_unordered), RULE(input_unordered))
