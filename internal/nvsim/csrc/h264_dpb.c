// H.264: picture order, reference marking and the order of output.
// Specification: ITU-T H.264, 8.2.1, 8.2.4, 8.2.5, C.4.
#include "h264.h"

static int max_frame_num(const struct h264 *h) { return 1 << h->active->log2_frame_num; }

void h264_poc(struct h264 *h) {
	const struct h264_sps *sps = h->active;
	const struct h264_slice *s = &h->slice;
	struct h264_frame *f = &h->cur;
	int top = 0, bottom = 0;
	if (sps->poc_type == 0) {
		int max = 1 << sps->log2_poc_lsb, msb, pmsb = h->prev_msb, plsb = h->prev_lsb;
		if (s->idr)
			pmsb = plsb = 0;
		if (s->poc_lsb < plsb && plsb - s->poc_lsb >= max / 2)
			msb = pmsb + max;
		else if (s->poc_lsb > plsb && s->poc_lsb - plsb > max / 2)
			msb = pmsb - max;
		else
			msb = pmsb;
		top = bottom = msb + s->poc_lsb;
		if (!s->field)
			bottom += s->delta_bottom;
		if (s->ref_idc) {
			h->prev_msb = msb;
			h->prev_lsb = s->poc_lsb;
		}
	} else {
		int offset = h->prev_offset;
		if (s->idr)
			offset = 0;
		else if (h->prev_frame_num > s->frame_num)
			offset += max_frame_num(h);
		h->prev_offset = offset;
		if (sps->poc_type == 2) {
			top = bottom = s->idr ? 0 : 2 * (offset + s->frame_num) - !s->ref_idc;
		} else {
			int abs = sps->ncycle ? offset + s->frame_num : 0, expected = 0, sum = 0;
			if (!s->ref_idc && abs > 0)
				abs--;
			for (int i = 0; i < sps->ncycle; i++)
				sum += sps->cycle[i];
			if (abs > 0) {
				int c = (abs - 1) / sps->ncycle, k = (abs - 1) % sps->ncycle;
				expected = c * sum;
				for (int i = 0; i <= k; i++)
					expected += sps->cycle[i];
			}
			if (!s->ref_idc)
				expected += sps->offset_non_ref;
			top = expected + s->delta[0];
			bottom = s->field ? expected + sps->offset_top_bottom + s->delta[0] : top + sps->offset_top_bottom + s->delta[1];
		}
	}
	h->prev_frame_num = s->frame_num;
	if (!s->field || !s->bottom)
		f->poc[0] = top;
	if (!s->field || s->bottom)
		f->poc[1] = bottom;
}

static void release(struct parser *p, struct h264_frame *f) {
	if (f->used && !f->wait && !h264_is_ref(f)) {
		surface_unref(p, &f->surface);
		f->used = 0;
	}
}

static void release_all(struct parser *p, struct h264 *h) {
	for (int i = 0; i < LEN(h->dpb); i++)
		release(p, &h->dpb[i]);
}

static int bump(struct parser *p, struct h264 *h) {
	struct h264_frame *best = NULL;
	for (int i = 0; i < LEN(h->dpb); i++)
		if (h->dpb[i].used && h->dpb[i].wait && (!best || h264_frame_poc(&h->dpb[i]) < h264_frame_poc(best)))
			best = &h->dpb[i];
	if (!best)
		return 0;
	best->wait = 0;
	if (best->surface >= 0 && !best->missing)
		output_picture(p, best->surface);
	release(p, best);
	return 1;
}

void h264_bump_all(struct parser *p, struct h264 *h) {
	while (bump(p, h))
		;
}

void h264_idr(struct parser *p, struct h264 *h) {
	h264_bump_all(p, h);
	late_release(p);
	for (int i = 0; i < LEN(h->dpb); i++) {
		h->dpb[i].ref[0] = h->dpb[i].ref[1] = 0;
		release(p, &h->dpb[i]);
	}
	h->prev_ref_frame_num = 0;
}

static int nrefs(const struct h264 *h) {
	int n = 0;
	for (int i = 0; i < LEN(h->dpb); i++)
		n += h->dpb[i].used && h264_is_ref(&h->dpb[i]);
	return n;
}

static void unref(struct h264_frame *f) { f->ref[0] = f->ref[1] = 0; }

