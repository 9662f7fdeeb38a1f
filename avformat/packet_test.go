package avformat

import (
	"bytes"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

func newPacket(t testing.TB) *Packet {
	t.Helper()
	p, err := NewPacket()
	require.NoError(t, err)
	t.Cleanup(func() { p.Close() })
	return p
}

func TestPacket(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	p := newPacket(t)
	require.Equal(t, Times{PTS: NoPTS, DTS: NoPTS, Pos: -1}, p.Times())
	require.Nil(t, p.Data())
	x := Times{PTS: 30, DTS: -10, Duration: 5, Pos: 1 << 40, Stream: 3, Flags: PacketKey | PacketDiscard}
	p.SetTimes(x)
	require.NoError(t, p.SetData([]byte("hello")))
	require.Equal(t, x, p.Times(), "SetData keeps times")
	require.Equal(t, "hello", string(p.Data()))
	require.Equal(t, make([]byte, 64), view(getPtr(p.p, ff.off.packet.data)+5, 64), "padding is zero")
	require.NoError(t, p.AddSideData(SideDataNewExtradata, []byte{1, 2, 3}))

	q := newPacket(t)
	require.NoError(t, q.Ref(p))
	require.Equal(t, x, q.Times())
	p.Unref()
	require.Nil(t, p.Data())
	require.Equal(t, "hello", string(q.Data()), "a reference keeps the bytes")
	n := 0
	for kind, b := range q.SideData {
		require.Equal(t, SideDataNewExtradata, kind)
		require.Equal(t, []byte{1, 2, 3}, b)
		n++
	}
	require.Equal(t, 1, n)
	require.NoError(t, p.Move(q))
	require.Equal(t, "hello", string(p.Data()))
	require.Nil(t, q.Data())
	p.Rescale(Rational{1, 10}, Rational{1, 1000})
	require.Equal(t, []int64{3000, -1000, 500}, []int64{p.PTS(), p.DTS(), p.Duration()})
	require.NoError(t, p.SetData(nil))
	require.Empty(t, p.Data())

	require.NoError(t, p.Close())
	require.NoError(t, p.Close())
	require.NoError(t, (*Packet)(nil).Close())
	require.ErrorIs(t, p.SetData(nil), ErrClosed)
	require.ErrorIs(t, p.Ref(q), ErrClosed)
	require.ErrorIs(t, q.Ref(p), ErrClosed)
	require.ErrorIs(t, p.AddSideData(0, nil), ErrClosed)
	require.Nil(t, p.Data())
	p.Unref()
	p.SetTimes(Times{})
	for range p.SideData {
		t.Fail()
	}
}

func TestPacketAllocs(t *testing.T) {
	testutils.FFmpeg(t)
	p, q := newPacket(t), newPacket(t)
	data := bytes.Repeat([]byte{7}, 1000)
	require.Zero(t, allocations(100, func() {
		_ = p.SetData(data)
		_ = q.Ref(p)
		q.Unref()
		p.Rescale(Rational{1, 30}, Rational{1, 90000})
		_ = p.Data()
	}))
}

func TestParameters(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	c, err := NewCodecParameters()
	require.NoError(t, err)
	require.Equal(t, MediaUnknown, c.Type())
	require.Equal(t, "none", c.Codec())
	require.Equal(t, -99, c.Profile())
	require.Nil(t, c.Extradata())
	d, err := c.Clone()
	require.NoError(t, err)
	require.NoError(t, c.Close())
	require.NoError(t, c.Close())
	require.Equal(t, "none", d.Codec())
	require.NoError(t, d.Close())
	for _, none := range []*CodecParameters{nil, c} {
		require.Zero(t, none.Width())
		require.Equal(t, "none", none.Codec())
		require.Empty(t, none.Format())
		require.Empty(t, none.ProfileName())
		require.Zero(t, none.Color())
		require.Zero(t, none.BitRate())
		require.Zero(t, none.Channels())
		require.Nil(t, none.SideData(0))
		require.Nil(t, none.AllSideData())
		_, err := none.Clone()
		require.ErrorIs(t, err, ErrClosed)
		require.NoError(t, none.Close())
	}
}

func TestRescale(t *testing.T) {
	for _, c := range []struct {
		t        int64
		from, to Rational
		want     int64
	}{
		{NoPTS, Rational{1, 2}, Rational{1, 3}, NoPTS},
		{1, Rational{1, 30}, Rational{1, 90000}, 3000},
		{-1, Rational{1, 30}, Rational{1, 90000}, -3000},
		{1, Rational{1, 90000}, Rational{1, 30}, 0},
		{1500, Rational{1, 90000}, Rational{1, 30}, 1},
		{-1500, Rational{1, 90000}, Rational{1, 30}, -1},
		{1499, Rational{1, 90000}, Rational{1, 30}, 0},
		{math.MaxInt64, Rational{1, 1}, Rational{1, 1}, math.MaxInt64},
		{math.MaxInt64, Rational{2, 1}, Rational{1, 1}, math.MaxInt64},
		{-math.MaxInt64, Rational{1000, 1}, Rational{1, 1}, -math.MaxInt64},
		{1 << 62, Rational{1, 1 << 30}, Rational{1, 1000}, (1 << 32) * 1000},
		{5, Rational{0, 1}, Rational{1, 3}, 5},
		{5, Rational{1, 2}, Rational{}, 5},
		{1 << 40, Rational{math.MaxInt64, 1}, Rational{math.MaxInt64, 3}, 3 << 40},
	} {
		require.Equal(t, c.want, Rescale(c.t, c.from, c.to), "%+v", c)
	}
	require.Equal(t, time.Second/3, Rational{1, 3}.Duration(1))
	require.Zero(t, Rational{1, 3}.Duration(NoPTS))
	require.EqualValues(t, 45000, Rational{1, 90000}.Ticks(time.Second/2))
	require.Equal(t, 29.97, Rational{2997, 100}.Float64())
	require.Zero(t, Rational{0, 0}.Float64())
}

func TestDisplayMatrix(t *testing.T) {
	for degrees := 0.0; degrees < 360; degrees += 30 {
		for _, flip := range []bool{false, true} {
			m := NewDisplayMatrix(degrees, flip)
			n, ok := ParseDisplayMatrix(m.Bytes())
			require.True(t, ok)
			require.Equal(t, m, n)
			d, f := n.Orientation()
			require.InDelta(t, degrees, d, 0.01)
			require.Equal(t, flip, f)
		}
	}
	d, f := DisplayMatrix{0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30}.Orientation()
	require.Equal(t, 90.0, d, "a phone held upright")
	require.False(t, f)
	d, f = DisplayMatrix{1 << 16, 0, 0, 0, -1 << 16, 0, 0, 0, 1 << 30}.Orientation()
	require.Equal(t, 180.0, d, "upside down is a mirror and half a turn")
	require.True(t, f)
	d, f = DisplayMatrix{2 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30}.Orientation()
	require.Zero(t, d, "only scaled")
	require.False(t, f)
	d, _ = DisplayMatrix{}.Orientation()
	require.Zero(t, d)
	_, ok := ParseDisplayMatrix(make([]byte, 35))
	require.False(t, ok)
}

func TestHDRSideData(t *testing.T) {
	m := MasteringDisplay{
		Primaries: [3][2]Rational{{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}, {{9, 10}, {11, 12}}},
		White:     [2]Rational{{13, 14}, {15, 16}}, Min: Rational{17, 18}, Max: Rational{19, 20}, HasLuminance: true,
	}
	require.Len(t, m.Bytes(), masteringSize)
	n, ok := ParseMasteringDisplay(m.Bytes())
	require.True(t, ok)
	require.Equal(t, m, n)
	_, ok = ParseMasteringDisplay(nil)
	require.False(t, ok)
	c := ContentLight{1000, 400}
	d, ok := ParseContentLight(c.Bytes())
	require.True(t, ok)
	require.Equal(t, c, d)
	_, ok = ParseContentLight(make([]byte, 7))
	require.False(t, ok)
	testutils.FFmpeg(t)
	require.Equal(t, "Display Matrix", SideDataDisplayMatrix.String())
	require.Equal(t, "SideDataType(9999)", SideDataType(9999).String())
}

// allocations is testing.AllocsPerRun, and 0 where it cannot be known.
func allocations(runs int, f func()) float64 {
	if raceEnabled {
		for range runs + 1 {
			f()
		}
		return 0
	}
	return testing.AllocsPerRun(runs, f)
}
