// HEVC parameter sets. Specification: ITU-T H.265, 7.3.2 and annex E.
#include "hevc.h"

static void profile_tier_level(struct bits *b, int sub) {
	int profile[8] = {0}, level[8] = {0};
	bits_skip(b, 96);
	for (int i = 0; i < sub; i++)
		profile[i] = bits_1(b), level[i] = bits_1(b);
	if (sub)
		bits_skip(b, (size_t)(8 - sub) * 2);
	for (int i = 0; i < sub; i++)
		bits_skip(b, (size_t)(profile[i] * 88 + level[i] * 8));
}

static void scaling_list_data(struct bits *b) {
	for (int size = 0; size < 4; size++)
		for (int m = 0; m < 6; m += size == 3 ? 3 : 1) {
			if (!bits_1(b)) {
				bits_ue(b);
				continue;
			}
			if (size > 1)
				bits_se(b);
			for (int i = 0; i < MIN(64, 1 << (4 + (size << 1))); i++)
				bits_se(b);
		}
}

// hevc_read_rps is st_ref_pic_set().
int hevc_read_rps(struct bits *b, struct hevc_sps *s, int idx, int in_slice, struct hevc_rps *out, int *delta_idx) {
	struct hevc_rps r = {0};
	if (idx && bits_1(b)) {
		int d = in_slice ? (int)bits_ue(b) + 1 : 1, used[33], use[33];
		if (delta_idx)
			*delta_idx = d;
		if (d > idx)
			return 0;
		const struct hevc_rps *ref = &s->rps[idx - d];
		int sign = bits_1(b), abs = (int)bits_ue(b) + 1, delta = sign ? -abs : abs, n = ref->nneg + ref->npos;
		for (int i = 0; i <= n; i++) {
			used[i] = bits_1(b);
			use[i] = used[i] ? 1 : bits_1(b);
		}
		int neg[33], nu[33], pos[33], pu[33], nn = 0, np = 0;
		for (int i = ref->npos - 1; i >= 0; i--) {
			int p = ref->delta[ref->nneg + i] + delta;
			if (p < 0 && use[ref->nneg + i])
				neg[nn] = p, nu[nn++] = used[ref->nneg + i];
		}
		if (delta < 0 && use[n])
			neg[nn] = delta, nu[nn++] = used[n];
		for (int i = 0; i < ref->nneg; i++) {
			int p = ref->delta[i] + delta;
			if (p < 0 && use[i])
				neg[nn] = p, nu[nn++] = used[i];
		}
		for (int i = ref->nneg - 1; i >= 0; i--) {
			int p = ref->delta[i] + delta;
			if (p > 0 && use[i])
				pos[np] = p, pu[np++] = used[i];
		}
		if (delta > 0 && use[n])
			pos[np] = delta, pu[np++] = used[n];
		for (int i = 0; i < ref->npos; i++) {
			int p = ref->delta[ref->nneg + i] + delta;
			if (p > 0 && use[ref->nneg + i])
				pos[np] = p, pu[np++] = used[ref->nneg + i];
		}
		if (nn + np > 16)
			return 0;
		r.nneg = nn, r.npos = np;
		for (int i = 0; i < nn; i++)
			r.delta[i] = neg[i], r.used[i] = nu[i];
		for (int i = 0; i < np; i++)
			r.delta[nn + i] = pos[i], r.used[nn + i] = pu[i];
	} else {
		r.nneg = (int)bits_ue(b);
		r.npos = (int)bits_ue(b);
		if (r.nneg < 0 || r.npos < 0 || r.nneg + r.npos > 16 || b->over)
			return 0;
		int p = 0;
		for (int i = 0; i < r.nneg; i++) {
			p -= (int)bits_ue(b) + 1;
			r.delta[i] = p, r.used[i] = bits_1(b);
		}
		p = 0;
		for (int i = 0; i < r.npos; i++) {
			p += (int)bits_ue(b) + 1;
			r.delta[r.nneg + i] = p, r.used[r.nneg + i] = bits_1(b);
		}
	}
	*out = r;
	return !b->over;
}

