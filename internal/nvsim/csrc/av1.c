// AV1: OBUs, the frame header as far as the references need it, and displaying
// what exists. Specification: AV1 Bitstream & Decoding Process, 5.3 to 5.9.
//
// The AV1 software decoder gives shown frames only. So a hidden frame is sent to it
// with a made-up header behind it that shows the frame.
#include "cuvid_int.h"

struct av1 {
	int have_seq, profile, still, reduced, max_w, max_h, wbits, hbits, ids, id_delta, id_len, order_hint_bits, depth, mono, sx, sy, grain, screen, integer_mv;
	int prim, trc, matrix, range, described, model, removal_len, presentation_len, equal_interval, points, idc[32], model_present[32];
	struct buffer seq;
	int ref[8], type[8];
	// the frame being collected
	int open, shown, showable, key, frame_type, refresh, intra, order_hint, primary, resilient, cdf_off, temporal, spatial;
	struct buffer frame;
	uint64_t start;
};

static struct av1 *state(struct parser *p) { return p->codec; }

static void init(struct parser *p) {
	struct av1 *a = calloc(1, sizeof *a);
	for (int i = 0; i < 8; i++)
		a->ref[i] = -1;
	p->codec = a;
}

static void end(struct parser *p) { free(state(p)->seq.p), free(state(p)->frame.p); }

static uint32_t uvlc(struct bits *b) {
	int zeros = 0;
	while (zeros < 32 && !bits_1(b) && !b->over)
		zeros++;
	return zeros < 32 ? bits_u(b, zeros) + ((uint32_t)1 << zeros) - 1 : 0xffffffff;
}

static int sequence_header(struct av1 *a, const uint8_t *d, size_t n) {
	struct bits bits, *b = &bits;
	bits_init(b, d, n);
	a->profile = (int)bits_u(b, 3);
	a->still = bits_1(b);
	a->reduced = bits_1(b);
	a->model = a->equal_interval = 0;
	a->points = 1;
	a->idc[0] = 0;
	memset(a->model_present, 0, sizeof a->model_present);
	if (a->reduced)
		bits_u(b, 5);
	else {
		int delay_len = 0, has_model = 0;
		if (bits_1(b)) {
			bits_skip(b, 64);
			if ((a->equal_interval = bits_1(b)))
				uvlc(b);
			if ((has_model = bits_1(b))) {
				delay_len = (int)bits_u(b, 5) + 1;
				bits_skip(b, 32);
				a->removal_len = (int)bits_u(b, 5) + 1;
				a->presentation_len = (int)bits_u(b, 5) + 1;
			}
		}
		a->model = has_model;
		int initial = bits_1(b);
		a->points = (int)bits_u(b, 5) + 1;
		for (int i = 0; i < a->points; i++) {
			a->idc[i] = (int)bits_u(b, 12);
			if (bits_u(b, 5) > 7)
				bits_1(b);
			if (has_model && (a->model_present[i] = bits_1(b)))
				bits_skip(b, (size_t)delay_len * 2 + 1);
			if (initial && bits_1(b))
				bits_u(b, 4);
		}
	}
	a->wbits = (int)bits_u(b, 4) + 1;
	a->hbits = (int)bits_u(b, 4) + 1;
	a->max_w = (int)bits_u(b, a->wbits) + 1;
	a->max_h = (int)bits_u(b, a->hbits) + 1;
	a->ids = a->reduced ? 0 : bits_1(b);
	if (a->ids) {
		a->id_delta = (int)bits_u(b, 4) + 2;
		a->id_len = (int)bits_u(b, 3) + a->id_delta + 1;
	}
	bits_skip(b, 3);
	a->order_hint_bits = 0;
	a->screen = a->integer_mv = 2;
	if (!a->reduced) {
		bits_skip(b, 4);
		int hint = bits_1(b);
		if (hint)
			bits_skip(b, 2);
		a->screen = bits_1(b) ? 2 : bits_1(b);
		a->integer_mv = 2;
		if (a->screen > 0)
			a->integer_mv = bits_1(b) ? 2 : bits_1(b);
		if (hint)
			a->order_hint_bits = (int)bits_u(b, 3) + 1;
	}
	bits_skip(b, 3);
	int high = bits_1(b);
	a->depth = a->profile == 2 && high ? (bits_1(b) ? 12 : 10) : high ? 10 : 8;
	a->mono = a->profile == 1 ? 0 : bits_1(b);
	a->prim = a->trc = a->matrix = 2;
	if ((a->described = bits_1(b))) {
		a->prim = (int)bits_u(b, 8);
		a->trc = (int)bits_u(b, 8);
		a->matrix = (int)bits_u(b, 8);
	}
	if (a->mono) {
		a->range = bits_1(b);
		a->sx = a->sy = 1;
	} else if (a->prim == 1 && a->trc == 13 && a->matrix == 0) {
		a->range = 1;
		a->sx = a->sy = 0;
		bits_1(b);
	} else {
		a->range = bits_1(b);
		if (a->profile == 0)
			a->sx = a->sy = 1;
		else if (a->profile == 1)
			a->sx = a->sy = 0;
		else if (a->depth == 12) {
			a->sx = bits_1(b);
			a->sy = a->sx ? bits_1(b) : 0;
		} else
			a->sx = 1, a->sy = 0;
		if (a->sx && a->sy)
			bits_u(b, 2);
		bits_1(b);
	}
	a->grain = bits_1(b);
	return !b->over;
}

