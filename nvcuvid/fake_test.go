package nvcuvid

import (
	"sync"
	"testing"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/internal/abi"
)

// fake is a libnvcuvid made of Go functions behind C addresses. Its parser calls
// every callback once for each packet, in the hardware's order.
type fake struct {
	params    ParserParams
	format    VideoFormat
	picture   PicParams
	disp      ParserDispInfo
	oppoint   OperatingPointInfo
	sei       SEIMessageInfo
	messages  [2]SEIMessage
	payload   [5]byte
	results   [5]int32 // of sequence, oppoint, sei, decode, display
	packet    SourceDataPacket
	notifyEOS bool

	created  DecodeCreateInfo
	mapped   map[uint64]bool
	unmapped int
	mapFail  cuda.Result
	parse    cuda.Result
	status   DecodeStatus
	call     *abi.Call // for the calls back
}

var (
	fakes    *fake
	fakeAPI  library
	fakeOnce sync.Once
)

func entryFor(args int, h func(f *fake, c *abi.Callback) cuda.Result) uintptr {
	return abi.NewCallback(abi.Handler{Args: args, Fail: int64(cuda.ErrUnknown), Call: func(c *abi.Callback) {
		c.Return(int64(h(fakes, c)))
	}})
}

func newFake(t *testing.T) *fake {
	fakeOnce.Do(func() {
		fakeAPI = library{
			name: "fake",
			cuvidGetDecoderCaps: entryFor(1, func(f *fake, c *abi.Callback) cuda.Result {
				caps := (*Caps)(c.Ptr(0))
				if caps.CodecType == CodecH264 && caps.ChromaFormat == Chroma420 && caps.BitDepthMinus8 == 0 {
					caps.IsSupported, caps.OutputFormatMask, caps.MaxWidth = 1, 1<<SurfaceNV12, 4096
				}
				return cuda.Success
			}),
			cuvidCreateVideoParser: entryFor(2, func(f *fake, c *abi.Callback) cuda.Result {
				f.params = *(*ParserParams)(c.Ptr(1))
				if f.params.CodecType >= NumCodecs {
					return cuda.ErrInvalidSource
				}
				*(*uintptr)(c.Ptr(0)) = 0xBA
				return cuda.Success
			}),
			cuvidParseVideoData: entryFor(2, func(f *fake, c *abi.Callback) cuda.Result { return f.run((*SourceDataPacket)(c.Ptr(1))) }),
			cuvidCreateDecoder: entryFor(2, func(f *fake, c *abi.Callback) cuda.Result {
				f.created = *(*DecodeCreateInfo)(c.Ptr(1))
				*(*uintptr)(c.Ptr(0)) = 0xDE
				return cuda.Success
			}),
			cuvidDestroyDecoder: entryFor(1, func(f *fake, c *abi.Callback) cuda.Result { return cuda.Success }),
			cuvidDecodePicture:  entryFor(2, func(f *fake, c *abi.Callback) cuda.Result { return cuda.Success }),
			cuvidGetDecodeStatus: entryFor(3, func(f *fake, c *abi.Callback) cuda.Result {
				if f.status == DecodeInvalid {
					return cuda.ErrNotSupported
				}
				(*getDecodeStatus)(c.Ptr(2)).DecodeStatus = f.status
				return cuda.Success
			}),
			// Five arguments: the fifth is where the test looks itself.
			cuvidMapVideoFrame: entryFor(4, func(f *fake, c *abi.Callback) cuda.Result {
				ptr := uint64(0x7000) + uint64(c.Int32(1))
				*(*uint64)(c.Ptr(2)) = ptr
				*(*uint32)(c.Ptr(3)) = 512
				if f.mapFail == cuda.Success || f.mapFail == cuda.ErrOutOfMemory {
					f.mapped[ptr] = true
				}
				return f.mapFail
			}),
			cuvidUnmapVideoFrame: entryFor(2, func(f *fake, c *abi.Callback) cuda.Result {
				if !f.mapped[uint64(c.Word(1))] {
					return cuda.ErrNotMapped
				}
				delete(f.mapped, uint64(c.Word(1)))
				f.unmapped++
				return cuda.Success
			}),
		}
		fakeAPI.cuvidDestroyVideoParser = fakeAPI.cuvidDestroyDecoder
		fakeAPI.cuvidReconfigureDecoder = fakeAPI.cuvidDecodePicture
		fakeAPI.cuvidCtxLockCreate = fakeAPI.cuvidCreateDecoder
	})
	f := &fake{mapped: map[uint64]bool{}, call: abi.NewCall()}
	old, oldFake := api.Load(), fakes
	l := fakeAPI
	fakes = f
	api.Store(&l)
	t.Cleanup(func() {
		api.Store(old)
		fakes = oldFake
	})
	return f
}

func (f *fake) run(p *SourceDataPacket) cuda.Result {
	f.packet = *p
	f.messages = [2]SEIMessage{{SEIMessageType: 5, SEIMessageSize: 3}, {SEIMessageType: 4, SEIMessageSize: 2}}
	f.sei.SEIMessage, f.sei.SEIData, f.sei.SEIMessageCount = uintptr(unsafe.Pointer(&f.messages)), uintptr(unsafe.Pointer(&f.payload)), 2
	back := func(fn uintptr, info unsafe.Pointer) int32 {
		return f.call.Begin().Int(uintptr(f.params.UserData)).Ptr(info).Do32(fn)
	}
	f.results[0] = back(f.params.SequenceCallback, unsafe.Pointer(&f.format))
	f.results[1] = back(f.params.GetOperatingPoint, unsafe.Pointer(&f.oppoint))
	f.results[2] = back(f.params.GetSEIMsg, unsafe.Pointer(&f.sei))
	f.results[3] = back(f.params.DecodePicture, unsafe.Pointer(&f.picture))
	f.disp.Timestamp = p.Timestamp
	f.results[4] = back(f.params.DisplayPicture, unsafe.Pointer(&f.disp))
	if f.notifyEOS {
		back(f.params.DisplayPicture, nil)
	}
	return f.parse
}
