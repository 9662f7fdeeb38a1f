package cuda

import (
	"errors"
	"strings"
)

// A Result is a status of the CUDA driver. It is an error, and errors.Is finds it
// in every *Error: errors.Is(err, cuda.ErrOutOfMemory).
//
// Source: CUresult, cuda.h.
type Result int32

// The statuses of CUDA 12.6 and 13.0. A newer driver may return others.
const (
	Success                         Result = 0
	ErrInvalidValue                 Result = 1
	ErrOutOfMemory                  Result = 2
	ErrNotInitialized               Result = 3
	ErrDeinitialized                Result = 4
	ErrProfilerDisabled             Result = 5
	ErrProfilerNotInitialized       Result = 6
	ErrProfilerAlreadyStarted       Result = 7
	ErrProfilerAlreadyStopped       Result = 8
	ErrStubLibrary                  Result = 34
	ErrCallRequiresNewerDriver      Result = 36
	ErrDeviceUnavailable            Result = 46
	ErrNoDevice                     Result = 100
	ErrInvalidDevice                Result = 101
	ErrDeviceNotLicensed            Result = 102
	ErrInvalidImage                 Result = 200
	ErrInvalidContext               Result = 201
	ErrContextAlreadyCurrent        Result = 202
	ErrMapFailed                    Result = 205
	ErrUnmapFailed                  Result = 206
	ErrArrayIsMapped                Result = 207
	ErrAlreadyMapped                Result = 208
	ErrNoBinaryForGPU               Result = 209
	ErrAlreadyAcquired              Result = 210
	ErrNotMapped                    Result = 211
	ErrNotMappedAsArray             Result = 212
	ErrNotMappedAsPointer           Result = 213
	ErrECCUncorrectable             Result = 214
	ErrUnsupportedLimit             Result = 215
	ErrContextAlreadyInUse          Result = 216
	ErrPeerAccessUnsupported        Result = 217
	ErrInvalidPTX                   Result = 218
	ErrInvalidGraphicsContext       Result = 219
	ErrNVLinkUncorrectable          Result = 220
	ErrJITCompilerNotFound          Result = 221
	ErrUnsupportedPTXVersion        Result = 222
	ErrJITCompilationDisabled       Result = 223
	ErrUnsupportedExecAffinity      Result = 224
	ErrUnsupportedDevsideSync       Result = 225
	ErrContained                    Result = 226
	ErrInvalidSource                Result = 300
	ErrFileNotFound                 Result = 301
	ErrSharedObjectSymbolNotFound   Result = 302
	ErrSharedObjectInitFailed       Result = 303
	ErrOperatingSystem              Result = 304
	ErrInvalidHandle                Result = 400
	ErrIllegalState                 Result = 401
	ErrLossyQuery                   Result = 402
	ErrNotFound                     Result = 500
	ErrNotReady                     Result = 600
	ErrIllegalAddress               Result = 700
	ErrLaunchOutOfResources         Result = 701
	ErrLaunchTimeout                Result = 702
	ErrLaunchIncompatibleTexturing  Result = 703
	ErrPeerAccessAlreadyEnabled     Result = 704
	ErrPeerAccessNotEnabled         Result = 705
	ErrPrimaryContextActive         Result = 708
	ErrContextIsDestroyed           Result = 709
	ErrAssert                       Result = 710
	ErrTooManyPeers                 Result = 711
	ErrHostMemoryAlreadyRegistered  Result = 712
	ErrHostMemoryNotRegistered      Result = 713
	ErrHardwareStackError           Result = 714
	ErrIllegalInstruction           Result = 715
	ErrMisalignedAddress            Result = 716
	ErrInvalidAddressSpace          Result = 717
	ErrInvalidPC                    Result = 718
	ErrLaunchFailed                 Result = 719
	ErrCooperativeLaunchTooLarge    Result = 720
	ErrTensorMemoryLeak             Result = 721
	ErrNotPermitted                 Result = 800
	ErrNotSupported                 Result = 801
	ErrSystemNotReady               Result = 802
	ErrSystemDriverMismatch         Result = 803
	ErrCompatNotSupportedOnDevice   Result = 804
	ErrMPSConnectionFailed          Result = 805
	ErrMPSRPCFailure                Result = 806
	ErrMPSServerNotReady            Result = 807
	ErrMPSMaxClientsReached         Result = 808
	ErrMPSMaxConnectionsReached     Result = 809
	ErrMPSClientTerminated          Result = 810
	ErrCDPNotSupported              Result = 811
	ErrCDPVersionMismatch           Result = 812
	ErrStreamCaptureUnsupported     Result = 900
	ErrStreamCaptureInvalidated     Result = 901
	ErrStreamCaptureMerge           Result = 902
	ErrStreamCaptureUnmatched       Result = 903
	ErrStreamCaptureUnjoined        Result = 904
	ErrStreamCaptureIsolation       Result = 905
	ErrStreamCaptureImplicit        Result = 906
	ErrCapturedEvent                Result = 907
	ErrStreamCaptureWrongThread     Result = 908
	ErrTimeout                      Result = 909
	ErrGraphExecUpdateFailure       Result = 910
	ErrExternalDevice               Result = 911
	ErrInvalidClusterSize           Result = 912
	ErrFunctionNotLoaded            Result = 913
	ErrInvalidResourceType          Result = 914
	ErrInvalidResourceConfiguration Result = 915
	ErrKeyRotation                  Result = 916
	ErrUnknown                      Result = 999
)

// Error returns the driver's own words, or, without a driver, words made from the
// name.
func (r Result) Error() string {
	if s := driverString(api.Load(), r, true); s != "" {
		return s
	}
	name := r.Name()
	return strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(name, "CUDA_ERROR_")), "_", " ")
}

// Name returns the C name, such as CUDA_ERROR_OUT_OF_MEMORY.
func (r Result) Name() string {
	if s, ok := resultNames[r]; ok {
		return s
	}
	if s := driverString(api.Load(), r, false); s != "" {
		return s
	}
	return "Result(" + itoa(int(r)) + ")"
}

// Is makes ErrNotSupported match errors.ErrUnsupported.
func (r Result) Is(target error) bool {
	return target == errors.ErrUnsupported && r == ErrNotSupported
}
