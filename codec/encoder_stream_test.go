package codec

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// movie is n pictures, with times where pts says so.
func movie(t testing.TB, f frame.Format, width, height, n int, tb frame.Rational, pts func(i int) int64) []*frame.Frame {
	in := make([]*frame.Frame, n)
	for i := range in {
		in[i] = testPicture(t, f, width, height, i)
		if pts != nil {
			in[i].PTS, in[i].TimeBase = pts(i), tb
		}
	}
	return in
}

// checkTimes wants dts to rise and not to pass pts, and every pts once.
func checkTimes(t testing.TB, packets []*Packet, pts []int64) {
	seen := map[int64]bool{}
	for i, p := range packets {
		require.LessOrEqual(t, p.DTS, p.PTS, "packet %d", i)
		if i > 0 {
			require.Greater(t, p.DTS, packets[i-1].DTS, "packet %d", i)
		}
		require.False(t, seen[p.PTS], "pts %d twice", p.PTS)
		seen[p.PTS] = true
	}
	require.Len(t, packets, len(pts))
	for _, v := range pts {
		require.True(t, seen[v], "pts %d of %v", v, seen)
	}
}

// TestEncodeStructure wants key frames exactly where GOP says, B-frames as many as
// were asked for, and times that a container can take.
func TestEncodeStructure(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	const n, gop = 40, 12
	for _, id := range []ID{H264, HEVC, AV1} {
		for _, b := range []int{0, 2} {
			t.Run(fmt.Sprintf("%v/%d", id, b), func(t *testing.T) {
				cfg := &EncoderConfig{Codec: id, Preset: P2, GOP: gop, BFrames: &b, Threads: 1}
				out, packets := recode(t, movie(t, frame.NV12, 64, 64, n, frame.Rational{}, nil), cfg)
				var want []int64
				for i := range n {
					want = append(want, int64(i))
				}
				checkTimes(t, packets, want)
				types := map[PictureType]int{}
				for _, p := range packets {
					require.Equal(t, p.PTS%gop == 0, p.Key, "pts %d", p.PTS)
					require.EqualValues(t, 1, p.Duration)
					require.Equal(t, frame.Rational{Num: 1, Den: 30}, p.TimeBase)
					types[p.Type]++
					if p.Key && id != AV1 {
						require.Equal(t, PictureType('I'), p.Type)
					}
				}
				if id != AV1 {
					require.Equal(t, b > 0, types['B'] > 0, "%v", types)
					require.Zero(t, types[0])
				}
				for i, f := range out {
					require.EqualValues(t, i, f.PTS)
					f.Release()
				}
			})
		}
	}
}

// TestEncodePicture asks for one picture to be an IDR, and for headers.
func TestEncodePicture(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	for _, id := range []ID{H264, HEVC} {
		enc, err := NewEncoder(64, 64, frame.NV12, &EncoderConfig{Codec: id, Preset: P1, Threads: 1})
		require.NoError(t, err)
		var packets []*Packet
		for i, f := range movie(t, frame.NV12, 64, 64, 20, frame.Rational{}, nil) {
			var pic *Picture
			switch i {
			case 7:
				pic = &Picture{ForceIDR: true, ParameterSets: true}
			case 9:
				pic = &Picture{ParameterSets: true}
			case 13:
				pic = &Picture{ForceIntra: true}
			}
			got, err := enc.Encode(f, pic)
			require.NoError(t, err)
			packets = appendClones(packets, got)
		}
		got, err := enc.Drain()
		require.NoError(t, err)
		packets = appendClones(packets, got)
		again, err := enc.Drain()
		require.NoError(t, err)
		require.Empty(t, again)
		_, err = enc.EncodeBytes(make([]byte, 64*64*3/2), nil)
		require.ErrorIs(t, err, ErrArgument, "after Drain")
		headers := enc.Stream().Extradata
		require.NotEmpty(t, headers)
		for _, p := range packets {
			require.Equal(t, p.PTS == 0 || p.PTS == 7 || p.PTS == 13, p.Key, "%v pts %d", id, p.PTS)
			require.Equal(t, p.PTS == 0 || p.PTS == 7 || p.PTS == 9, bytes.HasPrefix(p.Data, headers), "%v pts %d", id, p.PTS)
			if p.Key {
				require.Equal(t, PictureType('I'), p.Type)
			}
		}
		for _, f := range decodePackets(t, enc.Stream(), packets) {
			f.Release()
		}
		require.NoError(t, enc.Close())
	}
}

// TestRepeatHeaders wants headers in front of every key frame, and on none other.
func TestRepeatHeaders(t *testing.T) {
	testutils.FFmpeg(t)
	enc, err := NewEncoder(64, 64, frame.NV12, &EncoderConfig{Preset: P1, GOP: 5, RepeatHeaders: true, Threads: 1})
	require.NoError(t, err)
	defer enc.Close()
	n := 0
	for p, err := range enc.Packets(func(yield func(*frame.Frame, error) bool) {
		for _, f := range movie(t, frame.NV12, 64, 64, 15, frame.Rational{}, nil) {
			if !yield(f, nil) {
				return
			}
		}
	}) {
		require.NoError(t, err)
		require.Equal(t, p.Key, bytes.HasPrefix(p.Data, enc.Stream().Extradata))
		n++
	}
	require.Equal(t, 15, n)
}

