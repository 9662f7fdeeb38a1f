// Input pictures: how the formats lie in memory, reading them in the order of the
// streams, and making the encoder's planes of them.
#include "nvenc.h"
#include <sys/uio.h>
#include <unistd.h>

static const struct format formats[] = {
	{NV_ENC_BUFFER_FORMAT_NV12, "NV12", 8, 1, 0, 1, 2, 0},
	{NV_ENC_BUFFER_FORMAT_YV12, "YV12", 8, 1, 0, 1, 3, 0},
	{NV_ENC_BUFFER_FORMAT_IYUV, "IYUV", 8, 1, 0, 1, 3, 0},
	{NV_ENC_BUFFER_FORMAT_YUV444, "YUV444", 8, 3, 0, 1, 3, 0},
	{NV_ENC_BUFFER_FORMAT_YUV420_10BIT, "P010", 10, 1, 0, 2, 2, 0},
	{NV_ENC_BUFFER_FORMAT_YUV444_10BIT, "YUV444_10BIT", 10, 3, 0, 2, 3, 0},
	{NV_ENC_BUFFER_FORMAT_ARGB, "ARGB", 8, 3, 1, 4, 1, 0},
	{NV_ENC_BUFFER_FORMAT_ARGB10, "ARGB10", 10, 3, 1, 4, 1, 0},
	{NV_ENC_BUFFER_FORMAT_AYUV, "AYUV", 8, 3, 0, 4, 1, 0},
	{NV_ENC_BUFFER_FORMAT_ABGR, "ABGR", 8, 3, 1, 4, 1, 0},
	{NV_ENC_BUFFER_FORMAT_ABGR10, "ABGR10", 10, 3, 1, 4, 1, 0},
	{NV_ENC_BUFFER_FORMAT_NV16, "NV16", 8, 2, 0, 1, 2, API_13_0},
	{NV_ENC_BUFFER_FORMAT_P210, "P210", 10, 2, 0, 2, 2, API_13_0},
};

const struct format *format_find(uint32_t fmt) {
	for (int i = 0; i < LEN(formats); i++)
		if (formats[i].fmt == fmt)
			return &formats[i];
	return NULL;
}

static uint32_t chroma_rows(const struct format *f, uint32_t h) { return f->chroma == 1 ? (h + 1) / 2 : h; }

// Planar 4:2:0 has half the pitch in its chroma planes.
static uint32_t chroma_pitch(const struct format *f, uint32_t pitch) { return f->planes == 3 && f->chroma == 1 ? pitch / 2 : pitch; }

size_t format_size(const struct format *f, uint32_t pitch, uint32_t h) {
	size_t n = (size_t)pitch * h;
	if (f->planes > 1)
		n += (size_t)chroma_pitch(f, pitch) * chroma_rows(f, h) * (f->planes == 3 ? 2 : 1);
	return n;
}

void format_planes(const struct format *f, struct resource *r) {
	size_t one = (size_t)chroma_pitch(f, r->pitch) * chroma_rows(f, r->height);
	if (f->planes == 1)
		return;
	if (f->planes == 3 && !r->chroma[1])
		r->chroma[1] = r->chroma[0] + one;
	r->bytes = MAX((size_t)r->pitch * r->height, MAX(r->chroma[0], r->chroma[1]) + one);
}

// --- reading

struct reading {
	uint8_t *to;
	const uint8_t *from;
	size_t n;
};

static void run(void *arg) {
	struct reading *r = arg;
	memcpy(r->to, r->from, r->n);
	free(r);
}

// The client's variables with the streams must hold them as long as the session lives.
static void check_streams(const char *fn, struct session *s) {
	CUstream now, was[] = {s->in_stream, s->out_stream};
	CUstream *p[] = {s->io_in, s->io_out};
	for (int i = 0; i < 2; i++) {
		struct iovec to = {&now, sizeof now}, from = {p[i], sizeof now};
		if (p[i] && (process_vm_readv(getpid(), &to, 1, &from, 1, 0) != sizeof now || now != was[i]))
			nvsim_violation(fn, "the variable that nvEncSetIOCudaStreams was given no longer holds the stream");
		else if (p[i] && !nvsim_stream_ok(s->ctx, was[i]))
			nvsim_violation(fn, "the stream of nvEncSetIOCudaStreams was destroyed");
	}
}

