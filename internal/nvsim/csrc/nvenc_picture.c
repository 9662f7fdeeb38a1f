// nvEncEncodePicture, and the coding of what it takes in.
#include "nvenc.h"
#include <unistd.h>

void picture_free(struct picture *p) {
	if (!p)
		return;
	for (int i = 0; i < p->npay; i++)
		free(p->pay[i].p);
	free(p->pay);
	free(p->timing.p);
	free(p->raw);
	free(p->delta);
	free(p->packet);
	free(p);
}

static void forget(struct picture *p, const struct input *i) {
	for (; p; p = p->next)
		if (p->in == i)
			p->in = NULL;
}

void input_forget(struct session *s, const struct input *i) {
	forget(s->ahead, i);
	forget(s->waiting, i);
	forget(s->done, i);
	for (struct batch *b = s->batches; b; b = b->next)
		for (int k = 0; k < b->n; k++)
			forget(b->pic[k], i);
	for (struct bitstream *b = s->bitstreams; b; b = b->next)
		if (b->in == i)
			b->in = NULL;
}

static void drop(struct picture *p) {
	for (struct picture *next; p; p = next) {
		next = p->next;
		nvsim_finish(&p->op, 0);
		picture_free(p);
	}
}

void session_drop(struct session *s) {
	drop(s->ahead), drop(s->waiting), drop(s->done);
	s->ahead = s->waiting = s->done = NULL;
	for (struct batch *b = s->batches, *next; b; b = next) {
		next = b->next;
		for (int i = 0; i < b->n; i++)
			drop(b->pic[i]);
		free(b);
	}
	s->batches = NULL;
	for (struct bitstream *b = s->bitstreams; b; b = b->next)
		picture_free(b->pic);
	resources_drop(s);
	buffers_drop(s);
	if (s->av)
		enc_av()->close(s->av);
	s->av = NULL;
	hevc_end(s);
	free(s->hdr);
	s->hdr = NULL;
	nvsim_stream_end(s->own);
}

// --- coding

static int av_type(int t) {
	switch (t) {
	case NV_ENC_PIC_TYPE_IDR: return ENC_IDR;
	case NV_ENC_PIC_TYPE_I: return ENC_I;
	case NV_ENC_PIC_TYPE_B: return ENC_B;
	default: return ENC_P;
	}
}

// unchanged finds out whether an input that lookahead still looks at is as it was.
static void unchanged(const char *fn, const struct session *s, const struct picture *p) {
	if (!s->lookahead || !p->in || !p->in->res)
		return;
	const struct resource *r = p->in->res;
	const uint8_t *now = nvsim_host(r->p, r->bytes);
	size_t row = (size_t)s->enc.width * (size_t)format_find(r->fmt)->bytes;
	for (uint32_t y = 0; now && y < (uint32_t)s->enc.height; y++)
		if (memcmp(now + y * (size_t)r->pitch, p->raw + y * (size_t)r->pitch, row)) {
			nvsim_violation(fn, "the input of picture %llu was overwritten while lookahead needed it", (unsigned long long)p->number);
			return;
		}
}

static int put(const char *fn, struct session *s, struct picture *p, int type) {
	struct av_enc_picture a = {.type = type, .id = (int64_t)p->number, .delta = p->delta};
	if (p->delta) {
		a.delta_size = s->codec == ENC_H264 ? 16 : s->codec == ENC_HEVC ? 32 : 64;
		a.delta_w = ALIGN(s->enc.width, a.delta_size) / a.delta_size;
		a.delta_h = ALIGN(s->enc.height, a.delta_size) / a.delta_size;
	}
	nvsim_finish(&p->op, 1); // a client that waits for the output knows that the input was read
	unchanged(fn, s, p);
	void *memory = malloc(planes_size(s));
	input_planes(s, p, &a, memory);
	long ms = nvsim_env_int("NVSIM_ENCODE_MS", 0);
	if (ms)
		usleep((unsigned)ms * 1000);
	int r = enc_av()->put(s->av, &a);
	free(memory);
	free(p->raw);
	p->raw = NULL;
	return r >= 0;
}