static int format(struct parser *p, struct av1 *a) {
	CUVIDEOFORMATEX x;
	memset(&x, 0, sizeof x);
	CUVIDEOFORMAT *f = &x.format;
	f->codec = cudaVideoCodec_AV1;
	f->progressive_sequence = 1;
	f->bit_depth_luma_minus8 = f->bit_depth_chroma_minus8 = (unsigned char)(a->depth - 8);
	f->min_num_decode_surfaces = a->grain ? 18 : 9;
	f->coded_width = (unsigned)a->max_w;
	f->coded_height = (unsigned)a->max_h;
	f->display_area.right = a->max_w;
	f->display_area.bottom = a->max_h;
	f->chroma_format = a->mono ? cudaVideoChromaFormat_Monochrome : a->sx && a->sy ? cudaVideoChromaFormat_420 : a->sx ? cudaVideoChromaFormat_422 : cudaVideoChromaFormat_444;
	f->display_aspect_ratio.x = a->max_w;
	f->display_aspect_ratio.y = a->max_h;
	f->video_signal_description.video_format = 5;
	f->video_signal_description.video_full_range_flag = a->range & 1;
	f->video_signal_description.color_primaries = (unsigned char)a->prim;
	f->video_signal_description.transfer_characteristics = (unsigned char)a->trc;
	f->video_signal_description.matrix_coefficients = (unsigned char)a->matrix;
	f->seqhdr_data_length = 1024;
	x.av1.max_width = (unsigned)a->max_w;
	x.av1.max_height = (unsigned)a->max_h;
	if (p->have_format && !memcmp(&p->format, &x, sizeof x))
		return !p->refused;
	if (a->points > 1 && p->params.pfnGetOperatingPoint) {
		CUVIDOPERATINGPOINTINFO o;
		memset(&o, 0, sizeof o);
		o.codec = cudaVideoCodec_AV1;
		o.av1.operating_points_cnt = (unsigned char)a->points;
		for (int i = 0; i < a->points; i++)
			o.av1.operating_points_idc[i] = (unsigned short)a->idc[i];
		nvsim_trace("  OPPOINT cnt=%d", a->points);
		p->params.pfnGetOperatingPoint(p->params.pUserData, &o);
	}
	return sequence(p, &x);
}

static void put_obu(struct buffer *out, int type, const uint8_t *ext, const uint8_t *d, size_t n) {
	uint8_t head[12];
	size_t k = 0, v = n;
	head[k++] = (uint8_t)(type << 3 | (ext ? 4 : 0) | 2);
	if (ext)
		head[k++] = *ext;
	do {
		head[k++] = (uint8_t)((v & 127) | (v > 127 ? 128 : 0));
		v >>= 7;
	} while (v);
	buffer_add(out, head, k);
	buffer_add(out, d, n);
}

static void set_ref(struct parser *p, struct av1 *a, int i, int surface, int type) {
	surface_ref(p, surface);
	surface_unref(p, &a->ref[i]);
	a->ref[i] = surface;
	a->type[i] = type;
}

