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
}

// idleCalls are those that nobody uses. A sync.Pool would do but for this: the
// collector empties it, and a decoder that allocates nothing else would allocate
// because of that. Goroutines mostly find themselves in different shards, by where
// their stacks are.
var idleCalls [16]struct {
	sync.Mutex
	list []*call
	_    [cacheLine]byte
}

const (
	cacheLine = 64
	maxIdle   = 32 // in a shard; more than there are goroutines inside the driver
	stackSize = 12 // log2, about
)

func borrow() *call {
	var here byte
	s := &idleCalls[uintptr(unsafe.Pointer(&here))>>stackSize%uintptr(len(idleCalls))]
	s.Lock()
	n := len(s.list) - 1
	if n < 0 {
		s.Unlock()
		return newCall()
	}
	c := s.list[n]
	s.list = s.list[:n]
	s.Unlock()
	c.word = [2]uint64{}
	return c
}

// newCall is apart so that borrow does not make its local escape.
//
//go:noinline
func newCall() *call { return new(call) }

func (c *call) giveBack() {
	c.Begin() // drops the pointers
	var here byte
	s := &idleCalls[uintptr(unsafe.Pointer(&here))>>stackSize%uintptr(len(idleCalls))]
	s.Lock()
	if len(s.list) < maxIdle {
		s.list = append(s.list, c)
	}
	s.Unlock()
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