NVENCSTATUS input_read(const char *fn, struct session *s, struct picture *p) {
	struct input *i = p->in;
	const struct format *f = format_find(i->fmt);
	p->op.stream = -1;
	p->fmt = i->fmt, p->pitch = i->pitch, p->height = i->height;
	if (!i->res) {
		p->chroma[0] = (size_t)i->pitch * i->height;
		p->chroma[1] = p->chroma[0] + (size_t)chroma_pitch(f, i->pitch) * chroma_rows(f, i->height);
		p->nraw = i->bytes;
		p->raw = malloc(p->nraw);
		input_host(i, p->raw);
		return NV_ENC_SUCCESS;
	}
	check_streams(fn, s);
	struct resource *r = i->res;
	const uint8_t *host = nvsim_host(r->p, r->bytes);
	if (!host) {
		nvsim_violation(fn, "the memory of resource %p was freed", (void *)r);
		return enc_error(s, NV_ENC_ERR_INVALID_PARAM, "the memory was freed");
	}
	memcpy(p->chroma, r->chroma, sizeof p->chroma);
	p->nraw = r->bytes;
	p->raw = malloc(p->nraw);
	struct reading *job = malloc(sizeof *job);
	*job = (struct reading){p->raw, host, r->bytes};
	struct sim_work w = {.fn = fn, .run = run, .arg = job};
	w.access[w.naccess++] = (struct sim_access){r->p, (size_t)r->width * (size_t)f->bytes, r->pitch, r->height, 0};
	for (int k = 1; k < f->planes; k++)
		w.access[w.naccess++] = (struct sim_access){r->p + r->chroma[k - 1], (size_t)(f->planes == 3 && f->chroma == 1 ? (r->width + 1) / 2 : ALIGN(r->width, 2u)) * (size_t)f->bytes,
			chroma_pitch(f, r->pitch), chroma_rows(f, r->height), 0};
	CUstream st = s->in_stream && nvsim_stream_ok(s->ctx, s->in_stream) ? s->in_stream : s->own;
	if (s->io_in && !s->in_stream)
		st = NULL; // the legacy stream was asked for
	if (nvsim_submit_op(s->ctx, st, &w, &p->op))
		return enc_error(s, NV_ENC_ERR_GENERIC, "the input cannot be read");
	if (s->io_out) { // what comes later on the output stream comes after the picture
		struct sim_work none = {.fn = fn};
		nvsim_submit(s->ctx, s->out_stream, &none);
	}
	return NV_ENC_SUCCESS;
}

// --- conversion

struct source {
	const struct format *f;
	const uint8_t *plane[3];
	size_t pitch[3];
	int w, h;
};

static void source(const struct picture *p, int w, int h, struct source *o) {
	const struct format *f = o->f = format_find(p->fmt);
	o->w = w, o->h = h;
	o->plane[0] = p->raw;
	o->plane[1] = p->raw + p->chroma[0];
	o->plane[2] = p->raw + p->chroma[f->planes == 3];
	o->pitch[0] = p->pitch;
	o->pitch[1] = o->pitch[2] = chroma_pitch(f, p->pitch);
	if (f->fmt == NV_ENC_BUFFER_FORMAT_YV12) {
		const uint8_t *t = o->plane[1];
		o->plane[1] = o->plane[2], o->plane[2] = t;
	}
}

// yuv_at is the sample of plane k (of a picture that is not RGB) in the format's depth.
static int yuv_at(const struct source *o, int k, int x, int y) {
	const struct format *f = o->f;
	const uint8_t *row = o->plane[k] + (size_t)y * o->pitch[k];
	if (f->planes == 1) // AYUV: V in the lowest byte
		return row[4 * x + 2 - k];
	int n = f->planes == 2 && k ? 2 * x + k - 1 : x;
	return f->bytes == 1 ? row[n] : ((const uint16_t *)(const void *)row)[n] >> 6;
}

static void rgb_at(const struct source *o, int x, int y, double *rgb) {
	uint32_t v;
	memcpy(&v, o->plane[0] + (size_t)y * o->pitch[0] + 4 * (size_t)x, 4);
	int bits = o->f->depth, mask = (1 << bits) - 1, first = (int)v & mask, third = (int)(v >> 2 * bits) & mask;
	int red_first = o->f->fmt == NV_ENC_BUFFER_FORMAT_ABGR || o->f->fmt == NV_ENC_BUFFER_FORMAT_ABGR10;
	rgb[0] = (double)(red_first ? first : third) / mask;
	rgb[1] = (double)((int)(v >> bits) & mask) / mask;
	rgb[2] = (double)(red_first ? third : first) / mask;
}

