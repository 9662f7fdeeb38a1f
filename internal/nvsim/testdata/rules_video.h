// A client of parser and decoder with places to do wrong in.
#pragma once
#include "rules.h"

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

__attribute__((unused)) static int map_one(int idx) {
	unsigned long long p;
	CHECK(map(idx, &p), 0);
	CHECK(cuvidUnmapVideoFrame64(dec, p), 0);
	return 1;
}
