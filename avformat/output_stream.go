package avformat

import (
	"fmt"
	"slices"
	"strings"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
)

// A StreamConfig says what parameters do not; nil and zero fields are the defaults.
type StreamConfig struct {
	// TimeBase is the unit of the times of the packets that will be written. Default:
	// one frame, if FrameRate is known, else microseconds.
	TimeBase Rational
	// FrameRate is the average, in frames per second, for the container's header.
	FrameRate Rational
	// AspectRatio is the shape of a pixel. Default: that of the parameters.
	AspectRatio Rational
	// Disposition says what the stream is for. An AttachedPicture has one packet; mp4
	// and m4v that are not fragmented take it.
	Disposition Disposition
	// Metadata of the stream: language, title.
	Metadata map[string]string
	// Tag is the container's code for the codec, a fourcc with the first character
	// lowest: 'hvc1' in mp4, say. Default: the muxer's choice.
	Tag uint32
}

// An outputStream is what an Output knows of a stream.
type outputStream struct {
	par     *CodecParameters // own copy
	cfg     StreamConfig
	p       uintptr  // AVStream
	out     Rational // the muxer's time base, known with the header
	waiting bool     // for extradata from its first packet
	lastDTS int64    // in cfg.TimeBase
	outDTS  int64    // the same in out
	lastDur int64
	delay   int64 // in out, to be added to all times
}

// AddStream declares a stream, before the first packet, and returns its index. par
// is copied: the codec, size, extradata, colours and side data (rotation, HDR) go
// into the container. Packets of H.264 and HEVC may be Annex B or length-prefixed,
// as their extradata is. Missing extradata is taken from the first packet.
func (o *Output) AddStream(par *CodecParameters, cfg *StreamConfig) (int, error) {
	s := o.s
	const fn = "avformat_new_stream"
	if par == nil || par.p == 0 {
		return 0, &Error{Func: fn, Code: ErrInvalid, Detail: "no codec parameters"}
	}
	if err := s.enter(fn); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	if s.begun {
		return 0, &Error{Func: fn, Code: ErrInvalid, Detail: "a stream cannot be added after the first packet"}
	}
	st := &outputStream{lastDTS: NoPTS}
	if cfg != nil {
		st.cfg = *cfg
	}
	if err := s.holds(par, st.cfg.Disposition&DispositionAttachedPicture != 0); err != nil {
		return 0, err
	}
	if !st.cfg.TimeBase.Known() {
		st.cfg.TimeBase = TimeBase
		if r := st.cfg.FrameRate; r.Known() {
			st.cfg.TimeBase = Rational{r.Den, r.Num}
		}
	}
	var err error
	if st.par, err = par.Clone(); err != nil {
		return 0, err
	}
	if st.p = s.call.Begin().Int(s.ctx.p).Int(0).Do(ff.fn.avformatNewStream); st.p == 0 {
		st.par.Close()
		return 0, noMemory(fn)
	}
	st.waiting = needsExtradata(st.par)
	s.streams = append(s.streams, st)
	return len(s.streams) - 1, nil
}

// holds refuses what the container cannot have.
func (s *output) holds(par *CodecParameters, cover bool) error {
	if cover { // for which FFmpeg's query gives no answer
		if !s.holdsCover() {
			return &Error{Func: "avformat_new_stream", Code: ErrPatchWelcome, Detail: s.format + " written like this holds no cover"}
		}
		return nil
	}
	const normal = 0 // FF_COMPLIANCE_NORMAL
	of := getPtr(s.ctx.p, ff.off.formatContext.oformat)
	if r := s.call.Begin().Int(of).Int(uintptr(par.int(par.off().codecId))).Int(normal).Do32(ff.fn.avformatQueryCodec); r == 0 {
		return &Error{Func: "avformat_query_codec", Code: ErrInvalid, Detail: fmt.Sprintf("%s cannot hold %s", s.format, par.Codec())}
	}
	return nil
}

// holdsCover is true where FFmpeg writes an attached picture; elsewhere it leaves it out
// without a word, or makes a video of it. Matroska has attachments.
func (s *output) holdsCover() bool {
	if slices.Contains([]string{"mp3", "flac", "aiff"}, s.format) {
		return true
	}
	return slices.Contains([]string{"mp4", "ipod", "psp"}, s.format) && !strings.Contains(s.options()["movflags"], "empty_moov")
}

// needsExtradata is true for streams whose headers a container wants in front, and
// that the extract_extradata filter finds in the packets.
func needsExtradata(par *CodecParameters) bool {
	return par.int(par.off().extradataSize) == 0 && slices.Contains([]string{"h264", "hevc", "vvc", "av1", "mpeg4", "mpeg2video"}, par.Codec())
}

