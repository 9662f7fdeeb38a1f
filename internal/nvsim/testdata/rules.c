// Device memory, contexts and the order of streams: what breaks a rule, and beside it what
// keeps it.
#include "rules.h"

static void nothing(void) {}
static void touch(void) {
	cuMemAlloc_v2(&mem, N);
	*(volatile char *)(uintptr_t)mem = 1;
}
static void leak(void) { cuEventCreate(&ev, 2); }
static void memory_leak(void) { cuMemAlloc_v2(&mem, 4242); }
static void free_twice(void) {
	cuMemAlloc_v2(&mem, N);
	CHECK(cuMemFree_v2(mem), 0);
	cuMemFree_v2(mem);
}
static void beyond(void) {
	cuMemAlloc_v2(&mem, 1000);
	CHECK(cuMemcpyDtoH_v2(host, mem, 1001), 1);
	CHECK(cuMemcpyDtoH_v2(host, mem + 500, 501), 1);
	CHECK(cuMemcpyDtoH_v2(host, mem + 500, 500), 0);
	CHECK(cuMemcpyHtoD_v2(mem, (void *)(uintptr_t)mem, 10), 1);
	CUDA_MEMCPY2D c = {.srcMemoryType = CU_MEMORYTYPE_DEVICE, .srcDevice = mem, .srcPitch = 100, .dstMemoryType = CU_MEMORYTYPE_HOST, .dstHost = host, .dstPitch = 100,
		.WidthInBytes = 100, .Height = 10};
	CHECK(cuMemcpy2D_v2(&c), 0);
	c.srcPitch = 99;
	CHECK(cuMemcpy2D_v2(&c), 1);
	c.srcPitch = 100, c.srcXInBytes = 1, c.WidthInBytes = 99;
	CHECK(cuMemcpy2D_v2(&c), 0);
	c.srcY = 1;
	CHECK(cuMemcpy2D_v2(&c), 1);
	cuMemFree_v2(mem);
	CHECK(cuMemcpyDtoH_v2(host, mem, 1), 1);
}
static void bytes(void) {
	cuMemAlloc_v2(&mem, N);
	CHECK(cuMemsetD8_v2(mem, 7, N), 0);
	CHECK(cuMemsetD32_v2(mem + 4, 0x01020304, 2), 0);
	CHECK(cuMemsetD2D16_v2(mem + 64, 64, 0x0a0b, 3, 2), 0);
	CHECK(cuMemcpyDtoH_v2(host, mem, 256), 0);
	CHECK(host[3], 7);
	CHECK(host[4], 4);
	CHECK(host[11], 1);
	CHECK(host[12], 7);
	CHECK(host[64], 0x0b);
	CHECK(host[69], 0x0a);
	CHECK(host[70], 7);
	CHECK(host[129], 0x0a);
	cuMemFree_v2(mem);
}
static void no_context(void) {
	cuCtxPopCurrent_v2(NULL);
	CHECK(cuMemAlloc_v2(&mem, N), 201);
	CHECK(cuCtxPopCurrent_v2(NULL), 201);
	cuCtxPushCurrent_v2(ctx);
}
static void dead_context(void) {
	CUcontext c;
	CHECK(cuCtxCreate_v2(&c, 0, 0), 0);
	CHECK(cuCtxDestroy_v2(c), 0);
	cuCtxPushCurrent_v2(c);
}
static void *pusher(void *p) {
	cuCtxPushCurrent_v2(ctx);
	return p;
}
static void unbalanced(void) {
	pthread_t t;
	pthread_create(&t, NULL, pusher, NULL);
	pthread_join(t, NULL);
}
static void memory_in_context(void) {
	CUcontext c;
	cuCtxCreate_v2(&c, 0, 0);
	cuMemAlloc_v2(&mem, N);
	cuCtxDestroy_v2(c);
}
static void released_twice(void) {
	cuDevicePrimaryCtxRelease_v2(0);
	cuDevicePrimaryCtxRelease_v2(0);
	cuDevicePrimaryCtxRetain(&ctx, 0);
}
extern CUresult cuMemAlloc(void);
static void legacy_name(void) { cuMemAlloc(); }

// --- the order of streams

