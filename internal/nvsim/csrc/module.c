// Modules and kernels. PTX is read for its version, target and entries only; what
// runs is the kernel's twin, the same source compiled for the host (kernel.h).
#include "cuda_int.h"
#include <ctype.h>
#include <dlfcn.h>

struct CUfunc_st {
	char name[128];
	CUmodule module;
	int nparams, sizes[64], aligns[64];
	void (*twin)(void **params, const unsigned dims[7]);
	struct CUfunc_st *next;
};

struct CUmod_st {
	uint32_t magic;
	int alive;
	CUcontext ctx;
	struct CUfunc_st *functions;
};

// NVSIM_KERNELS is a list of libraries with twins, separated by colons.
static void *find_twin(const char *name) {
	static void *libs[16];
	static int n = -1;
	if (n < 0) {
		n = 0;
		const char *s = nvsim_env("NVSIM_KERNELS");
		char *list = s ? strdup(s) : NULL;
		for (char *p = list ? strtok(list, ":") : NULL; p && n < LEN(libs); p = strtok(NULL, ":")) {
			libs[n] = dlopen(p, RTLD_NOW | RTLD_LOCAL);
			if (libs[n])
				n++;
			else
				fprintf(stderr, "nvsim: %s\n", dlerror());
		}
	}
	char sym[192];
	snprintf(sym, sizeof sym, "nvsim_kernel_%s", name);
	for (int i = 0; i < n; i++) {
		void *f = dlsym(libs[i], sym);
		if (f)
			return f;
	}
	return NULL;
}

static int param_size(const char *type) {
	static const struct {
		const char *t;
		int n;
	} sizes[] = {{".u8", 1}, {".s8", 1}, {".b8", 1}, {".u16", 2}, {".s16", 2}, {".b16", 2}, {".f16", 2}, {".u32", 4}, {".s32", 4},
		{".b32", 4}, {".f32", 4}, {".u64", 8}, {".s64", 8}, {".b64", 8}, {".f64", 8}};
	for (int i = 0; i < LEN(sizes); i++)
		if (!strncmp(type, sizes[i].t, strlen(sizes[i].t)))
			return sizes[i].n;
	return 0;
}

// params reads ".param .align 8 .b8 name[24], .param .u64 name ..." of an entry.
static void params(struct CUfunc_st *f, const char *s, const char *end) {
	while ((s = strstr(s, ".param")) && s < end && f->nparams < LEN(f->sizes)) {
		int align = 0, size;
		s += 6;
		while (isspace((unsigned char)*s))
			s++;
		if (sscanf(s, ".align %d", &align) == 1)
			for (s += 6; *s && *s != '.';)
				s++;
		size = param_size(s);
		int elem = size;
		const char *comma = s + strcspn(s, ",)"), *bracket = memchr(s, '[', (size_t)(comma - s));
		if (bracket)
			size *= atoi(bracket + 1);
		f->aligns[f->nparams] = align ? align : elem;
		f->sizes[f->nparams++] = size;
	}
}

static void say(char *log, size_t size, int line, const char *text) {
	if (log && size)
		snprintf(log, size, "ptxas application ptx input, line %d; fatal   : %s", line, text);
}

static int line_of(const char *image, const char *at) {
	int n = 1;
	for (; image < at; image++)
		n += *image == '\n';
	return n;
}

