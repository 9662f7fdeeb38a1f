// libnvidia-encode: the functions that the library exports, sessions, and what every
// other function begins and ends with.
#include "nvenc.h"
#include <dlfcn.h>

static struct session *sessions;

NVENCSTATUS enc_leave(const char *fn, NVENCSTATUS e, const char *format, ...) {
	char line[400];
	va_list ap;
	va_start(ap, format);
	vsnprintf(line, sizeof line, format, ap);
	va_end(ap);
	nvsim_leave(fn, (CUresult)e, "%s", line);
	return e;
}

int enc_fault(const char *fn, NVENCSTATUS *e) {
	CUresult r;
	if (!nvsim_fault(fn, &r))
		return 0;
	*e = (NVENCSTATUS)r;
	return 1;
}

NVENCSTATUS enc_error(struct session *s, NVENCSTATUS e, const char *format, ...) {
	va_list ap;
	va_start(ap, format);
	vsnprintf(s->error, sizeof s->error, format, ap);
	va_end(ap);
	if (nvsim_tracing())
		nvsim_trace("# %s", s->error);
	return e;
}

// enc_session finds a session by its handle without touching what the handle points to.
NVENCSTATUS enc_session(const char *fn, void *encoder, int initialised, struct session **out) {
	struct session *s;
	if (!encoder)
		return NV_ENC_ERR_INVALID_ENCODERDEVICE;
	nvsim_lock();
	for (s = sessions; s && s != encoder; s = s->next)
		;
	nvsim_unlock();
	if (!s || !s->alive) {
		nvsim_violation(fn, "%p is not an encoder", encoder);
		return NV_ENC_ERR_INVALID_ENCODERDEVICE;
	}
	if (!nvsim_ctx_alive(s->ctx)) {
		nvsim_violation(fn, "the session's context was destroyed before the session");
		return NV_ENC_ERR_INVALID_DEVICE;
	}
	CUcontext c = nvsim_current();
	if (c && c != s->ctx)
		nvsim_violation(fn, "the current context is not the session's");
	if (s->ctx->lost)
		return NV_ENC_ERR_DEVICE_NOT_EXIST;
	if (initialised && s->codec < 0) {
		nvsim_violation(fn, "the encoder is not initialised");
		return NV_ENC_ERR_ENCODER_NOT_INITIALIZED;
	}
	*out = s;
	return NV_ENC_SUCCESS;
}

// --- FFmpeg, in a library of its own

static const struct av_enc_functions *functions;

static void open_av(void) {
	Dl_info self;
	char path[4096] = "libnvsim-av.so";
	if (dladdr((void *)open_av, &self)) {
		snprintf(path, sizeof path, "%s", self.dli_fname);
		char *slash = strrchr(path, '/');
		strcpy(slash ? slash + 1 : path, "libnvsim-av.so");
	}
	void *h = dlopen(path, RTLD_NOW | RTLD_LOCAL | (nvsim_env("NVSIM_NO_DEEPBIND") ? 0 : RTLD_DEEPBIND));
	if (h)
		functions = dlsym(h, "nvsim_av_enc");
	else
		fprintf(stderr, "nvsim: %s\n", dlerror());
}

const struct av_enc_functions *enc_av(void) {
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, open_av);
	return functions;
}

// --- sessions

static NVENCSTATUS nvEncOpenEncodeSession(void *device, uint32_t type, void **encoder) {
	(void)device, (void)type, (void)encoder;
	return enc_leave(__func__, NV_ENC_ERR_INVALID_CALL, " ");
}

