// Copies. Each is turned into rows of bytes on the simulator's side, with the
// device ranges checked to lie inside one allocation.
#include "cuda_int.h"

struct side {
	char *host;        // where to read or write
	size_t pitch;
	int device;        // whether it is device memory
	struct alloc *mem; // then
};

struct rows {
	struct side src, dst;
	size_t width, height;
	char *staged;
};

static void run(void *arg) {
	struct rows *r = arg;
	const char *s = r->src.host;
	char *d = r->dst.host;
	if (r->height == 1 || (r->src.pitch == r->width && r->dst.pitch == r->width))
		memmove(d, s, r->width * r->height);
	else
		for (size_t y = 0; y < r->height; y++)
			memmove(d + y * r->dst.pitch, s + y * r->src.pitch, r->width);
	free(r->staged);
	free(r);
}

static size_t span(size_t w, size_t pitch, size_t h) { return (h - 1) * pitch + w; }

// resolve finds out what an address is. type is a CUmemorytype, or 0 to find out.
static CUresult resolve(int type, CUdeviceptr p, size_t pitch, size_t w, size_t h, struct side *out) {
	size_t n = span(w, pitch, h);
	struct alloc *a = alloc_find(p);
	out->pitch = pitch;
	if (a && (type == 0 || type == CU_MEMORYTYPE_DEVICE || type == CU_MEMORYTYPE_UNIFIED)) {
		if (!alloc_in(p, n))
			return BAD;
		out->device = 1;
		out->mem = a;
		out->host = device_host(p);
		return OK;
	}
	if (a && type == CU_MEMORYTYPE_HOST)
		return BAD; // a device address as host memory
	if (type == CU_MEMORYTYPE_DEVICE) {
		struct hostmem *m = hostmem_find((void *)(uintptr_t)p); // pinned memory is device memory too
		if (!m || p + n > m->start + m->size)
			return BAD;
	}
	if (!p)
		return BAD;
	out->host = (char *)(uintptr_t)p;
	return OK;
}

enum { ASYNC = 1 };

// copy does what all copies do once the sides are known.
static CUresult copy(const char *fn, struct rows r, CUstream stream, int flags, CUdeviceptr src, CUdeviceptr dst) {
	CUcontext ctx = nvsim_current();
	struct CUstream_st *s = stream_get(ctx, stream);
	if (!s) {
		nvsim_violation(fn, "%p is not a live stream", (void *)stream);
		return CUDA_ERROR_INVALID_HANDLE;
	}
	struct rows *p = malloc(sizeof *p);
	*p = r;
	struct sim_work w = {.fn = fn, .run = run, .arg = p};
	if (r.src.device)
		w.access[w.naccess++] = (struct sim_access){src, r.width, r.src.pitch, r.height, 0};
	if (r.dst.device)
		w.access[w.naccess++] = (struct sim_access){dst, r.width, r.dst.pitch, r.height, 1};
	int wait = !(flags & ASYNC);
	if (!r.dst.device && !hostmem_find(r.dst.host))
		wait = 1; // to pageable memory it waits
	if (!r.src.device && !wait && !hostmem_find(r.src.host)) {
		// From pageable memory it is staged before the call returns.
		size_t n = span(r.width, r.src.pitch, r.height);
		p->staged = malloc(n);
		memcpy(p->staged, r.src.host, n);
		p->src.host = p->staged;
	}
	CUresult e = submit(s, &w, NULL);
	if (e == OK && wait)
		stream_drain(s);
	return e;
}

static CUresult linear(const char *fn, int stype, CUdeviceptr src, int dtype, CUdeviceptr dst, size_t n, CUstream stream, int flags) {
	struct rows r = {.width = n, .height = 1};
	if (!n)
		return OK;
	nvsim_lock();
	CUresult e = resolve(stype, src, n, n, 1, &r.src);
	if (e == OK)
		e = resolve(dtype, dst, n, n, 1, &r.dst);
	nvsim_unlock();
	return e ? e : copy(fn, r, stream, flags, src, dst);
}

