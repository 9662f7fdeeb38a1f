// What libnvidia-encode answers on a GPU without an encoder, as an H200 was seen to
// answer (static.txt of the shared hardware traces):
//
//	nvenc NAME
#include "nvenc_gen.h"
#include "sim.h"
#include <stdio.h>
#include <string.h>

NVENCSTATUS NvEncodeAPIGetMaxSupportedVersion(uint32_t *);
NVENCSTATUS NvEncodeAPICreateInstance(NV_ENCODE_API_FUNCTION_LIST *);

static int failed;
#define CHECK(got, want)                                                                                                                                       \
	do {                                                                                                                                                   \
		long g_ = (long)(got), w_ = (long)(want);                                                                                                      \
		if (g_ != w_) {                                                                                                                                \
			printf("FAIL line %d: %s is %ld, not %ld\n", __LINE__, #got, g_, w_);                                                                  \
			failed = 1;                                                                                                                            \
		}                                                                                                                                              \
	} while (0)

typedef NVENCSTATUS (*open_fn)(NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS *, void **);
typedef NVENCSTATUS (*count_fn)(void *, uint32_t *);

static uint32_t version(unsigned api, unsigned revision) { return api / 10 | api % 10 << 24 | revision << 16 | 7u << 28; }

static NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS params(CUcontext c, unsigned api) {
	return (NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS){
		.version = version(api, 1), .deviceType = NV_ENC_DEVICE_TYPE_CUDA, .device = c, .apiVersion = api / 10 | api % 10 << 24};
}

int main(int argc, char **argv) {
	const char *name = argc > 1 ? argv[1] : "";
	CUcontext c;
	CHECK(cuInit(0), 0);
	CHECK(cuDevicePrimaryCtxRetain(&c, 0), 0);
	uint32_t max = 0;
	CHECK(NvEncodeAPIGetMaxSupportedVersion(&max), 0);
	CHECK(max, 0xd0);
	CHECK(NvEncodeAPIGetMaxSupportedVersion(NULL), NV_ENC_ERR_INVALID_PTR);

	NV_ENCODE_API_FUNCTION_LIST l = {0};
	CHECK(NvEncodeAPICreateInstance(NULL), NV_ENC_ERR_INVALID_PTR);
	CHECK(NvEncodeAPICreateInstance(&l), NV_ENC_ERR_INVALID_VERSION);
	static const unsigned apis[] = {81, 91, 100, 110, 111, 120, 121, 122, 130};
	for (unsigned i = 0; i < sizeof apis / sizeof *apis; i++) {
		memset(&l, 0, sizeof l);
		l.version = version(apis[i], !strcmp(name, "list_revision") ? 1 : 2);
		if (!strcmp(name, "list_reserved"))
			l.reserved2[0] = &l;
		CHECK(NvEncodeAPICreateInstance(&l), 0);
		unsigned slots = 0;
		for (void **p = (void **)&l.nvEncOpenEncodeSession; p < (void **)&l.reserved2; p++)
			slots += *p != NULL;
		CHECK(slots, 43);
		open_fn open = (open_fn)l.nvEncOpenEncodeSessionEx;
		void *enc = &enc;
		NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS p = params(c, apis[i]);
		if (!strcmp(name, "open_reserved"))
			p.reserved1[3] = 1;
		if (!strcmp(name, "open_versions"))
			p.apiVersion = 12;
		if (!strcmp(name, "open_context"))
			p.device = &p;
		CHECK(open(&p, &enc), !strcmp(name, "open_context") ? NV_ENC_ERR_INVALID_DEVICE : NV_ENC_ERR_UNSUPPORTED_DEVICE);
		CHECK(enc, 0);
		p = params(c, apis[i]), p.version = 0;
		CHECK(open(&p, &enc), NV_ENC_ERR_INVALID_VERSION);
		p = params(NULL, apis[i]);
		CHECK(open(&p, &enc), NV_ENC_ERR_INVALID_PTR);
		CHECK(((count_fn)l.nvEncGetEncodeGUIDCount)(!strcmp(name, "no_encoder") ? &p : NULL, &max), NV_ENC_ERR_INVALID_ENCODERDEVICE);
	}
	NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS newer = params(c, 131);
	void *enc;
	CHECK(((open_fn)l.nvEncOpenEncodeSessionEx)(&newer, &enc), NV_ENC_ERR_INVALID_VERSION);
	CHECK(cuDevicePrimaryCtxRelease_v2(0), 0);
	return failed;
}
