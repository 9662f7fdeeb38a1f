package avformat

import (
	"context"
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

func openClip(t testing.TB, name string) *Input {
	t.Helper()
	path, _ := clip(t, name)
	return openPath(t, path)
}

func openPath(t testing.TB, path string) *Input {
	t.Helper()
	in, err := OpenInput(context.Background(), path, nil)
	require.NoError(t, err)
	t.Cleanup(func() { in.Close() })
	return in
}

// openMedia opens a file of the corpus.
func openMedia(t testing.TB, name string) *Input {
	t.Helper()
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	return openPath(t, filepath.Join(testutils.Media(t), name))
}

// next reads the next packet of a stream.
func next(t testing.TB, in *Input, stream int) Times {
	t.Helper()
	p, err := NewPacket()
	require.NoError(t, err)
	defer p.Close()
	for {
		require.NoError(t, in.ReadPacket(p))
		if p.Stream() == stream {
			return p.Times()
		}
	}
}

func TestInputInfo(t *testing.T) {
	in := openClip(t, "av-12s.mp4")
	info, err := in.Info()
	require.NoError(t, err)
	require.Contains(t, info.Format.Name, "mp4")
	require.Equal(t, "QuickTime / MOV", info.Format.LongName)
	require.Zero(t, info.Start)
	require.InDelta(t, 12e6, info.Duration, 1e5)
	require.Positive(t, info.BitRate)
	require.Equal(t, "isom", info.Metadata["major_brand"])
	require.Len(t, in.Streams(), 2)
	v, a := in.Streams()[0], in.Streams()[1]
	require.Equal(t, MediaVideo, v.Type)
	require.Equal(t, "h264", v.Codec)
	require.Equal(t, Rational{30, 1}, v.FrameRate)
	require.EqualValues(t, 360, v.Frames)
	require.Equal(t, 12*time.Second, v.TimeBase.Duration(v.Duration))
	require.NotEmpty(t, v.Parameters.Extradata())
	require.Equal(t, "yuv420p", v.Parameters.Format())
	require.NotZero(t, v.Disposition&DispositionDefault)
	require.Contains(t, v.Disposition.String(), "default")
	require.Equal(t, "und", v.Metadata["language"])
	require.Equal(t, MediaAudio, a.Type)
	require.Equal(t, "aac", a.Codec)
	require.Equal(t, "fltp", a.Parameters.Format())
	require.Positive(t, a.Parameters.SampleRate())
	require.Positive(t, a.Parameters.Channels())
	require.Equal(t, "LC", a.Parameters.ProfileName())

	in.Close()
	_, err = in.Info()
	require.ErrorIs(t, err, ErrClosed)
	require.NotZero(t, v.Parameters.Width(), "parameters outlive the Input")
}

func TestSeek(t *testing.T) {
	in := openClip(t, "av-12s.mp4")
	v := in.Streams()[0]
	at := func(seconds int) int64 { return v.TimeBase.Ticks(time.Duration(seconds) * time.Second) }
	require.True(t, in.Seekable())

	require.NoError(t, in.Seek(0, at(6), SeekBackward))
	p := next(t, in, 0)
	require.NotZero(t, p.Flags&PacketKey)
	require.LessOrEqual(t, p.PTS, at(6))
	require.Greater(t, p.PTS, at(2))

	require.NoError(t, in.Seek(0, at(6), 0))
	p = next(t, in, 0)
	require.NotZero(t, p.Flags&PacketKey)
	require.GreaterOrEqual(t, p.PTS, at(6))

	require.NoError(t, in.SeekRange(0, 0, at(3), at(3), 0))
	require.LessOrEqual(t, next(t, in, 0).PTS, at(3))
	require.NoError(t, in.Seek(-1, 1e6, SeekBackward), "in microseconds")
	require.LessOrEqual(t, next(t, in, 0).PTS, at(1))
	require.NoError(t, in.Seek(0, 0, SeekBackward), "from the end as well")
	require.Zero(t, next(t, in, 0).PTS)

	err := in.Seek(7, 0, 0)
	require.ErrorIs(t, err, ErrStreamNotFound)
	require.ErrorContains(t, err, "no stream 7")
	require.Error(t, in.Seek(-2, 0, 0))

	ts := openPath(t, testutils.Clip(t, "mpeg2.ts"))
	require.NoError(t, ts.Seek(-1, 188*100, SeekByte))
	require.Greater(t, next(t, ts, 0).Pos, int64(188*50))
}

func TestIndex(t *testing.T) {
	in := openClip(t, "av-12s.mp4")
	index, err := in.Index(0)
	require.NoError(t, err)
	require.Len(t, index, 360)
	keys, last := 0, int64(NoPTS)
	p, err := NewPacket()
	require.NoError(t, err)
	defer p.Close()
	for _, e := range index {
		require.Greater(t, e.Time, last)
		last = e.Time
		if e.Key {
			keys++
		}
		for {
			require.NoError(t, in.ReadPacket(p))
			if p.Stream() == 0 {
				break
			}
		}
		require.Equal(t, p.Key(), e.Key)
		require.Equal(t, p.Pos(), e.Pos)
		require.Equal(t, len(p.Data()), e.Size)
		require.Equal(t, p.DTS(), e.Time)
	}
	require.Greater(t, keys, 1)
	_, err = in.Index(9)
	require.ErrorIs(t, err, ErrStreamNotFound)
}

func TestDiscard(t *testing.T) {
	in := openClip(t, "av-12s.mp4")
	require.NoError(t, in.Discard(0, DiscardAll))
	p, err := NewPacket()
	require.NoError(t, err)
	defer p.Close()
	n := 0
	for {
		err := in.ReadPacket(p)
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		require.Equal(t, 1, p.Stream(), "not even what was read to find the streams")
		n++
	}
	require.Positive(t, n)
	require.NoError(t, in.Discard(0, DiscardNonKey))
	require.NoError(t, in.Discard(1, DiscardAll))
	require.NoError(t, in.Seek(0, 0, SeekBackward))
	for in.ReadPacket(p) == nil {
		require.Zero(t, p.Stream())
		require.True(t, p.Key())
	}
	require.ErrorIs(t, in.Discard(2, DiscardAll), ErrStreamNotFound)
}

func TestBestStream(t *testing.T) {
	in := openClip(t, "av-12s.mp4")
	for kind, want := range map[MediaType]int{MediaVideo: 0, MediaAudio: 1} {
		got, err := in.BestStream(kind)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err := in.BestStream(MediaSubtitle)
	require.ErrorIs(t, err, ErrStreamNotFound)
	audio := openPath(t, testutils.Clip(t, "audio.m4a"))
	_, err = audio.BestStream(MediaVideo)
	require.ErrorIs(t, err, ErrStreamNotFound)
	require.ErrorContains(t, err, "has no video stream")
}

func TestCoverArt(t *testing.T) {
	in := openMedia(t, "h264-mp4-with-cover-art.mp4")
	best, err := in.BestStream(MediaVideo)
	require.NoError(t, err)
	require.Equal(t, "h264", in.Streams()[best].Codec)
	pictures := 0
	for i := range in.Streams() {
		b, err := in.AttachedPicture(i)
		require.NoError(t, err)
		require.Equal(t, in.Streams()[i].AttachedPicture(), len(b) > 0)
		if len(b) > 0 {
			pictures++
			require.NotEqual(t, best, i)
		}
	}
	require.Positive(t, pictures)
}

func TestRotation(t *testing.T) {
	in := openClip(t, "h264-rotated.mp4")
	s := in.Streams()[0]
	require.Contains(t, []float64{90, 270}, s.Rotation)
	require.False(t, s.Flip)
	require.Len(t, s.Parameters.SideData(SideDataDisplayMatrix), 36)
}

func TestHDR(t *testing.T) {
	in := openClip(t, "hevc-hdr10.mp4")
	s := in.Streams()[0]
	c := s.Parameters.Color()
	require.Equal(t, 9, c.Primaries)
	require.Equal(t, 16, c.Transfer)
	require.Equal(t, 9, c.Matrix)
	require.Equal(t, 1, c.Range)

	s = openMedia(t, "av1-mp4-hdr10-1080p60.mp4").Streams()[0]
	l, ok := s.ContentLight()
	require.True(t, ok)
	require.Positive(t, l.MaxCLL)
	m, ok := s.Mastering()
	require.True(t, ok)
	require.True(t, m.HasPrimaries)
	require.True(t, m.HasLuminance)
	require.InDelta(t, 0.68, m.Primaries[0][0].Float64(), 0.05)
	require.InDelta(t, 0.3127, m.White[0].Float64(), 0.01)
	require.Greater(t, m.Max.Float64(), 100.0)
}

func TestDolbyVision(t *testing.T) {
	for _, name := range []string{"hevc-mkv-dovi-256x144.mkv", "hevc-mp4-dovi-profile81.mp4", "hevc-mov-iphone-dolbyvision-hlg-rot90.mov"} {
		in := openMedia(t, name)
		v, err := in.BestStream(MediaVideo)
		require.NoError(t, err)
		conf := in.Streams()[v].Parameters.SideData(SideDataDolbyVision)
		if ff.version.AVFormat.Major == 58 && len(conf) == 0 {
			continue // 4.3 reads it from some containers only
		}
		require.GreaterOrEqual(t, len(conf), 8, name)
		require.EqualValues(t, 1, conf[0], "dv_version_major")
	}
}

func TestChaptersAndPrograms(t *testing.T) {
	in := openMedia(t, "mpeg2-ts-atsc-720p60-captions.ts")
	info, err := in.Info()
	require.NoError(t, err)
	require.NotEmpty(t, info.Programs)
	for _, p := range info.Programs {
		require.Positive(t, p.PMT)
		for _, s := range p.Streams {
			require.Less(t, s, len(in.Streams()))
		}
	}
}

// TestNewStreams wants a stream that shows up after the header.
func TestStreamGrows(t *testing.T) {
	in := openMedia(t, "h264-flv-broadcast-1080i-intra-first.flv")
	before := len(in.Streams())
	p, err := NewPacket()
	require.NoError(t, err)
	defer p.Close()
	for in.ReadPacket(p) == nil {
		require.Less(t, p.Stream(), len(in.Streams()), "a packet of an unknown stream")
	}
	require.GreaterOrEqual(t, len(in.Streams()), before)
}

func TestPacketSideData(t *testing.T) {
	in := openMedia(t, "vp8-webm-bear-alpha.webm")
	p, err := NewPacket()
	require.NoError(t, err)
	defer p.Close()
	found := false
	for in.ReadPacket(p) == nil {
		for kind, b := range p.SideData {
			found = found || kind == SideDataMatroskaAddition && len(b) > 8
		}
	}
	require.True(t, found, "alpha travels as side data")
}
