// H.264 parameter sets. Specification: ITU-T H.264, 7.3.2 and annex E.
#include "h264.h"

static const uint8_t flat16[16] = {16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16};
static const uint8_t default4[2][16] = {{6, 13, 13, 20, 20, 20, 28, 28, 28, 28, 32, 32, 32, 37, 37, 42}, {10, 14, 14, 20, 20, 20, 24, 24, 24, 24, 27, 27, 27, 30, 30, 34}};
static const uint8_t default8[2][64] = {
	{6,  10, 10, 13, 11, 13, 16, 16, 16, 16, 18, 18, 18, 18, 18, 23, 23, 23, 23, 23, 23, 25, 25, 25, 25, 25, 25, 25, 27, 27, 27, 27,
	 27, 27, 27, 27, 29, 29, 29, 29, 29, 29, 29, 31, 31, 31, 31, 31, 31, 33, 33, 33, 33, 33, 36, 36, 36, 36, 38, 38, 38, 40, 40, 42},
	{9,  13, 13, 15, 13, 15, 17, 17, 17, 17, 19, 19, 19, 19, 19, 21, 21, 21, 21, 21, 21, 22, 22, 22, 22, 22, 22, 22, 24, 24, 24, 24,
	 24, 24, 24, 24, 25, 25, 25, 25, 25, 25, 25, 27, 27, 27, 27, 27, 27, 28, 28, 28, 28, 28, 30, 30, 30, 30, 32, 32, 32, 33, 33, 35},
};

// scaling_list: 0 there, 1 not there, 2 default.
static int scaling_list(struct bits *b, uint8_t *out, int n) {
	if (!bits_1(b))
		return 1;
	int last = 8, next = 8;
	for (int i = 0; i < n; i++) {
		if (next) {
			next = (last + bits_se(b) + 256) & 255;
			if (!i && !next)
				return 2;
		}
		last = out[i] = (uint8_t)(next ? next : last);
	}
	return 0;
}

static void scaling_lists(struct bits *b, uint8_t s4[6][16], uint8_t s8[6][64], uint8_t f4[2][16], uint8_t f8[2][64], int n8) {
	for (int i = 0; i < 6; i++) {
		int r = scaling_list(b, s4[i], 16);
		if (r == 2)
			memcpy(s4[i], default4[i / 3], 16);
		if (r == 1)
			memcpy(s4[i], i % 3 ? s4[i - 1] : f4[i / 3], 16);
	}
	for (int i = 0; i < n8; i++) {
		int r = scaling_list(b, s8[i], 64);
		if (r == 2)
			memcpy(s8[i], default8[i & 1], 64);
		if (r == 1)
			memcpy(s8[i], i < 2 ? f8[i] : s8[i - 2], 64);
	}
}

static void hrd(struct bits *b, struct h264_sps *s) {
	int n = (int)bits_ue(b) + 1, scale = (int)bits_u(b, 4);
	bits_skip(b, 4);
	for (int i = 0; i < n && i < 32; i++) {
		uint32_t v = bits_ue(b) + 1;
		if (!i)
			s->bitrate = (int)(v << (6 + scale));
		bits_ue(b);
		bits_1(b);
	}
	bits_skip(b, 5);
	s->cpb_delay_len = (int)bits_u(b, 5) + 1;
	s->dpb_delay_len = (int)bits_u(b, 5) + 1;
	s->time_offset_len = (int)bits_u(b, 5);
}

static void vui(struct bits *b, struct h264_sps *s) {
	static const uint8_t sar[17][2] = {{0, 0}, {1, 1}, {12, 11}, {10, 11}, {16, 11}, {40, 33}, {24, 11}, {20, 11}, {32, 11}, {80, 33}, {18, 11}, {15, 11}, {64, 33}, {160, 99}, {4, 3}, {3, 2}, {2, 1}};
	if (bits_1(b)) {
		int idc = (int)bits_u(b, 8);
		if (idc == 255)
			s->sar_w = (int)bits_u(b, 16), s->sar_h = (int)bits_u(b, 16);
		else if (idc < 17)
			s->sar_w = sar[idc][0], s->sar_h = sar[idc][1];
	}
	if (bits_1(b))
		bits_1(b);
	if (bits_1(b)) {
		s->signal = 1;
		s->video_format = (int)bits_u(b, 3);
		s->full_range = bits_1(b);
		if (bits_1(b)) {
			s->prim = (int)bits_u(b, 8);
			s->trc = (int)bits_u(b, 8);
			s->matrix = (int)bits_u(b, 8);
		}
	}
	if (bits_1(b))
		bits_ue(b), bits_ue(b);
	if ((s->timing = bits_1(b))) {
		s->units = bits_u(b, 32);
		s->scale = bits_u(b, 32);
		s->fixed_rate = bits_1(b);
	}
	if ((s->nal_hrd = bits_1(b)))
		hrd(b, s);
	if ((s->vcl_hrd = bits_1(b)))
		hrd(b, s);
	if (s->nal_hrd || s->vcl_hrd)
		bits_1(b);
	s->pic_struct = bits_1(b);
	if ((s->restriction = bits_1(b))) {
		bits_1(b);
		for (int i = 0; i < 4; i++)
			bits_ue(b);
		s->num_reorder = (int)bits_ue(b);
		s->max_dec = (int)bits_ue(b);
		if (b->over) // the unit was cut
			s->restriction = 0;
	}
}

