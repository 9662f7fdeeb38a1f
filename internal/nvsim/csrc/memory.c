// Device memory. One sparse file is mapped twice: without any access at the
// addresses that the client sees, so that touching them on the host faults, and,
// readable where an allocation is, at addresses only the simulator knows. An
// allocation ends where a page ends, so running over its end faults as well.
#include "cuda_int.h"
#include <sys/mman.h>
#include <unistd.h>

#define ARENA ((size_t)1 << 36)
#define PAGE ((size_t)4096)

static CUdeviceptr base;
static char *mirror;
static size_t cursor;
static struct alloc *allocs;
static struct hostmem *hostmems;

static int arena(void) {
	if (base)
		return 1;
	int fd = memfd_create("nvsim device memory", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, (off_t)ARENA))
		return 0;
	void *d = mmap(NULL, ARENA, PROT_NONE, MAP_SHARED | MAP_NORESERVE, fd, 0);
	void *m = mmap(NULL, ARENA, PROT_NONE, MAP_SHARED | MAP_NORESERVE, fd, 0);
	close(fd);
	if (d == MAP_FAILED || m == MAP_FAILED)
		return 0;
	madvise(d, ARENA, MADV_DONTDUMP);
	madvise(m, ARENA, MADV_DONTDUMP);
	base = (CUdeviceptr)(uintptr_t)d;
	mirror = m;
	return 1;
}

struct alloc *alloc_list(void) { return allocs; }

struct alloc *alloc_find(CUdeviceptr p) {
	for (struct alloc *a = allocs; a; a = a->next)
		if (p >= a->start && p < a->start + a->size)
			return a;
	return NULL;
}

struct alloc *alloc_in(CUdeviceptr p, size_t n) {
	struct alloc *a = alloc_find(p);
	return a && n <= a->size && p - a->start <= a->size - n ? a : NULL;
}

void *device_host(CUdeviceptr p) { return mirror + (p - base); }

void *nvsim_host(CUdeviceptr p, size_t n) {
	nvsim_lock();
	void *h = alloc_in(p, n) ? device_host(p) : NULL;
	nvsim_unlock();
	return h;
}

CUcontext nvsim_owner(CUdeviceptr p) {
	nvsim_lock();
	struct alloc *a = alloc_find(p);
	CUcontext c = a ? a->ctx : NULL;
	nvsim_unlock();
	return c;
}

// alloc_open makes an allocation readable and writable at its own address, for the
// time a kernel runs.
void alloc_open(struct alloc *a, int open) { mprotect((void *)(uintptr_t)a->first, a->pages * PAGE, open ? PROT_READ | PROT_WRITE : PROT_NONE); }

static size_t accounted;

static size_t in_use(void) {
	size_t n = accounted;
	for (struct alloc *a = allocs; a; a = a->next)
		n += a->size;
	return n;
}

CUresult alloc_new(CUcontext ctx, size_t size, const char *kind, int client, struct alloc **out) {
	size_t pages = ALIGN(size, PAGE) / PAGE, limit = (size_t)nvsim_env_int("NVSIM_OOM", 0);
	struct sim_device *dev = ctx->dev;
	if (!arena() || size > dev->profile->memory || dev->used + size > dev->profile->memory || (limit && in_use() + size > limit))
		return CUDA_ERROR_OUT_OF_MEMORY;
	// The next free range after the last one, with an empty page before and after:
	// addresses come back late.
	size_t need = pages + 1;
	struct alloc **at = NULL;
	for (int round = 0; round < 2 && !at; round++, cursor = 1) {
		size_t from = MAX(cursor, (size_t)1);
		struct alloc **p = &allocs;
		for (;; p = &(*p)->next) {
			size_t next = *p ? ((*p)->first - base) / PAGE : ARENA / PAGE;
			if (from + need <= next) {
				cursor = from;
				at = p;
				break;
			}
			if (!*p)
				break;
			size_t end = next + (*p)->pages + 1;
			if (end > from)
				from = end;
		}
		if (at)
			break;
	}
	if (!at)
		return CUDA_ERROR_OUT_OF_MEMORY;
	struct alloc *a = calloc(1, sizeof *a);
	a->first = base + cursor * PAGE;
	a->pages = pages;
	a->size = size;
	a->start = (a->first + pages * PAGE - size) & ~(CUdeviceptr)511;
	a->ctx = ctx;
	a->dev = dev;
	a->kind = kind;
	a->client = client;
	a->next = *at;
	*at = a;
	cursor += need;
	char *h = mirror + (a->first - base);
	if (mprotect(h, pages * PAGE, PROT_READ | PROT_WRITE)) {
		*at = a->next;
		free(a);
		return CUDA_ERROR_OUT_OF_MEMORY;
	}
	if (size <= (size_t)16 << 20)
		memset(h, 0xcd, pages * PAGE); // never zero by chance
	dev->used += size;
	if (client) {
		char note[64];
		snprintf(note, sizeof note, "%zu bytes, %s", size, kind);
		nvsim_live_add((void *)(uintptr_t)a->start, "device memory", note);
	}
	*out = a;
	return OK;
}

