// Pictures from libavcodec: one decoder for each cuvid decoder, single-threaded,
// whose frame buffers are caught when they are allocated. So a picture is there
// right after its decode call, in decoding order, uncropped, hidden ones included.
#include "av.h"
#include <libavcodec/avcodec.h>
#include <libavutil/pixdesc.h>
#include <stdlib.h>
#include <string.h>

struct dec {
	AVCodecContext *ctx;
	AVPacket *packet;
	AVFrame *out;
	AVFrame *caught;   // a reference of our own
	AVFrame *inside;   // the decoder's frame
	int first;         // of several buffers the first is the picture, else the last
	int codec;
	uint8_t *headers;  // that VC-1 was opened with
	size_t nheaders;
};

static int get_buffer(AVCodecContext *c, AVFrame *f, int flags) {
	struct dec *d = c->opaque;
	int r = avcodec_default_get_buffer2(c, f, flags);
	if (r < 0 || (d->caught && d->first))
		return r;
	av_frame_free(&d->caught);
	d->caught = av_frame_clone(f);
	d->inside = f;
	return r;
}

static const struct {
	enum AVCodecID id;
	int first;
} codecs[] = {{AV_CODEC_ID_MPEG1VIDEO, 1}, {AV_CODEC_ID_MPEG2VIDEO, 1}, {AV_CODEC_ID_MPEG4, 1}, {AV_CODEC_ID_VC1, 1}, {AV_CODEC_ID_H264, 0}, {AV_CODEC_ID_MJPEG, 1},
	{AV_CODEC_ID_NONE, 0}, {AV_CODEC_ID_H264, 0}, {AV_CODEC_ID_HEVC, 1}, {AV_CODEC_ID_VP8, 1}, {AV_CODEC_ID_VP9, 1}, {AV_CODEC_ID_AV1, 1}};

static const AVCodec *find(int codec) {
	if (codec < 0 || codec >= (int)(sizeof codecs / sizeof *codecs))
		return NULL;
	return codecs[codec].id == AV_CODEC_ID_AV1 ? avcodec_find_decoder_by_name("libdav1d") : avcodec_find_decoder(codecs[codec].id);
}

// start opens the FFmpeg decoder. VC-1 needs its headers for that.
static int start(struct dec *d, const uint8_t *headers, size_t n) {
	const AVCodec *c = find(d->codec);
	d->ctx = avcodec_alloc_context3(c);
	d->ctx->opaque = d;
	d->ctx->get_buffer2 = get_buffer;
	d->ctx->thread_count = 1;
	d->ctx->log_level_offset = getenv("NVSIM_AVLOG") ? 0 : 200; // not for the client's log
	d->ctx->flags |= AV_CODEC_FLAG_OUTPUT_CORRUPT;
	if (n) {
		d->ctx->extradata = av_mallocz(n + AV_INPUT_BUFFER_PADDING_SIZE);
		d->ctx->extradata_size = (int)n;
		memcpy(d->ctx->extradata, headers, n);
	}
	if (avcodec_open2(d->ctx, c, NULL) < 0) {
		avcodec_free_context(&d->ctx);
		return 0;
	}
	return 1;
}

static void close_decoder(void *p) {
	struct dec *d = p;
	av_frame_free(&d->caught);
	av_frame_free(&d->out);
	av_packet_free(&d->packet);
	avcodec_free_context(&d->ctx);
	free(d->headers);
	free(d);
}

static void *open_decoder(int codec) {
	if (!find(codec))
		return NULL;
	struct dec *d = calloc(1, sizeof *d);
	d->codec = codec;
	d->first = codecs[codec].first;
	d->packet = av_packet_alloc();
	d->out = av_frame_alloc();
	if (codecs[codec].id != AV_CODEC_ID_VC1 && !start(d, NULL, 0)) {
		close_decoder(d);
		return NULL;
	}
	return d;
}

// restart gives VC-1 a decoder for its headers.
static int restart(struct dec *d, const struct av_part *h) {
	if (d->ctx && d->nheaders == h->n && !memcmp(d->headers, h->p, h->n))
		return 1;
	avcodec_free_context(&d->ctx);
	free(d->headers);
	d->headers = malloc(h->n + 1);
	memcpy(d->headers, h->p, h->n);
	d->nheaders = h->n;
	return start(d, h->p, h->n);
}

static void describe(AVFrame *f, struct av_picture *out) {
	const AVPixFmtDescriptor *t = av_pix_fmt_desc_get(f->format);
	memset(out, 0, sizeof *out);
	out->width = f->width;
	out->height = f->height;
	out->depth = t->comp[0].depth;
	out->sx = t->log2_chroma_w;
	out->sy = t->log2_chroma_h;
	out->gray = t->nb_components < 3;
	for (int i = 0; i < 3; i++) {
		out->plane[i] = f->data[i];
		out->stride[i] = f->linesize[i];
	}
	out->ref = f;
}

// send makes a packet of parts.
static int send(struct dec *d, const struct av_part *parts, int n) {
	size_t size = 0;
	for (int i = 0; i < n; i++)
		size += parts[i].n;
	if (av_new_packet(d->packet, (int)size) < 0)
		return -1;
	size = 0;
	for (int i = 0; i < n; i++) {
		if (parts[i].n)
			memcpy(d->packet->data + size, parts[i].p, parts[i].n);
		size += parts[i].n;
	}
	int r = avcodec_send_packet(d->ctx, d->packet);
	av_packet_unref(d->packet);
	return r;
}

// shown decodes an AV1 frame: parts are headers, what shows a hidden frame, frame.
static int shown(struct dec *d, const struct av_part *parts, struct av_picture *out, int *again) {
	const struct av_part main[2] = {parts[0], parts[2]};
	*again = 0;
	int r = send(d, main, 2), got = avcodec_receive_frame(d->ctx, d->out);
	if (got < 0 && parts[1].n) {
		r = send(d, &parts[1], 1);
		got = avcodec_receive_frame(d->ctx, d->out);
	}
	if (got < 0)
		return r < 0 || !parts[1].n ? AV_DAMAGED : AV_NONE;
	describe(av_frame_clone(d->out), out);
	av_frame_unref(d->out);
	while (avcodec_receive_frame(d->ctx, d->out) >= 0)
		av_frame_unref(d->out);
	return AV_OK;
}

static int decode(void *p, const struct av_part *parts, int n, struct av_picture *out, int *again) {
	struct dec *d = p;
	if (d->codec == 11)
		return shown(d, parts, out, again);
	if (d->codec == 3 && (!parts[0].n || !restart(d, &parts[0])))
		return AV_DAMAGED;
	av_frame_free(&d->caught);
	d->inside = NULL;
	int r = send(d, parts, n);
	int damaged = r < 0;
	if (d->inside && d->inside->decode_error_flags)
		damaged = 1;
	while (avcodec_receive_frame(d->ctx, d->out) >= 0)
		av_frame_unref(d->out);
	*again = r >= 0 && !d->caught;
	if (!d->caught)
		return damaged ? AV_DAMAGED : AV_NONE;
	describe(d->caught, out);
	d->caught = NULL;
	return damaged ? AV_DAMAGED : AV_OK;
}

static void *ref(void *f) { return av_frame_clone(f); }

static void unref(void *f) {
	AVFrame *x = f;
	av_frame_free(&x);
}

__attribute__((visibility("default"))) const struct av_functions nvsim_av = {open_decoder, close_decoder, decode, ref, unref};
