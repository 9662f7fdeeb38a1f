// The common case in its own kernels: interleaved 4:2:0 at the same size, each chroma
// sample for the four pixels that share it, two rows a thread. Memory is the limit
// here, so each thread writes whole vectors next to its neighbours'.
//
// Of the job these read src[0] and src[1] (U, V), both pitches, dst, rowStride, width,
// height, channels and the colours. Addresses and strides are multiples of 16.
#include "job.h"

// at turns sample k of a word into a number.
template <class S> FUNC float at(uint32_t word, int k) {
	const uint32_t two23 = 0x4b000000; // 2^23, whose low bits count ones
	return number(S::bytes == 1 ? permute(word, two23, 0x7440 | k) : permute(word, two23, k ? 0x7432 : 0x7410)) - 8388608.f;
}

// samples reads eight, with words of alignment bytes.
template <class S, int Align> FUNC void samples(uint64_t p, float s[8]) {
	const int words = 2 * S::bytes, each = 4 / S::bytes;
	uint32_t w[4];
	for (int i = 0; i < words; i += 2)
		if (Align == 4)
			w[i] = load32(p + 4 * i), w[i + 1] = load32(p + 4 * i + 4);
		else
			load64(p + 4 * i, w[i], w[i + 1]);
	for (int i = 0; i < 8; i++)
		s[i] = at<S>(w[i / each], i % each);
}

// chroma is what four pairs of U and V add to a channel.
FUNC void chroma(const Job &j, int c, const float uv[8], float t[4]) {
	const float *m = j.matrix[c];
	for (int i = 0; i < 4; i++)
		t[i] = fma_rn(m[1], uv[2 * i], fma_rn(m[2], uv[2 * i + 1], m[3]));
}
FUNC void chroma_rest(const Job &j, int c, const float uv[8], float t[4]) {
	const float *r = j.rest[c];
	for (int i = 0; i < 4; i++)
		t[i] = fma_rn(r[1], uv[2 * i], fma_rn(r[2], uv[2 * i + 1], r[3]));
}

FUNC uint32_t pack(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
	return permute(permute(a, b, 0x40), permute(c, d, 0x40), 0x5410);
}

template <class S> FUNC float luma(const Job &j, unsigned x, unsigned y) { return S::read(j.src[0] + (uint64_t)y * j.pitch[0] + x * S::bytes); }
template <class S> FUNC float u(const Job &j, unsigned x, unsigned y) { return S::read(j.src[1] + (uint64_t)(y / 2) * j.pitch[1] + (x / 2) * 2 * S::bytes); }
template <class S> FUNC float v(const Job &j, unsigned x, unsigned y) { return S::read(j.src[1] + (uint64_t)(y / 2) * j.pitch[1] + ((x / 2) * 2 + 1) * S::bytes); }

// Three bytes a pixel. A thread writes bytes 16t to 16t+15 of a row. These are, for
// a = 16 (t/3) + 4 (t%3), words t%3 to t%3+3 of the six that pixels a to a+7 make.
template <class S> FUNC void rgb24(const Job &j) {
	const unsigned t = column(), y0 = 2 * row(), end = 3 * (unsigned)j.width;
	if (16 * t >= end || y0 >= (unsigned)j.height)
		return;
	const unsigned third = t / 3, phase = t - 3 * third, x0 = 16 * third + 4 * phase;
	const unsigned rows[2] = {y0, y0 + 1 < (unsigned)j.height ? y0 + 1 : y0}; // the last row twice, where there is no second
	if (x0 + 8 > (unsigned)j.width || 16 * t + 16 > end) {
		for (unsigned y = y0; y <= rows[1]; y++)
			for (unsigned x = 16 * t / 3; x < (unsigned)j.width && 3 * x < 16 * t + 16; x++) {
				float p = luma<S>(j, x, y), q = u<S>(j, x, y), r = v<S>(j, x, y);
				for (unsigned c = 0; c < 3; c++)
					if (3 * x + c >= 16 * t && 3 * x + c < 16 * t + 16)
						store8(j.dst[0] + (uint64_t)y * j.rowStride[0] + 3 * x + c, whole(colour(j, c, p, q, r), 255.f) & 255);
			}
		return;
	}
	float uv[8], add[3][4];
	samples<S, 4 * S::bytes>(j.src[1] + (uint64_t)(y0 / 2) * j.pitch[1] + x0 * S::bytes, uv);
	for (int c = 0; c < 3; c++)
		chroma(j, c, uv, add[c]);
	float both[2][8];
	for (int i = 0; i < 2; i++)
		samples<S, 4 * S::bytes>(j.src[0] + (uint64_t)rows[i] * j.pitch[0] + x0 * S::bytes, both[i]);
#pragma unroll
	for (int k = 0; k < 2; k++) {
		const float *l = both[k];
		uint32_t b[24], w[6];
		for (int i = 0; i < 8; i++)
			for (int c = 0; c < 3; c++)
				b[3 * i + c] = whole(saturate(fma_rn(j.matrix[c][0], l[i], add[c][i / 2])), 255.f);
		for (int i = 0; i < 6; i++)
			w[i] = pack(b[4 * i], b[4 * i + 1], b[4 * i + 2], b[4 * i + 3]);
		for (int i = 0; i < 4; i++)
			w[i] = choose(phase == 0, w[i], choose(phase == 1, w[i + 1], w[i + 2]));
		store128(j.dst[0] + (uint64_t)rows[k] * j.rowStride[0] + 16 * t, w[0], w[1], w[2], w[3]);
	}
}

