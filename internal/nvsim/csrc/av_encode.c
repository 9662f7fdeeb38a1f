// Coded pictures from libavcodec: x264, x265 or libaom, in one thread and without any
// delay of their own, so that the simulated encoder alone decides when a picture
// comes out.
//
// x264 with B pictures always keeps some pictures back, and once it was drained it never
// waits for a whole group again. So it is never drained: a copy of the process is made
// that drains its own x264, sends what comes out, and ends. One thread is enough for
// x264 and for fork. The same pictures come out of our own x264 later and are dropped.
//
// NVSIM_FORK=0 makes no copy, for measurements: after a fork every page that is written
// next faults, also in the client's code. Then the packet that x264 put out last stands in
// for each picture; no decoder makes anything of the stream.
#include "av_enc.h"
#include <libavcodec/avcodec.h>
#include <libavutil/avutil.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct enc {
	struct av_enc_config c;
	AVCodecContext *ctx;
	const AVCodec *codec; // the real one
	AVPacket *packet;
	AVFrame *frame;
	struct av_enc_drained *drained; // what the copy of the process sent
	uint8_t *sent;
	uint8_t *sequence; // of AV1: a packet with the sequence header
	size_t nsequence;
	int fresh; // pictures were put since
	// Without copies of the process: the pictures of a group, and the packet that came last.
	int alone, ngroup;
	struct av_enc_packet group[64];
	uint8_t *late;
	size_t nlate;
};

struct av_enc_drained {
	struct av_enc_drained *next;
	struct av_enc_packet k;
	uint8_t data[];
};

static void drained_free(struct av_enc_drained **l) {
	for (struct av_enc_drained *d = *l, *next; d; d = next) {
		next = d->next;
		free(d);
	}
	*l = NULL;
}

static int delays(const struct enc *e) { return e->c.codec == ENC_H264 && e->c.bframes > 0; }

// all reads or writes n bytes.
static int all(int fd, void *p, size_t n, int out) {
	for (size_t k = 0; k < n;) {
		ssize_t r = out ? write(fd, (char *)p + k, n - k) : read(fd, (char *)p + k, n - k);
		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return 0;
		k += (size_t)r;
	}
	return 1;
}

static enum AVPixelFormat format(const struct av_enc_config *c) {
	static const enum AVPixelFormat f[3][2] = {
		{AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV420P10}, {AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV422P10}, {AV_PIX_FMT_YUV444P, AV_PIX_FMT_YUV444P10}};
	return f[c->chroma - 1][c->depth > 8];
}

struct text {
	char s[2048];
	size_t n;
};

static void add(struct text *t, const char *f, ...) {
	va_list ap;
	va_start(ap, f);
	if (t->n)
		t->s[t->n++] = ':';
	t->n += (size_t)vsnprintf(t->s + t->n, sizeof t->s - t->n, f, ap);
	va_end(ap);
}

// power is 2^(x/6), how x264 and x265 express a QP difference.
static double power(int x) {
	double p = 1;
	for (int i = 0; i < abs(x); i++)
		p *= 1.122462048309373;
	return x < 0 ? 1 / p : p;
}

static void rate(AVCodecContext *x, const struct av_enc_config *c) {
	x->bit_rate = 0;
	x->rc_max_rate = x->rc_buffer_size = 0;
	if (c->rc == ENC_CONSTQP || c->lossless)
		return;
	if (c->quality <= 0)
		x->bit_rate = c->bitrate;
	x->rc_max_rate = c->rc == ENC_CBR ? c->bitrate : c->maxrate;
	x->rc_buffer_size = (int)(c->bufsize ? c->bufsize : x->rc_max_rate);
	if (!x->rc_max_rate)
		x->rc_buffer_size = 0;
	x->rc_initial_buffer_occupancy = x->rc_buffer_size / 10 * 9;
}

