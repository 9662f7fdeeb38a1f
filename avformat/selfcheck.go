package avformat

import (
	"fmt"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
)

// selfCheck compares the offset tables with what the library publishes of its own
// layout: offsets in its option tables, and values that fresh objects are known to
// have. A distribution that patched a struct gives an error here, before anything
// was read or written in the wrong place. It takes well under a millisecond.
func (l *library) selfCheck() error {
	var wrong []string
	facts := 0
	for _, check := range []func() ([]fact, error){
		l.checkFormatContext, l.checkCodecContext, l.checkParameters, l.checkPacket, l.checkFrame, l.checkFilter,
	} {
		fs, err := check()
		if err != nil {
			return err
		}
		facts += len(fs)
		for _, f := range fs {
			if f.got != f.want {
				wrong = append(wrong, fmt.Sprintf("%s is %d, expected %d", f.what, f.got, f.want))
			}
		}
	}
	if len(wrong) > 0 {
		return &LayoutError{Version: l.version, Wrong: wrong, Checked: facts}
	}
	return nil
}

// A LayoutError says that the loaded libraries do not have the struct layout of
// their release, so that they were refused.
type LayoutError struct {
	Version Version
	Wrong   []string // the facts that do not hold
	Checked int      // how many were looked at
}

func (e *LayoutError) Error() string {
	return fmt.Sprintf("%s (%v) does not have the struct layout of libavformat %d: %s (%d of %d facts). It was changed by whoever built it; use another build.",
		e.Version.Library, &e.Version, e.Version.AVFormat.Major, e.Wrong[0], len(e.Wrong), e.Checked)
}

// Is makes errors.Is(err, ErrLibrary) true.
func (e *LayoutError) Is(target error) bool { return target == ErrLibrary }

type fact struct {
	what      string
	got, want int64
}

// AVOption's beginning, the same in all majors: name, help, offset, type.
const optionOffset offset = 16

// option asks where the option name of the object at obj lies.
func (l *library) option(c *abi.Call, class string, obj uintptr, name string, want offset) fact {
	f := fact{class + " option " + name, -1, int64(want)}
	o := c.Begin().Int(obj).Ptr(unsafe.Pointer(abi.CString(name))).Int(0).Int(0).Int(0).Do(l.fn.avOptFind)
	if o != 0 {
		f.got = int64(getInt32(o, optionOffset))
	}
	return f
}

func (l *library) checkFormatContext() ([]fact, error) {
	c := abi.Borrow()
	defer c.Return()
	p := c.Do(l.fn.avformatAllocContext)
	if p == 0 {
		return nil, noMemory("avformat_alloc_context")
	}
	defer call1(l.fn.avformatFreeContext, p)
	o := &l.off.formatContext
	const class = "AVFormatContext"
	fs := []fact{
		l.option(c, class, p, "probesize", o.probesize),
		l.option(c, class, p, "fflags", o.flags),
		l.option(c, class, p, "max_delay", o.maxDelay),
		l.option(c, class, p, "analyzeduration", o.maxAnalyzeDuration),
		l.option(c, class, p, "avoid_negative_ts", o.avoidNegativeTs),
		l.option(c, class, p, "protocol_whitelist", o.protocolWhitelist),
		l.option(c, class, p, "start_time_realtime", o.startTimeRealtime),
		l.option(c, class, p, "output_ts_offset", o.outputTsOffset),
		l.option(c, class, p, "max_interleave_delta", o.maxInterleaveDelta),
		// interrupt_callback (16 bytes) has no option, but debug after it has.
		l.option(c, class, p, "fdebug", o.interruptCallback+16),
	}
	first := c.Begin().Int(p).Int(0).Do(l.fn.avformatNewStream)
	second := c.Begin().Int(p).Int(0).Do(l.fn.avformatNewStream)
	if first == 0 || second == 0 {
		return nil, noMemory("avformat_new_stream")
	}
	n := getInt32(p, o.nbStreams)
	fs = append(fs, fact{"AVFormatContext.nb_streams", int64(n), 2})
	if n != 2 {
		return fs, nil
	}
	s := &l.off.stream
	par := getPtr(second, s.codecpar)
	fs = append(fs,
		fact{"AVFormatContext.streams[1]", int64(word(getPtr(p, o.streams), 1)), int64(second)},
		fact{"AVStream.index", int64(getInt32(second, s.index)), 1},
		fact{"AVStream.start_time", getInt64(second, s.startTime), NoPTS},
		fact{"AVStream.duration", getInt64(second, s.duration), NoPTS},
		fact{"AVStream.sample_aspect_ratio.den", int64(getRational(second, s.sampleAspectRatio).Den), 1},
	)
	if par < 4096 {
		return append(fs, fact{"AVStream.codecpar", int64(par), 1}), nil
	}
	return append(fs, fact{"AVStream.codecpar.codec_type", int64(getInt32(par, l.off.codecParameters.codecType)), -1}), nil
}

