package cuda

// A MemoryType says where memory lies. Source: CUmemorytype, cuda.h.
type MemoryType int32

// The kinds of memory.
const (
	MemoryUnknown MemoryType = 0 // the driver does not know the address: plain host memory, or nothing
	MemoryHost    MemoryType = 1 // page-locked host memory
	MemoryDevice  MemoryType = 2
	MemoryArray   MemoryType = 3
	MemoryUnified MemoryType = 4
)

func (t MemoryType) String() string {
	switch t {
	case MemoryUnknown:
		return "Unknown"
	case MemoryHost:
		return "Host"
	case MemoryDevice:
		return "Device"
	case MemoryArray:
		return "Array"
	case MemoryUnified:
		return "Unified"
	}
	return "MemoryType(" + itoa(int(t)) + ")"
}

// PointerInfo is what the driver knows about an address.
type PointerInfo struct {
	Type    MemoryType
	Device  Device
	Context uintptr   // CUcontext; 0 for stream-ordered memory, which belongs to none
	Base    DevicePtr // start of the allocation
	Size    int       // bytes of the allocation
	Managed bool
}

// CUpointer_attribute.
const (
	pointerContext    = 1
	pointerMemoryType = 2
	pointerIsManaged  = 8
	pointerOrdinal    = 9
	pointerRangeStart = 11
	pointerRangeSize  = 12
)

// Pointer asks the driver about an address that a caller gave. An address that it
// does not know has type MemoryUnknown and is no error.
//
// Source: cuPointerGetAttribute.
func Pointer(p DevicePtr) (PointerInfo, error) {
	d, err := need()
	if err != nil {
		return PointerInfo{}, err
	}
	b := borrow()
	defer b.giveBack()
	var value [6]uint64
	for i, a := range [...]uintptr{pointerMemoryType, pointerContext, pointerIsManaged, pointerOrdinal, pointerRangeStart, pointerRangeSize} {
		b.Begin()
		b.word[0] = 0
		r := Result(b.Ptr(b.out(0)).Int(a).Int(uintptr(p)).Do32(d.cuPointerGetAttribute))
		if r != Success {
			if i == 0 && r != ErrInvalidValue {
				return PointerInfo{}, d.error("cuPointerGetAttribute", r)
			}
			if i == 0 {
				return PointerInfo{}, nil
			}
			continue // older drivers lack the later ones
		}
		value[i] = b.word[0]
	}
	return PointerInfo{
		Type: MemoryType(int32(value[0])), Context: uintptr(value[1]), Managed: uint8(value[2]) != 0,
		Device: Device(int32(value[3])), Base: DevicePtr(value[4]), Size: int(value[5]),
	}, nil
}
