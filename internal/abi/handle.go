package abi

import (
	"sync"
	"sync/atomic"
)

// Handle stands for a Go object in C's hands. It is an integer, so C holds no
// Go pointer and nothing must be pinned, and a stale one is detected rather
// than followed: the low bits index a table, the high bits count generations.
type Handle uintptr

const (
	indexBits = 16
	indexMask = 1<<indexBits - 1
)

// Table maps Handles to objects. Get takes no lock and does not allocate.
type Table[T any] struct {
	mu    sync.Mutex
	free  []uint32
	next  uint32
	cells [indexMask + 1]atomic.Pointer[cell[T]]
}

type cell[T any] struct {
	h Handle
	v *T
}

// Put stores v and returns its Handle, which is never zero.
func (t *Table[T]) Put(v *T) Handle {
	t.mu.Lock()
	defer t.mu.Unlock()
	var i uint32
	if n := len(t.free); n > 0 {
		i, t.free = t.free[n-1], t.free[:n-1]
	} else {
		t.next++
		if t.next > indexMask {
			panic("abi: too many live handles")
		}
		i = t.next
	}
	var gen Handle = 1
	if old := t.cells[i].Load(); old != nil {
		gen = old.h>>indexBits + 1
	}
	h := gen<<indexBits | Handle(i)
	t.cells[i].Store(&cell[T]{h, v})
	return h
}

// Get returns the object, or nil when the Handle was deleted or never given.
func (t *Table[T]) Get(h Handle) *T {
	c := t.cells[h&indexMask].Load()
	if c == nil || c.h != h {
		return nil
	}
	return c.v
}

// Delete makes h stale. The cell keeps its generation, not its object.
func (t *Table[T]) Delete(h Handle) {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := uint32(h & indexMask)
	if c := t.cells[i].Load(); c != nil && c.h == h {
		t.cells[i].Store(&cell[T]{h: h})
		t.free = append(t.free, i)
	}
}
