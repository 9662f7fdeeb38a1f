// VP8 and VP9: one packet is one picture shown, and hidden pictures besides.
// Specifications: RFC 6386, 9; VP9 Bitstream & Decoding Process, 6.2.
#include "cuvid_int.h"

struct vpx {
	int ref[8]; // surfaces: last, golden, alt for VP8
	int w, h, rw[8], rh[8];
	int bits, sx, sy, colour;
	unsigned char named[3]; // what the last inter picture referred to
};

static struct vpx *state(struct parser *p) { return p->codec; }

static void init(struct parser *p) {
	struct vpx *v = calloc(1, sizeof *v);
	for (int i = 0; i < 8; i++)
		v->ref[i] = -1;
	memset(v->named, 255, sizeof v->named);
	p->codec = v;
}

static void flush(struct parser *p) { (void)p; } // nothing waits

static void reset(struct parser *p) {
	struct vpx *v = state(p);
	for (int i = 0; i < 8; i++)
		surface_unref(p, &v->ref[i]);
}

static void set_ref(struct parser *p, int *slot, int surface) {
	surface_ref(p, surface);
	surface_unref(p, slot);
	*slot = surface;
}

static int format(struct parser *p, int codec, int min, int w, int h, int depth, int chroma, int align) {
	CUVIDEOFORMATEX x;
	memset(&x, 0, sizeof x);
	x.format.codec = (cudaVideoCodec)codec;
	x.format.progressive_sequence = 1;
	x.format.bit_depth_luma_minus8 = x.format.bit_depth_chroma_minus8 = (unsigned char)(depth - 8);
	x.format.min_num_decode_surfaces = (unsigned char)min;
	x.format.coded_width = (unsigned)ALIGN(w, align);
	x.format.coded_height = (unsigned)ALIGN(h, align);
	x.format.display_area.right = w;
	x.format.display_area.bottom = h;
	x.format.chroma_format = (cudaVideoChromaFormat)chroma;
	if (codec == cudaVideoCodec_VP9) {
		x.format.display_aspect_ratio.x = w;
		x.format.display_aspect_ratio.y = h;
	}
	return sequence(p, &x);
}

static void picture(struct parser *p, int surface, const uint8_t *d, size_t n) {
	static const unsigned zero[1];
	memset(&p->pic, 0, sizeof p->pic);
	p->pic.PicWidthInMbs = ((int)p->format.format.coded_width + 15) / 16;
	p->pic.FrameHeightInMbs = ((int)p->format.format.coded_height + 15) / 16;
	p->pic.CurrPicIdx = surface;
	p->pic.nNumSlices = 1;
	p->pic.pSliceDataOffsets = zero;
	p->unit.n = 0;
	buffer_add(&p->unit, d, n);
	set_display(p, surface, 1, 0, 0, 2);
}

static void show(struct parser *p, int surface) { output_picture(p, surface); }

// --- VP8

struct boolean {
	const uint8_t *p, *end;
	uint32_t value, range;
	int bits;
};

static int bool_get(struct boolean *b, int prob) {
	uint32_t split = 1 + ((b->range - 1) * (uint32_t)prob >> 8);
	int bit = b->value >> 8 >= split;
	if (bit)
		b->range -= split, b->value -= split << 8;
	else
		b->range = split;
	while (b->range < 128) {
		b->range <<= 1;
		b->value <<= 1;
		if (++b->bits == 8) {
			b->bits = 0;
			b->value |= b->p < b->end ? *b->p++ : 0;
		}
	}
	return bit;
}

static int bool_u(struct boolean *b, int n) {
	int v = 0;
	while (n--)
		v = v << 1 | bool_get(b, 128);
	return v;
}

