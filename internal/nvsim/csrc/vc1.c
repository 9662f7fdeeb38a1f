// VC-1, advanced profile with start codes. Specification: SMPTE 421M, 6.1, 7.1.
#include "cuvid_int.h"

struct vc1 {
	struct buffer headers;
	int have_seq, w, h, interlaced, fcm, type, tff, rff, tfcntr, pulldown, finterp, psf, rate_n, rate_d, par_w, par_h, described, prim, trc, matrix;
	int surface, ref[2], wait;
};

static struct vc1 *state(struct parser *p) { return p->codec; }

static void init(struct parser *p) {
	struct vc1 *m = calloc(1, sizeof *m);
	m->ref[0] = m->ref[1] = m->surface = m->wait = -1;
	p->codec = m;
	p->window = 0xffffffff;
}

static void end(struct parser *p) { free(state(p)->headers.p); }

static int boundary(struct parser *p, const uint8_t *nal, size_t n) {
	(void)p, (void)n;
	return nal[0] == 0x0d || nal[0] == 0x0e || nal[0] == 0x0f || nal[0] == 0x0a;
}

static void add(struct buffer *b, const uint8_t *d, size_t n) {
	static const uint8_t start[3] = {0, 0, 1};
	buffer_add(b, start, 3);
	buffer_add(b, d, n);
}

static int sequence_header(struct vc1 *m, const uint8_t *d, size_t n) {
	static const int nums[] = {0, 24000, 25000, 30000, 50000, 60000, 48000, 72000}, dens[] = {0, 1000, 1001};
	static const uint8_t par[14][2] = {{1, 1}, {1, 1}, {12, 11}, {10, 11}, {16, 11}, {40, 33}, {24, 11}, {20, 11}, {32, 11}, {80, 33}, {18, 11}, {15, 11}, {64, 33}, {160, 99}};
	struct buffer r = {0};
	struct bits bits, *b = &bits;
	unescape(&r, d + 1, n - 1);
	bits_init(b, r.p, r.n);
	if (bits_u(b, 2) != 3) {
		free(r.p);
		return 0;
	}
	bits_skip(b, 3 + 2 + 3 + 5 + 1);
	m->w = ((int)bits_u(b, 12) + 1) * 2;
	m->h = ((int)bits_u(b, 12) + 1) * 2;
	m->pulldown = bits_1(b);
	m->interlaced = bits_1(b);
	m->tfcntr = bits_1(b);
	m->finterp = bits_1(b);
	bits_1(b);
	m->psf = bits_1(b);
	m->rate_n = m->rate_d = m->described = 0;
	m->par_w = m->par_h = 1;
	if (bits_1(b)) {
		bits_skip(b, 28);
		if (bits_1(b)) {
			int a = (int)bits_u(b, 4);
			if (a == 15)
				m->par_w = (int)bits_u(b, 8) + 1, m->par_h = (int)bits_u(b, 8) + 1;
			else if (a < 14)
				m->par_w = par[a][0], m->par_h = par[a][1];
		}
		if (bits_1(b)) {
			if (bits_1(b))
				m->rate_n = (int)bits_u(b, 16) + 1, m->rate_d = 32;
			else {
				int k = (int)bits_u(b, 8), e = (int)bits_u(b, 4);
				if (k < 8 && e < 3)
					m->rate_n = nums[k], m->rate_d = dens[e];
			}
		}
		if ((m->described = bits_1(b))) {
			m->prim = (int)bits_u(b, 8);
			m->trc = (int)bits_u(b, 8);
			m->matrix = (int)bits_u(b, 8);
		}
	}
	free(r.p);
	m->headers.n = 0;
	add(&m->headers, d, n);
	return 1;
}

static int format(struct parser *p, struct vc1 *m) {
	CUVIDEOFORMATEX x;
	memset(&x, 0, sizeof x);
	CUVIDEOFORMAT *f = &x.format;
	f->codec = cudaVideoCodec_VC1;
	f->frame_rate.numerator = (unsigned)m->rate_n;
	f->frame_rate.denominator = (unsigned)m->rate_d;
	f->progressive_sequence = (unsigned char)!m->interlaced;
	f->min_num_decode_surfaces = 4;
	f->coded_width = (unsigned)ALIGN(m->w, 16);
	f->coded_height = (unsigned)ALIGN(m->h, m->interlaced ? 32 : 16);
	f->display_area.right = m->w;
	f->display_area.bottom = m->h;
	f->chroma_format = cudaVideoChromaFormat_420;
	f->display_aspect_ratio.x = m->w * m->par_w;
	f->display_aspect_ratio.y = m->h * m->par_h;
	reduce(&f->display_aspect_ratio.x, &f->display_aspect_ratio.y);
	f->video_signal_description.video_format = 5;
	f->video_signal_description.color_primaries = (unsigned char)(m->described ? m->prim : 2);
	f->video_signal_description.transfer_characteristics = (unsigned char)(m->described ? m->trc : 2);
	f->video_signal_description.matrix_coefficients = (unsigned char)(m->described ? m->matrix : 2);
	return sequence(p, &x);
}

