// HEVC: units and pictures. Specification: ITU-T H.265, 7.4.2.4, 8.3.1, C.5.2.
#include "hevc.h"

static struct hevc *state(struct parser *p) { return p->codec; }

static void init(struct parser *p) {
	struct hevc *h = calloc(1, sizeof *h);
	h->cur = -1;
	h->first = 1;
	for (int i = 0; i < LEN(h->dpb); i++)
		h->dpb[i].surface = -1;
	p->codec = h;
	p->window = 0xffffffff;
}

static void end(struct parser *p) {
	struct hevc *h = state(p);
	for (int i = 0; i < 16; i++)
		free(h->vps[i].p), free(h->sps[i].raw.p);
	for (int i = 0; i < 64; i++)
		free(h->pps[i].raw.p);
	free(h->rbsp.p);
}

static int boundary(struct parser *p, const uint8_t *nal, size_t n) {
	int t = nal[0] >> 1 & 63;
	(void)p;
	if (t <= 9 || (t >= 16 && t <= 21))
		return n > 2 && nal[2] & 0x80;
	return (t >= 32 && t <= 35) || t == 39 || (t >= 41 && t <= 44) || (t >= 48 && t <= 55);
}

static int activate(struct parser *p, struct hevc *h, struct hevc_sps *s) {
	CUVIDEOFORMATEX x;
	hevc_format(s, &x);
	if (p->have_format && memcmp(&x, &p->format, sizeof x)) {
		while (hevc_bump(p, h))
			;
		for (int i = 0; i < LEN(h->dpb); i++)
			h->dpb[i].ref = 0, hevc_release(p, &h->dpb[i]);
	}
	h->active = s;
	return sequence(p, &x);
}

static void start_picture(struct parser *p, struct hevc *h, const struct hevc_slice *s) {
	h->slice = *s;
	h->intra = 1;
	h->dropped = 0;
	h->cur = -1;
	if (!activate(p, h, &h->sps[h->pps[s->pps].sps])) {
		h->dropped = 1;
		return;
	}
	int max = 1 << h->active->log2_poc, fresh = s->irap && (s->idr || s->type <= 18 || h->first);
	if (s->idr)
		h->poc = 0;
	else {
		int plsb = h->prev_poc & (max - 1), pmsb = h->prev_poc - plsb, msb = pmsb;
		if (fresh)
			msb = 0;
		else if (s->poc_lsb < plsb && plsb - s->poc_lsb >= max / 2)
			msb = pmsb + max;
		else if (s->poc_lsb > plsb && s->poc_lsb - plsb > max / 2)
			msb = pmsb - max;
		h->poc = msb + s->poc_lsb;
	}
	if (s->tid == 0 && !(s->type >= 6 && s->type <= 9) && !(s->type <= 14 && s->type % 2 == 0))
		h->prev_poc = h->poc;
	h->first = 0;
	h->begins = fresh;
	if (fresh) {
		while (hevc_bump(p, h))
			;
		for (int i = 0; i < LEN(h->dpb); i++)
			h->dpb[i].ref = 0, hevc_release(p, &h->dpb[i]);
		h->nbefore = h->nafter = h->nlt = 0;
	} else
		hevc_reference_set(p, h);
	for (;;) {
		int full, late, n = hevc_waiting(h, &full, &late);
		if (!(n > h->active->reorder || late || full >= h->active->max_dec) || !hevc_bump(p, h))
			break;
	}
	int slot = 0;
	while (slot < LEN(h->dpb) - 1 && h->dpb[slot].used)
		slot++;
	int surface = surface_alloc(p);
	if (surface < 0) {
		h->dropped = 1;
		return;
	}
	h->cur = slot;
	h->dpb[slot] = (struct hevc_frame){.surface = surface, .used = 1, .poc = h->poc, .ref = 1};
}

static void keep_raw(struct buffer *b, const uint8_t *nal, size_t n) {
	b->n = 0;
	buffer_add(b, nal, n);
}

