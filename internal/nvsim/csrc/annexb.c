// Streams of units between start codes: H.264, HEVC, MPEG-1/2/4, VC-1. The units
// that hold picture data stay in the buffer one after another, start codes
// included, until the picture is complete; the others are read and dropped.
#include "cuvid_int.h"

static uint8_t *nal_bytes(struct parser *p, size_t *n) {
	*n = p->data.n - p->nal - 3;
	return p->data.p + p->nal + 3;
}

static void finish_picture(struct parser *p) {
	size_t rest = p->data.n - p->nal;
	if (p->picture) {
		p->picture = 0;
		p->ops->end_picture(p);
	}
	p->nslices = 0;
	memmove(p->data.p, p->data.p + p->nal, rest);
	p->data.n = rest;
	p->nal = 0;
}

// check_boundary ends the picture if the unit at hand begins another. It looks at
// the first bytes only, so that it need not wait for the end of the unit.
static void check_boundary(struct parser *p) {
	size_t n;
	uint8_t *b = nal_bytes(p, &n);
	p->checked = 1;
	if (p->picture && p->ops->boundary(p, b, n))
		finish_picture(p);
	if (!p->nal)
		p->frame_start = p->nal_start;
}

static void nal_done(struct parser *p) {
	size_t n;
	if (!p->checked)
		check_boundary(p);
	uint8_t *b = nal_bytes(p, &n);
	p->in_nal = 0;
	if (n && p->ops->nal(p, b, n)) {
		if (p->nslices < LEN(p->slices))
			p->slices[p->nslices++] = (unsigned)p->nal;
		p->picture = 1;
		p->nal = p->data.n;
	} else
		p->data.n = p->nal;
}

void annexb_parse(struct parser *p, const uint8_t *d, size_t n) {
	static const uint8_t start[3] = {0, 0, 1};
	size_t i = 0, from = 0;
	while (i < n) {
		uint8_t c = d[i++];
		p->window = p->window << 8 | c;
		if ((p->window & 0xffffff) != 1)
			continue;
		buffer_add(&p->data, d + from, i - from);
		p->parsed += i - from;
		from = i;
		if (p->in_nal) {
			p->data.n -= 3;
			nal_done(p);
		} else
			p->data.n = p->nal;
		buffer_add(&p->data, start, 3);
		p->in_nal = 1;
		p->checked = 0;
		p->nal_start = p->parsed - 3;
	}
	buffer_add(&p->data, d + from, n - from);
	p->parsed += n - from;
	if (!p->in_nal) { // keep what may be the beginning of a start code
		size_t keep = MIN(p->data.n - p->nal, (size_t)3);
		memmove(p->data.p + p->nal, p->data.p + p->data.n - keep, keep);
		p->data.n = p->nal + keep;
	} else if (!p->checked && p->data.n - p->nal >= 3 + 12)
		check_boundary(p);
}

void annexb_finish(struct parser *p) {
	if (p->in_nal)
		nal_done(p);
	p->data.n = p->nal;
	finish_picture(p);
	p->window = 0xffffffff;
}

void annexb_reset(struct parser *p) {
	p->data.n = p->nal = 0;
	p->in_nal = p->picture = p->nslices = 0;
	p->window = 0xffffffff;
}