static void read_unordered(void) {
	streams();
	cuMemsetD8Async(mem, 1, N, a);
	cuMemcpyDtoHAsync_v2(host, mem, 100, b);
	end();
}
static void read_by_event(void) {
	streams();
	cuMemsetD8Async(mem, 1, N, a);
	cuEventRecord(ev, a);
	cuStreamWaitEvent(b, ev, 0);
	cuMemcpyDtoHAsync_v2(host, mem, 100, b);
	CHECK(host[99], 1);
	end();
}
static void event_too_early(void) {
	streams();
	cuEventRecord(ev, a);
	cuMemsetD8Async(mem, 1, N, a);
	cuStreamWaitEvent(b, ev, 0);
	cuMemcpyDtoHAsync_v2(host, mem, 100, b);
	end();
}
static void read_by_wait(void) {
	streams();
	cuMemsetD8Async(mem, 1, N, a);
	cuStreamSynchronize(a);
	cuMemcpyDtoHAsync_v2(host, mem, 100, b);
	end();
}
static void write_while_read(void) {
	streams();
	CUdeviceptr other;
	cuMemAlloc_v2(&other, N);
	cuMemsetD8Async(mem, 1, N, a);
	cuMemcpyDtoDAsync_v2(other, mem, N, a);
	cuMemsetD8Async(mem, 2, N, b);
	cuMemFree_v2(other);
	end();
}
static void both_read(void) {
	streams();
	CUdeviceptr x, y;
	cuMemAlloc_v2(&x, N), cuMemAlloc_v2(&y, N);
	cuMemsetD8_v2(mem, 1, N);
	cuCtxSynchronize();
	cuMemcpyDtoDAsync_v2(x, mem, N, a);
	cuMemcpyDtoDAsync_v2(y, mem, N, b);
	cuCtxSynchronize();
	cuMemFree_v2(x), cuMemFree_v2(y);
	end();
}
static void side_by_side(void) { // two streams fill two columns of one image
	streams();
	cuMemsetD2D8Async(mem, 256, 1, 100, 200, a);
	cuMemsetD2D8Async(mem + 100, 256, 2, 100, 200, b);
	cuCtxSynchronize();
	end();
}
static void columns_overlap(void) {
	streams();
	cuMemsetD2D8Async(mem, 256, 1, 101, 200, a);
	cuMemsetD2D8Async(mem + 100, 256, 2, 100, 200, b);
	end();
}
static void legacy_orders(void) { // streams that do not block the legacy stream, and one that does
	CUstream s;
	streams();
	cuStreamCreate(&s, 0);
	cuMemsetD8Async(mem, 1, N, s);
	cuMemsetD8Async(mem, 2, N, NULL);
	cuMemsetD8Async(mem, 3, N, s);
	cuStreamDestroy_v2(s);
	cuCtxSynchronize();
	end();
}
static void legacy_does_not(void) {
	streams();
	cuMemsetD8Async(mem, 1, N, a);
	cuMemsetD8Async(mem, 2, N, NULL);
	end();
}
static void free_unordered(void) {
	CUdeviceptr p;
	streams();
	cuMemAllocAsync(&p, N, a);
	cuMemsetD8Async(p, 1, N, a);
	cuMemFreeAsync(p, b);
	end();
}
static void free_ordered(void) {
	CUdeviceptr p;
	streams();
	cuMemAllocAsync(&p, N, a);
	cuMemsetD8Async(p, 1, N, a);
	cuMemFreeAsync(p, a);
	end();
}
static void dead_stream(void) {
	streams();
	cuStreamDestroy_v2(a);
	cuMemsetD8Async(mem, 1, N, a);
	cuStreamDestroy_v2(b), cuEventDestroy_v2(ev), cuMemFree_v2(mem);
}
static void dead_event(void) {
	streams();
	cuEventDestroy_v2(ev);
	cuEventRecord(ev, a);
	cuStreamDestroy_v2(a), cuStreamDestroy_v2(b), cuMemFree_v2(mem);
}
static void in_order(void) { // for asynchronous mode: results are those of the order
	char *pinned;
	streams();
	cuMemHostAlloc((void **)&pinned, N, 0);
	for (int i = 0; i < 20; i++) {
		cuMemsetD8Async(mem, (unsigned char)i, N, a);
		cuEventRecord(ev, a);
		cuStreamWaitEvent(b, ev, 0);
		cuMemcpyDtoHAsync_v2(pinned, mem, N, b);
		cuEventRecord(ev, b);
		cuStreamWaitEvent(a, ev, 0);
		if (i == 19)
			CHECK(cuEventQuery(ev), nvsim_env_int("NVSIM_ASYNC", 0) ? 600 : 0);
		cuEventSynchronize(ev);
		CHECK(pinned[N - 1], i);
	}
	cuMemFreeHost(pinned);
	end();
}
static void call(void *p) { *(int *)p = 42; }
static void host_call(void) {
	int v = 0;
	streams();
	cuLaunchHostFunc(a, call, &v);
	cuStreamSynchronize(a);
	CHECK(v, 42);
	end();
}
static void sticky(void) {
	cuMemAlloc_v2(&mem, N);
	CHECK(cuMemcpyDtoH_v2(host, mem, 1), 700);
	CHECK(cuMemcpyDtoH_v2(host, mem, 1), 700);
	CHECK(cuCtxSynchronize(), 700);
	CHECK(cuMemFree_v2(mem), 0);
}
static void memory_limit(void) {
	CUdeviceptr p, q;
	CHECK(cuMemAlloc_v2(&p, 600000), 0);
	CHECK(cuMemAlloc_v2(&q, 600000), 2);
	cuMemFree_v2(p);
}
static void devices(void) {
	int n, major;
	CHECK(cuDeviceGetCount(&n), 0);
	CHECK(n, 2);
	CHECK(cuDeviceGetAttribute(&major, 75, 0), 0);
	CHECK(major, 9);
	CHECK(cuDeviceGetAttribute(&major, 75, 1), 0);
	CHECK(major, 8);
}

