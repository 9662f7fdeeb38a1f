package codec

import (
	"errors"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/nvenc"
)

// An nvencSlot is what a picture needs while the hardware works on it: a buffer for a
// coded picture, and an input: memory of the driver that host frames are copied into, or
// a frame in device memory.
//
// Input and output part ways: with B-frames the buffer that was given with one picture
// holds the packet of another. An input is given back when both are done, its own
// picture's packet and the buffer that it was submitted with, so that it does not matter
// which of the two the driver means.
type nvencSlot struct {
	output nvenc.OutputPtr

	free  bool // all is done
	coded bool // the picture's packet was taken
	taken bool // the bitstream was taken
	input nvenc.InputPtr
	pitch int

	// A host frame's input: memory of the driver for pictures of width x height.
	buffer        nvenc.InputPtr
	width, height int
	// A device frame's.
	frame *frame.Frame
	reg   *registration

	number        uint64 // of the picture
	pts, duration int64
}

// slot returns one that is free, or makes one.
func (e *nvencEngine) slot() (*nvencSlot, error) {
	if n := len(e.free); n > 0 {
		s := e.free[n-1]
		e.free = e.free[:n-1]
		s.free, s.coded, s.taken = false, false, false
		return s, nil
	}
	b := nvenc.CreateBitstreamBuffer{}
	if err := e.session.CreateBitstreamBuffer(&b); err != nil {
		return nil, err
	}
	s := &nvencSlot{output: b.BitstreamBuffer}
	e.slots = append(e.slots, s)
	return s, nil
}

// fill makes f the slot's input.
func (e *nvencEngine) fill(s *nvencSlot, f *frame.Frame) error {
	if f.Memory == frame.Device {
		return e.fillDevice(s, f)
	}
	return e.fillHost(s, f)
}

func (e *nvencEngine) fillHost(s *nvencSlot, f *frame.Frame) error {
	if err := f.Wait(nil); err != nil { // an asynchronous copy into it
		return err
	}
	if err := e.inputBuffer(s); err != nil {
		return err
	}
	e.host = nvenc.LockInputBuffer{InputBuffer: s.buffer}
	if err := e.session.LockInputBuffer(&e.host); err != nil {
		return err
	}
	offset, pitches, size := nvencPlanes(f.Format, int(e.host.Pitch), e.height)
	dst := e.host.Bytes(size)
	for i := range f.Planes {
		p := &f.Planes[i]
		row := p.RowBytes(f.Format.SampleBytes())
		if p.Pitch == pitches[i] && p.Pitch == row {
			copy(dst[offset[i]:], p.Data[:row*p.Shape[0]])
			continue
		}
		for y := range p.Shape[0] {
			copy(dst[offset[i]+y*pitches[i]:][:row], p.Data[y*p.Pitch:])
		}
	}
	if err := e.session.UnlockInputBuffer(s.buffer); err != nil {
		return err
	}
	s.input, s.pitch = s.buffer, int(e.host.Pitch)
	return nil
}

// inputBuffer makes the driver's memory for a picture.
func (e *nvencEngine) inputBuffer(s *nvencSlot) error {
	if s.buffer != 0 && s.width == e.width && s.height == e.height {
		return nil
	}
	if s.buffer != 0 { // of a size from before Reconfigure
		b := s.buffer
		s.buffer = 0
		if err := e.session.DestroyInputBuffer(b); err != nil {
			return err
		}
	}
	b := nvenc.CreateInputBuffer{Width: uint32(e.width), Height: uint32(e.height), BufferFmt: e.format.buffer}
	if err := e.session.CreateInputBuffer(&b); err != nil {
		return err
	}
	s.buffer, s.width, s.height = b.InputBuffer, e.width, e.height
	return nil
}

