// The interface of libnvsim-av.so, which alone knows FFmpeg. The other libraries
// open it with RTLD_DEEPBIND, so that a client with an FFmpeg of its own keeps its
// symbols and the simulator keeps these.
#pragma once
#include <stddef.h>
#include <stdint.h>

struct av_picture {
	int width, height, depth, sx, sy, gray; // sx, sy: log2 of the chroma subsampling
	const uint8_t *plane[3];
	ptrdiff_t stride[3];
	void *ref;
};

struct av_part {
	const uint8_t *p;
	size_t n;
};

enum { AV_NONE = 0, AV_OK = 1, AV_DAMAGED = 2 };

struct av_functions {
	// open makes a decoder for a cudaVideoCodec.
	void *(*open)(int codec);
	void (*close)(void *dec);
	// decode decodes one picture, given in parts, and returns AV_NONE if none came
	// out. A second field gives no new picture: again is set then.
	int (*decode)(void *dec, const struct av_part *parts, int n, struct av_picture *out, int *again);
	void *(*ref)(void *ref);
	void (*unref)(void *ref);
};
