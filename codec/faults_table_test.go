package codec

// A faultCase says what may go wrong with a function of the driver.
type faultCase struct {
	codes []int // plausible answers
	// tolerated says why nobody need be told of a failure: the work is done all the same.
	// Without it the text of an error, or of the log where nobody waits for the call,
	// names function and code.
	tolerated string
	// damage is a failure about one picture: with the policy Deliver the rest comes.
	damage bool
	// gives is a function that gives something back. When it fails, the driver keeps it.
	gives bool
	// once is a function whose answer is kept for the life of the process.
	once bool
	// harmless says why no failure is tried.
	harmless string
}

// Results of the driver. Those from 700 on that are "lost" end the context.
const (
	cuInvalid    = 1   // CUDA_ERROR_INVALID_VALUE
	cuMemory     = 2   // OUT_OF_MEMORY
	cuNoInit     = 3   // NOT_INITIALIZED
	cuBusy       = 46  // DEVICE_UNAVAILABLE
	cuNoDevice   = 100 // NO_DEVICE
	cuBadDevice  = 101 // INVALID_DEVICE
	cuBadImage   = 200 // INVALID_IMAGE
	cuBadContext = 201 // INVALID_CONTEXT
	cuMapFailed  = 205 // MAP_FAILED
	cuUnmap      = 206 // UNMAP_FAILED
	cuNoBinary   = 209 // NO_BINARY_FOR_GPU
	cuPTX        = 222 // UNSUPPORTED_PTX_VERSION
	cuHandle     = 400 // INVALID_HANDLE
	cuNotFound   = 500 // NOT_FOUND
	cuAddress    = 700 // ILLEGAL_ADDRESS, lost
	cuResources  = 701 // LAUNCH_OUT_OF_RESOURCES
	cuLaunch     = 719 // LAUNCH_FAILED, lost
	cuNo         = 801 // NOT_SUPPORTED
	cuNotReady   = 802 // SYSTEM_NOT_READY
	cuMismatch   = 803 // SYSTEM_DRIVER_MISMATCH
	cuUnknown    = 999 // UNKNOWN
)

func cuLost(code int) bool { return code == cuAddress || code == cuLaunch }

// Statuses of NVENC.
const (
	encNoDevice  = 1
	encBadDevice = 2
	encGone      = 4 // DEVICE_NOT_EXIST
	encInvalid   = 8 // INVALID_PARAM
	encMemory    = 10
	encVersion   = 15
	encMap       = 16
	encGeneric   = 20
	encRegister  = 23
)

// The release of a frame has no result. A context that is lost says so at its next call.
const released = "it happens when a frame is released"

func codes(c ...int) faultCase { return faultCase{codes: c} }
func givesBack(c ...int) faultCase {
	return faultCase{codes: c, gives: true}
}

// askedInVain are functions by which a SimpleDecoder asks for the free memory of the
// device: without an answer it takes the default of ParallelMemory, 1 GiB.
var askedInVain = []string{"cuDeviceGetCount", "cuDeviceGet", "cuDevicePrimaryCtxRetain", "cuCtxPushCurrent_v2"}