#define DEV CU_MEMORYTYPE_DEVICE
#define HOST CU_MEMORYTYPE_HOST
#define P(x) ((CUdeviceptr)(uintptr_t)(x))

API(cuMemcpyHtoD_v2)(CUdeviceptr d, const void *s, size_t n) {
	ENTER(NEED_CTX);
	LEAVE(linear(__func__, HOST, P(s), DEV, d, n, NULL, 0), "%#llx,%p,%zu", d, s, n);
}

API(cuMemcpyDtoH_v2)(void *d, CUdeviceptr s, size_t n) {
	ENTER(NEED_CTX);
	LEAVE(linear(__func__, DEV, s, HOST, P(d), n, NULL, 0), "%p,%#llx,%zu", d, s, n);
}

API(cuMemcpyDtoD_v2)(CUdeviceptr d, CUdeviceptr s, size_t n) {
	ENTER(NEED_CTX);
	LEAVE(linear(__func__, DEV, s, DEV, d, n, NULL, ASYNC), "%#llx,%#llx,%zu", d, s, n);
}

API(cuMemcpyHtoDAsync_v2)(CUdeviceptr d, const void *s, size_t n, CUstream st) {
	ENTER(NEED_CTX);
	LEAVE(linear(__func__, HOST, P(s), DEV, d, n, st, ASYNC), "%#llx,%p,%zu,%p", d, s, n, (void *)st);
}

API(cuMemcpyDtoHAsync_v2)(void *d, CUdeviceptr s, size_t n, CUstream st) {
	ENTER(NEED_CTX);
	LEAVE(linear(__func__, DEV, s, HOST, P(d), n, st, ASYNC), "%p,%#llx,%zu,%p", d, s, n, (void *)st);
}

API(cuMemcpyDtoDAsync_v2)(CUdeviceptr d, CUdeviceptr s, size_t n, CUstream st) {
	ENTER(NEED_CTX);
	LEAVE(linear(__func__, DEV, s, DEV, d, n, st, ASYNC), "%#llx,%#llx,%zu,%p", d, s, n, (void *)st);
}

API(cuMemcpy)(CUdeviceptr d, CUdeviceptr s, size_t n) {
	ENTER(NEED_CTX);
	LEAVE(linear(__func__, 0, s, 0, d, n, NULL, 0), "%#llx,%#llx,%zu", d, s, n);
}

API(cuMemcpyAsync)(CUdeviceptr d, CUdeviceptr s, size_t n, CUstream st) {
	ENTER(NEED_CTX);
	LEAVE(linear(__func__, 0, s, 0, d, n, st, ASYNC), "%#llx,%#llx,%zu,%p", d, s, n, (void *)st);
}

static CUresult peer(const char *fn, CUdeviceptr d, CUcontext dc, CUdeviceptr s, CUcontext sc, size_t n, CUstream st, int flags) {
	if (!nvsim_ctx_alive(dc) || !nvsim_ctx_alive(sc))
		return CUDA_ERROR_INVALID_CONTEXT;
	return linear(fn, DEV, s, DEV, d, n, st, flags);
}

API(cuMemcpyPeer)(CUdeviceptr d, CUcontext dc, CUdeviceptr s, CUcontext sc, size_t n) {
	ENTER(NEED_CTX);
	LEAVE(peer(__func__, d, dc, s, sc, n, NULL, 0), "%#llx,%#llx,%zu", d, s, n);
}

API(cuMemcpyPeerAsync)(CUdeviceptr d, CUcontext dc, CUdeviceptr s, CUcontext sc, size_t n, CUstream st) {
	ENTER(NEED_CTX);
	LEAVE(peer(__func__, d, dc, s, sc, n, st, ASYNC), "%#llx,%#llx,%zu,%p", d, s, n, (void *)st);
}

// side2D turns one half of a CUDA_MEMCPY2D into an address.
static CUdeviceptr side2D(int type, const void *host, CUdeviceptr dev, size_t x, size_t y, size_t pitch) {
	CUdeviceptr p = type == CU_MEMORYTYPE_HOST ? P(host) : dev;
	return p ? p + y * pitch + x : 0;
}

