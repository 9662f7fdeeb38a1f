// The names of CUDA 3.1 and older: they exist in the driver, speak the 32-bit
// interface, and whoever calls one has looked up the wrong name. Two old names take
// the same arguments as the new ones and do the same: GStreamer calls them.
#include "cuda_int.h"

#define LEGACY(name)                                                                                                                                           \
	EXPORT CUresult name(void);                                                                                                                            \
	CUresult name(void) {                                                                                                                                  \
		nvsim_violation(#name, "is the 32-bit interface of CUDA 3.1; the name needs _v2");                                                             \
		return CUDA_ERROR_INVALID_VALUE;                                                                                                               \
	}
LEGACY(cuCtxCreate)
LEGACY(cuCtxDestroy)
LEGACY(cuCtxPushCurrent)
LEGACY(cuCtxPopCurrent)
LEGACY(cuMemAlloc)
LEGACY(cuMemAllocPitch)
LEGACY(cuMemFree)
LEGACY(cuMemGetInfo)
LEGACY(cuMemGetAddressRange)
LEGACY(cuMemAllocHost)
LEGACY(cuMemHostGetDevicePointer)
LEGACY(cuMemHostRegister)
LEGACY(cuMemcpyHtoD)
LEGACY(cuMemcpyDtoH)
LEGACY(cuMemcpyDtoD)
LEGACY(cuMemcpyHtoDAsync)
LEGACY(cuMemcpyDtoHAsync)
LEGACY(cuMemcpyDtoDAsync)
LEGACY(cuMemcpy2D)
LEGACY(cuMemcpy2DAsync)
LEGACY(cuMemcpy2DUnaligned)
LEGACY(cuMemcpy3D)
LEGACY(cuMemcpy3DAsync)
LEGACY(cuMemsetD8)
LEGACY(cuMemsetD16)
LEGACY(cuMemsetD32)
LEGACY(cuMemsetD2D8)
LEGACY(cuMemsetD2D16)
LEGACY(cuMemsetD2D32)
LEGACY(cuModuleGetGlobal)
LEGACY(cuDeviceTotalMem)
LEGACY(cuArrayCreate)
LEGACY(cuArray3DCreate)
LEGACY(cuIpcOpenMemHandle)

EXPORT CUresult cuStreamDestroy(CUstream s);
CUresult cuStreamDestroy(CUstream s) { return cuStreamDestroy_v2(s); }
EXPORT CUresult cuEventDestroy(CUevent e);
CUresult cuEventDestroy(CUevent e) { return cuEventDestroy_v2(e); }
