package avformat

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

func TestEncode(t *testing.T) {
	for _, c := range []struct {
		codec, name, format string
		options             map[string]string
		psnr                float64 // at least; 0: lossless
	}{
		{"h264", "", "yuv420p", map[string]string{"crf": "18", "preset": "fast"}, 36},
		{"h264", "libx264", "nv12", map[string]string{"crf": "18", "preset": "ultrafast"}, 36},
		{"h264", "libx264", "yuv420p10le", map[string]string{"crf": "18"}, 36},
		{"h264", "libx264", "yuv444p", map[string]string{"qp": "0", "preset": "ultrafast"}, 0},
		{"hevc", "", "yuv420p", map[string]string{"crf": "18", "preset": "ultrafast"}, 36},
		{"hevc", "libx265", "yuv420p10le", map[string]string{"crf": "18", "preset": "ultrafast"}, 36},
		{"hevc", "libx265", "yuv420p", map[string]string{"x265-params": "lossless=1", "preset": "ultrafast"}, 0},
		{"av1", "", "yuv420p", nil, 30},
		{"av1", "libaom-av1", "yuv420p10le", map[string]string{"cpu-used": "8", "crf": "20", "usage": "realtime"}, 30},
		{"vp9", "libvpx-vp9", "yuv420p", map[string]string{"crf": "15", "b": "0", "cpu-used": "8", "deadline": "realtime"}, 30},
		{"vp8", "libvpx", "yuv420p", map[string]string{"b": "4000000", "cpu-used": "8", "deadline": "realtime"}, 26},
		{"mpeg4", "mpeg4", "yuv420p", map[string]string{"bf": "2", "flags": "qscale", "global_quality": "236"}, 32},
		{"mpeg2video", "", "yuv420p", map[string]string{"bf": "2", "flags": "qscale", "global_quality": "236"}, 32},
		{"mjpeg", "", "yuvj420p", map[string]string{"flags": "qscale", "global_quality": "236"}, 32},
		{"ffv1", "", "yuv420p", nil, 0},
		{"ffv1", "", "yuv444p12le", nil, 0},
		{"ffv1", "", "yuv422p10le", map[string]string{"level": "3", "slices": "4"}, 0},
		{"rawvideo", "", "yuyv422", nil, 0},
		{"huffyuv", "", "yuv422p", nil, 0},
		{"png", "", "rgb24", nil, 0},
	} {
		t.Run(fmt.Sprint(c.codec, " ", c.name, " ", c.format), func(t *testing.T) {
			testutils.LeakCheck(t)
			image := Image{Format: format(t, c.format), Width: 192, Height: 144, Color: Color{Range: 1, Primaries: 1, Transfer: 1, Matrix: 1}}
			if c.format == "yuvj420p" {
				image.Color.Range = 2
			}
			opt := EncoderOptions{Name: c.name, Options: c.options, TimeBase: Rational{1, 90000}, FrameRate: Rational{30000, 1001}}
			if c.codec == "mpeg4" || c.codec == "mpeg2video" { // cannot say such a time base
				opt.TimeBase = Rational{1001, 30000}
			}
			const n = 24
			s := encodeScene(t, c.codec, image, n, opt, 13)
			require.Len(t, s.packets, n)
			require.Equal(t, c.codec, s.par.Codec())
			require.Equal(t, [2]int{192, 144}, [2]int{s.par.Width(), s.par.Height()})
			require.Equal(t, c.format, s.par.Format())
			if ff.off.codecParameters.framerate != none {
				require.Equal(t, Rational{30000, 1001}, s.par.FrameRate())
			}

			step := Rescale(1, Rational{1001, 30000}, opt.TimeBase)
			var pts []int64
			last := NoPTS
			for i, p := range s.packets {
				require.Greater(t, p.DTS(), last, "dts of packet %d", i)
				require.GreaterOrEqual(t, p.PTS(), p.DTS())
				require.Equal(t, step, p.Duration(), "duration of packet %d", i)
				last = p.DTS()
				pts = append(pts, p.PTS())
				if p.PTS() == 0 || s.forces && p.PTS() == 13*step {
					require.True(t, p.Key(), "the frame at %d was to be a key frame", p.PTS())
				}
				if k := p.PictureType(); k != '?' && p.Key() {
					require.Equal(t, "I", k.String())
				}
			}
			slices.Sort(pts)
			for i, v := range pts {
				require.Equal(t, int64(i)*step, v)
			}

			// Decoding can begin at the frame that was forced.
			pictures, times := decodePackets(t, s, &DecoderOptions{TimeBase: opt.TimeBase})
			require.Len(t, pictures, n)
			for i := range pictures {
				require.Equal(t, int64(i)*step, times[i])
				require.Len(t, pictures[i], len(s.source[i]))
				if c.psnr == 0 {
					require.True(t, bytes.Equal(s.source[i], pictures[i]), "picture %d is not what went in", i)
				} else {
					require.Greater(t, psnr(s.source[i], pictures[i], image.Format.Info().Depth), c.psnr, "picture %d", i)
				}
			}
			if !s.forces {
				return
			}
			at := slices.IndexFunc(s.packets, func(p *Packet) bool { return p.PTS() == 13*step })
			s.packets = s.packets[at:]
			rest, _ := decodePackets(t, s, nil)
			require.Equal(t, pictures[n-1], rest[len(rest)-1], "the rest does not decode by itself")
		})
	}
}

