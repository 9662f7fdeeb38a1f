package codec

import (
	"errors"
	"fmt"
	"io"

	"github.com/go-nvcodec/nvcodec/avformat"
	"github.com/go-nvcodec/nvcodec/frame"
)

// cpuEncoder codes with libx264, libx265, SVT-AV1 or libaom: what the loaded FFmpeg
// has.
type cpuEncoder struct {
	cfg     *EncoderConfig
	enc     *avformat.Encoder
	scaler  *avformat.Scaler
	img     *avformat.Frame
	pkt     *avformat.Packet
	src     avformat.Planes
	coded   avformat.Image
	info    StreamInfo
	notes   []string
	down    hostCopy // for frames in device memory
	headers []byte   // parameter sets, for the first packet and for every key frame
	first   bool
	shared  bool           // img is the decoder's memory
	begun   bool           // a frame was sent
	forces  bool           // the encoder heeds a picture's type
	force   map[int64]bool // packets that get headers because the picture asks for them
}

func newCPUEncodeEngine(width, height int, f frame.Format, cfg *EncoderConfig) (encodeEngine, error) {
	e := &cpuEncoder{cfg: cfg, first: true}
	if err := e.open(width, height, f); err != nil {
		_ = e.close()
		return nil, err
	}
	return e, nil
}

func (e *cpuEncoder) open(width, height int, f frame.Format) error {
	src, err := sourceImage(f, width, height, e.cfg.Color)
	if err != nil {
		return err
	}
	coder, coded, err := chooseCPUEncoder(src, f, e.cfg)
	if err != nil {
		return err
	}
	e.coded = coded
	opt, notes, err := cpuEncoderOptions(coder, e.cfg)
	if err != nil {
		return err
	}
	e.notes = notes
	if e.enc, err = avformat.NewEncoder(string(e.cfg.Codec), coded, opt); err != nil {
		return err
	}
	e.forces = coder.ForcesKeyFrames()
	if e.scaler, err = newScaler(src, coded); err != nil {
		return err
	}
	if e.img, err = avformat.NewFrame(); err != nil {
		return err
	}
	if e.pkt, err = avformat.NewPacket(); err != nil {
		return err
	}
	return e.describe(width, height)
}

// describe fills in the stream's description from what the encoder says.
func (e *cpuEncoder) describe(width, height int) error {
	par, err := e.enc.Parameters()
	if err != nil {
		return err
	}
	e.info = StreamInfo{
		Type: Video, Codec: e.cfg.Codec, Profile: par.Profile(), Level: par.Level(), Extradata: par.Extradata(),
		TimeBase: e.cfg.TimeBase, StartPTS: NoPTS, BitRate: e.cfg.Rate.BitRate, FrameRate: e.cfg.FrameRate,
		Width: width, Height: height, PixelFormat: par.Format(), BitDepth: e.cfg.BitDepth, Chroma: e.chroma(),
		SAR: e.cfg.SAR, Color: e.cfg.Color, Reorder: par.VideoDelay(), Default: true, WholePictures: true, params: par,
	}
	if e.cfg.Codec != AV1 {
		// AV1 encoders put the sequence header in front of every key frame themselves.
		e.headers = e.info.Extradata
	}
	return nil
}

func (e *cpuEncoder) chroma() int {
	f, err := frame.FormatByName(e.coded.Format.String())
	if err != nil {
		return 0
	}
	return chromaOf(f)
}

func (e *cpuEncoder) stream() StreamInfo { return e.info }
func (e *cpuEncoder) ignored() []string  { return append([]string(nil), e.notes...) }

func (e *cpuEncoder) encode(f *frame.Frame, pts, duration int64, pic *Picture, out *packetList) error {
	if pic != nil && (pic.ForceIDR || pic.ForceIntra) && !e.forces {
		return fmt.Errorf("%w: %s of the loaded FFmpeg takes no key frame on demand; use H264 or HEVC, Tuning low_latency (which is libaom's), or GOP", ErrUnsupported, e.enc.Coder().Name)
	}
	h, err := e.down.get(f)
	if err != nil {
		return err
	}
	err = e.picture(h)
	if h != f {
		h.Release()
	}
	if err != nil {
		return err
	}
	e.img.SetPTS(pts)
	e.img.SetDuration(duration)
	typ := avformat.PictureType('?')
	if pic != nil && (pic.ForceIDR || pic.ForceIntra) {
		// libavcodec knows one wish; with forced-idr the encoders make it an IDR.
		typ = 'I'
	}
	e.img.SetPictureType(typ)
	if pic != nil && pic.ParameterSets {
		if e.force == nil {
			e.force = map[int64]bool{}
		}
		e.force[pts] = true
	}
	for {
		err := e.enc.Send(e.img)
		if err == nil {
			e.begun = true
			break
		}
		if err != avformat.ErrAgain {
			return err
		}
		if err := e.receive(out); err != nil {
			return err
		}
	}
	if e.shared {
		e.img.Unref() // not to keep the decoder's memory
	}
	return e.receive(out)
}

// picture makes e.img of f: the same memory where f is libavcodec's and is coded as it
// is, else a converted copy.
func (e *cpuEncoder) picture(f *frame.Frame) error {
	av := viewOf(f)
	if e.shared = av != nil && av.Format() == e.coded.Format; !e.shared {
		return e.fill(f)
	}
	if err := e.img.RefPixels(av); err != nil {
		return err
	}
	e.img.SetColor(e.coded.Color)
	return nil
}

// fill converts f into the encoder's picture. That has its memory still, unless it was
// shared, or the encoder keeps it.
func (e *cpuEncoder) fill(f *frame.Frame) error {
	setPlanes(&e.src, f)
	if e.img.Empty() || !e.img.Writable() {
		if err := e.img.Allocate(e.coded.Format, e.coded.Width, e.coded.Height); err != nil {
			return err
		}
	}
	e.img.SetColor(e.coded.Color)
	return e.scaler.ScaleFrom(e.img, &e.src)
}

// receive takes all packets that are ready.
func (e *cpuEncoder) receive(out *packetList) error {
	for {
		switch err := e.enc.Receive(e.pkt); {
		case err == avformat.ErrAgain || err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		e.take(out.next())
	}
}

func (e *cpuEncoder) take(p *Packet) {
	t := e.pkt.Times()
	p.Key = t.Flags&avformat.PacketKey != 0
	if len(e.headers) > 0 && (e.first || p.Key && e.cfg.RepeatHeaders || e.force[t.PTS]) {
		p.Data = append(p.Data, e.headers...)
	}
	e.first = false
	delete(e.force, t.PTS)
	p.Data = append(p.Data, e.pkt.Data()...)
	p.PTS, p.DTS, p.Duration, p.Pos = t.PTS, t.DTS, t.Duration, -1
	p.TimeBase, p.Flags = e.cfg.TimeBase, EndOfPicture
	switch t := e.pkt.PictureType(); t {
	case 'I', 'P', 'B':
		p.Type = PictureType(t)
	default:
		p.Type = 0
	}
}

func (e *cpuEncoder) drain(out *packetList) error {
	if !e.begun {
		return nil
	}
	if err := e.enc.Send(nil); err != nil && err != io.EOF {
		return err
	}
	return e.receive(out)
}

func (e *cpuEncoder) close() error {
	return errors.Join(e.enc.Close(), e.scaler.Close(), e.img.Close(), e.pkt.Close(), e.down.close())
}
