package codec

import (
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/avformat"
	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// TestEncodeOddSizes goes where the syntax has odd sizes.
func TestEncodeOddSizes(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	for _, c := range []struct {
		id   ID
		f    frame.Format
		w, h int
	}{
		{AV1, frame.NV12, 65, 67}, {AV1, frame.P010, 33, 17}, {AV1, frame.YUV420P, 64, 63}, {H264, frame.YUV444, 65, 67},
		{HEVC, frame.YUV444, 65, 67}, {H264, frame.NV16, 66, 65}, {H264, frame.NV12, 18, 34}, {H264, frame.NV12, 2, 2},
	} {
		in := movie(t, c.f, c.w, c.h, 2, frame.Rational{}, nil)
		out, _ := recode(t, in, &EncoderConfig{Codec: c.id, Preset: P1, Tuning: Lossless, Threads: 1})
		for i, f := range out {
			require.Equal(t, [2]int{c.w, c.h}, [2]int{f.Width, f.Height})
			require.True(t, string(planar(t, in[i])) == string(planar(t, f)), "%v %v %dx%d: not the same", c.id, c.f, c.w, c.h)
			f.Release()
		}
	}
}

// TestEncodeOtherFormats codes what decoders give beside the twelve.
func TestEncodeOtherFormats(t *testing.T) {
	testutils.FFmpeg(t)
	for _, f := range []frame.Format{frame.Gray, frame.Gray10, frame.YUV411P, frame.YUV410P, frame.YUV440P, frame.YUVJ420P, frame.YUVA420P,
		frame.YUV420P12, frame.YUV444P12, frame.RGB24, frame.GBRP, frame.P016, frame.YUV444P16, frame.P216} {
		if !encodable(t, f) {
			continue
		}
		in := movie(t, f, 64, 64, 2, frame.Rational{}, nil)
		out, _ := recode(t, in, &EncoderConfig{Preset: P1, Rate: RateControl{QP: &QP{8, 8, 8}}, Threads: 1})
		for i, o := range out {
			if a, b := planar(t, in[i]), planar(t, o); len(a) == len(b) && f.Bits() <= 10 && f.Family() != frame.FamilyRGB && chromaOf(f) == chromaOf(o.Format) {
				require.Greater(t, psnr(t, a, b, f.Bits()), 40.0, "%v", f)
			}
			if !f.Alpha() {
				require.Greater(t, psnr(t, rgbBytes(t, in[i]), rgbBytes(t, o), 8), 26.0, "%v", f)
			}
			o.Release()
		}
	}
}

func TestNoEncoderTellsTheRemedy(t *testing.T) {
	testutils.FFmpeg(t)
	for id, want := range map[ID]string{H264: "libx264", HEVC: "libx265", AV1: "libaom"} {
		_, err := fitting([]avformat.Coder{{Name: "h264_nvenc", Hardware: true}, {Name: "libopenh264"}}, avformat.Image{}, &EncoderConfig{Codec: id})
		require.ErrorIs(t, err, ErrUnsupported)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, "install")
	}
	_, err := fitting([]avformat.Coder{{Name: "libsvtav1"}}, avformat.Image{Width: 8, Height: 8}, &EncoderConfig{Codec: AV1})
	require.ErrorContains(t, err, "libsvtav1 cannot code")
}

// TestEncodeOnDemandAV1 wants a key frame where it is asked for. SVT-AV1 heeds the wish
// from FFmpeg 6.1 on; before, it is refused by name, and the encoder stays usable.
func TestEncodeOnDemandAV1(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	for _, c := range []struct {
		coder string
		cfg   EncoderConfig
	}{
		{"libsvtav1", EncoderConfig{Codec: AV1, Preset: P1, Threads: 1}},
		{"libaom-av1", EncoderConfig{Codec: AV1, Preset: P1, Threads: 1, Tuning: LowLatency}},
	} {
		enc, err := NewEncoder(64, 64, frame.NV12, &c.cfg)
		require.NoError(t, err)
		defer enc.Close()
		coder := enc.eng.(*cpuEncoder).enc.Coder()
		if coder.Name == "libsvtav1" && c.coder != coder.Name {
			t.Fatalf("%s in place of %s", coder.Name, c.coder)
		}
		const at = 7
		var packets []*Packet
		for i, f := range movie(t, frame.NV12, 64, 64, 20, frame.Rational{}, nil) {
			var pic *Picture
			if i == at {
				pic = &Picture{ForceIDR: true}
			}
			got, err := enc.Encode(f, pic)
			if pic != nil && !coder.ForcesKeyFrames() {
				require.ErrorIs(t, err, ErrUnsupported)
				require.ErrorContains(t, err, coder.Name)
				require.ErrorContains(t, err, "low_latency")
				got, err = enc.Encode(f, nil)
			}
			require.NoError(t, err)
			packets = appendClones(packets, got)
		}
		got, err := enc.Drain()
		require.NoError(t, err)
		packets = appendClones(packets, got)
		require.Len(t, packets, 20)
		for _, p := range packets {
			require.Equal(t, p.PTS == 0 || p.PTS == at && coder.ForcesKeyFrames(), p.Key, "%s pts %d", coder.Name, p.PTS)
		}
	}
}

// TestEncodeAllocs counts Go allocations of the steady loop, with and without a muxer.
func TestEncodeAllocs(t *testing.T) {
	testutils.FFmpeg(t)
	for _, id := range []ID{H264, HEVC, AV1} {
		for _, muxed := range []bool{false, true} {
			t.Run(fmt.Sprintf("%v/muxed=%v", id, muxed), func(t *testing.T) {
				enc, err := NewEncoder(64, 64, frame.NV12, &EncoderConfig{Codec: id, Preset: P2, GOP: 25, RepeatHeaders: true, Threads: 1})
				require.NoError(t, err)
				defer enc.Close()
				var mux *Muxer
				if muxed {
					mux, err = NewMuxer(io.Discard, &MuxerConfig{Format: "matroska"}, enc.Stream())
					require.NoError(t, err)
					defer mux.Close()
				}
				pictures := movie(t, frame.NV12, 64, 64, 8, frame.Rational{}, nil)
				raw := planar(t, testPicture(t, frame.NV12, 64, 64, 3))
				i, n := 0, 0
				step := func() {
					var packets []*Packet
					if i++; i%2 == 0 {
						packets, err = enc.EncodeBytes(raw, nil)
					} else {
						packets, err = enc.Encode(pictures[i%8], nil)
					}
					if err != nil {
						t.Fatal(err)
					}
					for _, p := range packets {
						n++
						if mux != nil {
							if err := mux.WritePacket(p); err != nil {
								t.Fatal(err)
							}
						}
					}
				}
				for range 200 {
					step()
				}
				before := n
				allocs := testing.AllocsPerRun(300, step)
				if !raceEnabled {
					require.Zero(t, allocs, "allocations a frame")
				}
				// How far SVT-AV1's threads are behind is a matter of load.
				require.Greater(t, n, before)
				packets, err := enc.Drain()
				require.NoError(t, err)
				require.Equal(t, i, n+len(packets))
			})
		}
	}
}
