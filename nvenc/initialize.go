package nvenc

import (
	"encoding/binary"
	"unsafe"
)

// setup is what Initialize and Reconfigure need, and rarely.
type setup struct {
	init   [1824 / 8]uint64 // NV_ENC_RECONFIGURE_PARAMS of 12.1
	config [3584 / 8]uint64
}

func (u *setup) initBytes() []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(&u.init)), unsafe.Sizeof(u.init))
}

func (u *setup) configBytes() []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(&u.config)), unsafe.Sizeof(u.config))
}

// prepare writes p, and the configuration that it leads to, into the session's memory.
func (s *Session) prepare(p *InitializeParams, at int) (*setup, error) {
	u := s.setup
	if u == nil {
		u = new(setup)
		s.setup = u
	}
	var config unsafe.Pointer
	if p.EncodeConfig != nil {
		if err := s.api.packConfig(u.configBytes(), p.EncodeConfig, p.EncodeGUID); err != nil {
			return nil, err
		}
		config = unsafe.Pointer(&u.config)
	}
	clear(u.initBytes())
	return u, s.api.packInit(u.initBytes()[at:], p, config)
}

// Initialize says what the session codes. A field that the session's version does not
// have is a *FieldError.
//
// Source: NvEncInitializeEncoder.
func (s *Session) Initialize(p *InitializeParams) error {
	if s.closed.Load() {
		return closed("session")
	}
	u, err := s.prepare(p, 0)
	if err != nil {
		return err
	}
	s.in.keep = unsafe.Pointer(p)
	st := Status(s.in.call.Begin().Int(s.handle).Ptr(unsafe.Pointer(u)).Do32(s.fn.nvEncInitializeEncoder))
	s.in.keep = nil
	if st == Success {
		s.codec = p.EncodeGUID
	}
	return s.error("NvEncInitializeEncoder", st)
}

// Reconfigure changes what can be changed in a running session: rates, the size up to
// the maximum, the GOP length.
//
// Source: NvEncReconfigureEncoder.
func (s *Session) Reconfigure(p *ReconfigureParams) error {
	if s.closed.Load() {
		return closed("session")
	}
	u, err := s.prepare(&p.ReInitEncodeParams, 8)
	if err != nil {
		return err
	}
	b := u.initBytes()
	binary.LittleEndian.PutUint32(b, s.api.version(idReconfigure))
	// The flags lie behind the parameters, which became shorter.
	at := 8 + int(shapes[idInitialize][s.api.index()].size)
	binary.LittleEndian.PutUint32(b[at:], uint32(p.Flags))
	s.in.keep = unsafe.Pointer(p)
	st := Status(s.in.call.Begin().Int(s.handle).Ptr(unsafe.Pointer(u)).Do32(s.fn.nvEncReconfigureEncoder))
	s.in.keep = nil
	return s.error("NvEncReconfigureEncoder", st)
}

// MaxSequenceHeader is the most that SequenceParams writes. Source:
// NV_MAX_SEQ_HDR_LEN, nvEncodeAPI.h.
const MaxSequenceHeader = 512

// SequenceParams appends the stream's headers to dst: parameter sets in Annex B form,
// or AV1's sequence header OBU.
//
// Source: NvEncGetSequenceParams.
func (s *Session) SequenceParams(dst []byte) ([]byte, error) {
	return s.sequence(dst, nil)
}

// SequenceParamsFor is SequenceParams of a stream that was coded by p, which need not
// be what the session codes.
//
// Source: NvEncGetSequenceParamEx.
func (s *Session) SequenceParamsFor(dst []byte, p *InitializeParams) ([]byte, error) {
	return s.sequence(dst, p)
}

func (s *Session) sequence(dst []byte, p *InitializeParams) ([]byte, error) {
	if s.closed.Load() {
		return dst, closed("session")
	}
	buf := NewArray[byte](MaxSequenceHeader)
	n := new(uint32)
	q := &sequenceParamPayload{
		version: s.api.version(idSequence), InBufferSize: MaxSequenceHeader,
		SPSPPSBuffer: buf.Address(), OutSPSPPSPayloadSize: uintptr(unsafe.Pointer(n)),
	}
	keep := &struct {
		n   *uint32
		buf *Array[byte]
		p   *InitializeParams
	}{n, buf, p}
	name, c := "NvEncGetSequenceParams", s.in.call.Begin().Int(s.handle)
	fn := s.fn.nvEncGetSequenceParams
	if p != nil {
		u, err := s.prepare(p, 0)
		if err != nil {
			return dst, err
		}
		name, fn = "NvEncGetSequenceParamEx", s.fn.nvEncGetSequenceParamEx
		c.Ptr(unsafe.Pointer(u))
	}
	s.in.keep = unsafe.Pointer(keep)
	st := Status(c.Ptr(unsafe.Pointer(q)).Do32(fn))
	s.in.keep = nil
	if err := s.error(name, st); err != nil {
		return dst, err
	}
	return append(dst, keep.buf.Items()[:min(int(*keep.n), MaxSequenceHeader)]...), nil
}
