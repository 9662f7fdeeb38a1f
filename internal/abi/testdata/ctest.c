// The C side of this package's tests, which build it with cc. The library itself needs no C compiler.
#include <stdint.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#ifdef _WIN32
#include <windows.h>
#define API __declspec(dllexport)
#else
#include <pthread.h>
#include <unistd.h>
#define API __attribute__((visibility("default")))
#endif

// ---- plain calls
API int32_t t_nop(void) { return 0; }
API int32_t t_p3(void *a, void *b, void *c) { return (int32_t)(((uintptr_t)a ^ (uintptr_t)b ^ (uintptr_t)c) & 0xff); }
API int64_t t_i8(int64_t a, int64_t b, int64_t c, int64_t d, int64_t e, int64_t f, int64_t g, int64_t h) {
	return a + 2*b + 3*c + 4*d + 5*e + 6*f + 7*g + 8*h;
}
API int64_t t_i12(int64_t a, int64_t b, int64_t c, int64_t d, int64_t e, int64_t f, int64_t g, int64_t h, int64_t i, int64_t j, int64_t k, int64_t l) {
	return t_i8(a, b, c, d, e, f, g, h) + 9*i + 10*j + 11*k + 12*l;
}
API char *t_strdup(const char *s) { return strdup(s); }
API void t_free(void *p) { free(p); }
typedef struct { uint32_t version; uint32_t n; uint64_t *out; void *reserved[4]; } t_params;
API int32_t t_struct(t_params *p) { if (p->out) *p->out = p->n + 1; p->n++; return (int32_t)p->version; }
// structs by value: GUID (16 bytes), as nvEncGetEncodePresetConfigEx takes two of; AVRational (8 bytes)
typedef struct { uint32_t a; uint16_t b, c; uint8_t d[8]; } t_guid;
API int64_t t_by_value(void *enc, t_guid x, t_guid y, uint32_t tuning, uint32_t *out) {
	*out = tuning;
	return (int64_t)(uintptr_t)enc + x.a + x.b + x.c + x.d[7] + 1000000 * ((int64_t)y.a + y.b + y.c + y.d[7]);
}
API int64_t t_by_value_stack(int64_t a, int64_t b, int64_t c, int64_t d, int64_t e, int64_t f, int64_t g, int64_t h, t_guid x, int64_t i) {
	return a + b + c + d + e + f + g + h + x.a + x.b + x.c + x.d[7] + 1000 * i;
}
// a struct of 64 bytes by value, as cuIpcOpenMemHandle takes one
typedef struct { uint8_t v[64]; } t_64;
API int32_t t_by_value_64(int64_t *out, t_64 x, uint32_t last) {
	*out = last;
	for (int i = 0; i < 64; i++)
		*out += (int64_t)x.v[i] * (i + 1);
	return x.v[63];
}
typedef struct { int32_t num, den; } t_rational;
API t_rational t_mul_q(t_rational a, t_rational b) { return (t_rational){a.num * b.num, a.den * b.den}; }

