// Filling memory, and memory that comes and goes in stream order.
#include "cuda_int.h"

struct fill {
	char *p;
	size_t pitch, width, height; // width in elements
	int size;
	unsigned value;
};

static void run(void *arg) {
	struct fill *f = arg;
	for (size_t y = 0; y < f->height; y++) {
		char *p = f->p + y * f->pitch;
		if (f->size == 1)
			memset(p, (int)f->value, f->width);
		else
			for (size_t x = 0; x < f->width; x++)
				memcpy(p + x * (size_t)f->size, &f->value, (size_t)f->size);
	}
	free(f);
}

static CUresult fill(const char *fn, CUdeviceptr d, size_t pitch, unsigned v, int size, size_t w, size_t h, CUstream stream) {
	struct CUstream_st *s = stream_get(nvsim_current(), stream);
	if (!s) {
		nvsim_violation(fn, "%p is not a live stream", (void *)stream);
		return CUDA_ERROR_INVALID_HANDLE;
	}
	size_t bytes = w * (size_t)size;
	if (!w || !h)
		return OK;
	if (d % (unsigned)size || (h > 1 && (pitch < bytes || pitch % (unsigned)size)))
		return BAD;
	nvsim_lock();
	if (!alloc_in(d, (h - 1) * pitch + bytes)) {
		nvsim_unlock();
		return BAD;
	}
	struct fill *f = malloc(sizeof *f);
	*f = (struct fill){device_host(d), pitch, w, h, size, v};
	struct sim_work work = {.fn = fn, .run = run, .arg = f, .naccess = 1, .access = {{d, bytes, pitch, h, 1}}};
	nvsim_unlock();
	return submit(s, &work, NULL);
}

#define FILL(name, type, size)                                                                                                                                 \
	API(cuMemset##name##_v2)(CUdeviceptr d, type v, size_t n) {                                                                                            \
		ENTER(NEED_CTX);                                                                                                                               \
		LEAVE(fill(__func__, d, 0, v, size, n, 1, NULL), "%#llx,%#x,%zu", d, (unsigned)v, n);                                                          \
	}                                                                                                                                                      \
	API(cuMemset##name##Async)(CUdeviceptr d, type v, size_t n, CUstream st) {                                                                             \
		ENTER(NEED_CTX);                                                                                                                               \
		LEAVE(fill(__func__, d, 0, v, size, n, 1, st), "%#llx,%#x,%zu,%p", d, (unsigned)v, n, (void *)st);                                             \
	}
#define FILL2D(name, type, size)                                                                                                                               \
	API(cuMemset##name##_v2)(CUdeviceptr d, size_t pitch, type v, size_t w, size_t h) {                                                                    \
		ENTER(NEED_CTX);                                                                                                                               \
		LEAVE(fill(__func__, d, pitch, v, size, w, h, NULL), "%#llx,%zu,%#x,%zux%zu", d, pitch, (unsigned)v, w, h);                                    \
	}                                                                                                                                                      \
	API(cuMemset##name##Async)(CUdeviceptr d, size_t pitch, type v, size_t w, size_t h, CUstream st) {                                                     \
		ENTER(NEED_CTX);                                                                                                                               \
		LEAVE(fill(__func__, d, pitch, v, size, w, h, st), "%#llx,%zu,%#x,%zux%zu,%p", d, pitch, (unsigned)v, w, h, (void *)st);                       \
	}
FILL(D8, unsigned char, 1)
FILL(D16, unsigned short, 2)
FILL(D32, unsigned int, 4)
FILL2D(D2D8, unsigned char, 1)
FILL2D(D2D16, unsigned short, 2)
FILL2D(D2D32, unsigned int, 4)
// The build looks for these: API(cuMemsetD8_v2) API(cuMemsetD8Async) API(cuMemsetD16_v2) API(cuMemsetD16Async) API(cuMemsetD32_v2)
// API(cuMemsetD32Async) API(cuMemsetD2D8_v2) API(cuMemsetD2D8Async) API(cuMemsetD2D16_v2) API(cuMemsetD2D16Async) API(cuMemsetD2D32_v2)
// API(cuMemsetD2D32Async)

// --- pools

struct CUmempool_st {
	uint32_t magic;
	int alive;
	CUdevice device;
	int is_default;
};
enum { POOL_MAGIC = 0x506f6f31 };

static struct CUmempool_st *default_pool(CUdevice d) {
	static struct CUmempool_st pools[8];
	if (!pools[d].magic)
		pools[d] = (struct CUmempool_st){POOL_MAGIC, 1, d, 1};
	return &pools[d];
}

static CUresult alloc_async(const char *fn, CUdeviceptr *p, size_t n, CUmemoryPool pool, CUstream stream) {
	struct CUstream_st *s = stream_get(nvsim_current(), stream);
	if (!p || !s)
		return s ? BAD : CUDA_ERROR_INVALID_HANDLE;
	if (!n) {
		*p = 0;
		return OK;
	}
	struct alloc *a;
	nvsim_lock();
	CUresult r = alloc_new(s->ctx, n, fn, 1, &a);
	if (r == OK) {
		a->async = 1;
		a->pool = pool ? pool : default_pool(s->ctx->dev->ordinal);
		*p = a->start;
		struct sim_work w = {.fn = fn, .naccess = 1, .access = {{a->start, a->size, 0, 1, 1}}};
		submit(s, &w, NULL); // the memory is there in the stream's order
	}
	nvsim_unlock();
	return r;
}

