// MPEG-4 Part 2. Specification: ISO/IEC 14496-2, 6.2.
#include "cuvid_int.h"

struct mpeg4 {
	struct buffer vol;  // everything up to the VOL and the user data after it
	int have_vol, w, h, resolution, time_bits, fixed, increment, interlaced, low_delay, par_w, par_h, quarter, resync_off, quant_type;
	int type, coded, tff, rounding;
	int surface, ref[2], wait;
};

static struct mpeg4 *state(struct parser *p) { return p->codec; }

static void init(struct parser *p) {
	struct mpeg4 *m = calloc(1, sizeof *m);
	m->ref[0] = m->ref[1] = m->surface = m->wait = -1;
	p->codec = m;
	p->window = 0xffffffff;
}

static void end(struct parser *p) { free(state(p)->vol.p); }

static int boundary(struct parser *p, const uint8_t *nal, size_t n) {
	(void)p, (void)n;
	return 1; // every unit after a VOP
}

static void add(struct buffer *b, const uint8_t *d, size_t n) {
	static const uint8_t start[3] = {0, 0, 1};
	buffer_add(b, start, 3);
	buffer_add(b, d, n);
}

static void vol(struct mpeg4 *m, const uint8_t *d, size_t n) {
	static const uint8_t par[6][2] = {{1, 1}, {1, 1}, {12, 11}, {10, 11}, {16, 11}, {40, 33}};
	struct bits bits, *b = &bits;
	bits_init(b, d + 1, n - 1);
	int ver = 1;
	bits_1(b);
	bits_u(b, 8);
	if (bits_1(b)) {
		ver = (int)bits_u(b, 4);
		bits_u(b, 3);
	}
	int a = (int)bits_u(b, 4);
	m->par_w = m->par_h = 1;
	if (a == 15)
		m->par_w = (int)bits_u(b, 8), m->par_h = (int)bits_u(b, 8);
	else if (a < 6)
		m->par_w = par[a][0], m->par_h = par[a][1];
	m->low_delay = 0;
	if (bits_1(b)) {
		bits_u(b, 2);
		m->low_delay = bits_1(b);
		if (bits_1(b))
			bits_skip(b, 79);
	}
	bits_u(b, 2); // shape
	bits_1(b);
	m->resolution = (int)bits_u(b, 16);
	bits_1(b);
	m->time_bits = 1;
	while (m->time_bits < 16 && (1 << m->time_bits) < m->resolution)
		m->time_bits++;
	if ((m->fixed = bits_1(b)))
		m->increment = (int)bits_u(b, m->time_bits);
	bits_1(b);
	m->w = (int)bits_u(b, 13);
	bits_1(b);
	m->h = (int)bits_u(b, 13);
	bits_1(b);
	m->interlaced = bits_1(b);
	(void)ver;
	m->have_vol = m->w && m->h && m->resolution && !b->over;
	m->coded = 0;
}

static int format(struct parser *p, struct mpeg4 *m) {
	CUVIDEOFORMATEX x;
	memset(&x, 0, sizeof x);
	CUVIDEOFORMAT *f = &x.format;
	f->codec = cudaVideoCodec_MPEG4;
	f->frame_rate.numerator = (unsigned)m->resolution;
	f->frame_rate.denominator = m->fixed ? (unsigned)m->increment : 10;
	f->progressive_sequence = (unsigned char)!m->interlaced;
	f->min_num_decode_surfaces = 4;
	f->coded_width = (unsigned)ALIGN(m->w, 16);
	f->coded_height = (unsigned)ALIGN(m->h, m->interlaced ? 32 : 16);
	f->display_area.right = m->w;
	f->display_area.bottom = m->h;
	f->chroma_format = cudaVideoChromaFormat_420;
	f->display_aspect_ratio.x = m->w * (m->par_w ? m->par_w : 1);
	f->display_aspect_ratio.y = m->h * (m->par_h ? m->par_h : 1);
	reduce(&f->display_aspect_ratio.x, &f->display_aspect_ratio.y);
	f->video_signal_description.video_format = 5;
	f->video_signal_description.color_primaries = f->video_signal_description.transfer_characteristics = f->video_signal_description.matrix_coefficients = 1;
	return sequence(p, &x);
}