// Frames last as long as they say.
func TestEncodeDurations(t *testing.T) {
	for _, codec := range []string{"mpeg4", "h264", "ffv1"} {
		if list, _ := Encoders(codec); len(list) == 0 {
			continue
		}
		i := Image{Format: format(t, "yuv420p"), Width: 64, Height: 64}
		e, err := NewEncoder(codec, i, &EncoderOptions{TimeBase: Rational{1, 100}, FrameRate: Rational{25, 1}})
		require.NoError(t, err)
		defer e.Close()
		f, p := newFrame(t), newPacket(t)
		require.NoError(t, f.Allocate(i.Format, 64, 64))
		scene(t, f, 0)
		want, got := map[int64]int64{}, map[int64]int64{}
		receive := func() {
			for e.Receive(p) == nil {
				got[p.PTS()] = p.Duration()
			}
		}
		at := int64(0)
		for k := range int64(60) {
			d := 1 + k%7
			if f.SetPTS(at); k%5 == 0 {
				f.SetDuration(0)
				want[at] = 4
			} else {
				f.SetDuration(d)
				want[at] = d
			}
			at += d + 4
			require.NoError(t, e.Send(f))
			receive()
		}
		require.NoError(t, e.Send(nil))
		receive()
		require.Equal(t, want, got, codec)
	}
}

// What a frame carries beside its pixels comes back with that frame.
func TestEncodeSideData(t *testing.T) {
	i := Image{Format: format(t, "yuv420p"), Width: 64, Height: 64}
	e, err := NewEncoder("h264", i, &EncoderOptions{Name: "libx264", FrameRate: Rational{25, 1}, Options: map[string]string{"preset": "ultrafast"}})
	if errors.Is(err, errors.ErrUnsupported) {
		testutils.Skip(t, "no encoder for a codec", "")
	}
	require.NoError(t, err)
	defer e.Close()
	if ff.version.AVCodec.Major < 59 {
		testutils.Skip(t, "FFmpeg 4 does not pass user data on", "")
	}
	par, err := e.Parameters()
	require.NoError(t, err)
	defer par.Close()
	d, err := NewDecoder(par, nil)
	require.NoError(t, err)
	defer d.Close()
	const uuid = "0123456789abcdef"
	f, g, p := newFrame(t), newFrame(t), newPacket(t)
	want, got := map[int64]string{}, map[int64]string{}
	receive := func() {
		for d.Receive(g) == nil {
			for k, b := range g.SideData {
				if s, ok := strings.CutPrefix(string(b), uuid); ok && k == FrameDataUserUnregistered {
					got[g.PTS()] += s
				}
				if k == FrameDataClosedCaptions {
					got[g.PTS()] += string(b)
				}
			}
		}
	}
	for k := range int64(13) {
		if k == 12 {
			require.NoError(t, e.Send(nil))
		} else {
			require.NoError(t, f.Allocate(i.Format, 64, 64))
			scene(t, f, int(k))
			f.SetPTS(k)
			if k%3 == 1 {
				want[k] = fmt.Sprint("picture ", k)
				require.NoError(t, f.AddSideData(FrameDataUserUnregistered, []byte(uuid+want[k])))
			}
			if k == 5 {
				want[k] = "\xfc\x94\x2c\xfd\x80\x80" // two pairs of captions
				require.NoError(t, f.AddSideData(FrameDataClosedCaptions, []byte(want[k])))
			}
			require.NoError(t, e.Send(f))
		}
		for e.Receive(p) == nil {
			require.NoError(t, d.Send(p))
			receive()
		}
	}
	require.NoError(t, d.Send(nil))
	receive()
	require.Equal(t, want, got)
}

func TestEncodeGlobalHeader(t *testing.T) {
	image := Image{Format: format(t, "yuv420p"), Width: 64, Height: 64}
	with := encodeScene(t, "mpeg4", image, 2, EncoderOptions{GlobalHeader: true, Options: map[string]string{"flags": "+qscale"}})
	require.NotEmpty(t, with.par.Extradata())
	without := encodeScene(t, "mpeg4", image, 2, EncoderOptions{})
	require.Less(t, len(with.packets[0].Data()), len(without.packets[0].Data()))
	h264 := encodeScene(t, "h264", image, 2, EncoderOptions{GlobalHeader: true})
	require.NotEmpty(t, h264.par.Extradata())
}

