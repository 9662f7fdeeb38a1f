package cuda

import (
	"github.com/go-nvcodec/nvcodec/internal/abi"
	"github.com/go-nvcodec/nvcodec/internal/nvlib"
)

// driver is the function table: addresses, so that tests can put Go functions in.
// The names are exact. Where a _v2 exists, the plain name is exported too but
// speaks the 32-bit interface of CUDA 3, so it is never a substitute; the two
// exceptions are noted.
type driver struct {
	name string

	cuInit, cuDriverGetVersion, cuGetErrorName, cuGetErrorString uintptr

	cuDeviceGetCount, cuDeviceGet, cuDeviceGetName, cuDeviceGetAttribute  uintptr
	cuDeviceTotalMem, cuDeviceGetPCIBusID, cuDeviceGetUUID                uintptr
	cuDevicePrimaryCtxRetain, cuDevicePrimaryCtxRelease                   uintptr
	cuCtxCreate, cuCtxDestroy, cuCtxPushCurrent, cuCtxPopCurrent          uintptr
	cuCtxGetCurrent, cuCtxGetDevice, cuCtxSynchronize, cuMemGetInfo       uintptr
	cuStreamCreate, cuStreamCreateWithPriority, cuStreamDestroy           uintptr
	cuStreamSynchronize, cuStreamQuery, cuStreamWaitEvent, cuStreamGetCtx uintptr
	cuEventCreate, cuEventDestroy, cuEventRecord, cuEventQuery            uintptr
	cuEventSynchronize, cuEventElapsedTime                                uintptr
	cuMemAlloc, cuMemAllocPitch, cuMemFree, cuMemHostAlloc, cuMemFreeHost uintptr
	cuMemHostRegister, cuMemHostUnregister                                uintptr
	cuMemAllocAsync, cuMemFreeAsync, cuMemAllocFromPoolAsync              uintptr
	cuMemPoolCreate, cuMemPoolDestroy, cuMemPoolSetAttribute              uintptr
	cuMemPoolTrimTo                                                       uintptr
	cuMemcpyHtoD, cuMemcpyDtoH, cuMemcpyDtoD                              uintptr
	cuMemcpyHtoDAsync, cuMemcpyDtoHAsync, cuMemcpyDtoDAsync               uintptr
	cuMemcpy2D, cuMemcpy2DUnaligned, cuMemcpy2DAsync, cuMemcpyPeerAsync   uintptr
	cuMemsetD8, cuMemsetD8Async, cuMemsetD2D8, cuMemsetD2D8Async          uintptr
	cuPointerGetAttribute                                                 uintptr
	cuArrayCreate, cuArrayDestroy                                         uintptr
	cuModuleLoadDataEx, cuModuleUnload, cuModuleGetFunction               uintptr
	cuModuleGetGlobal, cuLaunchKernel                                     uintptr
	cuIpcGetMemHandle, cuIpcOpenMemHandle, cuIpcCloseMemHandle            uintptr
	cuIpcGetEventHandle, cuIpcOpenEventHandle                             uintptr
}

