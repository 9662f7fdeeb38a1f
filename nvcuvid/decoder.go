package nvcuvid

import (
	"sync/atomic"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
	"github.com/go-nvcodec/nvcodec/internal/live"
)

var liveDecoders = live.NewKind("nvcuvid.Decoder")

// A Decoder is a decode session: one of the GPU's decoder engines works on it, into
// a set of decode surfaces.
//
// The caller has the session's context current for all methods. One goroutine at
// a time; methods may be called inside the callbacks of a Parser. They do not
// allocate.
type Decoder struct {
	lib    *library
	handle uintptr
	call   *abi.Call
	out    struct {
		ptr   uint64
		pitch uint32
	}
	proc   ProcParams
	status getDecodeStatus
	mapped int // output surfaces, for the leak count
	closed atomic.Bool
}

// CreateDecoder makes a session in the current context. It takes some 40 ms, and
// 250 ms to fail for what the hardware cannot do: ask GetDecoderCaps first.
//
// Source: cuvidCreateDecoder.
func CreateDecoder(info *DecodeCreateInfo) (*Decoder, error) {
	l, err := need()
	if err != nil {
		return nil, err
	}
	d := &Decoder{lib: l, call: abi.NewCall()}
	out := new(uintptr)
	heap := new(DecodeCreateInfo)
	*heap = *info
	r := d.call.Begin().Ptr(unsafe.Pointer(out)).Ptr(unsafe.Pointer(heap)).Do32(l.cuvidCreateDecoder)
	if err := result("cuvidCreateDecoder", r); err != nil {
		return nil, err
	}
	d.handle = *out
	liveDecoders.Add()
	return d, nil
}

// Decode queues the decoding of a picture, in the decode callback of a parser, with
// the parser's struct unchanged.
//
// Source: cuvidDecodePicture.
func (d *Decoder) Decode(p *PicParams) error {
	if d.closed.Load() {
		return closed("decoder")
	}
	return result("cuvidDecodePicture", d.call.Begin().Int(d.handle).Ptr(unsafe.Pointer(p)).Do32(d.lib.cuvidDecodePicture))
}

// Reconfigure changes size and surface count, before the next Decode. It takes 0.04
// to 3 ms.
//
// Source: cuvidReconfigureDecoder.
func (d *Decoder) Reconfigure(info *ReconfigureDecoderInfo) error {
	if d.closed.Load() {
		return closed("decoder")
	}
	heap := new(ReconfigureDecoderInfo)
	*heap = *info
	return result("cuvidReconfigureDecoder", d.call.Begin().Int(d.handle).Ptr(unsafe.Pointer(heap)).Do32(d.lib.cuvidReconfigureDecoder))
}

// Status tells how the decoding of the picture in a decode surface went. Ask after
// Map, which waits for it. The hardware answers for H.264 and HEVC; for others the
// error matches errors.ErrUnsupported.
//
// Source: cuvidGetDecodeStatus.
func (d *Decoder) Status(picture int) (DecodeStatus, error) {
	if d.closed.Load() {
		return 0, closed("decoder")
	}
	if d.lib.cuvidGetDecodeStatus == 0 {
		return 0, missing("cuvidGetDecodeStatus")
	}
	d.status = getDecodeStatus{}
	r := d.call.Begin().Int(d.handle).Int(uintptr(picture)).Ptr(unsafe.Pointer(&d.status)).Do32(d.lib.cuvidGetDecodeStatus)
	return d.status.DecodeStatus, result("cuvidGetDecodeStatus", r)
}

// Close destroys the session, which may take 230 ms. Mapped pictures are gone. No
// other call may be inside.
//
// Source: cuvidDestroyDecoder.
func (d *Decoder) Close() error {
	if d == nil || d.closed.Swap(true) {
		return nil
	}
	liveDecoders.Done()
	for ; d.mapped > 0; d.mapped-- {
		liveSurfaces.Done()
	}
	return result("cuvidDestroyDecoder", d.call.Begin().Int(d.handle).Do32(d.lib.cuvidDestroyDecoder))
}
