package nvenc

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/layout"
)

func TestStatus(t *testing.T) {
	names := map[string]int64{}
	for i := range statuses {
		names[Status(i).Name()] = int64(i)
		require.NotEmpty(t, Status(i).Error())
	}
	layout.CheckEnum(t, "nvenc-13.1", "NVENCSTATUS", names)
	for s, name := range map[Status]string{
		ErrNoEncodeDevice: "NV_ENC_ERR_NO_ENCODE_DEVICE", ErrUnsupportedDevice: "NV_ENC_ERR_UNSUPPORTED_DEVICE", ErrInvalidEncoderDevice: "NV_ENC_ERR_INVALID_ENCODERDEVICE",
		ErrInvalidDevice: "NV_ENC_ERR_INVALID_DEVICE", ErrDeviceNotExist: "NV_ENC_ERR_DEVICE_NOT_EXIST", ErrInvalidPtr: "NV_ENC_ERR_INVALID_PTR",
		ErrInvalidEvent: "NV_ENC_ERR_INVALID_EVENT", ErrInvalidParam: "NV_ENC_ERR_INVALID_PARAM", ErrInvalidCall: "NV_ENC_ERR_INVALID_CALL",
		ErrOutOfMemory: "NV_ENC_ERR_OUT_OF_MEMORY", ErrEncoderNotInitialized: "NV_ENC_ERR_ENCODER_NOT_INITIALIZED", ErrUnsupportedParam: "NV_ENC_ERR_UNSUPPORTED_PARAM",
		ErrLockBusy: "NV_ENC_ERR_LOCK_BUSY", ErrNotEnoughBuffer: "NV_ENC_ERR_NOT_ENOUGH_BUFFER", ErrInvalidVersion: "NV_ENC_ERR_INVALID_VERSION", ErrMapFailed: "NV_ENC_ERR_MAP_FAILED",
		ErrNeedMoreInput: "NV_ENC_ERR_NEED_MORE_INPUT", ErrEncoderBusy: "NV_ENC_ERR_ENCODER_BUSY", ErrEventNotRegistered: "NV_ENC_ERR_EVENT_NOT_REGISTERD", ErrGeneric: "NV_ENC_ERR_GENERIC",
		ErrIncompatibleClientKey: "NV_ENC_ERR_INCOMPATIBLE_CLIENT_KEY", ErrUnimplemented: "NV_ENC_ERR_UNIMPLEMENTED", ErrResourceRegisterFailed: "NV_ENC_ERR_RESOURCE_REGISTER_FAILED",
		ErrResourceNotRegistered: "NV_ENC_ERR_RESOURCE_NOT_REGISTERED", ErrResourceNotMapped: "NV_ENC_ERR_RESOURCE_NOT_MAPPED", ErrNeedMoreOutput: "NV_ENC_ERR_NEED_MORE_OUTPUT",
		Success: "NV_ENC_SUCCESS", -1: "NVENCSTATUS(-1)",
	} {
		require.Equal(t, name, s.Name())
	}
}
