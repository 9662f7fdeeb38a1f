package avformat

import (
	"runtime/debug"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// TestCodecMemory looks at codecs as TestMemory looks at containers: what C keeps.
func TestCodecMemory(t *testing.T) {
	testutils.Short(t)
	s := mpeg4(t, 8)
	image := Image{Format: format(t, "yuv420p"), Width: 96, Height: 80}
	picture := newFrame(t)
	require.NoError(t, picture.Allocate(image.Format, 96, 80))
	scene(t, picture, 1)
	require.NoError(t, picture.AddSideData(FrameDataContentLight, ContentLight{1, 2}.Bytes()))
	for name, f := range map[string]func(){
		"decoder": func() {
			d, err := NewDecoder(s.par, &DecoderOptions{Threads: 2})
			require.NoError(t, err)
			f, err := NewFrame()
			require.NoError(t, err)
			for _, p := range s.packets {
				_ = d.Send(p)
				_ = d.Receive(f)
			}
			par, err := d.Parameters()
			require.NoError(t, err)
			par.Close()
			d.Close()
			f.Close()
		},
		"decoder fails": func() {
			_, err := NewDecoder(s.par, &DecoderOptions{Options: map[string]string{"nonsense": "1", "other": "2"}})
			require.Error(t, err)
		},
		"encoder": func() {
			e, err := NewEncoder("mpeg4", image, &EncoderOptions{FrameRate: Rational{25, 1}, Options: map[string]string{"bf": "2"}})
			require.NoError(t, err)
			p, err := NewPacket()
			require.NoError(t, err)
			for i := range 5 {
				picture.SetPTS(int64(i))
				_ = e.Send(picture)
				_ = e.Receive(p)
			}
			e.Close()
			p.Close()
		},
		"bsf": func() {
			b, err := NewBSF("extract_extradata=remove=1,null", s.par, Rational{1, 25})
			require.NoError(t, err)
			p, err := NewPacket()
			require.NoError(t, err)
			for _, q := range s.packets {
				_ = p.Ref(q)
				_ = b.Send(p)
				_ = b.Receive(p)
			}
			b.Close()
			p.Close()
			_, err = NewBSF("nosuch", s.par, Rational{})
			require.Error(t, err)
			_, err = NewBSF("h264_mp4toannexb", s.par, Rational{})
			require.Error(t, err)
		},
		"scaler": func() {
			for _, to := range []string{"rgb24", "nv12", "gray"} {
				i := image
				i.Format, i.Width = format(t, to), 64
				sc, err := NewScaler(image, i, Bicubic)
				require.NoError(t, err)
				f, err := NewFrame()
				require.NoError(t, err)
				require.NoError(t, sc.Scale(f, picture))
				tight, _ := goPlanes(f, 0)
				require.NoError(t, sc.ScaleTo(tight, picture))
				sc.Close()
				f.Close()
			}
		},
		"frame": func() {
			f, err := NewFrame()
			require.NoError(t, err)
			require.NoError(t, f.Ref(picture))
			require.NoError(t, f.MakeWritable())
			f.SetPTS(0)
			require.NoError(t, f.CopyProps(picture))
			f.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			const runs = 150
			repeat := func() int {
				for range runs {
					f()
				}
				debug.FreeOSMemory()
				return rss(t)
			}
			var grown []int
			for last := repeat(); len(grown) < 5; {
				now := repeat()
				grown = append(grown, now-last)
				last = now
			}
			t.Logf("%d bytes in %d runs each", grown, runs)
			require.Less(t, slices.Min(grown), runs*1024, "1 KiB a run is a leak")
		})
	}
}
