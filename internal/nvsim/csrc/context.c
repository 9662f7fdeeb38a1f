// Contexts: a stack for each thread, the primary context's count, and what is
// wrong when a thread ends with contexts still pushed.
#include "cuda_int.h"
#include <sys/syscall.h>
#include <unistd.h>

__thread struct ctx_stack ctx_stack;
static pthread_key_t stack_key;
static pthread_once_t stack_once = PTHREAD_ONCE_INIT;
static uint64_t next_id;

static void thread_end(void *p) {
	struct ctx_stack *s = p;
	if (s->n > 0 && !s->exiting)
		nvsim_violation("thread end", "%d contexts are still pushed", s->n);
}

static void stack_init(void) { pthread_key_create(&stack_key, thread_end); }

CUcontext nvsim_current(void) { return ctx_stack.n ? ctx_stack.top[ctx_stack.n - 1] : NULL; }

int nvsim_ctx_alive(CUcontext c) { return c && c->magic == CTX_MAGIC && c->alive; }

CUresult context_push(CUcontext c) {
	if (ctx_stack.n >= LEN(ctx_stack.top))
		return CUDA_ERROR_OUT_OF_MEMORY;
	pthread_once(&stack_once, stack_init);
	pthread_setspecific(stack_key, &ctx_stack);
	ctx_stack.top[ctx_stack.n++] = c;
	return OK;
}

CUcontext context_new(struct sim_device *dev, unsigned flags, int primary) {
	CUcontext c = calloc(1, sizeof *c);
	c->magic = CTX_MAGIC;
	c->alive = 1;
	c->dev = dev;
	c->flags = flags;
	c->is_primary = primary;
	c->id = ++next_id;
	c->legacy = stream_new(c, 0, 0);
	c->legacy->is_legacy = 1;
	return c;
}

// context_end frees what is in the context, which stays as a tombstone so that
// later uses of the handle are found.
void context_end(CUcontext c) {
	context_drain(c);
	alloc_drop(c);
	stream_drop(c);
	c->alive = 0;
	nvsim_live_del(c);
}

static CUresult create(CUcontext *out, unsigned flags, CUdevice d) {
	struct sim_device *dev = device_get(d);
	if (!out || flags & ~0x1ffu)
		return BAD;
	if (!dev)
		return CUDA_ERROR_INVALID_DEVICE;
	nvsim_lock();
	CUcontext c = context_new(dev, flags, 0);
	char note[32];
	snprintf(note, sizeof note, "device %d", d);
	nvsim_live_add(c, "context", note);
	nvsim_unlock();
	CUresult r = context_push(c);
	*out = c;
	return r;
}

API(cuCtxCreate_v2)(CUcontext *out, unsigned flags, CUdevice d) {
	ENTER(NEED_INIT);
	CUresult r = create(out, flags, d);
	LEAVE(r, "%p,%#x,%d", out ? (void *)*out : NULL, flags, d);
}

API(cuCtxDestroy_v2)(CUcontext c) {
	ENTER(NEED_INIT);
	if (!c)
		LEAVE(CUDA_ERROR_INVALID_CONTEXT, "NULL");
	if (!nvsim_ctx_alive(c)) {
		nvsim_violation(__func__, "%p is not a live context", (void *)c);
		LEAVE(CUDA_ERROR_CONTEXT_IS_DESTROYED, "%p", (void *)c);
	}
	if (c->is_primary) {
		nvsim_violation(__func__, "a primary context is released, not destroyed");
		LEAVE(CUDA_ERROR_INVALID_CONTEXT, "%p", (void *)c);
	}
	if (nvsim_current() == c)
		ctx_stack.n--;
	nvsim_lock();
	context_end(c);
	nvsim_unlock();
	LEAVE(OK, "%p", (void *)c);
}

API(cuCtxPushCurrent_v2)(CUcontext c) {
	CUresult r;
	if (nvsim_enter(__func__, ANY_STATE | NEED_INIT, &r))
		LEAVE(r, "%p", (void *)c);
	if (!c)
		LEAVE(BAD, "NULL");
	if (!nvsim_ctx_alive(c)) {
		nvsim_violation(__func__, "%p is not a live context", (void *)c);
		LEAVE(CUDA_ERROR_INVALID_CONTEXT, "%p", (void *)c);
	}
	LEAVE(context_push(c), "%p", (void *)c);
}

API(cuCtxPopCurrent_v2)(CUcontext *out) {
	CUresult r;
	if (nvsim_enter(__func__, ANY_STATE | NEED_INIT, &r))
		LEAVE(r, " ");
	if (!ctx_stack.n)
		LEAVE(CUDA_ERROR_INVALID_CONTEXT, " ");
	CUcontext c = ctx_stack.top[--ctx_stack.n];
	if (out)
		*out = c;
	LEAVE(OK, "%p", (void *)c);
}

API(cuCtxSetCurrent)(CUcontext c) {
	ENTER(ANY_STATE | NEED_INIT);
	if (c && !nvsim_ctx_alive(c)) {
		nvsim_violation(__func__, "%p is not a live context", (void *)c);
		LEAVE(CUDA_ERROR_INVALID_CONTEXT, "%p", (void *)c);
	}
	if (ctx_stack.n)
		ctx_stack.n--;
	LEAVE(c ? context_push(c) : OK, "%p", (void *)c);
}

API(cuCtxGetCurrent)(CUcontext *out) {
	ENTER(ANY_STATE | NEED_INIT);
	if (!out)
		LEAVE(BAD, "NULL");
	*out = nvsim_current();
	LEAVE(OK, "%p", (void *)*out);
}