void alloc_end(struct alloc *a) {
	for (struct alloc **p = &allocs; *p; p = &(*p)->next)
		if (*p == a) {
			*p = a->next;
			break;
		}
	char *h = mirror + (a->first - base);
	madvise(h, a->pages * PAGE, MADV_REMOVE);
	mprotect(h, a->pages * PAGE, PROT_NONE);
	a->dev->used -= a->size;
	if (a->client)
		nvsim_live_del((void *)(uintptr_t)a->start);
	free(a->records);
	free(a);
}

// alloc_drop is what the end of a context does with memory left in it.
void alloc_drop(CUcontext ctx) {
	for (struct alloc *a = allocs, *next; a; a = next) {
		next = a->next;
		if (a->ctx != ctx)
			continue;
		if (a->client)
			nvsim_violation("context end", "%zu bytes of device memory (%s) are still allocated", a->size, a->kind);
		alloc_end(a);
	}
}

CUresult nvsim_alloc(CUcontext ctx, size_t size, const char *kind, CUdeviceptr *p) {
	struct alloc *a;
	nvsim_lock();
	CUresult r = alloc_new(ctx, size, kind, 0, &a);
	if (r == OK)
		*p = a->start;
	nvsim_unlock();
	return r;
}

void nvsim_free(CUdeviceptr p) {
	nvsim_lock();
	struct alloc *a = alloc_find(p);
	if (a) {
		context_drain(a->ctx);
		alloc_end(a);
	}
	nvsim_unlock();
}

CUresult nvsim_account(CUcontext ctx, long bytes) {
	size_t limit = (size_t)nvsim_env_int("NVSIM_OOM", 0);
	CUresult r = OK;
	nvsim_lock();
	if (bytes > 0 && ((limit && in_use() + (size_t)bytes > limit) || ctx->dev->used + (size_t)bytes > ctx->dev->profile->memory))
		r = CUDA_ERROR_OUT_OF_MEMORY;
	else {
		ctx->dev->used += (size_t)bytes;
		accounted += (size_t)bytes;
	}
	nvsim_unlock();
	return r;
}

static CUresult get(size_t n, const char *kind, CUdeviceptr *p) {
	struct alloc *a;
	if (!p || !n)
		return BAD;
	nvsim_lock();
	CUresult r = alloc_new(nvsim_current(), n, kind, 1, &a);
	if (r == OK)
		*p = a->start;
	nvsim_unlock();
	return r;
}

API(cuMemAlloc_v2)(CUdeviceptr *p, size_t n) {
	ENTER(NEED_CTX);
	CUresult r = get(n, __func__, p);
	LEAVE(r, "%#llx,%zu", p && !r ? *p : 0, n);
}

API(cuMemAllocManaged)(CUdeviceptr *p, size_t n, unsigned flags) {
	ENTER(NEED_CTX);
	CUresult r = get(n, __func__, p);
	LEAVE(r, "%#llx,%zu,%u", p && !r ? *p : 0, n, flags);
}