// faultTable holds every function of the driver that the product calls in the jobs.
var faultTable = map[string]faultCase{
	"cuInit":                       {codes: []int{cuNoDevice, cuUnknown, cuMismatch, cuNotReady}, once: true},
	"cuDriverGetVersion":           {codes: []int{cuInvalid}, once: true, tolerated: "it is only told"},
	"cuDeviceGetCount":             codes(cuNoInit, cuUnknown),
	"cuDeviceGet":                  codes(cuNoInit, cuBadDevice),
	"cuDevicePrimaryCtxRetain":     codes(cuMemory, cuBusy, cuUnknown),
	"cuDevicePrimaryCtxRelease_v2": {codes: []int{cuBadContext, cuUnknown}, gives: true, tolerated: "nobody needs it any more"},
	"cuCtxPushCurrent_v2":          {codes: []int{cuBadContext, cuUnknown}, gives: true, tolerated: released}, // of what is in it
	"cuCtxPopCurrent_v2":           {harmless: "what was pushed just now can be popped"},
	"cuMemGetInfo_v2":              {codes: []int{cuLaunch, cuUnknown}, tolerated: "see askedInVain"},
	"cuStreamCreate":               codes(cuMemory, cuUnknown, cuAddress),
	"cuStreamDestroy_v2":           givesBack(cuUnknown, cuAddress),
	"cuStreamSynchronize":          codes(cuUnknown, cuLaunch),
	"cuStreamWaitEvent":            codes(cuHandle, cuLaunch),
	"cuEventCreate":                codes(cuMemory, cuAddress),
	"cuEventDestroy_v2":            {codes: []int{cuUnknown, cuLaunch}, gives: true, tolerated: released},
	"cuEventRecord":                codes(cuHandle, cuAddress),
	"cuEventQuery":                 {codes: []int{cuHandle, cuLaunch}, tolerated: "a session whose context may be lost is not used again"},
	"cuEventSynchronize":           {codes: []int{cuUnknown, cuLaunch}, tolerated: released},
	"cuMemAlloc_v2":                codes(cuMemory, cuAddress),
	"cuMemFree_v2":                 {codes: []int{cuUnknown, cuLaunch}, gives: true, tolerated: released},
	"cuMemHostAlloc":               codes(cuMemory, cuAddress),
	"cuMemFreeHost":                {codes: []int{cuUnknown, cuLaunch}, gives: true, tolerated: released},
	"cuMemcpy2DAsync_v2":           codes(cuInvalid, cuAddress),
	"cuMemcpy2D_v2":                codes(cuInvalid, cuLaunch),
	"cuMemcpyHtoDAsync_v2":         codes(cuInvalid, cuAddress),
	"cuMemcpyDtoHAsync_v2":         codes(cuInvalid, cuAddress),
	"cuMemcpyDtoH_v2":              codes(cuInvalid, cuLaunch),
	"cuModuleLoadDataEx":           codes(cuMemory, cuBadImage, cuNoBinary, cuPTX),
	"cuModuleGetFunction":          codes(cuNotFound),
	"cuModuleUnload":               {codes: []int{cuUnknown}, gives: true, tolerated: "kernels go with the last frame of a context"},
	"cuLaunchKernel":               codes(cuResources, cuAddress, cuLaunch),

	"cuvidGetDecoderCaps":          {codes: []int{cuInvalid, cuNo, cuUnknown}, once: true},
	"cuvidCreateVideoParser":       codes(cuInvalid, cuMemory),
	"cuvidDestroyVideoParser":      givesBack(cuInvalid, cuUnknown),
	"cuvidParseVideoData":          {codes: []int{cuInvalid, cuUnknown, cuAddress}, damage: true},
	"cuvidCreateDecoder":           codes(cuMemory, cuNoDevice, cuNo, cuUnknown),
	"cuvidCreateDecoder (context)": {harmless: "it is part of cuvidCreateDecoder"},
	"cuvidDestroyDecoder":          givesBack(cuInvalid, cuUnknown),
	"cuvidReconfigureDecoder":      codes(cuInvalid, cuMemory, cuNo),
	"cuvidDecodePicture":           {codes: []int{cuInvalid, cuNo, cuUnknown, cuMemory, cuLaunch}, damage: true},
	"cuvidMapVideoFrame64":         codes(cuInvalid, cuMemory, cuMapFailed, cuAddress),
	"cuvidUnmapVideoFrame64":       givesBack(cuInvalid, cuUnmap, cuLaunch),
	"cuvidGetDecodeStatus":         codes(cuInvalid, cuNo, cuUnknown),  // which is logged: frames are not marked where the driver does not tell
	"decode status":                {codes: []int{8, 9}, damage: true}, // cuvidDecodeStatus_Error, _Error_Concealed

	"NvEncodeAPIGetMaxSupportedVersion": {codes: []int{encNoDevice, encGeneric}, once: true},
	"NvEncodeAPICreateInstance":         {codes: []int{encVersion, encGeneric}, once: true},
	"nvEncOpenEncodeSessionEx":          codes(encNoDevice, encBadDevice, encMemory, encVersion),
	"nvEncGetEncodeGUIDCount":           {codes: []int{encGone, encGeneric}, once: true},
	"nvEncGetEncodeGUIDs":               {codes: []int{encGone, encGeneric}, once: true},
	"nvEncGetEncodeProfileGUIDCount":    {codes: []int{encGone, encGeneric}, once: true},
	"nvEncGetEncodeProfileGUIDs":        {codes: []int{encGone, encGeneric}, once: true},
	"nvEncGetInputFormatCount":          {codes: []int{encGone, encGeneric}, once: true},
	"nvEncGetInputFormats":              {codes: []int{encGone, encGeneric}, once: true},
	"nvEncGetEncodeCaps":                {codes: []int{encGone, encGeneric}, once: true},
	"nvEncGetEncodePresetConfigEx":      codes(encInvalid, encGeneric),
	"nvEncInitializeEncoder":            codes(encInvalid, encMemory, encGeneric),
	"nvEncSetIOCudaStreams":             codes(encInvalid, encGeneric),
	"nvEncReconfigureEncoder":           codes(encInvalid, encGeneric, encGone),
	"nvEncGetSequenceParams":            codes(encInvalid, encGeneric),
	"nvEncCreateBitstreamBuffer":        codes(encMemory, encGeneric),
	"nvEncCreateInputBuffer":            codes(encMemory, encGeneric),
	"nvEncLockInputBuffer":              codes(encInvalid, encGeneric),
	"nvEncUnlockInputBuffer":            givesBack(encInvalid, encGeneric),
	"nvEncRegisterResource":             codes(encMemory, encRegister),
	"nvEncMapInputResource":             codes(encMap, encGone),
	"nvEncEncodePicture":                codes(encMemory, encGeneric, encGone),
	"nvEncLockBitstream":                codes(encInvalid, encGeneric),
	"nvEncUnlockBitstream":              givesBack(encInvalid, encGeneric),
	"nvEncUnmapInputResource":           givesBack(encInvalid, encGeneric),
	"nvEncUnregisterResource":           givesBack(encInvalid, encGeneric),
	"nvEncDestroyInputBuffer":           givesBack(encInvalid, encGeneric),
	"nvEncDestroyBitstreamBuffer":       givesBack(encInvalid, encGeneric),
	"nvEncDestroyEncoder":               givesBack(encGeneric),
}
