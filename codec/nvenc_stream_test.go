package codec

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/bitstream"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// encodeAll encodes and drains.
func encodeAll(t testing.TB, in []*frame.Frame, cfg *EncoderConfig, pic func(i int) *Picture) (StreamInfo, []*Packet) {
	enc, err := NewEncoder(in[0].Width, in[0].Height, in[0].Format, cfg)
	require.NoError(t, err)
	defer enc.Close()
	var packets []*Packet
	for i, f := range in {
		var p *Picture
		if pic != nil {
			p = pic(i)
		}
		got, err := enc.Encode(f, p)
		require.NoError(t, err)
		packets = appendClones(packets, got)
	}
	got, err := enc.Drain()
	require.NoError(t, err)
	return enc.Stream(), appendClones(packets, got)
}

// nalTypes are the types of a packet's NAL units.
func nalTypes(id ID, p *Packet) (types []int) {
	var u bitstream.NALUnits
	u.Reset(p.Data, 0)
	for u.Next() {
		if n := u.NAL(); id == H264 {
			types = append(types, int(n[0]&31))
		} else {
			types = append(types, int(n[0]>>1&63))
		}
	}
	return types
}

func count(list []int, low, high int) (n int) {
	for _, v := range list {
		if v >= low && v <= high {
			n++
		}
	}
	return n
}

// TestNVENCStructure parses what comes out: GOP, IDR positions, pattern of B-frames,
// slices, headers.
func TestNVENCStructure(t *testing.T) {
	dev := withEncoder(t)
	for _, a := range testedAPIs {
		for _, id := range []ID{H264, HEVC} {
			t.Run(fmt.Sprintf("%v/%v", a, id), func(t *testing.T) {
				testutils.LeakCheck(t)
				speak(t, a)
				const gop, idr, n = 9, 18, 28
				const b = 2
				cfg := on(dev, EncoderConfig{Codec: id, GOP: gop, IDRPeriod: idr, BFrames: ptr(b), Preset: P1})
				slices := 1 // the simulator's HEVC has no more
				if id == H264 {
					slices = 3
					cfg.Slice = Slice{SliceCount, slices}
				}
				_, packets := encodeAll(t, movie(t, frame.NV12, 256, 384, n, frame.Rational{}, nil), cfg, nil)
				low, high, sps := 1, 5, 7
				if id == HEVC {
					low, high, sps = 0, 31, 33
				}
				for _, p := range packets {
					i := int(p.PTS)
					types := nalTypes(id, p)
					require.Equal(t, slices, count(types, low, high), "slices of picture %d", i)
					require.Equal(t, i%idr == 0, p.Key, "picture %d", i)
					if id == H264 {
						require.Equal(t, i%idr == 0, count(types, 5, 5) > 0, "IDR NAL units of picture %d", i)
					} else {
						require.Equal(t, i%idr == 0, count(types, 19, 20) > 0, "IDR NAL units of picture %d", i)
					}
					want := PictureType('B')
					switch {
					case i%gop == 0:
						want = 'I'
					case i%gop%(b+1) == 0 || i%gop == gop-1 || i == n-1:
						want = 'P' // the last of a GOP has nothing behind it
					}
					require.Equal(t, want, p.Type, "picture %d", i)
					require.Equal(t, i == 0, count(types, sps, sps) > 0, "headers of picture %d", i)
				}
				cfg.RepeatHeaders = true
				_, packets = encodeAll(t, movie(t, frame.NV12, 256, 384, n, frame.Rational{}, nil), cfg, func(i int) *Picture {
					switch i {
					case 5:
						return &Picture{ForceIDR: true}
					case 8:
						return &Picture{ParameterSets: true}
					case 11:
						return &Picture{ForceIntra: true}
					}
					return nil
				})
				for _, p := range packets {
					types := nalTypes(id, p)
					i := int(p.PTS)
					key := i == 0 || i >= 5 && (i-5)%idr == 0
					require.Equal(t, key, p.Key, "picture %d", i)
					require.Equal(t, key || i == 8, count(types, sps, sps) == 1, "headers of picture %d", i)
					if i == 11 {
						require.Equal(t, PictureType('I'), p.Type)
					}
				}
			})
		}
	}
}

