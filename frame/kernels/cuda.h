// What the kernels need of CUDA C++, without NVIDIA's headers: clang knows the
// language, and this names the instructions. On the host, where the simulator runs
// the same kernels, the simulator's header has defined the language already.
//
// Addresses are integers: the structs that hold them are filled by Go. Arithmetic is
// what is written: no contraction, and fma is one rounding on both sides.
#pragma once

#if defined(__CUDA__) && defined(__clang__)

typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned int uint32_t;
typedef int int32_t;
typedef unsigned long long uint64_t;

#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#define FUNC static __device__ __attribute__((always_inline)) inline

FUNC unsigned column() { return __nvvm_read_ptx_sreg_ctaid_x() * __nvvm_read_ptx_sreg_ntid_x() + __nvvm_read_ptx_sreg_tid_x(); }
FUNC unsigned row() { return __nvvm_read_ptx_sreg_ctaid_y() * __nvvm_read_ptx_sreg_ntid_y() + __nvvm_read_ptx_sreg_tid_y(); }

FUNC float fma_rn(float a, float b, float c) { return __nvvm_fma_rn_f(a, b, c); }
FUNC float saturate(float v) { return __nvvm_saturate_f(v); } // to 0..1
FUNC float least(float a, float b) { return __nvvm_fmin_f(a, b); }
FUNC float most(float a, float b) { return __nvvm_fmax_f(a, b); }
FUNC uint32_t bits(float v) { return __nvvm_bitcast_f2i(v); }
FUNC float number(uint32_t v) { return __nvvm_bitcast_i2f(v); }
// Bytes of {b, a}, b's highest, by the four digits of s.
FUNC uint32_t permute(uint32_t a, uint32_t b, uint32_t s) { return __nvvm_prmt(a, b, s); }
// One of two without a branch.
FUNC uint32_t choose(uint32_t condition, uint32_t a, uint32_t b) {
	uint32_t v;
	asm("{ .reg .pred p; setp.ne.u32 p, %3, 0; selp.b32 %0, %1, %2, p; }" : "=r"(v) : "r"(a), "r"(b), "r"(condition));
	return v;
}

FUNC uint32_t half(float v) {
	uint16_t h;
	asm("cvt.rn.f16.f32 %0, %1;" : "=h"(h) : "f"(v));
	return h;
}

// Sources are not written while a kernel runs.
FUNC uint32_t load8(uint64_t p) {
	uint32_t v;
	asm("ld.global.nc.u8 %0, [%1];" : "=r"(v) : "l"(p));
	return v;
}
FUNC uint32_t load16(uint64_t p) {
	uint16_t v;
	asm("ld.global.nc.u16 %0, [%1];" : "=h"(v) : "l"(p));
	return v;
}
FUNC uint32_t load32(uint64_t p) {
	uint32_t v;
	asm("ld.global.nc.u32 %0, [%1];" : "=r"(v) : "l"(p));
	return v;
}
FUNC void load64(uint64_t p, uint32_t &a, uint32_t &b) { asm("ld.global.nc.v2.u32 {%0, %1}, [%2];" : "=r"(a), "=r"(b) : "l"(p)); }
FUNC void store8(uint64_t p, uint32_t v) { asm volatile("st.global.u8 [%0], %1;" ::"l"(p), "r"(v) : "memory"); }
FUNC void store16(uint64_t p, uint32_t v) { asm volatile("st.global.u16 [%0], %1;" ::"l"(p), "h"((uint16_t)v) : "memory"); }
FUNC void store32(uint64_t p, uint32_t v) { asm volatile("st.global.u32 [%0], %1;" ::"l"(p), "r"(v) : "memory"); }
FUNC void store64(uint64_t p, uint32_t a, uint32_t b) { asm volatile("st.global.v2.u32 [%0], {%1, %2};" ::"l"(p), "r"(a), "r"(b) : "memory"); }
FUNC void store128(uint64_t p, uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
	asm volatile("st.global.v4.u32 [%0], {%1, %2, %3, %4};" ::"l"(p), "r"(a), "r"(b), "r"(c), "r"(d) : "memory");
}

#else

#define FUNC static inline

FUNC unsigned column() { return blockIdx.x * blockDim.x + threadIdx.x; }
FUNC unsigned row() { return blockIdx.y * blockDim.y + threadIdx.y; }
FUNC float fma_rn(float a, float b, float c) { return std::fma(a, b, c); }
FUNC float saturate(float v) { return v < 0 ? 0 : v > 1 ? 1 : v; }
FUNC float least(float a, float b) { return b < a ? b : a; }
FUNC float most(float a, float b) { return a < b ? b : a; }
FUNC uint32_t bits(float v) {
	uint32_t u;
	memcpy(&u, &v, 4);
	return u;
}
FUNC float number(uint32_t u) {
	float v;
	memcpy(&v, &u, 4);
	return v;
}
FUNC uint32_t permute(uint32_t a, uint32_t b, uint32_t s) {
	uint64_t both = (uint64_t)b << 32 | a;
	uint32_t v = 0;
	for (int i = 0; i < 4; i++)
		v |= (uint32_t)(both >> 8 * (s >> 4 * i & 7) & 255) << 8 * i;
	return v;
}

FUNC uint32_t choose(uint32_t condition, uint32_t a, uint32_t b) { return condition ? a : b; }

FUNC uint32_t half(float v) {
	uint32_t u = bits(v), sign = u >> 16 & 0x8000, a = u & 0x7fffffff;
	if (a > 0x7f800000)
		return sign | 0x7fff;
	if (a >= 0x477ff000) // rounds to more than the largest
		return sign | 0x7c00;
	if (a < 0x38800000) { // subnormal: in units of 2^-24
		float f = number(a) + 0.5f; // whose last place is 2^-24, so that the addition rounds
		return sign | (bits(f) - bits(0.5f));
	}
	a += 0xfff + (a >> 13 & 1);
	return sign | (a - 0x38000000) >> 13;
}

// A vector access needs its natural alignment: the device faults without it.
static inline void nvsim_aligned(uint64_t p, unsigned n) {
	if (p % n)
		__builtin_trap();
}
template <class T> FUNC T load(uint64_t p) {
	T v;
	nvsim_aligned(p, sizeof(T));
	memcpy(&v, (const void *)p, sizeof v);
	return v;
}
template <class T> FUNC void store(uint64_t p, T v) {
	nvsim_aligned(p, sizeof(T));
	memcpy((void *)p, &v, sizeof v);
}
FUNC uint32_t load8(uint64_t p) { return load<uint8_t>(p); }
FUNC uint32_t load16(uint64_t p) { return load<uint16_t>(p); }
FUNC uint32_t load32(uint64_t p) { return load<uint32_t>(p); }
FUNC void load64(uint64_t p, uint32_t &a, uint32_t &b) {
	nvsim_aligned(p, 8);
	a = load32(p), b = load32(p + 4);
}
FUNC void store8(uint64_t p, uint32_t v) { store(p, (uint8_t)v); }
FUNC void store16(uint64_t p, uint32_t v) { store(p, (uint16_t)v); }
FUNC void store32(uint64_t p, uint32_t v) { store(p, v); }
FUNC void store64(uint64_t p, uint32_t a, uint32_t b) {
	nvsim_aligned(p, 8);
	store32(p, a), store32(p + 4, b);
}
FUNC void store128(uint64_t p, uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
	nvsim_aligned(p, 16);
	store64(p, a, b), store64(p + 8, c, d);
}

#endif
