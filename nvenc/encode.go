package nvenc

import (
	"unsafe"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/internal/abi"
)

// EncodePicture gives the encoder a picture, or, with PicFlagEOS, the end of the
// stream. The answers ErrNeedMoreInput (the output comes with a later picture) and
// ErrEncoderBusy (try again) are the bare Status, without an *Error around it.
//
// Source: NvEncEncodePicture.
func (s *Session) EncodePicture(p *PicParams) error {
	if s.closed.Load() {
		return closed("session")
	}
	b := &s.in
	b.keep = unsafe.Pointer(p)
	if err := s.api.packPic(b.bytes(), p, s.codec); err != nil {
		return err
	}
	st := Status(b.call.Begin().Int(s.handle).Ptr(unsafe.Pointer(&b.image)).Do32(s.fn.nvEncEncodePicture))
	b.keep = nil
	switch st {
	case ErrNeedMoreInput:
		return ErrNeedMoreInput
	case ErrEncoderBusy:
		return ErrEncoderBusy
	}
	return s.error("NvEncEncodePicture", st)
}

// LockBitstream waits for the coded picture in p.OutputBitstream, or, with
// LockDoNotWait, answers the bare ErrLockBusy.
//
// Source: NvEncLockBitstream.
func (s *Session) LockBitstream(p *LockBitstream) error {
	if s.closed.Load() {
		return closed("session")
	}
	st := rawStruct(s, &s.out, idLockBitstream, p, s.fn.nvEncLockBitstream, true)
	if st == ErrLockBusy && p.Flags&LockDoNotWait != 0 {
		return ErrLockBusy
	}
	return s.errorOf(&s.out, "NvEncLockBitstream", st)
}

// Bytes is the coded picture: C memory, until UnlockBitstream.
func (p *LockBitstream) Bytes() []byte {
	if p.BitstreamBufferPtr == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(abi.Pointer(p.BitstreamBufferPtr)), p.BitstreamSizeInBytes)
}

// UnlockBitstream gives the buffer back to the encoder.
//
// Source: NvEncUnlockBitstream.
func (s *Session) UnlockBitstream(b OutputPtr) error {
	return s.callHandle(&s.out, "NvEncUnlockBitstream", s.fn.nvEncUnlockBitstream, uintptr(b))
}

// EncodeStats asks about the coded picture in p.OutputBitStream.
//
// Source: NvEncGetEncodeStats.
func (s *Session) EncodeStats(p *Stat) error {
	return callStruct(s, &s.in, idStat, p, "NvEncGetEncodeStats", s.fn.nvEncGetEncodeStats, true)
}

// InvalidateRefFrames forbids the picture with that InputTimeStamp as a reference: it
// was lost on the way.
//
// Source: NvEncInvalidateRefFrames.
func (s *Session) InvalidateRefFrames(timeStamp uint64) error {
	return s.callHandle(&s.in, "NvEncInvalidateRefFrames", s.fn.nvEncInvalidateRefFrames, uintptr(timeStamp))
}

// SetIOCudaStreams makes the reading of device memory wait for what was put into in,
// and work that is put into out wait for the output. A nil stream is the legacy
// stream.
//
// Source: NvEncSetIOCudaStreams.
func (s *Session) SetIOCudaStreams(in, out *cuda.Stream) error {
	if s.closed.Load() {
		return closed("session")
	}
	if s.fn.nvEncSetIOCudaStreams == 0 {
		return missing("NvEncSetIOCudaStreams", 0, s.api)
	}
	s.streams = [2]uintptr{in.Handle(), out.Handle()}
	st := Status(s.in.call.Begin().Int(s.handle).Ptr(unsafe.Pointer(&s.streams[0])).Ptr(unsafe.Pointer(&s.streams[1])).Do32(s.fn.nvEncSetIOCudaStreams))
	return s.error("NvEncSetIOCudaStreams", st)
}

// LookaheadPicture gives the lookahead a picture that EncodePicture gets later.
//
// Source: NvEncLookaheadPicture; from 12.1 on.
func (s *Session) LookaheadPicture(p *LookaheadPicParams) error {
	if s.api < API121 || s.fn.nvEncLookaheadPicture == 0 {
		return missing("NvEncLookaheadPicture", API121, s.api)
	}
	if err := s.api.check(laterLookahead, bytesOf(p)); err != nil {
		return err
	}
	return callStruct(s, &s.in, idLookahead, p, "NvEncLookaheadPicture", s.fn.nvEncLookaheadPicture, false)
}

// RestoreEncoderState goes back to a state that EncodePicture saved.
//
// Source: NvEncRestoreEncoderState; from 12.1 on.
func (s *Session) RestoreEncoderState(p *RestoreEncoderStateParams) error {
	if s.api < API121 || s.fn.nvEncRestoreEncoderState == 0 {
		return missing("NvEncRestoreEncoderState", API121, s.api)
	}
	return callStruct(s, &s.in, idRestore, p, "NvEncRestoreEncoderState", s.fn.nvEncRestoreEncoderState, false)
}

// CreateMVBuffer makes a buffer for motion vectors: p.MVBuffer.
//
// Source: NvEncCreateMVBuffer.
func (s *Session) CreateMVBuffer(p *CreateMVBuffer) error {
	return s.made(mvBuffer, callStruct(s, &s.in, idCreateMV, p, "NvEncCreateMVBuffer", s.fn.nvEncCreateMVBuffer, true))
}

// DestroyMVBuffer gives it back.
//
// Source: NvEncDestroyMVBuffer.
func (s *Session) DestroyMVBuffer(b OutputPtr) error {
	return s.gone(mvBuffer, s.callHandle(&s.in, "NvEncDestroyMVBuffer", s.fn.nvEncDestroyMVBuffer, uintptr(b)))
}

// RunMotionEstimationOnly finds the motion between two pictures, in a session that was
// initialised with InitEnableMEOnlyMode.
//
// Source: NvEncRunMotionEstimationOnly.
func (s *Session) RunMotionEstimationOnly(p *MEOnlyParams) error {
	if err := s.api.check(laterMEOnly, bytesOf(p)); err != nil {
		return err
	}
	return callStruct(s, &s.in, idMEOnly, p, "NvEncRunMotionEstimationOnly", s.fn.nvEncRunMotionEstimationOnly, false)
}
