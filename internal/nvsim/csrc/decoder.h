#pragma once
#include "cuvid_int.h"
#include "av.h"

struct dec_surface {
	struct av_picture pic;
	int have, status, asked;
	int finished; // the client was told so
	int lost; // decoded before the decoder was reconfigured
	uint64_t number, displayed; // of the decode; of the decode that was displayed last
	int slot;                   // output surface it is mapped to, -1
};

struct dec_output {
	CUdeviceptr p;
	int surface; // -1: free
};

struct decoder {
	uint32_t magic;
	int alive, inside;
	CUcontext ctx;
	CUVIDDECODECREATEINFO info;
	unsigned max_w, max_h;
	size_t accounted;
	void *av;
	struct dec_surface surf[32];
	struct dec_output out[64];
	unsigned pitch;
	size_t rows, frame_bytes;
	uint64_t decodes;
	int in_callback;
};

enum { DECODER_MAGIC = 0x44656331 };

const struct av_functions *av(void);
struct decoder *decoder_get(const char *fn, CUvideodecoder h);
int decoder_layout(struct decoder *d);
void outputs_free(struct decoder *d);
void post_process(const struct decoder *d, const struct av_picture *pic, uint8_t *dst, const CUVIDPROCPARAMS *vpp);
const struct sim_caps *caps_find(const struct sim_profile *p, int codec, int chroma, unsigned depth);
unsigned caps_formats(int codec, int chroma, unsigned depth);