static void x264(struct enc *e) {
	const struct av_enc_config *c = &e->c;
	static const char *const presets[] = {"ultrafast", "ultrafast", "superfast", "superfast", "superfast", "veryfast", "veryfast"};
	struct text t = {.n = 0};
	add(&t, "keyint=infinite:min-keyint=1:scenecut=0:rc-lookahead=0:sync-lookahead=0:mbtree=0:threads=1:lookahead-threads=1:sliced-threads=0:force-cfr=1");
	add(&t, "b-adapt=0:open-gop=1:weightp=0:bframes=%d:b-pyramid=%s:ref=%d", c->bframes, c->pyramid && c->bframes > 1 ? "normal" : "none", c->refs ? c->refs : 1);
	add(&t, "videoformat=%s", (const char *[]){"component", "pal", "ntsc", "secam", "mac", "undef"}[c->video_format > 5 ? 5 : c->video_format]);
	if (c->overscan)
		add(&t, "overscan=%s", c->overscan == 2 ? "crop" : "show");
	if (c->lossless)
		add(&t, "qp=0");
	else if (c->rc == ENC_CONSTQP)
		add(&t, "qp=%d:ipratio=%.5f:pbratio=%.5f", c->qp_p, power(c->qp_p - c->qp_i), power(c->qp_b - c->qp_p));
	else if (c->quality > 0)
		add(&t, "crf=%.2f", c->quality);
	if (c->rc == ENC_CBR && c->filler)
		add(&t, "nal-hrd=cbr");
	add(&t, "cabac=%d:8x8dct=%d", !c->cavlc, c->speed > 2 && !c->no_8x8);
	if (c->pic_struct)
		add(&t, "pic-struct=1");
	if (c->no_deblock)
		add(&t, "no-deblock=1");
	if (c->constrained_intra)
		add(&t, "constrained-intra=1");
	if (c->intra_refresh)
		add(&t, "intra-refresh=1:keyint=%d", c->intra_refresh);
	if (c->slices > 1)
		add(&t, "slices=%d", c->slices);
	if (c->slice_mbs)
		add(&t, "slice-max-mbs=%d", c->slice_mbs);
	if (c->slice_bytes)
		add(&t, "slice-max-size=%d", c->slice_bytes);
	if (c->qpmap)
		add(&t, "aq-mode=1:aq-strength=0.01");
	if (c->level)
		add(&t, "level=%d", c->level);
	av_opt_set(e->ctx->priv_data, "preset", presets[(c->speed - 1) % 7], 0);
	av_opt_set(e->ctx->priv_data, "x264-params", t.s, 0);
	av_opt_set_int(e->ctx->priv_data, "forced-idr", 1, 0);
	av_opt_set_int(e->ctx->priv_data, "a53cc", 0, 0);
}

static void x265(struct enc *e) {
	const struct av_enc_config *c = &e->c;
	struct text t = {.n = 0};
	add(&t, "log-level=%s:keyint=-1:min-keyint=1000000000:scenecut=0:rc-lookahead=0:bframes=0:frame-threads=1:pools=none:wpp=0:pmode=0:open-gop=0",
		getenv("NVSIM_AVLOG") ? "info" : "none");
	add(&t, "info=0:hrd=0:aud=0:repeat-headers=0:annexb=1:b-adapt=0:cutree=0:weightp=0:ref=%d:temporal-mvp=%d", c->bframes ? 1 : c->refs ? c->refs : 1, !c->bframes);
	if (c->lossless)
		add(&t, "lossless=1");
	else if (c->rc == ENC_CONSTQP)
		add(&t, "qp=%d:ipratio=%.5f:pbratio=%.5f", c->qp_p, power(c->qp_p - c->qp_i), 1.0);
	else if (c->quality > 0)
		add(&t, "crf=%.2f", c->quality);
	if (c->qmin >= 0)
		add(&t, "qpmin=%d", c->qmin);
	if (c->qmax >= 0)
		add(&t, "qpmax=%d", c->qmax);
	if (c->rc == ENC_CBR && !c->lossless)
		add(&t, "strict-cbr=%d", c->bufsize > 0);
	if (c->no_deblock)
		add(&t, "no-deblock=1");
	if (c->constrained_intra)
		add(&t, "constrained-intra=1");
	if (c->level)
		add(&t, "level-idc=%d:high-tier=%d", c->level / 3, c->tier);
	add(&t, c->qpmap ? "aq-mode=1:aq-strength=0.01" : "aq-mode=0");
	add(&t, "videoformat=%d", c->video_format > 5 ? 5 : c->video_format);
	if (c->overscan)
		add(&t, "overscan=%s", c->overscan == 2 ? "crop" : "show");
	add(&t, "range=%s:colorprim=%d:transfer=%d:colormatrix=%d", c->full_range ? "full" : "limited", c->primaries, c->transfer, c->matrix);
	av_opt_set(e->ctx->priv_data, "preset", "ultrafast", 0);
	av_opt_set(e->ctx->priv_data, "x265-params", t.s, 0);
	av_opt_set_int(e->ctx->priv_data, "forced-idr", 1, 0);
}