static CUresult read_ptx(struct CUmod_st *m, const char *image, char *log, size_t size) {
	const char *v = strstr(image, ".version"), *t = strstr(image, ".target");
	int major, minor, sm;
	if (!v || sscanf(v, ".version %d.%d", &major, &minor) != 2) {
		say(log, size, 1, "Missing .version directive at start of file");
		return CUDA_ERROR_INVALID_PTX;
	}
	int driver = driver_version(), top = driver >= 13000 ? 90 : driver >= 12080 ? 87 : driver >= 12040 ? 84 : driver >= 12000 ? 80 : 70;
	if (major * 10 + minor > top) {
		char text[96];
		snprintf(text, sizeof text, "Unsupported .version %d.%d; current version is '%d.%d'", major, minor, top / 10, top % 10);
		say(log, size, line_of(image, v), text);
		return CUDA_ERROR_UNSUPPORTED_PTX_VERSION;
	}
	if (!t || sscanf(t, ".target sm_%d", &sm) != 1) {
		say(log, size, 2, "Missing .target directive");
		return CUDA_ERROR_INVALID_PTX;
	}
	static const int first[][2] = {{50, 40}, {52, 41}, {60, 50}, {70, 60}, {75, 63}, {80, 70}, {86, 71}, {89, 78}, {90, 78}, {100, 86}, {120, 87}};
	const struct sim_profile *p = m->ctx->dev->profile;
	for (int i = 0; i < LEN(first); i++)
		if (sm == first[i][0] && major * 10 + minor < first[i][1])
			return CUDA_ERROR_INVALID_PTX;
	if (sm > p->major * 10 + p->minor)
		return CUDA_ERROR_INVALID_PTX;
	const char *bad = strstr(image, "bogus");
	if (bad) {
		say(log, size, line_of(image, bad), "Parsing error near 'bogus': syntax error");
		return CUDA_ERROR_INVALID_PTX;
	}
	for (const char *e = image; (e = strstr(e, ".entry"));) {
		struct CUfunc_st *f = calloc(1, sizeof *f);
		e += 6;
		while (isspace((unsigned char)*e))
			e++;
		size_t n = strspn(e, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$%");
		snprintf(f->name, sizeof f->name, "%.*s", (int)n, e);
		f->module = m;
		const char *open = e + n + strspn(e + n, " \t\r\n"), *close = *open == '(' ? strchr(open, ')') : NULL;
		if (close)
			params(f, open, close);
		f->next = m->functions;
		m->functions = f;
	}
	return OK;
}

static CUresult load(CUmodule *out, const void *image, unsigned n, CUjit_option *options, void **values) {
	char *log = NULL;
	size_t size = 0;
	if (!out || !image)
		return BAD;
	for (unsigned i = 0; i < n; i++) {
		if (options[i] == CU_JIT_ERROR_LOG_BUFFER)
			log = values[i];
		if (options[i] == CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES)
			size = (uint32_t)(uintptr_t)values[i];
	}
	struct CUmod_st *m = calloc(1, sizeof *m);
	m->magic = MODULE_MAGIC;
	m->alive = 1;
	m->ctx = nvsim_current();
	CUresult r = OK;
	const unsigned char *b = image;
	if (b[0] < 0x80 && b[0] != 0x7f && b[0] != 0x50)
		r = read_ptx(m, image, log, size);
	if (r) {
		free(m);
		return r;
	}
	nvsim_live_add(m, "module", "");
	*out = m;
	return OK;
}

API(cuModuleLoadData)(CUmodule *out, const void *image) {
	ENTER(NEED_CTX);
	CUresult r = load(out, image, 0, NULL, NULL);
	LEAVE(r, "%p", out && !r ? (void *)*out : NULL);
}

API(cuModuleLoadDataEx)(CUmodule *out, const void *image, unsigned n, CUjit_option *options, void **values) {
	ENTER(NEED_CTX);
	CUresult r = load(out, image, n, options, values);
	LEAVE(r, "%p,%u", out && !r ? (void *)*out : NULL, n);
}

static int bad(const char *fn, CUmodule m) {
	if (m && m->magic == MODULE_MAGIC && m->alive)
		return 0;
	nvsim_violation(fn, "%p is not a live module", (void *)m);
	return 1;
}

// inter frees what a dead module had, but not before more modules have died: see nvsim_bury.
static void inter(CUmodule m) {
	static CUmodule grave[64];
	static unsigned next;
	nvsim_lock();
	CUmodule old = grave[next % LEN(grave)];
	grave[next++ % LEN(grave)] = m;
	nvsim_unlock();
	for (struct CUfunc_st *f = old ? old->functions : NULL; f;) {
		struct CUfunc_st *after = f->next;
		free(f);
		f = after;
	}
	free(old);
}

API(cuModuleUnload)(CUmodule m) {
	ENTER(NEED_CTX | ANY_STATE);
	if (!m || bad(__func__, m))
		LEAVE(CUDA_ERROR_INVALID_HANDLE, "%p", (void *)m);
	context_drain(m->ctx);
	m->alive = 0; // a tombstone
	nvsim_live_del(m);
	inter(m);
	LEAVE(OK, "%p", (void *)m);
}

API(cuModuleGetFunction)(CUfunction *out, CUmodule m, const char *name) {
	ENTER(NEED_CTX);
	if (!out || !name || !m || bad(__func__, m))
		LEAVE(BAD, "%p,%s", (void *)m, name ? name : "NULL");
	for (struct CUfunc_st *f = m->functions; f; f = f->next)
		if (!strcmp(f->name, name)) {
			if (!f->twin)
				f->twin = (void (*)(void **, const unsigned *))find_twin(name);
			*out = f;
			LEAVE(OK, "%p,%s", (void *)m, name);
		}
	LEAVE(CUDA_ERROR_NOT_FOUND, "%p,%s", (void *)m, name);
}

API(cuModuleGetGlobal_v2)(CUdeviceptr *p, size_t *n, CUmodule m, const char *name) {
	ENTER(NEED_CTX);
	(void)p, (void)n;
	LEAVE(CUDA_ERROR_NOT_FOUND, "%p,%s", (void *)m, name ? name : "NULL");
}

API(cuFuncGetAttribute)(int *v, CUfunction_attribute a, CUfunction f) {
	ENTER(NEED_CTX);
	if (!v || !f)
		LEAVE(BAD, "%d", a);
	*v = a == 0 ? 1024 : a == 4 ? 32 : 0;
	LEAVE(OK, "%d", a);
}

// A launch keeps a copy of its arguments, as the driver does, and the memory that
// they point to: what looks like the address of an allocation is one.
struct launch {
	struct CUfunc_st *f;
	unsigned dims[7];
	unsigned char args[4096];
	void *params[64];
	struct alloc *mem[8];
	char *before[8];
	int nmem;
};

static void launch_run(void *arg) {
	struct launch *l = arg;
	for (int i = 0; i < l->nmem; i++)
		alloc_open(l->mem[i], 1);
	l->f->twin(l->params, l->dims);
	for (int i = 0; i < l->nmem; i++)
		alloc_open(l->mem[i], 0);
}

// changed finds what a kernel wrote: the range of bytes that differ.
static int changed(const char *a, const char *b, size_t n, size_t *lo, size_t *hi) {
	size_t i = 0;
	if (!memcmp(a, b, n))
		return 0;
	while (a[i] == b[i])
		i++;
	while (a[n - 1] == b[n - 1])
		n--;
	*lo = i, *hi = n;
	return 1;
}

static CUresult launch(const char *fn, CUfunction f, const unsigned dims[7], CUstream stream, void **args, void **extra) {
	struct CUstream_st *s = stream_get(nvsim_current(), stream);
	if (!f || !f->module || bad(fn, f->module))
		return CUDA_ERROR_INVALID_HANDLE;
	if (!s) {
		nvsim_violation(fn, "%p is not a live stream", (void *)stream);
		return CUDA_ERROR_INVALID_HANDLE;
	}
	if (extra)
		return CUDA_ERROR_NOT_SUPPORTED;
	for (int i = 0; i < 6; i++)
		if (!dims[i])
			return BAD;
	if (dims[1] > 65535 || dims[2] > 65535 || (uint64_t)dims[3] * dims[4] * dims[5] > 1024 || dims[5] > 64 || dims[6] > 49152)
		return BAD;
	if (f->nparams && !args)
		return BAD;
	if (!f->twin) {
		nvsim_violation(fn, "kernel %s has no twin in NVSIM_KERNELS", f->name);
		return CUDA_ERROR_NOT_SUPPORTED;
	}
	struct launch *l = calloc(1, sizeof *l);
	l->f = f;
	memcpy(l->dims, dims, sizeof l->dims);
	size_t at = 0;
	for (int i = 0; i < f->nparams; i++) {
		at = ALIGN(at, (size_t)MAX(f->aligns[i], 1));
		if (at + (size_t)f->sizes[i] > sizeof l->args) {
			free(l);
			return BAD;
		}
		memcpy(l->args + at, args[i], (size_t)f->sizes[i]);
		l->params[i] = l->args + at;
		at += (size_t)f->sizes[i];
	}
	nvsim_lock();
	struct sim_work w = {.fn = f->name, .run = launch_run, .arg = l};
	for (size_t o = 0; o + 8 <= at; o += 8) {
		CUdeviceptr p;
		memcpy(&p, l->args + o, 8);
		struct alloc *a = alloc_find(p);
		for (int i = 0; a && i < l->nmem; i++)
			if (l->mem[i] == a)
				a = NULL;
		if (!a || l->nmem == LEN(l->mem))
			continue;
		l->mem[l->nmem++] = a;
		w.access[w.naccess++] = (struct sim_access){a->start, a->size, 0, 1, 0};
	}
	// Run, then look what was written: that is the access that others race with.
	CUresult r = OK;
	if (order_on())
		for (int i = 0; i < l->nmem; i++) {
			l->before[i] = malloc(l->mem[i]->size);
			stream_drain(s);
			memcpy(l->before[i], device_host(l->mem[i]->start), l->mem[i]->size);
		}
	r = submit(s, &w, NULL);
	if (order_on()) {
		wait_for(s->id, s->clock.n[s->id]);
		struct sim_work done = {.fn = f->name};
		for (int i = 0; i < l->nmem; i++) {
			size_t lo, hi;
			if (changed(device_host(l->mem[i]->start), l->before[i], l->mem[i]->size, &lo, &hi))
				done.access[done.naccess++] = (struct sim_access){l->mem[i]->start + lo, hi - lo, 0, 1, 1};
			free(l->before[i]);
		}
		if (r == OK && done.naccess)
			order_check(s, &done);
	}
	nvsim_unlock();
	free(l);
	return r;
}

API(cuLaunchKernel)(CUfunction f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, CUstream st, void **args,
	void **extra) {
	ENTER(NEED_CTX);
	const unsigned dims[7] = {gx, gy, gz, bx, by, bz, shared};
	CUresult r = launch(__func__, f, dims, st, args, extra);
	LEAVE(r, "%s,%ux%ux%u,%ux%ux%u,%u,%p", f ? f->name : "NULL", gx, gy, gz, bx, by, bz, shared, (void *)st);
}

API(cuLinkCreate_v2)(unsigned n, CUjit_option *options, void **values, CUlinkState *out) {
	ENTER(NEED_CTX);
	(void)n, (void)options, (void)values, (void)out;
	LEAVE(CUDA_ERROR_NOT_SUPPORTED, " ");
}