static void coefficients(int matrix, double *kr, double *kb) {
	switch (matrix) {
	case 1: *kr = 0.2126, *kb = 0.0722; break;
	case 4: *kr = 0.30, *kb = 0.11; break;
	case 7: *kr = 0.212, *kb = 0.087; break;
	case 9: *kr = 0.2627, *kb = 0.0593; break;
	default: *kr = 0.299, *kb = 0.114; break;
	}
}

// rgb_planes converts by the stream's own matrix, BT.601 if it says none.
static void rgb_planes(const struct session *s, const struct source *o, double *yuv[3]) {
	double kr, kb, scale = 1 << (s->enc.depth - 8), top = (1 << s->enc.depth) - 1;
	coefficients(s->enc.matrix, &kr, &kb);
	int full = s->enc.full_range, w = o->w;
	double ys = full ? top : 219 * scale, y0 = full ? 0 : 16 * scale, cs = full ? top : 224 * scale, mid = 128 * scale;
	for (int y = 0; y < o->h; y++)
		for (int x = 0; x < w; x++) {
			double c[3];
			rgb_at(o, x, y, c);
			size_t i = (size_t)y * (size_t)w + (size_t)x;
			if (s->enc.matrix == 0 && s->enc.chroma == 3) {
				yuv[0][i] = c[1] * top, yuv[1][i] = c[2] * top, yuv[2][i] = c[0] * top;
				continue;
			}
			double l = kr * c[0] + (1 - kr - kb) * c[1] + kb * c[2];
			yuv[0][i] = y0 + ys * l;
			yuv[1][i] = mid + cs * (c[2] - l) / (2 * (1 - kb));
			yuv[2][i] = mid + cs * (c[0] - l) / (2 * (1 - kr));
		}
}

static int plane_w(const struct session *s, int k) { return k && s->enc.chroma != 3 ? s->enc.width / 2 : s->enc.width; }
static int plane_h(const struct session *s, int k) { return k && s->enc.chroma == 1 ? s->enc.height / 2 : s->enc.height; }

size_t planes_size(const struct session *s) {
	size_t n = 0;
	for (int k = 0; k < 3; k++)
		n += (size_t)plane_w(s, k) * (size_t)plane_h(s, k) * 2;
	return n;
}

static void store(const struct session *s, void *row, int x, int v) {
	int top = (1 << s->enc.depth) - 1;
	v = v < 0 ? 0 : v > top ? top : v;
	if (s->enc.depth > 8)
		((uint16_t *)row)[x] = (uint16_t)v;
	else
		((uint8_t *)row)[x] = (uint8_t)v;
}

void input_planes(const struct session *s, const struct picture *p, struct av_enc_picture *out, void *memory) {
	struct source o;
	source(p, s->enc.width, s->enc.height, &o);
	uint8_t *at = memory;
	double *yuv[3] = {NULL};
	if (o.f->rgb) {
		for (int k = 0; k < 3; k++)
			yuv[k] = malloc((size_t)o.w * (size_t)o.h * sizeof **yuv);
		rgb_planes(s, &o, yuv);
	}
	for (int k = 0; k < 3; k++) {
		int w = plane_w(s, k), h = plane_h(s, k), up = s->enc.depth - o.f->depth;
		int sx = k && s->enc.chroma != 3 && (o.f->chroma == 3), sy = k && s->enc.chroma == 1 && o.f->chroma != 1; // to be averaged
		out->plane[k] = at;
		out->stride[k] = w * (s->enc.depth > 8 ? 2 : 1);
		for (int y = 0; y < h; y++, at += out->stride[k])
			for (int x = 0; x < w; x++) {
				double sum = 0;
				if (!o.f->rgb && !sx && !sy) {
					store(s, at, x, yuv_at(&o, k, x, y) << up);
					continue;
				}
				for (int j = 0; j <= sy; j++)
					for (int i = 0; i <= sx; i++) {
						int xx = (x << sx) + i, yy = (y << sy) + j;
						sum += o.f->rgb ? yuv[k][(size_t)yy * (size_t)o.w + (size_t)xx] : yuv_at(&o, k, xx, yy) << up;
					}
				store(s, at, x, (int)(sum / ((1 + sx) * (1 + sy)) + 0.5));
			}
	}
	for (int k = 0; k < 3; k++)
		free(yuv[k]);
}
