// The parser's shell: surfaces, sequences, decode and display callbacks, and the
// rules of timestamps. The rules are those seen on hardware (shared/abi/h200-580).
#include "cuvid_int.h"

enum { PARSER_MAGIC = 0x50617231 };

void reduce(int *a, int *b) {
	int x = *a, y = *b;
	while (y) {
		int t = x % y;
		x = y, y = t;
	}
	if (x)
		*a /= x, *b /= x;
}

// surface_alloc takes the free surface that was displayed longest ago. While there
// is none the display queue gives up its oldest picture. -1: there is none at all.
int surface_alloc(struct parser *p) {
	for (;;) {
		int best = -1;
		for (int i = 0; i < p->nsurf; i++)
			if (!p->surf[i].refs && (best < 0 || p->surf[i].shown < p->surf[best].shown))
				best = i;
		if (best >= 0) {
			p->surf[best].refs = 1;
			return best;
		}
		if (!p->nqueue)
			return -1;
		queue_pop(p);
	}
}

void surface_ref(struct parser *p, int i) {
	if (i >= 0)
		p->surf[i].refs++;
}

void surface_unref(struct parser *p, int *i) {
	if (*i >= 0 && p->surf[*i].refs > 0)
		p->surf[*i].refs--;
	*i = -1;
}

static const char *const codec_names[] = {"MPEG1", "MPEG2", "MPEG4", "VC1", "H264", "JPEG", "H264_SVC", "H264_MVC", "HEVC", "VP8", "VP9", "AV1"};

int sequence(struct parser *p, const CUVIDEOFORMATEX *x) {
	const CUVIDEOFORMAT *f = &x->format;
	if (p->have_format && !memcmp(&p->format, x, sizeof *x))
		return !p->refused;
	if (p->have_format) { // what is left of the old sequence comes out first
		const CUVIDEOFORMAT *o = &p->format.format;
		p->ops->flush(p);
		// All but the last picture, if neither size nor chroma format changes.
		if (o->chroma_format != f->chroma_format || o->coded_width != f->coded_width || o->coded_height != f->coded_height)
			queue_flush(p);
	}
	p->format = *x;
	p->have_format = 1;
	int64_t clock = p->params.ulClockRate ? p->params.ulClockRate : 10000000;
	p->frame_duration = f->frame_rate.numerator ? clock * f->frame_rate.denominator / f->frame_rate.numerator : 0;
	if (!p->nsurf)
		p->nsurf = (int)MAX(1u, p->params.ulMaxNumDecodeSurfaces);
	p->refused = 0;
	if (!p->params.pfnSequenceCallback) {
		p->refused = 1; // nothing is decoded without
		return 0;
	}
	CUVIDEOFORMATEX copy = *x;
	trace_sequence(&copy);
	int r = p->params.pfnSequenceCallback(p->params.pUserData, &copy.format);
	if (r <= 0) {
		p->refused = 1;
		return 0;
	}
	if (r > MAX_SURFACES) {
		nvsim_violation("sequence callback", "returns %d surfaces", r);
		r = MAX_SURFACES;
	}
	if (r > 1)
		p->nsurf = r;
	if (p->nsurf < f->min_num_decode_surfaces)
		nvsim_violation("sequence callback", "leaves the parser %d surfaces, %s needs %d: pictures will be lost", p->nsurf, codec_names[f->codec],
			f->min_num_decode_surfaces);
	return 1;
}

// --- timestamps

void take_pts(struct parser *p, struct surface *s) {
	s->pts_valid = 0;
	int at = p->pts_at;
	for (int k = 0; k < LEN(p->pts); k++, at = (at + 1) % LEN(p->pts))
		if (p->pts[at].valid && (int64_t)(p->pts[at].pos - p->frame_start) <= (p->ops->startcodes ? 3 : 0)) {
			s->pts_valid = 1;
			s->pts = p->pts[at].pts;
			p->pts[at].valid = 0;
		}
}

