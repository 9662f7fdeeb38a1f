package nvsim

import (
	"bytes"
	"fmt"
	"strconv"
	"sync"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
)

// State is what the simulator in this process has seen.
type State struct {
	// Calls counts the calls of each function since the last Inject, by its exported name
	// (cuMemAlloc_v2); and as "decode status" the pictures whose status a fault can change.
	Calls map[string]int
	// Alive is how many handles, allocations included, are to be given back.
	Alive int
	// Violations is how many there were since the process began.
	Violations int
}

// Inject puts faults, in the form of NVSIM_FAULT, in the place of those that were in force,
// and counts calls anew; "" is none. It affects this process, which must run on the
// simulator, and must have loaded it before.
func Inject(faults string) error {
	s, err := loaded()
	if err != nil {
		return err
	}
	c := abi.Borrow()
	defer c.Return()
	c.Ptr(unsafe.Pointer(abi.CString(faults))).Do(s.inject)
	return nil
}

// ReadState returns what happened since the last Inject.
func ReadState() (State, error) {
	s, err := loaded()
	if err != nil {
		return State{}, err
	}
	text := make([]byte, 64<<10)
	c := abi.Borrow()
	defer c.Return()
	n := c.Ptr(unsafe.Pointer(&text[0])).Int(uintptr(len(text))).Do32(s.state)
	if n < 0 {
		return State{}, fmt.Errorf("nvsim: more calls than there is room for")
	}
	st := State{Calls: map[string]int{}}
	for line := range bytes.Lines(text[:n]) {
		line = bytes.TrimSpace(line)
		i := bytes.LastIndexByte(line, ' ')
		v, err := strconv.Atoi(string(line[i+1:]))
		if err != nil {
			return State{}, err
		}
		switch name := string(line[:max(i, 0)]); name {
		case "handles alive":
			st.Alive = v
		case "violations":
			st.Violations = v
		default:
			st.Calls[name] = v
		}
	}
	return st, nil
}

type entries struct{ inject, state uintptr }

// loaded finds the functions of the simulator that a driver does not have.
var loaded = sync.OnceValues(func() (entries, error) {
	lib, err := abi.Open(abi.Spec{What: "the driver simulator", Names: []string{"libcuda.so.1"}})
	if err != nil {
		return entries{}, err
	}
	syms := abi.NewSymbols(lib)
	s := entries{syms.Need("nvsim_inject"), syms.Need("nvsim_state")}
	return s, syms.Err("The process does not run on the driver simulator.")
})
