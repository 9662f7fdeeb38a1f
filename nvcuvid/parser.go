package nvcuvid

import (
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
	"github.com/go-nvcodec/nvcodec/internal/live"
)

var liveParsers = live.NewKind("nvcuvid.Parser")

// A ParserHandler is called by the parser, inside Parse and on its goroutine. The
// pointers are C memory that is valid until the method returns; copy what is
// needed later. A method may call the decoder, through a Call of its own; it must
// not call the Parser, wait for other goroutines, or call runtime.Goexit. A panic
// in it ends the callback with failure, and Parse returns it as an error.
//
// Do not rely on a failing result to make Parse fail: the parser reports it for VP9
// and AV1 only. Keep the error and look at it after Parse.
type ParserHandler interface {
	// Sequence is called before the first picture and when the format changes. It
	// returns the number of decode surfaces that the parser shall use; 1 keeps
	// MaxNumDecodeSurfaces, 0 fails.
	Sequence(*VideoFormat) int32
	// Decode is called when a picture is complete. It returns 1, or 0 to fail: the
	// picture is not shown then.
	Decode(*PicParams) int32
	// Display is called in display order, with nil after PacketNotifyEOS. The decode
	// surface may be used again once it has returned. The result is ignored.
	Display(*ParserDispInfo) int32
	// OperatingPoint chooses among the operating points of an AV1 stream, before
	// Sequence: bits 0 to 9 the index, bit 10 show all layers; -1 the default.
	OperatingPoint(*OperatingPointInfo) int32
	// SEI is called before Decode of the picture that the messages belong to, with no
	// messages when it has none. The result is ignored.
	SEI(*SEIMessageInfo) int32
}

// A Parser splits a bit stream into pictures. It runs on the CPU alone and needs no
// context; the decoder calls made in its callbacks do. One goroutine at a time.
type Parser struct {
	lib     *library
	handle  uintptr
	id      abi.Handle
	handler ParserHandler
	call    *abi.Call
	params  *ParserParams // the driver may look at it later
	format  *VideoFormatEx
	packet  SourceDataPacket
	panic   error
	inside  atomic.Bool
	closed  atomic.Bool
}

// parsers routes the callbacks, of which there is one entry each per process.
var parsers abi.Table[Parser]

// CreateParser makes a parser that calls h. It keeps neither p nor p.ExtVideoInfo.
//
// Source: cuvidCreateVideoParser.
func CreateParser(p *ParserParams, h ParserHandler) (*Parser, error) {
	l, err := need()
	if err != nil {
		return nil, err
	}
	entries := callbacks()
	s := &Parser{lib: l, handler: h, call: abi.NewCall(), params: new(ParserParams)}
	*s.params = *p
	if p.ExtVideoInfo != nil {
		s.format = new(VideoFormatEx)
		*s.format = *p.ExtVideoInfo
		s.params.ExtVideoInfo = s.format
	}
	s.id = parsers.Put(s)
	s.params.UserData = s.id
	s.params.SequenceCallback = entries.sequence
	s.params.DecodePicture = entries.decode
	s.params.DisplayPicture = entries.display
	s.params.GetOperatingPoint = entries.operatingPoint
	s.params.GetSEIMsg = entries.sei
	out := new(uintptr)
	r := s.call.Begin().Ptr(unsafe.Pointer(out)).Ptr(unsafe.Pointer(s.params)).Do32(l.cuvidCreateVideoParser)
	if err := result("cuvidCreateVideoParser", r); err != nil {
		parsers.Delete(s.id)
		return nil, err
	}
	s.handle = *out
	liveParsers.Add()
	return s, nil
}

// Parse feeds a packet. The callbacks run before it returns. It returns the panic
// of a callback, or what the parser itself says. It does not allocate.
//
// Source: cuvidParseVideoData.
func (s *Parser) Parse(p *SourceDataPacket) error {
	if s.closed.Load() {
		return closed("parser")
	}
	if s.inside.Swap(true) {
		return fmt.Errorf("nvcuvid: Parse called inside a callback of the parser, or by two goroutines at a time")
	}
	defer s.inside.Store(false)
	// A copy in the session: the caller's may be on its stack, which can move while
	// callbacks run.
	s.packet = *p
	r := s.call.Begin().Int(s.handle).Ptr(unsafe.Pointer(&s.packet)).Do32(s.lib.cuvidParseVideoData)
	s.packet.Payload = nil
	if s.panic != nil {
		err := s.panic
		s.panic = nil
		return err
	}
	return result("cuvidParseVideoData", r)
}

// Close destroys the parser. It must not be called while another goroutine is in
// Parse.
//
// Source: cuvidDestroyVideoParser.
func (s *Parser) Close() error {
	if s == nil || s.closed.Swap(true) {
		return nil
	}
	c := abi.Borrow()
	defer c.Return()
	r := c.Int(s.handle).Do32(s.lib.cuvidDestroyVideoParser)
	// Only now: a late callback must find its parser.
	parsers.Delete(s.id)
	liveParsers.Done()
	return result("cuvidDestroyVideoParser", r)
}

// A PanicError is a panic of a ParserHandler.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("nvcuvid: panic in a parser callback: %v", e.Value)
}

// Unwrap returns the value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

func (s *Parser) panicked(v any) {
	if s.panic == nil {
		s.panic = &PanicError{Value: v, Stack: debug.Stack()}
	}
}