// frame_header reads up to the refresh flags. 1: a frame follows, 0: an existing one
// was shown, -1: damaged.
static int frame_header(struct parser *p, struct av1 *a, const uint8_t *d, size_t n) {
	struct bits bits, *b = &bits;
	bits_init(b, d, n);
	int id_bits = a->ids ? a->id_len : 0;
	a->resilient = a->key = 0;
	a->showable = 1;
	if (a->reduced) {
		a->frame_type = 0;
		a->shown = 1;
		a->showable = 0;
		a->resilient = 1;
	} else {
		if (bits_1(b)) {
			int k = (int)bits_u(b, 3), s = a->ref[k];
			if (s < 0)
				return 0;
			p->surf[s].pts_valid = 0;
			p->frame_start = a->start;
			take_pts(p, &p->surf[s]);
			p->surf[s].skipped = 0;
			set_display(p, s, 1, 0, 0, 2);
			surface_ref(p, s);
			output_picture(p, s);
			if (a->type[k] == 0) // a key frame refreshes everything when it is shown
				for (int i = 0; i < 8; i++)
					set_ref(p, a, i, s, 0);
			surface_unref(p, &s);
			return 0;
		}
		a->frame_type = (int)bits_u(b, 2);
		a->shown = bits_1(b);
		if (a->shown && a->model && !a->equal_interval)
			bits_skip(b, (size_t)a->presentation_len);
		if (a->shown)
			a->showable = a->frame_type != 0;
		else
			a->showable = bits_1(b);
		a->resilient = a->frame_type == 3 || (a->frame_type == 0 && a->shown) ? 1 : bits_1(b);
	}
	a->cdf_off = bits_1(b);
	int screen = a->screen == 2 ? bits_1(b) : a->screen;
	if (screen && a->integer_mv == 2)
		bits_1(b);
	if (a->ids)
		bits_skip(b, (size_t)id_bits);
	if (a->frame_type != 3 && !a->reduced)
		bits_1(b); // frame_size_override_flag
	a->order_hint = (int)bits_u(b, a->order_hint_bits);
	a->intra = a->frame_type == 0 || a->frame_type == 2;
	a->primary = a->intra || a->resilient ? 7 : (int)bits_u(b, 3);
	if (a->model && bits_1(b))
		for (int i = 0; i < a->points; i++)
			if (a->model_present[i]) {
				int t = a->idc[i];
				if (!t || ((t >> a->temporal & 1) && (t >> (a->spatial + 8) & 1)))
					bits_skip(b, (size_t)a->removal_len);
			}
	a->refresh = a->frame_type == 3 || (a->frame_type == 0 && a->shown) ? 0xff : (int)bits_u(b, 8);
	return b->over ? -1 : 1;
}

static int finish(struct parser *p, struct av1 *a) {
	static const unsigned zero[1];
	static const uint8_t td[2] = {0x12, 0};
	if (!a->open)
		return 0;
	a->open = 0;
	if (!format(p, a))
		return -1;
	if (!a->intra) {
		int any = 0;
		for (int i = 0; i < 8; i++)
			any |= a->ref[i] >= 0;
		if (!any)
			return 0;
	}
	int grain = a->grain && a->shown, s = surface_alloc(p), ref = grain ? surface_alloc(p) : s;
	if (s < 0 || ref < 0) {
		surface_unref(p, &s);
		return 0;
	}
	p->frame_start = a->start;
	memset(&p->pic, 0, sizeof p->pic);
	p->pic.PicWidthInMbs = (a->max_w + 15) / 16;
	p->pic.FrameHeightInMbs = (a->max_h + 15) / 16;
	p->pic.CurrPicIdx = s;
	p->pic.nNumSlices = 1;
	p->pic.pSliceDataOffsets = zero;
	p->pic.ref_pic_flag = a->refresh != 0;
	p->pic.intra_pic_flag = a->intra;
	CUVIDAV1PICPARAMS *x = &p->pic.CodecSpecific.av1;
	x->width = (unsigned)a->max_w;
	x->height = (unsigned)a->max_h;
	x->frame_offset = (unsigned)a->order_hint;
	x->decodePicIdx = ref;
	x->profile = a->profile & 7;
	x->subsampling_x = a->sx & 1;
	x->subsampling_y = a->sy & 1;
	x->mono_chrome = a->mono & 1;
	x->bit_depth_minus8 = (unsigned)(a->depth - 8) & 15;
	x->enable_order_hint = a->order_hint_bits > 0;
	x->order_hint_bits_minus1 = (unsigned)MAX(a->order_hint_bits - 1, 0) & 7;
	x->enable_fgs = a->grain & 1;
	x->frame_type = a->frame_type & 3;
	x->show_frame = a->shown & 1;
	x->disable_cdf_update = a->cdf_off & 1;
	x->apply_grain = grain & 1;
	x->primary_ref_frame = (unsigned char)a->primary;
	for (int i = 0; i < 8; i++)
		x->ref_frame_map[i] = (unsigned char)a->ref[i];
	x->temporal_layer_id = a->temporal & 15;
	x->spatial_layer_id = a->spatial & 15;
	p->headers.n = 0;
	buffer_add(&p->headers, td, 2);
	buffer_add(&p->headers, a->seq.p, a->seq.n);
	p->unit.n = 0;
	buffer_add(&p->unit, a->frame.p, a->frame.n);
	p->extras.n = 0;
	if (!a->shown && a->refresh && a->frame_type != 0 && !a->ids && !(a->model && !a->equal_interval)) {
		int k = 0;
		while (!(a->refresh >> k & 1))
			k++;
		uint8_t show = (uint8_t)(0x80 | k << 4 | 8);
		buffer_add(&p->extras, td, 2);
		put_obu(&p->extras, 3, NULL, &show, 1);
	}
	set_display(p, s, 1, 0, 0, 2);
	decode_picture(p, p->unit.p, p->unit.n);
	for (int i = 0; i < 8; i++)
		if (a->refresh >> i & 1)
			set_ref(p, a, i, ref, a->frame_type);
	if (a->shown)
		output_picture(p, s);
	if (ref != s)
		surface_unref(p, &ref);
	surface_unref(p, &s);
	return p->error ? -1 : 0;
}

