// H.264: units and pictures. Specification: ITU-T H.264, 7.4.1.2.
#include "h264.h"

static struct h264 *state(struct parser *p) { return p->codec; }

static void init(struct parser *p) {
	struct h264 *h = calloc(1, sizeof *h);
	h->cur.surface = -1;
	for (int i = 0; i < LEN(h->dpb); i++)
		h->dpb[i].surface = -1;
	p->codec = h;
	p->window = 0xffffffff;
}

static void end(struct parser *p) {
	struct h264 *h = state(p);
	for (int i = 0; i < 32; i++)
		free(h->sps[i].raw.p);
	for (int i = 0; i < 256; i++)
		free(h->pps[i].raw.p);
	free(h->active_raw.p);
	free(h->rbsp.p);
}

static int boundary(struct parser *p, const uint8_t *nal, size_t n) {
	struct h264 *h = state(p);
	int t = nal[0] & 31;
	if ((t >= 6 && t <= 9) || (t >= 14 && t <= 18))
		return 1;
	if (t != 1 && t != 2 && t != 5)
		return 0;
	struct h264_slice s;
	return n > 4 && h264_slice_header(h, nal, n, &s) && h264_differs(h, &h->slice, &s);
}

// activate makes the SPS of a slice the current one.
static int activate(struct parser *p, struct h264 *h, struct h264_sps *s) {
	CUVIDEOFORMATEX x;
	h264_format(s, &x);
	if (p->have_format && memcmp(&x, &p->format, sizeof x)) {
		h264_bump_all(p, h);
		for (int i = 0; i < LEN(h->dpb); i++)
			if (h->dpb[i].used) {
				surface_unref(p, &h->dpb[i].surface);
				h->dpb[i].used = 0;
			}
	}
	h->active = s;
	h->reorder = s->restriction ? s->num_reorder : h264_max_dec(s);
	if (s->poc_type == 2 || (!s->restriction && h264_intra_only(s)))
		h->reorder = 0;
	int r = sequence(p, &x);
	// The buffer is as large as the level allows and the surfaces permit, whatever the
	// stream says that it needs.
	h->size = MIN(h264_level_frames(s), MAX(p->nsurf - 1, 1));
	return r;
}

// start_picture opens the picture of a first slice.
static void start_picture(struct parser *p, struct h264 *h, const struct h264_slice *s, int intra) {
	int pair = h->have_cur && h->cur.used && s->field && h->slice.field && h->slice.bottom != s->bottom && h->cur.fields != 3 &&
		h->slice.frame_num == s->frame_num && !(s->idr && s->bottom == 0) && (h->slice.ref_idc || !s->ref_idc);
	h->slice = *s;
	h->intra = intra;
	h->dropped = 0;
	h->second_field = 0;
	if (pair) {
		h->second_field = 1;
		h->cur.fields = 3;
		h264_poc(h);
		return;
	}
	if (h->have_cur) { // an unpaired field
		h264_store(p, h);
		h->have_cur = 0;
	}
	if (!activate(p, h, &h->sps[s->sps])) {
		h->dropped = 1;
		return;
	}
	// Nothing is decoded before a picture to begin with, but what comes before it takes
	// surfaces and places in the buffer.
	if (s->idr || h->recovery)
		h->started = 1;
	h->recovery = 0;
	if (s->idr)
		h264_idr(p, h);
	else
		h264_gaps(p, h);
	h->have_cur = 1;
	memset(&h->cur, 0, sizeof h->cur);
	h->cur.used = 1;
	h->cur.fields = s->field ? (s->bottom ? 2 : 1) : 3;
	h->cur.frame_num = s->frame_num;
	h264_poc(h);
	h->cur.surface = surface_alloc(p);
	h->dropped = h->cur.surface < 0 || !h->started;
	h->cur.missing = !h->started;
}

