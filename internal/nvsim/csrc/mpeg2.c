// MPEG-1 and MPEG-2. Specification: ITU-T H.262, 6.2.
#include "cuvid_int.h"

struct mpeg2 {
	struct buffer seq, gop;
	int w, h, aspect, rate, bitrate, mpeg2, progressive, chroma, low_delay;
	int described, vformat, prim, trc, matrix, have_seq;
	uint8_t intra[64], inter[64];
	// the picture
	int have_pic, type, fcode[2][2], full[2], structure, dc, tff, frame_dct, concealment, qtype, vlc, alternate, rff, progressive_frame;
	int surface, second, first_structure;
	// references: surfaces, and whether the later one waits for its output
	int ref[2], wait;
};

static struct mpeg2 *state(struct parser *p) { return p->codec; }

static void init(struct parser *p) {
	struct mpeg2 *m = calloc(1, sizeof *m);
	m->ref[0] = m->ref[1] = m->surface = m->wait = -1;
	p->codec = m;
	p->window = 0xffffffff;
}

static void end(struct parser *p) { free(state(p)->seq.p), free(state(p)->gop.p); }

static int boundary(struct parser *p, const uint8_t *nal, size_t n) {
	(void)p, (void)n;
	return nal[0] == 0 || nal[0] == 0xb3 || nal[0] == 0xb8 || nal[0] == 0xb7;
}

static int format(struct parser *p, struct mpeg2 *m) {
	static const int rates[9][2] = {{0, 0}, {24000, 1001}, {24000, 1000}, {25000, 1000}, {30000, 1001}, {30000, 1000}, {50000, 1000}, {60000, 1001}, {60000, 1000}};
	CUVIDEOFORMATEX x;
	memset(&x, 0, sizeof x);
	CUVIDEOFORMAT *f = &x.format;
	f->codec = m->mpeg2 ? cudaVideoCodec_MPEG2 : cudaVideoCodec_MPEG1;
	if (m->rate < 9) {
		f->frame_rate.numerator = (unsigned)rates[m->rate][0]; // the extension is not looked at
		f->frame_rate.denominator = (unsigned)rates[m->rate][1];
	}
	f->progressive_sequence = (unsigned char)m->progressive;
	f->min_num_decode_surfaces = 4;
	f->coded_width = (unsigned)ALIGN(m->w, 16);
	f->coded_height = (unsigned)ALIGN(m->h, m->progressive ? 16 : 32);
	f->display_area.right = m->w;
	f->display_area.bottom = m->h;
	f->chroma_format = (cudaVideoChromaFormat)m->chroma;
	f->bitrate = (unsigned)m->bitrate * 400;
	int x_ = m->w, y_ = m->h;
	if (m->mpeg2 && m->aspect > 1 && m->aspect < 5) {
		static const int dar[3][2] = {{4, 3}, {16, 9}, {221, 100}};
		x_ = dar[m->aspect - 2][0], y_ = dar[m->aspect - 2][1];
	}
	reduce(&x_, &y_);
	f->display_aspect_ratio.x = x_, f->display_aspect_ratio.y = y_;
	if (!m->mpeg2) {
		f->video_signal_description.video_format = 5;
		f->video_signal_description.color_primaries = f->video_signal_description.transfer_characteristics = f->video_signal_description.matrix_coefficients = 2;
	} else if (m->described) {
		f->video_signal_description.video_format = (unsigned char)(m->vformat & 7);
		f->video_signal_description.color_primaries = (unsigned char)m->prim;
		f->video_signal_description.transfer_characteristics = (unsigned char)m->trc;
		f->video_signal_description.matrix_coefficients = (unsigned char)m->matrix;
	}
	return sequence(p, &x);
}

static void add(struct buffer *b, const uint8_t *d, size_t n) {
	static const uint8_t start[3] = {0, 0, 1};
	buffer_add(b, start, 3);
	buffer_add(b, d, n);
}

static void sequence_header(struct mpeg2 *m, const uint8_t *d, size_t n) {
	struct bits b;
	bits_init(&b, d + 1, n - 1);
	m->w = (int)bits_u(&b, 12);
	m->h = (int)bits_u(&b, 12);
	m->aspect = (int)bits_u(&b, 4);
	m->rate = (int)bits_u(&b, 4);
	m->bitrate = (int)bits_u(&b, 18);
	bits_skip(&b, 12);
	memset(m->intra, 16, 64);
	memset(m->inter, 16, 64);
	if (bits_1(&b))
		for (int i = 0; i < 64; i++)
			m->intra[i] = (uint8_t)bits_u(&b, 8);
	if (bits_1(&b))
		for (int i = 0; i < 64; i++)
			m->inter[i] = (uint8_t)bits_u(&b, 8);
	m->mpeg2 = m->described = m->low_delay = 0;
	m->progressive = m->chroma = 1;
	m->have_seq = m->w && m->h;
	m->seq.n = 0;
	add(&m->seq, d, n);
}