// ---- callbacks, shaped like cuvid parser callbacks
typedef int (*cb2)(void *user, void *info);
typedef struct { int32_t pic; int32_t flags; int64_t pts; } t_info;
API int64_t t_loop2(cb2 f, void *user, int64_t n) {
	t_info in; int64_t s = 0;
	for (int64_t i = 0; i < n; i++) { in.pic = (int32_t)i; in.flags = 1; in.pts = i * 3; s += f(user, &in); }
	return s;
}
// the same, with live values in many registers across the callback: a wrongly
// saved callee-saved register gives -1
typedef struct { int64_t a, b, c, d, e; double x, y, z, w; } t_mix;
static __attribute__((noinline)) t_mix mix(cb2 f, void *user, int64_t n, int64_t *sum) {
	t_info in; int64_t a = 1, b = 2, c = 3, d = 4, e = 5, s = 0; double x = 1.5, y = 2.5, z = 0, w = 3;
	for (int64_t i = 0; i < n; i++) {
		in.pic = (int32_t)i; in.flags = 1; in.pts = i;
		a += i; b ^= a; c += b; d ^= c; e += d; x += 0.5; y += x; z += x - y; w += z * 0.25;
		s += f(user, &in);
	}
	*sum = s;
	return (t_mix){a, b, c, d, e, x, y, z, w};
}
static int one(void *user, void *info) { return 1; }
API int64_t t_loop2_regs(cb2 f, void *user, int64_t n) {
	int64_t s1, s2;
	t_mix p = mix(f, user, n, &s1), q = mix(one, user, n, &s2);
	return memcmp(&p, &q, sizeof p) ? -1 : s1;
}
// calls back, which may grow the caller's Go stack, and then writes
API int64_t t_cb_then_write(cb2 f, void *user, int64_t *out) { t_info in = {0, 0, 0}; int r = f(user, &in); *out = 42; return r; }
// AVIO shaped
typedef int (*cb_read)(void *opaque, uint8_t *buf, int n);
typedef int64_t (*cb_seek)(void *opaque, int64_t off, int whence);
API int64_t t_io(cb_read r, cb_seek sk, void *opaque, uint8_t *buf, int n) {
	if (sk(opaque, -((int64_t)1 << 40), 2) != -((int64_t)1 << 41)) return -1000;
	if (sk(opaque, 0, 0x10000) != -38) return -1001; // negative errno, 64 bit
	int k = r(opaque, buf, n);
	if (k < 0) return k;
	int64_t s = 0; for (int i = 0; i < k; i++) s += buf[i];
	return s;
}
// av_log shaped
typedef void (*cb_log)(void *avcl, int level, const char *fmt, va_list vl);
static void log_call(cb_log f, void *avcl, int level, const char *fmt, ...) {
	va_list vl; va_start(vl, fmt); f(avcl, level, fmt, vl); va_end(vl);
}
API void t_log(cb_log f, void *avcl, int level, int n) {
	log_call(f, avcl, level, "n=%d s=%s f=%.2f ll=%lld", n, "str", n * 0.5, (long long)n << 33);
}
API int t_format(void *avcl, int level, const char *fmt, va_list vl, char *buf, int size) { // like av_log_format_line2
	int k = snprintf(buf, size, "[%d] ", level);
	return k + vsnprintf(buf + k, size - k, fmt, vl);
}
// deep recursion, 1 KiB a level: how much C stack is there?
static __attribute__((noinline)) int64_t deep(int64_t kib, volatile char *up, cb2 f, void *user) {
	volatile char b[1024 - 64]; b[0] = 1; b[sizeof b - 1] = 1; up[0] = b[0];
	if (kib <= 1) { t_info in = {1, 2, 3}; return f ? f(user, &in) : 1; }
	int64_t r = deep(kib - 1, b, f, user);
	return r + up[0] - b[0];
}
API int64_t t_deep(int64_t kib, cb2 f, void *user) { volatile char b[1] = {1}; return deep(kib, b, f, user); }
// callbacks from C-created threads
typedef struct { cb2 f; void *user; int64_t n; int64_t sum; } t_job;
#ifdef _WIN32
static DWORD WINAPI thr(void *p) { t_job *j = p; j->sum = t_loop2(j->f, j->user, j->n); return 0; }
API int64_t t_threads(cb2 f, void *user, int64_t n, int nt) {
	HANDLE h[64]; t_job j[64]; int64_t s = 0; if (nt > 64) nt = 64;
	for (int i = 0; i < nt; i++) { j[i] = (t_job){f, user, n, 0}; h[i] = CreateThread(0, 0, thr, &j[i], 0, 0); }
	for (int i = 0; i < nt; i++) { WaitForSingleObject(h[i], INFINITE); CloseHandle(h[i]); s += j[i].sum; }
	return s;
}
#else
static void *thr(void *p) { t_job *j = p; j->sum = t_loop2(j->f, j->user, j->n); return 0; }
API int64_t t_threads(cb2 f, void *user, int64_t n, int nt) {
	pthread_t h[64]; t_job j[64]; int64_t s = 0; if (nt > 64) nt = 64;
	for (int i = 0; i < nt; i++) { j[i] = (t_job){f, user, n, 0}; if (pthread_create(&h[i], 0, thr, &j[i])) return -1; }
	for (int i = 0; i < nt; i++) { pthread_join(h[i], 0); s += j[i].sum; }
	return s;
}
#endif