static void aom(struct enc *e) {
	const struct av_enc_config *c = &e->c;
	AVCodecContext *x = e->ctx;
	av_opt_set(x->priv_data, "usage", "realtime", 0);
	av_opt_set_int(x->priv_data, "cpu-used", 8, 0);
	av_opt_set_int(x->priv_data, "lag-in-frames", 0, 0);
	av_opt_set_int(x->priv_data, "row-mt", 0, 0);
	av_opt_set_int(x->priv_data, "tile-columns", c->tile_cols, 0);
	av_opt_set_int(x->priv_data, "tile-rows", c->tile_rows, 0);
	x->gop_size = 1 << 20;
	if (c->rc == ENC_CONSTQP || c->quality > 0) {
		int crf = c->rc == ENC_CONSTQP ? (c->qp_p + 3) / 4 : (int)c->quality;
		crf = c->qmin >= 0 && crf < c->qmin ? c->qmin : c->qmax >= 0 && crf > c->qmax ? c->qmax : crf;
		av_opt_set_int(x->priv_data, "crf", crf, 0);
		x->bit_rate = x->rc_max_rate = 0; // libaom bounds no quality by rates
		x->rc_buffer_size = x->rc_initial_buffer_occupancy = 0;
	} else { // without lookahead libaom meets a rate only so
		x->rc_min_rate = x->rc_max_rate = x->bit_rate;
		av_opt_set(x->priv_data, "aom-params", "max-intra-rate=400", 0);
		// Where there are bits enough it still begins with few of them.
		if (c->qmax < 0 && x->bit_rate * c->fps_den > (int64_t)c->width * c->height * c->fps_num / 2)
			x->qmax = c->qmin > 32 ? c->qmin : 32;
	}
}

static void set_color(AVCodecContext *x, const struct av_enc_config *c) {
	x->color_primaries = c->primaries;
	x->color_trc = c->transfer;
	x->colorspace = c->matrix;
	x->color_range = c->full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
	x->chroma_sample_location = c->chroma_loc;
}

static void close_encoder(void *p) {
	struct enc *e = p;
	drained_free(&e->drained);
	free(e->sent);
	free(e->sequence);
	free(e->late);
	av_packet_free(&e->packet);
	av_frame_free(&e->frame);
	avcodec_free_context(&e->ctx);
	free(e);
}

static void *open_encoder(const struct av_enc_config *c, char *error, size_t n) {
	static const char *const names[] = {"libx264", "libx265", "libaom-av1"};
	struct enc *e = calloc(1, sizeof *e);
	e->c = *c;
	const char *copies = getenv("NVSIM_FORK");
	e->alone = copies && !strcmp(copies, "0");
	e->codec = avcodec_find_encoder_by_name(names[c->codec]);
	if (!e->codec) {
		snprintf(error, n, "libavcodec has no %s", names[c->codec]);
		free(e);
		return NULL;
	}
	e->packet = av_packet_alloc();
	e->frame = av_frame_alloc();
	AVCodecContext *x = e->ctx = avcodec_alloc_context3(e->codec);
	x->width = c->width;
	x->height = c->height;
	x->pix_fmt = format(c);
	x->time_base = (AVRational){c->fps_den, c->fps_num};
	x->framerate = (AVRational){c->fps_num, c->fps_den};
	x->sample_aspect_ratio = (AVRational){c->sar_num, c->sar_den};
	x->thread_count = 1;
	x->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
	x->log_level_offset = getenv("NVSIM_AVLOG") ? 0 : 200;
	x->max_b_frames = c->codec == ENC_H264 ? c->bframes : 0;
	if (c->profile != -99)
		x->profile = c->profile;
	if (c->qmin >= 0)
		x->qmin = c->qmin;
	if (c->qmax >= 0)
		x->qmax = c->qmax;
	set_color(x, c);
	rate(x, c);
	if (c->codec == ENC_H264)
		x264(e);
	else if (c->codec == ENC_HEVC)
		x265(e);
	else
		aom(e);
	int r = avcodec_open2(x, e->codec, NULL);
	if (r < 0) {
		snprintf(error, n, "%s: %s", names[c->codec], av_err2str(r));
		close_encoder(e);
		return NULL;
	}
	return e;
}

