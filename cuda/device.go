package cuda

import (
	"encoding/hex"
	"strings"

	"github.com/go-nvcodec/nvcodec/internal/abi"
)

// A Device is a GPU: a CUdevice, which in practice is its ordinal among the
// devices that the process may see.
type Device int32

// An Attribute is a property of a device. Source: CUdevice_attribute, cuda.h.
type Attribute int32

// The attributes in use here; any other value of cuda.h works as well.
const (
	MaxThreadsPerBlock         Attribute = 1
	MultiprocessorCount        Attribute = 16
	Integrated                 Attribute = 18
	PCIBusNumber               Attribute = 33
	AsyncEngineCount           Attribute = 40
	UnifiedAddressing          Attribute = 41
	ComputeCapabilityMajor     Attribute = 75
	ComputeCapabilityMinor     Attribute = 76
	MemoryPoolsSupported       Attribute = 115
	maxAttributeTextBufferSize           = 256
)

// Devices lists the GPUs that the process may use (CUDA_VISIBLE_DEVICES), in the
// driver's order.
//
// Source: cuDeviceGetCount, cuDeviceGet.
func Devices() ([]Device, error) {
	d, err := need()
	if err != nil {
		return nil, err
	}
	c := borrow()
	defer c.giveBack()
	if err := d.call(c.Ptr(c.out(0)), "cuDeviceGetCount", d.cuDeviceGetCount); err != nil {
		return nil, err
	}
	list := make([]Device, c.int32(0))
	for i := range list {
		c.Begin()
		if err := d.call(c.Ptr(c.out(0)).Int(uintptr(i)), "cuDeviceGet", d.cuDeviceGet); err != nil {
			return nil, err
		}
		list[i] = Device(c.int32(0))
	}
	return list, nil
}

// Name returns the marketing name, such as NVIDIA H200.
//
// Source: cuDeviceGetName.
func (dev Device) Name() (string, error) {
	d, err := need()
	if err != nil {
		return "", err
	}
	return dev.text(d, "cuDeviceGetName", d.cuDeviceGetName)
}

// PCIBusID returns domain:bus:device.function, as nvidia-smi prints it.
//
// Source: cuDeviceGetPCIBusId.
func (dev Device) PCIBusID() (string, error) {
	d, err := need()
	if err != nil {
		return "", err
	}
	return dev.text(d, "cuDeviceGetPCIBusId", d.cuDeviceGetPCIBusID)
}

func (dev Device) text(d *driver, name string, fn uintptr) (string, error) {
	b := make([]byte, maxAttributeTextBufferSize)
	c := borrow()
	defer c.giveBack()
	err := d.call(c.Ptr(ptr(b)).Int(uintptr(len(b))).Int(uintptr(dev)), name, fn)
	if err != nil {
		return "", err
	}
	return abi.GoStringN(b), nil
}

// UUID returns the GPU-... name that nvidia-smi -L prints; for a MIG instance, that
// of the instance, MIG-..., on drivers that tell (CUDA 11.4).
//
// Source: cuDeviceGetUuid_v2.
func (dev Device) UUID() (string, error) {
	d, err := need()
	if err != nil {
		return "", err
	}
	b := make([]byte, 16)
	c := borrow()
	defer c.giveBack()
	if err := d.call(c.Ptr(ptr(b)).Int(uintptr(dev)), "cuDeviceGetUuid", d.cuDeviceGetUUID); err != nil {
		return "", err
	}
	h := hex.EncodeToString(b)
	name, err := dev.Name()
	prefix := "GPU-"
	if err == nil && strings.Contains(name, "MIG ") {
		prefix = "MIG-"
	}
	return prefix + h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:], nil
}

// Attribute returns the value of a property.
//
// Source: cuDeviceGetAttribute.
func (dev Device) Attribute(a Attribute) (int, error) {
	d, err := need()
	if err != nil {
		return 0, err
	}
	c := borrow()
	defer c.giveBack()
	err = d.call(c.Ptr(c.out(0)).Int(uintptr(a)).Int(uintptr(dev)), "cuDeviceGetAttribute", d.cuDeviceGetAttribute)
	return int(c.int32(0)), err
}

// ComputeCapability returns the architecture version: 9, 0 for Hopper.
func (dev Device) ComputeCapability() (major, minor int, err error) {
	if major, err = dev.Attribute(ComputeCapabilityMajor); err != nil {
		return 0, 0, err
	}
	minor, err = dev.Attribute(ComputeCapabilityMinor)
	return major, minor, err
}

// TotalMemory returns the size of the device's memory in bytes.
//
// Source: cuDeviceTotalMem_v2.
func (dev Device) TotalMemory() (uint64, error) {
	d, err := need()
	if err != nil {
		return 0, err
	}
	c := borrow()
	defer c.giveBack()
	err = d.call(c.Ptr(c.out(0)).Int(uintptr(dev)), "cuDeviceTotalMem", d.cuDeviceTotalMem)
	return c.word[0], err
}
