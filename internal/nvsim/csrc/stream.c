// Streams and the executor of their work. Ordinarily work is done at once, in the
// call that submits it. With NVSIM_ASYNC=1 a thread does it later, in any order
// that the streams and events allow, NVSIM_DELAY_US after each other: then what is
// missing an event or a wait goes wrong as well.
#include "cuda_int.h"
#include <time.h>
#include <unistd.h>

static int ids[MAX_STREAM_IDS];
static uint64_t submitted[MAX_STREAM_IDS], done[MAX_STREAM_IDS];
static pthread_mutex_t q = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER, some = PTHREAD_COND_INITIALIZER;

struct op {
	struct sim_work work;
	struct sim_clock clock;
	uint64_t seq, *stamp;
	struct op *next;
};
static struct op *head[MAX_STREAM_IDS], **tail[MAX_STREAM_IDS];
static int npending, executor_runs;

static int async(void) {
	static int on = -1;
	if (on < 0)
		on = nvsim_env_int("NVSIM_ASYNC", 0) != 0;
	return on;
}

static void *executor(void *unused) {
	(void)unused;
	unsigned seed = (unsigned)nvsim_env_int("NVSIM_SEED", 1);
	long delay = nvsim_env_int("NVSIM_DELAY_US", 200);
	pthread_mutex_lock(&q);
	for (;;) {
		while (!npending)
			pthread_cond_wait(&more, &q);
		int start = rand_r(&seed) % MAX_STREAM_IDS, found = -1;
		for (int k = 0; k < MAX_STREAM_IDS && found < 0; k++) {
			int i = (start + k) % MAX_STREAM_IDS, ready = head[i] != NULL;
			for (int t = 0; ready && t < MAX_STREAM_IDS; t++)
				ready = t == i || done[t] >= head[i]->clock.n[t];
			if (ready)
				found = i;
		}
		struct op *o = head[found]; // clocks have no cycles: there is one
		head[found] = o->next;
		if (!head[found])
			tail[found] = &head[found];
		pthread_mutex_unlock(&q);
		if (delay > 0)
			usleep((unsigned)delay);
		if (o->work.run)
			o->work.run(o->work.arg);
		if (o->stamp)
			*o->stamp = nvsim_now_ns();
		pthread_mutex_lock(&q);
		done[found] = o->seq;
		npending--;
		free(o);
		pthread_cond_broadcast(&some);
	}
	return NULL;
}

int reached(int id, uint64_t seq) {
	pthread_mutex_lock(&q);
	int r = done[id] >= seq;
	pthread_mutex_unlock(&q);
	return r;
}

void wait_for(int id, uint64_t seq) {
	pthread_mutex_lock(&q);
	while (done[id] < seq)
		pthread_cond_wait(&some, &q);
	pthread_mutex_unlock(&q);
}

// after puts s behind the work that the legacy stream's rules put before it.
static void after(struct CUstream_st *s) {
	clock_merge(&s->clock, &host_clock);
	if (s->is_legacy) {
		for (struct CUstream_st *t = s->ctx->streams; t; t = t->next)
			if (t != s && t->alive && !t->nonblocking)
				clock_merge(&s->clock, &t->clock);
	} else if (!s->nonblocking)
		clock_merge(&s->clock, &s->ctx->legacy->clock);
}

