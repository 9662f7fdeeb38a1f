package codec

import (
	"context"
	"image"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// onBoth runs a test on the CPU and on the first GPU.
func onBoth(t *testing.T, test func(t *testing.T, dev Device)) {
	t.Run("cpu", func(t *testing.T) {
		testutils.FFmpeg(t)
		test(t, CPU)
	})
	t.Run("cuda", func(t *testing.T) {
		testutils.Driver(t)
		testutils.FFmpeg(t)  // reads the containers
		t.Cleanup(TrimCache) // or idle sessions end while another test counts
		test(t, GPU(0))
	})
}

// decodedPictures decodes a clip and returns the first n frames' bytes.
func decodedPictures(t *testing.T, clip string, n int, cfg *DecoderConfig) (out [][]byte, last *frame.Frame) {
	dem := openClip(t, clip)
	dec, err := NewDecoder(dem.Stream(), cfg)
	require.NoError(t, err)
	defer dec.Close()
	for f, err := range dec.Frames(dem.Packets()) {
		require.NoError(t, err)
		b, err := f.AppendBytes(nil)
		require.NoError(t, err)
		if len(out) < n {
			out = append(out, b)
			last = &frame.Frame{Format: f.Format, Width: f.Width, Height: f.Height, Memory: f.Memory, Color: f.Color, Rotation: f.Rotation}
		}
		f.Release()
		if len(out) == n {
			break
		}
	}
	return out, last
}

// A decoder that converts gives what a Converter makes of its frames.
func TestDecoderOutput(t *testing.T) {
	onBoth(t, func(t *testing.T, dev Device) {
		for clip, c := range map[string]struct {
			to         frame.Format
			conversion frame.Conversion
		}{
			"demo.mp4":         {frame.RGB24, frame.Conversion{}},
			"h264-crop.mp4":    {frame.GBRPF16, frame.Conversion{Width: 64, Height: 48, Filter: frame.Area, Mean: [3]float32{0.5, 0.5, 0.5}, Std: [3]float32{0.25, 0.25, 0.25}}},
			"h264-rotated.mp4": {frame.BGRA, frame.Conversion{Upright: true, Width: 90}},
			"hevc10.mkv":       {frame.NV12, frame.Conversion{Chroma: frame.ChromaLinear}},
			"h264-resize.ts":   {frame.Unknown, frame.Conversion{Crop: image.Rect(0, 0, 64, 32)}},
		} {
			plain := DecoderConfig{DeviceConfig: DeviceConfig{Device: dev}}
			want := convertedByHand(t, clip, 12, plain, c.to, &c.conversion)
			cfg := plain
			cfg.Output, cfg.Conversion = c.to, c.conversion
			got, last := decodedPictures(t, clip, 12, &cfg)
			require.Equal(t, len(want), len(got), clip)
			for i := range want {
				require.Equal(t, want[i], got[i], "%v %s frame %d", dev, clip, i)
			}
			if c.to != frame.Unknown {
				require.Equal(t, c.to, last.Format)
			}
			if dev != CPU {
				require.Equal(t, frame.Device, last.Memory)
			}
		}
	})
}

func convertedByHand(t *testing.T, clip string, n int, cfg DecoderConfig, to frame.Format, c *frame.Conversion) (out [][]byte) {
	dem := openClip(t, clip)
	dec, err := NewDecoder(dem.Stream(), &cfg)
	require.NoError(t, err)
	defer dec.Close()
	v, err := frame.NewConverter(to, c)
	require.NoError(t, err)
	defer v.Close()
	for f, err := range dec.Frames(dem.Packets()) {
		require.NoError(t, err)
		if len(out) < n {
			g, err := v.Convert(f, nil)
			require.NoError(t, err)
			b, err := g.AppendBytes(nil)
			require.NoError(t, err)
			g.Release()
			out = append(out, b)
		}
		f.Release()
		if len(out) == n {
			break
		}
	}
	return out
}

func TestDecoderOutputErrors(t *testing.T) {
	for _, cfg := range []DecoderConfig{
		{Output: frame.YUYV422}, {Output: frame.RGB24, Conversion: frame.Conversion{Rotate: 1}},
		{Output: frame.RGB24, Conversion: frame.Conversion{Mean: [3]float32{1}}},
	} {
		_, err := NewDecoder(StreamInfo{Codec: H264}, &cfg)
		require.ErrorIs(t, err, ErrArgument, "%+v", cfg)
	}
	testutils.FFmpeg(t)
	// What only the pictures tell comes with them, and ends the decoder.
	dem := openClip(t, "demo.mp4")
	dec, err := NewDecoder(dem.Stream(), &DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}, Conversion: frame.Conversion{Crop: image.Rect(0, 0, 9999, 9)}})
	require.NoError(t, err)
	defer dec.Close()
	n := 0
	for _, err = range dec.Frames(dem.Packets()) {
		if err != nil {
			break
		}
		n++
	}
	require.ErrorIs(t, err, ErrUnsupported)
	require.ErrorIs(t, err, frame.ErrInvalidConversion)
	require.Zero(t, n)
}

