// What the files of libcuda share.
#pragma once
#include "sim.h"

struct CUstream_st {
	uint32_t magic;
	int alive, id, nonblocking, priority, is_legacy, own; // own: of the driver itself
	unsigned flags;
	CUcontext ctx;
	struct CUstream_st *next;
	struct sim_clock clock; // what the last operation comes after; its own count is the last submitted
};

struct CUevent_st {
	uint32_t magic;
	int alive;
	unsigned flags;
	CUcontext ctx;
	int recorded;
	struct sim_clock clock;
	int stream_id;
	uint64_t seq;      // 0: never recorded
	uint64_t *stamp;   // shared with the work that records: time in ns when it is reached
};

struct record {
	struct sim_access a;
	int stream;
	uint64_t seq;
	const char *fn;
};

struct alloc {
	CUdeviceptr start;
	size_t size;
	CUdeviceptr first; // whole pages
	size_t pages;
	CUcontext ctx;
	struct sim_device *dev;
	const char *kind;
	int client; // freed by the client
	int async;  // from cuMemAllocAsync
	struct CUmempool_st *pool;
	struct record *records;
	int nrecords, crecords;
	struct alloc *next; // by address
};

struct hostmem {
	uintptr_t start;
	size_t size, mapped;
	int registered;
	unsigned flags;
	CUcontext ctx;
	struct hostmem *next;
};

extern __thread struct ctx_stack {
	CUcontext top[64];
	int n;
	int exiting;
} ctx_stack;

extern int sim_initialised;
extern struct sim_device sim_devices[8];
extern int sim_ndevices;
extern struct sim_clock host_clock;

void devices_init(void);
struct sim_device *device_get(CUdevice d);
CUcontext context_new(struct sim_device *dev, unsigned flags, int primary);
void context_end(CUcontext c);
CUresult context_push(CUcontext c);
int driver_version(void);

struct alloc *alloc_find(CUdeviceptr p);
struct alloc *alloc_in(CUdeviceptr p, size_t n);
CUresult alloc_new(CUcontext ctx, size_t size, const char *kind, int client, struct alloc **out);
void alloc_end(struct alloc *a);
void alloc_drop(CUcontext ctx);
struct alloc *alloc_list(void);
void alloc_open(struct alloc *a, int open);
struct hostmem *hostmem_find(const void *p);
void *device_host(CUdeviceptr p);

struct CUstream_st *stream_get(CUcontext ctx, CUstream s);
struct CUstream_st *stream_new(CUcontext ctx, unsigned flags, int priority);
void stream_drop(CUcontext ctx);
void stream_drain(struct CUstream_st *s);
void context_drain(CUcontext ctx);
CUresult submit(struct CUstream_st *s, struct sim_work *w, uint64_t **stamp);
int reached(int id, uint64_t seq);
void wait_for(int id, uint64_t seq);
void clock_merge(struct sim_clock *into, const struct sim_clock *from);
void host_sync(int id, uint64_t seq, const struct sim_clock *clock);
void order_check(struct CUstream_st *s, const struct sim_work *w);
void order_forget(struct alloc *a);
int order_on(void);
