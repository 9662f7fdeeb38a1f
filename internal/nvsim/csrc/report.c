// Reports, traces, injected faults and the list of what is alive.
#include "cuda_int.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock;
static int report_fd = -1, nviolations;
static FILE *trace;
static uint64_t ncalls;

// The table of live handles lies in a file when the process was started by
// nvsim.Main, so that it is read after any kind of end, os.Exit and crashes
// included. live.go reads it.
struct slot {
	uint64_t handle;
	char kind[24], note[96];
};
struct table {
	uint64_t magic, count;
	struct slot slot[8192];
	uint64_t encoding; // nanoseconds in calls of the encoder
};
static struct table *live;

void nvsim_spent(uint64_t since) { __atomic_fetch_add(&live->encoding, nvsim_now_ns() - since, __ATOMIC_RELAXED); }

void nvsim_lock(void) { pthread_mutex_lock(&lock); }
void nvsim_unlock(void) { pthread_mutex_unlock(&lock); }

const char *nvsim_env(const char *name) {
	const char *s = getenv(name);
	return s && *s ? s : NULL;
}

long nvsim_env_int(const char *name, long otherwise) {
	const char *s = nvsim_env(name);
	return s ? strtol(s, NULL, 0) : otherwise;
}

uint64_t nvsim_now_ns(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int nvsim_zero(const void *p, size_t n) {
	const unsigned char *b = p;
	while (n--)
		if (*b++)
			return 0;
	return 1;
}

__attribute__((constructor)) static void start(void) {
	pthread_mutexattr_t a;
	pthread_mutexattr_init(&a);
	pthread_mutexattr_settype(&a, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&lock, &a);
	const char *s;
	if ((s = nvsim_env("NVSIM_REPORT")))
		report_fd = open(s, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if ((s = nvsim_env("NVSIM_TRACE")) && !(trace = strcmp(s, "-") ? fopen(s, "ae") : stderr))
		fprintf(stderr, "nvsim: %s: %s\n", s, strerror(errno));
	if (trace)
		setvbuf(trace, NULL, _IOLBF, 0);
	int fd = -1;
	if ((s = nvsim_env("NVSIM_LIVE")) && (fd = open(s, O_RDWR | O_CREAT | O_CLOEXEC, 0600)) >= 0 && ftruncate(fd, sizeof *live) == 0)
		live = mmap(NULL, sizeof *live, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (!live || live == MAP_FAILED)
		live = mmap(NULL, sizeof *live, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (fd >= 0)
		close(fd);
	live->magic = 0x314556494c4d5653; // "SVMLIVE1"
	live->count = LEN(live->slot);
}

// At an ordinary end of a process that nobody watches the report goes to stderr.
// NVSIM_EXIT=1 makes the exit status tell.
__attribute__((destructor)) static void end(void) {
	int leaks = 0;
	if (nvsim_env("NVSIM_LIVE"))
		return;
	for (int i = 0; i < LEN(live->slot); i++)
		if (live->slot[i].handle && ++leaks && nvsim_env("NVSIM_LEAKS"))
			fprintf(stderr, "nvsim: leak: %s %#llx %s\n", live->slot[i].kind, (unsigned long long)live->slot[i].handle, live->slot[i].note);
	if (nvsim_env_int("NVSIM_EXIT", 0) && (nviolations || (leaks && nvsim_env("NVSIM_LEAKS")))) {
		fflush(NULL);
		_exit(97);
	}
}

static void site(const char *file, int at, const char *text, int n) {
	const char *s = nvsim_env("NVSIM_SITES");
	char line[1200];
	int fd = s ? open(s, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
	if (fd < 0)
		return;
	int k = snprintf(line, sizeof line, "%s:%d: %.*s", file, at, n, text);
	if (write(fd, line, (size_t)MIN(k, (int)sizeof line)) != k)
		fprintf(stderr, "nvsim: %s: %s\n", s, strerror(errno));
	close(fd);
}

void nvsim_violation_at(const char *file, int at, const char *fn, const char *format, ...) {
	char line[1024];
	int n = snprintf(line, sizeof line, "%s: ", fn);
	va_list ap;
	va_start(ap, format);
	n += vsnprintf(line + n, sizeof line - (size_t)n - 1, format, ap);
	va_end(ap);
	n = MIN(n, (int)sizeof line - 2);
	line[n++] = '\n';
	site(file, at, line, n);
	// NVSIM_ALLOW is a list of texts, separated by |, of violations that do not count:
	// for clients that cannot be changed.
	for (const char *s = nvsim_env("NVSIM_ALLOW"), *e; s; s = *e ? e + 1 : NULL) {
		char text[128];
		e = s + strcspn(s, "|");
		snprintf(text, sizeof text, "%.*s", (int)(e - s), s);
		if (*text && strstr(line, text))
			return;
	}
	nvsim_lock();
	nviolations++;
	if (trace)
		fprintf(trace, "!! %.*s", n, line);
	if (report_fd < 0 || write(report_fd, line, (size_t)n) != n)
		fprintf(stderr, "nvsim: violation: %.*s", n, line);
	nvsim_unlock();
	if (nvsim_env("NVSIM_ABORT"))
		abort();
}

// nvsim_bury frees what a dead handle points to, but not before many more have died: the
// use of a handle after its end is to be noticed, and a process that makes and ends them
// all day is not to grow.
void nvsim_bury(void *handle) {
	static void *grave[256];
	static unsigned next;
	nvsim_lock();
	void *old = grave[next % LEN(grave)];
	grave[next++ % LEN(grave)] = handle;
	nvsim_unlock();
	free(old);
}

int nvsim_tracing(void) { return trace != NULL; }

void nvsim_trace(const char *format, ...) {
	if (!trace)
		return;
	char line[4096];
	va_list ap;
	va_start(ap, format);
	int n = vsnprintf(line, sizeof line - 1, format, ap);
	va_end(ap);
	n = MIN(n, (int)sizeof line - 2);
	line[n++] = '\n';
	nvsim_lock();
	fwrite(line, 1, (size_t)n, trace);
	nvsim_unlock();
}

static struct {
	char name[64];
	long nth, code, count;
	int on;
} faults[32];
static int nfaults = -1; // -1: not read yet

// How often each function was called since nvsim_inject; counted only after one.
static struct {
	const char *name;
	long n;
} counts[512];
static int ncounts, counting;

// NVSIM_FAULT is a list of NAME:nth:code, separated by commas. nth counts from 1; 0
// is every call, "5+" the fifth and all after it. The caller holds the lock.
static void fault_read(const char *s) {
	int n = 0;
	for (; s && *s && n < LEN(faults); s = strchr(s, ',') ? strchr(s, ',') + 1 : NULL) {
		char nth[16] = "";
		memset(&faults[n], 0, sizeof faults[n]);
		if (sscanf(s, "%63[^:,]:%15[^:,]:%ld", faults[n].name, nth, &faults[n].code) == 3) {
			faults[n].nth = strtol(nth, NULL, 10);
			faults[n].on = strchr(nth, '+') != NULL;
			n++;
		} else
			fprintf(stderr, "nvsim: NVSIM_FAULT: not NAME:nth:code: %s\n", s);
	}
	__atomic_store_n(&nfaults, n, __ATOMIC_RELEASE);
}

// nvsim_inject puts a list of faults in the place of NVSIM_FAULT's and counts calls anew.
void nvsim_inject(const char *s) {
	nvsim_lock();
	fault_read(s);
	ncounts = 0;
	__atomic_store_n(&counting, 1, __ATOMIC_RELEASE);
	nvsim_unlock();
}

// nvsim_state writes what happened since nvsim_inject, a line "NAME count" for each
// function that was called, and how many handles are alive and violations were found in all.
int nvsim_state(char *text, int size) {
	int n = 0, alive = 0;
	nvsim_lock();
	for (int i = 0; i < ncounts && n < size; i++)
		n += snprintf(text + n, (size_t)(size - n), "%s %ld\n", counts[i].name, counts[i].n);
	for (int i = 0; i < LEN(live->slot); i++)
		alive += live->slot[i].handle != 0;
	if (n < size)
		n += snprintf(text + n, (size_t)(size - n), "handles alive %d\nviolations %d\n", alive, nviolations);
	nvsim_unlock();
	return n < size ? n : -1;
}

static void count(const char *fn) {
	int i = 0;
	while (i < ncounts && strcmp(counts[i].name, fn))
		i++;
	if (i == LEN(counts))
		return;
	if (i == ncounts)
		counts[ncounts++].name = fn, counts[i].n = 0;
	counts[i].n++;
}

int nvsim_fault(const char *fn, CUresult *code) {
	int n = __atomic_load_n(&nfaults, __ATOMIC_ACQUIRE), c = __atomic_load_n(&counting, __ATOMIC_ACQUIRE);
	if (n == 0 && !c)
		return 0;
	nvsim_lock();
	if (nfaults < 0)
		fault_read(nvsim_env("NVSIM_FAULT"));
	if (c)
		count(fn);
	int hit = 0;
	for (int i = 0; i < nfaults; i++)
		if (!strcmp(faults[i].name, fn)) {
			faults[i].count++;
			if (faults[i].nth == 0 || faults[i].count == faults[i].nth || (faults[i].on && faults[i].count > faults[i].nth))
				hit = 1, *code = (CUresult)faults[i].code;
		}
	nvsim_unlock();
	return hit;
}

static int sticky(CUresult r) { return r == 700 || (r >= 715 && r <= 719) || r == 214 || r == 702; }

int nvsim_enter(const char *fn, int flags, CUresult *r) {
	uint64_t n = __atomic_add_fetch(&ncalls, 1, __ATOMIC_RELAXED);
	if (nvsim_fault(fn, r)) {
		CUcontext c = nvsim_current();
		if (sticky(*r) && c)
			c->lost = *r;
		return 1;
	}
	// NVSIM_STICKY is code:n, the loss of all contexts after n calls.
	static long after = -2, code;
	if (after == -2) {
		const char *s = nvsim_env("NVSIM_STICKY");
		if (!s || sscanf(s, "%ld:%ld", &code, &after) != 2)
			after = -1;
	}
	if (after >= 0 && n > (uint64_t)after && !(flags & ANY_STATE)) {
		*r = (CUresult)code;
		return 1;
	}
	if ((flags & (NEED_INIT | NEED_CTX)) && !sim_initialised) {
		*r = CUDA_ERROR_NOT_INITIALIZED;
		return 1;
	}
	CUcontext c = nvsim_current();
	if (c && c->lost && !(flags & ANY_STATE)) {
		*r = c->lost;
		return 1;
	}
	if (flags & NEED_CTX) {
		if (!c) {
			*r = CUDA_ERROR_INVALID_CONTEXT;
			return 1;
		}
		if (!c->alive) {
			nvsim_violation(fn, "the current context has been destroyed");
			*r = CUDA_ERROR_CONTEXT_IS_DESTROYED;
			return 1;
		}
	}
	return 0;
}

CUresult nvsim_leave(const char *fn, CUresult r, const char *format, ...) {
	if (!trace)
		return r;
	char line[512];
	va_list ap;
	va_start(ap, format);
	vsnprintf(line, sizeof line, format, ap);
	va_end(ap);
	nvsim_trace("%s(%s) = %d", fn, line, r);
	return r;
}

void nvsim_live_add(const void *handle, const char *kind, const char *note) {
	static int hint;
	nvsim_lock();
	for (int k = 0; k < LEN(live->slot); k++) {
		int i = (hint + k) % LEN(live->slot);
		if (!live->slot[i].handle) {
			snprintf(live->slot[i].kind, sizeof live->slot[i].kind, "%s", kind);
			snprintf(live->slot[i].note, sizeof live->slot[i].note, "%s", note);
			live->slot[i].handle = (uint64_t)(uintptr_t)handle;
			hint = i + 1;
			break;
		}
	}
	nvsim_unlock();
}

void nvsim_live_del(const void *handle) {
	nvsim_lock();
	for (int i = 0; i < LEN(live->slot); i++)
		if (live->slot[i].handle == (uint64_t)(uintptr_t)handle) {
			live->slot[i].handle = 0;
			break;
		}
	nvsim_unlock();
}
