// Any source to any destination: crop, resize, flip, rotate, colour, normalise and
// layout, one pixel a thread.
#include "job.h"

// sum is the weighted mean of a component's samples around a position.
template <class S> FUNC float sum(const Job &j, int component, int cls, unsigned x, unsigned y) {
	const uint64_t tx = j.table[cls][0] + 4ull * x, ty = j.table[cls][1] + 4ull * y;
	const uint64_t nx = 4ull * (unsigned)j.length[0], ny = 4ull * (unsigned)j.length[1];
	const unsigned step = (unsigned)j.step[component], pitch = (unsigned)j.pitch[component];
	uint64_t line = j.src[component] + (uint64_t)load32(ty) * pitch + (uint64_t)load32(tx) * step;
	float total = 0;
	uint64_t wy = ty;
	for (int k = j.taps[cls][1]; k > 0; k--) {
		float across = 0;
		uint64_t p = line, wx = tx;
		for (int i = j.taps[cls][0]; i > 0; i--) {
			wx += nx;
			across = across + number(load32(wx)) * S::read(p);
			p += step;
		}
		wy += ny;
		total = total + number(load32(wy)) * across;
		line += pitch;
	}
	return total;
}

// Destinations: put writes channel c.
template <int N> struct Int {
	FUNC void put(const Job &j, int c, uint64_t p, float y, float u, float v) {
		uint32_t w = whole(colour(j, c, y, u, v), j.scale);
		if (N == 1)
			store8(p, w & 255);
		else
			store16(p, (w & 0xffff) << j.shift);
	}
	FUNC void pad(const Job &j, int c, uint64_t p) {
		uint32_t w = whole(j.pad[c], j.scale);
		if (N == 1)
			store8(p, w & 255);
		else
			store16(p, (w & 0xffff) << j.shift);
	}
};
struct F16 {
	FUNC void put(const Job &j, int c, uint64_t p, float y, float u, float v) { store16(p, half(precise(j, c, y, u, v))); }
	FUNC void pad(const Job &j, int c, uint64_t p) { store16(p, half(j.pad[c])); }
};
struct F32 {
	FUNC void put(const Job &j, int c, uint64_t p, float y, float u, float v) { store32(p, bits(precise(j, c, y, u, v))); }
	FUNC void pad(const Job &j, int c, uint64_t p) { store32(p, bits(j.pad[c])); }
};

template <class S, class D> FUNC void convert(const Job &j) {
	const unsigned x = column(), y = row();
	if (x >= (unsigned)j.width || y >= (unsigned)j.height)
		return;
	const unsigned along = x * (unsigned)j.pixelStride;
	unsigned a = x - (unsigned)j.left, b = y - (unsigned)j.top;
	if (j.transpose) {
		unsigned t = a;
		a = b, b = t;
	}
	if (a >= (unsigned)j.length[0] || b >= (unsigned)j.length[1]) {
		for (int c = 0; c < 4; c++)
			if (c < j.channels)
				D::pad(j, c, j.dst[c] + (uint64_t)y * (unsigned)j.rowStride[c] + along);
		return;
	}
	float p = sum<S>(j, 0, 0, a, b), q = 0, r = 0;
	if (j.components > 1) {
		q = sum<S>(j, 1, 1, a, b);
		r = sum<S>(j, 2, 1, a, b);
	}
	for (int c = 0; c < 4; c++)
		if (c < j.channels)
			D::put(j, c, j.dst[c] + (uint64_t)y * (unsigned)j.rowStride[c] + along, p, q, r);
}

extern "C" __global__ void convert_u8_u8(Job j) { convert<U8, Int<1>>(j); }
extern "C" __global__ void convert_u8_u16(Job j) { convert<U8, Int<2>>(j); }
extern "C" __global__ void convert_u8_f16(Job j) { convert<U8, F16>(j); }
extern "C" __global__ void convert_u8_f32(Job j) { convert<U8, F32>(j); }
extern "C" __global__ void convert_u16_u8(Job j) { convert<U16, Int<1>>(j); }
extern "C" __global__ void convert_u16_u16(Job j) { convert<U16, Int<2>>(j); }
extern "C" __global__ void convert_u16_f16(Job j) { convert<U16, F16>(j); }
extern "C" __global__ void convert_u16_f32(Job j) { convert<U16, F32>(j); }

// Words of 2, 10, 10 and 10 bits: channels 0, 1, 2 from bit 20 down; opaque.
template <class S> FUNC void words(const Job &j) {
	const unsigned x = column(), y = row();
	if (x >= (unsigned)j.width || y >= (unsigned)j.height)
		return;
	const uint64_t at = j.dst[0] + (uint64_t)y * (unsigned)j.rowStride[0] + (uint64_t)x * (unsigned)j.pixelStride;
	unsigned a = x - (unsigned)j.left, b = y - (unsigned)j.top;
	if (j.transpose) {
		unsigned t = a;
		a = b, b = t;
	}
	uint32_t w = 3u << 30;
	if (a >= (unsigned)j.length[0] || b >= (unsigned)j.length[1]) {
		for (int c = 0; c < 3; c++)
			w |= (whole(j.pad[c], j.scale) & 1023) << (20 - 10 * c);
	} else {
		float p = sum<S>(j, 0, 0, a, b), q = 0, r = 0;
		if (j.components > 1) {
			q = sum<S>(j, 1, 1, a, b);
			r = sum<S>(j, 2, 1, a, b);
		}
		for (int c = 0; c < 3; c++)
			w |= (whole(colour(j, c, p, q, r), j.scale) & 1023) << (20 - 10 * c);
	}
	store32(at, w);
}

extern "C" __global__ void convert_u8_w10(Job j) { words<U8>(j); }
extern "C" __global__ void convert_u16_w10(Job j) { words<U16>(j); }
