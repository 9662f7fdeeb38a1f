// What the simulator's libraries share. Everything here is C of our own; the
// driver's types come from headers made of the layout goldens.
#pragma once
#define _GNU_SOURCE
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <wchar.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned long long CUdeviceptr;
typedef int CUdevice;
typedef struct CUctx_st *CUcontext;
typedef struct CUstream_st *CUstream;
typedef struct CUevent_st *CUevent;
typedef struct CUmod_st *CUmodule;
typedef struct CUfunc_st *CUfunction;
typedef struct CUarray_st *CUarray;
typedef struct CUmempool_st *CUmemoryPool;
typedef struct CUlink_st *CUlinkState;
typedef struct CUlib_st *CUlibrary;
typedef struct CUkern_st *CUkernel;
typedef struct CUmipmap_st *CUmipmappedArray;
typedef struct CUgraphicsResource_st *CUgraphicsResource;
typedef unsigned long long CUtexObject;
typedef void (*CUhostFn)(void *);
typedef uint64_t cuuint64_t;
typedef struct CUvideoctxlock_st *CUvideoctxlock;
typedef void *CUvideodecoder, *CUvideoparser, *CUvideosource;
typedef long long CUvideotimestamp;
typedef unsigned long tcu_ulong;

#include "cuda_gen.h"

#define EXPORT __attribute__((visibility("default")))
#define API(name) EXPORT CUresult name
#define PRINTF(f, a) __attribute__((format(printf, f, a)))
#define LEN(a) ((int)(sizeof(a) / sizeof *(a)))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define ALIGN(x, n) (((x) + (n)-1) / (n) * (n))

// A client's fault that hardware would not tell: a line in the report, and the
// process fails at its end.
// NVSIM_SITES is a file for where in the simulator each was found, for the test that
// every rule has a client that breaks it.
#define nvsim_violation(...) nvsim_violation_at(__FILE__, __LINE__, __VA_ARGS__)
EXPORT void nvsim_violation_at(const char *file, int line, const char *fn, const char *format, ...) PRINTF(4, 5);
// One line of the trace of all calls.
EXPORT void nvsim_trace(const char *format, ...) PRINTF(1, 2);
EXPORT int nvsim_tracing(void);
// Whether the environment makes this call fail, and with what code.
EXPORT int nvsim_fault(const char *fn, CUresult *code);
// For tests that inject faults in their own process: package nvsim's Inject and State.
EXPORT void nvsim_inject(const char *faults);
EXPORT int nvsim_state(char *text, int size);
// nvsim_enter opens every call: fault injection, lost contexts, initialisation.
EXPORT int nvsim_enter(const char *fn, int flags, CUresult *r);
EXPORT CUresult nvsim_leave(const char *fn, CUresult r, const char *format, ...) PRINTF(3, 4);
EXPORT const char *nvsim_env(const char *name);
EXPORT long nvsim_env_int(const char *name, long otherwise);
// Every handle that must be given back.
EXPORT void nvsim_live_add(const void *handle, const char *kind, const char *note);
EXPORT void nvsim_live_del(const void *handle);
// Time that was spent in calls, for benchmarks that want the client's own.
EXPORT void nvsim_spent(uint64_t since);
// The memory of a handle that has ended, which is freed much later.
EXPORT void nvsim_bury(void *handle);
// The one lock of the simulated driver, recursive.
EXPORT void nvsim_lock(void);
EXPORT void nvsim_unlock(void);
EXPORT int nvsim_zero(const void *p, size_t n);
EXPORT uint64_t nvsim_now_ns(void);

enum { NEED_INIT = 1, NEED_CTX = 2, ANY_STATE = 4, QUIET = 8 };

// ENTER(flags) is the first line of an API function, LEAVE its return.
#define ENTER(flags)                                                                                                                                           \
	do {                                                                                                                                                   \
		CUresult r_;                                                                                                                                   \
		if (nvsim_enter(__func__, flags, &r_))                                                                                                         \
			return nvsim_leave(__func__, r_, " ");                                                                                                 \
	} while (0)