// plain makes memory of an array.
static int plain(const char *fn, CUmemorytype *type, CUarray h, CUdeviceptr *p, size_t *pitch, size_t right, size_t bottom) {
	size_t width, height;
	if (*type != CU_MEMORYTYPE_ARRAY)
		return 1;
	if (!nvsim_array(h, p, pitch, &width, &height)) {
		nvsim_violation(fn, "%p is not a live array", (void *)h);
		return 0;
	}
	*type = CU_MEMORYTYPE_DEVICE;
	return right <= width && bottom <= height;
}

static CUresult copy2D(const char *fn, const CUDA_MEMCPY2D *c, CUstream st, int flags, CUdeviceptr *from, CUdeviceptr *to) {
	if (!c)
		return BAD;
	if (!c->WidthInBytes || !c->Height)
		return OK;
	CUDA_MEMCPY2D k = *c;
	if (!plain(fn, &k.srcMemoryType, c->srcArray, &k.srcDevice, &k.srcPitch, c->srcXInBytes + c->WidthInBytes, c->srcY + c->Height) ||
		!plain(fn, &k.dstMemoryType, c->dstArray, &k.dstDevice, &k.dstPitch, c->dstXInBytes + c->WidthInBytes, c->dstY + c->Height))
		return BAD;
	c = &k;
	if (c->srcMemoryType < 1 || c->srcMemoryType > 4 || c->dstMemoryType < 1 || c->dstMemoryType > 4)
		return BAD;
	size_t sp = c->srcPitch ? c->srcPitch : c->WidthInBytes + c->srcXInBytes, dp = c->dstPitch ? c->dstPitch : c->WidthInBytes + c->dstXInBytes;
	if (sp < c->WidthInBytes + c->srcXInBytes || dp < c->WidthInBytes + c->dstXInBytes)
		return BAD;
	CUdeviceptr s = side2D(c->srcMemoryType, c->srcHost, c->srcDevice, c->srcXInBytes, c->srcY, sp);
	CUdeviceptr d = side2D(c->dstMemoryType, c->dstHost, c->dstDevice, c->dstXInBytes, c->dstY, dp);
	*from = s, *to = d;
	struct rows r = {.width = c->WidthInBytes, .height = c->Height};
	nvsim_lock();
	// What x, y and a device pointer make up must still be the pointer's own memory.
	CUresult e = resolve(c->srcMemoryType, s, sp, r.width, r.height, &r.src);
	if (e == OK)
		e = resolve(c->dstMemoryType, d, dp, r.width, r.height, &r.dst);
	if (e == OK && r.src.device && !alloc_in(c->srcDevice, 1) != !r.src.mem)
		e = BAD;
	if (e == OK && ((r.src.device && alloc_find(c->srcDevice) != r.src.mem) || (r.dst.device && alloc_find(c->dstDevice) != r.dst.mem)))
		e = BAD;
	nvsim_unlock();
	return e ? e : copy(fn, r, st, flags, s, d);
}

#define COPY2D(st, flags)                                                                                                                                      \
	ENTER(NEED_CTX);                                                                                                                                       \
	CUdeviceptr from = 0, to = 0;                                                                                                                          \
	CUresult r = copy2D(__func__, c, st, flags, &from, &to);                                                                                               \
	LEAVE(r, "%#llx,%#llx,%zux%zu,%p", to, from, c ? c->WidthInBytes : 0, c ? c->Height : 0, (void *)st)

API(cuMemcpy2D_v2)(const CUDA_MEMCPY2D *c) { COPY2D((CUstream)NULL, 0); }
API(cuMemcpy2DUnaligned_v2)(const CUDA_MEMCPY2D *c) { COPY2D((CUstream)NULL, 0); }
API(cuMemcpy2DAsync_v2)(const CUDA_MEMCPY2D *c, CUstream st) { COPY2D(st, ASYNC); }