static void finish(struct session *s, struct picture *p, const struct av_enc_packet *k) {
	struct bytes b = {0};
	stream_packet(s, p, k->p, k->n, &b);
	p->packet = b.p;
	p->npacket = b.n;
	p->qp = s->codec == ENC_AV1 ? stream_qp(s, k->p, k->n) : k->qp;
	p->coded = s->coded++;
	struct picture **end = &s->done;
	while (*end)
		end = &(*end)->next;
	*end = p;
}

// code_h264 gives x264 the whole batch, in display order, and takes it out as coded.
static int code_h264(const char *fn, struct session *s, struct batch *b) {
	struct av_enc_packet k;
	int n = 0;
	for (int i = 0; i < b->n; i++)
		if (!put(fn, s, b->pic[i], av_type(b->pic[i]->type)))
			return 0;
	while (n < b->n) {
		if (enc_av()->get(s->av, &k) <= 0)
			return 0;
		for (int i = 0; i < b->n; i++)
			if (b->pic[i] && (int64_t)b->pic[i]->number == k.id) {
				finish(s, b->pic[i], &k);
				b->pic[i] = NULL;
				n++;
				break;
			}
	}
	return 1;
}

// middles orders the pictures from..to: the middle first, if others may refer to it,
// then those before and those after it.
static int middles(int from, int to, int levels, int *o) {
	int n = 0, mid = (from + to) / 2;
	if (levels > 0 && to - from > 0) {
		o[n++] = mid;
		n += middles(from, mid - 1, levels - 1, o + n);
		return n + middles(mid + 1, to, levels - 1, o + n);
	}
	for (int i = from; i <= to; i++)
		o[n++] = i;
	return n;
}

// order is in which HEVC codes a batch: what ends it, then the B pictures. An AV1 output
// holds all that is needed to show a picture, so its outputs are in display order.
static int order(const struct session *s, const struct batch *b, int *o) {
	if (s->codec != ENC_HEVC || b->n == 1)
		return middles(0, b->n - 1, 0, o);
	o[0] = b->n - 1;
	return 1 + middles(0, b->n - 2, s->enc.pyramid, o + 1);
}

static int code_one_by_one(const char *fn, struct session *s, struct batch *b) {
	int o[MAX_BATCH], n = order(s, b, o);
	for (int i = 0; i < n; i++) {
		struct picture *p = b->pic[o[i]];
		struct av_enc_packet k;
		int type = av_type(p->type);
		if (!put(fn, s, p, type == ENC_B ? ENC_P : type) || enc_av()->get(s->av, &k) != 1)
			return 0;
		finish(s, p, &k);
		b->pic[o[i]] = NULL;
	}
	return 1;
}

// code_batches codes until so many outputs are there.
int code_batches(const char *fn, struct session *s, uint64_t until) {
	while (s->coded < until && s->batches) {
		struct batch *b = s->batches;
		int ok = s->codec == ENC_H264 ? code_h264(fn, s, b) : code_one_by_one(fn, s, b);
		s->batches = b->next;
		for (int i = 0; i < b->n; i++)
			picture_free(b->pic[i]);
		free(b);
		if (!ok)
			return 0;
	}
	return s->coded >= until;
}

// --- the call

static NVENCSTATUS copy_payloads(struct session *s, struct picture *p, const void *array, uint32_t n) {
	const NV_ENC_SEI_PAYLOAD *a = array;
	if (!n)
		return NV_ENC_SUCCESS;
	if (!a || n > 256)
		return enc_error(s, NV_ENC_ERR_INVALID_PARAM, "%u payloads at %p", n, array);
	p->pay = calloc(n, sizeof *p->pay);
	for (uint32_t i = 0; i < n; i++) {
		if (!a[i].payload || !a[i].payloadSize)
			return enc_error(s, NV_ENC_ERR_INVALID_PARAM, "payload %u is empty", i);
		struct payload *k = &p->pay[p->npay++];
		k->type = (int)a[i].payloadType;
		k->n = a[i].payloadSize;
		k->p = malloc(k->n);
		memcpy(k->p, a[i].payload, k->n);
	}
	return NV_ENC_SUCCESS;
}

