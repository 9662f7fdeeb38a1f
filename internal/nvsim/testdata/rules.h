// What the clients share that break one rule each, or none:
//
//	PROGRAM NAME [STREAM]
//
// STREAM is an H.264 file, Annex B. What is wrong without being a violation is
// printed as "FAIL ..." and gives the exit status 1. PROGRAM list prints the names.
#pragma once
#include "cuvid_int.h"
#include <unistd.h>

static int failed;
#define CHECK(got, want)                                                                                                                                       \
	do {                                                                                                                                                   \
		int g_ = (int)(got), w_ = (int)(want);                                                                                                         \
		if (g_ != w_) {                                                                                                                                \
			printf("FAIL line %d: %s is %d, not %d\n", __LINE__, #got, g_, w_);                                                                    \
			failed = 1;                                                                                                                            \
		}                                                                                                                                              \
	} while (0)

static CUcontext ctx;
static CUdeviceptr mem;
static CUstream a, b;
static CUevent ev;
__attribute__((unused)) static char host[1 << 16];
static uint8_t *stream;
static size_t size;

enum { N = 1 << 16 };

__attribute__((unused)) static void streams(void) {
	CHECK(cuMemAlloc_v2(&mem, N), 0);
	CHECK(cuStreamCreate(&a, 1), 0);
	CHECK(cuStreamCreate(&b, 1), 0);
	CHECK(cuEventCreate(&ev, 2), 0);
}

__attribute__((unused)) static void end(void) {
	cuStreamDestroy_v2(a), cuStreamDestroy_v2(b), cuEventDestroy_v2(ev), cuMemFree_v2(mem);
}


struct rule {
	const char *name;
	void (*run)(void);
};
#define RULE(f) {#f, f}
#define RULES(...)                                                                                                                                             \
	static const struct rule rules[] = {__VA_ARGS__};                                                                                                      \
	int main(int argc, char **argv) { return rules_main(argc, argv, rules, LEN(rules)); }

static int rules_main(int argc, char **argv, const struct rule *r, int n) {
	if (argc > 2) {
		FILE *f = fopen(argv[2], "rb");
		stream = malloc(1 << 20);
		size = f ? fread(stream, 1, 1 << 20, f) : 0;
		if (f)
			fclose(f);
	}
	const char *name = argc > 1 ? argv[1] : "list";
	if (!strcmp(name, "list")) {
		for (int i = 0; i < n; i++)
			puts(r[i].name);
		return 0;
	}
	CUresult init = cuInit(0);
	if (!strcmp(name, "no_device")) {
		CHECK(init, 100);
		return failed;
	}
	CHECK(init, 0);
	CHECK(cuDevicePrimaryCtxRetain(&ctx, 0), 0);
	CHECK(cuCtxPushCurrent_v2(ctx), 0);
	for (int i = 0; i < n; i++)
		if (!strcmp(name, r[i].name)) {
			r[i].run();
			cuCtxPopCurrent_v2(NULL);
			cuDevicePrimaryCtxRelease_v2(0);
			free(stream);
			fflush(stdout);
			return failed;
		}
	fprintf(stderr, "%s: no rule %s\n", argv[0], name);
	return 2;
}