// regions turns a map of QP differences into regions of interest, rows of equal
// blocks joined.
static void regions(struct enc *e, const struct av_enc_picture *p) {
	int n = 0, range = e->c.codec == ENC_AV1 ? 255 : 51;
	AVRegionOfInterest *r = calloc((size_t)p->delta_w * (size_t)p->delta_h, sizeof *r);
	for (int y = 0; y < p->delta_h; y++)
		for (int x = 0, end; x < p->delta_w; x = end) {
			int8_t d = p->delta[y * p->delta_w + x];
			for (end = x + 1; end < p->delta_w && p->delta[y * p->delta_w + end] == d; end++)
				;
			if (d)
				r[n++] = (AVRegionOfInterest){sizeof *r, y * p->delta_size, (y + 1) * p->delta_size, x * p->delta_size, end * p->delta_size, {d, range}};
		}
	if (n) {
		AVFrameSideData *s = av_frame_new_side_data(e->frame, AV_FRAME_DATA_REGIONS_OF_INTEREST, (size_t)n * sizeof *r);
		memcpy(s->data, r, (size_t)n * sizeof *r);
	}
	free(r);
}

static void describe(const AVPacket *p, struct av_enc_packet *out) {
	*out = (struct av_enc_packet){p->data, (size_t)p->size, p->pts, p->flags & AV_PKT_FLAG_KEY ? ENC_IDR : ENC_P, -1};
	size_t n;
	const uint8_t *s = av_packet_get_side_data(p, AV_PKT_DATA_QUALITY_STATS, &n);
	if (!s || n < 5)
		return;
	uint32_t q = (uint32_t)s[0] | (uint32_t)s[1] << 8 | (uint32_t)s[2] << 16 | (uint32_t)s[3] << 24;
	out->qp = (int)((q + FF_QP2LAMBDA / 2) / FF_QP2LAMBDA);
	if (s[4] == AV_PICTURE_TYPE_B)
		out->type = ENC_B;
	else if (s[4] == AV_PICTURE_TYPE_I && out->type != ENC_IDR)
		out->type = ENC_I;
}

static struct av_enc_drained *keep(struct enc *e, const struct av_enc_packet *k, const void *data) {
	struct av_enc_drained *d = calloc(1, sizeof *d + k->n), **end = &e->drained;
	if (data)
		memcpy(d->data, data, k->n);
	d->k = *k;
	d->k.p = d->data;
	while (*end)
		end = &(*end)->next;
	return *end = d;
}

static int put(void *v, const struct av_enc_picture *p) {
	struct enc *e = v;
	AVFrame *f = e->frame;
	av_frame_unref(f);
	f->format = e->ctx->pix_fmt;
	f->width = e->c.width;
	f->height = e->c.height;
	int r = av_frame_get_buffer(f, 0);
	if (r < 0)
		return r;
	const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(f->format);
	for (int i = 0; i < 3; i++) {
		int w = i ? AV_CEIL_RSHIFT(f->width, d->log2_chroma_w) : f->width, h = i ? AV_CEIL_RSHIFT(f->height, d->log2_chroma_h) : f->height;
		for (int y = 0; y < h; y++)
			memcpy(f->data[i] + y * f->linesize[i], (const char *)p->plane[i] + y * p->stride[i], (size_t)w * (e->c.depth > 8 ? 2 : 1));
	}
	f->pts = p->id;
	static const enum AVPictureType types[] = {AV_PICTURE_TYPE_P, AV_PICTURE_TYPE_B, AV_PICTURE_TYPE_I, AV_PICTURE_TYPE_I};
	f->pict_type = types[p->type];
	if (e->c.codec == ENC_AV1 && p->type != ENC_I && p->type != ENC_IDR)
		f->pict_type = AV_PICTURE_TYPE_NONE;
	if (e->c.codec != ENC_AV1)
		av_opt_set_int(e->ctx->priv_data, "forced-idr", p->type == ENC_IDR, 0); // read for each picture
	if (p->delta)
		regions(e, p);
	r = avcodec_send_frame(e->ctx, f);
	// What comes late here came out of a copy of the process before, except for a P
	// picture that may come at once.
	while (r >= 0 && delays(e) && avcodec_receive_packet(e->ctx, e->packet) >= 0) {
		struct av_enc_packet k;
		describe(e->packet, &k);
		if (e->alone) {
			e->late = realloc(e->late, k.n);
			memcpy(e->late, k.p, e->nlate = k.n);
		} else
			keep(e, &k, k.p);
		av_packet_unref(e->packet);
	}
	if (delays(e) && e->alone && e->ngroup < (int)(sizeof e->group / sizeof *e->group))
		e->group[e->ngroup++] = (struct av_enc_packet){NULL, 0, p->id, p->type, -1};
	e->fresh = 1;
	return r;
}

