package nvenc

import (
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
	"github.com/go-nvcodec/nvcodec/internal/live"
)

// A kind is a sort of object that a session makes.
type kind int

const (
	inputBuffer kind = iota
	bitstreamBuffer
	mvBuffer
	registration
	mapping
	kinds
)

var liveObjects = [kinds]*live.Kind{
	live.NewKind("nvenc.InputBuffer"), live.NewKind("nvenc.BitstreamBuffer"), live.NewKind("nvenc.MVBuffer"),
	live.NewKind("nvenc.RegisteredResource"), live.NewKind("nvenc.MappedResource"),
}

// objects counts what is open in a session.
type objects [kinds]int

func (o *objects) add(k kind) {
	o[k]++
	liveObjects[k].Add()
}

func (o *objects) done(k kind) {
	if o[k] > 0 {
		o[k]--
		liveObjects[k].Done()
	}
}

// forget: they are gone with their session.
func (o *objects) forget() {
	for k := range o {
		for o[k] > 0 {
			o.done(kind(k))
		}
	}
}

// made counts an object if it was made, and one that was given back less.
func (s *Session) made(k kind, err error) error {
	if err == nil {
		s.objects.add(k)
	}
	return err
}

func (s *Session) gone(k kind, err error) error {
	if err == nil {
		s.objects.done(k)
	}
	return err
}

// CreateInputBuffer makes an input picture in memory of the driver: p.InputBuffer.
//
// Source: NvEncCreateInputBuffer.
func (s *Session) CreateInputBuffer(p *CreateInputBuffer) error {
	return s.made(inputBuffer, callStruct(s, &s.in, idCreateInput, p, "NvEncCreateInputBuffer", s.fn.nvEncCreateInputBuffer, true))
}

// DestroyInputBuffer gives it back.
//
// Source: NvEncDestroyInputBuffer.
func (s *Session) DestroyInputBuffer(b InputPtr) error {
	return s.gone(inputBuffer, s.callHandle(&s.in, "NvEncDestroyInputBuffer", s.fn.nvEncDestroyInputBuffer, uintptr(b)))
}

// LockInputBuffer gives the host address of p.InputBuffer and the distance of its
// rows.
//
// Source: NvEncLockInputBuffer.
func (s *Session) LockInputBuffer(p *LockInputBuffer) error {
	return callStruct(s, &s.in, idLockInput, p, "NvEncLockInputBuffer", s.fn.nvEncLockInputBuffer, true)
}

// Bytes are n bytes of a locked input picture: C memory, until UnlockInputBuffer.
func (p *LockInputBuffer) Bytes(n int) []byte {
	if p.BufferDataPtr == 0 || n <= 0 {
		return nil
	}
	return unsafe.Slice((*byte)(abi.Pointer(p.BufferDataPtr)), n)
}

// UnlockInputBuffer ends the writing of an input picture.
//
// Source: NvEncUnlockInputBuffer.
func (s *Session) UnlockInputBuffer(b InputPtr) error {
	return s.callHandle(&s.in, "NvEncUnlockInputBuffer", s.fn.nvEncUnlockInputBuffer, uintptr(b))
}

// CreateBitstreamBuffer makes a buffer for one coded picture: p.BitstreamBuffer.
//
// Source: NvEncCreateBitstreamBuffer.
func (s *Session) CreateBitstreamBuffer(p *CreateBitstreamBuffer) error {
	return s.made(bitstreamBuffer, callStruct(s, &s.in, idCreateBitstream, p, "NvEncCreateBitstreamBuffer", s.fn.nvEncCreateBitstreamBuffer, true))
}

// DestroyBitstreamBuffer gives it back.
//
// Source: NvEncDestroyBitstreamBuffer.
func (s *Session) DestroyBitstreamBuffer(b OutputPtr) error {
	return s.gone(bitstreamBuffer, s.callHandle(&s.in, "NvEncDestroyBitstreamBuffer", s.fn.nvEncDestroyBitstreamBuffer, uintptr(b)))
}

// RegisterResource makes memory known to the session: p.RegisteredResource.
//
// Source: NvEncRegisterResource.
func (s *Session) RegisterResource(p *RegisterResource) error {
	if err := s.api.check(laterRegister, bytesOf(p)); err != nil {
		return err
	}
	return s.made(registration, callStruct(s, &s.in, idRegister, p, "NvEncRegisterResource", s.fn.nvEncRegisterResource, true))
}

// UnregisterResource ends that.
//
// Source: NvEncUnregisterResource.
func (s *Session) UnregisterResource(r RegisteredPtr) error {
	return s.gone(registration, s.callHandle(&s.in, "NvEncUnregisterResource", s.fn.nvEncUnregisterResource, uintptr(r)))
}

// MapInputResource makes p.RegisteredResource an input for a picture:
// p.MappedResource. Until it is unmapped nobody else may write it.
//
// Source: NvEncMapInputResource.
func (s *Session) MapInputResource(p *MapInputResource) error {
	return s.made(mapping, callStruct(s, &s.in, idMap, p, "NvEncMapInputResource", s.fn.nvEncMapInputResource, true))
}

// UnmapInputResource ends that, after the picture's output was taken.
//
// Source: NvEncUnmapInputResource.
func (s *Session) UnmapInputResource(r InputPtr) error {
	return s.gone(mapping, s.callHandle(&s.in, "NvEncUnmapInputResource", s.fn.nvEncUnmapInputResource, uintptr(r)))
}

// RegisterAsyncEvent makes an event known that the session signals; Windows alone.
//
// Source: NvEncRegisterAsyncEvent.
func (s *Session) RegisterAsyncEvent(p *EventParams) error {
	return callStruct(s, &s.in, idEvent, p, "NvEncRegisterAsyncEvent", s.fn.nvEncRegisterAsyncEvent, false)
}

// UnregisterAsyncEvent ends that.
//
// Source: NvEncUnregisterAsyncEvent.
func (s *Session) UnregisterAsyncEvent(p *EventParams) error {
	return callStruct(s, &s.in, idEvent, p, "NvEncUnregisterAsyncEvent", s.fn.nvEncUnregisterAsyncEvent, false)
}
