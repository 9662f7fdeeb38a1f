package avformat

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// filter sends all packets through and calls each with what comes out.
func filter(t testing.TB, b *BSF, in *Input, stream int, each func(*Packet)) {
	t.Helper()
	p, q := newPacket(t), newPacket(t)
	for {
		err := in.ReadPacket(p)
		if err == nil && p.Stream() != stream {
			continue
		}
		if err == nil {
			require.NoError(t, b.Send(p))
			require.Nil(t, p.Data(), "Send takes the packet")
		} else {
			require.Equal(t, io.EOF, err)
			require.NoError(t, b.Send(nil))
		}
		for {
			e := b.Receive(q)
			if e == nil {
				each(q)
				continue
			}
			if e == io.EOF {
				return
			}
			require.Equal(t, ErrAgain, e)
			require.NoError(t, err)
			break
		}
	}
}

func TestBSF(t *testing.T) {
	testutils.FFmpeg(t)
	dir := testutils.Media(t)
	testutils.LeakCheck(t)
	annexB := func(b []byte) bool {
		return bytes.HasPrefix(b, []byte{0, 0, 0, 1}) || bytes.HasPrefix(b, []byte{0, 0, 1})
	}
	for _, c := range []struct {
		file, list string
		check      func(n int, p *Packet, par *CodecParameters) bool
	}{
		{"h264-mp4-848x464-bframes.mp4", "h264_mp4toannexb", func(n int, p *Packet, par *CodecParameters) bool {
			return annexB(p.Data()) && annexB(par.Extradata())
		}},
		{"hevc-mp4-bear-pq-640x360.mp4", "hevc_mp4toannexb", func(n int, p *Packet, par *CodecParameters) bool {
			return annexB(p.Data()) && annexB(par.Extradata())
		}},
		{"h264-annexb-bbb-176x144.h264", "extract_extradata,null", func(n int, p *Packet, par *CodecParameters) bool {
			for k, b := range p.SideData {
				if k == SideDataNewExtradata {
					return annexB(b)
				}
			}
			return n > 0
		}},
		{"av1-mp4-bear-320x240.mp4", "extract_extradata=remove=0", func(n int, p *Packet, par *CodecParameters) bool {
			return len(p.Data()) > 0
		}},
		{"mpeg4-avi-packed-bframes.avi", "mpeg4_unpack_bframes", func(n int, p *Packet, par *CodecParameters) bool {
			return len(p.Data()) > 0
		}},
		{"vp9-webm-bear-320x240.webm", "vp9_superframe_split", func(n int, p *Packet, par *CodecParameters) bool {
			return len(p.Data()) > 0
		}},
		{"av1-ivf-320x240-250f.ivf", "av1_frame_split", func(n int, p *Packet, par *CodecParameters) bool {
			return len(p.Data()) > 0
		}},
	} {
		t.Run(c.list, func(t *testing.T) {
			in, err := OpenInput(context.Background(), filepath.Join(dir, c.file), nil)
			require.NoError(t, err)
			defer in.Close()
			v := firstVideo(in)
			b, err := NewBSF(c.list, v.Parameters, v.TimeBase)
			require.NoError(t, err)
			defer b.Close()
			par, err := b.Parameters()
			require.NoError(t, err)
			defer par.Close()
			require.Equal(t, v.Codec, par.Codec())
			require.Equal(t, v.TimeBase, b.TimeBase())
			n := 0
			filter(t, b, in, v.Index, func(p *Packet) {
				require.True(t, c.check(n, p, par), "packet %d", n)
				n++
			})
			require.NotZero(t, n)
			// After the end and a Flush the filter works again.
			b.Flush()
			require.Equal(t, ErrAgain, b.Receive(newPacket(t)))
		})
	}
}