// drain makes the copy of the process and reads what it sends.
static int drain(struct enc *e) {
	int fd[2], status = 0;
	if (pipe(fd))
		return 0;
	pid_t pid = fork();
	if (pid < 0)
		return 0;
	if (!pid) {
		close(fd[0]);
		avcodec_send_frame(e->ctx, NULL);
		while (avcodec_receive_packet(e->ctx, e->packet) >= 0) {
			struct av_enc_packet k;
			describe(e->packet, &k);
			if (!all(fd[1], &k, sizeof k, 1) || !all(fd[1], (void *)k.p, k.n, 1))
				_exit(1);
			av_packet_unref(e->packet);
		}
		_exit(0);
	}
	close(fd[1]);
	for (struct av_enc_packet k; all(fd[0], &k, sizeof k, 0);)
		if (!all(fd[0], keep(e, &k, NULL)->data, k.n, 0))
			break;
	close(fd[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status == 0;
}

// stand_in gives the pictures of a group out as they would be coded: what ends it first.
static int stand_in(struct enc *e, struct av_enc_packet *out) {
	static const uint8_t first[] = {0, 0, 0, 1, 0x41, 0x9a, 0x80}; // until x264 has put out something
	if (!e->ngroup)
		return 0;
	int i = e->group[e->ngroup - 1].type == ENC_B ? 0 : e->ngroup - 1;
	*out = e->group[i];
	memmove(e->group + i, e->group + i + 1, (size_t)(--e->ngroup - i) * sizeof *e->group);
	out->p = e->late ? e->late : first;
	out->n = e->late ? e->nlate : sizeof first;
	return 1;
}

static int get(void *v, struct av_enc_packet *out) {
	struct enc *e = v;
	if (delays(e) && e->alone)
		return stand_in(e, out);
	if (delays(e)) {
		if (!e->drained && e->fresh) {
			e->fresh = 0;
			if (!drain(e))
				return -1;
		}
		struct av_enc_drained *d = e->drained;
		if (!d)
			return 0;
		free(e->sent);
		e->drained = d->next;
		e->sent = (uint8_t *)d;
		*out = d->k;
		return 1;
	}
	av_packet_unref(e->packet);
	int r = avcodec_receive_packet(e->ctx, e->packet);
	if (r < 0)
		return r == AVERROR(EAGAIN) ? 0 : r;
	describe(e->packet, out);
	return 1;
}

static int change_rate(void *v, const struct av_enc_config *c) {
	struct enc *e = v;
	struct av_enc_config old = e->c, new = *c;
	if (c->codec != ENC_H264 || c->quality > 0 || old.quality > 0 || c->rc == ENC_CONSTQP || old.rc != c->rc)
		return 0;
	old.bitrate = new.bitrate = old.maxrate = new.maxrate = old.bufsize = new.bufsize = 0;
	if (memcmp(&old, &new, sizeof old))
		return 0;
	e->c = *c;
	rate(e->ctx, c);
	return 1;
}

// libaom tells its sequence header with the first packet only, so another one codes a gray
// picture for it.
static void sequence(struct enc *e) {
	char error[128];
	struct enc *o = open_encoder(&e->c, error, sizeof error);
	if (!o)
		return;
	size_t row = (size_t)e->c.width * 2;
	uint8_t *gray = calloc((size_t)e->c.height, row);
	struct av_enc_picture p = {.plane = {gray, gray, gray}, .stride = {(ptrdiff_t)row, (ptrdiff_t)row, (ptrdiff_t)row}, .type = ENC_IDR};
	struct av_enc_packet k;
	if (put(o, &p) >= 0 && get(o, &k) == 1) {
		e->sequence = malloc(k.n);
		memcpy(e->sequence, k.p, k.n);
		e->nsequence = k.n;
	}
	free(gray);
	close_encoder(o);
}

static const uint8_t *headers(void *v, size_t *n) {
	struct enc *e = v;
	if (e->c.codec == ENC_AV1 && !e->ctx->extradata_size) {
		if (!e->sequence)
			sequence(e);
		*n = e->nsequence;
		return e->sequence;
	}
	*n = (size_t)e->ctx->extradata_size;
	return e->ctx->extradata;
}

__attribute__((visibility("default"))) const struct av_enc_functions nvsim_av_enc = {open_encoder, close_encoder, put, get, change_rate, headers};