// Four bytes a pixel, in the order of the matrix.
template <class S> FUNC void rgb32(const Job &j) {
	const unsigned x0 = 8 * column(), y0 = 2 * row();
	if (x0 >= (unsigned)j.width || y0 >= (unsigned)j.height)
		return;
	const unsigned rows[2] = {y0, y0 + 1 < (unsigned)j.height ? y0 + 1 : y0}; // the last row twice, where there is no second
	if (x0 + 8 > (unsigned)j.width) {
		for (unsigned y = y0; y <= rows[1]; y++)
			for (unsigned x = x0; x < (unsigned)j.width; x++) {
				float p = luma<S>(j, x, y), q = u<S>(j, x, y), r = v<S>(j, x, y);
				for (int c = 0; c < 4; c++)
					store8(j.dst[0] + (uint64_t)y * j.rowStride[0] + 4 * x + c, whole(colour(j, c, p, q, r), 255.f) & 255);
			}
		return;
	}
	float uv[8], add[4][4];
	samples<S, 8>(j.src[1] + (uint64_t)(y0 / 2) * j.pitch[1] + x0 * S::bytes, uv);
	for (int c = 0; c < 4; c++)
		chroma(j, c, uv, add[c]);
	float both[2][8];
	for (int i = 0; i < 2; i++)
		samples<S, 8>(j.src[0] + (uint64_t)rows[i] * j.pitch[0] + x0 * S::bytes, both[i]);
#pragma unroll
	for (int k = 0; k < 2; k++) {
		const float *l = both[k];
		uint32_t b[4], w[8];
		for (int i = 0; i < 8; i++) {
			for (int c = 0; c < 4; c++)
				b[c] = whole(saturate(fma_rn(j.matrix[c][0], l[i], add[c][i / 2])), 255.f);
			w[i] = pack(b[0], b[1], b[2], b[3]);
		}
		const uint64_t to = j.dst[0] + (uint64_t)rows[k] * j.rowStride[0] + 4 * x0;
		store128(to, w[0], w[1], w[2], w[3]);
		store128(to + 16, w[4], w[5], w[6], w[7]);
	}
}

// What planes hold. write puts eight samples of channel c, one puts one.
struct Bytes {
	static const int bytes = 1;
	FUNC void write(const Job &j, int c, uint64_t to, const float l[8], const float uv[8]) {
		float add[4];
		chroma(j, c, uv, add);
		uint32_t b[8];
		for (int i = 0; i < 8; i++)
			b[i] = whole(saturate(fma_rn(j.matrix[c][0], l[i], add[i / 2])), 255.f);
		store64(to, pack(b[0], b[1], b[2], b[3]), pack(b[4], b[5], b[6], b[7]));
	}
	FUNC void one(const Job &j, int c, uint64_t to, float p, float q, float r) { store8(to, whole(colour(j, c, p, q, r), 255.f) & 255); }
};

