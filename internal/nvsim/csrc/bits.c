// Bits and growing buffers.
#include "cuvid_int.h"

void bits_init(struct bits *b, const uint8_t *p, size_t bytes) { *b = (struct bits){p, bytes * 8, 0, 0}; }

uint32_t bits_u(struct bits *b, int n) {
	uint32_t v = 0;
	while (n-- > 0) {
		v <<= 1;
		if (b->pos < b->n)
			v |= b->p[b->pos >> 3] >> (7 - (b->pos & 7)) & 1;
		else
			b->over = 1;
		b->pos++;
	}
	return v;
}

uint32_t bits_ue(struct bits *b) {
	int zeros = 0;
	while (zeros < 32 && !bits_1(b) && !b->over)
		zeros++;
	return zeros ? (uint32_t)(((uint64_t)1 << zeros) - 1 + bits_u(b, zeros)) : 0;
}

int32_t bits_se(struct bits *b) {
	uint32_t k = bits_ue(b);
	return k & 1 ? (int32_t)((k + 1) / 2) : -(int32_t)(k / 2);
}

int bits_more(const struct bits *b) {
	size_t last = b->n;
	while (last > b->pos && !(b->p[(last - 1) >> 3] >> (7 - ((last - 1) & 7)) & 1))
		last--;
	return last > b->pos + 1; // the last 1 is the stop bit
}

void buffer_add(struct buffer *b, const void *p, size_t n) {
	if (b->n + n + 64 > b->cap) {
		b->cap = (b->n + n + 64) * 2;
		b->p = realloc(b->p, b->cap);
	}
	if (n)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	memset(b->p + b->n, 0, 64);
}

void unescape(struct buffer *out, const uint8_t *p, size_t n) {
	out->n = 0;
	buffer_add(out, p, 0);
	size_t from = 0;
	for (size_t i = 2; i < n; i++)
		if (p[i] == 3 && !p[i - 1] && !p[i - 2]) {
			buffer_add(out, p + from, i - from);
			from = ++i;
		}
	if (from < n)
		buffer_add(out, p + from, n - from);
}