// TestNVENCHeaders reads profile, level, colour, timing and aspect back, with our parser
// and with ffprobe.
func TestNVENCHeaders(t *testing.T) {
	dev := withEncoder(t)
	program := testutils.FFprobeProgram(t)
	color := frame.Color{Primaries: frame.PrimariesBT2020, Transfer: frame.TransferSMPTE2084, Matrix: frame.MatrixBT2020NCL, Range: frame.RangeLimited, ChromaLocation: frame.ChromaTopLeft}
	for _, a := range testedAPIs {
		for _, c := range []struct {
			id      ID
			f       frame.Format
			profile string
			level   string
			probe   string // ffprobe's profile
			number  int    // level in the headers
		}{
			{H264, frame.NV12, "main", "4.1", "Main", 41}, {H264, frame.NV12, "", "5.2", "High", 52}, {H264, frame.NV12, "baseline", "3.1", "Constrained Baseline", 31},
			{HEVC, frame.NV12, "main", "4.1", "Main", 123}, {HEVC, frame.P010, "", "5", "Main 10", 150}, {HEVC, frame.YUV444, "", "5.1", "Rext", 153},
			{AV1, frame.NV12, "", "", "Main", -1}, {AV1, frame.P010, "main", "", "Main", -1},
		} {
			t.Run(fmt.Sprintf("%v/%v/%v/%v", a, c.id, c.f, c.profile), func(t *testing.T) {
				speak(t, a)
				if k, err := EncodeCaps(dev, c.id); err != nil || !k.Supported {
					require.NoError(t, err)
					return
				}
				cfg := EncoderConfig{Codec: c.id, Profile: c.profile, Level: c.level, Color: color, SAR: frame.Rational{Num: 4, Den: 3}, FrameRate: frame.Rational{Num: 50, Den: 1}, BFrames: ptr(0)}
				if c.id != AV1 {
					cfg.TimingInfo = TimingInfo{1, 50 * (1 + int(b2i(c.id == H264)))}
				}
				s, packets := encodeAll(t, movie(t, c.f, 256, 192, 2, frame.Rational{}, nil), on(dev, cfg), nil)
				require.NotEmpty(t, s.Extradata)
				info, err := bitstream.ParseInfo(bitstream.CodecByName(string(c.id)), nil, packets[0].Data)
				require.NoError(t, err)
				require.EqualValues(t, color.Primaries, info.Color.Primaries)
				require.EqualValues(t, color.Transfer, info.Color.Transfer)
				require.EqualValues(t, color.Matrix, info.Color.Matrix)
				path := filepath.Join(t.TempDir(), "out."+map[ID]string{H264: "h264", HEVC: "hevc", AV1: "obu"}[c.id])
				var b []byte
				for _, p := range packets {
					b = append(b, p.Data...)
				}
				require.NoError(t, os.WriteFile(path, b, 0o600))
				out, err := exec.Command(program, "-v", "error", "-show_streams", path).Output()
				require.NoError(t, err)
				want := []string{"profile=" + c.probe, "color_space=bt2020nc", "color_transfer=smpte2084", "color_primaries=bt2020", "color_range=tv"}
				if c.number >= 0 {
					want = append(want, fmt.Sprintf("level=%d", c.number), "sample_aspect_ratio=4:3", "r_frame_rate=50/1")
					if c.f != frame.YUV444 {
						want = append(want, "chroma_location=topleft")
					}
				}
				for _, w := range want {
					require.Contains(t, strings.Split(strings.ReplaceAll(string(out), "\r", ""), "\n"), w)
				}
			})
		}
	}
}

// TestNVENCIntraRefresh wants no key frame but the first.
func TestNVENCIntraRefresh(t *testing.T) {
	dev := withEncoder(t)
	for _, id := range []ID{H264, HEVC} {
		cfg := on(dev, EncoderConfig{Codec: id, GOP: 10, IntraRefresh: 5, BFrames: ptr(0), Tuning: LowLatency})
		_, packets := encodeAll(t, movie(t, frame.NV12, 256, 192, 30, frame.Rational{}, nil), cfg, nil)
		require.Len(t, packets, 30)
		for i, p := range packets {
			require.Equal(t, i == 0, p.Key, "%v: packet %d", id, i)
		}
	}
}

