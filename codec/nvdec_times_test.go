package codec

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/bitstream"
)

func newTable() *packetTable {
	t := new(packetTable)
	t.init(VP8)
	t.restart()
	return t
}

func TestPacketTable(t *testing.T) {
	x := newTable()
	a := x.add(&Packet{PTS: 10}, &bitstream.PacketInfo{Pictures: 1, Shown: 1}, new(seiReader))
	b := x.add(&Packet{PTS: 20, Key: true, Flags: Discard}, &bitstream.PacketInfo{Pictures: 1, Shown: 1}, new(seiReader))
	require.NotEqual(t, a.timestamp(), b.timestamp())
	x.decoded(3, b)
	require.Same(t, b, x.ofSurface(3, a.timestamp()), "the call that decoded it knows best")
	require.True(t, b.discard && b.key)
	require.Same(t, a, x.ofSurface(4, a.timestamp()))
	require.Same(t, a, x.ofSurface(4, a.timestamp()+333333), "a timestamp that the parser made up")
	require.Nil(t, x.ofSurface(4, b.timestamp()+1<<timestampShift))
	require.Nil(t, x.ofSurface(-1, -1))
	require.Nil(t, x.ofSurface(99, -1))
	x.decoded(99, a)
	x.decoded(-1, a)
	x.restart()
	require.Nil(t, x.ofSurface(3, -1), "of the stream before")

	// Long after, an old entry is not mistaken for a new one.
	old := x.add(&Packet{PTS: 1}, &bitstream.PacketInfo{}, new(seiReader)).timestamp()
	for range packetsKept {
		x.add(&Packet{PTS: 2}, &bitstream.PacketInfo{Shown: 1}, new(seiReader))
	}
	require.Nil(t, x.ofSurface(5, old))
	require.LessOrEqual(t, len(x.shows), packetsKept)
}

func TestHeaders(t *testing.T) {
	x := newTable()
	require.Nil(t, x.header(nil))
	m := x.add(&Packet{}, &bitstream.PacketInfo{}, new(seiReader))
	require.Nil(t, x.header(m))
	x.describe(m, &bitstream.Info{Width: 1})
	n := x.add(&Packet{}, &bitstream.PacketInfo{}, new(seiReader))
	x.describe(n, &bitstream.Info{Width: 1})
	o := x.add(&Packet{}, &bitstream.PacketInfo{}, new(seiReader))
	x.describe(o, &bitstream.Info{Width: 2})
	require.Equal(t, 1, x.header(m).Width)
	require.Equal(t, 1, x.header(n).Width)
	require.Equal(t, 2, x.header(o).Width)
	require.Equal(t, 2, x.header(nil).Width)
	for i := range sequencesKept {
		x.describe(o, &bitstream.Info{Width: 100 + i})
	}
	require.NotEqual(t, 1, x.header(m).Width-1, "overwritten: the newest will do")
}

// A hidden frame, the frames that refer to it, the hidden frame shown: as VP9 does.
func TestNextShown(t *testing.T) {
	x := newTable()
	shown := bitstream.PacketInfo{Pictures: 1, Shown: 1}
	p0 := x.add(&Packet{PTS: 0}, &shown, new(seiReader))
	hidden := x.add(&Packet{PTS: 1}, &bitstream.PacketInfo{Pictures: 1}, new(seiReader))
	p2 := x.add(&Packet{PTS: 2}, &shown, new(seiReader))
	super := x.add(&Packet{PTS: 3}, &bitstream.PacketInfo{Pictures: 2, Shown: 1}, new(seiReader))
	again := x.add(&Packet{PTS: 4}, &bitstream.PacketInfo{Shown: 1, ShowExisting: true}, new(seiReader))
	p5 := x.add(&Packet{PTS: 5}, &shown, new(seiReader))
	require.Same(t, p0, x.nextShown(p0))
	require.Same(t, p2, x.nextShown(p2))
	require.Same(t, super, x.nextShown(super))
	require.Same(t, again, x.nextShown(hidden), "decoded long before")
	require.Same(t, p5, x.nextShown(p5))
	require.Same(t, p5, x.nextShown(p5), "more pictures than packets show: better than nothing")
	require.Nil(t, x.nextShown(nil))
}

// Pictures that the parser drops do not shift the times of those after them.
func TestNextShownAfterLoss(t *testing.T) {
	x := newTable()
	shown := bitstream.PacketInfo{Pictures: 1, Shown: 1}
	x.add(&Packet{PTS: 0}, &shown, new(seiReader))
	x.add(&Packet{PTS: 1}, &shown, new(seiReader))
	m := x.add(&Packet{PTS: 2}, &shown, new(seiReader))
	n := x.add(&Packet{PTS: 3}, &shown, new(seiReader))
	require.Same(t, m, x.nextShown(m))
	require.Same(t, n, x.nextShown(n))
	require.Empty(t, x.shows)
}

// Frames of streams without presentation times take the decoding time of the packet
// that brings them out, as from libavcodec.
func TestBroughtOut(t *testing.T) {
	x := newTable()
	var p []*packetMeta
	for i := range 4 {
		p = append(p, x.add(&Packet{PTS: NoPTS, DTS: int64(10 * i)}, &bitstream.PacketInfo{}, new(seiReader)))
	}
	require.EqualValues(t, NoPTS, x.broughtOut(nil, p[0], 1))
	require.EqualValues(t, 10, x.broughtOut(nil, p[2], 1))
	require.EqualValues(t, 20, x.broughtOut(nil, p[2], 0))
	require.EqualValues(t, 30, x.broughtOut(nil, nil, 1), "late by one: the last packet would have done")
	require.EqualValues(t, NoPTS, x.broughtOut(nil, nil, 1))
	x.restart()
	q := x.add(&Packet{DTS: 99}, &bitstream.PacketInfo{}, new(seiReader))
	require.EqualValues(t, NoPTS, x.broughtOut(nil, q, 1), "of the stream before")
	require.EqualValues(t, 99, x.broughtOut(nil, q, 0))
	require.EqualValues(t, NoPTS, x.broughtOut(nil, nil, 0))
}

func TestBroughtOutSimple(t *testing.T) {
	x := new(packetTable)
	x.init(MPEG2)
	x.restart()
	var p []*packetMeta
	for i, typ := range []bitstream.PictureType{bitstream.PictureI, bitstream.PictureP, bitstream.PictureB, bitstream.PictureB, bitstream.PictureP} {
		p = append(p, x.add(&Packet{PTS: NoPTS, DTS: int64(i)}, &bitstream.PacketInfo{Pictures: 1, Type: typ}, new(seiReader)))
	}
	for i, want := range []int64{1, 4, 2, 3, NoPTS} {
		require.Equal(t, want, x.broughtOut(p[i], nil, 1), i)
	}
}

func TestPTSGuess(t *testing.T) {
	var g ptsGuess
	g.restart()
	for i, c := range []struct{ pts, dts, want int64 }{
		{0, NoPTS, 0}, {40, 0, 40}, {20, 40, 20}, {NoPTS, 80, 80}, {NoPTS, NoPTS, NoPTS},
	} {
		require.Equal(t, c.want, g.pick(c.pts, c.dts), i)
	}
	// Presentation times that do not rise lose against decoding times that do.
	g = ptsGuess{}
	g.restart()
	require.EqualValues(t, 5, g.pick(5, 0))
	require.EqualValues(t, 1, g.pick(5, 1))
	require.EqualValues(t, 2, g.pick(5, 2))
}