// TestEncodeTimes covers variable rates, times before zero, frames without a time, and
// times that do not rise.
func TestEncodeTimes(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	tb := frame.Rational{Num: 1, Den: 90000}
	times := []int64{-3003, 0, 17, 3003, 3004, 90000, 180000, 180001, 270000, 900000}
	for _, id := range []ID{H264, HEVC, AV1} {
		in := movie(t, frame.NV12, 64, 64, len(times), tb, func(i int) int64 { return times[i] })
		for i := range in {
			in[i].Duration = int64(100 + i)
		}
		out, packets := recode(t, in, &EncoderConfig{Codec: id, Preset: P2, TimeBase: tb, Threads: 1})
		checkTimes(t, packets, times)
		for i, f := range out {
			require.Equal(t, times[i], f.PTS, "%v", id)
			f.Release()
		}
		for _, p := range packets {
			i := 0
			for times[i] != p.PTS {
				i++
			}
			require.EqualValues(t, 100+i, p.Duration, "%v pts %d", id, p.PTS)
		}
	}

	ms := frame.Rational{Num: 1, Den: 1000}
	enc, err := NewEncoder(64, 64, frame.NV12, &EncoderConfig{Preset: P1, Tuning: LowLatency, TimeBase: ms, Threads: 1})
	require.NoError(t, err)
	defer enc.Close()
	var got []int64
	for i := range 31 {
		f := testPicture(t, frame.NV12, 64, 64, i)
		packets, err := enc.Encode(f, nil)
		require.NoError(t, err)
		require.EqualValues(t, NoPTS, f.PTS, "the frame is the caller's")
		for _, p := range packets {
			got = append(got, p.PTS)
		}
	}
	require.Len(t, got, 31, "low latency holds nothing back")
	require.EqualValues(t, 1000, got[30], "rounding does not add up")
	f := testPicture(t, frame.NV12, 64, 64, 31)
	f.PTS, f.TimeBase = 90000, tb
	_, err = enc.Encode(f, nil)
	require.ErrorIs(t, err, ErrArgument)
	require.ErrorContains(t, err, "does not rise")
	f.PTS = 2 * 90000
	packets, err := enc.Encode(f, nil)
	require.NoError(t, err, "a refused frame ends nothing")
	require.EqualValues(t, 2000, packets[0].PTS)
}

// TestEncodeHeaders reads with ffprobe what the stream says of itself.
func TestEncodeHeaders(t *testing.T) {
	testutils.FFmpeg(t)
	ffprobe := testutils.FFprobeProgram(t)
	for _, c := range []struct {
		cfg  EncoderConfig
		f    frame.Format
		want string
	}{
		{EncoderConfig{Codec: H264, Profile: "high", Level: "4.1"}, frame.NV12, "High,41,yuv420p"},
		{EncoderConfig{Codec: H264, Profile: "baseline", BFrames: ptr(0)}, frame.NV12, "Constrained Baseline,,yuv420p"},
		{EncoderConfig{Codec: H264}, frame.P010, "High 10,,yuv420p10le"},
		{EncoderConfig{Codec: H264, BitDepth: 8}, frame.P010, "High,,yuv420p"},
		{EncoderConfig{Codec: HEVC, Profile: "main10", Level: "5.1"}, frame.P010, "Main 10,153,yuv420p10le"},
		{EncoderConfig{Codec: HEVC, BitDepth: 10}, frame.NV12, "Main 10,,yuv420p10le"},
		{EncoderConfig{Codec: HEVC}, frame.YUV444, "Rext,,yuv444p"},
		{EncoderConfig{Codec: AV1}, frame.P010, "Main,,yuv420p10le"},
	} {
		c.cfg.Preset, c.cfg.Threads = P2, 1
		c.cfg.SAR = frame.Rational{Num: 4, Den: 3}
		c.cfg.Color = frame.Color{Primaries: frame.PrimariesBT2020, Transfer: frame.TransferSMPTE2084, Matrix: frame.MatrixBT2020NCL, Range: frame.RangeLimited}
		out, packets := recode(t, movie(t, c.f, 64, 64, 3, frame.Rational{}, nil), &c.cfg)
		for _, f := range out {
			f.Release()
		}
		ext := map[ID]string{H264: "h264", HEVC: "hevc", AV1: "obu"}[c.cfg.Codec]
		path := filepath.Join(t.TempDir(), "x."+ext)
		var raw []byte
		for _, p := range packets {
			raw = append(raw, p.Data...)
		}
		require.NoError(t, os.WriteFile(path, raw, 0o600))
		text, err := exec.Command(ffprobe, "-v", "error", "-of", "default=nk=0:nw=1", "-show_streams", path).CombinedOutput()
		require.NoError(t, err, "%s", text)
		parts := strings.Split(c.want, ",")
		for i, key := range []string{"profile", "level", "pix_fmt"} {
			if parts[i] != "" {
				require.Contains(t, string(text), key+"="+parts[i]+"\n")
			}
		}
		for _, want := range []string{"color_primaries=bt2020", "color_transfer=smpte2084", "color_space=bt2020nc", "color_range=tv"} {
			require.Contains(t, string(text), want+"\n")
		}
		if c.cfg.Codec != AV1 { // it has the shape of the picture in the container only
			require.Contains(t, string(text), "sample_aspect_ratio=4:3\n")
		}
	}
}