static void add_payload(struct picture *p, int type, const uint8_t *d, size_t n) {
	p->pay = realloc(p->pay, ((size_t)p->npay + 1) * sizeof *p->pay);
	p->pay[p->npay] = (struct payload){type, malloc(n), n};
	memcpy(p->pay[p->npay++].p, d, n);
}

static void put16(uint8_t **p, uint32_t v) { *(*p)++ = (uint8_t)(v >> 8), *(*p)++ = (uint8_t)v; }

// add_hdr writes what came as fields (from 13.0). HEVC has the primaries in the order
// green, blue, red, AV1 red, green, blue.
static void add_hdr(const struct session *s, struct picture *p, const MASTERING_DISPLAY_INFO *m, const CONTENT_LIGHT_LEVEL *c) {
	uint8_t b[24], *w = b;
	if (m) {
		const CHROMA_POINTS *hevc[] = {&m->g, &m->b, &m->r, &m->whitePoint}, *av1[] = {&m->r, &m->g, &m->b, &m->whitePoint};
		for (int i = 0; i < 4; i++) {
			const CHROMA_POINTS *q = s->codec == ENC_AV1 ? av1[i] : hevc[i];
			put16(&w, q->x), put16(&w, q->y);
		}
		put16(&w, m->maxLuma >> 16), put16(&w, m->maxLuma & 0xffff), put16(&w, m->minLuma >> 16), put16(&w, m->minLuma & 0xffff);
		add_payload(p, s->codec == ENC_AV1 ? 2 : 137, b, 24);
	}
	if (c) {
		w = b;
		put16(&w, c->maxContentLightLevel), put16(&w, c->maxPicAverageLightLevel);
		add_payload(p, s->codec == ENC_AV1 ? 1 : 144, b, 4);
	}
}

static NVENCSTATUS check_ltr(struct session *s, int on, uint32_t n, int mark, uint32_t idx, int use, uint32_t bitmap) {
	if ((mark || use) && !on)
		return enc_error(s, NV_ENC_ERR_INVALID_PARAM, "long-term references are not enabled");
	if ((mark && idx >= n) || (use && (!bitmap || bitmap >> n)))
		return enc_error(s, NV_ENC_ERR_INVALID_PARAM, "long-term references are %u", n);
	return NV_ENC_SUCCESS;
}