static int vp8_packet(struct parser *p, const uint8_t *d, size_t n) {
	struct vpx *v = state(p);
	if (n < 3)
		return 0;
	uint32_t tag = d[0] | d[1] << 8 | (uint32_t)d[2] << 16, first = tag >> 5;
	int key = !(tag & 1), shown = tag >> 4 & 1;
	size_t head = key ? 10 : 3;
	if (n < head)
		return 0;
	if (key) {
		if (d[3] != 0x9d || d[4] != 1 || d[5] != 0x2a)
			return 0;
		v->w = (d[6] | d[7] << 8) & 0x3fff;
		v->h = (d[8] | d[9] << 8) & 0x3fff;
	}
	if (!v->w || (!key && v->ref[0] < 0))
		return 0;
	if (!format(p, cudaVideoCodec_VP8, 8, v->w, v->h, 8, 1, 16))
		return 0;
	struct boolean b = {d + head, d + n, 0, 255, 0};
	b.value = (uint32_t)(b.p < b.end ? *b.p++ : 0) << 8;
	b.value |= b.p < b.end ? *b.p++ : 0;
	if (key)
		bool_u(&b, 2);
	int map = 0;
	if (bool_u(&b, 1)) {
		map = bool_u(&b, 1);
		if (bool_u(&b, 1)) {
			bool_u(&b, 1);
			for (int i = 0; i < 8; i++)
				if (bool_u(&b, 1))
					bool_u(&b, (i < 4 ? 7 : 6) + 1);
		}
		for (int i = 0; map && i < 3; i++)
			if (bool_u(&b, 1))
				bool_u(&b, 8);
	}
	bool_u(&b, 10); // filter type, level, sharpness
	if (bool_u(&b, 1) && bool_u(&b, 1))
		for (int i = 0; i < 8; i++)
			if (bool_u(&b, 1))
				bool_u(&b, 7);
	bool_u(&b, 2);
	bool_u(&b, 7);
	for (int i = 0; i < 5; i++)
		if (bool_u(&b, 1))
			bool_u(&b, 5);
	int golden = 1, alt = 1, last = 1, to_golden = 0, to_alt = 0;
	if (!key) {
		golden = bool_u(&b, 1);
		alt = bool_u(&b, 1);
		if (!golden)
			to_golden = bool_u(&b, 2);
		if (!alt)
			to_alt = bool_u(&b, 2);
		bool_u(&b, 2);
		bool_u(&b, 1);
		last = bool_u(&b, 1);
	}
	int s = surface_alloc(p);
	if (s < 0)
		return 0;
	picture(p, s, d, n);
	p->pic.ref_pic_flag = 1;
	p->pic.intra_pic_flag = key;
	CUVIDVP8PICPARAMS *x = &p->pic.CodecSpecific.vp8;
	x->width = v->w;
	x->height = v->h;
	x->first_partition_size = first;
	x->LastRefIdx = (unsigned char)v->ref[0];
	x->GoldenRefIdx = (unsigned char)v->ref[1];
	x->AltRefIdx = (unsigned char)v->ref[2];
	x->vp8_frame_tag.frame_type = !key & 1;
	x->vp8_frame_tag.version = tag >> 1 & 7;
	x->vp8_frame_tag.show_frame = shown & 1;
	x->vp8_frame_tag.update_mb_segmentation_data = map & 1;
	decode_picture(p, p->unit.p, n);
	int old[3] = {v->ref[0], v->ref[1], v->ref[2]};
	if (golden || to_golden)
		set_ref(p, &v->ref[1], golden ? s : to_golden == 1 ? old[0] : old[2]);
	if (alt || to_alt)
		set_ref(p, &v->ref[2], alt ? s : to_alt == 1 ? old[0] : old[1]);
	if (last)
		set_ref(p, &v->ref[0], s);
	if (shown)
		show(p, s);
	surface_unref(p, &s);
	return 0;
}

// --- VP9

static int vp9_colour(struct bits *b, struct vpx *v, int profile) {
	v->bits = profile >= 2 ? (bits_1(b) ? 12 : 10) : 8;
	v->colour = (int)bits_u(b, 3);
	if (v->colour != 7) {
		bits_1(b);
		v->sx = v->sy = 1;
		if (profile & 1) {
			v->sx = bits_1(b);
			v->sy = bits_1(b);
			bits_1(b);
		}
	} else {
		v->sx = v->sy = 0;
		if (profile & 1)
			bits_1(b);
	}
	return !b->over;
}

