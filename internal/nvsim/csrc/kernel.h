// The host's idea of CUDA C++, for kernels whose twins run in the simulator: the
// same source, one thread after another. Kernels that synchronise within a block
// cannot run so and do not compile.
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#define __global__
#define __device__
#define __host__
#define __constant__
#define __forceinline__ inline
#define __noinline__
#define __restrict__ __restrict
#define __launch_bounds__(...)
#define __shared__ static_assert(false, "the simulator has no shared memory");

struct uint3 { unsigned x, y, z; };
struct dim3 { unsigned x, y, z; };
static thread_local uint3 threadIdx, blockIdx;
static thread_local dim3 blockDim, gridDim;

#define NVSIM_VECTOR(T, N)                                                                                                                                     \
	struct alignas(sizeof(T) * 2) N##2 { T x, y; };                                                                                                        \
	struct N##3 { T x, y, z; };                                                                                                                            \
	struct alignas(sizeof(T) * 4 > 16 ? 16 : sizeof(T) * 4) N##4 { T x, y, z, w; };                                                                        \
	static inline N##2 make_##N##2(T x, T y) { return {x, y}; }                                                                                            \
	static inline N##3 make_##N##3(T x, T y, T z) { return {x, y, z}; }                                                                                    \
	static inline N##4 make_##N##4(T x, T y, T z, T w) { return {x, y, z, w}; }
NVSIM_VECTOR(unsigned char, uchar)
NVSIM_VECTOR(signed char, char)
NVSIM_VECTOR(unsigned short, ushort)
NVSIM_VECTOR(short, short)
NVSIM_VECTOR(int, int)
NVSIM_VECTOR(float, float)
struct alignas(8) uint2 { unsigned x, y; };
struct alignas(16) uint4 { unsigned x, y, z, w; };

template <class T> static inline T min(T a, T b) { return b < a ? b : a; }
template <class T> static inline T max(T a, T b) { return a < b ? b : a; }
static inline int __float2int_rn(float v) { return (int)std::nearbyint(v); }
static inline unsigned __float2uint_rn(float v) { return v <= 0 ? 0 : (unsigned)std::nearbyint(v); }
static inline int __float2int_rd(float v) { return (int)std::floor(v); }
static inline float __saturatef(float v) { return v < 0 ? 0 : v > 1 ? 1 : v; }
static inline float __fmaf_rn(float a, float b, float c) { return std::fma(a, b, c); }
template <class T> static inline T __ldg(const T *p) { return *p; }
static inline float __uint_as_float(unsigned v) { float f; memcpy(&f, &v, 4); return f; }
static inline unsigned __float_as_uint(float v) { unsigned u; memcpy(&u, &v, 4); return u; }

template <class... A, size_t... I> static void nvsim_run(void (*k)(A...), void **p, const unsigned *d, std::index_sequence<I...>) {
	gridDim = {d[0], d[1], d[2]};
	blockDim = {d[3], d[4], d[5]};
	for (blockIdx.z = 0; blockIdx.z < d[2]; blockIdx.z++)
		for (blockIdx.y = 0; blockIdx.y < d[1]; blockIdx.y++)
			for (blockIdx.x = 0; blockIdx.x < d[0]; blockIdx.x++)
				for (threadIdx.z = 0; threadIdx.z < d[5]; threadIdx.z++)
					for (threadIdx.y = 0; threadIdx.y < d[4]; threadIdx.y++)
						for (threadIdx.x = 0; threadIdx.x < d[3]; threadIdx.x++)
							k(*static_cast<typename std::remove_reference<A>::type *>(p[I])...);
}

template <class... A> static void nvsim_start(void (*k)(A...), void **p, const unsigned *d) { nvsim_run(k, p, d, std::index_sequence_for<A...>()); }

#define NVSIM_KERNEL(name)                                                                                                                                     \
	extern "C" __attribute__((visibility("default"))) void nvsim_kernel_##name(void **p, const unsigned *d) { nvsim_start(name, p, d); }