#define LEAVE(r, ...) return nvsim_leave(__func__, (CUresult)(r), __VA_ARGS__)
#define OK CUDA_SUCCESS
#define BAD CUDA_ERROR_INVALID_VALUE

// A video decode engine's answer for one codec, chroma format and depth.
struct sim_caps {
	int codec, chroma, depths; // depths: bit 0 for 8, 1 for 10, 2 for 12 bits
	unsigned max_w, max_h, min_w, min_h, mbs;
};

struct sim_profile {
	const char *name, *device;
	int major, minor, sms;
	size_t memory;
	int decoders, encoders;
	const struct sim_caps *caps;
	int ncaps;
};

struct sim_device {
	int ordinal;
	const struct sim_profile *profile;
	size_t used;
	struct CUctx_st *primary;
	int primary_refs;
	unsigned primary_flags;
};

#define MAX_STREAM_IDS 256
// Which operations of every stream came before: one count a stream.
struct sim_clock {
	uint64_t n[MAX_STREAM_IDS];
};

struct CUctx_st {
	uint32_t magic;
	int alive;
	struct sim_device *dev;
	unsigned flags;
	int is_primary;
	CUresult lost; // a sticky error
	struct CUstream_st *legacy, *streams;
	uint64_t id;
};

enum { CTX_MAGIC = 0x43747831, STREAM_MAGIC = 0x53747231, EVENT_MAGIC = 0x45766e31, MODULE_MAGIC = 0x4d6f6431 };

// One access of device memory by work on a stream, for order checking.
struct sim_access {
	CUdeviceptr start;
	size_t width, pitch, height; // pitch is ignored for one row
	int write;
};

// Work on a stream. run is called with arg in stream order, on the executor's
// thread in asynchronous mode, and owns what arg points to.
struct sim_work {
	const char *fn;
	void (*run)(void *arg);
	void *arg;
	struct sim_access access[8];
	int naccess;
};

EXPORT CUcontext nvsim_current(void);
EXPORT int nvsim_ctx_alive(CUcontext ctx);
// nvsim_submit runs work in the order of stream (0, 1 and 2 as in the driver) of
// ctx. nvsim_wait waits until everything submitted so far to it is done.
EXPORT CUresult nvsim_submit(CUcontext ctx, CUstream stream, struct sim_work *work);
EXPORT CUresult nvsim_wait(CUcontext ctx, CUstream stream);
EXPORT int nvsim_stream_ok(CUcontext ctx, CUstream stream);
// A stream of the driver itself, that no other waits for or is waited for by.
EXPORT CUstream nvsim_stream_new(CUcontext ctx);
EXPORT void nvsim_stream_end(CUstream stream);
// Work that was submitted with nvsim_submit_op can be waited for. Once it is told to the
// client (known), what comes later in the program comes after it.
struct sim_op {
	int stream; // -1: none
	uint64_t seq;
	struct sim_clock clock;
};
EXPORT CUresult nvsim_submit_op(CUcontext ctx, CUstream stream, struct sim_work *work, struct sim_op *op);
EXPORT void nvsim_finish(const struct sim_op *op, int known);
// nvsim_owner is the context of an allocation, or NULL.
EXPORT CUcontext nvsim_owner(CUdeviceptr p);
// nvsim_alloc gives device memory that belongs to the driver, not to the client.
EXPORT CUresult nvsim_alloc(CUcontext ctx, size_t size, const char *kind, CUdeviceptr *p);
EXPORT void nvsim_free(CUdeviceptr p);
// nvsim_array finds the memory of a CUDA array; 0 if there is none.
EXPORT int nvsim_array(const void *array, CUdeviceptr *p, size_t *pitch, size_t *width, size_t *height);
// nvsim_account takes bytes from the device, or gives them back, without addresses.
EXPORT CUresult nvsim_account(CUcontext ctx, long bytes);
// nvsim_host is where the simulator itself reads and writes device memory, or NULL
// if the range is not inside one allocation.
EXPORT void *nvsim_host(CUdeviceptr p, size_t n);
