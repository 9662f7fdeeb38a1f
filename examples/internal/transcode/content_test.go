package transcode

import (
	"bytes"
	"context"
	"crypto/md5"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/frame"
)

// content is what must not change: times of the pictures, their samples, the packets of
// other streams.
type content struct {
	info codec.StreamInfo
	pts  []int64 // of the pictures, in ticks of info.TimeBase
	sums [][16]byte
	// sound is by number of the audio stream.
	sound map[int]*sound
}

type sound struct {
	info  codec.StreamInfo
	pts   []int64
	sums  [][16]byte
	whole []byte // of samples that are not coded: containers cut them as they like
}

func read(t *testing.T, path string) (c content) {
	dem, err := codec.Open(context.Background(), path, &codec.DemuxerConfig{Select: codec.AllStreams})
	require.NoError(t, err)
	defer dem.Close()
	c.sound, c.info = map[int]*sound{}, dem.Stream()
	number := map[int]*sound{}
	for _, s := range dem.Streams() {
		if s.Type == codec.Audio {
			number[s.Index] = &sound{info: s}
			c.sound[len(c.sound)] = number[s.Index]
		}
	}
	dec, err := codec.NewDecoder(dem.Stream(), &codec.DecoderConfig{DeviceConfig: codec.DeviceConfig{Device: codec.CPU}, Layout: codec.LayoutPlanar})
	require.NoError(t, err)
	defer dec.Close()
	packets := func(yield func(*codec.Packet, error) bool) {
		for p, err := range dem.Packets() {
			if s := number[p.Stream]; s != nil && err == nil {
				s.pts = append(s.pts, p.PTS)
				if s.sums = append(s.sums, md5.Sum(bare(p.Data))); strings.HasPrefix(string(s.info.Codec), "pcm_") {
					s.whole = append(s.whole, p.Data...)
				}
			}
			if err == nil && p.Stream != c.info.Index {
				continue
			}
			if !yield(p, err) {
				return
			}
		}
	}
	var buf []byte
	for f, err := range dec.Frames(packets) {
		require.NoError(t, err)
		if f.PTS != codec.NoPTS {
			require.Equal(t, c.info.TimeBase, f.TimeBase)
		}
		c.pts = append(c.pts, f.PTS)
		buf, err = f.AppendPlanar(buf[:0])
		require.NoError(t, err)
		c.sums = append(c.sums, md5.Sum(buf))
		f.Release()
	}
	return c
}

// bare is an AAC packet without the header that transport streams put in front.
func bare(p []byte) []byte {
	switch {
	case len(p) < 9 || p[0] != 0xff || p[1]&0xf6 != 0xf0:
		return p
	case p[1]&1 == 0:
		return p[9:] // with a checksum
	}
	return p[7:]
}

// sameSums wants equal checksums, and says where they are not.
func sameSums(want, got [][16]byte) error {
	if len(want) != len(got) {
		return fmt.Errorf("%d became %d", len(want), len(got))
	}
	for i := range want {
		if want[i] != got[i] {
			return fmt.Errorf("number %d of %d is another", i, len(want))
		}
	}
	return nil
}

// moved wants times in units of tb to be those of want, rounded to that unit and to
// nothing coarser, all moved by the same number of ticks, which it returns: containers
// that begin at zero, or later, move all streams together.
func moved(want []int64, from frame.Rational, got []int64, tb frame.Rational) (shift int64, err error) {
	if len(want) != len(got) {
		return 0, fmt.Errorf("%d times became %d", len(want), len(got))
	}
	first := true
	for i := range want {
		if want[i] == codec.NoPTS {
			continue
		}
		w, ok := frame.Rescale(want[i], from, tb, frame.RoundNearest)
		if !ok {
			return 0, fmt.Errorf("%d of %v s is out of range", want[i], from)
		}
		if first {
			shift, first = got[i]-w, false
		}
		// Two within one tick of a container that wants times to rise: the next tick.
		next := i > 0 && want[i] > want[i-1] && w+shift == got[i-1] && got[i] == got[i-1]+1
		if got[i] != w+shift && !next {
			return 0, fmt.Errorf("number %d was at %d of %v s and is at %d of %v s; others are moved by %d", i, want[i], from, got[i], tb, shift)
		}
	}
	return shift, nil
}