// codec_params reads what belongs to the codec.
static NVENCSTATUS codec_params(struct session *s, const struct n_pic_params *q, struct picture *p) {
	const struct n_codec_pic_params *u = &q->codecPicParams;
	const struct n_codec_config *k = &s->cfg.encodeCodecConfig;
	NVENCSTATUS e;
	if (s->codec == ENC_H264) {
		const struct n_pic_params_h264 *h = &u->h264PicParams;
		if ((e = check_ltr(s, (int)k->h264Config.enableLTR, k->h264Config.ltrNumFrames, (int)h->ltrMarkFrame, h->ltrMarkFrameIdx, (int)h->ltrUseFrames, h->ltrUseFrameBitmap)))
			return e;
		p->ltr_mark = h->ltrMarkFrame, p->ltr_idx = h->ltrMarkFrameIdx;
		if (k->h264Config.enableTimeCode && !h->timeCode.skipClockTimestampInsertion) {
			if (s->enc.filler) // whose picture timing has delays too
				return enc_error(s, NV_ENC_ERR_UNSUPPORTED_PARAM, "time codes beside filler data are not simulated");
			timing_write(&h->timeCode, &p->timing);
		}
		return copy_payloads(s, p, h->seiPayloadArray, h->seiPayloadArrayCnt);
	}
	if (s->codec == ENC_HEVC) {
		const struct n_pic_params_hevc *h = &u->hevcPicParams;
		if ((e = check_ltr(s, (int)k->hevcConfig.enableLTR, k->hevcConfig.ltrNumFrames, (int)h->ltrMarkFrame, h->ltrMarkFrameIdx, (int)h->ltrUseFrames, h->ltrUseFrameBitmap)))
			return e;
		p->ltr_mark = h->ltrMarkFrame, p->ltr_idx = h->ltrMarkFrameIdx;
		if ((e = copy_payloads(s, p, h->seiPayloadArray, h->seiPayloadArrayCnt)))
			return e;
		add_hdr(s, p, k->hevcConfig.outputMasteringDisplay ? h->pMasteringDisplay : NULL, k->hevcConfig.outputMaxCll ? h->pMaxCll : NULL);
		return NV_ENC_SUCCESS;
	}
	const struct n_pic_params_av1 *a = &u->av1PicParams;
	if (a->goldenFrameFlag || a->arfFrameFlag || a->arf2FrameFlag || a->bwdFrameFlag || a->overlayFrameFlag || a->showExistingFrameFlag || a->tileConfigUpdate ||
		a->filmGrainParamsUpdate || a->enableCustomTileConfig || a->temporalConfigUpdate)
		return enc_error(s, NV_ENC_ERR_UNSUPPORTED_PARAM, "a field of NV_ENC_PIC_PARAMS_AV1 is not simulated");
	if ((e = check_ltr(s, (int)k->av1Config.enableLTR, k->av1Config.ltrNumFrames, (int)a->ltrMarkFrame, a->ltrMarkFrameIdx, (int)a->ltrUseFrames, a->ltrUseFrameBitmap)))
		return e;
	p->ltr_mark = a->ltrMarkFrame, p->ltr_idx = a->ltrMarkFrameIdx;
	if ((e = copy_payloads(s, p, a->obuPayloadArray, a->obuPayloadArrayCnt)))
		return e;
	add_hdr(s, p, k->av1Config.outputMasteringDisplay ? a->pMasteringDisplay : NULL, k->av1Config.outputMaxCll ? a->pMaxCll : NULL);
	return NV_ENC_SUCCESS;
}

static NVENCSTATUS read_delta(const char *fn, struct session *s, const struct n_pic_params *q, struct picture *p) {
	if (!q->qpDeltaMap)
		return NV_ENC_SUCCESS;
	if (!s->cfg.rcParams.qpMapMode) {
		nvsim_violation(fn, "qpDeltaMap is set, but qpMapMode is not");
		return NV_ENC_SUCCESS;
	}
	int size = s->codec == ENC_H264 ? 16 : s->codec == ENC_HEVC ? 32 : 64;
	uint32_t n = (uint32_t)(ALIGN(s->enc.width, size) / size * (ALIGN(s->enc.height, size) / size));
	if (q->qpDeltaMapSize != n)
		return enc_error(s, NV_ENC_ERR_INVALID_PARAM, "qpDeltaMapSize is %u, not %u", q->qpDeltaMapSize, n);
	p->delta = malloc(n);
	memcpy(p->delta, q->qpDeltaMap, n);
	if (s->cfg.rcParams.qpMapMode == NV_ENC_QP_MAP_EMPHASIS) // levels 0 to 5: better, the higher
		for (uint32_t i = 0; i < n; i++)
			p->delta[i] = (int8_t)(-2 * p->delta[i]);
	return NV_ENC_SUCCESS;
}

