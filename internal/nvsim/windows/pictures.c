// The part of FFmpeg where there is none: pictures of the size that the stream says, each
// a ramp that tells its number, and no encoder. What the rest of the simulator does, calls,
// callbacks, structs and handles, is the same as elsewhere.
#include "av.h"
#include "av_enc.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct picture {
	int refs;
	uint8_t pixels[];
};

static void *open_decoder(int codec) { return codec == 4 || codec == 8 ? calloc(1, sizeof(int)) : NULL; } // H.264, HEVC

static void *ref(void *p) {
	__atomic_add_fetch(&((struct picture *)p)->refs, 1, __ATOMIC_RELAXED);
	return p;
}

static void unref(void *p) {
	if (__atomic_sub_fetch(&((struct picture *)p)->refs, 1, __ATOMIC_ACQ_REL) == 0)
		free(p);
}

static int decode(void *d, const struct av_part *parts, int n, struct av_picture *out, int *again) {
	(void)parts, (void)n;
	int w = out->width, h = out->height, number = (*(int *)d)++;
	size_t size = (size_t)w * (size_t)h;
	struct picture *p = malloc(sizeof *p + size * 3 / 2);
	p->refs = 1;
	for (int y = 0; y < h; y++)
		for (int x = 0; x < w; x++)
			p->pixels[(size_t)y * (size_t)w + (size_t)x] = (uint8_t)(x + y + number);
	memset(p->pixels + size, 128, size / 2);
	*again = 0;
	*out = (struct av_picture){w, h, 8, 1, 1, 0, {p->pixels, p->pixels + size, p->pixels + size * 5 / 4}, {w, w / 2, w / 2}, p};
	return AV_OK;
}

const struct av_functions nvsim_av = {open_decoder, free, decode, ref, unref};

static void *open_encoder(const struct av_enc_config *c, char *error, size_t n) {
	(void)c;
	snprintf(error, n, "the simulator has no encoder on this system");
	return NULL;
}
static void close_encoder(void *e) { (void)e; }
static int put(void *e, const struct av_enc_picture *p) { return (void)e, (void)p, -1; }
static int get(void *e, struct av_enc_packet *p) { return (void)e, (void)p, -1; }
static int rate(void *e, const struct av_enc_config *c) { return (void)e, (void)c, 0; }
static const uint8_t *headers(void *e, size_t *n) { return (void)e, *n = 0, NULL; }

const struct av_enc_functions nvsim_av_enc = {open_encoder, close_encoder, put, get, rate, headers};
