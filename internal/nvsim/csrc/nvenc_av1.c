// The quantiser of libaom's frames, which it does not tell: read from the frame header,
// as far as that goes. Specification: AV1 Bitstream & Decoding Process, 5.5 and 5.9.
#include "cuvid_int.h"
#include "nvenc.h"

struct sequence {
	int wbits, hbits, max_w, max_h, sb128, hint, hint_bits, ref_mvs, screen, integer_mv, superres;
};

// read_sequence reads what libaom writes: no timing, no operating points but one.
static int read_sequence(struct sequence *q, struct bits *b) {
	bits_skip(b, 3);
	if (bits_u(b, 2)) // still picture
		return 0;
	if (bits_1(b) || bits_1(b) || bits_u(b, 5))
		return 0;
	bits_skip(b, 12);
	if (bits_u(b, 5) > 7)
		bits_1(b);
	q->wbits = (int)bits_u(b, 4) + 1, q->hbits = (int)bits_u(b, 4) + 1;
	q->max_w = (int)bits_u(b, q->wbits) + 1, q->max_h = (int)bits_u(b, q->hbits) + 1;
	if (bits_1(b)) // frame ids
		return 0;
	q->sb128 = bits_1(b);
	bits_skip(b, 6);
	if ((q->hint = bits_1(b)))
		bits_1(b), q->ref_mvs = bits_1(b);
	q->screen = bits_1(b) ? 2 : bits_1(b);
	q->integer_mv = 2;
	if (q->screen)
		q->integer_mv = bits_1(b) ? 2 : bits_1(b);
	if (q->hint)
		q->hint_bits = (int)bits_u(b, 3) + 1;
	q->superres = bits_1(b);
	return !b->over;
}

static int log2_at_least(int unit, int n) {
	int k = 0;
	while (unit << k < n)
		k++;
	return k;
}

static int increments(struct bits *b, int from, int to) {
	while (from < to && bits_1(b))
		from++;
	return from;
}

static int read_tiles(const struct sequence *q, struct bits *b) {
	int shift = q->sb128 ? 5 : 4, cols = (2 * ((q->max_w + 7) >> 3) + (1 << shift) - 1) >> shift, rows = (2 * ((q->max_h + 7) >> 3) + (1 << shift) - 1) >> shift;
	int least = log2_at_least(4096 >> (shift + 2), cols), all = log2_at_least((4096 * 2304) >> (2 * (shift + 2)), rows * cols);
	if (!bits_1(b)) // not uniform
		return 0;
	int c = increments(b, least, log2_at_least(1, MIN(cols, 64)));
	int r = increments(b, MAX(MAX(least, all) - c, 0), log2_at_least(1, MIN(rows, 64)));
	if (c || r)
		bits_skip(b, (size_t)(c + r + 2));
	return 1;
}

static void read_size(const struct sequence *q, int other, struct bits *b) {
	if (other)
		bits_skip(b, (size_t)(q->wbits + q->hbits));
	if (q->superres && bits_1(b))
		bits_skip(b, 3);
	if (bits_1(b)) // render size
		bits_skip(b, 32);
}

int av1_base_q(const uint8_t *sequence, size_t ns, const uint8_t *frame, size_t n) {
	struct sequence q = {0};
	struct bits bits, *b = &bits;
	bits_init(b, sequence, ns);
	if (!read_sequence(&q, b))
		return -1;
	bits_init(b, frame, n);
	if (bits_1(b)) // shows a frame that exists
		return -1;
	int type = (int)bits_u(b, 2), intra = type == 0 || type == 2, shown = bits_1(b);
	if (!shown)
		bits_1(b);
	int resilient = type == 3 || (type == 0 && shown) ? 1 : bits_1(b);
	int cdf_off = bits_1(b), screen = q.screen == 2 ? bits_1(b) : q.screen, integer = 0;
	if (screen)
		integer = q.integer_mv == 2 ? bits_1(b) : q.integer_mv;
	int other = type == 3 ? 1 : bits_1(b);
	bits_skip(b, (size_t)q.hint_bits);
	if (!intra && !resilient)
		bits_skip(b, 3);
	uint32_t refresh = type == 3 || (type == 0 && shown) ? 0xff : bits_u(b, 8);
	if ((!intra || refresh != 0xff) && resilient && q.hint)
		for (int i = 0; i < 8; i++)
			bits_skip(b, (size_t)q.hint_bits);
	if (intra) {
		read_size(&q, other, b);
		if (screen)
			bits_1(b);
	} else {
		if (other) // its size may be that of a reference
			return -1;
		if (q.hint && bits_1(b))
			bits_skip(b, 6);
		else
			bits_skip(b, 21);
		read_size(&q, 0, b);
		if (!integer)
			bits_1(b);
		if (!bits_1(b))
			bits_skip(b, 2);
		bits_1(b);
		if (!resilient && q.ref_mvs)
			bits_1(b);
	}
	if (!cdf_off)
		bits_1(b);
	if (!read_tiles(&q, b))
		return -1;
	int base = (int)bits_u(b, 8);
	return b->over ? -1 : base;
}