// fillDevice has NVENC read the frame where it lies, or a copy of it: if its planes lie
// in a way that NVENC does not read, or if nobody counts its references, so that its
// memory may be written again as soon as Encode returns.
func (e *nvencEngine) fillDevice(s *nvencSlot, f *frame.Frame) error {
	// The session's reading waits for the queue, and the queue for the producer.
	if err := f.Wait(e.queue); err != nil {
		return err
	}
	place, ok := e.placed(f)
	if ok && f.References() > 0 {
		f = f.Retain()
	} else {
		var err error
		if f, err = e.copied(f); err != nil {
			return err
		}
		if place, ok = e.placed(f); !ok {
			f.Release()
			return errors.New("frames of a pool do not lie as the encoder reads them")
		}
	}
	reg, err := e.regs.get(f, place, e)
	if err != nil {
		f.Release()
		return err
	}
	e.mapped = nvenc.MapInputResource{RegisteredResource: reg.handle}
	if err := e.session.MapInputResource(&e.mapped); err != nil {
		f.Release()
		return errors.Join(err, e.regs.put(reg))
	}
	s.input, s.pitch, s.frame, s.reg = e.mapped.MappedResource, place.pitch, f, reg
	return nil
}

// A place is where a picture lies in device memory, as NVENC sees it.
type place struct {
	ptr    cuda.DevicePtr
	pitch  int
	chroma [2]uint32 // offsets of chroma, where they are not what NVENC assumes
}

// placed tells whether NVENC reads the frame as it lies.
func (e *nvencEngine) placed(f *frame.Frame) (p place, ok bool) {
	p.ptr, p.pitch = f.Planes[0].Ptr, f.Planes[0].Pitch
	if p.pitch%4 != 0 || p.ptr%16 != 0 {
		return p, false
	}
	offset, pitches, _ := nvencPlanes(f.Format, p.pitch, e.height)
	elsewhere := false
	for i := 1; i < len(f.Planes); i++ {
		if f.Planes[i].Pitch != pitches[i] {
			return p, false
		}
		at := f.Planes[i].Ptr - p.ptr
		if int64(at) == int64(offset[i]) {
			continue
		}
		if f.Planes[i].Ptr < p.ptr || at > 1<<31 || i > len(p.chroma) {
			return p, false
		}
		elsewhere = true
	}
	if elsewhere {
		// From 13.0 on chroma may lie anywhere behind.
		if e.session.API() < nvenc.API130 {
			return p, false
		}
		for i := 1; i < len(f.Planes); i++ {
			p.chroma[i-1] = uint32(f.Planes[i].Ptr - p.ptr)
		}
	}
	return p, true
}

// copied is a copy of f in memory of the engine, with one reference.
func (e *nvencEngine) copied(f *frame.Frame) (*frame.Frame, error) {
	if !e.copies.Fits(f.Format, f.Width, f.Height) {
		e.copies.Close()
		e.copies = nil
		var err error
		if e.copies, err = frame.NewDevicePool(e.ctx, f.Format, f.Width, f.Height, nil); err != nil {
			return nil, err
		}
	}
	g, err := e.copies.Get(e.queue)
	if err != nil {
		return nil, err
	}
	err = f.CopyToStream(g, e.queue)
	if f.References() > 0 {
		f.Retain().ReleaseOn(e.queue) // its pool lets nobody write before the copy is done
	} else if err == nil {
		err = e.queue.Synchronize()
	}
	if err != nil {
		g.Release()
		return nil, err
	}
	return g, nil
}

// emptied gives the slot's input back.
func (e *nvencEngine) emptied(s *nvencSlot) error {
	if s.frame == nil {
		return nil
	}
	err := e.session.UnmapInputResource(s.input)
	err = errors.Join(err, e.regs.put(s.reg))
	s.frame.Release()
	s.frame, s.reg = nil, nil
	return err
}

func (e *nvencEngine) destroy(s *nvencSlot) error {
	var err error
	if s.buffer != 0 {
		err = e.session.DestroyInputBuffer(s.buffer)
	}
	return errors.Join(err, e.session.DestroyBitstreamBuffer(s.output))
}
