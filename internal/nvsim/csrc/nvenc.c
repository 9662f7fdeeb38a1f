// libnvidia-encode on a GPU without an encoder: what an H200 was seen to answer.
// Sessions on GPUs with one are not simulated yet.
#include "nvenc_gen.h"
#include "sim.h"

enum { MAX_DEFAULT = 130 }; // 13.0

// The newest API of the simulated driver, as major*10+minor.
static unsigned newest(void) { return (unsigned)nvsim_env_int("NVSIM_NVENC", MAX_DEFAULT); }

static unsigned api_of(uint32_t version) { return (version & 0xff) * 10 + (version >> 24 & 15); }

static NVENCSTATUS leave(const char *fn, NVENCSTATUS s) {
	nvsim_leave(fn, (CUresult)s, " ");
	return s;
}

// Every other function of the list asks for an encoder first.
#define NEEDS_ENCODER(name)                                                                                                                                    \
	static NVENCSTATUS name(void *encoder) {                                                                                                               \
		if (encoder)                                                                                                                                   \
			nvsim_violation(#name, "%p is not an encoder", encoder);                                                                               \
		return leave(#name, NV_ENC_ERR_INVALID_ENCODERDEVICE);                                                                                         \
	}
#include "nvenc_slots_gen.h"
NEEDS_ENCODER(reserved1)
#undef NEEDS_ENCODER

static NVENCSTATUS open_session(void *device, uint32_t type, void **encoder) {
	(void)device, (void)type, (void)encoder;
	return leave("nvEncOpenEncodeSession", NV_ENC_ERR_INVALID_CALL);
}

static NVENCSTATUS open_session_ex(NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS *p, void **encoder) {
	static const char fn[] = "nvEncOpenEncodeSessionEx";
	CUresult fault;
	if (nvsim_fault(fn, &fault))
		return leave(fn, (NVENCSTATUS)fault);
	if (encoder)
		*encoder = NULL;
	if (!p || !encoder)
		return leave(fn, NV_ENC_ERR_INVALID_PTR);
	unsigned api = api_of(p->version);
	if ((p->version & 0xf0ff0000) != 0x70010000 || api < 80 || api > newest())
		return leave(fn, NV_ENC_ERR_INVALID_VERSION);
	if (p->version != ((p->apiVersion & 0xff0000ff) | 0x70010000 | (p->version & 0x0f000000)))
		nvsim_violation(fn, "the struct is of API %#x, apiVersion is %#x", p->version & 0x0f0000ff, p->apiVersion);
	if (p->reserved || !nvsim_zero(p->reserved1, sizeof p->reserved1) || !nvsim_zero(p->reserved2, sizeof p->reserved2))
		nvsim_violation(fn, "reserved fields of NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS are set");
	if (!p->device)
		return leave(fn, NV_ENC_ERR_INVALID_PTR);
	if (p->deviceType == NV_ENC_DEVICE_TYPE_CUDA && !nvsim_ctx_alive(p->device)) {
		nvsim_violation(fn, "%p is not a live context", p->device);
		return leave(fn, NV_ENC_ERR_INVALID_DEVICE);
	}
	return leave(fn, NV_ENC_ERR_UNSUPPORTED_DEVICE);
}

static const char *last_error(void *encoder) {
	(void)encoder;
	return "";
}

EXPORT NVENCSTATUS NvEncodeAPIGetMaxSupportedVersion(uint32_t *v);
NVENCSTATUS NvEncodeAPIGetMaxSupportedVersion(uint32_t *v) {
	CUresult fault;
	if (nvsim_fault(__func__, &fault))
		return leave(__func__, (NVENCSTATUS)fault);
	if (!v)
		return leave(__func__, NV_ENC_ERR_INVALID_PTR);
	*v = newest() / 10 << 4 | newest() % 10;
	return leave(__func__, NV_ENC_SUCCESS);
}

EXPORT NVENCSTATUS NvEncodeAPICreateInstance(NV_ENCODE_API_FUNCTION_LIST *l);
NVENCSTATUS NvEncodeAPICreateInstance(NV_ENCODE_API_FUNCTION_LIST *l) {
	CUresult fault;
	if (nvsim_fault(__func__, &fault))
		return leave(__func__, (NVENCSTATUS)fault);
	if (!l)
		return leave(__func__, NV_ENC_ERR_INVALID_PTR);
	// The driver fills the list for any API. The version is checked at the open.
	if (l->version >> 28 != 7 || !(l->version & 0xff))
		return leave(__func__, NV_ENC_ERR_INVALID_VERSION);
	if ((l->version >> 16 & 0xff) != 2)
		nvsim_violation(__func__, "the revision of NV_ENCODE_API_FUNCTION_LIST is 2, not %u", l->version >> 16 & 0xff);
	if (l->reserved || l->reserved1 || !nvsim_zero(l->reserved2, sizeof l->reserved2))
		nvsim_violation(__func__, "reserved fields of NV_ENCODE_API_FUNCTION_LIST are set");
#define NEEDS_ENCODER(name) l->name = (void *)name;
#include "nvenc_slots_gen.h"
#undef NEEDS_ENCODER
	l->reserved1 = (void *)reserved1; // the driver fills it too
	l->nvEncOpenEncodeSession = (void *)open_session;
	l->nvEncOpenEncodeSessionEx = (void *)open_session_ex;
	l->nvEncGetLastErrorString = (void *)last_error;
	return leave(__func__, NV_ENC_SUCCESS);
}