static void vui(struct bits *b, struct hevc_sps *s) {
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
	bits_skip(b, 3); // neutral chroma, field sequence, frame/field info
	if (bits_1(b))   // default display window
		for (int i = 0; i < 4; i++)
			bits_ue(b);
	if ((s->timing = bits_1(b))) {
		s->units = bits_u(b, 32);
		s->scale = bits_u(b, 32);
	}
}

int hevc_parse_sps(struct hevc *h, const uint8_t *nal, size_t n) {
	struct bits bits, *b = &bits;
	unescape(&h->rbsp, nal + 2, n - 2);
	bits_init(b, h->rbsp.p, h->rbsp.n);
	struct hevc_sps *s = calloc(1, sizeof *s);
	s->video_format = 5, s->prim = s->trc = s->matrix = 2;
	s->vps = (int)bits_u(b, 4);
	int sub = (int)bits_u(b, 3);
	bits_1(b);
	size_t flags = b->pos + 8 + 32;
	profile_tier_level(b, sub);
	struct bits f = *b;
	f.pos = flags;
	s->progressive = bits_1(&f);
	s->interlaced = bits_1(&f);
	unsigned id = bits_ue(b);
	if (id > 15)
		goto bad;
	s->chroma = (int)bits_ue(b);
	if (s->chroma > 3)
		goto bad;
	if (s->chroma == 3)
		s->separate = bits_1(b);
	s->width = (int)bits_ue(b);
	s->height = (int)bits_ue(b);
	if (bits_1(b))
		for (int i = 0; i < 4; i++)
			s->crop[i] = (int)bits_ue(b);
	s->bdl = (int)bits_ue(b);
	s->bdc = (int)bits_ue(b);
	s->log2_poc = (int)bits_ue(b) + 4;
	int all = bits_1(b);
	for (int i = all ? 0 : sub; i <= sub; i++) {
		s->max_dec = (int)bits_ue(b) + 1;
		s->reorder = (int)bits_ue(b);
		s->latency = (int)bits_ue(b);
	}
	s->log2_min_cb = (int)bits_ue(b) + 3;
	s->diff_cb = (int)bits_ue(b);
	s->log2_min_tb = (int)bits_ue(b) + 2;
	s->diff_tb = (int)bits_ue(b);
	s->depth_inter = (int)bits_ue(b);
	s->depth_intra = (int)bits_ue(b);
	if ((s->scaling = bits_1(b)) && bits_1(b))
		scaling_list_data(b);
	s->amp = bits_1(b);
	s->sao = bits_1(b);
	if ((s->pcm = bits_1(b))) {
		s->pcm_l = (int)bits_u(b, 4);
		s->pcm_c = (int)bits_u(b, 4);
		s->pcm_min = (int)bits_ue(b);
		s->pcm_diff = (int)bits_ue(b);
		s->pcm_loop = bits_1(b);
	}
	s->nrps = (int)bits_ue(b);
	if (s->nrps > 64 || s->width > 16384 || s->height > 16384 || !s->width || !s->height || s->log2_poc > 16 || s->max_dec > 16)
		goto bad;
	for (int i = 0; i < s->nrps; i++)
		if (!hevc_read_rps(b, s, i, 0, &s->rps[i], NULL))
			goto bad;
	if ((s->long_term = bits_1(b))) {
		s->nlong = (int)bits_ue(b);
		if (s->nlong > 32)
			goto bad;
		for (int i = 0; i < s->nlong; i++) {
			s->long_poc[i] = (int)bits_u(b, s->log2_poc);
			s->long_used[i] = bits_1(b);
		}
	}
	s->tmvp = bits_1(b);
	s->strong = bits_1(b);
	if (b->over)
		goto bad;
	if (bits_1(b))
		vui(b, s);
	s->valid = 1;
	s->raw = h->sps[id].raw;
	s->raw.n = 0;
	buffer_add(&s->raw, nal, n);
	h->sps[id] = *s;
	free(s);
	return 1;
bad:
	free(s);
	return 0;
}