CUresult submit(struct CUstream_st *s, struct sim_work *w, uint64_t **stamp) {
	nvsim_lock();
	after(s);
	uint64_t seq = ++submitted[s->id];
	s->clock.n[s->id] = seq;
	order_check(s, w);
	uint64_t *st = NULL;
	if (stamp)
		*stamp = st = calloc(1, sizeof *st);
	if (!async()) {
		if (w->run)
			w->run(w->arg);
		if (st)
			*st = nvsim_now_ns();
		pthread_mutex_lock(&q);
		done[s->id] = seq;
		pthread_mutex_unlock(&q);
		nvsim_unlock();
		return OK;
	}
	struct op *o = calloc(1, sizeof *o);
	o->work = *w;
	o->clock = s->clock;
	o->seq = seq;
	o->stamp = st;
	pthread_mutex_lock(&q);
	if (!tail[s->id])
		tail[s->id] = &head[s->id];
	*tail[s->id] = o;
	tail[s->id] = &o->next;
	npending++;
	if (!executor_runs) {
		executor_runs = 1;
		pthread_t t;
		pthread_create(&t, NULL, executor, NULL);
		pthread_detach(t);
	}
	pthread_cond_broadcast(&more);
	pthread_mutex_unlock(&q);
	nvsim_unlock();
	return OK;
}

void stream_drain(struct CUstream_st *s) {
	nvsim_lock();
	uint64_t seq = submitted[s->id];
	int id = s->id;
	struct sim_clock c = s->clock;
	nvsim_unlock();
	wait_for(id, seq);
	nvsim_lock();
	host_sync(id, seq, &c);
	nvsim_unlock();
}

void context_drain(CUcontext ctx) {
	if (!ctx)
		return;
	for (struct CUstream_st *s = ctx->streams; s; s = s->next)
		if (s->alive)
			stream_drain(s);
}

struct CUstream_st *stream_new(CUcontext ctx, unsigned flags, int priority) {
	int id = -1;
	for (int i = 0; i < MAX_STREAM_IDS && id < 0; i++)
		if (!ids[i])
			id = i;
	if (id < 0)
		return NULL;
	ids[id] = 1;
	struct CUstream_st *s = calloc(1, sizeof *s);
	s->magic = STREAM_MAGIC;
	s->alive = 1;
	s->id = id;
	s->ctx = ctx;
	s->flags = flags;
	s->nonblocking = flags & 1;
	s->priority = priority;
	s->clock.n[id] = submitted[id];
	s->next = ctx->streams;
	ctx->streams = s;
	int dead = 0;
	for (struct CUstream_st **t = &s->next; *t;) {
		struct CUstream_st *x = *t;
		if (x->alive || ++dead < 64) {
			t = &x->next;
			continue;
		}
		*t = x->next;
		nvsim_bury(x);
	}
	return s;
}

static void stream_end(struct CUstream_st *s) {
	s->alive = 0; // a tombstone from now on
	ids[s->id] = 0;
	nvsim_live_del(s);
}

CUstream nvsim_stream_new(CUcontext ctx) {
	nvsim_lock();
	struct CUstream_st *s = stream_new(ctx, 1, 0);
	if (s)
		s->own = 1;
	nvsim_unlock();
	return s;
}

void nvsim_stream_end(CUstream s) {
	if (!s || !s->alive)
		return;
	wait_for(s->id, s->clock.n[s->id]);
	nvsim_lock();
	stream_end(s);
	nvsim_unlock();
}

void stream_drop(CUcontext ctx) {
	for (struct CUstream_st *s = ctx->streams, *next; s; s = next) {
		next = s->next;
		if (s->alive) {
			if (!s->is_legacy && !s->own)
				nvsim_violation("context end", "stream %p is not destroyed", (void *)s);
			stream_end(s);
		}
		nvsim_bury(s);
	}
	ctx->streams = ctx->legacy = NULL;
}

// stream_get finds the stream of a handle: 0 and 1 are the legacy stream, 2 is
// simulated as the legacy stream too, which waits for more than the real one.
struct CUstream_st *stream_get(CUcontext ctx, CUstream h) {
	if ((uintptr_t)h <= 2)
		return ctx ? ctx->legacy : NULL;
	struct CUstream_st *s = h;
	if (s->magic != STREAM_MAGIC || !s->alive)
		return NULL;
	return s;
}

int nvsim_stream_ok(CUcontext ctx, CUstream h) { return stream_get(ctx, h) != NULL; }