void set_display(struct parser *p, int i, int progressive, int tff, int rff, int fields) {
	struct surface *s = &p->surf[i];
	s->progressive = progressive, s->tff = tff, s->rff = rff, s->fields = fields;
}

// output_picture puts a picture into the display queue, with its timestamp.
void output_picture(struct parser *p, int i) {
	struct surface *s = &p->surf[i];
	int64_t t = p->expected, own = t;
	if (s->pts_valid) {
		own = s->pts;
		// Timestamps must rise: one that was given to a picture never shown goes to
		// the next, and so on.
		if (p->check_pts || p->filter_pts) {
			struct surface *first = s;
			for (int k = 0; k < p->nsurf; k++)
				if (p->surf[k].live && p->surf[k].pts_valid && p->surf[k].pts < first->pts)
					first = &p->surf[k];
			if (first != s) {
				p->filter_pts = 1;
				int64_t swap = first->pts;
				first->pts = s->pts;
				s->pts = swap;
			}
			if (p->check_pts)
				p->check_pts--;
		}
		t = s->pts;
	}
	p->expected = own + p->frame_duration * s->fields / 2;
	s->live = 0;
	if (s->skipped) { // its surface comes free one picture later than others
		surface_ref(p, i);
		p->late[p->nlate++] = i;
		return;
	}
	struct queued *q = &p->queue[p->nqueue++];
	memset(q, 0, sizeof *q);
	q->info.picture_index = i;
	q->info.progressive_frame = s->progressive;
	q->info.top_field_first = s->tff;
	q->info.repeat_first_field = s->rff;
	q->info.timestamp = t;
	q->decoded = s->decoded;
	surface_ref(p, i);
	while (p->nqueue > (int)MIN(p->params.ulMaxDisplayDelay, (unsigned)MAX_SURFACES))
		queue_pop(p);
}

// --- decode

static void sei_flush(struct parser *p, int surface) {
	if (p->params.pfnGetSEIMsg) {
		CUVIDSEIMESSAGEINFO m = {.pSEIData = p->sei.p, .pSEIMessage = p->seis, .sei_message_count = (unsigned)p->nseis, .picIdx = (unsigned)surface};
		trace_messages(&m);
		p->params.pfnGetSEIMsg(p->params.pUserData, &m);
		// Copy it now: the next picture writes over it.
		if (p->sei.p)
			memset(p->sei.p, 0xdd, p->sei.n);
	}
	p->nseis = 0;
	p->sei.n = 0;
}

void late_release(struct parser *p) {
	while (p->nlate)
		surface_unref(p, &p->late[--p->nlate]);
}

void decode_picture(struct parser *p, const uint8_t *data, size_t n) {
	CUVIDPICPARAMS *pic = &p->pic;
	struct surface *s = &p->surf[pic->CurrPicIdx];
	late_release(p);
	if (!pic->second_field) {
		s->skipped = 0;
		s->live = 1;
		take_pts(p, s);
	}
	s->decoded = ++p->decoded;
	pic->pBitstreamData = data;
	pic->nBitstreamDataLen = (unsigned)n;
	sei_flush(p, pic->CurrPicIdx);
	trace_picture(p->format.format.codec, pic);
	struct unit u = {data, p->headers.p, p->extras.p, data, p->headers.n, p->extras.n, n, *pic, p, NULL};
	if (!p->ops->startcodes) {
		u.data = p->unit.p;
		u.ndata = p->unit.n;
	}
	unit_publish(&u);
	CUVIDPICPARAMS before = *pic;
	int r = p->params.pfnDecodePicture ? p->params.pfnDecodePicture(p->params.pUserData, pic) : 1;
	unit_withdraw(&u);
	decoder_callback(p->decoder, 0);
	s->decoder = p->decoder;
	if (memcmp(&before, pic, sizeof before))
		nvsim_violation("decode callback", "changes the parser's picture parameters");
	p->extras.n = 0;
	if (r > 0)
		queue_age(p);
	else {
		s->skipped = 1;
		if (p->params.CodecType == cudaVideoCodec_VP9 || p->params.CodecType == cudaVideoCodec_AV1)
			p->error = CUDA_ERROR_UNKNOWN;
	}
}