// fill writes what is known of a stream into its AVStream.
func (st *outputStream) fill() error {
	o := &ff.off.stream
	c := abi.Borrow()
	defer c.Return()
	// The tag is another container's, or none; the muxer knows its own.
	if err := st.par.SetTag(st.cfg.Tag); err != nil {
		return err
	}
	if r := c.Int(getPtr(st.p, o.codecpar)).Int(st.par.p).Do32(ff.fn.avcodecParametersCopy); r < 0 {
		return check("avcodec_parameters_copy", r, "")
	}
	if err := addStreamSideData(st.p, st.par.side); err != nil {
		return err
	}
	setRational(st.p, o.timeBase, st.cfg.TimeBase)
	if st.cfg.FrameRate.Known() {
		setRational(st.p, o.avgFrameRate, st.cfg.FrameRate)
	}
	sar := st.cfg.AspectRatio
	if !sar.Known() {
		sar = st.par.SampleAspectRatio()
	} else {
		setRational(getPtr(st.p, o.codecpar), ff.off.codecParameters.sampleAspectRatio, sar)
	}
	if sar.Known() {
		setRational(st.p, o.sampleAspectRatio, sar)
	}
	setInt32(st.p, o.disposition, int32(st.cfg.Disposition))
	m := st.cfg.Metadata
	if _, ok := m["rotate"]; ok && st.par.SideData(SideDataDisplayMatrix) != nil {
		// FFmpeg 4 says the rotation in two ways, and would apply the one twice.
		m = mapWithout(m, "rotate")
	}
	return setMetadata(st.p+uintptr(o.metadata), m)
}

func mapWithout(m map[string]string, key string) map[string]string {
	out := make(map[string]string, len(m))
	for k, v := range m {
		if k != key {
			out[k] = v
		}
	}
	return out
}

// WriteHeader writes the container's beginning. The first packets do it by
// themselves; it is there for those who want its error, or TimeBase, before.
func (o *Output) WriteHeader() error {
	s := o.s
	if err := s.enter("avformat_write_header"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	return s.broke(s.begin())
}

// TimeBase is the time base that the container has for a stream once the header is
// written. Packets need not be in it.
func (o *Output) TimeBase(stream int) (Rational, error) {
	s := o.s
	if err := s.enter("AVStream.time_base"); err != nil {
		return Rational{}, err
	}
	defer s.mu.Unlock()
	if !s.begun || stream < 0 || stream >= len(s.streams) {
		return Rational{}, &Error{Func: "AVStream.time_base", Code: ErrStreamNotFound, Detail: "no header yet, or no stream " + itoa(stream)}
	}
	return s.streams[stream].out, nil
}

// broke remembers the error after which the output cannot go on.
func (s *output) broke(err error) error {
	if err != nil && s.err == nil {
		s.err = err
	}
	return err
}

// begin writes the header, once, and then the packets that waited for it.
func (s *output) begin() error {
	const fn = "avformat_write_header"
	if s.begun {
		return nil
	}
	if len(s.streams) == 0 {
		return &Error{Func: fn, Code: ErrInvalid, Detail: "no streams"}
	}
	for _, st := range s.streams {
		if err := st.fill(); err != nil {
			return err
		}
	}
	d, err := newDictionary(s.options())
	if err != nil {
		return err
	}
	defer d.free()
	if r := s.call.Begin().Int(s.ctx.p).Ptr(unsafe.Pointer(&d.p)).Do32(ff.fn.avformatWriteHeader); r < 0 {
		return s.fail(fn, r)
	}
	s.begun = true
	for _, st := range s.streams {
		st.out = getRational(st.p, ff.off.stream.timeBase)
		st.delay = s.codecDelay(st)
	}
	if err := d.unused(fn, s.format); err != nil {
		return err
	}
	for _, p := range s.pending {
		if err == nil {
			err = s.mux(p.stream, p.pkt)
		}
		p.pkt.Close()
	}
	s.pending = nil
	return err
}

// movFormats are the muxers that movenc.c makes.
var movFormats = []string{"mp4", "mov", "3gp", "3g2", "psp", "ipod", "ismv", "f4v", "avif"}

func (s *output) options() map[string]string {
	m := map[string]string{whitelist: s.protocols}
	for k, v := range s.opt.Options {
		m[k] = v
	}
	if !slices.Contains(movFormats, s.format) {
		return m
	}
	flags := []string{}
	if s.opt.FastStart {
		flags = append(flags, "faststart")
	}
	if s.opt.Fragmented || s.dst != nil && !s.dst.seekable {
		flags = append(flags, "frag_keyframe", "empty_moov", "default_base_moof")
	}
	if ff.version.AVFormat.Major == 58 {
		flags = append(flags, "write_colr") // later it is the default
	}
	if len(flags) > 0 {
		own := m["movflags"]
		if own != "" && !strings.ContainsAny(own[:1], "+-") {
			own = "+" + own
		}
		m["movflags"] = "+" + strings.Join(flags, "+") + own
	}
	return m
}