static NVENCSTATUS check_picture(const char *fn, struct session *s, const struct n_pic_params *q, struct input **in, struct bitstream **out) {
	uint32_t known = s->api >= API_13_1 ? 0xff : s->api >= API_12_1 ? 0x3f : 0xf;
	if (q->encodePicFlags & ~known)
		return enc_error(s, NV_ENC_ERR_INVALID_PARAM, "encodePicFlags is %#x", q->encodePicFlags);
	if (q->encodePicFlags & (NV_ENC_PIC_FLAG_DISABLE_ENC_STATE_ADVANCE | NV_ENC_PIC_FLAG_OUTPUT_RECON_FRAME) || q->completionEvent || q->alphaBuffer || q->meExternalHints ||
		q->meExternalSbHints || q->meSbHintsCount || q->outputReconBuffer || q->stateBufferIdx)
		return enc_error(s, NV_ENC_ERR_UNSUPPORTED_PARAM, "a field of NV_ENC_PIC_PARAMS is not supported by this GPU");
	if (!q->inputBuffer || !q->outputBitstream)
		return enc_error(s, NV_ENC_ERR_INVALID_PTR, "no input or no output");
	if (!(*in = input_get(s, q->inputBuffer))) {
		nvsim_violation(fn, "%p is neither an input buffer nor a mapped resource", q->inputBuffer);
		return enc_error(s, NV_ENC_ERR_RESOURCE_NOT_MAPPED, "the input is not mapped");
	}
	if (!(*out = bitstream_get(s, q->outputBitstream))) {
		nvsim_violation(fn, "%p is not a bitstream buffer of this session", q->outputBitstream);
		return enc_error(s, NV_ENC_ERR_INVALID_PARAM, "the output is not a bitstream buffer");
	}
	if ((*out)->state != BS_FREE) {
		nvsim_violation(fn, (*out)->state == BS_LOCKED ? "bitstream buffer %p is still locked" : "bitstream buffer %p is used again before it was locked", q->outputBitstream);
		return enc_error(s, NV_ENC_ERR_INVALID_PARAM, "the output is in use");
	}
	if ((*in)->locked)
		nvsim_violation(fn, "input buffer %p is still locked", q->inputBuffer);
	if ((*in)->in_flight)
		nvsim_violation(fn, "input %p is used again before the output of its picture was locked", q->inputBuffer);
	const struct format *f = format_find((*in)->fmt);
	if (q->bufferFmt != (*in)->fmt)
		return enc_error(s, NV_ENC_ERR_INVALID_PARAM, "bufferFmt is %#x, the input's %#x", q->bufferFmt, (*in)->fmt);
	if (q->inputWidth != s->init.encodeWidth || q->inputHeight != s->init.encodeHeight || (*in)->width < q->inputWidth || (*in)->height < q->inputHeight)
		return enc_error(s, NV_ENC_ERR_INVALID_PARAM, "the input is %ux%u of %ux%u, the session %ux%u", q->inputWidth, q->inputHeight, (*in)->width, (*in)->height,
			s->init.encodeWidth, s->init.encodeHeight);
	int free_chroma = f->rgb || f->fmt == NV_ENC_BUFFER_FORMAT_AYUV;
	if ((!free_chroma && f->chroma != s->enc.chroma) || f->depth > s->enc.depth || (s->api >= API_12_2 && f->depth != s->in_depth))
		return enc_error(s, NV_ENC_ERR_INVALID_PARAM, "%s does not fit chromaFormatIDC %d at %d bits", f->name, s->enc.chroma, s->in_depth);
	if (q->pictureStruct != NV_ENC_PIC_STRUCT_FRAME)
		return enc_error(s, NV_ENC_ERR_INVALID_PARAM, "pictureStruct is %u", q->pictureStruct);
	if (!s->init.enablePTD && q->pictureType != NV_ENC_PIC_TYPE_P && q->pictureType != NV_ENC_PIC_TYPE_I && q->pictureType != NV_ENC_PIC_TYPE_IDR)
		return enc_error(s, NV_ENC_ERR_UNSUPPORTED_PARAM, "pictureType is %u", q->pictureType);
	return NV_ENC_SUCCESS;
}

