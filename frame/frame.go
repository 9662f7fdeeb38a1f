package frame

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/go-nvcodec/nvcodec/cuda"
)

// A Frame is one picture.
//
// Its fields may be read by any number of goroutines between the moment the frame
// is handed out and its Release; whoever changes one must be alone. Methods follow
// the same rule: those that only read the picture may run at the same time, and
// Retain, Release and ReleaseOn may be called by any goroutine at any time.
//
// A Frame made as a literal, or by FromHost and FromDevice, is not counted in a
// pool and works with all methods.
type Frame struct {
	Format        Format
	Memory        Memory // Host or Device
	Width, Height int    // pixels
	// BitDepth is the number of significant bits of a sample, at most Format.Bits: 10
	// for a P016 frame of a 10-bit stream. 0 means Format.Bits.
	BitDepth int
	// Planes has Format.Planes entries.
	Planes []Plane

	PTS      int64 // when to show it, in ticks of TimeBase; NoPTS if unknown
	Duration int64 // how long, in ticks of TimeBase; 0 if unknown
	TimeBase Rational
	Index    int   // number in the stream in display order, from 0; -1 if unknown
	Pos      int64 // byte position of its packet in the file; -1 if unknown

	Key           bool // decoding can start here
	Corrupt       bool // data was missing or damaged
	Interlaced    bool
	TopFieldFirst bool
	RepeatFields  int // fields to show again: 1 is 3:2 pull-down's, 2 and 4 are whole frames

	SAR      Rational // width to height of one pixel; not valid if unknown
	Color    Color
	Rotation int   // degrees clockwise to turn it for display: 0, 90, 180, 270
	SEI      []SEI // in the order of the stream; see SEI.Payload for how long

	state atomic.Uint64 // generation << 32 | references
	owner Owner
	slot  *slot
	ctx   *cuda.Context
	store [4]Plane
	sei   []byte // payloads of SEI
	end   *endpoint
}

// Memory says where pixels are.
type Memory uint8

// Places. Auto, as an option, is where the engine that makes the frame has it.
const (
	Auto Memory = iota
	Host
	Device
)

var memoryNames = [...]string{"auto", "host", "device"}

// String is "auto", "host" or "device".
func (m Memory) String() string { return enumName(memoryNames[:], uint8(m), "Memory") }

// MarshalText is String.
func (m Memory) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText is the reverse of String; the empty text is Auto.
func (m *Memory) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*m = Auto
		return nil
	}
	for i, n := range memoryNames {
		if n == string(text) {
			*m = Memory(i)
			return nil
		}
	}
	return fmt.Errorf("frame: no memory %q, want auto, host or device: %w", text, ErrInvalidMemory)
}

// Time is PTS as a duration, to the nearest nanosecond; 0 if it is unknown.
func (f *Frame) Time() time.Duration { return f.TimeBase.Duration(f.PTS) }

// Depth is BitDepth, or Format.Bits where that is 0.
func (f *Frame) Depth() int {
	if f.BitDepth > 0 {
		return f.BitDepth
	}
	return f.Format.Bits()
}

// Context is the CUDA context of a frame in device memory; nil for one in host
// memory, and for a literal. It is borrowed.
func (f *Frame) Context() *cuda.Context { return f.ctx }

// AddSEI appends a message, whose payload it copies into memory of the frame.
func (f *Frame) AddSEI(t SEIType, payload []byte, parsed bool) {
	f.AppendSEI(SEI{Type: t, Payload: payload, Parsed: parsed})
}

// AppendSEI appends a message, whose payload it copies into memory of the frame.
func (f *Frame) AppendSEI(m SEI) {
	n := len(f.sei)
	f.sei = append(f.sei, m.Payload...)
	m.Payload = f.sei[n:len(f.sei):len(f.sei)]
	f.SEI = append(f.SEI, m)
}

// CopyProperties sets everything but the pixels, and what says how they lie, to what
// src has: times, flags, colour, SEI messages (copied).
func (f *Frame) CopyProperties(src *Frame) {
	if f == src {
		return
	}
	f.BitDepth = src.BitDepth
	f.PTS, f.Duration, f.TimeBase = src.PTS, src.Duration, src.TimeBase
	f.Index, f.Pos = src.Index, src.Pos
	f.Key, f.Corrupt = src.Key, src.Corrupt
	f.Interlaced, f.TopFieldFirst, f.RepeatFields = src.Interlaced, src.TopFieldFirst, src.RepeatFields
	f.SAR, f.Color, f.Rotation = src.SAR, src.Color, src.Rotation
	f.SEI, f.sei = f.SEI[:0], f.sei[:0]
	for _, m := range src.SEI {
		f.AppendSEI(m)
	}
}

func (f *Frame) clearProperties() {
	f.BitDepth = 0
	f.PTS, f.Duration, f.TimeBase = NoPTS, 0, Rational{}
	f.Index, f.Pos = -1, -1
	f.Key, f.Corrupt = false, false
	f.Interlaced, f.TopFieldFirst, f.RepeatFields = false, false, 0
	f.SAR, f.Color, f.Rotation = Rational{}, Unspecified, 0
	clear(f.SEI)
	f.SEI, f.sei = f.SEI[:0], f.sei[:0]
}

// String describes the frame in a line.
func (f *Frame) String() string {
	if f == nil {
		return "no frame"
	}
	return fmt.Sprintf("frame %d: %v %dx%d in %v memory at %v", f.Index, f.Format, f.Width, f.Height, f.Memory, f.Time())
}