FUNC void floats(const Job &j, int c, const float l[8], const float uv[8], float f[8]) {
	float add[4], rest[4];
	chroma(j, c, uv, add);
	chroma_rest(j, c, uv, rest);
	for (int i = 0; i < 8; i++) {
		float sum = fma_rn(j.matrix[c][0], l[i], add[i / 2]) + fma_rn(j.rest[c][0], l[i], rest[i / 2]);
		f[i] = most(j.low[c], least(j.high[c], sum));
	}
}
struct Halves {
	static const int bytes = 2;
	FUNC void write(const Job &j, int c, uint64_t to, const float l[8], const float uv[8]) {
		float f[8];
		floats(j, c, l, uv, f);
		store128(to, half(f[0]) | half(f[1]) << 16, half(f[2]) | half(f[3]) << 16, half(f[4]) | half(f[5]) << 16, half(f[6]) | half(f[7]) << 16);
	}
	FUNC void one(const Job &j, int c, uint64_t to, float p, float q, float r) { store16(to, half(precise(j, c, p, q, r))); }
};
struct Floats {
	static const int bytes = 4;
	FUNC void write(const Job &j, int c, uint64_t to, const float l[8], const float uv[8]) {
		float f[8];
		floats(j, c, l, uv, f);
		store128(to, bits(f[0]), bits(f[1]), bits(f[2]), bits(f[3]));
		store128(to + 16, bits(f[4]), bits(f[5]), bits(f[6]), bits(f[7]));
	}
	FUNC void one(const Job &j, int c, uint64_t to, float p, float q, float r) { store32(to, bits(precise(j, c, p, q, r))); }
};

// Three planes.
template <class S, class D> FUNC void planes(const Job &j) {
	const unsigned x0 = 8 * column(), y0 = 2 * row();
	if (x0 >= (unsigned)j.width || y0 >= (unsigned)j.height)
		return;
	const unsigned rows[2] = {y0, y0 + 1 < (unsigned)j.height ? y0 + 1 : y0}; // the last row twice, where there is no second
	if (x0 + 8 > (unsigned)j.width) {
		for (unsigned y = y0; y <= rows[1]; y++)
			for (unsigned x = x0; x < (unsigned)j.width; x++) {
				float p = luma<S>(j, x, y), q = u<S>(j, x, y), r = v<S>(j, x, y);
				for (int c = 0; c < 3; c++)
					D::one(j, c, j.dst[c] + (uint64_t)y * j.rowStride[c] + x * D::bytes, p, q, r);
			}
		return;
	}
	float uv[8];
	samples<S, 8>(j.src[1] + (uint64_t)(y0 / 2) * j.pitch[1] + x0 * S::bytes, uv);
	float both[2][8];
	for (int i = 0; i < 2; i++)
		samples<S, 8>(j.src[0] + (uint64_t)rows[i] * j.pitch[0] + x0 * S::bytes, both[i]);
#pragma unroll
	for (int k = 0; k < 2; k++) {
		const float *l = both[k];
		for (int c = 0; c < 3; c++)
			D::write(j, c, j.dst[c] + (uint64_t)rows[k] * j.rowStride[c] + x0 * D::bytes, l, uv);
	}
}

extern "C" __global__ void rgb24_u8(Job j) { rgb24<U8>(j); }
extern "C" __global__ void rgb24_u16(Job j) { rgb24<U16>(j); }
extern "C" __global__ void rgb32_u8(Job j) { rgb32<U8>(j); }
extern "C" __global__ void rgb32_u16(Job j) { rgb32<U16>(j); }
extern "C" __global__ void planes_u8_u8(Job j) { planes<U8, Bytes>(j); }
extern "C" __global__ void planes_u8_f16(Job j) { planes<U8, Halves>(j); }
extern "C" __global__ void planes_u8_f32(Job j) { planes<U8, Floats>(j); }
extern "C" __global__ void planes_u16_u8(Job j) { planes<U16, Bytes>(j); }
extern "C" __global__ void planes_u16_f16(Job j) { planes<U16, Halves>(j); }
extern "C" __global__ void planes_u16_f32(Job j) { planes<U16, Floats>(j); }