static int nal(struct parser *p, const uint8_t *b, size_t n) {
	static const uint8_t start[3] = {0, 0, 1};
	struct hevc *h = state(p);
	while (n > 1 && !b[n - 1])
		n--;
	if (n < 3 || b[0] & 0x80 || !(b[1] & 7))
		return 0;
	int t = b[0] >> 1 & 63, layer = (b[0] & 1) << 5 | b[1] >> 3;
	if (layer)
		return 0;
	switch (t) {
	case 32:
		if (n > 2)
			keep_raw(&h->vps[b[2] >> 4], b, n);
		return 0;
	case 33:
		hevc_parse_sps(h, b, n);
		return 0;
	case 34:
		hevc_parse_pps(h, b, n);
		return 0;
	case 36:
	case 37:
		h->first = 1;
		return 0;
	case 39:
	case 40:
		if (t == 39)
			sei_message(p, 1, b, n);
		buffer_add(&p->extras, start, 3);
		buffer_add(&p->extras, b, n);
		return 0;
	}
	if (t > 21 || (t > 9 && t < 16))
		return 0;
	struct hevc_slice s;
	if (!hevc_slice_header(h, b, n, &s))
		return 0;
	if (!p->picture) {
		if (!s.first)
			return 0; // the rest of a picture whose beginning is lost
		start_picture(p, h, &s);
	}
	if (!s.dependent && s.slice_type != 2 && !s.irap)
		h->intra = 0;
	return 1;
}

static void headers(struct parser *p, struct hevc *h) {
	static const uint8_t start[4] = {0, 0, 0, 1};
	static const uint8_t end[2] = {36 << 1, 1};
	p->headers.n = 0;
	// libavcodec keeps pictures of its own until it would show them. One with the same
	// order count must not be there any more when decoding begins anew.
	if (h->begins) {
		buffer_add(&p->headers, start, 4);
		buffer_add(&p->headers, end, 2);
	}
	for (int i = 0; i < 16; i++)
		if (h->vps[i].n) {
			buffer_add(&p->headers, start, 4);
			buffer_add(&p->headers, h->vps[i].p, h->vps[i].n);
		}
	for (int i = 0; i < 16; i++)
		if (h->sps[i].valid) {
			buffer_add(&p->headers, start, 4);
			buffer_add(&p->headers, h->sps[i].raw.p, h->sps[i].raw.n);
		}
	for (int i = 0; i < 64; i++)
		if (h->pps[i].valid && h->sps[h->pps[i].sps].valid) {
			buffer_add(&p->headers, start, 4);
			buffer_add(&p->headers, h->pps[i].raw.p, h->pps[i].raw.n);
		}
}

static void end_picture(struct parser *p) {
	struct hevc *h = state(p);
	if (h->dropped || h->cur < 0) {
		p->nseis = 0;
		p->sei.n = p->extras.n = 0;
		return;
	}
	struct hevc_frame *f = &h->dpb[h->cur];
	CUVIDPICPARAMS *c = &p->pic;
	memset(c, 0, sizeof *c);
	c->PicWidthInMbs = (int)p->format.format.coded_width / 16;
	c->FrameHeightInMbs = (int)p->format.format.coded_height / 16;
	c->CurrPicIdx = f->surface;
	c->nNumSlices = (unsigned)p->nslices;
	c->pSliceDataOffsets = p->slices;
	c->ref_pic_flag = 1;
	c->intra_pic_flag = h->intra;
	hevc_fill(h, &c->CodecSpecific.hevc);
	headers(p, h);
	set_display(p, f->surface, 1, 0, 0, 2);
	decode_picture(p, p->data.p, p->nal);
	// C.5.2.3: the picture takes part in the output.
	f->wait = h->slice.output;
	if (f->wait)
		for (int i = 0; i < LEN(h->dpb); i++)
			if (h->dpb[i].used && h->dpb[i].wait && i != h->cur)
				h->dpb[i].latency++;
	h->cur = -1;
	for (;;) {
		int full, late, n = hevc_waiting(h, &full, &late);
		if (!(n > h->active->reorder || late) || !hevc_bump(p, h))
			break;
	}
}

static void flush(struct parser *p) {
	struct hevc *h = state(p);
	while (hevc_bump(p, h))
		;
	for (int i = 0; i < LEN(h->dpb); i++)
		h->dpb[i].ref = 0, hevc_release(p, &h->dpb[i]);
	h->first = 1;
	h->cur = -1;
}

const struct codec_ops hevc_ops = {.name = "hevc", .startcodes = 1, .boundary = boundary, .nal = nal, .end_picture = end_picture, .flush = flush, .init = init, .end = end};
