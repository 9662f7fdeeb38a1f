package codec

import (
	"errors"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/nvenc"
)

// A registration makes memory of a frame known to the session.
type registration struct {
	handle nvenc.RegisteredPtr
	place  place
	width  int
	height int
	hold   frame.Hold
	kept   bool // for the next frame in the same memory
	used   int
}

// registrations are kept for the memory of pools, where the same addresses come again
// and again; a Hold sees to it that an address is not given to something else in
// between. Other memory is registered for one picture: nobody says when it goes.
type registrations struct {
	session *nvenc.Session
	list    []*registration
	spare   []*registration // without a handle
	params  nvenc.RegisterResource
}

// maxRegistrations is how many are kept, beyond those in use.
const maxRegistrations = 64

func (r *registrations) get(f *frame.Frame, p place, e *nvencEngine) (*registration, error) {
	for i := 0; i < len(r.list); i++ {
		k := r.list[i]
		switch {
		case k.place == p && k.width == e.width && k.height == e.height && k.hold.Same(f):
			k.used++
			return k, nil
		case k.used == 0 && k.hold.Dropped():
			r.list = append(r.list[:i], r.list[i+1:]...)
			i--
			if err := r.end(k); err != nil {
				return nil, err
			}
		}
	}
	if len(r.list) >= maxRegistrations {
		for i, k := range r.list {
			if k.used == 0 {
				r.list = append(r.list[:i], r.list[i+1:]...)
				if err := r.end(k); err != nil {
					return nil, err
				}
				break
			}
		}
	}
	r.params = nvenc.RegisterResource{
		ResourceType: nvenc.ResourceCUDADevicePtr, Width: uint32(e.width), Height: uint32(e.height), Pitch: uint32(p.pitch),
		ResourceToRegister: uintptr(p.ptr), BufferFormat: e.format.buffer, BufferUsage: nvenc.UsageInputImage, ChromaOffsetIn: p.chroma,
	}
	if err := r.session.RegisterResource(&r.params); err != nil {
		return nil, err
	}
	var k *registration
	if n := len(r.spare); n > 0 {
		k = r.spare[n-1]
		r.spare = r.spare[:n-1]
	} else {
		k = new(registration)
	}
	*k = registration{handle: r.params.RegisteredResource, place: p, width: e.width, height: e.height, used: 1}
	if k.hold, k.kept = f.HoldMemory(); k.kept {
		r.list = append(r.list, k)
	}
	return k, nil
}

// put ends one use.
func (r *registrations) put(k *registration) error {
	k.used--
	if k.kept || k.used > 0 {
		return nil
	}
	return r.end(k)
}

func (r *registrations) end(k *registration) error {
	err := r.session.UnregisterResource(k.handle)
	k.hold.Release()
	*k = registration{}
	r.spare = append(r.spare, k)
	return err
}

func (r *registrations) close() error {
	var err error
	for _, k := range r.list {
		err = errors.Join(err, r.end(k))
	}
	r.list = nil
	return err
}