static int nal(struct parser *p, const uint8_t *b, size_t n) {
	struct h264 *h = state(p);
	while (n > 1 && !b[n - 1])
		n--; // trailing zeros
	int t = b[0] & 31;
	if (b[0] & 0x80 || n < 2)
		return 0;
	switch (t) {
	case 7:
		h264_parse_sps(h, b, n);
		return 0;
	case 8:
		h264_parse_pps(h, b, n);
		return 0;
	case 6: {
		struct bits r;
		unescape(&h->rbsp, b + 1, n - 1);
		bits_init(&r, h->rbsp.p, h->rbsp.n);
		if (h->rbsp.n && h->rbsp.p[0] == 6)
			h->recovery = 1;
		sei_message(p, 0, b, n);
		static const uint8_t start[3] = {0, 0, 1};
		buffer_add(&p->extras, start, 3);
		buffer_add(&p->extras, b, n);
		return 0;
	}
	case 1:
	case 5:
		break;
	default:
		return 0;
	}
	struct h264_slice s;
	if (!h264_slice_header(h, b, n, &s))
		return 0;
	if (!p->picture) {
		h264_rest_of_header(h, b, n, &s);
		start_picture(p, h, &s, 1);
	}
	if (s.type != 2 && s.type != 4)
		h->intra = 0;
	return 1;
}

static void headers(struct parser *p, struct h264 *h) {
	static const uint8_t start[4] = {0, 0, 0, 1};
	p->headers.n = 0;
	for (int i = 0; i < 32; i++)
		if (h->sps[i].valid) {
			buffer_add(&p->headers, start, 4);
			buffer_add(&p->headers, h->sps[i].raw.p, h->sps[i].raw.n);
		}
	for (int i = 0; i < 256; i++)
		if (h->pps[i].valid && h->sps[h->pps[i].sps].valid) {
			buffer_add(&p->headers, start, 4);
			buffer_add(&p->headers, h->pps[i].raw.p, h->pps[i].raw.n);
		}
}

