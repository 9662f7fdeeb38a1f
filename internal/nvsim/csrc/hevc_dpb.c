// HEVC: reference picture sets and the order of output.
// Specification: ITU-T H.265, 8.3.2, C.5.2.
#include "hevc.h"

void hevc_release(struct parser *p, struct hevc_frame *f) {
	if (f->used && !f->wait && !f->ref) {
		surface_unref(p, &f->surface);
		f->used = 0;
	}
}

int hevc_bump(struct parser *p, struct hevc *h) {
	struct hevc_frame *best = NULL;
	for (int i = 0; i < LEN(h->dpb); i++)
		if (h->dpb[i].used && h->dpb[i].wait && (!best || h->dpb[i].poc < best->poc))
			best = &h->dpb[i];
	if (!best)
		return 0;
	best->wait = 0;
	if (best->surface >= 0)
		output_picture(p, best->surface);
	hevc_release(p, best);
	return 1;
}

int hevc_waiting(const struct hevc *h, int *full, int *late) {
	int n = 0;
	*full = *late = 0;
	for (int i = 0; i < LEN(h->dpb); i++) {
		const struct hevc_frame *f = &h->dpb[i];
		*full += f->used;
		n += f->used && f->wait;
		*late |= f->used && f->wait && h->active->latency && f->latency >= h->active->reorder + h->active->latency - 1;
	}
	return n;
}

static struct hevc_frame *find(struct hevc *h, int poc, int mask) {
	for (int i = 0; i < LEN(h->dpb); i++)
		if (h->dpb[i].used && h->dpb[i].ref && i != h->cur && (h->dpb[i].poc & mask) == (poc & mask))
			return &h->dpb[i];
	return NULL;
}

// closest is what the driver takes for a reference that is missing.
static struct hevc_frame *closest(struct hevc *h, int poc) {
	struct hevc_frame *best = NULL;
	for (int i = 0; i < LEN(h->dpb); i++) {
		struct hevc_frame *f = &h->dpb[i];
		if (f->used && f->ref == 1 && i != h->cur && (!best || abs(f->poc - poc) < abs(best->poc - poc)))
			best = f;
	}
	return best;
}

// hevc_reference_set is 8.3.2. What is not in the set is no reference any more.
void hevc_reference_set(struct parser *p, struct hevc *h) {
	const struct hevc_slice *s = &h->slice;
	int keep[17] = {0};
	h->nbefore = h->nafter = h->nlt = 0;
	int max = 1 << h->active->log2_poc;
	for (int i = 0; i < s->nlong; i++) {
		int poc = s->lt_poc[i], mask = max - 1;
		if (s->lt_msb[i]) {
			poc += h->poc - (s->lt_msb[i] - 1) * max - (h->poc & (max - 1));
			mask = -1;
		}
		struct hevc_frame *f = find(h, poc, mask);
		if (f) {
			keep[f - h->dpb] = 2;
			if (s->lt_used[i] && h->nlt < 8)
				h->lt_curr[h->nlt++] = (uint8_t)(f - h->dpb);
		}
	}
	for (int i = 0; i < s->rps.nneg + s->rps.npos; i++) {
		struct hevc_frame *f = find(h, h->poc + s->rps.delta[i], -1);
		if (!f && s->rps.used[i])
			f = closest(h, h->poc + s->rps.delta[i]);
		if (!f || keep[f - h->dpb] == 2)
			continue;
		keep[f - h->dpb] = 1;
		if (!s->rps.used[i])
			continue;
		if (i < s->rps.nneg && h->nbefore < 8)
			h->st_before[h->nbefore++] = (uint8_t)(f - h->dpb);
		if (i >= s->rps.nneg && h->nafter < 8)
			h->st_after[h->nafter++] = (uint8_t)(f - h->dpb);
	}
	for (int i = 0; i < LEN(h->dpb); i++) {
		h->dpb[i].ref = keep[i];
		hevc_release(p, &h->dpb[i]);
	}
}
