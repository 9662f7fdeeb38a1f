package codec

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// transcode encodes a clip's video into a file.
func transcode(t *testing.T, clip, path string, cfg *EncoderConfig) {
	dem, err := Open(context.Background(), clip, nil)
	require.NoError(t, err)
	defer dem.Close()
	s := dem.Stream()
	dec, err := NewDecoder(s, &DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}})
	require.NoError(t, err)
	defer dec.Close()
	cfg.TimeBase, cfg.FrameRate = s.TimeBase, s.FrameRate
	enc, err := NewEncoder(s.Width, s.Height, frame.NV12, cfg)
	require.NoError(t, err)
	defer enc.Close()
	mux, err := Create(context.Background(), path, nil, enc.Stream())
	require.NoError(t, err)
	defer mux.Abort()
	for p, err := range enc.Packets(dec.Frames(dem.Packets())) {
		require.NoError(t, err)
		p.Stream = 0
		require.NoError(t, mux.WritePacket(p))
	}
	require.NoError(t, mux.Close())
}

// TestEncodeLossless wants every sample and time back.
func TestEncodeLossless(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	clip := testutils.Clip(t, "h264.mkv")
	want, _ := frameSums(t, clip, 1, nil)
	for _, id := range []ID{H264, HEVC} {
		t.Run(string(id), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "out.mkv")
			transcode(t, clip, path, &EncoderConfig{Codec: id, Tuning: Lossless})
			got, _ := frameSums(t, path, 1, nil)
			require.Equal(t, want, got)
		})
	}
}

// gpuRefuses is the error of a GPU that is asked for more, or less, than it can: without
// a driver, that there is none.
func gpuRefuses() error {
	if _, err := cuda.Devices(); errors.Is(err, ErrLibrary) {
		return ErrLibrary
	}
	return ErrUnsupported
}

func TestEncoderBadUse(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	_, err := NewEncoder(0, 64, frame.NV12, nil)
	require.ErrorIs(t, err, ErrArgument)
	_, err = NewEncoder(64, 64, frame.Unknown, nil)
	require.ErrorIs(t, err, ErrArgument)
	_, err = NewEncoder(64, 64, frame.NV12, &EncoderConfig{Codec: "vp9"})
	require.ErrorIs(t, err, ErrArgument)
	_, err = NewEncoder(64, 64, frame.NV12, &EncoderConfig{DeviceConfig: DeviceConfig{Device: GPU(0)}})
	require.ErrorIs(t, err, gpuRefuses())
	e, err := NewEncoder(64, 64, frame.NV12, nil)
	require.NoError(t, err)
	_, err = e.Encode(nil, nil)
	require.ErrorIs(t, err, ErrArgument)
	_, err = e.EncodeBytes(make([]byte, 3), nil)
	require.ErrorIs(t, err, ErrArgument)
	require.NoError(t, e.Close())
	require.NoError(t, e.Close())
	_, err = e.Encode(nil, nil)
	require.ErrorIs(t, err, os.ErrClosed)
	_, err = e.Drain()
	require.ErrorIs(t, err, os.ErrClosed)
	var none *Encoder
	require.NoError(t, none.Close())
}