API(cuMemAllocAsync)(CUdeviceptr *p, size_t n, CUstream st) {
	ENTER(NEED_CTX);
	CUresult r = alloc_async(__func__, p, n, NULL, st);
	LEAVE(r, "%#llx,%zu,%p", p && !r ? *p : 0, n, (void *)st);
}

API(cuMemAllocFromPoolAsync)(CUdeviceptr *p, size_t n, CUmemoryPool pool, CUstream st) {
	ENTER(NEED_CTX);
	if (!pool || pool->magic != POOL_MAGIC || !pool->alive)
		LEAVE(BAD, "%p", (void *)pool);
	CUresult r = alloc_async(__func__, p, n, pool, st);
	LEAVE(r, "%#llx,%zu,%p,%p", p && !r ? *p : 0, n, (void *)pool, (void *)st);
}

API(cuMemFreeAsync)(CUdeviceptr p, CUstream st) {
	ENTER(NEED_CTX | ANY_STATE);
	struct CUstream_st *s = stream_get(nvsim_current(), st);
	if (!s)
		LEAVE(CUDA_ERROR_INVALID_HANDLE, "%#llx,%p", p, (void *)st);
	if (!p)
		LEAVE(OK, "0,%p", (void *)st);
	nvsim_lock();
	struct alloc *a = alloc_find(p);
	CUresult r = OK;
	if (!a || a->start != p || !a->client) {
		nvsim_violation(__func__, "%#llx is not an allocation of the client", p);
		r = BAD;
	} else {
		// Everything that uses the memory must come before the free.
		struct sim_work w = {.fn = __func__, .naccess = 1, .access = {{a->start, a->size, 0, 1, 1}}};
		submit(s, &w, NULL);
		wait_for(s->id, s->clock.n[s->id]);
		alloc_end(a);
	}
	nvsim_unlock();
	LEAVE(r, "%#llx,%p", p, (void *)st);
}

API(cuDeviceGetDefaultMemPool)(CUmemoryPool *p, CUdevice d) {
	ENTER(NEED_INIT);
	if (!p || !device_get(d))
		LEAVE(CUDA_ERROR_INVALID_DEVICE, "%d", d);
	*p = default_pool(d);
	LEAVE(OK, "%p,%d", (void *)*p, d);
}

API(cuDeviceGetMemPool)(CUmemoryPool *p, CUdevice d) {
	ENTER(NEED_INIT);
	if (!p || !device_get(d))
		LEAVE(CUDA_ERROR_INVALID_DEVICE, "%d", d);
	*p = default_pool(d);
	LEAVE(OK, "%p,%d", (void *)*p, d);
}

API(cuMemPoolCreate)(CUmemoryPool *p, const CUmemPoolProps *props) {
	ENTER(NEED_INIT);
	if (!p || !props)
		LEAVE(BAD, "NULL");
	if (!nvsim_zero(props->reserved, sizeof props->reserved))
		nvsim_violation(__func__, "reserved bytes of CUmemPoolProps are set");
	if (props->allocType != 1 || props->location.type != 1 || !device_get(props->location.id))
		LEAVE(BAD, "%d,%d", props->allocType, props->location.id);
	struct CUmempool_st *m = malloc(sizeof *m);
	*m = (struct CUmempool_st){POOL_MAGIC, 1, props->location.id, 0};
	nvsim_live_add(m, "memory pool", "");
	*p = m;
	LEAVE(OK, "%p", (void *)m);
}

static int bad_pool(const char *fn, CUmemoryPool p) {
	if (p && p->magic == POOL_MAGIC && p->alive)
		return 0;
	nvsim_violation(fn, "%p is not a live memory pool", (void *)p);
	return 1;
}

API(cuMemPoolDestroy)(CUmemoryPool p) {
	ENTER(NEED_INIT | ANY_STATE);
	if (bad_pool(__func__, p) || p->is_default)
		LEAVE(BAD, "%p", (void *)p);
	p->alive = 0;
	nvsim_live_del(p);
	LEAVE(OK, "%p", (void *)p);
}

API(cuMemPoolSetAttribute)(CUmemoryPool p, CUmemPool_attribute a, void *v) {
	ENTER(NEED_INIT);
	if (bad_pool(__func__, p) || !v || a < 1 || a > 8)
		LEAVE(BAD, "%p,%d", (void *)p, a);
	LEAVE(OK, "%p,%d", (void *)p, a);
}

API(cuMemPoolGetAttribute)(CUmemoryPool p, CUmemPool_attribute a, void *v) {
	ENTER(NEED_INIT);
	if (bad_pool(__func__, p) || !v || a < 1 || a > 8)
		LEAVE(BAD, "%p,%d", (void *)p, a);
	if (a <= 3)
		*(int *)v = 1;
	else
		*(uint64_t *)v = 0;
	LEAVE(OK, "%p,%d", (void *)p, a);
}

API(cuMemPoolTrimTo)(CUmemoryPool p, size_t n) {
	ENTER(NEED_INIT);
	if (bad_pool(__func__, p))
		LEAVE(BAD, "%p", (void *)p);
	LEAVE(OK, "%p,%zu", (void *)p, n);
}
