// Parser and decoder: what breaks a rule, and beside it what keeps it.
#include "rules_video.h"

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

RULES(RULE(decode_and_map), RULE(map_late), RULE(map_rules), RULE(destroy_mapped), RULE(unmap_race), RULE(copy_unordered),
	RULE(changed_picture), RULE(late_decode), RULE(parse_inside), RULE(one_surface), RULE(parser_reserved), RULE(map_reserved),
	RULE(caps_reserved), RULE(reconfigure_reserved), RULE(map_lost), RULE(null_payload), RULE(parser_leak), RULE(decode_fault), RULE(creation))
