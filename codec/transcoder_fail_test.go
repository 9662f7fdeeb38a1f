package codec

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

const killEnv = "NVCODEC_TEST_KILL"

// TestTranscoderKill ends the process in the middle of a segment: nothing has the file's
// own name, and the next attempt makes it whole.
func TestTranscoderKill(t *testing.T) {
	testutils.FFmpeg(t)
	out := filepath.Join(t.TempDir(), "out.mp4")
	cmd := testutils.Again("-test.run=^TestTranscoderKillChild$", "-test.count=1")
	cmd.Env = append(os.Environ(), killEnv+"="+out)
	said, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(said).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "in the middle\n", line)
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	left, err := filepath.Glob(filepath.Join(filepath.Dir(out), "*"))
	require.NoError(t, err)
	require.Equal(t, []string{partName(out)}, left)

	path := testutils.Clip(t, "av-12s.mp4")
	tr, done := newTestTranscoder(t, path, lossless())
	defer done()
	require.NoError(t, tr.WriteFile(context.Background(), out, nil, Interval{time.Second, 2 * time.Second}))
	require.NoFileExists(t, partName(out))
	n, _ := checkSegment(t, filmed(t, path), filmed(t, out), time.Second, 2*time.Second, 0, 0, 0)
	require.Equal(t, 30, n)
}

// TestTranscoderKillChild is the process that is ended.
func TestTranscoderKillChild(t *testing.T) {
	out := os.Getenv(killEnv)
	if out == "" {
		return // runs as a child alone
	}
	cfg := lossless()
	cfg.Progress = func(p Progress) {
		if p.Bytes > 1<<20 { // some of it is in the file
			fmt.Println("in the middle")
			select {}
		}
	}
	tr, _ := newTestTranscoder(t, testutils.Clip(t, "av-12s.mp4"), cfg)
	for {
		require.NoError(t, tr.WriteFile(context.Background(), out, nil, Interval{0, 12 * time.Second}))
	}
}

// endsAfter is a context that ends when it has been asked n times.
type endsAfter struct {
	context.Context
	n int
}

func (c *endsAfter) Err() error {
	if c.n--; c.n < 0 {
		return context.Canceled
	}
	return nil
}

// TestTranscoderCancel ends segments after any number of packets: no more pictures are
// coded than were read, and the next segment is whole.
func TestTranscoderCancel(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	path := testutils.Clip(t, "av-12s.mp4")
	src := filmed(t, path)
	tr, done := newTestTranscoder(t, path, lossless())
	defer done()
	streams, err := tr.Streams()
	require.NoError(t, err)
	for _, packets := range []int{0, 1, 10, 100, 300} {
		var b bytes.Buffer
		m, err := NewMuxer(&b, &MuxerConfig{Format: "matroska"}, streams...)
		require.NoError(t, err)
		err = tr.Segment(&endsAfter{context.Background(), packets}, m, 4*time.Second, 11*time.Second)
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorContains(t, err, "segment 4s to 11s")
		require.NoError(t, m.Close())
		if packets >= 100 {
			in := filepath.Join(t.TempDir(), "cut.mkv")
			require.NoError(t, os.WriteFile(in, b.Bytes(), 0o600))
			n := len(filmed(t, in).times)
			require.Positive(t, n)
			require.LessOrEqual(t, n, packets)
		}
		out := filepath.Join(t.TempDir(), "next.mp4")
		require.NoError(t, tr.WriteFile(context.Background(), out, nil, Interval{5 * time.Second, 6 * time.Second}))
		n, _ := checkSegment(t, src, filmed(t, out), 5*time.Second, 6*time.Second, 0, 0, 0)
		require.Equal(t, 30, n)
	}
}

