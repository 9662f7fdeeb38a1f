package nvenc

import "strconv"

// A Status is what a function answers. All but Success are errors.
//
// Source: NVENCSTATUS, nvEncodeAPI.h.
type Status int32

// The statuses.
const (
	Success                   Status = 0
	ErrNoEncodeDevice         Status = 1
	ErrUnsupportedDevice      Status = 2
	ErrInvalidEncoderDevice   Status = 3
	ErrInvalidDevice          Status = 4
	ErrDeviceNotExist         Status = 5
	ErrInvalidPtr             Status = 6
	ErrInvalidEvent           Status = 7
	ErrInvalidParam           Status = 8
	ErrInvalidCall            Status = 9
	ErrOutOfMemory            Status = 10
	ErrEncoderNotInitialized  Status = 11
	ErrUnsupportedParam       Status = 12
	ErrLockBusy               Status = 13
	ErrNotEnoughBuffer        Status = 14
	ErrInvalidVersion         Status = 15
	ErrMapFailed              Status = 16
	ErrNeedMoreInput          Status = 17
	ErrEncoderBusy            Status = 18
	ErrEventNotRegistered     Status = 19
	ErrGeneric                Status = 20
	ErrIncompatibleClientKey  Status = 21
	ErrUnimplemented          Status = 22
	ErrResourceRegisterFailed Status = 23
	ErrResourceNotRegistered  Status = 24
	ErrResourceNotMapped      Status = 25
	ErrNeedMoreOutput         Status = 26
)

var statuses = [...]struct{ name, text string }{
	{"NV_ENC_SUCCESS", "success"},
	{"NV_ENC_ERR_NO_ENCODE_DEVICE", "no device can encode"},
	{"NV_ENC_ERR_UNSUPPORTED_DEVICE", "the device cannot encode"},
	{"NV_ENC_ERR_INVALID_ENCODERDEVICE", "not a device for encoding"},
	{"NV_ENC_ERR_INVALID_DEVICE", "invalid device"},
	{"NV_ENC_ERR_DEVICE_NOT_EXIST", "the device is gone"},
	{"NV_ENC_ERR_INVALID_PTR", "invalid pointer"},
	{"NV_ENC_ERR_INVALID_EVENT", "invalid event"},
	{"NV_ENC_ERR_INVALID_PARAM", "invalid parameter"},
	{"NV_ENC_ERR_INVALID_CALL", "call out of order"},
	{"NV_ENC_ERR_OUT_OF_MEMORY", "out of memory, or of encode sessions"},
	{"NV_ENC_ERR_ENCODER_NOT_INITIALIZED", "the encoder is not initialised"},
	{"NV_ENC_ERR_UNSUPPORTED_PARAM", "unsupported parameter"},
	{"NV_ENC_ERR_LOCK_BUSY", "the buffer is in use"},
	{"NV_ENC_ERR_NOT_ENOUGH_BUFFER", "the buffer is too small"},
	{"NV_ENC_ERR_INVALID_VERSION", "the driver does not know the struct's version"},
	{"NV_ENC_ERR_MAP_FAILED", "the resource could not be mapped"},
	{"NV_ENC_ERR_NEED_MORE_INPUT", "more input is needed"},
	{"NV_ENC_ERR_ENCODER_BUSY", "the encoder is busy"},
	{"NV_ENC_ERR_EVENT_NOT_REGISTERD", "the event is not registered"},
	{"NV_ENC_ERR_GENERIC", "unknown error"},
	{"NV_ENC_ERR_INCOMPATIBLE_CLIENT_KEY", "incompatible client key"},
	{"NV_ENC_ERR_UNIMPLEMENTED", "not implemented"},
	{"NV_ENC_ERR_RESOURCE_REGISTER_FAILED", "the resource could not be registered"},
	{"NV_ENC_ERR_RESOURCE_NOT_REGISTERED", "the resource is not registered"},
	{"NV_ENC_ERR_RESOURCE_NOT_MAPPED", "the resource is not mapped"},
	{"NV_ENC_ERR_NEED_MORE_OUTPUT", "more output is needed"},
}

// Error is the status in words.
func (s Status) Error() string {
	if s >= 0 && int(s) < len(statuses) {
		return statuses[s].text
	}
	return "status " + strconv.Itoa(int(s))
}

// Name is the C constant.
func (s Status) Name() string {
	if s >= 0 && int(s) < len(statuses) {
		return statuses[s].name
	}
	return "NVENCSTATUS(" + strconv.Itoa(int(s)) + ")"
}

// String is Name.
func (s Status) String() string { return s.Name() }
