package codec

import (
	"errors"
	"fmt"
	"time"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/nvenc"
)

// nvencEngine encodes with the GPU's encoder. A picture takes a slot (nvenc_input.go)
// and gives it back when its packet was taken (nvenc_output.go). The driver decides the
// picture types and with them how late packets come; the engine makes slots as they are
// needed, which is a number that settles.
type nvencEngine struct {
	cfg           EncoderConfig // its own copy, with the colour that the stream has
	width, height int
	frames        frame.Format
	format        nvencFormat
	caps          *EncoderCaps
	setup         *nvencSetup

	ctx     *cuda.Context // our own reference
	queue   *cuda.Stream
	own     bool // queue is ours
	ordered bool // the session reads and writes in the order of the queue
	session *nvenc.Session
	info    StreamInfo
	hold    int // finished pictures that are left in the hardware, so that it does not wait for us
	ended   bool
	fed     uint64 // pictures of the stream
	headers bool   // go in front of the next picture

	slots    []*nvencSlot // all
	free     []*nvencSlot
	pending  []*nvencSlot // submitted, in order; their bitstreams hold coded pictures in the order of coding
	inputs   []*nvencSlot // whose picture's packet was not taken, in the order of submission
	finished int          // of pending, those that EncodePicture said are complete
	regs     registrations
	copies   *frame.DevicePool // for device frames that lie otherwise than NVENC reads
	order    nvencOrder

	pic    nvenc.PicParams
	lock   nvenc.LockBitstream
	mapped nvenc.MapInputResource
	host   nvenc.LockInputBuffer
}

func newNVENCEngine(width, height int, f frame.Format, cfg *EncoderConfig) (*nvencEngine, error) {
	if err := nvenc.Load(); err != nil {
		return nil, errNotFor{err}
	}
	ctx, err := deviceContext(&cfg.DeviceConfig)
	if err != nil {
		if errors.Is(err, ErrUnsupported) {
			err = errNotFor{err}
		}
		return nil, err
	}
	e := &nvencEngine{cfg: *cfg, width: width, height: height, frames: f, ctx: ctx, queue: cfg.Stream}
	if err := e.open(); err != nil {
		return nil, errors.Join(err, e.close())
	}
	return e, nil
}

func (e *nvencEngine) open() error {
	if err := e.ctx.Enter(); err != nil {
		return err
	}
	defer e.ctx.Exit()
	var err error
	if e.session, err = openNVENC(e.ctx); err != nil {
		return err
	}
	if e.caps, err = nvencCaps(e.ctx, e.session, e.cfg.Codec); err != nil {
		return err
	}
	if err := e.check(); err != nil {
		return err
	}
	if e.queue == nil {
		if e.queue, err = e.ctx.NewStream(cuda.StreamNonBlocking); err != nil {
			return err
		}
		e.own = true
	}
	if e.setup, err = newNVENCSetup(e.session, e.caps, &e.cfg, e.format, e.width, e.height); err != nil {
		return notFor(err)
	}
	if err := e.session.Initialize(&e.setup.init); err != nil {
		if errors.Is(err, nvenc.ErrUnsupportedParam) || errors.Is(err, ErrUnsupported) {
			err = errNotFor{fmt.Errorf("%w: the driver refuses the configuration: %w", ErrUnsupported, err)}
		}
		return err
	}
	// Without the stream's order the engine waits for it before each picture.
	err = e.session.SetIOCudaStreams(e.queue, e.queue)
	if e.ordered = err == nil; err != nil && !errors.Is(err, ErrUnsupported) {
		return err
	}
	e.regs.session = e.session
	if !lowDelay(e.cfg.Tuning) {
		e.hold = pipelined
	}
	if k := &e.setup.config.RCParams; k.Flags&nvenc.RCEnableLookahead != 0 {
		// A finished picture is still looked at from those ahead of it.
		e.hold = max(e.hold, int(k.LookaheadDepth))
	}
	e.order.open(&e.cfg, e.setup)
	return e.describe()
}