static void extension(struct parser *p, struct mpeg2 *m, const uint8_t *d, size_t n) {
	struct bits b;
	bits_init(&b, d + 1, n - 1);
	int id = (int)bits_u(&b, 4);
	switch (id) {
	case 1: // sequence
		m->mpeg2 = 1;
		bits_skip(&b, 8);
		m->progressive = bits_1(&b);
		m->chroma = (int)bits_u(&b, 2);
		m->w |= (int)bits_u(&b, 2) << 12;
		m->h |= (int)bits_u(&b, 2) << 12;
		m->bitrate |= (int)bits_u(&b, 12) << 18;
		bits_skip(&b, 9);
		m->low_delay = bits_1(&b);
		add(&m->seq, d, n);
		return;
	case 2: // sequence display
		m->vformat = (int)bits_u(&b, 3);
		if ((m->described = bits_1(&b))) {
			m->prim = (int)bits_u(&b, 8);
			m->trc = (int)bits_u(&b, 8);
			m->matrix = (int)bits_u(&b, 8);
		}
		add(&m->seq, d, n);
		return;
	case 8: // picture coding
		for (int i = 0; i < 4; i++)
			m->fcode[i / 2][i % 2] = (int)bits_u(&b, 4);
		m->dc = (int)bits_u(&b, 2);
		m->structure = (int)bits_u(&b, 2);
		m->tff = bits_1(&b);
		m->frame_dct = bits_1(&b);
		m->concealment = bits_1(&b);
		m->qtype = bits_1(&b);
		m->vlc = bits_1(&b);
		m->alternate = bits_1(&b);
		m->rff = bits_1(&b);
		bits_1(&b);
		m->progressive_frame = bits_1(&b);
		break;
	}
	add(&p->extras, d, n);
}

static void picture_header(struct parser *p, struct mpeg2 *m, const uint8_t *d, size_t n) {
	struct bits b;
	bits_init(&b, d + 1, n - 1);
	bits_skip(&b, 10);
	m->type = (int)bits_u(&b, 3);
	bits_skip(&b, 16);
	m->have_pic = m->type >= 1 && m->type <= 3;
	m->structure = 3;
	m->progressive_frame = 1;
	m->tff = m->rff = 0;
	if (m->type == 2 || m->type == 3) {
		m->full[0] = bits_1(&b);
		m->fcode[0][0] = m->fcode[0][1] = (int)bits_u(&b, 3);
	}
	if (m->type == 3) {
		m->full[1] = bits_1(&b);
		m->fcode[1][0] = m->fcode[1][1] = (int)bits_u(&b, 3);
	}
	p->extras.n = 0;
	if (m->gop.n) {
		buffer_add(&p->extras, m->gop.p, m->gop.n);
		m->gop.n = 0;
	}
	add(&p->extras, d, n);
}

static void output_waiting(struct parser *p, struct mpeg2 *m) {
	if (m->wait < 0)
		return;
	int s = m->wait;
	output_picture(p, s);
	surface_unref(p, &m->wait);
}

static void start_picture(struct parser *p, struct mpeg2 *m) {
	m->second = m->structure != 3 && m->surface >= 0 && m->first_structure != 3 && m->first_structure != m->structure;
	if (m->second)
		return;
	surface_unref(p, &m->surface);
	if (!format(p, m))
		return;
	if ((m->type == 2 && m->ref[1] < 0) || (m->type == 3 && (m->ref[0] < 0 || m->ref[1] < 0)))
		return; // no references yet
	m->surface = surface_alloc(p);
	m->first_structure = m->structure;
}

