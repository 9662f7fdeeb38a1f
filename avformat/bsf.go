package avformat

import (
	"fmt"
	"io"
	"runtime"
	"sync"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
	"github.com/go-nvcodec/nvcodec/internal/live"
)

var liveBSFs = live.NewKind("avformat.BSF")

// A BSF is a bitstream filter, or a chain of them: it rewrites packets without
// decoding them. One goroutine may use it at a time; Close may come from another.
// Steady filtering does not allocate. Source: bsf.h.
type BSF struct {
	mu      sync.Mutex
	p       uintptr // AVBSFContext, 0 when closed
	call    abi.Call
	name    string
	cleanup runtime.Cleanup
}

// NewBSF opens the filters that list names, separated by commas, each with its
// options: h264_mp4toannexb, or
// extract_extradata=remove=1,h264_metadata=aud=insert. par describes the packets
// (copied), timeBase is the unit of their times. An unknown filter matches
// errors.ErrUnsupported.
func NewBSF(list string, par *CodecParameters, timeBase Rational) (*BSF, error) {
	if err := load(); err != nil {
		return nil, err
	}
	if par == nil || par.p == 0 {
		return nil, &Error{Func: "NewBSF", Code: ErrInvalid, Detail: "no codec parameters"}
	}
	if list == "" {
		return nil, &Error{Func: "NewBSF", Code: ErrInvalid, Detail: "no filter named"}
	}
	h := new(holder)
	c := abi.Borrow()
	defer c.Return()
	if r := c.Ptr(unsafe.Pointer(abi.CString(list))).Ptr(unsafe.Pointer(h)).Do32(ff.fn.avBsfListParseStr); r < 0 {
		return nil, check("av_bsf_list_parse_str", r, list)
	}
	o := &ff.off.bsfContext
	setRational(h.p, o.timeBaseIn, timeBase)
	if r := c.Begin().Int(getPtr(h.p, o.parIn)).Int(par.p).Do32(ff.fn.avcodecParametersCopy); r < 0 {
		free(ff.fn.avBsfFree, h.p)
		return nil, check("avcodec_parameters_copy", r, list)
	}
	if r := c.Begin().Int(h.p).Do32(ff.fn.avBsfInit); r < 0 {
		free(ff.fn.avBsfFree, h.p)
		return nil, check("av_bsf_init", r, fmt.Sprintf("%s on %s", list, par.Codec()))
	}
	runtime.KeepAlive(par)
	liveBSFs.Add()
	b := &BSF{p: h.p, name: list}
	b.cleanup = runtime.AddCleanup(b, freeBSF, b.p)
	return b, nil
}

func freeBSF(p uintptr) {
	free(ff.fn.avBsfFree, p)
	liveBSFs.Done()
}

// Close ends the filter. Closing twice, or nil, is fine. Any goroutine may call it.
func (b *BSF) Close() error {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.p == 0 {
		return nil
	}
	b.cleanup.Stop()
	freeBSF(b.p)
	b.p = 0
	return nil
}

// Send gives the filter a packet and empties it. nil says that no more will come:
// Receive then gives what is left, and io.EOF. A packet with nothing in it is
// ignored. ErrAgain asks to Receive first; the packet is then still the caller's.
func (b *BSF) Send(pkt *Packet) error {
	if b == nil {
		return closedError("av_bsf_send_packet")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.p == 0 {
		return closedError("av_bsf_send_packet")
	}
	var p uintptr
	if pkt != nil {
		if p = pkt.p; p == 0 {
			return closedError("av_bsf_send_packet")
		}
		// To a filter a packet with neither bytes nor side data is the end.
		if getPtr(p, ff.off.packet.data) == 0 && getInt32(p, ff.off.packet.sideDataElems) == 0 {
			return nil
		}
	}
	r := b.call.Begin().Int(b.p).Int(p).Do32(ff.fn.avBsfSendPacket)
	runtime.KeepAlive(pkt)
	return b.result("av_bsf_send_packet", r)
}

// Receive puts the next filtered packet into pkt. ErrAgain asks for more input;
// io.EOF says that all is out.
func (b *BSF) Receive(pkt *Packet) error {
	if b == nil {
		return closedError("av_bsf_receive_packet")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.p == 0 || pkt == nil || pkt.p == 0 {
		return closedError("av_bsf_receive_packet")
	}
	pkt.Unref()
	r := b.call.Begin().Int(b.p).Int(pkt.p).Do32(ff.fn.avBsfReceivePacket)
	runtime.KeepAlive(pkt)
	return b.result("av_bsf_receive_packet", r)
}

func (b *BSF) result(fn string, r int32) error {
	switch {
	case r >= 0:
		return nil
	case Code(r) == ErrAgain:
		return ErrAgain
	case Code(r) == ErrEOF:
		return io.EOF
	}
	return check(fn, r, b.name)
}

// Flush drops what the filter holds: after a seek, and to go on after draining.
func (b *BSF) Flush() {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.p != 0 {
		b.call.Begin().Int(b.p).Do(ff.fn.avBsfFlush)
	}
}

// Parameters describes the packets that come out. The caller closes them.
func (b *BSF) Parameters() (*CodecParameters, error) {
	if b == nil {
		return nil, closedError("avcodec_parameters_copy")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.p == 0 {
		return nil, closedError("avcodec_parameters_copy")
	}
	return copyParameters(getPtr(b.p, ff.off.bsfContext.parOut))
}

// TimeBase is the unit of the times of packets that come out.
func (b *BSF) TimeBase() Rational {
	if b == nil {
		return Rational{}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.p == 0 {
		return Rational{}
	}
	return getRational(b.p, ff.off.bsfContext.timeBaseOut)
}