static int vp9_frame(struct parser *p, const uint8_t *d, size_t n) {
	struct vpx *v = state(p);
	struct bits bits, *b = &bits;
	bits_init(b, d, n);
	if (!n || bits_u(b, 2) != 2)
		return -1;
	int profile = bits_1(b);
	profile |= bits_1(b) << 1;
	if (profile == 3)
		bits_1(b);
	if (bits_1(b)) { // show_existing_frame
		int k = v->ref[bits_u(b, 3)];
		if (k < 0)
			return -1;
		p->surf[k].pts_valid = 0;
		take_pts(p, &p->surf[k]);
		p->surf[k].skipped = 0;
		show(p, k);
		return 0;
	}
	int inter = bits_1(b), shown = bits_1(b), resilient = bits_1(b), intra_only = 0, refresh = 0xff, refs[3] = {0}, hp = 0, filter = 0, reset_ctx = 0;
	int bias[4] = {0};
	if (!inter) {
		if (bits_u(b, 24) != 0x498342 || !vp9_colour(b, v, profile))
			return -1;
		v->w = (int)bits_u(b, 16) + 1;
		v->h = (int)bits_u(b, 16) + 1;
		if (bits_1(b))
			bits_skip(b, 32);
	} else {
		intra_only = shown ? 0 : bits_1(b);
		reset_ctx = resilient ? 0 : (int)bits_u(b, 2);
		if (intra_only) {
			if (bits_u(b, 24) != 0x498342)
				return -1;
			if (profile > 0)
				vp9_colour(b, v, profile);
			else
				v->bits = 8, v->sx = v->sy = 1;
			refresh = (int)bits_u(b, 8);
			v->w = (int)bits_u(b, 16) + 1;
			v->h = (int)bits_u(b, 16) + 1;
			if (bits_1(b))
				bits_skip(b, 32);
		} else {
			refresh = (int)bits_u(b, 8);
			for (int i = 0; i < 3; i++) {
				refs[i] = (int)bits_u(b, 3);
				bias[i + 1] = bits_1(b);
				if (v->ref[refs[i]] < 0)
					return 0; // no key frame yet
			}
			int found = 0;
			for (int i = 0; i < 3 && !found; i++)
				if ((found = bits_1(b)))
					v->w = v->rw[refs[i]], v->h = v->rh[refs[i]];
			if (!found) {
				v->w = (int)bits_u(b, 16) + 1;
				v->h = (int)bits_u(b, 16) + 1;
			}
			if (bits_1(b))
				bits_skip(b, 32);
			hp = bits_1(b);
			filter = bits_1(b) ? 4 : (int)bits_u(b, 2);
		}
	}
	int refresh_ctx = 0, parallel = 1;
	if (!resilient) {
		refresh_ctx = bits_1(b);
		parallel = bits_1(b);
	}
	int ctx = (int)bits_u(b, 2);
	if (b->over)
		return -1;
	int chroma = v->sx && v->sy ? 1 : v->sx ? 2 : 3;
	if (!format(p, cudaVideoCodec_VP9, 9, v->w, v->h, v->bits, chroma, 1))
		return -1;
	int s = surface_alloc(p);
	if (s < 0)
		return 0;
	picture(p, s, d, n);
	p->pic.intra_pic_flag = !inter || intra_only;
	CUVIDVP9PICPARAMS *x = &p->pic.CodecSpecific.vp9;
	x->width = (unsigned)v->w;
	x->height = (unsigned)v->h;
	// Intra pictures name the references of the inter picture before.
	for (int i = 0; inter && !intra_only && i < 3; i++)
		v->named[i] = (unsigned char)v->ref[refs[i]];
	x->LastRefIdx = v->named[0];
	x->GoldenRefIdx = v->named[1];
	x->AltRefIdx = v->named[2];
	x->colorSpace = (unsigned char)v->colour;
	x->profile = profile & 7;
	x->frameContextIdx = ctx & 3;
	x->frameType = inter & 1;
	x->showFrame = shown & 1;
	x->errorResilient = resilient & 1;
	x->frameParallelDecoding = parallel & 1;
	x->subSamplingX = v->sx & 1;
	x->subSamplingY = v->sy & 1;
	x->intraOnly = intra_only & 1;
	x->allow_high_precision_mv = hp & 1;
	x->refreshEntropyProbs = refresh_ctx & 1;
	for (int i = 0; i < 4; i++)
		x->refFrameSignBias[i] = (unsigned char)bias[i];
	x->bitDepthMinus8Luma = x->bitDepthMinus8Chroma = (unsigned char)(v->bits - 8);
	x->resetFrameContext = (unsigned)reset_ctx;
	x->mcomp_filter_type = (unsigned)filter;
	decode_picture(p, p->unit.p, n);
	for (int i = 0; i < 8; i++)
		if (refresh >> i & 1) {
			set_ref(p, &v->ref[i], s);
			v->rw[i] = v->w, v->rh[i] = v->h;
		}
	if (shown)
		show(p, s);
	surface_unref(p, &s);
	return 0;
}

static int vp9_packet(struct parser *p, const uint8_t *d, size_t n) {
	int marker = d[n - 1], r = 0;
	if ((marker & 0xe0) == 0xc0) {
		int frames = (marker & 7) + 1, size = (marker >> 3 & 3) + 1;
		size_t index = 2 + (size_t)(size * frames);
		if (n >= index && d[n - index] == marker) {
			const uint8_t *x = d + n - index + 1;
			size_t at = 0;
			for (int i = 0; i < frames; i++) {
				size_t k = 0;
				for (int j = 0; j < size; j++)
					k |= (size_t)*x++ << (8 * j);
				if (k > n - index - at)
					return -1;
				if (k) {
					p->frame_start = p->parsed + at;
					r |= vp9_frame(p, d + at, k);
				}
				at += k;
			}
			return r;
		}
	}
	return vp9_frame(p, d, n);
}

const struct codec_ops vp8_ops = {.name = "vp8", .packet = vp8_packet, .flush = flush, .init = init, .reset = reset};
const struct codec_ops vp9_ops = {.name = "vp9", .packet = vp9_packet, .flush = flush, .init = init, .reset = reset};