int hevc_parse_pps(struct hevc *h, const uint8_t *nal, size_t n) {
	struct bits bits, *b = &bits;
	unescape(&h->rbsp, nal + 2, n - 2);
	bits_init(b, h->rbsp.p, h->rbsp.n);
	struct hevc_pps p = {0};
	unsigned id = bits_ue(b), sid = bits_ue(b);
	if (id > 63 || sid > 15)
		return 0;
	p.sps = (int)sid;
	p.dependent = bits_1(b);
	p.output_flag = bits_1(b);
	p.extra_bits = (int)bits_u(b, 3);
	p.sign_hiding = bits_1(b);
	p.cabac_init = bits_1(b);
	p.l0 = (int)bits_ue(b);
	p.l1 = (int)bits_ue(b);
	p.qp = bits_se(b);
	p.constrained = bits_1(b);
	p.transform_skip = bits_1(b);
	if ((p.cu_qp_delta = bits_1(b)))
		p.cu_qp_depth = (int)bits_ue(b);
	p.cb = bits_se(b);
	p.cr = bits_se(b);
	p.slice_chroma = bits_1(b);
	p.weighted = bits_1(b);
	p.bipred = bits_1(b);
	p.transquant = bits_1(b);
	p.tiles = bits_1(b);
	p.sync = bits_1(b);
	if (p.tiles) {
		p.ncols = (int)bits_ue(b);
		p.nrows = (int)bits_ue(b);
		if (p.ncols > 20 || p.nrows > 20)
			return 0;
		if (!(p.uniform = bits_1(b))) {
			for (int i = 0; i < p.ncols; i++)
				p.col[i] = (int)bits_ue(b);
			for (int i = 0; i < p.nrows; i++)
				p.row[i] = (int)bits_ue(b);
		}
		p.loop_tiles = bits_1(b);
	}
	p.loop_slices = bits_1(b);
	if (bits_1(b)) {
		p.deblock_override = bits_1(b);
		if (!(p.deblock_disabled = bits_1(b))) {
			p.beta = bits_se(b);
			p.tc = bits_se(b);
		}
	}
	if (bits_1(b))
		scaling_list_data(b);
	p.lists_mod = bits_1(b);
	p.parallel_merge = (int)bits_ue(b);
	p.slice_ext = bits_1(b);
	if (b->over)
		return 0;
	p.valid = 1;
	p.raw = h->pps[id].raw;
	p.raw.n = 0;
	buffer_add(&p.raw, nal, n);
	h->pps[id] = p;
	return 1;
}

void hevc_format(const struct hevc_sps *s, CUVIDEOFORMATEX *x) {
	memset(x, 0, sizeof *x);
	CUVIDEOFORMAT *f = &x->format;
	f->codec = cudaVideoCodec_HEVC;
	if (s->timing && s->units && s->scale) {
		int num = (int)s->scale, den = (int)s->units;
		reduce(&num, &den);
		f->frame_rate.numerator = (unsigned)num, f->frame_rate.denominator = (unsigned)den;
	}
	f->progressive_sequence = (unsigned char)!(s->interlaced && !s->progressive);
	f->bit_depth_luma_minus8 = (unsigned char)s->bdl;
	f->bit_depth_chroma_minus8 = (unsigned char)s->bdc;
	f->min_num_decode_surfaces = (unsigned char)(s->max_dec + 3);
	f->coded_width = (unsigned)ALIGN(s->width, 16);
	f->coded_height = (unsigned)ALIGN(s->height, 16);
	int cx = s->chroma == 1 || s->chroma == 2 ? 2 : 1, cy = s->chroma == 1 ? 2 : 1;
	f->display_area.right = s->width - cx * s->crop[1];
	f->display_area.bottom = s->height - cy * s->crop[3];
	f->chroma_format = (cudaVideoChromaFormat)s->chroma;
	f->display_aspect_ratio.x = (s->sar_w && s->sar_h ? s->sar_w : 1) * f->display_area.right;
	f->display_aspect_ratio.y = (s->sar_w && s->sar_h ? s->sar_h : 1) * f->display_area.bottom;
	reduce(&f->display_aspect_ratio.x, &f->display_aspect_ratio.y);
	f->video_signal_description.video_format = (unsigned char)(s->video_format & 7);
	f->video_signal_description.video_full_range_flag = s->full_range & 1;
	f->video_signal_description.color_primaries = (unsigned char)s->prim;
	f->video_signal_description.transfer_characteristics = (unsigned char)s->trc;
	f->video_signal_description.matrix_coefficients = (unsigned char)s->matrix;
}