CUresult nvsim_submit(CUcontext ctx, CUstream h, struct sim_work *w) {
	struct CUstream_st *s = stream_get(ctx, h);
	return s ? submit(s, w, NULL) : CUDA_ERROR_INVALID_HANDLE;
}

CUresult nvsim_submit_op(CUcontext ctx, CUstream h, struct sim_work *w, struct sim_op *op) {
	struct CUstream_st *s = stream_get(ctx, h);
	op->stream = -1;
	if (!s)
		return CUDA_ERROR_INVALID_HANDLE;
	nvsim_lock();
	CUresult r = submit(s, w, NULL);
	op->stream = s->id;
	op->seq = s->clock.n[s->id];
	op->clock = s->clock;
	nvsim_unlock();
	return r;
}

void nvsim_finish(const struct sim_op *op, int known) {
	if (op->stream < 0)
		return;
	wait_for(op->stream, op->seq);
	if (known) {
		nvsim_lock();
		host_sync(op->stream, op->seq, &op->clock);
		nvsim_unlock();
	}
}

CUresult nvsim_wait(CUcontext ctx, CUstream h) {
	struct CUstream_st *s = stream_get(ctx, h);
	if (!s)
		return CUDA_ERROR_INVALID_HANDLE;
	stream_drain(s);
	return OK;
}

static CUresult create(const char *fn, CUstream *out, unsigned flags, int priority) {
	if (!out || flags & ~1u)
		return BAD;
	nvsim_lock();
	struct CUstream_st *s = stream_new(nvsim_current(), flags, priority);
	if (s)
		nvsim_live_add(s, "stream", fn);
	nvsim_unlock();
	if (!s)
		return CUDA_ERROR_OUT_OF_MEMORY;
	*out = s;
	return OK;
}

API(cuStreamCreate)(CUstream *out, unsigned flags) {
	ENTER(NEED_CTX);
	CUresult r = create(__func__, out, flags, 0);
	LEAVE(r, "%p,%u", out && !r ? (void *)*out : NULL, flags);
}

API(cuStreamCreateWithPriority)(CUstream *out, unsigned flags, int priority) {
	ENTER(NEED_CTX);
	CUresult r = create(__func__, out, flags, MAX(-5, MIN(0, priority)));
	LEAVE(r, "%p,%u,%d", out && !r ? (void *)*out : NULL, flags, priority);
}

static struct CUstream_st *check(const char *fn, CUstream h) {
	struct CUstream_st *s = stream_get(nvsim_current(), h);
	if (!s)
		nvsim_violation(fn, "%p is not a live stream", (void *)h);
	return s;
}

API(cuStreamDestroy_v2)(CUstream h) {
	ENTER(NEED_INIT | ANY_STATE);
	if ((uintptr_t)h <= 2)
		LEAVE(CUDA_ERROR_INVALID_HANDLE, "%p", (void *)h);
	struct CUstream_st *s = check(__func__, h);
	if (!s)
		LEAVE(CUDA_ERROR_INVALID_HANDLE, "%p", (void *)h);
	// The real one returns at once and ends the stream when its work is done. The
	// host has not waited for that work.
	wait_for(s->id, s->clock.n[s->id]);
	nvsim_lock();
	stream_end(s);
	nvsim_unlock();
	LEAVE(OK, "%p", (void *)h);
}

API(cuStreamSynchronize)(CUstream h) {
	ENTER(NEED_CTX);
	struct CUstream_st *s = check(__func__, h);
	if (!s)
		LEAVE(CUDA_ERROR_INVALID_HANDLE, "%p", (void *)h);
	stream_drain(s);
	LEAVE(OK, "%p", (void *)h);
}