// A filtered stream decodes to the frames of the unfiltered one.
func TestBSFDecodes(t *testing.T) {
	testutils.FFmpeg(t)
	dir := testutils.Media(t)
	for file, list := range map[string]string{
		"h264-mp4-848x464-bframes.mp4": "h264_mp4toannexb",
		"hevc-mp4-bear-pq-640x360.mp4": "hevc_mp4toannexb",
		"mpeg4-avi-packed-bframes.avi": "mpeg4_unpack_bframes",
		"av1-mp4-bear-320x240.mp4":     "av1_metadata=td=insert",
	} {
		path := filepath.Join(dir, file)
		want, err := decodeFile(path, DecoderOptions{Threads: 1})
		require.NoError(t, err)
		in, err := OpenInput(context.Background(), path, nil)
		require.NoError(t, err)
		v := firstVideo(in)
		b, err := NewBSF(list, v.Parameters, v.TimeBase)
		require.NoError(t, err)
		par, err := b.Parameters()
		require.NoError(t, err)
		s := encoded{par: par}
		filter(t, b, in, v.Index, func(p *Packet) {
			q := newPacket(t)
			require.NoError(t, q.Ref(p))
			s.packets = append(s.packets, q)
		})
		pictures, _ := decodePackets(t, s, &DecoderOptions{Threads: 1, TimeBase: v.TimeBase})
		require.Len(t, pictures, want.frames, file)
		require.Equal(t, want.md5, md5Of(pictures), file)
		require.NoError(t, b.Close())
		require.NoError(t, par.Close())
		in.Close()
	}
}

func TestBSFErrors(t *testing.T) {
	testutils.LeakCheck(t)
	s := mpeg4(t, 4)
	for list, want := range map[string]error{
		"nosuch":                       errors.ErrUnsupported,
		"null,nosuch":                  errors.ErrUnsupported,
		"h264_mp4toannexb":             ErrInvalid, // another codec's
		"extract_extradata=nonsense=1": nil,
		"":                             ErrInvalid,
	} {
		_, err := NewBSF(list, s.par, Rational{1, 25})
		require.Error(t, err, list)
		if want != nil {
			require.ErrorIs(t, err, want, list)
		}
	}
	_, err := NewBSF("null", nil, Rational{})
	require.ErrorIs(t, err, ErrInvalid)

	b, err := NewBSF("null", s.par, Rational{1, 25})
	require.NoError(t, err)
	p := newPacket(t)
	require.NoError(t, b.Send(p), "an empty packet is not the end")
	require.Equal(t, ErrAgain, b.Receive(p))
	require.NoError(t, b.Send(s.packets[0]))
	require.Equal(t, ErrAgain, b.Send(s.packets[1]), "there is something to receive")
	require.NotNil(t, s.packets[1].Data(), "the packet is still the caller's")
	require.NoError(t, b.Receive(p))
	require.ErrorIs(t, b.Receive(nil), ErrClosed)
	require.NoError(t, b.Close())
	require.NoError(t, b.Close())
	for _, b := range []*BSF{b, nil} {
		require.NoError(t, b.Close())
		require.ErrorIs(t, b.Send(p), ErrClosed)
		require.ErrorIs(t, b.Receive(p), ErrClosed)
		require.Equal(t, Rational{}, b.TimeBase())
		b.Flush()
		_, err = b.Parameters()
		require.ErrorIs(t, err, ErrClosed)
	}
}

func TestBSFAllocs(t *testing.T) {
	s := mpeg4(t, 8)
	b, err := NewBSF("null,mpeg4_unpack_bframes", s.par, Rational{1, 25})
	require.NoError(t, err)
	defer b.Close()
	in, out := newPacket(t), newPacket(t)
	i, n := 0, 0
	one := func() {
		_ = in.Ref(s.packets[i%len(s.packets)])
		i++
		if err := b.Send(in); err != nil {
			t.Error(err)
		}
		for b.Receive(out) == nil {
			n += len(out.Data())
		}
	}
	one()
	noAllocs(t, one)
	require.NotZero(t, n)
}