static NVENCSTATUS encode(const char *fn, struct session *s, const void *client) {
	struct n_pic_params q;
	NVENCSTATUS e = abi_read(fn, s, S_PIC_PARAMS, client, ARM(s->codec), &q);
	if (e)
		return e;
	if (s->eos && !(q.encodePicFlags & NV_ENC_PIC_FLAG_EOS)) {
		nvsim_violation(fn, "a picture comes after the end of the stream");
		return enc_error(s, NV_ENC_ERR_INVALID_CALL, "after the end of the stream");
	}
	if (q.encodePicFlags & NV_ENC_PIC_FLAG_EOS) {
		if (q.inputBuffer || q.outputBitstream)
			nvsim_violation(fn, "the end of the stream comes with a picture");
		gop_end(s);
		s->eos = 1;
		return NV_ENC_SUCCESS;
	}
	struct input *in = NULL;
	struct bitstream *out = NULL;
	if ((e = check_picture(fn, s, &q, &in, &out)))
		return e;
	if (s->busy < nvsim_env_int("NVSIM_ENCODER_BUSY", 0)) {
		s->busy++;
		return NV_ENC_ERR_ENCODER_BUSY;
	}
	s->busy = 0;
	struct picture *p = calloc(1, sizeof *p);
	*p = (struct picture){.in = in, .ts = q.inputTimeStamp, .duration = q.inputDuration, .frame_idx = q.frameIdx, .flags = q.encodePicFlags, .type = (int)q.pictureType};
	if (s->idr_next || (!s->init.enablePTD && q.pictureType == NV_ENC_PIC_TYPE_IDR))
		p->flags |= NV_ENC_PIC_FLAG_FORCEIDR;
	if ((e = codec_params(s, &q, p)) || (e = read_delta(fn, s, &q, p)) || (e = input_read(fn, s, p))) {
		picture_free(p);
		return e;
	}
	if (s->intra_next)
		p->flags |= NV_ENC_PIC_FLAG_FORCEINTRA;
	s->idr_next = s->intra_next = 0;
	s->recent[s->submitted % LEN(s->recent)] = p->ts;
	in->in_flight++;
	out->state = BS_QUEUED;
	out->seq = s->submitted++;
	out->asked = 0;
	out->in = in;
	uint64_t before = s->decided;
	gop_push(s, p);
	return s->decided > before ? NV_ENC_SUCCESS : NV_ENC_ERR_NEED_MORE_INPUT;
}

NVENCSTATUS nvEncEncodePicture(void *encoder, void *params) {
	// ffmpeg ends a stream that it could not begin: that does no harm.
	uint32_t flags = 0; // in the same place in all APIs
	if (params)
		memcpy(&flags, (char *)params + 16, 4);
	SESSION(!(flags & NV_ENC_PIC_FLAG_EOS));
	if (s->codec < 0)
		DONE(NV_ENC_ERR_ENCODER_NOT_INITIALIZED, "%p", encoder);
	NVENCSTATUS e = encode(__func__, s, params);
	DONE(e, "%p,submitted %llu,decided %llu", encoder, (unsigned long long)s->submitted, (unsigned long long)s->decided);
}

// A reference that was lost: the next picture is coded without any.
NVENCSTATUS nvEncInvalidateRefFrames(void *encoder, uint64_t ts) {
	SESSION(1);
	int known = 0;
	for (uint64_t i = 0; i < MIN(s->submitted, (uint64_t)LEN(s->recent)); i++)
		known |= s->recent[i] == ts;
	if (!known)
		DONE(enc_error(s, NV_ENC_ERR_INVALID_PARAM, "no picture of this time"), "%p,%llu", encoder, (unsigned long long)ts);
	if (!caps_value(s, s->codec, NV_ENC_CAPS_SUPPORT_REF_PIC_INVALIDATION))
		DONE(NV_ENC_ERR_UNSUPPORTED_PARAM, "%p", encoder);
	s->intra_next = 1;
	DONE(NV_ENC_SUCCESS, "%p,%llu", encoder, (unsigned long long)ts);
}