API(cuStreamQuery)(CUstream h) {
	ENTER(NEED_CTX);
	struct CUstream_st *s = check(__func__, h);
	if (!s)
		LEAVE(CUDA_ERROR_INVALID_HANDLE, "%p", (void *)h);
	if (!reached(s->id, s->clock.n[s->id]))
		LEAVE(CUDA_ERROR_NOT_READY, "%p", (void *)h);
	stream_drain(s);
	LEAVE(OK, "%p", (void *)h);
}

API(cuStreamWaitEvent)(CUstream h, CUevent e, unsigned flags) {
	ENTER(NEED_CTX);
	struct CUstream_st *s = check(__func__, h);
	if (!s || flags & ~1u)
		LEAVE(s ? BAD : CUDA_ERROR_INVALID_HANDLE, "%p,%p", (void *)h, (void *)e);
	if (!e || e->magic != EVENT_MAGIC || !e->alive) {
		nvsim_violation(__func__, "%p is not a live event", (void *)e);
		LEAVE(CUDA_ERROR_INVALID_HANDLE, "%p,%p", (void *)h, (void *)e);
	}
	nvsim_lock();
	if (e->recorded)
		clock_merge(&s->clock, &e->clock);
	nvsim_unlock();
	LEAVE(OK, "%p,%p", (void *)h, (void *)e);
}

static CUresult get_ctx(CUstream h, CUcontext *out) {
	struct CUstream_st *s = check(__func__, h);
	if (!s || !out)
		return s ? BAD : CUDA_ERROR_INVALID_HANDLE;
	*out = s->ctx;
	return OK;
}

API(cuStreamGetCtx)(CUstream h, CUcontext *out) {
	ENTER(NEED_CTX);
	LEAVE(get_ctx(h, out), "%p", (void *)h);
}

API(cuStreamGetFlags)(CUstream h, unsigned *flags) {
	ENTER(NEED_CTX);
	struct CUstream_st *s = check(__func__, h);
	if (!s || !flags)
		LEAVE(CUDA_ERROR_INVALID_HANDLE, "%p", (void *)h);
	*flags = s->flags;
	LEAVE(OK, "%p", (void *)h);
}

API(cuStreamGetPriority)(CUstream h, int *p) {
	ENTER(NEED_CTX);
	struct CUstream_st *s = check(__func__, h);
	if (!s || !p)
		LEAVE(CUDA_ERROR_INVALID_HANDLE, "%p", (void *)h);
	*p = s->priority;
	LEAVE(OK, "%p", (void *)h);
}

// Host functions run on a thread of the driver, as in the real one.
struct call {
	CUhostFn fn;
	CUstreamCallback cb;
	CUstream stream;
	void *data;
};

static void *call_thread(void *p) {
	struct call *c = p;
	if (c->cb)
		c->cb(c->stream, OK, c->data);
	else
		c->fn(c->data);
	return NULL;
}

static void call_run(void *p) {
	pthread_t t;
	if (pthread_create(&t, NULL, call_thread, p) == 0)
		pthread_join(t, NULL);
	free(p);
}

static CUresult host_call(const char *fn, CUstream h, struct call c) {
	struct CUstream_st *s = check(fn, h);
	if (!s || (!c.fn && !c.cb))
		return s ? BAD : CUDA_ERROR_INVALID_HANDLE;
	struct call *p = malloc(sizeof *p);
	*p = c;
	struct sim_work w = {.fn = fn, .run = call_run, .arg = p};
	return submit(s, &w, NULL);
}

API(cuLaunchHostFunc)(CUstream h, CUhostFn fn, void *data) {
	ENTER(NEED_CTX);
	LEAVE(host_call(__func__, h, (struct call){fn, NULL, h, data}), "%p", (void *)h);
}

API(cuStreamAddCallback)(CUstream h, CUstreamCallback cb, void *data, unsigned flags) {
	ENTER(NEED_CTX);
	if (flags)
		LEAVE(BAD, "%p,%u", (void *)h, flags);
	LEAVE(host_call(__func__, h, (struct call){NULL, cb, h, data}), "%p", (void *)h);
}