// --- the functions

static const struct codec_ops *ops_of(int codec) {
	switch (codec) {
	case cudaVideoCodec_MPEG1:
	case cudaVideoCodec_MPEG2: return &mpeg12_ops;
	case cudaVideoCodec_MPEG4: return &mpeg4_ops;
	case cudaVideoCodec_VC1: return &vc1_ops;
	case cudaVideoCodec_H264:
	case cudaVideoCodec_H264_MVC: return &h264_ops;
	case cudaVideoCodec_JPEG: return &jpeg_ops;
	case cudaVideoCodec_HEVC: return &hevc_ops;
	case cudaVideoCodec_VP8: return &vp8_ops;
	case cudaVideoCodec_VP9: return &vp9_ops;
	case cudaVideoCodec_AV1: return &av1_ops;
	}
	return NULL;
}

static void reset(struct parser *p) {
	memset(p->pts, 0, sizeof p->pts);
	p->expected = 0;
	p->check_pts = 16;
	p->filter_pts = 0;
}

int parsers_made;

API(cuvidCreateVideoParser)(CUvideoparser *out, CUVIDPARSERPARAMS *pp) {
	ENTER(0);
	if (!out || !pp)
		LEAVE(BAD, "NULL");
	const struct codec_ops *ops = ops_of(pp->CodecType);
	if (!ops)
		LEAVE(CUDA_ERROR_INVALID_SOURCE, "codec %d", pp->CodecType);
	if (pp->uReserved || !nvsim_zero(pp->uReserved1, sizeof pp->uReserved1) || !nvsim_zero(pp->pvReserved2, sizeof pp->pvReserved2))
		nvsim_violation(__func__, "reserved fields of CUVIDPARSERPARAMS are set");
	if (pp->bAnnexb && pp->CodecType != cudaVideoCodec_AV1)
		nvsim_violation(__func__, "bAnnexb is for AV1");
	if (pp->ulErrorThreshold > 100)
		nvsim_violation(__func__, "ulErrorThreshold %u is not a percentage", pp->ulErrorThreshold);
	struct parser *p = calloc(1, sizeof *p);
	p->magic = PARSER_MAGIC;
	p->alive = 1;
	p->params = *pp;
	p->ops = ops;
	reset(p);
	if (ops->init)
		ops->init(p);
	nvsim_live_add(p, "parser", codec_names[pp->CodecType]);
	__atomic_store_n(&parsers_made, 1, __ATOMIC_RELAXED);
	*out = p;
	if (pp->pExtVideoInfo && pp->pExtVideoInfo->format.seqhdr_data_length) {
		unsigned n = pp->pExtVideoInfo->format.seqhdr_data_length;
		if (n > sizeof pp->pExtVideoInfo->raw_seqhdr_data)
			nvsim_violation(__func__, "%u bytes of sequence header do not fit", n);
		n = MIN(n, (unsigned)sizeof pp->pExtVideoInfo->raw_seqhdr_data);
		if (ops->startcodes)
			annexb_parse(p, pp->pExtVideoInfo->raw_seqhdr_data, n);
		else if (ops->packet)
			ops->packet(p, pp->pExtVideoInfo->raw_seqhdr_data, n);
	}
	LEAVE(OK, "%p,codec %d,surfaces %u,delay %u,clock %u", *out, pp->CodecType, pp->ulMaxNumDecodeSurfaces, pp->ulMaxDisplayDelay, pp->ulClockRate);
}