API(cuMemAllocPitch_v2)(CUdeviceptr *p, size_t *pitch, size_t w, size_t h, unsigned elem) {
	ENTER(NEED_CTX);
	if (!pitch || !w || !h || (elem != 4 && elem != 8 && elem != 16))
		LEAVE(BAD, "%zux%zu,%u", w, h, elem);
	*pitch = ALIGN(w, (size_t)512);
	CUresult r = get(*pitch * h, __func__, p);
	LEAVE(r, "%#llx,%zu,%zux%zu,%u", p && !r ? *p : 0, *pitch, w, h, elem);
}

API(cuMemFree_v2)(CUdeviceptr p) {
	ENTER(NEED_CTX | ANY_STATE);
	if (!p)
		LEAVE(OK, "0");
	nvsim_lock();
	CUresult r = OK;
	struct alloc *a = alloc_find(p);
	if (!a || a->start != p || !a->client) {
		nvsim_violation(__func__, "%#llx is not an allocation of the client", p);
		r = BAD;
	} else {
		context_drain(a->ctx); // it waits for the device
		alloc_end(a);
	}
	nvsim_unlock();
	LEAVE(r, "%#llx", p);
}

API(cuMemGetInfo_v2)(size_t *free_, size_t *total) {
	ENTER(NEED_CTX);
	struct sim_device *d = nvsim_current()->dev;
	size_t limit = (size_t)nvsim_env_int("NVSIM_OOM", 0);
	nvsim_lock();
	if (total)
		*total = d->profile->memory;
	if (free_)
		*free_ = limit ? limit - MIN(limit, in_use()) : d->profile->memory - d->used - ((size_t)600 << 20) * (d->primary_refs > 0);
	nvsim_unlock();
	LEAVE(OK, " ");
}

API(cuMemGetAddressRange_v2)(CUdeviceptr *start, size_t *size, CUdeviceptr p) {
	ENTER(NEED_CTX);
	nvsim_lock();
	struct alloc *a = alloc_find(p);
	if (a && start)
		*start = a->start;
	if (a && size)
		*size = a->size;
	nvsim_unlock();
	LEAVE(a ? OK : CUDA_ERROR_NOT_FOUND, "%#llx", p);
}

// --- host memory that the device can reach

struct hostmem *hostmem_find(const void *p) {
	for (struct hostmem *h = hostmems; h; h = h->next)
		if ((uintptr_t)p >= h->start && (uintptr_t)p < h->start + h->size)
			return h;
	return NULL;
}

static void host_add(uintptr_t start, size_t size, size_t mapped, int registered, unsigned flags) {
	struct hostmem *h = calloc(1, sizeof *h);
	char note[64];
	*h = (struct hostmem){start, size, mapped, registered, flags, nvsim_current(), hostmems};
	hostmems = h;
	snprintf(note, sizeof note, "%zu bytes", size);
	nvsim_live_add((void *)start, registered ? "registered memory" : "pinned memory", note);
}

static CUresult host_alloc(void **p, size_t n, unsigned flags) {
	if (!p || !n || flags & ~7u)
		return BAD;
	size_t mapped = ALIGN(n, PAGE) + PAGE;
	char *m = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (m == MAP_FAILED)
		return CUDA_ERROR_OUT_OF_MEMORY;
	mprotect(m + mapped - PAGE, PAGE, PROT_NONE);
	nvsim_lock();
	host_add((uintptr_t)m, n, mapped, 0, flags);
	nvsim_unlock();
	*p = m;
	return OK;
}

API(cuMemHostAlloc)(void **p, size_t n, unsigned flags) {
	ENTER(NEED_CTX);
	CUresult r = host_alloc(p, n, flags);
	LEAVE(r, "%p,%zu,%#x", p && !r ? *p : NULL, n, flags);
}

API(cuMemAllocHost_v2)(void **p, size_t n) {
	ENTER(NEED_CTX);
	CUresult r = host_alloc(p, n, 0);
	LEAVE(r, "%p,%zu", p && !r ? *p : NULL, n);
}