static NVENCSTATUS open_session(const char *fn, const void *client, void **encoder) {
	if (encoder)
		*encoder = NULL;
	if (!client || !encoder)
		return NV_ENC_ERR_INVALID_PTR;
	uint32_t word;
	memcpy(&word, client, 4);
	unsigned number = (word & 0xff) * 10 + (word >> 24 & 15);
	if ((word & 0xf0ff0000) != 0x70010000 || number < 80 || number > api_newest())
		return NV_ENC_ERR_INVALID_VERSION;
	// The open is the same struct in all APIs.
	struct session probe = {.api = api_index(number) < 0 ? 0 : api_index(number)};
	struct n_open_encode_session_ex_params p;
	uint8_t copy[2048];
	uint32_t known = nvenc_layouts[probe.api][S_OPEN_ENCODE_SESSION_EX_PARAMS].version;
	memcpy(copy, client, nvenc_layouts[probe.api][S_OPEN_ENCODE_SESSION_EX_PARAMS].size);
	memcpy(copy, &known, 4);
	NVENCSTATUS e = abi_read(fn, &probe, S_OPEN_ENCODE_SESSION_EX_PARAMS, copy, 0, &p);
	if (e)
		return e;
	if (word != ((p.apiVersion & 0xff0000ff) | 0x70010000 | (word & 0x0f000000)))
		nvsim_violation(fn, "the struct is of API %#x, apiVersion is %#x", word & 0x0f0000ff, p.apiVersion);
	if (!p.device)
		return NV_ENC_ERR_INVALID_PTR;
	if (p.deviceType != NV_ENC_DEVICE_TYPE_CUDA)
		return NV_ENC_ERR_UNSUPPORTED_DEVICE;
	CUcontext ctx = p.device;
	if (!nvsim_ctx_alive(ctx)) {
		nvsim_violation(fn, "%p is not a live context", p.device);
		return NV_ENC_ERR_INVALID_DEVICE;
	}
	if (!ctx->dev->profile->encoders)
		return NV_ENC_ERR_UNSUPPORTED_DEVICE;
	if (api_index(number) < 0) {
		nvsim_violation(fn, "API %u.%u is not simulated", number / 10, number % 10);
		return NV_ENC_ERR_INVALID_VERSION;
	}
	if (p.apiVersion != (word & 0x0f0000ff))
		return NV_ENC_ERR_INVALID_VERSION;
	if (!enc_av())
		return NV_ENC_ERR_GENERIC;
	nvsim_lock();
	long limit = nvsim_env_int("NVSIM_SESSIONS", 0), n = 0;
	for (struct session *o = sessions; o; o = o->next)
		n += o->alive && o->ctx->dev == ctx->dev;
	if (limit && n >= limit) {
		nvsim_unlock();
		return NV_ENC_ERR_OUT_OF_MEMORY; // how GeForce cards say it
	}
	struct session *s = calloc(1, sizeof *s);
	s->magic = SESSION_MAGIC;
	s->alive = 1;
	s->api = probe.api;
	s->ctx = ctx;
	s->codec = -1;
	s->own = nvsim_stream_new(ctx);
	pthread_mutex_init(&s->mu, NULL);
	s->next = sessions;
	sessions = s;
	int dead = 0; // the last are remembered, so that their use is noticed
	for (struct session **t = &s->next; *t;) {
		struct session *x = *t;
		if (x->alive || ++dead < 64) {
			t = &x->next;
			continue;
		}
		*t = x->next;
		nvsim_bury(x);
	}
	char note[64];
	snprintf(note, sizeof note, "API %u.%u", number / 10, number % 10);
	nvsim_live_add(s, "encode session", note);
	nvsim_unlock();
	*encoder = s;
	return s->own ? NV_ENC_SUCCESS : NV_ENC_ERR_OUT_OF_MEMORY;
}

static NVENCSTATUS nvEncOpenEncodeSessionEx(void *p, void **encoder) {
	NVENCSTATUS e;
	if (enc_fault(__func__, &e))
		return enc_leave(__func__, e, " ");
	e = open_session(__func__, p, encoder);
	return enc_leave(__func__, e, "%p", encoder ? *encoder : NULL);
}

