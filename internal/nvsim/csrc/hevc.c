// HEVC: units, slice headers, reference picture sets and the order of output.
// Specification: ITU-T H.265, 7.3.6, 8.3.1, 8.3.2, C.5.2.
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

static int log2_ceil(int n) {
	int k = 0;
	while ((1 << k) < n)
		k++;
	return k;
}

static int slice_header(struct hevc *h, const uint8_t *nal, size_t n, struct hevc_slice *s) {
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

static int boundary(struct parser *p, const uint8_t *nal, size_t n) {
	int t = nal[0] >> 1 & 63;
	(void)p;
	if (t <= 9 || (t >= 16 && t <= 21))
		return n > 2 && nal[2] & 0x80;
	return (t >= 32 && t <= 35) || t == 39 || (t >= 41 && t <= 44) || (t >= 48 && t <= 55);
}

static void release(struct parser *p, struct hevc_frame *f) {
	if (f->used && !f->wait && !f->ref) {
		surface_unref(p, &f->surface);
		f->used = 0;
	}
}

static int bump(struct parser *p, struct hevc *h) {
	struct hevc_frame *best = NULL;
	for (int i = 0; i < LEN(h->dpb); i++)
		if (h->dpb[i].used && h->dpb[i].wait && (!best || h->dpb[i].poc < best->poc))
			best = &h->dpb[i];
	if (!best)
		return 0;
	best->wait = 0;
	if (best->surface >= 0)
		output_picture(p, best->surface);
	release(p, best);
	return 1;
}

static int waiting(const struct hevc *h, int *full, int *late) {
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

// reference_set is 8.3.2. What is not in the set is no reference any more.
static void reference_set(struct parser *p, struct hevc *h) {
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
		if (!f || keep[f - h->dpb])
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
		release(p, &h->dpb[i]);
	}
}

static int activate(struct parser *p, struct hevc *h, struct hevc_sps *s) {
	CUVIDEOFORMATEX x;
	hevc_format(s, &x);
	if (p->have_format && memcmp(&x, &p->format, sizeof x)) {
		while (bump(p, h))
			;
		for (int i = 0; i < LEN(h->dpb); i++)
			h->dpb[i].ref = 0, release(p, &h->dpb[i]);
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
	if (fresh) {
		while (bump(p, h))
			;
		for (int i = 0; i < LEN(h->dpb); i++)
			h->dpb[i].ref = 0, release(p, &h->dpb[i]);
		h->nbefore = h->nafter = h->nlt = 0;
	} else
		reference_set(p, h);
	for (;;) {
		int full, late, n = waiting(h, &full, &late);
		if (!(n > h->active->reorder || late || full >= h->active->max_dec) || !bump(p, h))
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
	if (!slice_header(h, b, n, &s))
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
	p->headers.n = 0;
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

static void fill(struct parser *p, struct hevc *h, CUVIDHEVCPICPARAMS *x) {
	const struct hevc_pps *pps = &h->pps[h->slice.pps];
	const struct hevc_sps *s = h->active;
	(void)p;
	x->pic_width_in_luma_samples = s->width;
	x->pic_height_in_luma_samples = s->height;
#define SET(field, v) x->field = (unsigned char)(v)
	SET(log2_min_luma_coding_block_size_minus3, s->log2_min_cb - 3);
	SET(log2_diff_max_min_luma_coding_block_size, s->diff_cb);
	SET(log2_min_transform_block_size_minus2, s->log2_min_tb - 2);
	SET(log2_diff_max_min_transform_block_size, s->diff_tb);
	SET(pcm_enabled_flag, s->pcm);
	SET(log2_min_pcm_luma_coding_block_size_minus3, s->pcm_min);
	SET(log2_diff_max_min_pcm_luma_coding_block_size, s->pcm_diff);
	SET(pcm_sample_bit_depth_luma_minus1, s->pcm_l);
	SET(pcm_sample_bit_depth_chroma_minus1, s->pcm_c);
	SET(pcm_loop_filter_disabled_flag, s->pcm_loop);
	SET(strong_intra_smoothing_enabled_flag, s->strong);
	SET(max_transform_hierarchy_depth_intra, s->depth_intra);
	SET(max_transform_hierarchy_depth_inter, s->depth_inter);
	SET(amp_enabled_flag, s->amp);
	SET(separate_colour_plane_flag, s->separate);
	SET(log2_max_pic_order_cnt_lsb_minus4, s->log2_poc - 4);
	SET(num_short_term_ref_pic_sets, s->nrps);
	SET(long_term_ref_pics_present_flag, s->long_term);
	SET(num_long_term_ref_pics_sps, s->nlong);
	SET(sps_temporal_mvp_enabled_flag, s->tmvp);
	SET(sample_adaptive_offset_enabled_flag, s->sao);
	SET(scaling_list_enable_flag, s->scaling);
	SET(IrapPicFlag, h->slice.irap);
	SET(IdrPicFlag, h->slice.idr);
	SET(bit_depth_luma_minus8, s->bdl);
	SET(bit_depth_chroma_minus8, s->bdc);
	SET(dependent_slice_segments_enabled_flag, pps->dependent);
	SET(slice_segment_header_extension_present_flag, pps->slice_ext);
	SET(sign_data_hiding_enabled_flag, pps->sign_hiding);
	SET(cu_qp_delta_enabled_flag, pps->cu_qp_delta);
	SET(diff_cu_qp_delta_depth, pps->cu_qp_depth);
	x->init_qp_minus26 = (signed char)pps->qp;
	x->pps_cb_qp_offset = (signed char)pps->cb;
	x->pps_cr_qp_offset = (signed char)pps->cr;
	SET(constrained_intra_pred_flag, pps->constrained);
	SET(weighted_pred_flag, pps->weighted);
	SET(weighted_bipred_flag, pps->bipred);
	SET(transform_skip_enabled_flag, pps->transform_skip);
	SET(transquant_bypass_enabled_flag, pps->transquant);
	SET(entropy_coding_sync_enabled_flag, pps->sync);
	SET(log2_parallel_merge_level_minus2, pps->parallel_merge);
	SET(num_extra_slice_header_bits, pps->extra_bits);
	SET(loop_filter_across_tiles_enabled_flag, pps->loop_tiles);
	SET(loop_filter_across_slices_enabled_flag, pps->loop_slices);
	SET(output_flag_present_flag, pps->output_flag);
	SET(num_ref_idx_l0_default_active_minus1, pps->l0);
	SET(num_ref_idx_l1_default_active_minus1, pps->l1);
	SET(lists_modification_present_flag, pps->lists_mod);
	SET(cabac_init_present_flag, pps->cabac_init);
	SET(pps_slice_chroma_qp_offsets_present_flag, pps->slice_chroma);
	SET(deblocking_filter_override_enabled_flag, pps->deblock_override);
	SET(pps_deblocking_filter_disabled_flag, pps->deblock_disabled);
	x->pps_beta_offset_div2 = (signed char)pps->beta;
	x->pps_tc_offset_div2 = (signed char)pps->tc;
	SET(tiles_enabled_flag, pps->tiles);
	SET(uniform_spacing_flag, pps->uniform);
	SET(num_tile_columns_minus1, pps->ncols);
	SET(num_tile_rows_minus1, pps->nrows);
	for (int i = 0; i < 21; i++) {
		x->column_width_minus1[i] = (unsigned short)pps->col[i];
		x->row_height_minus1[i] = (unsigned short)pps->row[i];
	}
	x->NumBitsForShortTermRPSInSlice = h->slice.rps_bits;
	x->NumDeltaPocsOfRefRpsIdx = h->slice.delta_rps_idx ? s->rps[s->nrps - h->slice.delta_rps_idx].nneg + s->rps[s->nrps - h->slice.delta_rps_idx].npos : 0;
	x->CurrPicOrderCntVal = h->poc;
	int n = 0, at[17];
	for (int i = 0; i < 16; i++)
		x->RefPicIdx[i] = -1;
	for (int i = 0; i < LEN(h->dpb); i++) {
		at[i] = 0xff;
		if (!h->dpb[i].used || !h->dpb[i].ref || i == h->cur || n == 16)
			continue;
		at[i] = n;
		x->RefPicIdx[n] = h->dpb[i].surface;
		x->PicOrderCntVal[n] = h->dpb[i].poc;
		x->IsLongTerm[n] = h->dpb[i].ref == 2;
		n++;
	}
	x->NumPocStCurrBefore = h->nbefore;
	x->NumPocStCurrAfter = h->nafter;
	x->NumPocLtCurr = h->nlt;
	x->NumPocTotalCurr = h->nbefore + h->nafter + h->nlt;
	for (int i = 0; i < h->nbefore; i++)
		x->RefPicSetStCurrBefore[i] = (unsigned char)at[h->st_before[i]];
	for (int i = 0; i < h->nafter; i++)
		x->RefPicSetStCurrAfter[i] = (unsigned char)at[h->st_after[i]];
	for (int i = 0; i < h->nlt; i++)
		x->RefPicSetLtCurr[i] = (unsigned char)at[h->lt_curr[i]];
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
	fill(p, h, &c->CodecSpecific.hevc);
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
		int full, late, n = waiting(h, &full, &late);
		if (!(n > h->active->reorder || late) || !bump(p, h))
			break;
	}
}

static void flush(struct parser *p) {
	struct hevc *h = state(p);
	while (bump(p, h))
		;
	for (int i = 0; i < LEN(h->dpb); i++)
		h->dpb[i].ref = 0, release(p, &h->dpb[i]);
	h->first = 1;
	h->cur = -1;
}

const struct codec_ops hevc_ops = {.name = "hevc", .startcodes = 1, .boundary = boundary, .nal = nal, .end_picture = end_picture, .flush = flush, .init = init, .end = end};