static void end_picture(struct parser *p) {
	struct h264 *h = state(p);
	const struct h264_slice *s = &h->slice;
	const struct h264_pps *pps = &h->pps[s->pps];
	const struct h264_sps *sps = h->active;
	if (h->dropped || !h->have_cur) {
		p->nseis = 0;
		p->sei.n = 0;
		p->extras.n = 0;
		if (h->have_cur) { // no surface: the buffer goes on without it
			h264_mark(p, h);
			h264_store(p, h);
			h->have_cur = 0;
			if (!h->started) // each one before the beginning comes after a gap
				h->prev_ref_frame_num = 0;
		}
		return;
	}
	CUVIDPICPARAMS *c = &p->pic;
	memset(c, 0, sizeof *c);
	c->PicWidthInMbs = sps->width_mbs;
	c->FrameHeightInMbs = sps->height_units * (2 - sps->frame_mbs_only);
	c->CurrPicIdx = h->cur.surface;
	c->field_pic_flag = s->field;
	c->bottom_field_flag = s->bottom;
	c->second_field = h->second_field;
	c->nNumSlices = (unsigned)p->nslices;
	c->pSliceDataOffsets = p->slices;
	c->ref_pic_flag = s->ref_idc != 0;
	c->intra_pic_flag = h->intra;
	CUVIDH264PICPARAMS *x = &c->CodecSpecific.h264;
	x->log2_max_frame_num_minus4 = sps->log2_frame_num - 4;
	x->pic_order_cnt_type = sps->poc_type;
	x->log2_max_pic_order_cnt_lsb_minus4 = sps->poc_type == 0 ? sps->log2_poc_lsb - 4 : 0;
	x->delta_pic_order_always_zero_flag = sps->delta_zero;
	x->frame_mbs_only_flag = sps->frame_mbs_only;
	x->direct_8x8_inference_flag = sps->direct8x8;
	x->num_ref_frames = sps->num_ref_frames;
	x->residual_colour_transform_flag = (unsigned char)sps->separate;
	x->bit_depth_luma_minus8 = (unsigned char)sps->bdl;
	x->bit_depth_chroma_minus8 = (unsigned char)sps->bdc;
	x->qpprime_y_zero_transform_bypass_flag = (unsigned char)sps->qpprime;
	x->entropy_coding_mode_flag = pps->cabac;
	x->pic_order_present_flag = pps->pic_order;
	x->num_ref_idx_l0_active_minus1 = pps->l0;
	x->num_ref_idx_l1_active_minus1 = pps->l1;
	x->weighted_pred_flag = pps->weighted;
	x->weighted_bipred_idc = pps->bipred;
	x->pic_init_qp_minus26 = pps->qp;
	x->pic_init_qs_minus26 = (signed char)pps->qs;
	x->deblocking_filter_control_present_flag = pps->deblock;
	x->redundant_pic_cnt_present_flag = pps->redundant;
	x->transform_8x8_mode_flag = pps->t8x8;
	x->MbaffFrameFlag = sps->mbaff && !s->field;
	x->mb_adaptive_frame_field_flag = sps->mbaff & 1;
	x->constrained_intra_pred_flag = pps->constrained;
	x->chroma_qp_index_offset = pps->chroma_qp;
	x->second_chroma_qp_index_offset = pps->chroma_qp2;
	x->ref_pic_flag = s->ref_idc != 0;
	x->frame_num = s->frame_num;
	x->CurrFieldOrderCnt[0] = h->cur.poc[0];
	x->CurrFieldOrderCnt[1] = h->cur.poc[1];
	if (s->field)
		x->CurrFieldOrderCnt[!s->bottom] = h->second_field ? h->cur.poc[!s->bottom] : 0;
	memcpy(x->WeightScale4x4, pps->scaling4, sizeof x->WeightScale4x4);
	memcpy(x->WeightScale8x8, pps->scaling8, sizeof x->WeightScale8x8);
	x->num_slice_groups_minus1 = (unsigned char)(pps->slice_groups - 1);
	x->slice_group_map_type = (unsigned char)pps->map_type;
	x->slice_group_change_rate_minus1 = (unsigned)pps->change_rate;
	h264_fill_dpb(p, h, x);
	headers(p, h);
	int progressive = sps->frame_mbs_only || (!s->field && !sps->mbaff && h->cur.poc[0] == h->cur.poc[1]);
	set_display(p, h->cur.surface, progressive, progressive ? 0 : s->field ? (h->second_field ? s->bottom : !s->bottom) : h->cur.poc[0] <= h->cur.poc[1], 0, 2);
	decode_picture(p, p->data.p, p->nal);
	h264_mark(p, h);
	if (!s->field || h->second_field) {
		h264_store(p, h);
		h->have_cur = 0;
	}
}

static void flush(struct parser *p) {
	struct h264 *h = state(p);
	if (h->have_cur) {
		h264_store(p, h);
		h->have_cur = 0;
	}
	h264_bump_all(p, h);
	for (int i = 0; i < LEN(h->dpb); i++)
		if (h->dpb[i].used) {
			surface_unref(p, &h->dpb[i].surface);
			h->dpb[i].used = 0;
		}
	h->started = 0;
	h->prev_frame_num = h->prev_ref_frame_num = h->prev_msb = h->prev_lsb = 0;
}

const struct codec_ops h264_ops = {.name = "h264", .startcodes = 1, .boundary = boundary, .nal = nal, .end_picture = end_picture, .flush = flush, .init = init, .end = end};

// h264_timing is what picture timing messages depend on: the active SPS, or the
// only one there is.
int h264_timing(struct parser *p, int *cpb, int *dpb, int *offset, int *pic_struct);
int h264_timing(struct parser *p, int *cpb, int *dpb, int *offset, int *pic_struct) {
	struct h264 *h = state(p);
	const struct h264_sps *s = h->active;
	for (int i = 0; !s && i < 32; i++)
		if (h->sps[i].valid)
			s = &h->sps[i];
	if (!s)
		return 0;
	int hrd = s->nal_hrd || s->vcl_hrd;
	*cpb = hrd ? s->cpb_delay_len : 0;
	*dpb = hrd ? s->dpb_delay_len : 0;
	*offset = s->time_offset_len;
	*pic_struct = s->pic_struct;
	return 1;
}
