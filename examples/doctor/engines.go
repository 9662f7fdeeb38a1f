package main

import (
	"bytes"
	"context"
	"crypto/md5"
	_ "embed"
	"errors"
	"fmt"
	"strings"

	"github.com/go-nvcodec/nvcodec/avformat"
	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/frame"
)

type ffmpeg struct {
	Release  string
	Library  string // the name under which it was opened
	Versions map[string]string
	Built    string // the arguments of its configure
	Decoders map[codec.ID][]string
	Encoders map[codec.ID][]string
}

func (r *report) lookAtFFmpeg() {
	v, err := avformat.Load()
	if err != nil {
		r.Libraries = append(r.Libraries, library{What: "FFmpeg", Error: err.Error()})
		r.problem(remedy(err, "Install FFmpeg's shared libraries, 4.3 to 9 (Debian, Ubuntu: apt-get install ffmpeg), or let NVCODEC_FFMPEG name their folder."))
		return
	}
	f := &ffmpeg{
		Release: v.Release, Library: v.Library, Built: v.Configuration, Versions: map[string]string{},
		Decoders: map[codec.ID][]string{}, Encoders: map[codec.ID][]string{},
	}
	r.FFmpeg = f
	for _, l := range []struct {
		name    string
		version avformat.LibraryVersion
	}{{"avformat", v.AVFormat}, {"avcodec", v.AVCodec}, {"avutil", v.AVUtil}, {"swscale", v.SWScale}} {
		f.Versions[l.name] = l.version.String()
		path, _ := locate("lib" + l.name + ".so")
		if path == "lib"+l.name+".so" {
			path = "lib" + l.name
		}
		if l.name != "swscale" || v.ScaleError == nil {
			r.Libraries = append(r.Libraries, library{What: "FFmpeg " + l.name, Path: path, Version: l.version.String()})
		}
	}
	if v.ScaleError != nil {
		r.Libraries = append(r.Libraries, library{What: "FFmpeg swscale", Error: v.ScaleError.Error()})
		r.problem(remedy(v.ScaleError, "Install libswscale of the same FFmpeg: scaling on the CPU needs it."))
	}
	for _, id := range codecs {
		f.Decoders[id] = names(avformat.Decoders(string(id)))
	}
	for _, id := range encoded {
		f.Encoders[id] = names(avformat.Encoders(string(id)))
	}
}

// names of the software coders of a codec, in the order in which they are chosen.
func names(list []avformat.Coder, err error) []string {
	all := []string{}
	for _, c := range list {
		if !c.Hardware && err == nil {
			all = append(all, c.Name)
		}
	}
	return all
}

// A choice is which engine would work, for what -device asks for.
type choice struct {
	Does   string // decode or encode
	Codec  codec.ID
	Kind   string // 1920x1080 yuv420p
	Device codec.Device
	By     string // NVDEC, NVENC, libdav1d, ...
	Reason string
	Error  string `json:",omitempty"`
}

// headers are those of codecs whose decoders do not begin without.
var headers = map[codec.ID][]byte{
	codec.VC1: []byte("\x25\x00\x00\x01\x0f\xdb\x84\x3b\xf2\x1b\x8a\x07\x78\x1d\xff\x9b\x9b\x80\x44\x80\x00\x00\x01\x0e\x5a\x00\x40"),
}

// chooseDecoders makes decoders as a program would, so that what it tells is
// what happens.
func (r *report) chooseDecoders() {
	for _, k := range []struct {
		id           codec.ID
		format       string
		chroma, bits int
	}{
		{codec.H264, "yuv420p", 420, 8}, {codec.H264, "yuv420p10le", 420, 10}, {codec.H264, "yuv444p", 444, 8},
		{codec.HEVC, "yuv420p", 420, 8}, {codec.HEVC, "yuv420p10le", 420, 10}, {codec.HEVC, "yuv444p", 444, 8},
		{codec.AV1, "yuv420p", 420, 8}, {codec.AV1, "yuv420p10le", 420, 10},
		{codec.VP9, "yuv420p", 420, 8}, {codec.VP9, "yuv420p10le", 420, 10}, {codec.VP8, "yuv420p", 420, 8},
		{codec.VC1, "yuv420p", 420, 8}, {codec.MPEG4, "yuv420p", 420, 8}, {codec.MPEG2, "yuv420p", 420, 8},
		{codec.MPEG1, "yuv420p", 420, 8}, {codec.MJPEG, "yuvj420p", 420, 8},
	} {
		c := choice{Does: "decode", Codec: k.id, Kind: "1920x1080 " + k.format}
		dec, err := codec.NewDecoder(codec.StreamInfo{
			Type: codec.Video, Codec: k.id, Width: 1920, Height: 1080, PixelFormat: k.format, Chroma: k.chroma, BitDepth: k.bits,
			Extradata: headers[k.id], TimeBase: frame.Rational{Num: 1, Den: 90000}, StartPTS: codec.NoPTS,
		}, &codec.DecoderConfig{DeviceConfig: codec.DeviceConfig{Device: r.Device}})
		if err == nil {
			c.Device, c.Reason = dec.Device(), dec.Reason()
			if c.By = "NVDEC"; c.Device == codec.CPU {
				c.By = r.coder(func(f *ffmpeg) []string { return f.Decoders[k.id] })
			}
			err = dec.Close()
		}
		r.chosen(c, err)
	}
}

