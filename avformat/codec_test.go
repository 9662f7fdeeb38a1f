package avformat

import (
	"errors"
	"io"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// scene draws picture n of a moving gradient with some detail, so that encoders have
// something to predict.
func scene(t testing.TB, f *Frame, n int) {
	t.Helper()
	info := f.Format().Info()
	top := 1<<info.Depth - 1
	wide := info.Depth > 8
	for p := range f.Planes() {
		_, rows := f.PlaneSize(p)
		for y := range rows {
			row := f.Row(p, y)
			for i := range row {
				x := i
				if wide {
					if i%2 == 1 {
						continue
					}
					x = i / 2
				}
				v := (128 + 60*math.Sin(float64(x+3*n)/9) + 50*math.Cos(float64(y-2*n)/7) + float64((x*y+n)%7)) * float64(top) / 255
				w := uint16(min(max(v, 0), float64(top))) << info.Components[0].Shift
				if row[i] = byte(w); wide {
					row[i+1] = byte(w >> 8)
				}
			}
		}
	}
}

// encoded is a stream made by an encoder.
type encoded struct {
	packets []*Packet
	par     *CodecParameters
	source  [][]byte // the pictures as they went in
	forces  bool     // the encoder makes key frames where it is told to
}

// encodeScene encodes n pictures; at those in force it asks for a key frame.
func encodeScene(t testing.TB, codec string, i Image, n int, opt EncoderOptions, force ...int) encoded {
	t.Helper()
	if list, err := Encoders(codec); err != nil || len(list) == 0 {
		testutils.Skip(t, "no encoder for a codec", "")
	}
	if !opt.TimeBase.Known() && !opt.FrameRate.Known() {
		opt.FrameRate = Rational{25, 1}
	}
	e, err := NewEncoder(codec, i, &opt)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Log(err)
		testutils.Skip(t, "no encoder for a pixel format", "")
	}
	require.NoError(t, err)
	defer e.Close()
	out := encoded{forces: e.Coder().ForcesKeyFrames()}
	f := newFrame(t)
	receive := func() error {
		for {
			p := newPacket(t)
			if err := e.Receive(p); err != nil {
				p.Close()
				return err
			}
			out.packets = append(out.packets, p)
		}
	}
	step := int64(1)
	if opt.TimeBase.Known() && opt.FrameRate.Known() {
		step = Rescale(1, Rational{opt.FrameRate.Den, opt.FrameRate.Num}, opt.TimeBase)
	}
	for k := range n {
		require.NoError(t, f.Allocate(i.Format, i.Width, i.Height))
		scene(t, f, k)
		out.source = append(out.source, planar(t, f))
		f.SetPTS(int64(k) * step)
		f.SetDuration(step)
		f.SetColor(i.Color)
		f.SetPictureType('?')
		for _, at := range force {
			if at == k {
				f.SetPictureType('I')
			}
		}
		require.NoError(t, e.Send(f))
		require.Equal(t, ErrAgain, receive())
	}
	require.NoError(t, e.Send(nil))
	require.Equal(t, io.EOF, receive())
	require.Equal(t, io.EOF, e.Send(nil))
	out.par, err = e.Parameters()
	require.NoError(t, err)
	t.Cleanup(func() { out.par.Close() })
	return out
}

// planar is the picture as a decoder will give it.
func planar(t testing.TB, f *Frame) []byte {
	if f.Format().String() != "nv12" {
		return f.AppendBytes(nil)
	}
	s, err := NewScaler(f.Image(), Image{Format: format(t, "yuv420p"), Width: f.Width(), Height: f.Height()}, Bicubic)
	require.NoError(t, err)
	defer s.Close()
	g := newFrame(t)
	defer g.Close()
	require.NoError(t, s.Scale(g, f))
	return g.AppendBytes(nil)
}

// decodePackets decodes all packets; the pictures come as bytes.
func decodePackets(t testing.TB, s encoded, opt *DecoderOptions) (pictures [][]byte, pts []int64) {
	t.Helper()
	d, err := NewDecoder(s.par, opt)
	require.NoError(t, err)
	defer d.Close()
	f := newFrame(t)
	receive := func() error {
		for {
			if err := d.Receive(f); err != nil {
				return err
			}
			pictures = append(pictures, f.AppendBytes(nil))
			pts = append(pts, f.PTS())
		}
	}
	for _, p := range s.packets {
		require.NoError(t, d.Send(p))
		require.Equal(t, ErrAgain, receive())
	}
	require.NoError(t, d.Send(nil))
	require.Equal(t, io.EOF, receive())
	return pictures, pts
}

// psnr is over all samples of all planes together.
func psnr(a, b []byte, depth int) float64 {
	var sum float64
	n := len(a)
	if depth > 8 {
		n /= 2
	}
	for i := range n {
		x, y := float64(a[i%len(a)]), float64(b[i%len(b)])
		if depth > 8 {
			x, y = float64(a[2*i])+256*float64(a[2*i+1]), float64(b[2*i])+256*float64(b[2*i+1])
		}
		sum += (x - y) * (x - y)
	}
	if sum == 0 {
		return math.Inf(1)
	}
	top := float64(int(1)<<depth - 1)
	return 10 * math.Log10(top*top*float64(n)/sum)
}
