package avformat

import (
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// mpeg4 is a short stream with B pictures, which every build of FFmpeg can make.
func mpeg4(t testing.TB, n int) encoded {
	return encodeScene(t, "mpeg4", Image{Format: format(t, "yuv420p"), Width: 96, Height: 80}, n,
		EncoderOptions{GOP: 8, Options: map[string]string{"bf": "2", "flags": "qscale", "global_quality": "236"}})
}

func TestDecoderNames(t *testing.T) {
	s := mpeg4(t, 3)
	d, err := NewDecoder(s.par, nil)
	require.NoError(t, err)
	defer d.Close()
	require.Equal(t, "mpeg4", d.Coder().Name)
	require.Equal(t, "mpeg4", d.Coder().Codec)
	require.True(t, d.Coder().FrameThreads)

	list, err := Decoders("av1")
	require.NoError(t, err)
	for i, c := range list {
		require.Equal(t, "av1", c.Codec)
		if c.Name == "av1" || c.Hardware {
			for _, later := range list[i:] {
				require.True(t, later.Hardware || later.Name == "av1", later.Name)
			}
		}
	}
	if len(list) > 1 {
		require.Equal(t, "libdav1d", list[0].Name)
	}
	list, err = Decoders("nosuch")
	require.NoError(t, err)
	require.Empty(t, list)
	list, err = Decoders("h264")
	require.NoError(t, err)
	require.Equal(t, "h264", list[0].Name, "not one of the hardware wrappers")
}

// The order does not depend on how FFmpeg was built.
func TestCoderOrder(t *testing.T) {
	for _, c := range []struct {
		list      []Coder
		preferred []string
		want      string
	}{
		{[]Coder{{Name: "av1"}, {Name: "av1_cuvid", Hardware: true}, {Name: "libaom-av1"}, {Name: "libdav1d"}}, preferredDecoders["av1"], "libdav1d libaom-av1 av1 av1_cuvid"},
		{[]Coder{{Name: "h264_nvenc", Hardware: true}, {Name: "libopenh264"}, {Name: "other"}, {Name: "libx264"}}, preferredEncoders["h264"], "libx264 libopenh264 other h264_nvenc"},
		{[]Coder{{Name: "vvc", Experimental: true}, {Name: "libvvdec"}}, nil, "libvvdec vvc"},
		{[]Coder{{Name: "b"}, {Name: "a"}}, nil, "b a"},
	} {
		sortCoders(c.list, c.preferred)
		var names []string
		for _, d := range c.list {
			names = append(names, d.Name)
		}
		require.Equal(t, c.want, strings.Join(names, " "))
	}
}

func TestDecoderErrors(t *testing.T) {
	testutils.LeakCheck(t)
	s := mpeg4(t, 3)
	for _, c := range []struct {
		opt  DecoderOptions
		want error
		text string
	}{
		{DecoderOptions{Name: "nosuch"}, errors.ErrUnsupported, "there is mpeg4"},
		{DecoderOptions{Name: "h264"}, errors.ErrUnsupported, "called h264 for mpeg4"},
		{DecoderOptions{Threads: -1}, ErrInvalid, "Threads is -1"},
		{DecoderOptions{Options: map[string]string{"nonsense": "1"}}, ErrOptionNotFound, "nonsense"},
		{DecoderOptions{Options: map[string]string{"skip_frame": "sometimes"}}, ErrInvalid, "mpeg4"},
	} {
		_, err := NewDecoder(s.par, &c.opt)
		require.ErrorIs(t, err, c.want)
		require.ErrorContains(t, err, c.text)
	}
	_, err := NewDecoder(nil, nil)
	require.ErrorIs(t, err, ErrInvalid)
	empty, err := NewCodecParameters()
	require.NoError(t, err)
	defer empty.Close()
	_, err = NewDecoder(empty, nil)
	require.ErrorIs(t, err, errors.ErrUnsupported)
	require.NoError(t, empty.Close())
	_, err = NewDecoder(empty, nil)
	require.ErrorIs(t, err, ErrInvalid)
}

func TestDecoderClosed(t *testing.T) {
	testutils.LeakCheck(t)
	s := mpeg4(t, 3)
	d, err := NewDecoder(s.par, nil)
	require.NoError(t, err)
	f := newFrame(t)
	require.NoError(t, d.Send(s.packets[0]))
	require.NoError(t, d.Close())
	require.NoError(t, d.Close())
	for _, d := range []*Decoder{d, nil} {
		require.NoError(t, d.Close())
		require.ErrorIs(t, d.Send(s.packets[0]), ErrClosed)
		require.ErrorIs(t, d.Receive(f), ErrClosed)
		require.ErrorIs(t, d.SetSkipFrame(DiscardAll), ErrClosed)
		require.Zero(t, d.Delay())
		d.Flush()
		_, err = d.Parameters()
		require.ErrorIs(t, err, ErrClosed)
	}
	d, err = NewDecoder(s.par, nil)
	require.NoError(t, err)
	defer d.Close()
	require.NoError(t, f.Close())
	require.ErrorIs(t, d.Receive(f), ErrClosed)
	require.ErrorIs(t, d.Receive(nil), ErrClosed)
	p := newPacket(t)
	require.NoError(t, d.Send(p), "an empty packet is not the end")
	require.NoError(t, d.Send(s.packets[0]))
	require.NoError(t, p.Close())
	require.ErrorIs(t, d.Send(p), ErrClosed)
}

// A decoder that nobody closes is freed when it is unreachable.
func TestDecoderUnreachable(t *testing.T) {
	testutils.LeakCheck(t)
	s := mpeg4(t, 2)
	func() {
		d, err := NewDecoder(s.par, nil)
		require.NoError(t, err)
		require.NoError(t, d.Send(s.packets[0]))
	}()
	before := liveDecoders.Count()
	for end := time.Now().Add(5 * time.Second); liveDecoders.Count() >= before && time.Now().Before(end); time.Sleep(time.Millisecond) {
		runtime.GC()
	}
	require.Less(t, liveDecoders.Count(), before)
}

func TestDecoderDrainAndFlush(t *testing.T) {
	testutils.LeakCheck(t)
	s := mpeg4(t, 20)
	d, err := NewDecoder(s.par, &DecoderOptions{Threads: 3})
	require.NoError(t, err)
	defer d.Close()
	f := newFrame(t)
	all := func() (pts []int64) {
		for _, p := range s.packets {
			for {
				err := d.Send(p)
				if err == nil {
					break
				}
				require.Equal(t, ErrAgain, err)
				require.NoError(t, d.Receive(f))
				pts = append(pts, f.PTS())
			}
		}
		require.NoError(t, d.Send(nil))
		for {
			err := d.Receive(f)
			if err == io.EOF {
				break
			}
			require.NoError(t, err)
			pts = append(pts, f.PTS())
		}
		return pts
	}
	first := all()
	require.Len(t, first, 20)
	require.Equal(t, io.EOF, d.Send(s.packets[0]), "drained")
	require.Equal(t, io.EOF, d.Receive(f))
	require.Equal(t, 1, d.Delay())
	d.Flush()
	require.Equal(t, first, all(), "after Flush it begins again")
	par, err := d.Parameters()
	require.NoError(t, err)
	defer par.Close()
	require.Equal(t, 96, par.Width())
	require.Equal(t, "yuv420p", par.Format())
}

func TestDecoderSkipFrame(t *testing.T) {
	s := mpeg4(t, 24)
	types := func(set bool, skip Discard) (types string) {
		opt := &DecoderOptions{Threads: 1}
		if !set {
			opt.SkipFrame = skip
		}
		d, err := NewDecoder(s.par, opt)
		require.NoError(t, err)
		defer d.Close()
		if set {
			require.NoError(t, d.SetSkipFrame(skip))
		}
		f := newFrame(t)
		for i := range len(s.packets) + 1 {
			var p *Packet
			if i < len(s.packets) {
				p = s.packets[i]
			}
			require.NoError(t, d.Send(p))
			for d.Receive(f) == nil {
				types += f.PictureType().String()
			}
		}
		return types
	}
	keys := ""
	for _, p := range s.packets {
		if p.Key() {
			keys += "I"
		}
	}
	require.Greater(t, len(keys), 1)
	for _, set := range []bool{false, true} {
		require.Len(t, types(set, DiscardNone), 24)
		require.Equal(t, keys, types(set, DiscardNonKey))
		require.NotContains(t, types(set, DiscardBidirectional), "B")
		require.NotContains(t, types(set, DiscardNonReference), "B")
		require.Empty(t, types(set, DiscardAll))
	}
}

// Garbage gives errors, not crashes, and what follows decodes.
func TestDecoderGarbage(t *testing.T) {
	testutils.LeakCheck(t)
	s := mpeg4(t, 12)
	r := rand.New(rand.NewPCG(7, 7))
	for _, codec := range []string{"mpeg4", "h264", "hevc", "av1", "vp8", "vp9", "mjpeg", "mpeg2video", "vc1", "png"} {
		if list, _ := Decoders(codec); len(list) == 0 || list[0].Hardware {
			continue
		}
		par, err := NewCodecParameters()
		require.NoError(t, err)
		defer par.Close()
		id, _ := codecID(codec)
		setInt32(par.p, ff.off.codecParameters.codecType, int32(MediaVideo))
		setInt32(par.p, ff.off.codecParameters.codecId, int32(id))
		d, err := NewDecoder(par, &DecoderOptions{Threads: 2})
		if err != nil { // vc1 wants its headers
			continue
		}
		f, p := newFrame(t), newPacket(t)
		for i := range 60 {
			b := make([]byte, r.IntN(300))
			for k := range b {
				b[k] = byte(r.Uint32())
			}
			if i%2 == 0 { // a valid beginning, or somebody else's packet
				b = append([]byte{0, 0, 0, 1, byte(r.Uint32())}, b...)
			}
			if i%5 == 0 {
				b = s.packets[i%len(s.packets)].Data()
				b = b[:r.IntN(len(b)+1)]
			}
			require.NoError(t, p.SetData(b))
			_ = d.Send(p)
			for d.Receive(f) == nil {
			}
		}
		_ = d.Send(nil)
		for n := 0; n < 100 && d.Receive(f) != io.EOF; n++ {
		}
		require.NoError(t, d.Close())
	}

	// The stream, with every third packet damaged, still gives frames.
	d, err := NewDecoder(s.par, &DecoderOptions{Threads: 1})
	require.NoError(t, err)
	defer d.Close()
	f, p := newFrame(t), newPacket(t)
	frames, failed := 0, 0
	for i, q := range s.packets {
		b := append([]byte(nil), q.Data()...)
		if i%3 == 2 {
			b = b[:len(b)/3]
			for k := 5; k < len(b); k++ {
				b[k] = byte(r.Uint32())
			}
		}
		require.NoError(t, p.SetData(b))
		if err := d.Send(p); err != nil {
			failed++
			require.ErrorContains(t, err, "mpeg4")
			continue
		}
		for d.Receive(f) == nil {
			frames++
		}
	}
	require.NotZero(t, frames)
	t.Log(frames, "frames,", failed, "errors")
}

// Close from another goroutine waits for the call that is inside, and what follows
// says ErrClosed.
func TestDecoderCloseWhileDecoding(t *testing.T) {
	testutils.LeakCheck(t)
	s := mpeg4(t, 8)
	for range 20 {
		d, err := NewDecoder(s.par, &DecoderOptions{Threads: 2})
		require.NoError(t, err)
		var wg sync.WaitGroup
		wg.Add(1)
		go func() {
			defer wg.Done()
			f, err := NewFrame()
			if err != nil {
				t.Error(err)
				return
			}
			defer f.Close()
			for i := 0; ; i++ {
				if err := d.Send(s.packets[i%len(s.packets)]); errors.Is(err, ErrClosed) {
					return
				}
				for d.Receive(f) == nil {
				}
			}
		}()
		time.Sleep(time.Millisecond)
		require.NoError(t, d.Close())
		wg.Wait()
	}
}

func TestDecoderAllocs(t *testing.T) {
	s := mpeg4(t, 16)
	for _, threads := range []int{1, 3} {
		d, err := NewDecoder(s.par, &DecoderOptions{Threads: threads})
		require.NoError(t, err)
		f := newFrame(t)
		i, frames := 0, 0
		one := func() {
			if err := d.Send(s.packets[i%len(s.packets)]); err != nil {
				t.Error(err)
			}
			i++
			for d.Receive(f) == nil {
				frames += f.Width() / 96
			}
		}
		for range 64 {
			one()
		}
		noAllocs(t, one)
		require.Greater(t, frames, 100)
		require.NoError(t, d.Close())
	}
}

// FFmpeg's own AV1 decoder needs a device; the error has to say so.
func TestDecoderNativeAV1(t *testing.T) {
	s := encodeScene(t, "av1", Image{Format: format(t, "yuv420p"), Width: 64, Height: 64}, 2, EncoderOptions{})
	d, err := NewDecoder(s.par, &DecoderOptions{Name: "av1"})
	if errors.Is(err, errors.ErrUnsupported) {
		testutils.Skip(t, "no such decoder in this FFmpeg", "")
	}
	require.NoError(t, err)
	defer d.Close()
	err = d.Send(s.packets[0])
	if err == nil {
		err = d.Receive(newFrame(t))
	}
	require.ErrorIs(t, err, errors.ErrUnsupported)
	require.ErrorContains(t, err, "libdav1d")
}

func BenchmarkDecode(b *testing.B) {
	s := mpeg4(b, 16)
	d, err := NewDecoder(s.par, &DecoderOptions{Threads: 1})
	require.NoError(b, err)
	defer d.Close()
	f := newFrame(b)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if err := d.Send(s.packets[i%len(s.packets)]); err != nil {
			b.Fatal(err)
		}
		i++
		for d.Receive(f) == nil {
		}
	}
}