func (l *library) checkCodecContext() ([]fact, error) {
	c := abi.Borrow()
	defer c.Return()
	p := c.Int(0).Do(l.fn.avcodecAllocContext3)
	if p == 0 {
		return nil, noMemory("avcodec_alloc_context3")
	}
	defer free(l.fn.avcodecFreeContext, p)
	o := &l.off.codecContext
	const class = "AVCodecContext"
	return []fact{
		l.option(c, class, p, "b", o.bitRate),
		l.option(c, class, p, "flags", o.flags),
		l.option(c, class, p, "time_base", o.timeBase),
		l.option(c, class, p, "video_size", o.width),
		l.option(c, class, p, "g", o.gopSize),
		l.option(c, class, p, "pixel_format", o.pixFmt),
		l.option(c, class, p, "color_trc", o.colorTrc),
		l.option(c, class, p, "ar", o.sampleRate),
		l.option(c, class, p, "threads", o.threadCount),
		l.option(c, class, p, "profile", o.profile),
		l.option(c, class, p, "skip_frame", o.skipFrame),
		l.option(c, class, p, "has_b_frames", o.hasBFrames),
		l.option(c, class, p, "pkt_timebase", o.pktTimebase),
	}, nil
}

func (l *library) checkParameters() ([]fact, error) {
	p := call0(l.fn.avcodecParametersAlloc)
	if p == 0 {
		return nil, noMemory("avcodec_parameters_alloc")
	}
	defer free(l.fn.avcodecParametersFree, p)
	o := &l.off.codecParameters
	sar := getRational(p, o.sampleAspectRatio)
	fs := []fact{
		{"AVCodecParameters.codec_type", int64(getInt32(p, o.codecType)), -1},
		{"AVCodecParameters.format", int64(getInt32(p, o.format)), -1},
		{"AVCodecParameters.profile", int64(getInt32(p, o.profile)), -99},
		{"AVCodecParameters.level", int64(getInt32(p, o.level)), -99},
		{"AVCodecParameters.color_primaries", int64(getInt32(p, o.colorPrimaries)), 2},
		{"AVCodecParameters.color_trc", int64(getInt32(p, o.colorTrc)), 2},
		{"AVCodecParameters.color_space", int64(getInt32(p, o.colorSpace)), 2},
		{"AVCodecParameters.sample_aspect_ratio.num", int64(sar.Num), 0},
		{"AVCodecParameters.sample_aspect_ratio.den", int64(sar.Den), 1},
	}
	if o.framerate != none {
		fs = append(fs, fact{"AVCodecParameters.framerate.den", int64(getRational(p, o.framerate).Den), 1})
	}
	return fs, nil
}

func (l *library) checkPacket() ([]fact, error) {
	p := call0(l.fn.avPacketAlloc)
	if p == 0 {
		return nil, noMemory("av_packet_alloc")
	}
	defer free(l.fn.avPacketFree, p)
	o := &l.off.packet
	return []fact{
		{"AVPacket.pts", getInt64(p, o.pts), NoPTS},
		{"AVPacket.dts", getInt64(p, o.dts), NoPTS},
		{"AVPacket.pos", getInt64(p, o.pos), -1},
		{"AVPacket.size", int64(getInt32(p, o.size)), 0},
		{"AVPacket.data", int64(getPtr(p, o.data)), 0},
		{"AVPacket.side_data_elems", int64(getInt32(p, o.sideDataElems)), 0},
	}, nil
}

func (l *library) checkFrame() ([]fact, error) {
	p := call0(l.fn.avFrameAlloc)
	if p == 0 {
		return nil, noMemory("av_frame_alloc")
	}
	defer free(l.fn.avFrameFree, p)
	o := &l.off.frame
	return []fact{
		{"AVFrame.pts", getInt64(p, o.pts), NoPTS},
		{"AVFrame.pkt_dts", getInt64(p, o.pktDts), NoPTS},
		{"AVFrame.best_effort_timestamp", getInt64(p, o.bestEffortTimestamp), NoPTS},
		{"AVFrame.format", int64(getInt32(p, o.format)), -1},
		{"AVFrame.extended_data", int64(getPtr(p, o.extendedData)), int64(p) + int64(o.data)},
		{"AVFrame.color_primaries", int64(getInt32(p, o.colorPrimaries)), 2},
		{"AVFrame.color_trc", int64(getInt32(p, o.colorTrc)), 2},
		{"AVFrame.colorspace", int64(getInt32(p, o.colorspace)), 2},
		{"AVFrame.sample_aspect_ratio.den", int64(getRational(p, o.sampleAspectRatio).Den), 1},
	}, nil
}

func (l *library) checkFilter() ([]fact, error) {
	f := callString(l.fn.avBsfGetByName, "null")
	if f == 0 {
		return nil, nil // a minimal build
	}
	out := &holder{}
	c := abi.Borrow()
	defer c.Return()
	if r := c.Int(f).Ptr(unsafe.Pointer(out)).Do32(l.fn.avBsfAlloc); r < 0 {
		return nil, &Error{Func: "av_bsf_alloc", Code: Code(r)}
	}
	defer free(l.fn.avBsfFree, out.p)
	o := &l.off.bsfContext
	in, res := getPtr(out.p, o.parIn), getPtr(out.p, o.parOut)
	if in < 4096 || res < 4096 {
		return []fact{{"AVBSFContext.par_in", int64(in), 1}}, nil
	}
	return []fact{
		{"AVBSFContext.filter", int64(getPtr(out.p, o.filter)), int64(f)},
		{"AVBSFContext.par_in.format", int64(getInt32(in, l.off.codecParameters.format)), -1},
		{"AVBSFContext.par_out.format", int64(getInt32(res, l.off.codecParameters.format)), -1},
	}, nil
}
