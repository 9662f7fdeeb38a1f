// H.264 slice headers. Specification: ITU-T H.264, 7.3.3, 7.4.1.2.4.
#include "h264.h"

int h264_slice_header(struct h264 *h, const uint8_t *nal, size_t n, struct h264_slice *s) {
	struct bits bits, *b = &bits;
	unescape(&h->rbsp, nal + 1, MIN(n - 1, (size_t)512));
	bits_init(b, h->rbsp.p, h->rbsp.n);
	memset(s, 0, sizeof *s);
	s->nal_type = nal[0] & 31;
	s->ref_idc = nal[0] >> 5 & 3;
	s->idr = s->nal_type == 5;
	s->first_mb = (int)bits_ue(b);
	s->type = (int)bits_ue(b);
	unsigned id = bits_ue(b);
	if (s->type > 9 || id > 255 || !h->pps[id].valid || !h->sps[h->pps[id].sps].valid)
		return 0;
	s->type %= 5;
	s->pps = (int)id;
	s->sps = h->pps[id].sps;
	const struct h264_pps *pps = &h->pps[id];
	const struct h264_sps *sps = &h->sps[s->sps];
	if (sps->separate)
		s->colour = (int)bits_u(b, 2);
	s->frame_num = (int)bits_u(b, sps->log2_frame_num);
	if (!sps->frame_mbs_only && (s->field = bits_1(b)))
		s->bottom = bits_1(b);
	if (s->idr)
		s->idr_id = (int)bits_ue(b);
	if (sps->poc_type == 0) {
		s->poc_lsb = (int)bits_u(b, sps->log2_poc_lsb);
		if (pps->pic_order && !s->field)
			s->delta_bottom = bits_se(b);
	}
	if (sps->poc_type == 1 && !sps->delta_zero) {
		s->delta[0] = bits_se(b);
		if (pps->pic_order && !s->field)
			s->delta[1] = bits_se(b);
	}
	if (pps->redundant && bits_ue(b))
		return 0; // a redundant picture
	if (b->over)
		return 0;
	return 1;
}

// h264_rest_of_header reads on to the reference picture marking.
void h264_rest_of_header(struct h264 *h, const uint8_t *nal, size_t n, struct h264_slice *s) {
	struct bits bits, *b = &bits;
	const struct h264_pps *pps = &h->pps[s->pps];
	const struct h264_sps *sps = &h->sps[s->sps];
	unescape(&h->rbsp, nal + 1, MIN(n - 1, (size_t)4096));
	bits_init(b, h->rbsp.p, h->rbsp.n);
	bits_ue(b), bits_ue(b), bits_ue(b);
	bits_skip(b, (size_t)(sps->separate ? 2 : 0) + (size_t)sps->log2_frame_num);
	if (!sps->frame_mbs_only && bits_1(b))
		bits_1(b);
	if (s->idr)
		bits_ue(b);
	if (sps->poc_type == 0) {
		bits_skip(b, (size_t)sps->log2_poc_lsb);
		if (pps->pic_order && !s->field)
			bits_se(b);
	}
	if (sps->poc_type == 1 && !sps->delta_zero) {
		bits_se(b);
		if (pps->pic_order && !s->field)
			bits_se(b);
	}
	if (pps->redundant)
		bits_ue(b);
	int B = s->type == 1, P = s->type == 0 || s->type == 3, l0 = pps->l0 + 1, l1 = pps->l1 + 1;
	if (B)
		bits_1(b);
	if ((P || B) && bits_1(b)) {
		l0 = (int)bits_ue(b) + 1;
		if (B)
			l1 = (int)bits_ue(b) + 1;
	}
	for (int l = 0; l < (B ? 2 : P ? 1 : 0); l++)
		if (bits_1(b))
			for (int i = 0; i < 70; i++) {
				uint32_t op = bits_ue(b);
				if (op == 3 || b->over)
					break;
				bits_ue(b);
			}
	if ((pps->weighted && P) || (pps->bipred == 1 && B)) {
		int chroma = sps->separate ? 0 : sps->chroma;
		bits_ue(b);
		if (chroma)
			bits_ue(b);
		for (int l = 0; l < (B ? 2 : 1); l++)
			for (int i = 0; i < (l ? l1 : l0) && i < 32; i++) {
				if (bits_1(b))
					bits_se(b), bits_se(b);
				if (chroma && bits_1(b))
					bits_se(b), bits_se(b), bits_se(b), bits_se(b);
			}
	}
	if (!s->ref_idc)
		return;
	if (s->idr) {
		s->no_output = bits_1(b);
		s->long_term_ref = bits_1(b);
		return;
	}
	if (!(s->adaptive = bits_1(b)))
		return;
	while (s->nmmco < LEN(s->mmco) && !b->over) {
		int op = (int)bits_ue(b);
		if (!op)
			break;
		s->mmco[s->nmmco].op = op;
		if (op == 1 || op == 2 || op == 3 || op == 4 || op == 6)
			s->mmco[s->nmmco].a = (int)bits_ue(b);
		if (op == 3)
			s->mmco[s->nmmco].b = (int)bits_ue(b);
		s->nmmco++;
	}
}

// h264_differs is 7.4.1.2.4: the first slice of another primary coded picture.
int h264_differs(struct h264 *h, const struct h264_slice *a, const struct h264_slice *b) {
	if (a->frame_num != b->frame_num || a->sps != b->sps || a->field != b->field || a->bottom != b->bottom || !a->ref_idc != !b->ref_idc || a->idr != b->idr)
		return 1;
	if (a->idr && a->idr_id != b->idr_id)
		return 1;
	if (h->sps[a->sps].poc_type == 0)
		return a->poc_lsb != b->poc_lsb || a->delta_bottom != b->delta_bottom;
	return a->delta[0] != b->delta[0] || a->delta[1] != b->delta[1];
}