static NVENCSTATUS nvEncDestroyEncoder(void *encoder) {
	SESSION(0);
	struct input *in;
	for (struct resource *r = s->resources; r; r = r->next)
		nvsim_violation(__func__, r->mapped ? "resource %p is still mapped" : "resource %p is still registered", (void *)r);
	for (in = s->inputs; in; in = in->next)
		if (!in->res)
			nvsim_violation(__func__, in->locked ? "input buffer %p is still locked" : "input buffer %p is not destroyed", (void *)in);
	for (struct bitstream *b = s->bitstreams; b; b = b->next)
		nvsim_violation(__func__, b->state == BS_LOCKED ? "bitstream buffer %p is still locked" : "bitstream buffer %p is not destroyed", (void *)b);
	session_drop(s);
	nvsim_live_del(s);
	s->alive = 0; // a tombstone
	DONE(NV_ENC_SUCCESS, "%p", encoder);
}

static const char *nvEncGetLastErrorString(void *encoder) {
	struct session *s;
	nvsim_lock();
	for (s = sessions; s && s != encoder; s = s->next)
		;
	nvsim_unlock();
	return s ? s->error : "";
}

// --- the library

EXPORT NVENCSTATUS NvEncodeAPIGetMaxSupportedVersion(uint32_t *v);
NVENCSTATUS NvEncodeAPIGetMaxSupportedVersion(uint32_t *v) {
	NVENCSTATUS e;
	if (enc_fault(__func__, &e))
		return enc_leave(__func__, e, " ");
	if (!v)
		return enc_leave(__func__, NV_ENC_ERR_INVALID_PTR, "NULL");
	*v = api_newest() / 10 << 4 | api_newest() % 10;
	return enc_leave(__func__, NV_ENC_SUCCESS, "%#x", *v);
}

// Functions of other files, all with a session as their first argument.
#define SLOT(name, offset) extern NVENCSTATUS name();
#define nvEncOpenEncodeSession unused1
#define nvEncOpenEncodeSessionEx unused2
#define nvEncDestroyEncoder unused3
#define nvEncGetLastErrorString unused4
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
#include "nvenc_slots_gen.h"
#undef SLOT
#undef nvEncOpenEncodeSession
#undef nvEncOpenEncodeSessionEx
#undef nvEncDestroyEncoder
#undef nvEncGetLastErrorString

static NVENCSTATUS reserved1(void *encoder) {
	(void)encoder;
	return enc_leave(__func__, NV_ENC_ERR_UNIMPLEMENTED, " ");
}

EXPORT NVENCSTATUS NvEncodeAPICreateInstance(uint8_t *list);
NVENCSTATUS NvEncodeAPICreateInstance(uint8_t *list) {
	NVENCSTATUS e;
	if (enc_fault(__func__, &e))
		return enc_leave(__func__, e, " ");
	if (!list)
		return enc_leave(__func__, NV_ENC_ERR_INVALID_PTR, "NULL");
	uint32_t version;
	memcpy(&version, list, 4);
	// The driver fills the list for any API. The version is checked at the open.
	if (version >> 28 != 7 || !(version & 0xff))
		return enc_leave(__func__, NV_ENC_ERR_INVALID_VERSION, "%#x", version);
	if ((version >> 16 & 0xff) != 2)
		nvsim_violation(__func__, "the revision of NV_ENCODE_API_FUNCTION_LIST is 2, not %u", version >> 16 & 0xff);
	if (!nvsim_zero(list + 4, 4) || !nvsim_zero(list + 272, 8) || !nvsim_zero(list + 352, 2552 - 352))
		nvsim_violation(__func__, "reserved fields of NV_ENCODE_API_FUNCTION_LIST are set");
#define SLOT(name, offset) memcpy(list + (offset), &(void *){(void *)name}, 8);
#include "nvenc_slots_gen.h"
	SLOT(reserved1, 272) // the driver fills it too
	return enc_leave(__func__, NV_ENC_SUCCESS, "%#x", version);
}