func TestEncodeErrors(t *testing.T) {
	testutils.LeakCheck(t)
	image := Image{Format: format(t, "yuv420p"), Width: 64, Height: 64}
	rate := Rational{25, 1}
	_, err := NewEncoder("nosuch", image, &EncoderOptions{FrameRate: rate})
	require.ErrorIs(t, err, errors.ErrUnsupported)
	require.ErrorContains(t, err, "nosuch")
	_, err = NewEncoder("mpeg4", image, &EncoderOptions{FrameRate: rate, Name: "nosuch"})
	require.ErrorIs(t, err, errors.ErrUnsupported)
	_, err = NewEncoder("mpeg4", Image{Format: format(t, "yuv444p16le"), Width: 64, Height: 64}, &EncoderOptions{FrameRate: rate})
	require.ErrorIs(t, err, errors.ErrUnsupported)
	require.ErrorContains(t, err, "yuv420p")
	_, err = NewEncoder("mpeg4", image, nil)
	require.ErrorIs(t, err, ErrInvalid)
	_, err = NewEncoder("mpeg4", Image{}, &EncoderOptions{FrameRate: rate})
	require.ErrorIs(t, err, ErrInvalid)
	_, err = NewEncoder("mpeg4", image, &EncoderOptions{FrameRate: rate, Threads: -1})
	require.ErrorIs(t, err, ErrInvalid)
	_, err = NewEncoder("mpeg4", image, &EncoderOptions{FrameRate: rate, Options: map[string]string{"crf": "5", "nonsense": "1"}})
	require.ErrorIs(t, err, ErrOptionNotFound)
	require.ErrorContains(t, err, "crf, nonsense")
	_, err = NewEncoder("mpeg4", image, &EncoderOptions{FrameRate: rate, Options: map[string]string{"g": "many"}})
	require.Error(t, err)
	_, err = NewEncoder("mpeg4", image, &EncoderOptions{FrameRate: rate, Options: map[string]string{"g": "1\x00"}})
	require.ErrorIs(t, err, ErrInvalid)

	e, err := NewEncoder("mpeg4", image, &EncoderOptions{FrameRate: rate})
	require.NoError(t, err)
	f, p := newFrame(t), newPacket(t)
	require.ErrorIs(t, e.Send(f), ErrInvalid)
	require.NoError(t, f.Allocate(image.Format, 64, 62))
	require.ErrorIs(t, e.Send(f), ErrInvalid)
	require.NoError(t, f.Close())
	require.ErrorIs(t, e.Send(f), ErrClosed)
	require.Equal(t, ErrAgain, e.Receive(p))
	require.ErrorIs(t, e.Receive(nil), ErrClosed)
	require.Error(t, e.SetOption("nosuch", "1"))
	require.NoError(t, e.SetOption("b", "100000"))
	require.NoError(t, e.Close())
	require.NoError(t, e.Close())
	var none *Encoder
	require.NoError(t, none.Close())
	for _, e := range []*Encoder{e, none} {
		require.ErrorIs(t, e.Send(nil), ErrClosed)
		require.ErrorIs(t, e.Receive(p), ErrClosed)
		require.ErrorIs(t, e.SetOption("b", "1"), ErrClosed)
		_, err = e.Parameters()
		require.ErrorIs(t, err, ErrClosed)
	}
	require.Equal(t, "", none.Coder().Name)
}

func TestEncodeAllocs(t *testing.T) {
	for _, codec := range []string{"mpeg4", "h264", "ffv1"} {
		t.Run(codec, func(t *testing.T) {
			if list, _ := Encoders(codec); len(list) == 0 {
				testutils.Skip(t, "no encoder for a codec", "")
			}
			i := Image{Format: format(t, "yuv420p"), Width: 64, Height: 64}
			e, err := NewEncoder(codec, i, &EncoderOptions{FrameRate: Rational{25, 1}})
			require.NoError(t, err)
			defer e.Close()
			f, p := newFrame(t), newPacket(t)
			require.NoError(t, f.Allocate(i.Format, 64, 64))
			scene(t, f, 0)
			pts, bytes := int64(0), 0
			one := func() {
				f.SetPTS(pts)
				pts++
				if err := e.Send(f); err != nil {
					t.Error(err)
				}
				for {
					err := e.Receive(p)
					if err == ErrAgain {
						return
					}
					if err != nil {
						t.Error(err)
					}
					bytes += len(p.Data()) + int(p.PictureType())
				}
			}
			for range 80 {
				one()
			}
			noAllocs(t, one)
			require.NotZero(t, bytes)
			require.NoError(t, e.Send(nil))
			for err = e.Receive(p); err == nil; err = e.Receive(p) {
			}
			require.Equal(t, io.EOF, err)
		})
	}
}