static void output_waiting(struct parser *p, struct mpeg4 *m) {
	if (m->wait < 0)
		return;
	output_picture(p, m->wait);
	surface_unref(p, &m->wait);
}

static int nal(struct parser *p, const uint8_t *d, size_t n) {
	struct mpeg4 *m = state(p);
	int code = d[0];
	if (code >= 0x20 && code <= 0x2f) {
		vol(m, d, n);
		add(&m->vol, d, n);
		return 0;
	}
	if (code == 0xb0) {
		m->vol.n = 0; // a new beginning
		add(&m->vol, d, n);
		return 0;
	}
	if (code != 0xb6) {
		if (code == 0xb2 || code == 0xb5 || code <= 0x1f)
			add(&m->vol, d, n);
		return 0;
	}
	if (!m->have_vol || n < 3)
		return 0;
	struct bits b;
	bits_init(&b, d + 1, n - 1);
	m->type = (int)bits_u(&b, 2);
	while (bits_1(&b) && !b.over)
		;
	bits_1(&b);
	bits_skip(&b, (size_t)m->time_bits);
	bits_1(&b);
	m->coded = bits_1(&b);
	if (!m->coded)
		return 0;
	if (!format(p, m))
		return 0;
	if ((m->type == 1 || m->type == 3) && m->ref[1] < 0)
		return 0;
	if (m->type == 2 && (m->ref[0] < 0 || m->ref[1] < 0))
		return 0;
	if (m->type != 2)
		output_waiting(p, m);
	surface_unref(p, &m->surface);
	m->surface = surface_alloc(p);
	return m->surface >= 0;
}

static void end_picture(struct parser *p) {
	struct mpeg4 *m = state(p);
	if (m->surface < 0)
		return;
	int is_ref = m->type != 2;
	CUVIDPICPARAMS *c = &p->pic;
	memset(c, 0, sizeof *c);
	c->PicWidthInMbs = (int)p->format.format.coded_width / 16;
	c->FrameHeightInMbs = (int)p->format.format.coded_height / 16;
	c->CurrPicIdx = m->surface;
	c->nNumSlices = 1;
	c->pSliceDataOffsets = p->slices;
	c->ref_pic_flag = is_ref;
	c->intra_pic_flag = m->type == 0;
	CUVIDMPEG4PICPARAMS *x = &c->CodecSpecific.mpeg4;
	x->ForwardRefIdx = m->type == 0 ? -1 : m->type == 2 ? m->ref[0] : m->ref[1];
	x->BackwardRefIdx = m->type == 2 ? m->ref[1] : -1;
	x->video_object_layer_width = m->w;
	x->video_object_layer_height = m->h;
	x->vop_time_increment_bitcount = m->time_bits;
	x->vop_coding_type = m->type;
	x->vop_coded = 1;
	x->interlaced = m->interlaced;
	p->headers.n = 0;
	buffer_add(&p->headers, m->vol.p, m->vol.n);
	set_display(p, m->surface, !m->interlaced, 0, 0, 2);
	decode_picture(p, p->data.p, p->nal);
	if (is_ref) {
		surface_unref(p, &m->ref[0]);
		m->ref[0] = m->ref[1];
		m->ref[1] = m->surface;
		surface_ref(p, m->surface);
		m->wait = m->surface;
		surface_ref(p, m->surface);
		if (m->low_delay)
			output_waiting(p, m);
	} else
		output_picture(p, m->surface);
	surface_unref(p, &m->surface);
}

static void flush(struct parser *p) { output_waiting(p, state(p)); }

static void reset(struct parser *p) {
	struct mpeg4 *m = state(p);
	surface_unref(p, &m->ref[0]);
	surface_unref(p, &m->ref[1]);
	surface_unref(p, &m->surface);
}

const struct codec_ops mpeg4_ops = {
	.name = "mpeg4", .startcodes = 1, .boundary = boundary, .nal = nal, .end_picture = end_picture, .flush = flush, .reset = reset, .init = init, .end = end};
