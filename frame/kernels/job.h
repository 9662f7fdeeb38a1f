// One launch: what to read, how to weigh it, where to put it. Go's struct of the
// same name is its mirror.
#pragma once
#include "cuda.h"

// Two axes: 0 is horizontal in the source, 1 vertical. Two classes of component: 0
// is the first (luma, red), 1 the others.
struct Job {
	uint64_t src[3]; // components: Y, U, V or R, G, B
	uint64_t dst[4]; // channels
	// Tables of weights, [class][axis]: for each of length[axis] positions the first
	// sample, then that many weights, taps[class][axis] times.
	uint64_t table[2][2];
	int32_t pitch[3]; // bytes from row to row
	int32_t step[3];  // bytes from sample to sample
	int32_t taps[2][2];
	int32_t length[2];
	int32_t rowStride[4], pixelStride; // of dst, in bytes
	int32_t width, height;          // of dst
	int32_t left, top;              // where the picture lies in it; the rest is padding
	int32_t transpose;              // x of dst runs along axis 1
	int32_t components;             // to read: 1 or 3
	int32_t channels;               // to write: 1 to 4
	int32_t shift;                  // of integers, when they are written
	float scale;                    // of integers: the value of 1
	// Channel c is matrix[c] times (component, component, component, 1). For floats,
	// matrix has few enough bits for sums without error, and rest is what it lacks.
	float matrix[4][4], rest[4][4];
	float low[4], high[4], pad[4]; // limits and padding of floats
};

// Types of samples.
struct U8 {
	static const int bytes = 1;
	FUNC float read(uint64_t p) { return (float)load8(p); }
};
struct U16 {
	static const int bytes = 2;
	FUNC float read(uint64_t p) { return (float)load16(p); }
};

// colour is channel c, of 0 to 1, for integers.
FUNC float colour(const Job &j, int c, float y, float u, float v) {
	const float *m = j.matrix[c];
	return saturate(fma_rn(m[0], y, fma_rn(m[1], u, fma_rn(m[2], v, m[3]))));
}

// precise is channel c for floats.
FUNC float precise(const Job &j, int c, float y, float u, float v) {
	const float *m = j.matrix[c], *r = j.rest[c];
	float sum = fma_rn(m[0], y, fma_rn(m[1], u, fma_rn(m[2], v, m[3])));
	float rest = fma_rn(r[0], y, fma_rn(r[1], u, fma_rn(r[2], v, r[3])));
	return most(j.low[c], least(j.high[c], sum + rest));
}

// whole rounds a number of 0 to 2^22, times scale, to the nearest integer, in the low
// bits of the result; the others are those of a float.
FUNC uint32_t whole(float v, float scale) { return bits(fma_rn(v, scale, 8388608.f)); }