// pipelined is how many pictures stay in the hardware while the caller makes the next:
// as many as NVIDIA's samples have.
const pipelined = 3

// notFor marks what is not supported as a reason to take another engine.
func notFor(err error) error {
	if errors.Is(err, ErrUnsupported) {
		return errNotFor{err}
	}
	return err
}

// check refuses what the GPU cannot do, before anything is made.
func (e *nvencEngine) check() error {
	err := e.cfg.checkNVENC(e.caps)
	if err == nil {
		e.format, err = e.cfg.checkPicture(e.caps, e.frames, e.width, e.height)
	}
	if err == nil && e.format.rgb {
		rgbColor(&e.cfg)
	}
	return notFor(err)
}

// describe fills in what a Muxer wants to know.
func (e *nvencEngine) describe() error {
	headers, err := e.session.SequenceParams(nil)
	if err != nil {
		return err
	}
	c := &e.cfg
	if c.TimeCode && !clockRoom(c.Codec, headers) {
		return errNotFor{errNoRoom}
	}
	e.info = StreamInfo{
		Type: Video, Codec: c.Codec, Profile: e.setup.profile, Extradata: headers,
		TimeBase: c.TimeBase, StartPTS: NoPTS, BitRate: c.Rate.BitRate, FrameRate: c.FrameRate,
		Width: e.width, Height: e.height, PixelFormat: e.format.codedName(c.BitDepth), BitDepth: c.BitDepth, Chroma: e.format.chroma,
		SAR: c.SAR, Color: c.Color, Reorder: e.order.depth, Default: true, WholePictures: true,
	}
	return nil
}

func (e *nvencEngine) stream() StreamInfo { return e.info }

func (e *nvencEngine) encode(f *frame.Frame, pts, duration int64, pic *Picture, out *packetList) error {
	if err := e.checkPicture(f, pic); err != nil {
		return err
	}
	if err := e.ctx.Enter(); err != nil {
		return err
	}
	defer e.ctx.Exit()
	s, err := e.slot()
	if err != nil {
		return err
	}
	if err := e.fill(s, f); err != nil {
		s.free = true
		e.free = append(e.free, s)
		return err
	}
	s.number, s.pts, s.duration = e.fed, pts, duration
	e.describePicture(s, pic)
	more, err := e.submit()
	e.pic.QPDeltaMap, e.pic.QPDeltaMapSize = nil, 0
	if err != nil {
		err = errors.Join(err, e.emptied(s))
		s.free = true
		e.free = append(e.free, s)
		return err
	}
	e.fed++
	e.headers = false
	e.order.submitted(pts)
	e.pending, e.inputs = append(e.pending, s), append(e.inputs, s)
	if !more {
		e.finished = len(e.pending)
	}
	return e.take(out, e.hold)
}

// checkPicture refuses wishes for one picture, and leaves everything as it was.
func (e *nvencEngine) checkPicture(f *frame.Frame, pic *Picture) error {
	if f.Memory == frame.Device && f.Context() != nil && f.Context().Handle() != e.ctx.Handle() {
		return fmt.Errorf("%w: a frame of another CUDA context than the encoder's; set DeviceConfig.Context", ErrUnsupported)
	}
	if pic == nil || pic.QPMap == nil {
		return nil
	}
	if e.cfg.QPMap == QPMapOff {
		return fmt.Errorf("%w: a picture has a QPMap; set EncoderConfig.QPMap", ErrUnsupported)
	}
	if n := e.blocks(); len(pic.QPMap) != n {
		return fmt.Errorf("%w: QPMap has %d values; a picture of %dx%d has %d blocks: %w", ErrUnsupported, len(pic.QPMap), e.width, e.height, n, ErrArgument)
	}
	return nil
}

// blocks is the size of a QP map.
func (e *nvencEngine) blocks() int {
	b := map[ID]int{H264: 16, HEVC: 32, AV1: 64}[e.cfg.Codec]
	return (e.width + b - 1) / b * ((e.height + b - 1) / b)
}

