package nvenc

import (
	"fmt"
	"structs"
)

// A GUID names a codec, a profile or a preset. Source: GUID, nvEncodeAPI.h.
type GUID struct {
	_     structs.HostLayout
	Data1 uint32
	Data2 uint16
	Data3 uint16
	Data4 [8]uint8
}

// String is the usual form with dashes.
func (g GUID) String() string {
	return fmt.Sprintf("%08x-%04x-%04x-%x-%x", g.Data1, g.Data2, g.Data3, g.Data4[:2], g.Data4[2:])
}