int h264_parse_sps(struct h264 *h, const uint8_t *nal, size_t n) {
	struct bits bits, *b = &bits;
	unescape(&h->rbsp, nal + 1, n - 1);
	bits_init(b, h->rbsp.p, h->rbsp.n);
	struct h264_sps s = {.chroma = 1, .video_format = 5, .prim = 2, .trc = 2, .matrix = 2, .time_offset_len = 24};
	s.profile = (int)bits_u(b, 8);
	s.constraints = (int)bits_u(b, 8);
	s.level = (int)bits_u(b, 8);
	unsigned id = bits_ue(b);
	if (id > 31)
		return 0;
	memset(s.scaling4, 16, sizeof s.scaling4);
	memset(s.scaling8, 16, sizeof s.scaling8);
	switch (s.profile) {
	case 100: case 110: case 122: case 244: case 44: case 83: case 86: case 118: case 128: case 138: case 139: case 134: case 135:
		s.chroma = (int)bits_ue(b);
		if (s.chroma > 3)
			return 0;
		if (s.chroma == 3)
			s.separate = bits_1(b);
		s.bdl = (int)bits_ue(b);
		s.bdc = (int)bits_ue(b);
		s.qpprime = bits_1(b);
		if (bits_1(b))
			scaling_lists(b, s.scaling4, s.scaling8, (uint8_t(*)[16])default4, (uint8_t(*)[64])default8, s.chroma == 3 ? 6 : 2);
	}
	s.log2_frame_num = (int)bits_ue(b) + 4;
	s.poc_type = (int)bits_ue(b);
	if (s.poc_type == 0)
		s.log2_poc_lsb = (int)bits_ue(b) + 4;
	else if (s.poc_type == 1) {
		s.delta_zero = bits_1(b);
		s.offset_non_ref = bits_se(b);
		s.offset_top_bottom = bits_se(b);
		s.ncycle = (int)bits_ue(b);
		if (s.ncycle > 255)
			return 0;
		for (int i = 0; i < s.ncycle; i++)
			s.cycle[i] = bits_se(b);
	}
	s.num_ref_frames = (int)bits_ue(b);
	s.gaps = bits_1(b);
	s.width_mbs = (int)bits_ue(b) + 1;
	s.height_units = (int)bits_ue(b) + 1;
	s.frame_mbs_only = bits_1(b);
	if (!s.frame_mbs_only)
		s.mbaff = bits_1(b);
	s.direct8x8 = bits_1(b);
	if (bits_1(b))
		for (int i = 0; i < 4; i++)
			s.crop[i] = (int)bits_ue(b);
	if (s.num_ref_frames > 16 || s.log2_frame_num > 16 || s.log2_poc_lsb > 16 || s.width_mbs > 1024 || s.height_units > 1024 || s.poc_type > 2 || b->over)
		return 0;
	if ((s.vui = bits_1(b)))
		vui(b, &s);
	s.valid = 1;
	struct buffer raw = h->sps[id].raw;
	int same = h->sps[id].valid && raw.n == n && !memcmp(raw.p, nal, n);
	if (!same) {
		raw.n = 0;
		buffer_add(&raw, nal, n);
		s.raw = raw;
		h->sps[id] = s;
	}
	return 1;
}

int h264_parse_pps(struct h264 *h, const uint8_t *nal, size_t n) {
	struct bits bits, *b = &bits;
	unescape(&h->rbsp, nal + 1, n - 1);
	bits_init(b, h->rbsp.p, h->rbsp.n);
	unsigned id = bits_ue(b), sid = bits_ue(b);
	if (id > 255 || sid > 31)
		return 0;
	struct h264_sps *s = &h->sps[sid];
	struct h264_pps p = {.sps = (int)sid};
	p.cabac = bits_1(b);
	p.pic_order = bits_1(b);
	p.slice_groups = (int)bits_ue(b) + 1;
	if (p.slice_groups > 8)
		return 0;
	if (p.slice_groups > 1) {
		p.map_type = (int)bits_ue(b);
		if (p.map_type == 0)
			for (int i = 0; i < p.slice_groups; i++)
				bits_ue(b);
		else if (p.map_type == 2)
			for (int i = 0; i < p.slice_groups - 1; i++)
				bits_ue(b), bits_ue(b);
		else if (p.map_type >= 3 && p.map_type <= 5)
			bits_1(b), p.change_rate = (int)bits_ue(b);
		else if (p.map_type == 6) {
			int k = (int)bits_ue(b) + 1, w = p.slice_groups > 4 ? 3 : p.slice_groups > 2 ? 2 : 1;
			bits_skip(b, (size_t)k * (size_t)w);
		}
	}
	p.l0 = (int)bits_ue(b);
	p.l1 = (int)bits_ue(b);
	p.weighted = bits_1(b);
	p.bipred = (int)bits_u(b, 2);
	p.qp = bits_se(b);
	p.qs = bits_se(b);
	p.chroma_qp = p.chroma_qp2 = bits_se(b);
	p.deblock = bits_1(b);
	p.constrained = bits_1(b);
	p.redundant = bits_1(b);
	if (b->over)
		return 0;
	memcpy(p.scaling4, s->scaling4, sizeof p.scaling4);
	memcpy(p.scaling8, s->scaling8, sizeof p.scaling8);
	if (!s->valid)
		for (int i = 0; i < 6; i++)
			memcpy(p.scaling4[i], flat16, 16);
	if (bits_more(b)) {
		p.t8x8 = bits_1(b);
		if (bits_1(b))
			scaling_lists(b, p.scaling4, p.scaling8, (uint8_t(*)[16])default4, (uint8_t(*)[64])default8, p.t8x8 ? (s->chroma == 3 ? 6 : 2) : 0);
		p.chroma_qp2 = bits_se(b);
	}
	p.valid = 1;
	p.raw = h->pps[id].raw;
	p.raw.n = 0;
	buffer_add(&p.raw, nal, n);
	h->pps[id] = p;
	return 1;
}

