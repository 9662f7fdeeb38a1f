package codec

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/avformat"
	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// testPicture fills a frame with smooth waves that move with n, in every component.
func testPicture(t testing.TB, f frame.Format, width, height, n int) *frame.Frame {
	size, err := f.Size(width, height)
	require.NoError(t, err)
	pic, err := frame.FromHost(f, width, height, make([]byte, size))
	require.NoError(t, err)
	pic.PTS = NoPTS
	bits := f.Bits()
	if f == frame.YUV444P16 {
		bits = 10
	}
	value := func(x, y, c, depth int) int {
		v := 0.5 + 0.3*math.Sin(float64(x+3*n)/17+float64(c)) + 0.15*math.Cos(float64(y-n)/11)
		return int(v * float64(int(1)<<depth-1))
	}
	for i := range pic.Planes {
		p := &pic.Planes[i]
		rows, cols, comps := p.Shape[0], p.Shape[1], p.Shape[2]
		for y := range rows {
			row := p.Data[y*p.Pitch:]
			for x := range cols {
				if f == frame.ARGB10 || f == frame.ABGR10 {
					w := 3<<30 | value(x, y, 0, 10)<<20 | value(x, y, 1, 10)<<10 | value(x, y, 2, 10)
					for b := range 4 {
						row[4*x+b] = byte(w >> (8 * b))
					}
					continue
				}
				for c := range comps {
					k := x*comps + c
					v := value(x, y, i+c, bits)
					if f.Alpha() && c == 3 {
						v = 255
					}
					switch {
					case f.SampleBytes() == 1:
						row[k] = byte(v)
					default:
						if f.HighBits() || f == frame.YUV444P16 {
							v <<= 16 - bits
						}
						row[2*k], row[2*k+1] = byte(v), byte(v>>8)
					}
				}
			}
		}
	}
	if f == frame.YUV444P16 {
		pic.BitDepth = 10
	}
	return pic
}

// recode encodes and decodes frames, and returns what comes out with the packets.
func recode(t testing.TB, in []*frame.Frame, cfg *EncoderConfig) (out []*frame.Frame, packets []*Packet) {
	enc, err := NewEncoder(in[0].Width, in[0].Height, in[0].Format, cfg)
	require.NoError(t, err)
	defer enc.Close()
	for _, f := range in {
		got, err := enc.Encode(f, nil)
		require.NoError(t, err)
		packets = appendClones(packets, got)
	}
	got, err := enc.Drain()
	require.NoError(t, err)
	packets = appendClones(packets, got)
	out = decodePackets(t, enc.Stream(), packets)
	require.Len(t, out, len(in))
	return out, packets
}

func appendClones(list, more []*Packet) []*Packet {
	for _, p := range more {
		list = append(list, p.Clone())
	}
	return list
}

func decodePackets(t testing.TB, s StreamInfo, packets []*Packet) (out []*frame.Frame) {
	dec, err := NewDecoder(s, &DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}, Layout: LayoutPlanar, Threads: 1})
	require.NoError(t, err)
	defer dec.Close()
	for _, p := range packets {
		frames, err := dec.Decode(p)
		require.NoError(t, err)
		out = append(out, frames...)
	}
	frames, err := dec.Drain()
	require.NoError(t, err)
	return append(out, frames...)
}

// psnr compares samples of 1 or 2 bytes.
func psnr(t testing.TB, want, got []byte, bits int) float64 {
	require.Len(t, got, len(want))
	sum, n, step := 0.0, 0, 1
	if bits > 8 {
		step = 2
	}
	for i := 0; i < len(want); i += step {
		a, b := int(want[i]), int(got[i])
		if step == 2 {
			a, b = a|int(want[i+1])<<8, b|int(got[i+1])<<8
		}
		sum += float64((a - b) * (a - b))
		n++
	}
	if sum == 0 {
		return math.Inf(1)
	}
	peak := float64(int(1)<<bits - 1)
	return 10 * math.Log10(peak*peak*float64(n)/sum)
}

// rgbBytes are the samples of a picture as RGB, 8 bits.
func rgbBytes(t testing.TB, f *frame.Frame) (out []byte) {
	img, err := f.Image()
	require.NoError(t, err)
	b := img.Bounds()
	out = make([]byte, 0, 3*b.Dx()*b.Dy())
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			r, g, b, _ := img.At(x, y).RGBA()
			out = append(out, byte(r>>8), byte(g>>8), byte(b>>8))
		}
	}
	return out
}

func planar(t testing.TB, f *frame.Frame) []byte {
	b, err := f.AppendPlanar(nil)
	require.NoError(t, err)
	return b
}

// encodable tells whether the loaded FFmpeg has a name for frames in format f. Where it
// has not, encoding them is refused, with the reason, and no capability.
func encodable(t testing.TB, f frame.Format) bool {
	v, err := avformat.Load()
	require.NoError(t, err)
	if _, err := avformat.PixelFormatByName(sourceName(f)); err == nil {
		return true
	}
	require.Less(t, v.AVFormat.Major, 59, "only FFmpeg 4 lacks %v", f)
	_, err = NewEncoder(64, 64, f, &EncoderConfig{DeviceConfig: DeviceConfig{Device: CPU}})
	require.ErrorIs(t, err, ErrUnsupported)
	require.ErrorContains(t, err, "has no pixel format \""+f.Name()+"\"; a newer FFmpeg may")
	require.ErrorContains(t, err, v.Library)
	caps, err := EncodeCaps(CPU, H264)
	require.NoError(t, err)
	require.NotContains(t, caps.Formats, f)
	return false
}

// TestEncodeFormats codes every surface format and wants the picture back.
func TestEncodeFormats(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	require.Len(t, EncodeFormats(), 12)
	for _, id := range []ID{H264, HEVC} {
		for _, f := range EncodeFormats() {
			t.Run(fmt.Sprintf("%v/%v", id, f), func(t *testing.T) {
				if !encodable(t, f) {
					return
				}
				in := make([]*frame.Frame, 3)
				for i := range in {
					in[i] = testPicture(t, f, 128, 96, i)
				}
				cfg := &EncoderConfig{Codec: id, Preset: P1, Rate: RateControl{QP: &QP{8, 8, 8}}, Threads: 1}
				out, _ := recode(t, in, cfg)
				for i, o := range out {
					if f.Family() == frame.FamilyRGB {
						require.Greater(t, psnr(t, rgbBytes(t, in[i]), rgbBytes(t, o), 8), 30.0, "frame %d", i)
					} else {
						require.Greater(t, psnr(t, planar(t, in[i]), planar(t, o), f.Bits()), 45.0, "frame %d", i)
					}
					o.Release()
				}
				if f.Family() == frame.FamilyRGB {
					return
				}
				cfg = &EncoderConfig{Codec: id, Preset: P1, Tuning: Lossless, Threads: 1}
				out, _ = recode(t, in, cfg)
				for i, o := range out {
					require.True(t, string(planar(t, in[i])) == string(planar(t, o)), "frame %d is not the same: %v dB", i, psnr(t, planar(t, in[i]), planar(t, o), f.Bits()))
					o.Release()
				}
			})
		}
	}
}