// chooseEncoders does the same for encoders.
func (r *report) chooseEncoders(ids []codec.ID) {
	for _, id := range ids {
		c := choice{Does: "encode", Codec: id, Kind: "1920x1080 NV12"}
		enc, err := codec.NewEncoder(1920, 1080, frame.NV12, &codec.EncoderConfig{Codec: id, DeviceConfig: codec.DeviceConfig{Device: r.Device}})
		if err == nil {
			c.Device, c.Reason = enc.Device(), enc.Reason()
			if c.By = "NVENC"; c.Device == codec.CPU {
				if caps, err := codec.EncodeCaps(codec.CPU, id); err == nil {
					c.By = caps.Encoder
				}
			}
			err = enc.Close()
		}
		r.chosen(c, err)
	}
}

func (r *report) coder(list func(*ffmpeg) []string) string {
	if r.FFmpeg == nil || len(list(r.FFmpeg)) == 0 {
		return "FFmpeg"
	}
	return list(r.FFmpeg)[0]
}

// chosen notes a choice. What hardware or a build of FFmpeg cannot do is a note; a
// library that is missing was told of before.
func (r *report) chosen(c choice, err error) {
	c.Reason = untried(c.Reason)
	if err != nil {
		c.Error = untried(err.Error())
		what := fmt.Sprintf("nothing here can %s %v %s: %s", c.Does, c.Codec, c.Kind, c.Error)
		gpu := r.Device > 0
		switch {
		case errors.Is(err, codec.ErrLibrary), gpu && len(r.GPUs) < int(r.Device):
			// Told of before.
		case gpu && errors.Is(err, codec.ErrUnsupported):
			// In the GPU's table.
		case errors.Is(err, codec.ErrUnsupported):
			r.note(what, fmt.Sprintf("Install an FFmpeg that can %s %v, and let NVCODEC_FFMPEG name its folder.", c.Does, c.Codec))
		default:
			r.problem(what, "This should work: see the error, and nvidia-smi if it is the GPU's.")
		}
	}
	r.Engines = append(r.Engines, c)
}

// untried shortens the error of a missing library, whose tried names stand elsewhere.
func untried(s string) string {
	s, _, _ = strings.Cut(s, "\n(the CPU because ")
	s, _, _ = strings.Cut(s, "; tried\n")
	return s
}

// clip is testdata/h264.h264.
//
//go:embed clip.h264
var clip []byte

const (
	clipFrames = 30
	clipMD5    = "1a9d487a836ce10c58299f0e61a3d4f4" // of all frames, planar
)

// A test is the clip, decoded on one device.
type test struct {
	Device codec.Device
	Frames int
	OK     bool
	Error  string `json:",omitempty"`
}

func (r *report) test(ctx context.Context) {
	if r.FFmpeg == nil {
		return // nothing opens the clip
	}
	devices := []codec.Device{codec.CPU}
	for _, g := range r.GPUs {
		if len(g.Decode) > 0 {
			devices = append(devices, g.Device)
		}
	}
	for _, d := range devices {
		t := test{Device: d}
		sum, n, err := decode(ctx, d)
		t.Frames = n
		switch {
		case err != nil:
			t.Error = err.Error()
		case n != clipFrames || sum != clipMD5:
			t.Error = fmt.Sprintf("%d frames of MD5 %s instead of %d of %s", n, sum, clipFrames, clipMD5)
		default:
			t.OK = true
		}
		if !t.OK {
			add := r.problem
			if r.Device != codec.Auto && r.Device != d {
				add = r.note
			}
			add(fmt.Sprintf("the test clip was not decoded on %v: %s", d, t.Error), "If it is a GPU's: look at nvidia-smi for its health and free memory. If it is the CPU's: install another FFmpeg.")
		}
		r.Tests = append(r.Tests, t)
	}
}

// decode returns a checksum of all frames of the clip.
func decode(ctx context.Context, d codec.Device) (sum string, n int, err error) {
	dem, err := codec.NewDemuxer(bytes.NewReader(clip), &codec.DemuxerConfig{Format: "h264"})
	if err != nil {
		return "", 0, err
	}
	defer dem.Close()
	dec, err := codec.NewDecoder(dem.Stream(), &codec.DecoderConfig{DeviceConfig: codec.DeviceConfig{Device: d}})
	if err != nil {
		return "", 0, err
	}
	defer dec.Close()
	all, buf := md5.New(), []byte(nil)
	for f, err := range dec.Frames(dem.Packets()) {
		if err != nil {
			return "", n, err
		}
		buf, err = f.AppendPlanar(buf[:0])
		f.Release()
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return "", n, err
		}
		all.Write(buf)
		n++
	}
	return fmt.Sprintf("%x", all.Sum(nil)), n, nil
}
