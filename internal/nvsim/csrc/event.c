// Events.
#include "cuda_int.h"

API(cuEventCreate)(CUevent *out, unsigned flags) {
	ENTER(NEED_CTX);
	if (!out || flags & ~7u || (flags & 4 && !(flags & 2)))
		LEAVE(BAD, "%u", flags);
	CUevent e = calloc(1, sizeof *e);
	e->magic = EVENT_MAGIC;
	e->alive = 1;
	e->flags = flags;
	e->ctx = nvsim_current();
	nvsim_live_add(e, "event", flags & 2 ? "no timing" : "timing");
	*out = e;
	LEAVE(OK, "%p,%u", (void *)e, flags);
}

static int bad(const char *fn, CUevent e) {
	if (e && e->magic == EVENT_MAGIC && e->alive)
		return 0;
	nvsim_violation(fn, "%p is not a live event", (void *)e);
	return 1;
}

API(cuEventDestroy_v2)(CUevent e) {
	ENTER(NEED_INIT | ANY_STATE);
	if (!e || bad(__func__, e))
		LEAVE(CUDA_ERROR_INVALID_HANDLE, "%p", (void *)e);
	e->alive = 0; // a tombstone
	nvsim_live_del(e);
	nvsim_bury(e);
	LEAVE(OK, "%p", (void *)e);
}

static CUresult record(const char *fn, CUevent e, CUstream h) {
	struct CUstream_st *s = stream_get(nvsim_current(), h);
	if (!e || bad(fn, e))
		return CUDA_ERROR_INVALID_HANDLE;
	if (!s) {
		nvsim_violation(fn, "%p is not a live stream", (void *)h);
		return CUDA_ERROR_INVALID_HANDLE;
	}
	if (e->ctx != s->ctx)
		return CUDA_ERROR_INVALID_HANDLE;
	struct sim_work w = {.fn = fn};
	nvsim_lock();
	CUresult r = submit(s, &w, e->flags & 2 ? NULL : &e->stamp);
	e->recorded = 1;
	e->clock = s->clock;
	e->stream_id = s->id;
	e->seq = s->clock.n[s->id];
	nvsim_unlock();
	return r;
}

API(cuEventRecord)(CUevent e, CUstream h) {
	ENTER(NEED_CTX);
	LEAVE(record(__func__, e, h), "%p,%p", (void *)e, (void *)h);
}

API(cuEventRecordWithFlags)(CUevent e, CUstream h, unsigned flags) {
	ENTER(NEED_CTX);
	LEAVE(record(__func__, e, h), "%p,%p,%u", (void *)e, (void *)h, flags);
}

API(cuEventQuery)(CUevent e) {
	ENTER(NEED_INIT);
	if (!e || bad(__func__, e))
		LEAVE(CUDA_ERROR_INVALID_HANDLE, "%p", (void *)e);
	if (e->recorded && !reached(e->stream_id, e->seq))
		LEAVE(CUDA_ERROR_NOT_READY, "%p", (void *)e);
	nvsim_lock();
	if (e->recorded)
		host_sync(e->stream_id, e->seq, &e->clock);
	nvsim_unlock();
	LEAVE(OK, "%p", (void *)e);
}

API(cuEventSynchronize)(CUevent e) {
	ENTER(NEED_INIT);
	if (!e || bad(__func__, e))
		LEAVE(CUDA_ERROR_INVALID_HANDLE, "%p", (void *)e);
	if (e->recorded) {
		wait_for(e->stream_id, e->seq);
		nvsim_lock();
		host_sync(e->stream_id, e->seq, &e->clock);
		nvsim_unlock();
	}
	LEAVE(OK, "%p", (void *)e);
}

static CUresult elapsed(const char *fn, float *ms, CUevent a, CUevent b) {
	if (!ms || !a || !b || bad(fn, a) || bad(fn, b))
		return CUDA_ERROR_INVALID_HANDLE;
	if (a->flags & 2 || b->flags & 2 || !a->recorded || !b->recorded)
		return CUDA_ERROR_INVALID_HANDLE;
	if (!reached(a->stream_id, a->seq) || !reached(b->stream_id, b->seq))
		return CUDA_ERROR_NOT_READY;
	*ms = (float)((double)(int64_t)(*b->stamp - *a->stamp) / 1e6);
	return OK;
}

API(cuEventElapsedTime)(float *ms, CUevent a, CUevent b) {
	ENTER(NEED_INIT);
	LEAVE(elapsed(__func__, ms, a, b), "%p,%p", (void *)a, (void *)b);
}
