package avformat

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// TestMuxChapters wants them back where the container has them, and no error where not.
func TestMuxChapters(t *testing.T) {
	path, _ := clip(t, "av-12s.mp4")
	chapters := []Chapter{
		{ID: 1, TimeBase: Rational{1, 1000}, Start: 0, End: 2500, Metadata: map[string]string{"title": "Anfang"}},
		{ID: 2, TimeBase: Rational{1, 1000}, Start: 2500, End: 12000, Metadata: map[string]string{"title": "Ende, größer"}},
	}
	for _, ext := range []string{"mp4", "mov", "mkv", "ts"} {
		in := openPath(t, path)
		name := filepath.Join(t.TempDir(), "out."+ext)
		out, err := CreateOutput(context.Background(), name, &OutputOptions{Chapters: chapters})
		require.NoError(t, err)
		require.NoError(t, remux(t, in, out))
		info, err := openPath(t, name).Info()
		require.NoError(t, err)
		if ext == "ts" {
			require.Empty(t, info.Chapters)
			continue
		}
		require.Len(t, info.Chapters, 2, ext)
		for i, c := range info.Chapters {
			require.Equal(t, chapters[i].Metadata["title"], c.Metadata["title"])
			require.InDelta(t, float64(chapters[i].Start)/1000, float64(c.Start)*c.TimeBase.Float64(), 1e-3)
			require.InDelta(t, float64(chapters[i].End)/1000, float64(c.End)*c.TimeBase.Float64(), 0.1)
		}
	}
	for _, bad := range []Chapter{{}, {TimeBase: Rational{1, 10}, Start: 5, End: 4}} {
		_, err := CreateOutput(context.Background(), filepath.Join(t.TempDir(), "x.mp4"), &OutputOptions{Chapters: []Chapter{chapters[0], bad}})
		require.ErrorIs(t, err, ErrInvalid)
	}
}

// TestMuxAttachment carries a file in Matroska, which shows a picture as a cover.
func TestMuxAttachment(t *testing.T) {
	path, _ := clip(t, "h264.mkv")
	in := openPath(t, path)
	jpeg := encodeScene(t, "mjpeg", Image{Format: format(t, "yuvj420p"), Width: 64, Height: 64}, 1, EncoderOptions{})
	name := filepath.Join(t.TempDir(), "out.mkv")
	out, err := CreateOutput(context.Background(), name, nil)
	require.NoError(t, err)
	s := in.Streams()[0]
	_, err = out.AddStream(s.Parameters, &StreamConfig{TimeBase: s.TimeBase})
	require.NoError(t, err)
	require.NoError(t, jpeg.par.SetAttachment(jpeg.packets[0].Data()))
	_, err = out.AddStream(jpeg.par, &StreamConfig{Metadata: map[string]string{"filename": "cover.jpg", "mimetype": "image/jpeg"}})
	require.NoError(t, err)
	p := newPacket(t)
	for err = in.ReadPacket(p); err == nil; err = in.ReadPacket(p) {
		require.NoError(t, out.WritePacket(0, p))
	}
	require.Equal(t, io.EOF, err)
	require.NoError(t, out.Close())
	got := openPath(t, name)
	require.Len(t, got.Streams(), 2)
	require.True(t, got.Streams()[1].AttachedPicture())
	b, err := got.AttachedPicture(1)
	require.NoError(t, err)
	require.Equal(t, jpeg.packets[0].Data(), b)
	var none *CodecParameters
	require.ErrorIs(t, none.SetAttachment(nil), ErrClosed)
}

// TestDiskFull wants the system's own error, by Go's name.
func TestDiskFull(t *testing.T) {
	const full = "/dev/full"
	if _, err := os.Stat(full); err != nil {
		testutils.Skip(t, "there is no "+full, "REQUIRE_DEV_FULL")
	}
	path, _ := clip(t, "av-12s.mp4")
	for _, f := range []string{"mp4", "matroska", "mpegts"} {
		out, err := CreateOutput(context.Background(), full, &OutputOptions{Format: f})
		require.NoError(t, err)
		err = remux(t, openPath(t, path), out)
		require.ErrorIs(t, err, syscall.ENOSPC, f)
		require.NotErrorIs(t, err, syscall.ENOENT)
	}
	_, err := CreateOutput(context.Background(), filepath.Join(t.TempDir(), "no", "x.mp4"), nil)
	require.ErrorIs(t, err, syscall.ENOENT)
	require.NotErrorIs(t, ErrInvalidData, syscall.Errno(-ErrInvalidData))
}

func TestRefPixels(t *testing.T) {
	a, b := newFrame(t), newFrame(t)
	require.NoError(t, a.Allocate(format(t, "yuv420p"), 64, 48))
	noise(t, a, 1)
	require.NoError(t, a.AddSideData(FrameDataClosedCaptions, []byte{1, 2, 3}))
	require.NoError(t, a.AddSideData(FrameDataUserUnregistered, make([]byte, 20)))
	require.NoError(t, a.AddSideData(FrameDataClosedCaptions, []byte{4, 5, 6}))
	require.NoError(t, b.RefPixels(a))
	require.False(t, b.Writable(), "it is shared")
	require.Equal(t, a.AppendBytes(nil), b.AppendBytes(nil))
	for k := range b.SideData {
		t.Errorf("side data %v", k)
	}
	require.NotNil(t, a.SideDataOf(FrameDataClosedCaptions))
	require.NoError(t, a.Close())
	require.NotEmpty(t, b.AppendBytes(nil))
	require.ErrorIs(t, b.RefPixels(a), ErrClosed)
}

// TestMuxCoarseTicks writes times that rise by less than the container can tell.
func TestMuxCoarseTicks(t *testing.T) {
	path, _ := clip(t, "h264.mkv")
	for _, f := range []string{"flv", "asf", "mpegts", "matroska"} {
		in := openPath(t, path)
		s := in.Streams()[0]
		m := &memory{}
		out, err := NewOutput(m, &OutputOptions{Format: f})
		require.NoError(t, err)
		fine := Rational{1, 10_000_000}
		_, err = out.AddStream(s.Parameters, &StreamConfig{TimeBase: fine, FrameRate: Rational{25, 1}})
		require.NoError(t, err)
		p := newPacket(t)
		n := int64(0)
		for ; n < 10 && in.ReadPacket(p) == nil; n++ {
			p.SetTimes(Times{PTS: n * 400_000, DTS: n * 400_000, Flags: p.Flags()})
			if n == 5 {
				p.SetTimes(Times{PTS: 4*400_000 + 1, DTS: 4*400_000 + 1, Flags: p.Flags()})
			}
			require.NoError(t, out.WritePacket(0, p), "%s packet %d", f, n)
		}
		require.NoError(t, out.Close())
	}
}

// lateContext ends while a file is being opened: after it was asked once whether it had.
type lateContext struct {
	context.Context
	asked int
}

func (c *lateContext) Err() error {
	if c.asked++; c.asked == 1 {
		return nil
	}
	return context.Canceled
}

// A file that was made and that nobody gets to know is removed; one that was there when
// nothing was opened stays.
func TestCreateOutputCancelled(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	path := filepath.Join(t.TempDir(), "x.mp4")
	_, err := CreateOutput(&lateContext{Context: context.Background()}, path, nil)
	require.ErrorIs(t, err, context.Canceled)
	require.NoFileExists(t, path)
	require.NoError(t, os.WriteFile(path, []byte("a film"), 0o600))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = CreateOutput(ctx, path, nil)
	require.ErrorIs(t, err, context.Canceled)
	require.FileExists(t, path)
}
