// HEVC slice headers. Specification: ITU-T H.265, 7.3.6.
#include "hevc.h"

static int log2_ceil(int n) {
	int k = 0;
	while ((1 << k) < n)
		k++;
	return k;
}

int hevc_slice_header(struct hevc *h, const uint8_t *nal, size_t n, struct hevc_slice *s) {
	struct bits bits, *b = &bits;
	unescape(&h->rbsp, nal + 2, MIN(n - 2, (size_t)2048));
	bits_init(b, h->rbsp.p, h->rbsp.n);
	memset(s, 0, sizeof *s);
	s->type = nal[0] >> 1 & 63;
	s->tid = (nal[1] & 7) - 1;
	s->irap = s->type >= 16 && s->type <= 23;
	s->idr = s->type == 19 || s->type == 20;
	s->first = bits_1(b);
	if (s->irap)
		s->no_output = bits_1(b);
	unsigned id = bits_ue(b);
	if (id > 63 || !h->pps[id].valid || !h->sps[h->pps[id].sps].valid)
		return 0;
	s->pps = (int)id;
	struct hevc_pps *pps = &h->pps[id];
	struct hevc_sps *sps = &h->sps[pps->sps];
	if (!s->first) {
		if (pps->dependent)
			s->dependent = bits_1(b);
		int ctb = sps->log2_min_cb + sps->diff_cb, w = (sps->width + (1 << ctb) - 1) >> ctb, hh = (sps->height + (1 << ctb) - 1) >> ctb;
		s->address = (int)bits_u(b, log2_ceil(w * hh));
	}
	s->output = 1;
	if (s->dependent)
		return !b->over;
	bits_skip(b, (size_t)pps->extra_bits);
	s->slice_type = (int)bits_ue(b);
	if (pps->output_flag)
		s->output = bits_1(b);
	if (sps->separate)
		bits_u(b, 2);
	if (s->idr)
		return !b->over;
	s->poc_lsb = (int)bits_u(b, sps->log2_poc);
	size_t at = b->pos;
	if (!bits_1(b)) {
		at = b->pos;
		if (!hevc_read_rps(b, sps, sps->nrps, 1, &s->rps, &s->delta_rps_idx))
			return 0;
		s->rps_bits = (int)(b->pos - at);
	} else {
		int k = sps->nrps > 1 ? (int)bits_u(b, log2_ceil(sps->nrps)) : 0;
		if (k >= sps->nrps)
			return 0;
		s->rps = sps->rps[k];
	}
	if (sps->long_term) {
		int from_sps = sps->nlong ? (int)bits_ue(b) : 0, more = (int)bits_ue(b), total = from_sps + more, cycle = 0;
		if (total > 32 || total < 0)
			return 0;
		for (int i = 0; i < total; i++) {
			if (i < from_sps) {
				int k = sps->nlong > 1 ? (int)bits_u(b, log2_ceil(sps->nlong)) : 0;
				s->lt_poc[i] = sps->long_poc[k];
				s->lt_used[i] = sps->long_used[k];
			} else {
				s->lt_poc[i] = (int)bits_u(b, sps->log2_poc);
				s->lt_used[i] = bits_1(b);
			}
			int msb = bits_1(b);
			if (i == 0 || i == from_sps)
				cycle = 0;
			if (msb)
				cycle += (int)bits_ue(b);
			s->lt_msb[i] = msb ? cycle + 1 : 0;
		}
		s->nlong = total;
	}
	return !b->over;
}
