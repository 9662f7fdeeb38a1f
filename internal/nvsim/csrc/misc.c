// What is left: function lookup, memory of other processes, and all functions that
// are not simulated.
#include "cuda_int.h"
#include <dlfcn.h>

static CUresult unsupported(const char *fn) {
	nvsim_trace("%s() = 801 not simulated", fn);
	return CUDA_ERROR_NOT_SUPPORTED;
}

// Without arguments: the caller's are simply not looked at.
#define STUB(name)                                                                                                                                             \
	EXPORT CUresult name(void);                                                                                                                            \
	CUresult name(void) { return unsupported(#name); }
#include "stubs_gen.h"
// And these, which the goldens do not have.
STUB(cuLinkCreate)
STUB(cuLinkAddData)
STUB(cuLinkAddFile)
STUB(cuGLGetDevices)
STUB(cuGLGetDevices_v2)
STUB(cuGLCtxCreate_v2)
STUB(cuGLInit)
STUB(cuGraphicsGLRegisterImage)
STUB(cuGraphicsGLRegisterBuffer)
STUB(cuGraphicsResourceGetMappedPointer_v2)
STUB(cuGraphicsResourceSetMapFlags_v2)
STUB(cuGraphicsResourceGetMappedMipmappedArray)
STUB(cuGraphicsEGLRegisterImage)
STUB(cuGraphicsVDPAURegisterVideoSurface)
STUB(cuGraphicsVDPAURegisterOutputSurface)
STUB(cuVDPAUGetDevice)
STUB(cuVDPAUCtxCreate_v2)
STUB(cuEGLStreamConsumerConnect)
STUB(cuEGLStreamConsumerConnectWithFlags)
STUB(cuEGLStreamConsumerDisconnect)
STUB(cuEGLStreamConsumerAcquireFrame)
STUB(cuEGLStreamConsumerReleaseFrame)
STUB(cuEGLStreamProducerConnect)
STUB(cuEGLStreamProducerDisconnect)
STUB(cuEGLStreamProducerPresentFrame)
STUB(cuEGLStreamProducerReturnFrame)
STUB(cuMipmappedArrayCreate)
STUB(cuMipmappedArrayDestroy)
STUB(cuMipmappedArrayGetLevel)
STUB(cuProfilerStart)
STUB(cuProfilerStop)
STUB(cuSurfObjectCreate)
STUB(cuSurfObjectDestroy)
STUB(cuTensorMapEncodeTiled)
STUB(cuStreamBeginCapture)
STUB(cuStreamWaitValue32)
STUB(cuStreamWriteValue32)
STUB(cuCtxSynchronize_v2)
STUB(cuMemcpyBatchAsync)
STUB(cuMemGetDefaultMemPool)

API(cuGetProcAddress_v2)(const char *name, void **out, int version, cuuint64_t flags, CUdriverProcAddressQueryResult *status) {
	ENTER(ANY_STATE);
	if (!name || !out)
		LEAVE(BAD, "%s", name ? name : "NULL");
	(void)flags;
	static void *self;
	Dl_info me;
	if (!self && dladdr((void *)cuGetProcAddress_v2, &me))
		self = dlopen(me.dli_fname, RTLD_NOW | RTLD_NOLOAD);
	char v2[128];
	snprintf(v2, sizeof v2, "%s_v2", name);
	void *f = version >= 3020 ? dlsym(self, v2) : NULL;
	if (!f)
		f = dlsym(self, name);
	*out = f;
	if (status)
		*status = f ? 0 : 1;
	LEAVE(f ? OK : CUDA_ERROR_NOT_FOUND, "%s,%d", name, version);
}

// Memory of another process: the handle is the pointer, good in this process only,
// where the real one refuses it.
API(cuIpcGetMemHandle)(CUipcMemHandle *h, CUdeviceptr p) {
	ENTER(NEED_CTX);
	nvsim_lock();
	struct alloc *a = alloc_find(p);
	CUresult r = !h || !a || a->async ? BAD : OK;
	if (r == OK) {
		memset(h, 0, sizeof *h);
		memcpy(h->reserved, &a->start, sizeof a->start);
	}
	nvsim_unlock();
	LEAVE(r, "%#llx", p);
}

API(cuIpcOpenMemHandle_v2)(CUdeviceptr *p, CUipcMemHandle h, unsigned flags) {
	ENTER(NEED_CTX);
	(void)p, (void)h;
	LEAVE(flags == 1 ? CUDA_ERROR_INVALID_CONTEXT : BAD, "%u", flags);
}

API(cuIpcCloseMemHandle)(CUdeviceptr p) {
	ENTER(NEED_CTX);
	LEAVE(BAD, "%#llx", p);
}

API(cuIpcGetEventHandle)(CUipcEventHandle *h, CUevent e) {
	ENTER(NEED_CTX);
	if (!h || !e || e->magic != EVENT_MAGIC || !(e->flags & 4))
		LEAVE(CUDA_ERROR_INVALID_HANDLE, "%p", (void *)e);
	memset(h, 0, sizeof *h);
	memcpy(h->reserved, &e, sizeof e);
	LEAVE(OK, "%p", (void *)e);
}
