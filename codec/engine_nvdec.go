package codec

import (
	"errors"
	"fmt"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/abi"
	"github.com/go-nvcodec/nvcodec/internal/bitstream"
	"github.com/go-nvcodec/nvcodec/nvcuvid"
)

// nvdecEngine decodes with the GPU's decoder. A packet goes through the parser of
// nvcuvid, which calls back (nvdec_callbacks.go) when a sequence begins, a picture
// is complete and a picture is due for display. There it is mapped and copied at
// once (nvdec_surface.go): once the display callback has returned, the parser may
// hand the same decode surface out again.
type nvdecEngine struct {
	cfg    *DecoderConfig
	info   StreamInfo
	codec  nvcuvid.Codec
	ctx    *cuda.Context // our own reference
	stream *cuda.Stream
	own    bool // stream is ours
	sched  *scheduler

	track  *bitstream.Tracker
	input  nvdecInput
	times  packetTable
	sei    seiReader
	parser *nvcuvid.Parser
	delay  int64 // pictures by which the parser is late
	pkt    nvcuvid.SourceDataPacket

	session *decodeSession
	target  target
	former  formerSequence
	// Who decoded into the parser's surfaces.
	sessionOf [maxSurfaces]*decodeSession
	vp9       vp9Frames
	refused   refusal
	output    nvdecOutput
	proc      nvcuvid.ProcParams

	// State of the stream since it began, or since the last drain or discard.
	waiting    bool // for a picture that decoding can begin with
	fed        int  // packets with data
	sequences  int  // sequence callbacks
	complained bool // that no sequence came

	onSEI func(*nvcuvid.SEIMessageInfo) // for tests

	// State of one call.
	out        []*frame.Frame
	current    *packetMeta // the packet in the parser, nil while draining
	whole      bool        // it is a whole picture
	discarding bool
	err        error // ends the engine's life
	damage     error // does not
}

// nvdecCodecs are the codecs that NVDEC may know; the capability query decides.
var nvdecCodecs = map[ID]nvcuvid.Codec{
	H264: nvcuvid.CodecH264, HEVC: nvcuvid.CodecHEVC, AV1: nvcuvid.CodecAV1, VP8: nvcuvid.CodecVP8, VP9: nvcuvid.CodecVP9,
	MPEG1: nvcuvid.CodecMPEG1, MPEG2: nvcuvid.CodecMPEG2, MPEG4: nvcuvid.CodecMPEG4, VC1: nvcuvid.CodecVC1, WMV3: nvcuvid.CodecVC1,
	MJPEG: nvcuvid.CodecJPEG,
}

func newNVDECEngine(s *StreamInfo, cfg *DecoderConfig) (*nvdecEngine, error) {
	codec, ok := nvdecCodecs[s.Codec]
	if !ok {
		return nil, errNotFor{fmt.Errorf("%w: NVDEC does not decode %v", ErrUnsupported, s.Codec)}
	}
	if err := cuda.Load(); err != nil {
		return nil, errNotFor{err}
	}
	if err := nvcuvid.Load(); err != nil {
		return nil, errNotFor{err}
	}
	ctx, err := deviceContext(&cfg.DeviceConfig)
	if err != nil {
		if errors.Is(err, ErrUnsupported) {
			err = errNotFor{err}
		}
		return nil, err
	}
	e := &nvdecEngine{cfg: cfg, info: *s, codec: codec, ctx: ctx, stream: cfg.Stream}
	if err := e.open(); err != nil {
		e.close()
		return nil, err
	}
	return e, nil
}

func (e *nvdecEngine) open() error {
	s := &e.info
	if err := e.checkStream(); err != nil {
		return err
	}
	if err := e.ctx.Enter(); err != nil {
		return err
	}
	e.sched = schedulerOf(e.ctx, e.codec)
	e.ctx.Exit()
	var err error
	if e.stream == nil {
		if e.stream, err = e.ctx.NewStream(cuda.StreamNonBlocking); err != nil {
			return err
		}
		e.own = true
	}
	// An error here is about the extradata: the packets may bring the headers.
	e.track, err = bitstream.NewTracker(bitstream.CodecByName(string(s.Codec)), s.Extradata)
	if e.track == nil {
		return fmt.Errorf("%w: %v: %w", ErrUnsupported, s.Codec, err)
	}
	e.input.open(s)
	e.sei.init(e.track.Codec())
	e.sei.limit = e.cfg.Limits.sei()
	e.output.open(e)
	e.times.init(s.Codec)
	e.restart()
	if err := e.openParser(); err != nil {
		return err
	}
	e.cfg.share.bind(e.sched)
	return nil
}

func (e *nvdecEngine) openParser() error {
	p := nvcuvid.ParserParams{
		CodecType:            e.codec,
		MaxNumDecodeSurfaces: 1, // the sequence callback says the number
		ErrorThreshold:       100,
	}
	// A delay of 1 lets the engine work on a picture while the one before is copied;
	// 0 costs a third of the rate with small pictures.
	e.delay = 0
	if e.cfg.Latency == LatencyNative {
		e.delay = 1
	}
	p.MaxDisplayDelay = uint32(e.delay)
	p.ExtVideoInfo = e.input.sequenceHeader()
	var err error
	e.parser, err = nvcuvid.CreateParser(&p, e)
	return err
}