// sliding_window makes room for one more reference frame.
static void sliding_window(struct parser *p, struct h264 *h) {
	int limit = MIN(MAX(h->active->num_ref_frames, 1), MAX(p->nsurf, 1));
	while (nrefs(h) >= limit) {
		struct h264_frame *old = NULL;
		for (int i = 0; i < LEN(h->dpb); i++) {
			struct h264_frame *f = &h->dpb[i];
			if (!f->used || (f->ref[0] != 1 && f->ref[1] != 1))
				continue;
			f->wrap = f->frame_num > h->slice.frame_num ? f->frame_num - max_frame_num(h) : f->frame_num;
			if (!old || f->wrap < old->wrap)
				old = f;
		}
		if (!old)
			break;
		unref(old);
		release(p, old);
	}
}

static struct h264_frame *empty(struct h264 *h) {
	for (int i = 0; i < LEN(h->dpb); i++)
		if (!h->dpb[i].used)
			return &h->dpb[i];
	return NULL;
}

static int fullness(const struct h264 *h) {
	int n = 0;
	for (int i = 0; i < LEN(h->dpb); i++)
		n += h->dpb[i].used;
	return n;
}

// h264_gaps is 8.2.5.2: frames that are missing take part in the sliding window.
void h264_gaps(struct parser *p, struct h264 *h) {
	int max = max_frame_num(h), fn = h->slice.frame_num, n = h->prev_ref_frame_num;
	if (fn == n || fn == (n + 1) % max)
		return;
	if (!h->active->gaps && h->active->num_ref_frames <= 1)
		return;
	for (int k = 0, u = (n + 1) % max; u != fn && k < max; k++, u = (u + 1) % max) {
		struct h264_slice save = h->slice;
		h->slice.frame_num = u;
		sliding_window(p, h);
		while (fullness(h) >= MAX(h->size, 1) && bump(p, h))
			;
		struct h264_frame *f = empty(h);
		h->slice = save;
		if (!f)
			return;
		memset(f, 0, sizeof *f);
		f->used = 1;
		f->surface = -1;
		f->missing = 1;
		f->fields = 3;
		f->frame_num = u;
		f->ref[0] = f->ref[1] = 1;
		h->prev_ref_frame_num = u;
		h->prev_frame_num = u;
	}
}

void h264_fill_dpb(struct parser *p, struct h264 *h, CUVIDH264PICPARAMS *c) {
	int n = 0;
	(void)p;
	for (int i = 0; i < LEN(c->dpb); i++)
		c->dpb[i].PicIdx = -1;
	for (int i = 0; i < LEN(h->dpb); i++) {
		struct h264_frame *f = &h->dpb[i];
		if (!f->used || !h264_is_ref(f) || n == LEN(c->dpb))
			continue;
		CUVIDH264DPBENTRY *e = &c->dpb[n++];
		e->PicIdx = f->surface;
		e->FrameIdx = f->ref[0] == 2 || f->ref[1] == 2 ? f->long_idx : f->frame_num;
		e->is_long_term = f->ref[0] == 2 || f->ref[1] == 2;
		e->not_existing = f->missing;
		e->used_for_reference = (f->ref[0] ? 1 : 0) | (f->ref[1] ? 2 : 0);
		e->FieldOrderCnt[0] = f->poc[0];
		e->FieldOrderCnt[1] = f->poc[1];
	}
}

// pic_num_frame finds the frame, and which of its fields, that a number means.
static struct h264_frame *by_number(struct h264 *h, int num, int kind, int *field) {
	const struct h264_slice *s = &h->slice;
	struct h264_frame *all[18];
	int n = 0;
	for (int i = 0; i < LEN(h->dpb); i++)
		if (h->dpb[i].used)
			all[n++] = &h->dpb[i];
	if (h->second_field)
		all[n++] = &h->cur;
	for (int i = 0; i < n; i++) {
		struct h264_frame *f = all[i];
		int base = kind == 1 ? (f->frame_num > s->frame_num ? f->frame_num - max_frame_num(h) : f->frame_num) : f->long_idx;
		if (!s->field) {
			if (f->ref[0] == kind && f->ref[1] == kind && base == num) {
				*field = 3;
				return f;
			}
			continue;
		}
		for (int k = 0; k < 2; k++)
			if (f->ref[k] == kind && 2 * base + (k == s->bottom) == num) {
				*field = 1 << k;
				return f;
			}
	}
	return NULL;
}

static void set_ref(struct h264_frame *f, int fields, int v) {
	if (fields & 1)
		f->ref[0] = v;
	if (fields & 2)
		f->ref[1] = v;
}

static void free_long(struct parser *p, struct h264 *h, int idx, const struct h264_frame *but) {
	for (int i = 0; i < LEN(h->dpb); i++) {
		struct h264_frame *f = &h->dpb[i];
		if (!f->used || f == but || f->long_idx != idx)
			continue;
		for (int k = 0; k < 2; k++)
			if (f->ref[k] == 2)
				f->ref[k] = 0;
		release(p, f);
	}
}

