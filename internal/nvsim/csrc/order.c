// Order of work on streams: what each operation comes after, told by a clock with
// one count for every stream, and what the operations before it did to the same
// memory. A reader that no event and no wait puts after the writer is reported,
// and a writer that is not put after the readers, whether or not it went wrong.
//
// All host threads count as one: what one of them waited for, all know. Threads
// that tell each other nothing are not found out, but nothing is reported wrongly.
#include "cuda_int.h"

struct sim_clock host_clock;

int order_on(void) {
	static int on = -1;
	if (on < 0)
		on = nvsim_env_int("NVSIM_ORDER", 1) != 0;
	return on;
}

void clock_merge(struct sim_clock *into, const struct sim_clock *from) {
	for (int i = 0; i < MAX_STREAM_IDS; i++)
		if (from->n[i] > into->n[i])
			into->n[i] = from->n[i];
}

// host_sync notes that the host has waited for operation seq of stream id.
void host_sync(int id, uint64_t seq, const struct sim_clock *clock) {
	clock_merge(&host_clock, clock);
	if (seq > host_clock.n[id])
		host_clock.n[id] = seq;
}

static size_t rows(const struct sim_access *a) { return a->height > 1 ? a->height : 1; }

static CUdeviceptr end_of(const struct sim_access *a) { return a->start + (rows(a) - 1) * a->pitch + a->width; }

// overlap of two sets of rows, exact.
static int overlap(const struct sim_access *a, const struct sim_access *b) {
	if (end_of(a) <= b->start || end_of(b) <= a->start)
		return 0;
	if (rows(a) == 1 && rows(b) == 1)
		return 1;
	for (size_t y = 0; y < rows(a); y++) {
		CUdeviceptr lo = a->start + y * a->pitch, hi = lo + a->width;
		if (rows(b) == 1) {
			if (b->start < hi && lo < b->start + b->width)
				return 1;
			continue;
		}
		size_t k = lo > b->start ? (lo - b->start) / b->pitch : 0;
		for (k = k ? k - 1 : 0; k < rows(b) && b->start + k * b->pitch < hi; k++)
			if (lo < b->start + k * b->pitch + b->width)
				return 1;
	}
	return 0;
}

static int within(const struct sim_access *a, const struct sim_access *b) {
	if (rows(b) == 1)
		return a->start >= b->start && end_of(a) <= b->start + b->width;
	return a->start == b->start && a->width <= b->width && rows(a) <= rows(b) && (a->pitch == b->pitch || rows(a) == 1);
}

static void check(struct CUstream_st *s, const struct sim_work *w, const struct sim_access *a, struct alloc *m) {
	int keep = 0;
	uint64_t self = s->clock.n[s->id];
	for (int i = 0; i < m->nrecords; i++) {
		struct record *r = &m->records[i];
		int before = r->stream == s->id || r->seq <= s->clock.n[r->stream];
		if (!before && (r->a.write || a->write) && overlap(&r->a, a)) {
			nvsim_violation(w->fn, "%s memory of %s at %#llx that %s %s on another stream, with no event and no wait between", a->write ? "writes" : "reads",
				m->kind, a->start, r->fn, r->a.write ? "writes" : "reads");
			before = 1; // once
		}
		// What the host has waited for is before all that comes, and what this
		// write covers is told by it from now on.
		if (r->seq <= host_clock.n[r->stream] || (before && a->write && within(&r->a, a)) ||
			(r->stream == s->id && r->a.write == a->write && within(&r->a, a)))
			continue;
		m->records[keep++] = *r;
	}
	m->nrecords = keep;
	if (m->nrecords == 256) {
		memmove(m->records, m->records + 1, 255 * sizeof *m->records);
		m->nrecords--;
	}
	if (m->nrecords == m->crecords) {
		m->crecords = m->crecords ? 2 * m->crecords : 8;
		m->records = realloc(m->records, (size_t)m->crecords * sizeof *m->records);
	}
	m->records[m->nrecords++] = (struct record){*a, s->id, self, w->fn};
}

// order_check looks at the accesses of work that s->clock already stands for.
void order_check(struct CUstream_st *s, const struct sim_work *w) {
	if (!order_on() || s->id < 0)
		return;
	for (int i = 0; i < w->naccess; i++) {
		struct alloc *m = alloc_find(w->access[i].start);
		if (m)
			check(s, w, &w->access[i], m);
	}
}

void order_forget(struct alloc *a) { a->nrecords = 0; }