func (e *nvdecEngine) device() Device { return GPU(int(e.ctx.Device())) }

// restart forgets the pictures of the stream. Headers stay.
func (e *nvdecEngine) restart() {
	e.track.Reset()
	e.times.restart()
	e.sei.restart()
	e.input.restart()
	e.target.restart()
	e.vp9.restart()
	e.refused = refusal{}
	switch e.codec {
	case nvcuvid.CodecH264, nvcuvid.CodecHEVC, nvcuvid.CodecMPEG1, nvcuvid.CodecMPEG2, nvcuvid.CodecVP8, nvcuvid.CodecAV1:
		e.waiting = true
	}
	e.fed, e.sequences, e.complained = 0, 0, false
}

func (e *nvdecEngine) decode(p *Packet, out []*frame.Frame) ([]*frame.Frame, error) {
	if err := e.begin(out); err != nil {
		return out, err
	}
	first := len(out)
	if p.Flags&Discontinuity != 0 {
		e.flush()
	}
	if e.err == nil {
		e.feed(p)
	}
	return e.end(first)
}

func (e *nvdecEngine) drain(out []*frame.Frame) ([]*frame.Frame, error) {
	if err := e.begin(out); err != nil {
		return out, err
	}
	first := len(out)
	e.input.drain(e)
	if e.sequences == 0 && e.fed > 0 {
		e.complain()
	}
	e.flush()
	return e.end(first)
}

func (e *nvdecEngine) discard() error {
	if err := e.begin(nil); err != nil {
		return err
	}
	e.discarding = true
	e.flush()
	e.discarding = false
	_, err := e.end(0)
	if errors.Is(err, ErrCorrupt) {
		err = nil // of what nobody wants
	}
	return err
}

// begin starts a public call: it makes the context current for all of it.
func (e *nvdecEngine) begin(out []*frame.Frame) error {
	if e.err != nil {
		return e.err
	}
	e.out, e.damage = out, nil
	return e.ctx.Enter()
}

// end finishes a public call: frames from first on are new.
func (e *nvdecEngine) end(first int) ([]*frame.Frame, error) {
	out, err := e.output.finish(e.out, first)
	e.ctx.Exit()
	e.out = nil
	if err != nil && e.err == nil {
		e.err = err
	}
	if e.err != nil {
		return out, e.err
	}
	return out, e.damage
}

// fail notes what ends the engine's life; the first counts. The session cannot be
// trusted any more.
func (e *nvdecEngine) fail(err error) {
	if e.err == nil {
		e.err = err
	}
	var ce *cuda.Error
	if e.session != nil && errors.As(err, &ce) {
		e.session.failed = true
	}
}

// damaged notes damage of the stream, which decoding goes on after.
func (e *nvdecEngine) damaged(err error) {
	if e.damage == nil {
		e.damage = fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
}

// flush puts out, or while discarding drops, all pictures that are held, and makes
// ready for another part of the stream.
func (e *nvdecEngine) flush() {
	if e.fed > 0 {
		e.current = nil
		e.parse(nil, nvcuvid.PacketEndOfStream)
		e.flushFields()
	}
	if err := e.endFormer(); err != nil {
		e.fail(err)
	}
	if e.session != nil {
		if err := e.session.retire(); err != nil {
			e.fail(err)
		}
	}
	e.restart()
}

// parse gives data to the parser, as part of the current packet, and settles what the
// parser says.
func (e *nvdecEngine) parse(data []byte, flags nvcuvid.PacketFlags) {
	e.pkt = nvcuvid.SourceDataPacket{Flags: abi.CLong(flags)}
	if e.current != nil && len(data) > 0 {
		e.pkt.Timestamp = e.current.timestamp()
		e.pkt.Flags |= abi.CLong(nvcuvid.PacketTimestamp)
	}
	e.pkt.SetPayload(data)
	err := e.parser.Parse(&e.pkt)
	e.pkt.Payload = nil
	if err == nil || e.err != nil {
		return // a callback's error is the cause of the parser's
	}
	var p *nvcuvid.PanicError
	if errors.As(err, &p) || cuda.Lost(err) || errors.Is(err, cuda.ErrOutOfMemory) {
		e.fail(err)
		return
	}
	// A header that the parser cannot read. It goes on with the next one.
	e.damaged(err)
	if e.current != nil && e.current.pictures > 0 {
		e.refused.note()
	}
}

func (e *nvdecEngine) close() error {
	err := errors.Join(e.parser.Close(), e.endFormer())
	if e.session != nil {
		err = errors.Join(err, e.session.release())
		e.session = nil
	}
	err = errors.Join(err, e.output.close(), e.input.close())
	if e.own {
		err = errors.Join(err, e.stream.Close())
	}
	return errors.Join(err, e.ctx.Close())
}
