// Calls of parser and decoder with dead handles, wrong values and at the wrong time.
#include "rules_video.h"
#include <unistd.h>

static void caps_null(void) { cuvidGetDecoderCaps(NULL); }

static void create(CUVIDDECODECREATEINFO i) {
	if (!cuvidCreateDecoder(&dec, &i))
		cuvidDestroyDecoder(dec);
}
static void create_reserved(void) {
	CUVIDDECODECREATEINFO i = info();
	i.Reserved1 = 1;
	create(i);
}
static void create_flags(void) {
	CUVIDDECODECREATEINFO i = info();
	i.ulCreationFlags = 64;
	create(i);
}
static void create_deinterlace(void) {
	CUVIDDECODECREATEINFO i = info();
	i.DeinterlaceMode = (cudaVideoDeinterlaceMode)3;
	create(i);
}
static void create_display_area(void) {
	CUVIDDECODECREATEINFO i = info();
	i.display_area.right = 321, i.display_area.bottom = 240;
	create(i);
}
static void decoder_twice(void) {
	CUVIDDECODECREATEINFO i = info();
	CHECK(cuvidCreateDecoder(&dec, &i), 0);
	CHECK(cuvidDestroyDecoder(dec), 0);
	cuvidDestroyDecoder(dec);
}
static void decoder_leak(void) {
	CUVIDDECODECREATEINFO i = info();
	CHECK(cuvidCreateDecoder(&dec, &i), 0);
}

static int leave_out(CUVIDPICPARAMS *p) {
	(void)p;
	return 0;
}
static void frame_leak(void) {
	unsigned long long p;
	extra = 4;
	decode_all();
	CHECK(map(shown[nshown - 1], &p), 0);
	cuvidDestroyVideoParser(par);
	cuDevicePrimaryCtxRetain(&ctx, 0);
}
static int destroy_now(CUVIDPICPARAMS *p) {
	CHECK(cuvidDecodePicture(dec, p), 0);
	cuvidDestroyDecoder(dec);
	dec = NULL;
	on_decode = leave_out;
	return 0;
}
static void destroy_inside(void) {
	on_decode = destroy_now;
	start();
	parse(stream, size, 0);
	stop();
}
static int another_size(void *u, CUVIDEOFORMAT *f) {
	(void)u;
	CUVIDDECODECREATEINFO i = info();
	i.ulWidth = f->coded_width + 64, i.ulHeight = f->coded_height + 64;
	i.ulNumDecodeSurfaces = (unsigned long)(surfaces = f->min_num_decode_surfaces);
	CHECK(cuvidCreateDecoder(&dec, &i), 0);
	return surfaces;
}
static void wrong_size(void) {
	CUVIDPARSERPARAMS pp = parser_params();
	pp.pfnSequenceCallback = another_size;
	CHECK(cuvidCreateVideoParser(&par, &pp), 0);
	parse(stream, size, CUVID_PKT_ENDOFSTREAM);
	stop();
}
static void *decode_too(void *p) {
	cuCtxPushCurrent_v2(ctx);
	usleep(20000);
	cuvidDecodePicture(dec, p);
	cuCtxPopCurrent_v2(NULL);
	return NULL;
}
static int decode_together(CUVIDPICPARAMS *p) { // with NVSIM_SLOW_MS
	pthread_t t;
	on_decode = NULL;
	pthread_create(&t, NULL, decode_too, p);
	CHECK(cuvidDecodePicture(dec, p), 0);
	pthread_join(t, NULL);
	return 0;
}
static void two_threads(void) {
	on_decode = decode_together;
	start();
	parse(stream, size / 2, 0);
	stop();
}
static void status_reserved(void) {
	extra = 4;
	decode_all();
	CUVIDGETDECODESTATUS s = {.pReserved[7] = &s};
	CHECK(cuvidGetDecodeStatus(dec, shown[nshown - 1], &s), 0);
	stop();
}

static void lock_twice(void) {
	CUvideoctxlock l;
	CHECK(cuvidCtxLockCreate(&l, ctx), 0);
	CHECK(cuvidCtxLock(l, 0), 0);
	CHECK(cuvidCtxUnlock(l, 0), 0);
	CHECK(cuvidCtxLockDestroy(l), 0);
	cuvidCtxLockDestroy(l);
}
static void lock_leak(void) {
	CUvideoctxlock l;
	CHECK(cuvidCtxLockCreate(&l, ctx), 0);
}

