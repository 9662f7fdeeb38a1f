package frame

import (
	"sync"
	"sync/atomic"
)

// heldMemory is device memory of a pool that others may need for longer than the
// pool: the encoder registers it with the hardware.
type heldMemory struct {
	memory
	refs    atomic.Int32 // the slot, and holds
	dropped atomic.Bool  // by the slot
	once    sync.Once
}

func newHeldMemory(m memory) *heldMemory {
	h := &heldMemory{memory: m}
	h.refs.Store(1)
	return h
}

// free is the slot's end.
func (h *heldMemory) free() {
	h.dropped.Store(true)
	h.release()
}

func (h *heldMemory) release() {
	if h.refs.Add(-1) == 0 {
		h.once.Do(h.memory.free)
	}
}

// A Hold keeps the memory of a pool's frames from being given back to the driver. It
// does not keep a picture: the pool goes on using the memory for others. The zero Hold
// holds nothing.
type Hold struct{ memory *heldMemory }

// HoldMemory makes a Hold of the frame's memory; ok is false if the memory is not that
// of a device pool, and then it lives as long as whoever made the frame says. Equal
// Holds are of the same memory. It does not allocate.
func (f *Frame) HoldMemory() (h Hold, ok bool) {
	if f == nil || f.slot == nil {
		return Hold{}, false
	}
	m, ok := f.slot.memory.(*heldMemory)
	if !ok {
		return Hold{}, false
	}
	for {
		n := m.refs.Load()
		if n <= 0 {
			return Hold{}, false
		}
		if m.refs.CompareAndSwap(n, n+1) {
			return Hold{m}, true
		}
	}
}

// Dropped is true when the pool has given the memory up: no frame will lie there any
// more.
func (h Hold) Dropped() bool { return h.memory != nil && h.memory.dropped.Load() }

// Same tells whether f lies in the memory that is held.
func (h Hold) Same(f *Frame) bool {
	if h.memory == nil || f.slot == nil {
		return false
	}
	m, ok := f.slot.memory.(*heldMemory)
	return ok && m == h.memory
}

// Release ends the Hold; call it once.
func (h Hold) Release() {
	if h.memory != nil {
		h.memory.release()
	}
}