// Batches are filled by any source of frames.
func TestFill(t *testing.T) {
	onBoth(t, func(t *testing.T, dev Device) {
		var ctx *cuda.Context
		if dev != CPU {
			require.NoError(t, cuda.Load())
			var err error
			ctx, err = cuda.Primary(0)
			require.NoError(t, err)
		}
		pool, err := frame.NewBatchPool(ctx, &frame.BatchConfig{Len: 4, Width: 32, Height: 24, Type: frame.Float32, Conversion: frame.Conversion{Filter: frame.Area}})
		require.NoError(t, err)
		td := newThreaded(t, openClip(t, "demo.mp4"), ThreadedDecoderConfig{DecoderConfig: DecoderConfig{DeviceConfig: DeviceConfig{Device: dev}}, Start: 5})
		filled := 0
		for {
			b, err := pool.Get(nil)
			require.NoError(t, err)
			n, err := Fill(b, td.Frames(context.Background()))
			require.NoError(t, err)
			require.NoError(t, b.Wait(nil))
			for i := range n {
				require.True(t, b.Slots[i].Filled)
				require.Equal(t, 5+filled, b.Slots[i].Index)
				filled++
			}
			b.Release()
			if n < 4 {
				require.False(t, b.Slots[n].Filled)
				break
			}
		}
		require.Greater(t, filled, 20)
		require.NoError(t, pool.Close())
		if ctx != nil {
			require.NoError(t, ctx.Close())
		}
	})
}

// A SimpleDecoder converts the frames that are asked for, and only those.
func TestSimpleOutput(t *testing.T) {
	onBoth(t, func(t *testing.T, dev Device) {
		cfg := DecoderConfig{DeviceConfig: DeviceConfig{Device: dev}}
		want := convertedByHand(t, "demo.mp4", 40, cfg, frame.BGR24, &frame.Conversion{Width: 40, Filter: frame.Area})
		cfg.Output, cfg.Conversion = frame.BGR24, frame.Conversion{Width: 40, Filter: frame.Area}
		sd, err := NewSimpleDecoder(openClip(t, "demo.mp4"), &SimpleDecoderConfig{DecoderConfig: cfg})
		require.NoError(t, err)
		defer sd.Close()
		indices := []int{3, 39, 17, 17, 4}
		i := 0
		for f, err := range sd.FramesAt(indices) {
			require.NoError(t, err)
			require.Equal(t, indices[i], f.Index)
			b, err := f.AppendBytes(nil)
			require.NoError(t, err)
			require.Equal(t, want[indices[i]], b, "frame %d", indices[i])
			f.Release()
			i++
		}
		require.Equal(t, len(indices), i)
	})
}

// A ThreadedDecoder converts the frames that it gives.
func TestThreadedOutput(t *testing.T) {
	onBoth(t, func(t *testing.T, dev Device) {
		cfg := DecoderConfig{DeviceConfig: DeviceConfig{Device: dev}}
		want := convertedByHand(t, "demo.mp4", 8, cfg, frame.RGB24, &frame.Conversion{Width: 50})
		cfg.Output, cfg.Conversion.Width = frame.RGB24, 50
		td := newThreaded(t, openClip(t, "demo.mp4"), ThreadedDecoderConfig{DecoderConfig: cfg, Start: 3, Buffer: 2})
		i := 3
		for f, err := range td.Frames(context.Background()) {
			require.NoError(t, err)
			require.Equal(t, i, f.Index)
			b, err := f.AppendBytes(nil)
			require.NoError(t, err)
			require.Equal(t, want[i], b, "%v frame %d", dev, i)
			f.Release()
			if i++; i == 8 {
				break
			}
		}
	})
}

// Decoding with a conversion allocates nothing for a frame.
func TestOutputAllocs(t *testing.T) {
	testutils.Driver(t)
	t.Cleanup(TrimCache)
	checkAllocs(t, &DecoderConfig{DeviceConfig: DeviceConfig{Device: GPU(0)}, Output: frame.RGB24})
}

// HDR pictures keep their transfer function: RGB is what the matrix makes of the code
// values, PQ coded as they are, and says so.
func TestOutputHDR(t *testing.T) {
	onBoth(t, func(t *testing.T, dev Device) {
		cfg := DecoderConfig{DeviceConfig: DeviceConfig{Device: dev}}
		plain, from := decodedPictures(t, "hevc-hdr10.mp4", 1, &cfg)
		require.Equal(t, frame.TransferSMPTE2084, from.Color.Transfer)
		require.Equal(t, frame.MatrixBT2020NCL, from.Color.Matrix)
		cfg.Output = frame.RGB48
		rgb, to := decodedPictures(t, "hevc-hdr10.mp4", 1, &cfg)
		require.Equal(t, frame.TransferSMPTE2084, to.Color.Transfer)
		require.Equal(t, frame.PrimariesBT2020, to.Color.Primaries)
		require.Equal(t, frame.MatrixRGB, to.Color.Matrix)
		word := func(b []byte, i int) float64 { return float64(int(b[2*i]) | int(b[2*i+1])<<8) }
		w, h := from.Width, from.Height
		for _, at := range [][2]int{{0, 0}, {w / 2, h / 2}, {w - 2, h - 2}, {w / 3, h / 5}} {
			x, y := at[0]&^1, at[1]&^1
			// P016 of 10 bits, limited range. Source: ITU-R BT.2020.
			chroma := w*h + (y/2)*w + x
			luma := (word(plain[0], y*w+x)/64 - 64) / 876
			cb, cr := (word(plain[0], chroma)/64-512)/896, (word(plain[0], chroma+1)/64-512)/896
			r, b := luma+1.4746*cr, luma+1.8814*cb
			g := (luma - 0.2627*r - 0.0593*b) / 0.6780
			for c, v := range []float64{r, g, b} {
				require.InDelta(t, min(max(v, 0), 1)*65535, word(rgb[0], 3*(y*w+x)+c), 1, "%v channel %d at %d,%d", dev, c, x, y)
			}
		}
	})
}