// describePicture fills in the picture's parameters.
func (e *nvencEngine) describePicture(s *nvencSlot, pic *Picture) {
	p := &e.pic
	p.InputWidth, p.InputHeight, p.InputPitch = uint32(e.width), uint32(e.height), uint32(s.pitch)
	p.EncodePicFlags = 0
	p.FrameIdx, p.InputTimeStamp, p.InputDuration = uint32(s.number), s.number, 0
	p.InputBuffer, p.OutputBitstream, p.BufferFmt, p.PictureStruct = s.input, s.output, e.format.buffer, nvenc.PicStructFrame
	if e.cfg.TimeCode && e.cfg.Codec == H264 {
		p.CodecPicParams.H264().TimeCode.SkipClockTimestampInsertion = 1
	}
	if e.headers {
		p.EncodePicFlags |= nvenc.PicFlagOutputSPSPPS
	}
	if pic != nil {
		if pic.ForceIDR {
			p.EncodePicFlags |= nvenc.PicFlagForceIDR
		}
		if pic.ForceIntra {
			p.EncodePicFlags |= nvenc.PicFlagForceIntra
		}
		if pic.ParameterSets {
			p.EncodePicFlags |= nvenc.PicFlagOutputSPSPPS
		}
		if pic.QPMap != nil {
			p.QPDeltaMap, p.QPDeltaMapSize = &pic.QPMap[0], uint32(len(pic.QPMap))
		}
	}
}

// Busy hardware is asked again, for as long as no living hardware is busy.
const (
	busyWait  = time.Millisecond
	busyTimes = 2000
)

// submit gives the picture to the driver; more says that its packet comes with a later
// picture's.
func (e *nvencEngine) submit() (more bool, err error) {
	if !e.ordered {
		if err := e.queue.Synchronize(); err != nil {
			return false, err
		}
	}
	for range busyTimes {
		switch err = e.session.EncodePicture(&e.pic); err {
		case nil:
			return false, nil
		case nvenc.ErrNeedMoreInput:
			return true, nil
		case nvenc.ErrEncoderBusy:
			time.Sleep(busyWait)
			continue
		}
		return false, err
	}
	return false, &nvenc.Error{Func: "NvEncEncodePicture", Status: nvenc.ErrEncoderBusy, Detail: "for 2 s"}
}

// drain ends the stream. Without a picture there is none.
func (e *nvencEngine) drain(out *packetList) error {
	if e.fed == 0 || e.ended {
		return nil
	}
	if err := e.ctx.Enter(); err != nil {
		return err
	}
	defer e.ctx.Exit()
	e.ended = true
	e.pic = nvenc.PicParams{EncodePicFlags: nvenc.PicFlagEOS}
	if _, err := e.submit(); err != nil {
		return err
	}
	e.finished = len(e.pending)
	return e.take(out, 0)
}

func (e *nvencEngine) ignored() []string { return append([]string(nil), e.setup.notes...) }

// close ends the session with all that it has. Pictures that were not taken are
// finished first: the hardware writes into buffers that would go away.
func (e *nvencEngine) close() error {
	if e == nil || e.ctx == nil {
		return nil
	}
	err := e.ctx.Enter()
	entered := err == nil
	err = errors.Join(err, e.closeSession()) // also in a context that cannot be entered: nobody tries again
	if entered {
		e.ctx.Exit()
	}
	err = errors.Join(err, e.copies.Close())
	if e.own {
		err = errors.Join(err, e.queue.Close())
	}
	err = errors.Join(err, e.ctx.Close())
	e.ctx = nil
	return err
}

func (e *nvencEngine) closeSession() error {
	if e.session == nil {
		return nil
	}
	err := e.finishAll()
	for _, s := range e.slots {
		err = errors.Join(err, e.destroy(s))
	}
	return errors.Join(err, e.regs.close(), e.session.Close())
}