API(cuCtxGetDevice)(CUdevice *d) {
	ENTER(NEED_CTX);
	if (!d)
		LEAVE(BAD, "NULL");
	*d = nvsim_current()->dev->ordinal;
	LEAVE(OK, "%d", *d);
}

API(cuCtxGetFlags)(unsigned *f) {
	ENTER(NEED_CTX);
	*f = nvsim_current()->flags;
	LEAVE(OK, "%u", *f);
}

API(cuCtxGetId)(CUcontext c, unsigned long long *id) {
	ENTER(NEED_INIT);
	c = c ? c : nvsim_current();
	if (!nvsim_ctx_alive(c) || !id)
		LEAVE(CUDA_ERROR_INVALID_CONTEXT, "%p", (void *)c);
	*id = c->id;
	LEAVE(OK, "%llu", *id);
}

API(cuCtxGetApiVersion)(CUcontext c, unsigned *v) {
	ENTER(NEED_INIT);
	(void)c;
	*v = 3020;
	LEAVE(OK, "%u", *v);
}

API(cuCtxSynchronize)(void) {
	ENTER(NEED_CTX);
	context_drain(nvsim_current());
	LEAVE(OK, " ");
}

API(cuCtxSetLimit)(CUlimit l, size_t v) {
	ENTER(NEED_CTX);
	LEAVE(OK, "%d,%zu", l, v);
}

API(cuCtxGetLimit)(size_t *v, CUlimit l) {
	ENTER(NEED_CTX);
	*v = 1024;
	LEAVE(OK, "%d", l);
}

API(cuCtxGetStreamPriorityRange)(int *least, int *greatest) {
	ENTER(NEED_CTX);
	if (least)
		*least = 0;
	if (greatest)
		*greatest = -5;
	LEAVE(OK, " ");
}

API(cuDevicePrimaryCtxRetain)(CUcontext *out, CUdevice d) {
	ENTER(NEED_INIT);
	struct sim_device *v = device_get(d);
	if (!v || !out)
		LEAVE(v ? BAD : CUDA_ERROR_INVALID_DEVICE, "%d", d);
	nvsim_lock();
	if (v->primary_refs++ == 0) {
		char note[32];
		snprintf(note, sizeof note, "device %d", d);
		// The handle of a primary context stays the same for the process.
		if (!v->primary)
			v->primary = context_new(v, v->primary_flags, 1);
		else if (!v->primary->alive) {
			v->primary->alive = 1;
			v->primary->lost = OK;
			v->primary->legacy = stream_new(v->primary, 0, 0);
			v->primary->legacy->is_legacy = 1;
		}
		nvsim_live_add(v->primary, "primary context", note);
	}
	*out = v->primary;
	nvsim_unlock();
	LEAVE(OK, "%p,%d", (void *)*out, d);
}

static CUresult release(const char *fn, CUdevice d) {
	struct sim_device *v = device_get(d);
	if (!v)
		return CUDA_ERROR_INVALID_DEVICE;
	CUresult r = OK;
	nvsim_lock();
	if (v->primary_refs == 0) {
		nvsim_violation(fn, "released more often than retained");
		r = CUDA_ERROR_INVALID_CONTEXT;
	} else if (--v->primary_refs == 0)
		context_end(v->primary);
	nvsim_unlock();
	return r;
}

API(cuDevicePrimaryCtxRelease)(CUdevice d) {
	ENTER(NEED_INIT | ANY_STATE);
	LEAVE(release(__func__, d), "%d", d);
}

API(cuDevicePrimaryCtxRelease_v2)(CUdevice d) {
	ENTER(NEED_INIT | ANY_STATE);
	LEAVE(release(__func__, d), "%d", d);
}

static CUresult set_flags(CUdevice d, unsigned flags) {
	struct sim_device *v = device_get(d);
	if (!v)
		return CUDA_ERROR_INVALID_DEVICE;
	v->primary_flags = flags;
	return OK;
}

API(cuDevicePrimaryCtxSetFlags)(CUdevice d, unsigned flags) {
	ENTER(NEED_INIT);
	LEAVE(set_flags(d, flags), "%d,%#x", d, flags);
}

API(cuDevicePrimaryCtxSetFlags_v2)(CUdevice d, unsigned flags) {
	ENTER(NEED_INIT);
	LEAVE(set_flags(d, flags), "%d,%#x", d, flags);
}

API(cuDevicePrimaryCtxGetState)(CUdevice d, unsigned *flags, int *active) {
	ENTER(NEED_INIT);
	struct sim_device *v = device_get(d);
	if (!v)
		LEAVE(CUDA_ERROR_INVALID_DEVICE, "%d", d);
	*flags = v->primary_flags;
	*active = v->primary_refs > 0;
	LEAVE(OK, "%d", d);
}

static CUresult reset(const char *fn, CUdevice d) {
	struct sim_device *v = device_get(d);
	if (!v)
		return CUDA_ERROR_INVALID_DEVICE;
	nvsim_violation(fn, "resets the primary context that other libraries use");
	return OK;
}

API(cuDevicePrimaryCtxReset)(CUdevice d) {
	ENTER(NEED_INIT);
	LEAVE(reset(__func__, d), "%d", d);
}

API(cuDevicePrimaryCtxReset_v2)(CUdevice d) {
	ENTER(NEED_INIT);
	LEAVE(reset(__func__, d), "%d", d);
}
