package codec

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
	"github.com/go-nvcodec/nvcodec/nvenc"
)

// TestReconfigure changes rates, mode and frame rate, in every version of the interface:
// its struct has changed most.
func TestReconfigure(t *testing.T) {
	dev := withEncoder(t)
	for _, a := range testedAPIs {
		t.Run(a.String(), func(t *testing.T) {
			testutils.LeakCheck(t)
			speak(t, a)
			in := noise(t, 256, 192, 60)
			enc, err := NewEncoder(256, 192, frame.NV12, on(dev, EncoderConfig{Tuning: LowLatency, Rate: RateControl{BitRate: 4_000_000}}))
			require.NoError(t, err)
			defer enc.Close()
			var packets []*Packet
			feed := func(in []*frame.Frame) (bytes int) {
				for _, f := range in {
					got, err := enc.Encode(f, nil)
					require.NoError(t, err)
					packets = appendClones(packets, got)
					for _, p := range got {
						bytes += len(p.Data)
					}
				}
				return bytes
			}
			before := feed(in[:30])
			r := enc.Rate()
			require.Equal(t, CBR, r.Mode)
			require.EqualValues(t, 4_000_000, r.BitRate)
			r.BitRate /= 4
			r.VBVSize = r.BitRate / 30
			r.VBVInitial = r.VBVSize
			require.NoError(t, enc.Reconfigure(Reconfiguration{Rate: &r, FrameRate: frame.Rational{Num: 60, Den: 1}, ForceIDR: true}))
			require.Equal(t, r, enc.Rate())
			at := len(packets)
			after := feed(in[30:])
			require.Less(t, after, before*2/3)
			require.True(t, packets[at].Key, "an IDR was asked for")
			r = RateControl{Mode: ConstQP, QP: &QP{20, 20, 20}}
			require.NoError(t, enc.Reconfigure(Reconfiguration{Rate: &r, Reset: true}))
			feed(in[:5])
			require.Greater(t, feed(in[5:15]), after/4)
			got, err := enc.Drain()
			require.NoError(t, err)
			out := decodePackets(t, enc.Stream(), appendClones(packets, got))
			require.Len(t, out, 75)
			for _, f := range out {
				f.Release()
			}
			require.ErrorIs(t, enc.Reconfigure(Reconfiguration{}), ErrArgument, "after Drain")
		})
	}
}

// TestReconfigureSize goes to smaller and back to larger pictures.
func TestReconfigureSize(t *testing.T) {
	dev := withEncoder(t)
	for _, a := range []nvenc.API{nvenc.API121, nvenc.API131} {
		for _, id := range []ID{H264, HEVC} {
			t.Run(a.String()+"/"+string(id), func(t *testing.T) {
				testutils.LeakCheck(t)
				speak(t, a)
				enc, err := NewEncoder(320, 240, frame.NV12, on(dev, EncoderConfig{Codec: id, MaxWidth: 640, MaxHeight: 480, RepeatHeaders: true}))
				require.NoError(t, err)
				defer enc.Close()
				var packets []*Packet
				var sizes [][2]int
				for _, size := range [][2]int{{320, 240}, {192, 160}, {640, 480}} {
					if size != [2]int{320, 240} {
						require.NoError(t, enc.Reconfigure(Reconfiguration{Width: size[0], Height: size[1]}))
						_, err := enc.Encode(testPicture(t, frame.NV12, 320, 240, 0), nil)
						require.ErrorIs(t, err, ErrArgument, "a frame of the former size")
						require.Equal(t, size, [2]int{enc.Stream().Width, enc.Stream().Height})
					}
					for i := range 5 {
						got, err := enc.Encode(testPicture(t, frame.NV12, size[0], size[1], i), nil)
						require.NoError(t, err)
						packets = appendClones(packets, got)
						sizes = append(sizes, size)
					}
				}
				require.ErrorIs(t, enc.Reconfigure(Reconfiguration{Width: 642, Height: 480}), ErrArgument)
				require.ErrorIs(t, enc.Reconfigure(Reconfiguration{Width: 320}), ErrArgument)
				got, err := enc.Drain()
				require.NoError(t, err)
				out := decodePackets(t, StreamInfo{Codec: id}, appendClones(packets, got))
				require.Len(t, out, len(sizes))
				for i, f := range out {
					require.Equal(t, sizes[i], [2]int{f.Width, f.Height}, "frame %d", i)
					f.Release()
				}
			})
		}
	}
}

// TestReconfigureRefused leaves the encoder as it was.
func TestReconfigureRefused(t *testing.T) {
	dev := withEncoder(t)
	testutils.LeakCheck(t)
	enc, err := NewEncoder(256, 192, frame.NV12, on(dev, EncoderConfig{}))
	require.NoError(t, err)
	defer enc.Close()
	was := enc.Rate()
	for _, c := range []struct {
		change Reconfiguration
		want   error
	}{
		{Reconfiguration{Rate: &RateControl{BitRate: -1}}, ErrArgument},
		{Reconfiguration{Rate: &RateControl{Mode: CBR, QP: &QP{1, 1, 1}}}, nil}, // QP of another mode is dropped
		{Reconfiguration{Rate: &RateControl{MinQP: &QP{1, 1, 1}}}, ErrUnsupported},
		{Reconfiguration{Rate: &RateControl{Mode: VBR, BitRate: 2, MaxBitRate: 1}}, ErrArgument},
		{Reconfiguration{FrameRate: frame.Rational{Num: -1, Den: 1}}, ErrArgument},
		{Reconfiguration{Width: 512, Height: 384}, ErrArgument},
	} {
		err := enc.Reconfigure(c.change)
		if c.want == nil {
			require.NoError(t, err)
			require.NoError(t, enc.Reconfigure(Reconfiguration{Rate: &was}))
			continue
		}
		require.ErrorIs(t, err, c.want, "%+v", c.change)
		require.Equal(t, was, enc.Rate())
	}
	_, err = enc.Encode(testPicture(t, frame.NV12, 256, 192, 0), nil)
	require.NoError(t, err)

	cpu, err := NewEncoder(64, 64, frame.NV12, on(CPU, EncoderConfig{}))
	require.NoError(t, err)
	defer cpu.Close()
	require.ErrorIs(t, cpu.Reconfigure(Reconfiguration{ForceIDR: true}), ErrUnsupported)
}