static CUresult host_end(const char *fn, void *p, int registered) {
	CUresult r = BAD;
	nvsim_lock();
	for (struct hostmem **h = &hostmems; *h; h = &(*h)->next)
		if ((*h)->start == (uintptr_t)p && (*h)->registered == registered) {
			struct hostmem *m = *h;
			context_drain(m->ctx);
			*h = m->next;
			nvsim_live_del(p);
			if (!registered)
				munmap(p, m->mapped);
			free(m);
			r = OK;
			break;
		}
	nvsim_unlock();
	if (r)
		nvsim_violation(fn, "%p is not such memory", p);
	return r;
}

API(cuMemFreeHost)(void *p) {
	ENTER(NEED_CTX | ANY_STATE);
	LEAVE(host_end(__func__, p, 0), "%p", p);
}

API(cuMemHostRegister_v2)(void *p, size_t n, unsigned flags) {
	ENTER(NEED_CTX);
	if (!p || !n || flags & ~15u)
		LEAVE(BAD, "%p,%zu", p, n);
	nvsim_lock();
	int taken = hostmem_find(p) || hostmem_find((char *)p + n - 1);
	if (!taken)
		host_add((uintptr_t)p, n, 0, 1, flags);
	nvsim_unlock();
	LEAVE(taken ? CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED : OK, "%p,%zu", p, n);
}

API(cuMemHostUnregister)(void *p) {
	ENTER(NEED_CTX | ANY_STATE);
	LEAVE(host_end(__func__, p, 1), "%p", p);
}

API(cuMemHostGetDevicePointer_v2)(CUdeviceptr *d, void *p, unsigned flags) {
	ENTER(NEED_CTX);
	nvsim_lock();
	struct hostmem *h = hostmem_find(p);
	nvsim_unlock();
	if (!d || flags || !h)
		LEAVE(BAD, "%p", p);
	*d = (CUdeviceptr)(uintptr_t)p;
	LEAVE(OK, "%p", p);
}

static CUresult pointer_attribute(void *out, CUpointer_attribute at, CUdeviceptr p) {
	struct alloc *a = alloc_find(p);
	struct hostmem *h = hostmem_find((void *)(uintptr_t)p);
	if (!out)
		return BAD;
	if (!a && !h)
		return at == 5 || at == 12 || at == 15 ? BAD : BAD;
	switch ((int)at) {
	case 1: *(CUcontext *)out = a ? a->ctx : h->ctx; return OK;
	case 2: *(unsigned *)out = a ? 2 : 1; return OK;
	case 3: *(CUdeviceptr *)out = p; return OK;
	case 4:
		if (a)
			return BAD;
		*(void **)out = (void *)(uintptr_t)p;
		return OK;
	case 6: *(unsigned *)out = 1; return OK;
	case 7: *(unsigned long long *)out = a ? a->start : h->start; return OK;
	case 8: *(int *)out = 0; return OK;
	case 9: *(int *)out = a ? a->dev->ordinal : h->ctx->dev->ordinal; return OK;
	case 10: *(int *)out = a ? !a->async : 0; return OK;
	case 11: *(CUdeviceptr *)out = a ? a->start : h->start; return OK;
	case 12: *(size_t *)out = a ? a->size : h->size; return OK;
	case 13: *(int *)out = 1; return OK;
	case 17: *(CUmemoryPool *)out = a ? a->pool : NULL; return OK;
	}
	return CUDA_ERROR_NOT_SUPPORTED;
}

API(cuPointerGetAttribute)(void *out, CUpointer_attribute at, CUdeviceptr p) {
	ENTER(NEED_INIT);
	nvsim_lock();
	CUresult r = pointer_attribute(out, at, p);
	nvsim_unlock();
	LEAVE(r, "%d,%#llx", at, p);
}

API(cuPointerGetAttributes)(unsigned n, CUpointer_attribute *at, void **out, CUdeviceptr p) {
	ENTER(NEED_INIT);
	nvsim_lock();
	for (unsigned i = 0; i < n; i++)
		pointer_attribute(out[i], at[i], p);
	nvsim_unlock();
	LEAVE(OK, "%u,%#llx", n, p);
}
