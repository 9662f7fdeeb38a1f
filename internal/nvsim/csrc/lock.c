// Context locks, and the video source functions that loaders look for.
#include "cuvid_int.h"

struct CUvideoctxlock_st {
	uint32_t magic;
	int alive;
	CUcontext ctx;
	pthread_mutex_t m;
};
enum { LOCK_MAGIC = 0x4c6f6331 };

API(cuvidCtxLockCreate)(CUvideoctxlock *out, CUcontext ctx) {
	ENTER(0);
	if (!out || !nvsim_ctx_alive(ctx))
		LEAVE(CUDA_ERROR_INVALID_CONTEXT, "%p", (void *)ctx);
	struct CUvideoctxlock_st *l = calloc(1, sizeof *l);
	pthread_mutexattr_t a;
	pthread_mutexattr_init(&a);
	pthread_mutexattr_settype(&a, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&l->m, &a);
	l->magic = LOCK_MAGIC;
	l->alive = 1;
	l->ctx = ctx;
	nvsim_live_add(l, "context lock", "");
	*out = l;
	LEAVE(OK, "%p,%p", (void *)l, (void *)ctx);
}

static int bad(const char *fn, CUvideoctxlock l) {
	if (l && l->magic == LOCK_MAGIC && l->alive)
		return 0;
	nvsim_violation(fn, "%p is not a live lock", (void *)l);
	return 1;
}

API(cuvidCtxLockDestroy)(CUvideoctxlock l) {
	ENTER(ANY_STATE);
	if (!l || bad(__func__, l))
		LEAVE(CUDA_ERROR_INVALID_HANDLE, "%p", (void *)l);
	l->alive = 0;
	nvsim_live_del(l);
	LEAVE(OK, "%p", (void *)l);
}

API(cuvidCtxLock)(CUvideoctxlock l, unsigned flags) {
	ENTER(ANY_STATE);
	if (!l || bad(__func__, l))
		LEAVE(CUDA_ERROR_INVALID_HANDLE, "%p", (void *)l);
	pthread_mutex_lock(&l->m);
	LEAVE(OK, "%p,%u", (void *)l, flags);
}

API(cuvidCtxUnlock)(CUvideoctxlock l, unsigned flags) {
	ENTER(ANY_STATE);
	if (!l || bad(__func__, l))
		LEAVE(CUDA_ERROR_INVALID_HANDLE, "%p", (void *)l);
	pthread_mutex_unlock(&l->m);
	LEAVE(OK, "%p,%u", (void *)l, flags);
}

API(cuvidCreateVideoSource)(CUvideosource *o, const char *f, CUVIDSOURCEPARAMS *p) {
	(void)o, (void)f, (void)p;
	LEAVE(CUDA_ERROR_NOT_SUPPORTED, " ");
}
API(cuvidCreateVideoSourceW)(CUvideosource *o, const wchar_t *f, CUVIDSOURCEPARAMS *p) {
	(void)o, (void)f, (void)p;
	LEAVE(CUDA_ERROR_NOT_SUPPORTED, " ");
}
API(cuvidDestroyVideoSource)(CUvideosource o) {
	(void)o;
	LEAVE(CUDA_ERROR_INVALID_HANDLE, " ");
}
API(cuvidSetVideoSourceState)(CUvideosource o, cudaVideoState s) {
	(void)o, (void)s;
	LEAVE(CUDA_ERROR_INVALID_HANDLE, " ");
}
EXPORT cudaVideoState cuvidGetVideoSourceState(CUvideosource o) {
	(void)o;
	nvsim_trace("%s()", __func__);
	return cudaVideoState_Error;
}
API(cuvidGetSourceVideoFormat)(CUvideosource o, CUVIDEOFORMAT *f, unsigned flags) {
	(void)o, (void)f, (void)flags;
	LEAVE(CUDA_ERROR_INVALID_HANDLE, " ");
}
API(cuvidGetSourceAudioFormat)(CUvideosource o, CUAUDIOFORMAT *f, unsigned flags) {
	(void)o, (void)f, (void)flags;
	LEAVE(CUDA_ERROR_INVALID_HANDLE, " ");
}