static void output_waiting(struct parser *p, struct vc1 *m) {
	if (m->wait < 0)
		return;
	output_picture(p, m->wait);
	surface_unref(p, &m->wait);
}

static int nal(struct parser *p, const uint8_t *d, size_t n) {
	struct vc1 *m = state(p);
	switch (d[0]) {
	case 0x0f:
		m->have_seq = sequence_header(m, d, n);
		return 0;
	case 0x0e:
		add(&m->headers, d, n);
		return 0;
	case 0x0c: // second field
	case 0x0b: // slice
		return m->surface >= 0 && p->picture;
	case 0x0d:
		break;
	default:
		return 0;
	}
	if (!m->have_seq || n < 2)
		return 0;
	struct bits b;
	bits_init(&b, d + 1, n - 1);
	m->fcm = m->interlaced && bits_1(&b) ? 1 + bits_1(&b) : 0;
	if (m->fcm == 2) { // field pair
		static const int types[8] = {0, 0, 1, 1, 2, 2, 3, 3};
		m->type = types[bits_u(&b, 3)];
	} else {
		int k = 0;
		while (k < 4 && bits_1(&b))
			k++;
		static const int types[5] = {1, 2, 0, 3, 4}; // P, B, I, BI, skipped
		m->type = types[k];
	}
	if (m->tfcntr)
		bits_u(&b, 8);
	m->tff = 1, m->rff = 0;
	if (m->pulldown) {
		if (!m->interlaced || m->psf)
			bits_u(&b, 2);
		else {
			m->tff = bits_1(&b);
			m->rff = bits_1(&b);
		}
	}
	if (!format(p, m))
		return 0;
	int need = m->type == 1 || m->type == 4 ? 1 : m->type == 2 ? 2 : 0;
	if ((need >= 1 && m->ref[1] < 0) || (need == 2 && m->ref[0] < 0))
		return 0;
	if (m->type != 2 && m->type != 3)
		output_waiting(p, m);
	surface_unref(p, &m->surface);
	m->surface = surface_alloc(p);
	return m->surface >= 0;
}

static void end_picture(struct parser *p) {
	struct vc1 *m = state(p);
	if (m->surface < 0)
		return;
	int is_ref = m->type != 2 && m->type != 3;
	CUVIDPICPARAMS *c = &p->pic;
	memset(c, 0, sizeof *c);
	c->PicWidthInMbs = (int)p->format.format.coded_width / 16;
	c->FrameHeightInMbs = (int)p->format.format.coded_height / 16;
	c->CurrPicIdx = m->surface;
	c->nNumSlices = (unsigned)p->nslices;
	c->pSliceDataOffsets = p->slices;
	c->ref_pic_flag = is_ref;
	c->intra_pic_flag = m->type == 0 || m->type == 3;
	CUVIDVC1PICPARAMS *x = &c->CodecSpecific.vc1;
	x->ForwardRefIdx = m->type == 2 ? m->ref[0] : m->type == 1 ? m->ref[1] : -1;
	x->BackwardRefIdx = m->type == 2 ? m->ref[1] : -1;
	x->FrameWidth = m->w;
	x->FrameHeight = m->h;
	x->intra_pic_flag = c->intra_pic_flag;
	x->ref_pic_flag = is_ref;
	x->progressive_fcm = m->fcm == 0;
	x->profile = 3;
	x->interlace = m->interlaced;
	p->headers.n = 0;
	buffer_add(&p->headers, m->headers.p, m->headers.n);
	set_display(p, m->surface, m->fcm == 0, m->fcm ? m->tff : 0, m->rff, 2 + m->rff);
	decode_picture(p, p->data.p, p->nal);
	if (is_ref) {
		surface_unref(p, &m->ref[0]);
		m->ref[0] = m->ref[1];
		m->ref[1] = m->surface;
		surface_ref(p, m->surface);
		m->wait = m->surface;
		surface_ref(p, m->surface);
	} else
		output_picture(p, m->surface);
	surface_unref(p, &m->surface);
}

static void flush(struct parser *p) { output_waiting(p, state(p)); }

static void reset(struct parser *p) {
	struct vc1 *m = state(p);
	surface_unref(p, &m->ref[0]);
	surface_unref(p, &m->ref[1]);
	surface_unref(p, &m->surface);
}

const struct codec_ops vc1_ops = {
	.name = "vc1", .startcodes = 1, .boundary = boundary, .nal = nal, .end_picture = end_picture, .flush = flush, .reset = reset, .init = init, .end = end};