static void map_with(CUVIDPROCPARAMS v) {
	unsigned long long p;
	unsigned pitch;
	extra = 4;
	decode_all();
	if (!cuvidMapVideoFrame64(dec, shown[nshown - 1], &p, &pitch, &v))
		cuvidUnmapVideoFrame64(dec, p);
	stop();
}
static void map_raw(void) { map_with((CUVIDPROCPARAMS){.progressive_frame = 1, .raw_input_pitch = 64}); }
static void map_field(void) { map_with((CUVIDPROCPARAMS){.progressive_frame = 1, .second_field = 3}); }
static void map_dead_stream(void) {
	CHECK(cuStreamCreate(&a, 1), 0);
	CHECK(cuStreamDestroy_v2(a), 0);
	map_with((CUVIDPROCPARAMS){.progressive_frame = 1, .output_stream = a});
}
static void map_32(void) {
	extern CUresult cuvidMapVideoFrame(CUvideodecoder, int, unsigned *, unsigned *, CUVIDPROCPARAMS *);
	cuvidMapVideoFrame(NULL, 0, NULL, NULL, NULL);
}
static void unmap_32(void) {
	extern CUresult cuvidUnmapVideoFrame(CUvideodecoder, unsigned);
	cuvidUnmapVideoFrame(NULL, 0);
}

static void parser_with(CUVIDPARSERPARAMS pp) {
	CHECK(cuvidCreateVideoParser(&par, &pp), 0);
	stop();
}
static void parser_annexb(void) {
	CUVIDPARSERPARAMS pp = parser_params();
	pp.bAnnexb = 1;
	parser_with(pp);
}
static void parser_threshold(void) {
	CUVIDPARSERPARAMS pp = parser_params();
	pp.ulErrorThreshold = 101;
	parser_with(pp);
}
static void parser_header(void) {
	static CUVIDEOFORMATEX x;
	CUVIDPARSERPARAMS pp = parser_params();
	x.format.seqhdr_data_length = 1025;
	pp.pExtVideoInfo = &x;
	parser_with(pp);
}
static void parser_twice(void) {
	start();
	CHECK(cuvidDestroyVideoParser(par), 0);
	cuvidDestroyVideoParser(par);
}
static void packet_flags(void) {
	start();
	parse(stream, 100, 256);
	stop();
}
static int many(void *u, CUVIDEOFORMAT *f) {
	sequence_cb(u, f);
	return 65;
}
static void many_surfaces(void) {
	CUVIDPARSERPARAMS pp = parser_params();
	pp.pfnSequenceCallback = many;
	on_decode = leave_out;
	CHECK(cuvidCreateVideoParser(&par, &pp), 0);
	parse(stream, size / 2, 0);
	stop();
}
static int change_after(CUVIDPICPARAMS *p) {
	CHECK(cuvidDecodePicture(dec, p), 0);
	p->CodecSpecific.h264.num_ref_frames++;
	return 1;
}
static void changed_after(void) {
	on_decode = change_after;
	start();
	parse(stream, size, CUVID_PKT_ENDOFSTREAM);
	stop();
}
static int end_parser(CUVIDPICPARAMS *p) {
	(void)p;
	cuvidDestroyVideoParser(par);
	_exit(97); // the rest of the call would run on freed memory
	return 0;
}
static void parser_inside(void) {
	on_decode = end_parser;
	start();
	parse(stream, size, CUVID_PKT_ENDOFSTREAM);
}
static void *parse_too(void *p) {
	usleep(20000);
	parse(stream, 10, 0);
	return p;
}
static int slowly(CUVIDPICPARAMS *p) { // with NVSIM_SLOW_MS
	pthread_t t;
	on_decode = NULL;
	pthread_create(&t, NULL, parse_too, NULL);
	CHECK(cuvidDecodePicture(dec, p), 0);
	pthread_join(t, NULL);
	return 1;
}
static void parse_together(void) {
	on_decode = slowly;
	start();
	parse(stream, size / 2, 0);
	stop();
}
// A client that parses by itself is refused, and told: no violation as long as the process
// has no parser.
static void own_parser(void) {
	CUVIDDECODECREATEINFO i = info();
	CUVIDPICPARAMS p = {.PicWidthInMbs = 20, .FrameHeightInMbs = 15, .nBitstreamDataLen = 100, .pBitstreamData = stream, .nNumSlices = 1};
	CHECK(cuvidCreateDecoder(&dec, &i), 0);
	CHECK(cuvidDecodePicture(dec, &p), 801);
	CHECK(cuvidDestroyDecoder(dec), 0);
}

RULES(RULE(caps_null), RULE(create_reserved), RULE(create_flags), RULE(create_deinterlace), RULE(create_display_area), RULE(decoder_twice), RULE(decoder_leak),
	RULE(destroy_inside), RULE(wrong_size), RULE(two_threads), RULE(status_reserved), RULE(lock_twice), RULE(lock_leak), RULE(frame_leak), RULE(map_raw), RULE(map_field),
	RULE(map_dead_stream), RULE(map_32), RULE(unmap_32), RULE(parser_annexb), RULE(parser_threshold), RULE(parser_header), RULE(parser_twice), RULE(packet_flags),
	RULE(many_surfaces), RULE(changed_after), RULE(parser_inside), RULE(parse_together), RULE(own_parser))
