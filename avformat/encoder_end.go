package avformat

import "github.com/go-nvcodec/nvcodec/internal/abi"

// encoding is what has to be freed, also if nobody closes the Encoder.
type encoding struct {
	p      uintptr // AVCodecContext
	coder  Coder
	image  Image
	begun  bool // a picture was sent
	ending bool // nil was sent
	ended  bool // all packets are out
}

func (e *encoding) free() {
	e.close()
	liveEncoders.Done()
}

func (e *encoding) close() {
	if e.coder.Name == "libsvtav1" {
		e.finish()
	}
	free(ff.fn.avcodecFreeContext, e.p)
}

// finish brings SVT-AV1 to its end, since its destructor waits for threads that may
// wait for pictures: with a picture, if it had none.
func (e *encoding) finish() {
	if e.ended {
		return
	}
	call := abi.Borrow()
	defer call.Return()
	if !e.begun {
		f, err := NewFrame()
		if err != nil {
			return
		}
		defer f.Close()
		if f.Allocate(e.image.Format, e.image.Width, e.image.Height) != nil {
			return
		}
		f.SetPTS(0)
		if call.Begin().Int(e.p).Int(f.p).Do32(ff.fn.avcodecSendFrame) < 0 {
			return
		}
	}
	p, err := NewPacket()
	if err != nil {
		return
	}
	defer p.Close()
	for !e.ended {
		if !e.ending {
			e.ending = Code(call.Begin().Int(e.p).Int(0).Do32(ff.fn.avcodecSendFrame)) != ErrAgain
		}
		r := call.Begin().Int(e.p).Int(p.p).Do32(ff.fn.avcodecReceivePacket)
		e.ended = r < 0 && (e.ending || Code(r) != ErrAgain)
		p.Unref()
	}
}
