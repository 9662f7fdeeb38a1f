// Calls of the driver with handles that are dead, of the wrong kind or never were, and
// with reserved fields set.
#include "rules.h"

static CUcontext made(void) {
	CUcontext c;
	CHECK(cuCtxCreate_v2(&c, 0, 0), 0);
	cuCtxPopCurrent_v2(NULL);
	return c;
}
static void context_twice(void) {
	CUcontext c = made();
	CHECK(cuCtxDestroy_v2(c), 0);
	cuCtxDestroy_v2(c);
}
static void destroy_primary(void) { cuCtxDestroy_v2(ctx); }
static void set_dead_context(void) {
	CUcontext c = made();
	CHECK(cuCtxDestroy_v2(c), 0);
	cuCtxSetCurrent(c);
}
static void reset_primary(void) { cuDevicePrimaryCtxReset_v2(0); }
static void current_dead(void) { // pushed twice: the destruction takes one away
	CUcontext c = made();
	cuCtxPushCurrent_v2(c), cuCtxPushCurrent_v2(c);
	CHECK(cuCtxDestroy_v2(c), 0);
	cuMemAlloc_v2(&mem, N);
	cuCtxPopCurrent_v2(NULL);
}
static void stream_in_context(void) {
	CUcontext c = made();
	cuCtxPushCurrent_v2(c);
	cuStreamCreate(&a, 1);
	cuCtxDestroy_v2(c);
}

static void without_a(void) {
	cuStreamDestroy_v2(b), cuEventDestroy_v2(ev), cuMemFree_v2(mem);
}
static void copy_dead_stream(void) {
	streams();
	cuStreamDestroy_v2(a);
	cuMemcpyDtoHAsync_v2(host, mem, 10, a);
	without_a();
}
static void record_dead_stream(void) {
	streams();
	cuStreamDestroy_v2(a);
	cuEventRecord(ev, a);
	without_a();
}
static void wait_dead_stream(void) {
	streams();
	cuStreamDestroy_v2(a);
	cuStreamSynchronize(a);
	without_a();
}
static void stream_twice(void) {
	streams();
	cuStreamDestroy_v2(a);
	cuStreamDestroy_v2(a);
	without_a();
}
static void wait_dead_event(void) {
	streams();
	cuEventDestroy_v2(ev);
	cuStreamWaitEvent(a, ev, 0);
	cuStreamDestroy_v2(a), cuStreamDestroy_v2(b), cuMemFree_v2(mem);
}
static void event_twice(void) {
	streams();
	cuEventDestroy_v2(ev);
	cuEventDestroy_v2(ev);
	cuStreamDestroy_v2(a), cuStreamDestroy_v2(b), cuMemFree_v2(mem);
}
static void old_names(void) { // these two are the same as the new ones
	extern CUresult cuStreamDestroy(CUstream), cuEventDestroy(CUevent);
	streams();
	CHECK(cuStreamDestroy(a), 0);
	CHECK(cuEventDestroy(ev), 0);
	cuStreamDestroy_v2(b), cuMemFree_v2(mem);
}

