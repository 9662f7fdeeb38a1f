// Clients that break one rule each, and some that break none:
//
//	rules NAME [STREAM]
//
// STREAM is an H.264 file, Annex B. What is wrong without being a violation is
// printed as "FAIL ..." and gives the exit status 1.
#include "cuvid_int.h"
#include <unistd.h>

static int failed;
#define CHECK(got, want)                                                                                                                                       \
	do {                                                                                                                                                   \
		int g_ = (int)(got), w_ = (int)(want);                                                                                                         \
		if (g_ != w_) {                                                                                                                                \
			printf("FAIL line %d: %s is %d, not %d\n", __LINE__, #got, g_, w_);                                                                    \
			failed = 1;                                                                                                                            \
		}                                                                                                                                              \
	} while (0)

static CUcontext ctx;
static CUdeviceptr mem;
static CUstream a, b;
static CUevent ev;
static char host[1 << 16];
static uint8_t *stream;
static size_t size;

enum { N = 1 << 16 };

static void streams(void) {
	CHECK(cuMemAlloc_v2(&mem, N), 0);
	CHECK(cuStreamCreate(&a, 1), 0);
	CHECK(cuStreamCreate(&b, 1), 0);
	CHECK(cuEventCreate(&ev, 2), 0);
}

static void end(void) {
	cuStreamDestroy_v2(a), cuStreamDestroy_v2(b), cuEventDestroy_v2(ev), cuMemFree_v2(mem);
}

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

// --- video

static CUvideodecoder dec;
static CUvideoparser par;
static int surfaces, extra, shown[64], nshown, ndec;
static int (*on_decode)(CUVIDPICPARAMS *), (*on_display)(int);

static CUVIDDECODECREATEINFO info(void) {
	return (CUVIDDECODECREATEINFO){.ulWidth = 320, .ulHeight = 240, .ulNumDecodeSurfaces = 6, .CodecType = cudaVideoCodec_H264, .ChromaFormat = cudaVideoChromaFormat_420,
		.ulCreationFlags = cudaVideoCreate_PreferCUVID, .ulNumOutputSurfaces = 2, .ulTargetWidth = 320, .ulTargetHeight = 240};
}

static int sequence_cb(void *u, CUVIDEOFORMAT *f) {
	(void)u;
	CUVIDDECODECREATEINFO i = info();
	i.ulWidth = f->coded_width, i.ulHeight = f->coded_height;
	i.ulTargetWidth = (unsigned long)f->display_area.right, i.ulTargetHeight = (unsigned long)f->display_area.bottom;
	i.ulNumDecodeSurfaces = (unsigned long)(surfaces = f->min_num_decode_surfaces + extra);
	if (!dec)
		CHECK(cuvidCreateDecoder(&dec, &i), 0);
	return surfaces;
}
static int decode_cb(void *u, CUVIDPICPARAMS *p) {
	(void)u;
	ndec++;
	if (on_decode)
		return on_decode(p);
	CHECK(cuvidDecodePicture(dec, p), 0);
	return 1;
}
static int display_cb(void *u, CUVIDPARSERDISPINFO *d) {
	(void)u;
	if (d) {
		shown[nshown++ & 63] = d->picture_index;
		return on_display ? on_display(d->picture_index) : 1;
	}
	return 1;
}

static CUVIDPARSERPARAMS parser_params(void) {
	return (CUVIDPARSERPARAMS){.CodecType = cudaVideoCodec_H264, .ulMaxNumDecodeSurfaces = 1, .ulClockRate = 1000, .ulMaxDisplayDelay = 0,
		.pfnSequenceCallback = sequence_cb, .pfnDecodePicture = decode_cb, .pfnDisplayPicture = display_cb};
}

static CUresult parse(const uint8_t *d, size_t n, unsigned long flags) {
	CUVIDSOURCEDATAPACKET k = {.flags = flags, .payload_size = n, .payload = d};
	return cuvidParseVideoData(par, &k);
}

static void start(void) {
	CUVIDPARSERPARAMS pp = parser_params();
	CHECK(cuvidCreateVideoParser(&par, &pp), 0);
}

static void stop(void) {
	CHECK(cuvidDestroyVideoParser(par), 0);
	if (dec)
		CHECK(cuvidDestroyDecoder(dec), 0);
}

static void decode_all(void) {
	start();
	CHECK(parse(stream, size, CUVID_PKT_ENDOFSTREAM), 0);
	CHECK(nshown > 8 && ndec == nshown, 1);
}

static CUresult map(int idx, unsigned long long *p) {
	CUVIDPROCPARAMS v = {.progressive_frame = 1};
	unsigned pitch;
	return cuvidMapVideoFrame64(dec, idx, p, &pitch, &v);
}

static int map_one(int idx) {
	unsigned long long p;
	CHECK(map(idx, &p), 0);
	CHECK(cuvidUnmapVideoFrame64(dec, p), 0);
	return 1;
}
static void decode_and_map(void) {
	on_display = map_one;
	decode_all();
	stop();
}
static int first = -1;
static int map_first(int idx) { // again and again the first picture shown
	unsigned long long p;
	if (first < 0)
		first = idx;
	if (!map(first, &p))
		cuvidUnmapVideoFrame64(dec, p);
	return 1;
}
static void map_late(void) {
	on_display = map_first;
	decode_all();
	stop();
}
static void map_rules(void) {
	extra = 4;
	decode_all();
	unsigned long long p, q, r;
	int i = shown[(nshown - 1) & 63], j = shown[(nshown - 2) & 63], k = shown[(nshown - 3) & 63];
	CHECK(map(i, &p), 0);
	CHECK(map(i, &q), 208);
	CHECK(p == q, 1);
	CHECK(map(j, &q), 0);
	CHECK(map(k, &r), 205);
	CHECK(map(-1, &r), 1);
	CHECK(map(surfaces, &r), 1);
	CHECK(cuvidUnmapVideoFrame64(dec, p), 0);
	CHECK(cuvidUnmapVideoFrame64(dec, p), 211);
	CHECK(cuvidUnmapVideoFrame64(dec, q), 0);
	CHECK(cuvidUnmapVideoFrame64(dec, 12345), 211);
	cuCtxPopCurrent_v2(NULL); // without a context the slot is taken all the same
	CHECK(map(i, &p), 2);
	cuCtxPushCurrent_v2(ctx);
	CHECK(map(i, &q), 208);
	CHECK(cuvidUnmapVideoFrame64(dec, p), 0);
	CHECK(map(i, &q), 0);
	CHECK(cuvidUnmapVideoFrame64(dec, q), 0);
	stop();
}
static void destroy_mapped(void) {
	decode_all();
	unsigned long long p;
	map(shown[(nshown - 1) & 63], &p);
	stop();
}
static void unmap_race(void) { // the next frame is made while the copy of the last is under way
	CUVIDPROCPARAMS v = {.progressive_frame = 1};
	unsigned long long p;
	unsigned pitch;
	extra = 4;
	streams();
	decode_all();
	for (int i = 0; i < 2; i++) {
		v.output_stream = i ? b : a;
		cuvidMapVideoFrame64(dec, shown[(nshown - 1 - i) & 63], &p, &pitch, &v);
		cuMemcpyDtoDAsync_v2(mem + (unsigned)i * 4096, p, 4096, v.output_stream);
		cuvidUnmapVideoFrame64(dec, p);
	}
	stop();
	end();
}
static void copy_unordered(void) {
	CUVIDPROCPARAMS v = {.progressive_frame = 1};
	unsigned long long p;
	unsigned pitch;
	streams();
	decode_all();
	v.output_stream = a;
	cuvidMapVideoFrame64(dec, shown[(nshown - 1) & 63], &p, &pitch, &v);
	cuMemcpyDtoDAsync_v2(mem, p, 4096, b);
	cuCtxSynchronize();
	cuvidUnmapVideoFrame64(dec, p);
	stop();
	end();
}
static int change(CUVIDPICPARAMS *p) {
	p->CodecSpecific.h264.num_ref_frames++;
	cuvidDecodePicture(dec, p);
	p->CodecSpecific.h264.num_ref_frames--;
	return 1;
}
static void changed_picture(void) {
	on_decode = change;
	start();
	parse(stream, size, CUVID_PKT_ENDOFSTREAM);
	stop();
}
static CUVIDPICPARAMS kept;
static int keep(CUVIDPICPARAMS *p) {
	kept = *p;
	return 1;
}
static void late_decode(void) {
	on_decode = keep;
	start();
	parse(stream, size, CUVID_PKT_ENDOFSTREAM);
	cuvidDecodePicture(dec, &kept);
	stop();
}
static int again(CUVIDPICPARAMS *p) {
	(void)p;
	parse(stream, 10, 0);
	on_decode = NULL;
	return 1;
}
static void parse_inside(void) {
	on_decode = again;
	start();
	parse(stream, size, CUVID_PKT_ENDOFSTREAM);
	stop();
}
static int only_one(void *u, CUVIDEOFORMAT *f) {
	sequence_cb(u, f);
	return 1;
}
static void one_surface(void) {
	CUVIDPARSERPARAMS pp = parser_params();
	pp.pfnSequenceCallback = only_one;
	cuvidCreateVideoParser(&par, &pp);
	parse(stream, size, CUVID_PKT_ENDOFSTREAM);
	stop();
}
static void parser_reserved(void) {
	CUVIDPARSERPARAMS pp = parser_params();
	pp.uReserved1[2] = 1;
	cuvidCreateVideoParser(&par, &pp);
	cuvidDestroyVideoParser(par);
}
static void map_reserved(void) {
	extra = 4;
	decode_all();
	CUVIDPROCPARAMS v = {.progressive_frame = 1};
	unsigned long long p;
	unsigned pitch;
	v.Reserved[45] = 1;
	cuvidMapVideoFrame64(dec, shown[(nshown - 1) & 63], &p, &pitch, &v);
	cuvidUnmapVideoFrame64(dec, p);
	stop();
}
static void caps_reserved(void) {
	CUVIDDECODECAPS c = {.eCodecType = cudaVideoCodec_H264, .eChromaFormat = cudaVideoChromaFormat_420, .reserved3 = {[9] = 1}};
	CHECK(cuvidGetDecoderCaps(&c), 0);
}
static void reconfigure_reserved(void) {
	CUVIDDECODECREATEINFO i = info();
	cuvidCreateDecoder(&dec, &i);
	CUVIDRECONFIGUREDECODERINFO r = {.ulWidth = 320, .ulHeight = 240, .ulTargetWidth = 320, .ulTargetHeight = 240, .ulNumDecodeSurfaces = 6, .reserved2 = {[10] = 1}};
	cuvidReconfigureDecoder(dec, &r);
	cuvidDestroyDecoder(dec);
}
static void map_lost(void) {
	decode_all();
	CUVIDRECONFIGUREDECODERINFO r = {.ulWidth = 320, .ulHeight = 192, .ulTargetWidth = 160, .ulTargetHeight = 90, .ulNumDecodeSurfaces = (unsigned)surfaces};
	CHECK(cuvidReconfigureDecoder(dec, &r), 0);
	map_one(shown[nshown - 1]);
	stop();
}
static void null_payload(void) {
	start();
	parse(NULL, 10, 0);
	stop();
}
static void parser_leak(void) { start(); }
static void decode_fault(void) {
	start();
	on_decode = NULL;
	CHECK(parse(stream, 4096, 0), 999);
	stop();
}

// What creation answers: the list of shared/abi/h200-580/errs.txt.
#define TRY(want, change)                                                                                                                                      \
	do {                                                                                                                                                   \
		CUVIDDECODECREATEINFO c = info();                                                                                                              \
		CUvideodecoder d = NULL;                                                                                                                       \
		change;                                                                                                                                        \
		CHECK(cuvidCreateDecoder(&d, &c), want);                                                                                                       \
		if (d)                                                                                                                                         \
			cuvidDestroyDecoder(d);                                                                                                                \
	} while (0)
static void creation(void) {
	TRY(0, (void)c);
	TRY(1, c.ulNumDecodeSurfaces = 0);
	TRY(0, c.ulNumDecodeSurfaces = 1);
	TRY(0, c.ulNumDecodeSurfaces = 32);
	TRY(1, c.ulNumDecodeSurfaces = 33);
	TRY(0, c.ulNumOutputSurfaces = 0);
	TRY(0, c.ulNumOutputSurfaces = 64);
	TRY(1, c.ulNumOutputSurfaces = 65);
	TRY(2, c.ulTargetWidth = c.ulTargetHeight = 0);
	TRY(0, c.ulTargetWidth = 319; c.ulTargetHeight = 239);
	TRY(0, c.ulTargetWidth = c.ulTargetHeight = 2);
	TRY(0, c.ulWidth = 48; c.ulHeight = 16);
	TRY(1, c.ulWidth = c.ulHeight = 32);
	TRY(0, c.ulWidth = c.ulHeight = 4096);
	TRY(1, c.ulWidth = 4112; c.ulHeight = 4096);
	TRY(0, c.CodecType = 8; c.ulWidth = c.ulHeight = 8192);
	TRY(801, c.bitDepthMinus8 = 2; c.OutputFormat = 1);
	TRY(801, c.ChromaFormat = 3; c.OutputFormat = 2);
	TRY(801, c.ChromaFormat = 2; c.OutputFormat = 4);
	TRY(1, c.OutputFormat = 1);
	TRY(801, c.OutputFormat = 2);
	TRY(801, c.OutputFormat = 77);
	TRY(0, c.CodecType = 8; c.bitDepthMinus8 = 2);
	TRY(801, c.CodecType = 8; c.ChromaFormat = 3);
	TRY(801, c.Reserved2[0] = 1);
	TRY(0, c.ulMaxWidth = c.ulMaxHeight = 16);
	TRY(1, c.ulMaxWidth = c.ulMaxHeight = 8192);
	TRY(1, c.CodecType = 99);
	TRY(0, c.CodecType = 5);
	TRY(801, c.ChromaFormat = 0);
	cuCtxPopCurrent_v2(NULL);
	TRY(201, (void)c);
	cuCtxPushCurrent_v2(ctx);
	CHECK(cuvidCreateDecoder(&dec, NULL), 1);
	CHECK(cuvidDestroyDecoder(NULL), 400);
	CHECK(cuvidDestroyVideoParser(NULL), 400);
}

#define RULE(f) {#f, f}
static const struct {
	const char *name;
	void (*run)(void);
} rules[] = {RULE(nothing), RULE(touch), RULE(leak), RULE(memory_leak), RULE(free_twice), RULE(beyond), RULE(bytes), RULE(no_context), RULE(dead_context), RULE(unbalanced),
	RULE(memory_in_context), RULE(released_twice), RULE(legacy_name), RULE(read_unordered), RULE(read_by_event), RULE(event_too_early), RULE(read_by_wait),
	RULE(write_while_read), RULE(both_read), RULE(side_by_side), RULE(columns_overlap), RULE(legacy_orders), RULE(legacy_does_not), RULE(free_unordered),
	RULE(free_ordered), RULE(dead_stream), RULE(dead_event), RULE(in_order), RULE(host_call), RULE(sticky), RULE(memory_limit), RULE(devices), RULE(kernel),
	RULE(kernel_race), RULE(bad_ptx), RULE(decode_and_map), RULE(map_late), RULE(map_rules), RULE(destroy_mapped), RULE(unmap_race), RULE(copy_unordered),
	RULE(changed_picture), RULE(late_decode), RULE(parse_inside), RULE(one_surface), RULE(parser_reserved), RULE(map_reserved), RULE(caps_reserved),
	RULE(reconfigure_reserved), RULE(map_lost), RULE(null_payload), RULE(parser_leak), RULE(decode_fault), RULE(creation)};

int main(int argc, char **argv) {
	if (argc > 2) {
		FILE *f = fopen(argv[2], "rb");
		stream = malloc(1 << 20);
		size = f ? fread(stream, 1, 1 << 20, f) : 0;
		if (f)
			fclose(f);
	}
	CUresult r = cuInit(0);
	if (argc > 1 && !strcmp(argv[1], "no_device")) {
		CHECK(r, 100);
		return failed;
	}
	CHECK(r, 0);
	CHECK(cuDevicePrimaryCtxRetain(&ctx, 0), 0);
	CHECK(cuCtxPushCurrent_v2(ctx), 0);
	for (int i = 0; argc > 1 && i < LEN(rules); i++)
		if (!strcmp(argv[1], rules[i].name)) {
			rules[i].run();
			cuCtxPopCurrent_v2(NULL);
			cuDevicePrimaryCtxRelease_v2(0);
			free(stream);
			fflush(stdout);
			return failed;
		}
	fprintf(stderr, "rules: which one?\n");
	return 2;
}
