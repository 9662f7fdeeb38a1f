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
	swapUV  bool // YV12
	coded   avformat.Image
	info    StreamInfo
	notes   []string
	host    *frame.HostPool // for frames in device memory
	headers []byte          // parameter sets, for the first packet and for every key frame
	first   bool
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
	src, err := sourceImage(f, width, height, e.cfg)
	if err != nil {
		return err
	}
	e.swapUV = f == frame.YV12
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
	if e.scaler, err = avformat.NewScaler(src, coded, avformat.Bicubic); err != nil {
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

func (e *cpuEncoder) encode(f *frame.Frame, pic *Picture, out *packetList) error {
	pts, duration := f.PTS, int64(0)
	if f.Duration > 0 {
		duration = f.Duration
	}
	h, err := e.onHost(f)
	if err != nil {
		return err
	}
	err = e.fill(h)
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
			break
		}
		if err != avformat.ErrAgain {
			return err
		}
		if err := e.receive(out); err != nil {
			return err
		}
	}
	return e.receive(out)
}

// onHost is f itself, or a copy of it in host memory with a reference of its own.
func (e *cpuEncoder) onHost(f *frame.Frame) (*frame.Frame, error) {
	if f.Memory != frame.Device {
		return f, f.Wait(nil)
	}
	if !e.host.Fits(f.Format, f.Width, f.Height) {
		e.host.Close()
		e.host = nil
		var err error
		if e.host, err = frame.NewHostPool(f.Format, f.Width, f.Height, &frame.HostPoolConfig{PageLocked: f.Context()}); err != nil {
			return nil, err
		}
	}
	h, err := e.host.Get()
	if err != nil {
		return nil, err
	}
	if err := f.CopyTo(h); err != nil {
		h.Release()
		return nil, err
	}
	return h, nil
}

// fill converts f into the encoder's picture. The encoder may keep the one before, so
// each gets memory of its own, from libavutil's pool.
func (e *cpuEncoder) fill(f *frame.Frame) error {
	for i := range f.Planes {
		e.src.Data[i], e.src.Stride[i] = f.Planes[i].Data, f.Planes[i].Pitch
	}
	if e.swapUV {
		e.src.Data[1], e.src.Data[2] = e.src.Data[2], e.src.Data[1]
		e.src.Stride[1], e.src.Stride[2] = e.src.Stride[2], e.src.Stride[1]
	}
	if err := e.img.Allocate(e.coded.Format, e.coded.Width, e.coded.Height); err != nil {
		return err
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
	if err := e.enc.Send(nil); err != nil && err != io.EOF {
		return err
	}
	return e.receive(out)
}

func (e *cpuEncoder) close() error {
	return errors.Join(e.enc.Close(), e.scaler.Close(), e.img.Close(), e.pkt.Close(), e.host.Close())
}

// sourceImage describes frames in format f for libswscale.
func sourceImage(f frame.Format, width, height int, cfg *EncoderConfig) (avformat.Image, error) {
	name := f.Name()
	switch f {
	case frame.YV12:
		name = "yuv420p" // with U and V exchanged
	case frame.YUV444P10MSB, frame.YUV444P16:
		name = "yuv444p16le" // the value lies in the high bits: a sample of 16 bits
	case frame.P016:
		name = "p016le"
	}
	pf, err := avformat.PixelFormatByName(name)
	if err != nil {
		return avformat.Image{}, fmt.Errorf("%w: frames in %v: %w", ErrUnsupported, f, err)
	}
	c := cfg.Color
	color := avformat.Color{Range: int(c.Range), Primaries: int(c.Primaries), Transfer: int(c.Transfer), Matrix: int(c.Matrix), ChromaLocation: int(c.ChromaLocation)}
	if f.Family() == frame.FamilyRGB {
		color.Range, color.Matrix = int(frame.RangeFull), int(frame.MatrixRGB)
	}
	return avformat.Image{Format: pf, Width: width, Height: height, Color: color}, nil
}

// codedFormats are the formats that a stream can be coded in, by chroma and depth, in
// the order of preference.
func codedFormat(f frame.Format, depth int) (string, error) {
	chroma := chromaOf(f)
	if f.Family() == frame.FamilyRGB {
		chroma = 420 // as NVENC codes RGB
	}
	names := map[int][2]string{
		400: {"gray", "gray10le"}, 420: {"yuv420p", "yuv420p10le"}, 422: {"yuv422p", "yuv422p10le"}, 444: {"yuv444p", "yuv444p10le"},
	}
	n, ok := names[chroma]
	if !ok {
		return "", fmt.Errorf("%w: frames in %v", ErrUnsupported, f)
	}
	if depth > 8 {
		return n[1], nil
	}
	return n[0], nil
}

// chooseCPUEncoder picks the first encoder of the loaded FFmpeg that can code the
// format.
func chooseCPUEncoder(src avformat.Image, f frame.Format, cfg *EncoderConfig) (avformat.Coder, avformat.Image, error) {
	name, err := codedFormat(f, cfg.BitDepth)
	if err != nil {
		return avformat.Coder{}, src, err
	}
	pf, err := avformat.PixelFormatByName(name)
	if err != nil {
		return avformat.Coder{}, src, err
	}
	list, err := avformat.Encoders(string(cfg.Codec))
	if err != nil {
		return avformat.Coder{}, src, err
	}
	coded := src
	coded.Format = pf
	if f.Family() == frame.FamilyRGB {
		coded.Color = codedColor(cfg, src.Height)
	}
	var has []string
	for _, c := range list {
		if c.Hardware || cpuMappings[c.Name] == nil {
			continue
		}
		has = append(has, c.Name)
		for _, p := range c.PixelFormats {
			if p == pf {
				return c, coded, nil
			}
		}
	}
	if len(has) == 0 {
		return avformat.Coder{}, src, fmt.Errorf("%w: the loaded FFmpeg has no software encoder for %v; install a build with libx264, libx265 and SVT-AV1", ErrUnsupported, cfg.Codec)
	}
	return avformat.Coder{}, src, fmt.Errorf("%w: %v of the loaded FFmpeg cannot code %s", ErrUnsupported, has, name)
}

// codedColor is what RGB becomes.
func codedColor(cfg *EncoderConfig, height int) avformat.Color {
	c := cfg.Color
	switch cfg.ColorSpace {
	case "bt601":
		c.Matrix = frame.MatrixSMPTE170M
	case "bt709":
		c.Matrix = frame.MatrixBT709
	}
	if c.Matrix == frame.MatrixRGB || c.Matrix == frame.MatrixUnspecified {
		c.Matrix = frame.MatrixSMPTE170M
		if height >= 720 {
			c.Matrix = frame.MatrixBT709
		}
	}
	if c.Range == frame.RangeUnspecified {
		c.Range = frame.RangeLimited
	}
	return avformat.Color{Range: int(c.Range), Primaries: int(c.Primaries), Transfer: int(c.Transfer), Matrix: int(c.Matrix), ChromaLocation: int(c.ChromaLocation)}
}
