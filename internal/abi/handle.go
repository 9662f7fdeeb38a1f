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
	pageBits  = 8
	pageMask  = 1<<pageBits - 1
)

// Table maps Handles to objects: up to 65535 live ones. Its zero value is empty.
// Get takes no lock and does not allocate. All methods may be called from any
// goroutine.
type Table[T any] struct {
	mu   sync.Mutex
	free []uint32
	last uint32 // highest index ever given
	// Pages come with the first use of an index in them: a flat array would be half
	// a megabyte for the collector to scan, for a handful of sessions.
	pages [(indexMask + 1) >> pageBits]atomic.Pointer[page[T]]
}

type page[T any] [pageMask + 1]atomic.Pointer[cell[T]]

type cell[T any] struct {
	h Handle
	v *T
}

// Put stores v and returns its Handle, which is never zero.
func (t *Table[T]) Put(v *T) Handle {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := t.index()
	p := t.pages[i>>pageBits].Load()
	if p == nil {
		p = new(page[T])
		t.pages[i>>pageBits].Store(p)
	}
	var gen Handle = 1
	if old := p[i&pageMask].Load(); old != nil {
		gen = old.h>>indexBits + 1
	}
	h := gen<<indexBits | Handle(i)
	p[i&pageMask].Store(&cell[T]{h, v})
	return h
}

// index takes a free index. The lowest is 1.
func (t *Table[T]) index() uint32 {
	if n := len(t.free); n > 0 {
		i := t.free[n-1]
		t.free = t.free[:n-1]
		return i
	}
	if t.last == indexMask {
		panic("abi: too many live handles")
	}
	t.last++
	return t.last
}

// Get returns the object, or nil when the Handle was deleted or never given.
func (t *Table[T]) Get(h Handle) *T {
	p := t.pages[h&indexMask>>pageBits].Load()
	if p == nil {
		return nil
	}
	c := p[h&pageMask].Load()
	if c == nil || c.h != h {
		return nil
	}
	return c.v
}

// Delete makes h stale. The cell keeps its generation, not its object.
func (t *Table[T]) Delete(h Handle) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.Get(h) == nil {
		return
	}
	i := uint32(h & indexMask)
	t.pages[i>>pageBits].Load()[i&pageMask].Store(&cell[T]{h: h})
	t.free = append(t.free, i)
}
