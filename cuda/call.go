package cuda

import (
	"math"
	"sync"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
)

// call is one driver call in preparation: its arguments, the words that the driver
// writes results to, and the one struct that hot calls pass. All of it is on the
// heap for good, since a callback in a nested call may move the stack.
type call struct {
	abi.Call
	word [2]uint64
	copy memcpy2D
	home *shard
	next *call
}

// idleCalls are those that nobody uses. A sync.Pool would do but for this: the
// collector empties it, and a decoder that allocates nothing else would allocate
// because of that. Goroutines mostly find themselves in different shards, by where
// their stacks are.
var idleCalls [16]shard

type shard struct {
	mu   sync.Mutex
	list *call
	_    [cacheLine]byte
}

const (
	cacheLine = 64
	stackSize = 12 // log2, about
)

func (s *shard) pop() *call {
	c := s.list
	if c != nil {
		s.list, c.next = c.next, nil
	}
	s.mu.Unlock()
	return c
}

func borrow() *call {
	var here byte
	first := uintptr(unsafe.Pointer(&here)) >> stackSize
	s := &idleCalls[first%uintptr(len(idleCalls))]
	s.mu.Lock()
	c := s.pop()
	for i := uintptr(1); c == nil && i < uintptr(len(idleCalls)); i++ {
		if s := &idleCalls[(first+i)%uintptr(len(idleCalls))]; s.mu.TryLock() {
			c = s.pop()
		}
	}
	if c == nil {
		return newCall(s)
	}
	c.word = [2]uint64{}
	return c
}

// newCall is apart so that borrow does not make its local escape.
//
//go:noinline
func newCall(home *shard) *call { return &call{home: home} }

// giveBack puts the call where it was made, not where this goroutine is: there are
// never more calls than were in use at once.
func (c *call) giveBack() {
	c.Begin() // drops the pointers
	s := c.home
	s.mu.Lock()
	s.list, c.next = c, s.list
	s.mu.Unlock()
}

// out is where the driver writes result i.
func (c *call) out(i int) unsafe.Pointer { return unsafe.Pointer(&c.word[i]) }

func (c *call) int32(i int) int32     { return int32(c.word[i]) } // little-endian targets only
func (c *call) float32(i int) float32 { return math.Float32frombits(uint32(c.word[i])) }
func (c *call) uintptr(i int) uintptr { return uintptr(c.word[i]) }

// call makes a driver call and turns its status into an error.
func (d *driver) call(c *abi.Call, name string, fn uintptr) error {
	if fn == 0 {
		return missing(name)
	}
	if r := Result(c.Do32(fn)); r != Success {
		return d.error(name, r)
	}
	return nil
}

// ptr is the address of the first byte, or nil.
func ptr(b []byte) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(b)) }