// TestNVENCQPMap codes the left half worse than the right one.
func TestNVENCQPMap(t *testing.T) {
	dev := withEncoder(t)
	const w, h = 512, 256
	block := map[ID]int{H264: 16, HEVC: 32, AV1: 64}
	for _, id := range []ID{H264, HEVC} {
		for _, api := range testedAPIs {
			t.Run(fmt.Sprintf("%v/%v", id, api), func(t *testing.T) {
				speak(t, api)
				in := noise(t, w, h, 3)
				b := block[id]
				m := make([]int8, w/b*(h/b))
				for i := range m {
					if i%(w/b) < w/b/2 {
						m[i] = 15
					}
				}
				cfg := on(dev, EncoderConfig{Codec: id, QPMap: QPMapDelta, Rate: RateControl{Mode: VBR, BitRate: 3_000_000}, BFrames: ptr(0)})
				s, packets := encodeAll(t, in, cfg, func(int) *Picture { return &Picture{QPMap: m} })
				out := decodePackets(t, s, packets)
				left, right := 0.0, 0.0
				a, c := planar(t, in[0]), planar(t, out[0])
				for y := range h {
					for x := range w {
						d := float64(int(a[y*w+x]) - int(c[y*w+x]))
						if x < w/2 {
							left += d * d
						} else {
							right += d * d
						}
					}
				}
				for _, f := range out {
					f.Release()
				}
				require.Greater(t, left, 2*right)
			})
		}
	}
	enc, err := NewEncoder(w, h, frame.NV12, on(dev, EncoderConfig{QPMap: QPMapDelta}))
	require.NoError(t, err)
	defer enc.Close()
	f := testPicture(t, frame.NV12, w, h, 0)
	_, err = enc.Encode(f, &Picture{QPMap: make([]int8, 3)})
	require.ErrorIs(t, err, ErrArgument)
	require.ErrorContains(t, err, "512")
	_, err = enc.Encode(f, nil)
	require.NoError(t, err, "it goes on")
	without, err := NewEncoder(w, h, frame.NV12, on(dev, EncoderConfig{}))
	require.NoError(t, err)
	defer without.Close()
	_, err = without.Encode(f, &Picture{QPMap: make([]int8, 512)})
	require.ErrorIs(t, err, ErrUnsupported)
	require.ErrorContains(t, err, "EncoderConfig.QPMap")
}

// TestNVENCHDR writes HDR10 metadata and messages of pictures, which must stay with their
// pictures.
func TestNVENCHDR(t *testing.T) {
	dev := withEncoder(t)
	testutils.LeakCheck(t)
	program := testutils.FFprobeProgram(t)
	hdr := HDR{
		MasteringDisplay: &frame.MasteringDisplay{
			Red: frame.Chromaticity{X: 0.708, Y: 0.292}, Green: frame.Chromaticity{X: 0.17, Y: 0.797}, Blue: frame.Chromaticity{X: 0.131, Y: 0.046},
			White: frame.Chromaticity{X: 0.3127, Y: 0.329}, Max: 1000, Min: 0.005,
		},
		ContentLight: &frame.ContentLight{MaxCLL: 900, MaxFALL: 300},
	}
	for _, id := range []ID{HEVC, AV1} {
		cfg := on(dev, EncoderConfig{Codec: id, HDR: hdr, BitDepth: 10, GOP: 4})
		s, packets := encodeAll(t, movie(t, frame.P010, 256, 192, 6, frame.Rational{}, nil), cfg, nil)
		path := filepath.Join(t.TempDir(), "out.mkv")
		mux, err := Create(context.Background(), path, nil, s)
		require.NoError(t, err)
		for _, p := range packets {
			require.NoError(t, mux.WritePacket(p))
		}
		require.NoError(t, mux.Close())
		out, err := exec.Command(program, "-v", "error", "-show_frames", path).Output()
		require.NoError(t, err)
		require.Contains(t, string(out), "max_content=900", id)
		require.Contains(t, string(out), "max_luminance=", id)
		frames := decodePackets(t, s, packets)
		require.Len(t, frames, 6)
		for _, f := range frames {
			f.Release()
		}
	}
}