// h264_max_dec is max_dec_frame_buffering, from the VUI or else from the level.
// Intra profiles reorder nothing.
int h264_intra_only(const struct h264_sps *s) {
	switch (s->profile) {
	case 44: case 86: case 100: case 110: case 122: case 244:
		return s->constraints >> 4 & 1;
	}
	return 0;
}

// h264_level_frames is MaxDpbFrames of table A-1.
int h264_level_frames(const struct h264_sps *s) {
	static const int levels[][2] = {{9, 396}, {10, 396}, {11, 900}, {12, 2376}, {13, 2376}, {20, 2376}, {21, 4752}, {22, 8100}, {30, 8100}, {31, 18000}, {32, 20480}, {40, 32768}, {41, 32768}, {42, 34816}, {50, 110400}, {51, 184320}, {52, 184320}, {60, 696320}, {61, 696320}, {62, 696320}};
	int level = s->level == 11 && s->constraints & 0x10 && s->profile <= 88 ? 9 : s->level, mbs = 696320;
	for (int i = LEN(levels) - 1; i >= 0; i--)
		if (level <= levels[i][0])
			mbs = levels[i][1];
	int n = mbs / (s->width_mbs * s->height_units * (2 - s->frame_mbs_only));
	return MAX(MIN(n, 16), s->num_ref_frames);
}

int h264_max_dec(const struct h264_sps *s) {
	if (s->restriction)
		return MIN(MAX(s->max_dec, MAX(1, s->num_ref_frames) * (s->max_dec > 0)), 16);
	return h264_intra_only(s) ? 0 : h264_level_frames(s);
}

void h264_format(const struct h264_sps *s, CUVIDEOFORMATEX *x) {
	memset(x, 0, sizeof *x);
	CUVIDEOFORMAT *f = &x->format;
	f->codec = cudaVideoCodec_H264;
	if (s->timing && s->units && s->scale) {
		int num = (int)s->scale, den = (int)(s->units * 2);
		reduce(&num, &den);
		f->frame_rate.numerator = (unsigned)num, f->frame_rate.denominator = (unsigned)den;
	}
	f->progressive_sequence = (unsigned char)s->frame_mbs_only;
	f->bit_depth_luma_minus8 = (unsigned char)s->bdl;
	f->bit_depth_chroma_minus8 = (unsigned char)s->bdc;
	f->min_num_decode_surfaces = (unsigned char)(h264_max_dec(s) + 1);
	f->coded_width = (unsigned)s->width_mbs * 16;
	f->coded_height = (unsigned)(s->height_units * 16 * (2 - s->frame_mbs_only));
	int cx = s->chroma == 1 || s->chroma == 2 ? 2 : 1, cy = (s->chroma == 1 ? 2 : 1) * (2 - s->frame_mbs_only);
	// The driver forgets what is cut off at the left and the top.
	f->display_area.right = (int)f->coded_width - cx * s->crop[1];
	f->display_area.bottom = (int)f->coded_height - cy * s->crop[3];
	f->chroma_format = (cudaVideoChromaFormat)s->chroma;
	f->bitrate = (unsigned)s->bitrate;
	f->display_aspect_ratio.x = (s->sar_w && s->sar_h ? s->sar_w : 1) * f->display_area.right;
	f->display_aspect_ratio.y = (s->sar_w && s->sar_h ? s->sar_h : 1) * f->display_area.bottom;
	reduce(&f->display_aspect_ratio.x, &f->display_aspect_ratio.y);
	f->video_signal_description.video_format = (unsigned char)(s->video_format & 7);
	f->video_signal_description.video_full_range_flag = s->full_range & 1;
	f->video_signal_description.color_primaries = (unsigned char)s->prim;
	f->video_signal_description.transfer_characteristics = (unsigned char)s->trc;
	f->video_signal_description.matrix_coefficients = (unsigned char)s->matrix;
}