static void free_host_device(void) {
	CHECK(cuMemAlloc_v2(&mem, N), 0);
	cuMemFreeHost((void *)(uintptr_t)mem);
	cuMemFree_v2(mem);
}
static void unregister_unknown(void) { cuMemHostUnregister(host); }
static void free_inside(void) {
	CHECK(cuMemAlloc_v2(&mem, N), 0);
	cuMemFree_v2(mem + 256);
	cuMemFree_v2(mem);
}
static CUarray array(void) {
	CUarray r;
	CUDA_ARRAY_DESCRIPTOR d = {.Width = 64, .Height = 4, .Format = CU_AD_FORMAT_UNSIGNED_INT8, .NumChannels = 1}, is;
	CHECK(cuArrayCreate_v2(&r, &d), 0);
	CHECK(cuArrayGetDescriptor_v2(&is, r), 0);
	CHECK(memcmp(&is, &d, sizeof d), 0);
	return r;
}
static void array_twice(void) {
	CUarray r = array();
	CHECK(cuArrayDestroy(r), 0);
	cuArrayDestroy(r);
}
static void copy_dead_array(void) {
	CUarray r = array();
	CUDA_MEMCPY2D c = {.srcMemoryType = CU_MEMORYTYPE_HOST, .srcHost = host, .dstMemoryType = CU_MEMORYTYPE_ARRAY, .dstArray = r, .WidthInBytes = 64, .Height = 4};
	CHECK(cuMemcpy2D_v2(&c), 0);
	CHECK(cuArrayDestroy(r), 0);
	cuMemcpy2D_v2(&c);
}
static void array_leak(void) {
	CUarray r;
	CUDA_ARRAY3D_DESCRIPTOR d = {.Width = 64, .Height = 4, .Format = CU_AD_FORMAT_FLOAT, .NumChannels = 4};
	CHECK(cuArray3DCreate_v2(&r, &d), 0);
	d.Depth = 2;
	CHECK(cuArray3DCreate_v2(&r, &d), CUDA_ERROR_NOT_SUPPORTED);
}
static void free_async_unknown(void) {
	streams();
	cuMemFreeAsync(mem + 256, a);
	end();
}
static void pool_reserved(void) {
	CUmemPoolProps p = {.allocType = 1, .location = {1, 0}, .reserved = {[53] = 1}};
	CUmemoryPool pool;
	CHECK(cuMemPoolCreate(&pool, &p), 0);
	cuMemPoolDestroy(pool);
}
static void pool_twice(void) {
	CUmemPoolProps p = {.allocType = 1, .location = {1, 0}};
	CUmemoryPool pool;
	CHECK(cuMemPoolCreate(&pool, &p), 0);
	CHECK(cuMemPoolDestroy(pool), 0);
	cuMemPoolDestroy(pool);
}

static const char ptx[] = ".version 6.0\n.target sm_50\n.address_size 64\n.visible .entry none() { ret; }\n";
static void module_twice(void) {
	CUmodule m;
	CHECK(cuModuleLoadData(&m, ptx), 0);
	CHECK(cuModuleUnload(m), 0);
	cuModuleUnload(m);
}
static void module_leak(void) {
	CUmodule m;
	CHECK(cuModuleLoadData(&m, ptx), 0);
}
static void launch(int dead) {
	CUmodule m;
	CUfunction f;
	streams();
	CHECK(cuModuleLoadData(&m, ptx), 0);
	CHECK(cuModuleGetFunction(&f, m, "none"), 0);
	if (dead)
		cuStreamDestroy_v2(a);
	cuLaunchKernel(f, 1, 1, 1, 1, 1, 1, 0, a, NULL, NULL);
	cuModuleUnload(m);
	if (!dead)
		cuStreamDestroy_v2(a);
	without_a();
}
static void launch_dead_stream(void) { launch(1); }
static void launch_without_twin(void) { launch(0); }

static void context_leak(void) { made(); }
static void primary_leak(void) { CHECK(cuDevicePrimaryCtxRetain(&ctx, 0), 0); }
static void memory_alive(void) { // the primary context outlives the client
	CHECK(cuDevicePrimaryCtxRetain(&ctx, 0), 0);
	CHECK(cuMemAlloc_v2(&mem, N), 0);
}
static void stream_leak(void) {
	CHECK(cuDevicePrimaryCtxRetain(&ctx, 0), 0);
	CHECK(cuStreamCreate(&a, 1), 0);
}
static void pinned_leak(void) {
	void *p;
	CHECK(cuMemHostAlloc(&p, 1000, 0), 0);
}
static void registered_leak(void) { CHECK(cuMemHostRegister_v2(host, 4096, 0), 0); }
static void pool_leak(void) {
	CUmemPoolProps p = {.allocType = 1, .location = {1, 0}};
	CUmemoryPool pool;
	CHECK(cuMemPoolCreate(&pool, &p), 0);
}

RULES(RULE(context_twice), RULE(destroy_primary), RULE(set_dead_context), RULE(reset_primary), RULE(current_dead), RULE(stream_in_context), RULE(copy_dead_stream),
	RULE(record_dead_stream), RULE(wait_dead_stream), RULE(stream_twice), RULE(wait_dead_event), RULE(event_twice), RULE(old_names), RULE(free_host_device),
	RULE(unregister_unknown), RULE(free_inside), RULE(free_async_unknown), RULE(pool_reserved), RULE(pool_twice), RULE(module_twice), RULE(module_leak),
	RULE(launch_dead_stream), RULE(launch_without_twin), RULE(context_leak), RULE(primary_leak), RULE(memory_alive), RULE(stream_leak),
	RULE(pinned_leak), RULE(registered_leak), RULE(pool_leak), RULE(array_twice), RULE(copy_dead_array),
	RULE(array_leak))