static struct parser *get(const char *fn, CUvideoparser h) {
	struct parser *p = h;
	if (!p || p->magic != PARSER_MAGIC || !p->alive) {
		if (p)
			nvsim_violation(fn, "%p is not a live parser", h);
		return NULL;
	}
	return p;
}

API(cuvidParseVideoData)(CUvideoparser h, CUVIDSOURCEDATAPACKET *k) {
	ENTER(0);
	struct parser *p = get(__func__, h);
	if (!p)
		LEAVE(CUDA_ERROR_INVALID_HANDLE, "%p", h);
	if (!k)
		LEAVE(BAD, "NULL");
	if (__atomic_exchange_n(&p->inside, 1, __ATOMIC_ACQ_REL)) {
		nvsim_violation(__func__, "called while another call on this parser runs");
		LEAVE(BAD, "%p", h);
	}
	if (!k->payload && k->payload_size) {
		nvsim_violation(__func__, "payload is NULL: the driver crashes");
		p->inside = 0;
		LEAVE(BAD, "%p", h);
	}
	if (k->flags & ~31ul)
		nvsim_violation(__func__, "unknown packet flags %#lx", k->flags);
	if (!k->payload_size && k->flags & CUVID_PKT_ENDOFSTREAM)
		nvsim_trace(" P EOS");
	else
		nvsim_trace(" P size=%lu flags=%lx ts=%lld", k->payload_size, k->flags, k->timestamp);
	p->error = OK;
	if (k->flags & CUVID_PKT_DISCONTINUITY) {
		if (p->ops->startcodes)
			annexb_finish(p);
		queue_flush(p);
	}
	if (k->flags & CUVID_PKT_TIMESTAMP) {
		p->pts[p->pts_at].valid = 1;
		p->pts[p->pts_at].pts = k->timestamp;
		p->pts[p->pts_at].pos = p->parsed;
		p->pts_at = (p->pts_at + 1) % LEN(p->pts);
	}
	if (k->payload_size) {
		// From a copy, so that reading past its end is found.
		if (p->ops->startcodes)
			annexb_parse(p, k->payload, k->payload_size);
		else {
			p->frame_start = p->parsed;
			int r = p->ops->packet(p, k->payload, k->payload_size);
			p->parsed += k->payload_size;
			if (r)
				p->error = CUDA_ERROR_UNKNOWN;
		}
	}
	if (k->flags & (CUVID_PKT_ENDOFPICTURE | CUVID_PKT_ENDOFSTREAM) && p->ops->startcodes)
		annexb_finish(p);
	if (k->flags & CUVID_PKT_ENDOFSTREAM) {
		p->ops->flush(p);
		queue_flush(p);
		if (p->ops->reset)
			p->ops->reset(p);
		p->have_format = 0; // the sequence is announced again
		reset(p);
		if (k->flags & CUVID_PKT_NOTIFY_EOS && p->params.pfnDisplayPicture) {
			nvsim_trace("  DISP null (EOS notify)");
			p->params.pfnDisplayPicture(p->params.pUserData, NULL);
		}
	}
	CUresult r = p->error;
	__atomic_store_n(&p->inside, 0, __ATOMIC_RELEASE);
	LEAVE(r, "%p", h);
}

API(cuvidDestroyVideoParser)(CUvideoparser h) {
	ENTER(ANY_STATE);
	struct parser *p = get(__func__, h);
	if (!p)
		LEAVE(CUDA_ERROR_INVALID_HANDLE, "%p", h);
	if (p->inside)
		nvsim_violation(__func__, "called inside cuvidParseVideoData");
	if (p->ops->end)
		p->ops->end(p);
	free(p->codec);
	free(p->data.p);
	free(p->sei.p);
	free(p->headers.p);
	free(p->extras.p);
	free(p->unit.p);
	p->alive = 0; // a tombstone
	nvsim_live_del(p);
	nvsim_bury(p);
	LEAVE(OK, "%p", h);
}