static void adaptive(struct parser *p, struct h264 *h) {
	const struct h264_slice *s = &h->slice;
	int cur = s->field ? 2 * s->frame_num + 1 : s->frame_num, fields;
	struct h264_frame *f;
	for (int i = 0; i < s->nmmco; i++)
		switch (s->mmco[i].op) {
		case 1:
			if ((f = by_number(h, cur - (s->mmco[i].a + 1), 1, &fields)))
				set_ref(f, fields, 0), release(p, f);
			break;
		case 2:
			if ((f = by_number(h, s->mmco[i].a, 2, &fields)))
				set_ref(f, fields, 0), release(p, f);
			break;
		case 3:
			if ((f = by_number(h, cur - (s->mmco[i].a + 1), 1, &fields))) {
				free_long(p, h, s->mmco[i].b, f);
				set_ref(f, fields, 2);
				f->long_idx = s->mmco[i].b;
			}
			break;
		case 4:
			for (int k = 0; k < LEN(h->dpb); k++) {
				f = &h->dpb[k];
				if (f->used && f->long_idx >= s->mmco[i].a)
					for (int q = 0; q < 2; q++)
						if (f->ref[q] == 2)
							f->ref[q] = 0;
				release(p, f);
			}
			break;
		case 5: {
			for (int k = 0; k < LEN(h->dpb); k++)
				unref(&h->dpb[k]);
			// All before it is output first, and it begins a new order.
			h264_bump_all(p, h);
			release_all(p, h);
			h->prev_mmco5 = 1;
			int low = h264_frame_poc(&h->cur);
			h->cur.poc[0] -= low;
			h->cur.poc[1] -= low;
			h->cur.frame_num = 0;
			break;
		}
		case 6:
			free_long(p, h, s->mmco[i].a, &h->cur);
			set_ref(&h->cur, s->field ? 1 << s->bottom : 3, 2);
			h->cur.long_idx = s->mmco[i].a;
			break;
		}
}

// h264_mark is 8.2.5, after the picture.
void h264_mark(struct parser *p, struct h264 *h) {
	const struct h264_slice *s = &h->slice;
	int mine = s->field ? 1 << s->bottom : 3;
	h->prev_mmco5 = 0;
	if (!s->ref_idc)
		return;
	set_ref(&h->cur, mine, 1);
	if (s->idr && s->long_term_ref) {
		set_ref(&h->cur, mine, 2);
		h->cur.long_idx = 0;
	} else if (!s->idr && s->adaptive)
		adaptive(p, h);
	else if (!s->idr && !(h->second_field && (h->cur.ref[0] == 1 || h->cur.ref[1] == 1) && h->cur.ref[!s->bottom]))
		sliding_window(p, h);
	h->prev_ref_frame_num = h->prev_mmco5 ? 0 : s->frame_num;
	if (h->prev_mmco5) {
		h->prev_frame_num = 0;
		h->prev_offset = 0;
		h->prev_msb = 0;
		h->prev_lsb = s->bottom ? 0 : h->cur.poc[0];
	}
}

// lowest tells whether the current frame comes before all that wait for output.
static int lowest(const struct h264 *h) {
	for (int i = 0; i < LEN(h->dpb); i++)
		if (h->dpb[i].used && h->dpb[i].wait && h264_frame_poc(&h->dpb[i]) <= h264_frame_poc(&h->cur))
			return 0;
	return 1;
}

// h264_store puts the current frame into the buffer. Room is made first (C.4.5.1 and
// C.4.5.2), so that the frame may get the place of one that is output for it; then what
// is more than the order of output allows is output.
void h264_store(struct parser *p, struct h264 *h) {
	release_all(p, h);
	while (fullness(h) >= MAX(h->size, 1)) {
		if (!h264_is_ref(&h->cur) && lowest(h)) {
			if (h->cur.surface >= 0 && !h->cur.missing)
				output_picture(p, h->cur.surface);
			surface_unref(p, &h->cur.surface);
			return;
		}
		if (!bump(p, h))
			break;
	}
	struct h264_frame *f = empty(h);
	if (!f) {
		f = &h->dpb[LEN(h->dpb) - 1];
		surface_unref(p, &f->surface);
	}
	*f = h->cur;
	f->wait = 1;
	h->cur.surface = -1;
	for (;;) {
		int wait = 0;
		for (int i = 0; i < LEN(h->dpb); i++)
			wait += h->dpb[i].used && h->dpb[i].wait;
		if (wait <= h->reorder || !bump(p, h))
			break;
	}
}
