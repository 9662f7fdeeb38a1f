package codec

import (
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// describedFrames decodes a clip and returns for each frame what it is: checksum of
// its samples, times and flags.
func describedFrames(t *testing.T, clip string, cfg *DecoderConfig) (out []string) {
	dem, err := Open(context.Background(), testutils.Clip(t, clip), nil)
	require.NoError(t, err)
	defer dem.Close()
	dec, err := NewDecoder(dem.Stream(), cfg)
	require.NoError(t, err)
	defer dec.Close()
	for f, err := range dec.Frames(dem.Packets()) {
		require.NoError(t, err)
		b, err := f.AppendPlanar(nil)
		require.NoError(t, err)
		out = append(out, fmt.Sprintf("%dx%d pts %d for %d at %d key %v sei %d sar %v color %v %x",
			f.Width, f.Height, f.PTS, f.Duration, f.Pos, f.Key, len(f.SEI), f.SAR, f.Color, md5.Sum(b)))
		f.Release()
	}
	return out
}

// checkSessions is LeakCheck, with the pool of decode sessions empty on both sides.
func checkSessions(t *testing.T) {
	TrimCache()
	testutils.LeakCheck(t)
	t.Cleanup(TrimCache)
}

func gpu(cfg DecoderConfig) *DecoderConfig {
	cfg.Device = GPU(0)
	return &cfg
}

func cpu(cfg DecoderConfig) *DecoderConfig {
	cfg.Device = CPU
	return &cfg
}

// TestNVDECFrames wants from NVDEC the frames of the CPU, in every memory and layout.
func TestNVDECFrames(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Driver(t)
	for _, clip := range []string{
		"h264.mkv", "h264.h264", "h264-crop.mp4", "h264-opengop.mp4", "h264-editlist.mp4", "h264-vfr.mkv", "h264-rotated.mp4",
		"h264-resize.h264", "h264-interlaced.ts", "hevc.mp4", "hevc.h265", "hevc10.mkv", "hevc-444.mp4", "hevc-hdr10.mp4", "vp8.webm", "vp9.webm",
	} {
		t.Run(clip, func(t *testing.T) {
			checkSessions(t)
			want := describedFrames(t, clip, cpu(DecoderConfig{}))
			require.NotEmpty(t, want)
			require.Equal(t, want, describedFrames(t, clip, gpu(DecoderConfig{})))
			require.Equal(t, want, describedFrames(t, clip, gpu(DecoderConfig{DeviceConfig: DeviceConfig{Memory: frame.Host}})), "in host memory")
			require.Equal(t, want, describedFrames(t, clip, gpu(DecoderConfig{Layout: LayoutPlanar})), "planar")
		})
	}
}

// TestNVDECRefuses: what the hardware cannot decode is an error that names the
// capability, and with Auto the CPU's business.
func TestNVDECRefuses(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Driver(t)
	checkSessions(t)
	for _, clip := range []string{"h264-444.mp4", "av1.mp4"} {
		dem, err := Open(context.Background(), testutils.Clip(t, clip), nil)
		require.NoError(t, err)
		caps, err := DecodeCaps(GPU(0), dem.Stream().Codec, dem.Stream().Chroma, dem.Stream().BitDepth)
		require.NoError(t, err)
		if caps.Supported {
			dem.Close()
			continue // this GPU can
		}
		_, err = NewDecoder(dem.Stream(), gpu(DecoderConfig{}))
		require.ErrorIs(t, err, ErrUnsupported, clip)
		require.ErrorContains(t, err, "bIsSupported")
		dec, err := NewDecoder(dem.Stream(), nil)
		require.NoError(t, err)
		require.Equal(t, CPU, dec.Device())
		require.Contains(t, dec.Reason(), "bIsSupported")
		require.NoError(t, dec.Close())
		require.NoError(t, dem.Close())
	}
	dem, err := Open(context.Background(), testutils.Clip(t, "h264.mkv"), nil)
	require.NoError(t, err)
	defer dem.Close()
	_, err = NewDecoder(dem.Stream(), &DecoderConfig{DeviceConfig: DeviceConfig{Device: GPU(63)}})
	require.ErrorIs(t, err, ErrUnsupported, "no such device")
}

// TestNVDECLatency: low gives each picture of a stream without reordering with its
// packet, zero gives decoding order and keeps the times.
func TestNVDECLatency(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Driver(t)
	checkSessions(t)
	dem, err := Open(context.Background(), testutils.Clip(t, "h264.mkv"), nil)
	require.NoError(t, err)
	defer dem.Close()
	dec, err := NewDecoder(dem.Stream(), gpu(DecoderConfig{Latency: LatencyZero}))
	require.NoError(t, err)
	defer dec.Close()
	for p, err := range dem.Packets() {
		require.NoError(t, err)
		frames, err := dec.Decode(p)
		require.NoError(t, err)
		require.Len(t, frames, 1, "a frame with each packet")
		require.Equal(t, p.PTS, frames[0].PTS)
		frames[0].Release()
	}
}

// TestNVDECSeek decodes after seeks exactly what was decoded there before.
func TestNVDECSeek(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Driver(t)
	for _, clip := range []string{"av-12s.mp4", "hevc.mp4", "h264-opengop.mp4", "vp9.webm"} {
		t.Run(clip, func(t *testing.T) {
			seen := map[string]bool{}
			all, _ := frameSums(t, testutils.Clip(t, clip), 1, nil)
			for _, s := range all {
				seen[s] = true
			}
			dem, err := Open(context.Background(), testutils.Clip(t, clip), nil)
			require.NoError(t, err)
			defer dem.Close()
			dec, err := NewDecoder(dem.Stream(), gpu(DecoderConfig{}))
			require.NoError(t, err)
			defer dec.Close()
			l := looper{t: t, dem: dem, dec: dec}
			for range 40 {
				l.step() // held frames that the seek has to forget
			}
			require.NoError(t, dem.Seek(0))
			require.NoError(t, dec.Discard())
			n := 0
			for f, err := range dec.Frames(dem.Packets()) {
				require.NoError(t, err)
				require.True(t, f.Corrupt || seen[frameSum(t, f)], "frame %d at %d", n, f.PTS)
				f.Release()
				n++
			}
			require.Equal(t, len(all), n)
		})
	}
}

// TestNVDECFramesOutliveDecoder holds frames over the decoder's end.
func TestNVDECFramesOutliveDecoder(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Driver(t)
	checkSessions(t)
	want, _ := frameSums(t, testutils.Clip(t, "h264.mkv"), 1, nil)
	dem, err := Open(context.Background(), testutils.Clip(t, "h264.mkv"), nil)
	require.NoError(t, err)
	dec, err := NewDecoder(dem.Stream(), gpu(DecoderConfig{}))
	require.NoError(t, err)
	var held []*frame.Frame
	for f, err := range dec.Frames(dem.Packets()) {
		require.NoError(t, err)
		require.Equal(t, frame.Device, f.Memory)
		held = append(held, f)
	}
	require.NoError(t, dec.Close())
	require.NoError(t, dem.Close())
	require.Len(t, held, len(want))
	for i, f := range held {
		require.Equal(t, want[i], frameSum(t, f))
		f.Release()
	}
}

func TestNVDECAllocs(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Driver(t)
	t.Run("device", func(t *testing.T) { checkAllocs(t, gpu(DecoderConfig{})) })
	t.Run("host", func(t *testing.T) {
		checkAllocs(t, gpu(DecoderConfig{DeviceConfig: DeviceConfig{Memory: frame.Host}}))
	})
}

func TestNVDECHeap(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Driver(t)
	checkHeap(t, gpu(DecoderConfig{}))
}

// TestNVDECDamage: no crash, and the damage is told.
func TestNVDECDamage(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Driver(t)
	checkSessions(t)
	for name, spoil := range map[string]func(int, *Packet) bool{"one": zero(20), "many": zero(3, 44, 90, 130), "lost": leaveOut(5, 40), "no start": leaveOut(0, 1, 2)} {
		for _, clip := range []string{"av-12s.mp4", "hevc.mp4", "vp9.webm", "mpeg2.ts"} {
			dem, err := Open(context.Background(), testutils.Clip(t, clip), nil)
			require.NoError(t, err)
			dec, err := NewDecoder(dem.Stream(), gpu(DecoderConfig{}))
			require.NoError(t, err)
			n, frames := 0, 0
			for p, err := range dem.Packets() {
				require.NoError(t, err)
				if n++; !spoil(n-1, p) {
					continue
				}
				out, err := dec.Decode(p)
				require.NoError(t, err, "%s %s", clip, name)
				frames += len(out)
				for _, f := range out {
					f.Release()
				}
			}
			out, err := dec.Drain()
			require.True(t, err == nil || errors.Is(err, ErrCorrupt), "%s %s: %v", clip, name, err)
			frames += len(out)
			for _, f := range out {
				f.Release()
			}
			require.Greater(t, frames, n/3, "%s %s", clip, name)
			require.NoError(t, dec.Close())
			require.NoError(t, dem.Close())
		}
	}
}