static int leb128(const uint8_t *d, size_t n, size_t *v) {
	*v = 0;
	for (int i = 0; i < 8 && (size_t)i < n; i++) {
		*v |= (size_t)(d[i] & 127) << (7 * i);
		if (!(d[i] & 128))
			return i + 1;
	}
	return 0;
}

// obu handles one unit, whose size is known if it comes from an Annex B stream, and
// returns the bytes it took, 0 if it is damaged.
static size_t obu(struct parser *p, struct av1 *a, const uint8_t *d, size_t n, int *bad) {
	if (!n || d[0] & 0x80)
		return 0;
	int type = d[0] >> 3 & 15, ext = d[0] >> 2 & 1, has_size = d[0] >> 1 & 1;
	size_t head = 1 + (size_t)ext, size = n - head;
	if (n < head)
		return 0;
	if (has_size) {
		int k = leb128(d + head, n - head, &size);
		head += (size_t)k;
		if (!k || size > n - head)
			return 0;
	}
	const uint8_t *x = ext ? d + 1 : NULL, *body = d + head;
	if (type == 3 || type == 6) {
		a->temporal = ext ? d[1] >> 5 : 0;
		a->spatial = ext ? d[1] >> 3 & 3 : 0;
	}
	switch (type) {
	case 1:
		*bad |= finish(p, a) < 0;
		if (!sequence_header(a, body, size))
			return 0;
		a->have_seq = 1;
		a->seq.n = 0;
		put_obu(&a->seq, 1, NULL, body, size);
		break;
	case 2:
		*bad |= finish(p, a) < 0;
		break;
	case 3:
	case 6: {
		*bad |= finish(p, a) < 0;
		if (!a->have_seq)
			break;
		a->start = p->frame_start;
		int r = frame_header(p, a, body, size);
		if (r < 0)
			return 0;
		if (!r)
			break;
		a->open = 1;
		a->frame.n = 0;
		put_obu(&a->frame, type, x, body, size);
		break;
	}
	case 4:
	case 7:
		if (a->open)
			put_obu(&a->frame, type, x, body, size);
		break;
	case 5: { // metadata
		size_t t;
		int k = leb128(body, size, &t);
		if (k && t < 256)
			sei_add(p, (int)t, body + k, size - (size_t)k);
		break;
	}
	}
	return head + size;
}

static int packet(struct parser *p, const uint8_t *d, size_t n) {
	struct av1 *a = state(p);
	size_t at = 0;
	int bad = 0;
	if (p->params.bAnnexb) {
		while (at < n) {
			size_t unit, frame, len, used = 0;
			int k = leb128(d + at, n - at, &unit);
			if (!k || unit > n - at - (size_t)k)
				return -1;
			at += (size_t)k;
			while (used < unit) {
				k = leb128(d + at + used, unit - used, &frame);
				if (!k || frame > unit - used - (size_t)k)
					return -1;
				used += (size_t)k;
				for (size_t f = 0; f < frame;) {
					k = leb128(d + at + used + f, frame - f, &len);
					if (!k || len > frame - f - (size_t)k)
						return -1;
					f += (size_t)k;
					p->frame_start = p->parsed + at + used + f;
					if (len && !obu(p, a, d + at + used + f, len, &bad))
						return -1;
					f += len;
				}
				used += frame;
			}
			at += unit;
		}
	} else
		while (at < n) {
			p->frame_start = p->parsed + at;
			size_t k = obu(p, a, d + at, n - at, &bad);
			if (!k)
				return -1;
			at += k;
		}
	bad |= finish(p, a) < 0;
	return bad ? -1 : 0;
}

static void flush(struct parser *p) { (void)p; }

static void reset(struct parser *p) {
	struct av1 *a = state(p);
	for (int i = 0; i < 8; i++)
		surface_unref(p, &a->ref[i]);
}

const struct codec_ops av1_ops = {.name = "av1", .packet = packet, .flush = flush, .reset = reset, .init = init, .end = end};