// TestTranscoderTruncated reads files that were cut short: what is there comes out whole,
// what reaches over the end is reported with its time, and both can follow each other.
func TestTranscoderTruncated(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	for _, name := range []string{"av-12s.mp4", "h264.mkv", "mpeg2.ts"} {
		path := testutils.Clip(t, name)
		if name == "av-12s.mp4" { // with its index in front
			tr, done := newTestTranscoder(t, path, lossless())
			path = filepath.Join(t.TempDir(), "front.mp4")
			require.NoError(t, tr.WriteFile(context.Background(), path, &MuxerConfig{FastStart: true}, Interval{0, 4 * time.Second}))
			done()
		}
		src := filmed(t, path)
		whole, err := os.ReadFile(path)
		require.NoError(t, err)
		cut := filepath.Join(t.TempDir(), "cut"+filepath.Ext(name))
		require.NoError(t, os.WriteFile(cut, whole[:len(whole)*2/3], 0o600))
		tr, done := newTestTranscoder(t, cut, lossless())
		dir := t.TempDir()
		n := len(src.times)
		for i := range 2 {
			out := filepath.Join(dir, "out.mov")
			good := Interval{src.times[n/4], src.times[n/2]}
			require.NoError(t, tr.WriteFile(context.Background(), out, nil, good), "%s, time %d", name, i)
			frames, _ := checkSegment(t, src, filmed(t, out), good.Start, good.End, 0, 0, 0)
			require.Equal(t, n/2-n/4, frames, name)
			bad := Interval{src.times[n-3], src.times[n-1]}
			err := tr.WriteFile(context.Background(), bad.Name(out), nil, bad)
			require.Error(t, err, name)
			require.ErrorContains(t, err, fmt.Sprintf("segment %v to %v", bad.Start, bad.End))
			require.NoFileExists(t, bad.Name(out))
			over := Interval{src.times[n/2], src.times[n-1]}
			err = tr.WriteFile(context.Background(), over.Name(out), nil, over)
			if name == "mpeg2.ts" { // nobody knows how long it was
				if err == nil {
					require.Less(t, len(filmed(t, over.Name(out)).times), n-1-n/2)
				}
			} else {
				require.ErrorIs(t, err, ErrCorrupt, name)
				require.ErrorContains(t, err, fmt.Sprintf("segment %v to %v", over.Start, over.End))
				require.ErrorContains(t, err, "cut short")
				require.NoFileExists(t, over.Name(out))
				require.ErrorContains(t, tr.WriteFile(context.Background(), out, nil), "cut short")
			}
			left, err := filepath.Glob(filepath.Join(dir, "*part*"))
			require.NoError(t, err)
			require.Empty(t, left)
		}
		done()
	}
}

const encoderFaultEnv = "NVCODEC_TEST_ENCODER_FAULT"

// TestTranscoderFaults makes NVENC and NVDEC fail in the middle of a segment.
func TestTranscoderFaults(t *testing.T) {
	testutils.Sim(t)
	withEncoder(t)
	for _, fault := range []string{"nvEncEncodePicture:20:20", "nvEncLockBitstream:15:10", "cuvidDecodePicture:30:999"} {
		cmd := testutils.Again("-test.run=^TestTranscoderFaultChild$", "-test.count=1")
		cmd.Env = append(os.Environ(), "NVSIM_FAULT="+fault, encoderFaultEnv+"=1")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s: %s", fault, out)
		require.Contains(t, string(out), "PASS")
	}
}

// TestTranscoderFaultChild is what a process of TestTranscoderFaults does.
func TestTranscoderFaultChild(t *testing.T) {
	if os.Getenv(encoderFaultEnv) == "" {
		return // runs as a child alone
	}
	path := testutils.Clip(t, "av-12s.mp4")
	src := filmed(t, path)
	cfg := &TranscoderConfig{}
	cfg.Decoder.Device, cfg.Encoder.Device = GPU(1), GPU(1)
	cfg.Encoder.Preset = P1
	tr, done := newTestTranscoder(t, path, cfg)
	defer done()
	dir := t.TempDir()
	failed := 0
	for i := range 4 {
		part := Interval{time.Duration(i+1) * time.Second, time.Duration(i+2) * time.Second}
		out := part.Name(filepath.Join(dir, "out.mp4"))
		err := tr.WriteFile(context.Background(), out, nil, part)
		left, globErr := filepath.Glob(filepath.Join(dir, "*part*"))
		require.NoError(t, globErr)
		require.Empty(t, left)
		var damage *DamageError
		if err != nil {
			failed++
			require.ErrorContains(t, err, fmt.Sprintf("segment %v to %v", part.Start, part.End))
			if !errors.As(err, &damage) {
				require.NoFileExists(t, out)
			}
			continue
		}
		got := filmed(t, out)
		require.Len(t, got.times, 30)
		require.True(t, got.keys[got.times[0]])
		n := 0
		for _, a := range src.audio {
			if a.at >= part.Start && a.at < part.End {
				n++
			}
		}
		require.Len(t, got.audio, n)
	}
	require.Equal(t, 1, failed, "segments that failed")
}