static void kernel(void) {
	static const char ptx[] = ".version 6.0\n.target sm_50\n.address_size 64\n.visible .entry add(.param .u64 p, .param .u32 n, .param .f32 k) { ret; }\n"
				  ".visible .entry none() { ret; }\n";
	CUmodule m;
	CUfunction f;
	float v[4] = {1, 2, 3, 4}, k = 0.5f;
	unsigned n = 4;
	void *args[] = {&mem, &n, &k};
	streams();
	CHECK(cuModuleLoadDataEx(&m, ptx, 0, NULL, NULL), 0);
	CHECK(cuModuleGetFunction(&f, m, "sub"), 500);
	CHECK(cuModuleGetFunction(&f, m, "add"), 0);
	cuMemcpyHtoD_v2(mem, v, sizeof v);
	CHECK(cuLaunchKernel(f, 2, 1, 1, 2, 1, 1, 0, a, args, NULL), 0);
	CHECK(cuLaunchKernel(f, 0, 1, 1, 2, 1, 1, 0, a, args, NULL), 1);
	cuStreamSynchronize(a);
	cuMemcpyDtoH_v2(v, mem, sizeof v);
	CHECK(v[0] * 10, 15);
	CHECK(v[3] * 10, 45);
	cuModuleUnload(m);
	end();
}
static void kernel_race(void) {
	static const char ptx[] = ".version 6.0\n.target sm_50\n.address_size 64\n.visible .entry add(.param .u64 p, .param .u32 n, .param .f32 k) { ret; }\n";
	CUmodule m;
	CUfunction f;
	float k = 0.5f;
	unsigned n = 4;
	void *args[] = {&mem, &n, &k};
	streams();
	cuModuleLoadData(&m, ptx);
	cuModuleGetFunction(&f, m, "add");
	cuMemsetD8_v2(mem, 0, N);
	cuCtxSynchronize();
	cuLaunchKernel(f, 2, 1, 1, 2, 1, 1, 0, a, args, NULL);
	cuMemcpyDtoHAsync_v2(host, mem, 16, b);
	cuModuleUnload(m);
	end();
}
static void bad_ptx(void) {
	char log[256] = "";
	CUjit_option o[] = {CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
	void *v[] = {log, (void *)sizeof log};
	CUmodule m;
	CHECK(cuModuleLoadDataEx(&m, ".version 9.1\n.target sm_50\n.address_size 64\n", 2, o, v), 222);
	CHECK(cuModuleLoadDataEx(&m, ".version 8.7\n.target sm_120\n.address_size 64\n", 0, NULL, NULL), 218);
	CHECK(cuModuleLoadDataEx(&m, ".version 6.0\n.target sm_50\n.address_size 64\nbogus\n", 2, o, v), 218);
	CHECK(strstr(log, "line 4") != NULL, 1);
}

static void no_device(void) {} // see rules_main

RULES(RULE(nothing), RULE(touch), RULE(leak), RULE(memory_leak), RULE(free_twice), RULE(beyond), RULE(bytes), RULE(no_context),
	RULE(dead_context), RULE(unbalanced), RULE(memory_in_context), RULE(released_twice), RULE(legacy_name), RULE(read_unordered),
	RULE(read_by_event), RULE(event_too_early), RULE(read_by_wait), RULE(write_while_read), RULE(both_read), RULE(side_by_side),
	RULE(columns_overlap), RULE(legacy_orders), RULE(legacy_does_not), RULE(free_unordered), RULE(free_ordered), RULE(dead_stream),
	RULE(dead_event), RULE(in_order), RULE(host_call), RULE(sticky), RULE(memory_limit), RULE(devices), RULE(kernel), RULE(kernel_race),
	RULE(bad_ptx), RULE(no_device))
