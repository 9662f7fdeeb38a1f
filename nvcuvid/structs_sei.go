package nvcuvid

import (
	"structs"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
)

// A SEIMessage is the type and size of one message. Source: CUSEIMESSAGE, nvcuvid.h.
type SEIMessage struct {
	_              structs.HostLayout
	SEIMessageType uint8 // payload type of the codec; metadata type for AV1
	_              [3]uint8
	SEIMessageSize uint32 // bytes
}

// SEIMessageInfo holds the messages of one picture. Source: CUVIDSEIMESSAGEINFO,
// nvcuvid.h.
type SEIMessageInfo struct {
	_               structs.HostLayout
	SEIData         uintptr // the payloads, one after another
	SEIMessage      uintptr // array of SEIMessage
	SEIMessageCount uint32
	PicIdx          uint32 // decode surface of the coming picture
}

// Messages returns the types and sizes, C memory that is valid in the callback only.
func (i *SEIMessageInfo) Messages() []SEIMessage {
	if i.SEIMessageCount == 0 || i.SEIMessage == 0 {
		return nil
	}
	return unsafe.Slice((*SEIMessage)(abi.Pointer(i.SEIMessage)), i.SEIMessageCount)
}

// Data returns n bytes of payload from offset on, C memory that is valid in the
// callback only.
func (i *SEIMessageInfo) Data(offset, n int) []byte {
	if i.SEIData == 0 || n <= 0 {
		return nil
	}
	return unsafe.Slice((*byte)(abi.Pointer(i.SEIData+uintptr(offset))), n)
}

// A TimeCodeSet is one clock timestamp of a TimeCode. Source: TIMECODESET,
// nvcuvid.h.
type TimeCodeSet struct {
	_                   structs.HostLayout
	TimeOffsetValue     uint32
	NFrames             uint16
	ClockTimestampFlag  uint8
	UnitsFieldBasedFlag uint8
	CountingType        uint8
	FullTimestampFlag   uint8
	DiscontinuityFlag   uint8
	CntDroppedFlag      uint8
	SecondsValue        uint8
	MinutesValue        uint8
	HoursValue          uint8
	SecondsFlag         uint8
	MinutesFlag         uint8
	HoursFlag           uint8
	TimeOffsetLength    uint8
	_                   uint8
}

// A TimeCode is the payload of H.264's picture timing (type 1) and HEVC's time code
// (type 136), which do not come raw. Source: TIMECODE, nvcuvid.h.
type TimeCode struct {
	_           structs.HostLayout
	TimeCodeSet [3]TimeCodeSet
	NumClockTs  uint8
}

// A TimeCodeMPEG2 is the time code of a group of pictures. Source: TIMECODEMPEG2,
// nvcuvid.h.
type TimeCodeMPEG2 struct {
	_                structs.HostLayout
	DropFrameFlag    uint8
	TimeCodeHours    uint8
	TimeCodeMinutes  uint8
	MarkerBit        uint8
	TimeCodeSeconds  uint8
	TimeCodePictures uint8
}

// MasteringDisplayInfo is the payload of type 137, in host byte order. Source:
// SEIMASTERINGDISPLAYINFO, nvcuvid.h.
type MasteringDisplayInfo struct {
	_                            structs.HostLayout
	DisplayPrimariesX            [3]uint16
	DisplayPrimariesY            [3]uint16
	WhitePointX                  uint16
	WhitePointY                  uint16
	MaxDisplayMasteringLuminance uint32
	MinDisplayMasteringLuminance uint32
}

// ContentLightLevelInfo is the payload of type 144, in host byte order; of its 8
// bytes the driver gives 4. Source: SEICONTENTLIGHTLEVELINFO, nvcuvid.h.
type ContentLightLevelInfo struct {
	_                       structs.HostLayout
	MaxContentLightLevel    uint16
	MaxPicAverageLightLevel uint16
	_                       uint32
}

// AlternativeTransfer is the payload of type 147. Source:
// SEIALTERNATIVETRANSFERCHARACTERISTICS, nvcuvid.h.
type AlternativeTransfer struct {
	_                                structs.HostLayout
	PreferredTransferCharacteristics uint8
}