func newDriver(lib *abi.Library) (*driver, error) {
	s := abi.NewSymbols(lib)
	d := &driver{
		name: lib.Name,

		cuInit:             s.Need("cuInit"),
		cuDriverGetVersion: s.Need("cuDriverGetVersion"),
		cuGetErrorName:     s.Want("cuGetErrorName"),
		cuGetErrorString:   s.Want("cuGetErrorString"),

		cuDeviceGetCount:     s.Need("cuDeviceGetCount"),
		cuDeviceGet:          s.Need("cuDeviceGet"),
		cuDeviceGetName:      s.Need("cuDeviceGetName"),
		cuDeviceGetAttribute: s.Need("cuDeviceGetAttribute"),
		cuDeviceTotalMem:     s.Need("cuDeviceTotalMem_v2"),
		cuDeviceGetPCIBusID:  s.Want("cuDeviceGetPCIBusId"),

		cuDevicePrimaryCtxRetain: s.Need("cuDevicePrimaryCtxRetain"),
		// Same signature under both names; _v2 (CUDA 11.0) only differs in refusing
		// to reset a context that others use.
		cuDevicePrimaryCtxRelease: s.Need("cuDevicePrimaryCtxRelease_v2", "cuDevicePrimaryCtxRelease"),

		cuCtxCreate:      s.Need("cuCtxCreate_v2"),
		cuCtxDestroy:     s.Need("cuCtxDestroy_v2"),
		cuCtxPushCurrent: s.Need("cuCtxPushCurrent_v2"),
		cuCtxPopCurrent:  s.Need("cuCtxPopCurrent_v2"),
		cuCtxGetCurrent:  s.Need("cuCtxGetCurrent"),
		cuCtxGetDevice:   s.Need("cuCtxGetDevice"),
		cuCtxSynchronize: s.Need("cuCtxSynchronize"),
		cuMemGetInfo:     s.Need("cuMemGetInfo_v2"),

		cuStreamCreate:             s.Need("cuStreamCreate"),
		cuStreamCreateWithPriority: s.Want("cuStreamCreateWithPriority"),
		cuStreamDestroy:            s.Need("cuStreamDestroy_v2"),
		cuStreamSynchronize:        s.Need("cuStreamSynchronize"),
		cuStreamQuery:              s.Need("cuStreamQuery"),
		cuStreamWaitEvent:          s.Need("cuStreamWaitEvent"),
		cuStreamGetCtx:             s.Want("cuStreamGetCtx"),

		cuEventCreate:      s.Need("cuEventCreate"),
		cuEventDestroy:     s.Need("cuEventDestroy_v2"),
		cuEventRecord:      s.Need("cuEventRecord"),
		cuEventQuery:       s.Need("cuEventQuery"),
		cuEventSynchronize: s.Need("cuEventSynchronize"),
		cuEventElapsedTime: s.Want("cuEventElapsedTime"),

		cuMemAlloc:          s.Need("cuMemAlloc_v2"),
		cuMemAllocPitch:     s.Need("cuMemAllocPitch_v2"),
		cuMemFree:           s.Need("cuMemFree_v2"),
		cuMemHostAlloc:      s.Need("cuMemHostAlloc"),
		cuMemFreeHost:       s.Need("cuMemFreeHost"),
		cuMemHostRegister:   s.Want("cuMemHostRegister_v2"),
		cuMemHostUnregister: s.Want("cuMemHostUnregister"),

		// CUDA 11.2. Without all of them, memory comes from cuMemAlloc.
		cuMemAllocAsync:         s.Want("cuMemAllocAsync"),
		cuMemFreeAsync:          s.Want("cuMemFreeAsync"),
		cuMemAllocFromPoolAsync: s.Want("cuMemAllocFromPoolAsync"),
		cuMemPoolCreate:         s.Want("cuMemPoolCreate"),
		cuMemPoolDestroy:        s.Want("cuMemPoolDestroy"),
		cuMemPoolSetAttribute:   s.Want("cuMemPoolSetAttribute"),
		cuMemPoolTrimTo:         s.Want("cuMemPoolTrimTo"),

		cuMemcpyHtoD:        s.Need("cuMemcpyHtoD_v2"),
		cuMemcpyDtoH:        s.Need("cuMemcpyDtoH_v2"),
		cuMemcpyDtoD:        s.Need("cuMemcpyDtoD_v2"),
		cuMemcpyHtoDAsync:   s.Need("cuMemcpyHtoDAsync_v2"),
		cuMemcpyDtoHAsync:   s.Need("cuMemcpyDtoHAsync_v2"),
		cuMemcpyDtoDAsync:   s.Need("cuMemcpyDtoDAsync_v2"),
		cuMemcpy2D:          s.Need("cuMemcpy2D_v2"),
		cuMemcpy2DUnaligned: s.Want("cuMemcpy2DUnaligned_v2"),
		cuMemcpy2DAsync:     s.Need("cuMemcpy2DAsync_v2"),
		cuMemcpyPeerAsync:   s.Want("cuMemcpyPeerAsync"),
		cuMemsetD8:          s.Need("cuMemsetD8_v2"),
		cuMemsetD8Async:     s.Need("cuMemsetD8Async"),
		cuMemsetD2D8:        s.Want("cuMemsetD2D8_v2"),
		cuMemsetD2D8Async:   s.Want("cuMemsetD2D8Async"),

		cuPointerGetAttribute: s.Need("cuPointerGetAttribute"),

		cuArrayCreate:  s.Want("cuArrayCreate_v2"),
		cuArrayDestroy: s.Want("cuArrayDestroy"),

		cuModuleLoadDataEx:  s.Need("cuModuleLoadDataEx"),
		cuModuleUnload:      s.Need("cuModuleUnload"),
		cuModuleGetFunction: s.Need("cuModuleGetFunction"),
		cuModuleGetGlobal:   s.Want("cuModuleGetGlobal_v2"),
		cuLaunchKernel:      s.Need("cuLaunchKernel"),

		cuIpcGetMemHandle:    s.Want("cuIpcGetMemHandle"),
		cuIpcOpenMemHandle:   s.Want("cuIpcOpenMemHandle_v2"),
		cuIpcCloseMemHandle:  s.Want("cuIpcCloseMemHandle"),
		cuIpcGetEventHandle:  s.Want("cuIpcGetEventHandle"),
		cuIpcOpenEventHandle: s.Want("cuIpcOpenEventHandle"),
	}
	// Same signature; _v2 (CUDA 11.4) names the MIG instance rather than the GPU.
	if d.cuDeviceGetUUID = s.Want("cuDeviceGetUuid_v2"); d.cuDeviceGetUUID == 0 {
		d.cuDeviceGetUUID = s.Want("cuDeviceGetUuid")
	}
	return d, s.Err(nvlib.CUDA.Remedy())
}