// risen is what becomes of times that do not rise.
func risen(pts []int64) (out []int64, n int64) {
	last := int64(codec.NoPTS)
	for _, p := range pts {
		if p != codec.NoPTS {
			if last != codec.NoPTS && p <= last {
				p = last + 1
				n++
			}
			last = p
		}
		out = append(out, p)
	}
	return out, n
}

func compare(t *testing.T, want, got content, res Result, ext string) {
	require.Len(t, got.pts, len(want.pts), "frames")
	require.EqualValues(t, len(want.pts), res.Frames)
	pts, n := risen(want.pts)
	require.Equal(t, n, res.Adjusted, "times that did not rise")
	shift, err := moved(pts, want.info.TimeBase, got.pts, got.info.TimeBase)
	require.NoError(t, err, "picture")
	sounds := len(want.sound)
	if strings.Contains(strings.Join(res.Left, " "), "audio") {
		sounds = 0
	}
	require.Len(t, got.sound, sounds, "audio streams; left: %v", res.Left)
	for i := range sounds {
		w, g := want.sound[i], got.sound[i]
		name := fmt.Sprintf("audio stream %d", i)
		var by int64
		if w.whole != nil {
			require.True(t, bytes.Equal(w.whole, g.whole), name)
			by, err = moved(w.pts[:1], w.info.TimeBase, g.pts[:1], g.info.TimeBase)
		} else {
			require.NoError(t, sameSums(w.sums, g.sums), name)
			by, err = moved(w.pts, w.info.TimeBase, g.pts, g.info.TimeBase)
		}
		require.NoError(t, err, name)
		offset := g.info.TimeBase.Duration(by) - got.info.TimeBase.Duration(shift)
		require.Less(t, offset.Abs(), time.Millisecond, "%s against the picture", name)
	}
	early := pts[0] < 0 // then Matroska moves everything, mp4 has an edit list
	for _, s := range want.sound {
		early = early || (ext == "mkv" || ext == "webm") && len(s.pts) > 0 && s.pts[0] < 0
	}
	if (ext == "mp4" || ext == "m4v" || ext == "mov" || ext == "mkv" || ext == "webm") && !early {
		require.Zero(t, shift, "these keep times as they are")
	}
	require.Equal(t, want.info.Rotation, got.info.Rotation, "rotation")
	require.Equal(t, [2]int{want.info.Width, want.info.Height}, [2]int{got.info.Width, got.info.Height})
}

// TestMoved is a test of the test: it must see a tick.
func TestMoved(t *testing.T) {
	ms, k90 := frame.Rational{Num: 1, Den: 1000}, frame.Rational{Num: 1, Den: 90000}
	times := []int64{0, 3003, 6006, codec.NoPTS, 12012}
	for want, got := range map[int64][]int64{0: {0, 33, 67, 5, 133}, 7: {7, 40, 74, 5, 140}} {
		shift, err := moved(times, k90, got, ms)
		require.NoError(t, err)
		require.Equal(t, want, shift)
	}
	for _, bad := range [][]int64{{0, 34, 67, 5, 133}, {0, 33, 67, 5, 134}, {1, 33, 67, 5, 133}, {0, 33, 67, 133}} {
		_, err := moved(times, k90, bad, ms)
		require.Error(t, err)
	}
	_, err := moved([]int64{0, 3003, 3004, 6006}, k90, []int64{0, 33, 34, 67}, ms)
	require.NoError(t, err)
	n, adjusted := risen([]int64{5, 5, 4, 9})
	require.Equal(t, []int64{5, 6, 7, 9}, n)
	require.EqualValues(t, 2, adjusted)
}