static int nal(struct parser *p, const uint8_t *d, size_t n) {
	struct mpeg2 *m = state(p);
	int code = d[0];
	if (code >= 1 && code <= 0xaf) {
		if (!m->have_seq || !m->have_pic)
			return 0;
		if (!p->picture)
			start_picture(p, m);
		return m->surface >= 0;
	}
	switch (code) {
	case 0xb3:
		sequence_header(m, d, n);
		break;
	case 0xb5:
		extension(p, m, d, n);
		break;
	case 0xb8: {
		struct bits b;
		TIMECODEMPEG2 t;
		bits_init(&b, d + 1, n - 1);
		t.drop_frame_flag = (unsigned char)bits_1(&b);
		t.time_code_hours = (unsigned char)bits_u(&b, 5);
		t.time_code_minutes = (unsigned char)bits_u(&b, 6);
		t.marker_bit = (unsigned char)bits_1(&b);
		t.time_code_seconds = (unsigned char)bits_u(&b, 6);
		t.time_code_pictures = (unsigned char)bits_u(&b, 6);
		sei_add(p, 136, &t, sizeof t);
		m->gop.n = 0;
		add(&m->gop, d, n);
		break;
	}
	case 0xb2: // user data, of whatever it stands with
		sei_add(p, 5, d + 1, n - 1);
		break;
	case 0:
		picture_header(p, m, d, n);
		break;
	}
	return 0;
}

static void end_picture(struct parser *p) {
	struct mpeg2 *m = state(p);
	if (m->surface < 0) {
		p->nseis = 0;
		p->sei.n = 0;
		return;
	}
	int is_ref = m->type != 3, complete = m->structure == 3 || m->second;
	CUVIDPICPARAMS *c = &p->pic;
	memset(c, 0, sizeof *c);
	c->PicWidthInMbs = (int)p->format.format.coded_width / 16;
	c->FrameHeightInMbs = (int)p->format.format.coded_height / 16;
	c->CurrPicIdx = m->surface;
	c->field_pic_flag = m->structure != 3;
	c->bottom_field_flag = m->structure == 2;
	c->second_field = m->second;
	c->nNumSlices = (unsigned)p->nslices;
	c->pSliceDataOffsets = p->slices;
	c->ref_pic_flag = is_ref;
	c->intra_pic_flag = m->type == 1;
	CUVIDMPEG2PICPARAMS *x = &c->CodecSpecific.mpeg2;
	x->ForwardRefIdx = m->type == 1 ? -1 : m->type == 2 ? m->ref[1] : m->ref[0];
	x->BackwardRefIdx = m->type == 3 ? m->ref[1] : -1;
	x->picture_coding_type = m->type;
	x->full_pel_forward_vector = m->full[0];
	x->full_pel_backward_vector = m->full[1];
	memcpy(x->f_code, m->fcode, sizeof x->f_code);
	x->intra_dc_precision = m->dc;
	x->frame_pred_frame_dct = m->mpeg2 ? m->frame_dct : 1;
	x->concealment_motion_vectors = m->concealment;
	x->q_scale_type = m->qtype;
	x->intra_vlc_format = m->vlc;
	x->alternate_scan = m->alternate;
	x->top_field_first = m->tff;
	memcpy(x->QuantMatrixIntra, m->intra, 64);
	memcpy(x->QuantMatrixInter, m->inter, 64);
	p->headers.n = 0;
	if (!m->second) { // a sequence header before a second field would make it a first one
		buffer_add(&p->headers, m->seq.p, m->seq.n);
		int tff = m->structure == 3 ? m->tff : m->structure == 1;
		set_display(p, m->surface, m->progressive_frame, m->progressive_frame && !m->rff ? 0 : tff, m->progressive ? 0 : m->rff, 2 + m->rff * !m->progressive);
	}
	decode_picture(p, p->data.p, p->nal);
	if (is_ref && !m->second) { // the reference before it can be shown
		output_waiting(p, m);
		surface_unref(p, &m->ref[0]);
		m->ref[0] = m->ref[1];
		m->ref[1] = m->surface;
		surface_ref(p, m->surface);
		m->wait = m->surface;
		surface_ref(p, m->surface);
		if (m->low_delay && complete)
			output_waiting(p, m);
	}
	if (complete) {
		if (!is_ref)
			output_picture(p, m->surface);
		surface_unref(p, &m->surface);
	}
	m->have_pic = 0;
}

static void flush(struct parser *p) {
	struct mpeg2 *m = state(p);
	output_waiting(p, m);
}

static void reset(struct parser *p) {
	struct mpeg2 *m = state(p);
	surface_unref(p, &m->ref[0]);
	surface_unref(p, &m->ref[1]);
	surface_unref(p, &m->surface);
}

const struct codec_ops mpeg12_ops = {
	.name = "mpeg2", .startcodes = 1, .boundary = boundary, .nal = nal, .end_picture = end_picture, .flush = flush, .reset = reset, .init = init, .end = end};
