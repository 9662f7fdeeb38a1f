package bitstream

import (
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	hevcVPSHeader = []byte{byte(HEVCNALVPS) << 1, 1}
	hevcSPSHeader = []byte{byte(HEVCNALSPS) << 1, 1}
	hevcPPSHeader = []byte{byte(HEVCNALPPS) << 1, 1}
)

// ptl writes profile_tier_level() with three sub-layers: the first with a profile, the
// second with a level.
func ptl(w *bitWriter) {
	w.u(2, 0).f(1).u(5, 2).u(32, 0x60000000).f(1, 0, 1, 1).u(43, 5).f(0).u(8, 153)
	w.f(1, 0, 0, 1)
	w.u(2*6, 0)
	w.u(32, 0xdeadbeef).u(32, 0x12345678).u(24, 0x9abcde) // 88 bits
	w.u(8, 120)
}

// hevcSPS makes a parameter set with everything in it. The extension flags at its end
// tell that all before was read right.
func hevcFullSPS() []byte {
	w := new(bitWriter).u(4, 3).u(3, 2).f(1)
	ptl(w)
	w.ue(7, 2).ue(1920, 1088)            // id, chroma_format_idc 4:2:2, size
	w.f(1).ue(1, 2, 3, 5)                // conformance window
	w.ue(2, 2).ue(4)                     // bit depths, log2_max_pic_order_cnt_lsb_minus4
	w.f(1).ue(2, 0, 0, 3, 1, 4, 5, 3, 2) // sub-layer ordering
	w.ue(0, 3, 0, 3, 1, 1)               // block sizes, depths
	w.f(1, 1)                            // scaling lists
	for size := range 4 {
		for m := 0; m < 6; m++ {
			if size == 3 && m%3 != 0 {
				continue
			}
			if m == 0 {
				w.f(0).ue(0)
				continue
			}
			w.f(1)
			if size > 1 {
				w.se(4)
			}
			n := 64
			if size == 0 {
				n = 16
			}
			for j := range n {
				w.se(int32(j%5) - 2)
			}
		}
	}
	w.f(1, 1, 1).u(4, 7).u(4, 7).ue(0, 2).f(1)  // amp, sao, pcm
	w.ue(4)                                     // short-term sets
	w.ue(2, 1).ue(0).f(1).ue(2).f(1).ue(3).f(1) // -1, -4 | 4
	w.f(1).f(1).ue(0)                           // predicted, delta -1: -1 (of 0), -2, -5 | 3
	w.f(0, 1).f(1, 1, 1)                        // one pair of flags, then three single ones
	w.f(1).f(0).ue(1).f(1, 1, 1, 1, 0, 0)       // predicted from the second, delta +2
	w.f(0).ue(0, 0)                             // none
	w.f(1).ue(2).u(8, 3).f(1).u(8, 9).f(0)      // long-term pictures
	w.f(1, 1)                                   // temporal mvp, strong intra smoothing
	w.f(1)                                      // VUI
	w.f(1).u(8, 14)                             // 4:3
	w.f(0)                                      // overscan
	w.f(1).u(3, 5).f(0, 1).u(8, 9).u(8, 18).u(8, 9)
	w.f(1).ue(0, 0)
	w.f(1, 1, 1)          // neutral chroma, field_seq, frame_field_info
	w.f(1).ue(1, 1, 2, 2) // default display window
	w.f(1).u(32, 1001).u(32, 60000).f(1).ue(0)
	w.f(1)    // HRD
	w.f(1, 1) // nal, vcl
	w.f(1).u(8, 1).u(5, 2).f(1).u(5, 3)
	w.u(4, 1).u(4, 2).u(4, 3).u(5, 23).u(5, 9).u(5, 10)
	cpb := func(n int) {
		for range 2 * n {
			w.ue(100, 200, 300, 400).f(1)
		}
	}
	w.f(1).ue(0).ue(1) // fixed rate: no low delay flag but a count
	cpb(2)
	w.f(0, 1).ue(5).ue(0) // fixed within the sequence
	cpb(1)
	w.f(0, 0).f(1) // low delay
	cpb(1)
	w.f(1, 1, 1, 1).ue(0, 2, 1, 15, 15) // bitstream restriction
	w.f(1).u(8, 0xa0)                   // extension flags: range, 3D
	return w.nal(hevcSPSHeader...)
}

func TestHEVCSPSFull(t *testing.T) {
	var s HEVCSPS
	require.NoError(t, s.Parse(hevcFullSPS()))
	require.Equal(t, Info{
		Codec: CodecHEVC, Profile: 2, Level: 153, Width: 1920 - 6, Height: 1088 - 8,
		CodedWidth: 1920, CodedHeight: 1088, MaxWidth: 1920, MaxHeight: 1088,
		Crop:         Crop{Left: 2, Right: 4, Top: 3, Bottom: 5},
		ChromaFormat: 2, BitDepthLuma: 10, BitDepthChroma: 10, SAR: Ratio{4, 3},
		Color:      Color{9, 18, 9, RangeLimited, 1},
		MaxReorder: 3, MinDPB: 5, FrameRate: Ratio{60000, 1001}, SpatialLayers: 1,
	}, s.Info())
	require.True(t, s.ProfileTierLevel.HighTier)
	require.Equal(t, Crop{2, 2, 2, 2}, s.VUI.DefaultDisplayWindow)
	require.Equal(t, uint8(10), s.VUI.CPBRemovalDelayLength)
	require.Equal(t, uint8(11), s.VUI.DPBOutputDelayLength)
	require.True(t, s.RangeExtension && s.Extension3D)
	require.False(t, s.MultilayerExtension || s.SCCExtension)
}

func TestHEVCShortTermSets(t *testing.T) {
	var r BitReader
	w := new(bitWriter)
	w.ue(2, 1).ue(0).f(1).ue(2).f(1).ue(3).f(1) // S0 -1, -4; S1 4
	w.f(1).f(1).ue(0).f(1, 1, 0, 1, 1)          // delta -1: S0 -1, -2, -5; S1 3
	r.Reset(w.data)
	var a, b shortTermSet
	a.read(&r)
	require.Equal(t, shortTermSet{neg: [16]int32{-1, -4}, pos: [16]int32{4}, nNeg: 2, nPos: 1}, a)
	require.True(t, r.Flag())
	b.predict(&r, &a)
	require.NoError(t, r.Err())
	require.Equal(t, shortTermSet{neg: [16]int32{-1, -2, -5}, pos: [16]int32{3}, nNeg: 3, nPos: 1}, b)

	// A picture at distance 0 is dropped, so the next set has a flag less.
	w = new(bitWriter)
	w.f(0).ue(0).f(1, 1, 1, 1) // delta +1 to a: 0 (dropped), -3; 5, 1
	r.Reset(w.data)
	var c shortTermSet
	c.predict(&r, &a)
	require.Equal(t, shortTermSet{neg: [16]int32{-3}, pos: [16]int32{1, 5}, nNeg: 1, nPos: 2}, c)

	// More than a decoded picture buffer holds.
	w = new(bitWriter)
	w.ue(9, 9)
	for range 18 {
		w.ue(0).f(1)
	}
	r.Reset(w.data)
	skipShortTermRefSets(&r, 1)
	require.ErrorIs(t, r.Err(), ErrSyntax)
}

func TestHEVCVPS(t *testing.T) {
	w := new(bitWriter).u(4, 5).f(1, 1).u(6, 1).u(3, 2).f(1).u(16, 0xffff)
	ptl(w)
	w.f(0).ue(6, 2, 0).u(6, 4).ue(2).u(10, 0x3ff).f(1).u(32, 1).u(32, 25)
	var v HEVCVPS
	require.NoError(t, v.Parse(w.nal(hevcVPSHeader...)))
	require.Equal(t, uint32(7), v.MaxDecPicBuffering)
	require.Equal(t, [2]uint32{1, 25}, [2]uint32{v.NumUnitsInTick, v.TimeScale})
	require.True(t, v.TimingInfo)
	require.ErrorIs(t, v.Parse([]byte{0x40, 1, 0x0c, 0x0e, 0xff, 0xff}), ErrSyntax)
	require.ErrorIs(t, v.Parse([]byte{0x40, 1}), ErrTruncated)
}

// hevcStream is a tracker with simple parameter sets: 64x64, POC of 8 bits, two
// temporal layers, pic_output_flag and an extra bit in slices.
func hevcStream(t *testing.T) *Tracker {
	sps := new(bitWriter).u(4, 0).u(3, 1).f(1)
	sps.u(2, 0).f(0).u(5, 1).u(32, 0x60000000).f(1, 0, 0, 0).u(44, 0).u(8, 30).f(0, 0).u(14, 0)
	sps.ue(0, 1, 64, 64).f(0).ue(0, 0, 4).f(0).ue(4, 2, 0).ue(0, 3, 0, 3, 1, 1).f(0, 0, 0, 0).ue(0).f(0, 0, 0, 0, 0)
	pps := new(bitWriter).ue(0, 0).f(1, 1).u(3, 1).f(0, 0).ue(0, 0).se(0).f(0, 0)
	var x []byte
	for _, n := range [][]byte{sps.nal(hevcSPSHeader...), pps.nal(hevcPPSHeader...)} {
		x = append(append(x, 0, 0, 1), n...)
	}
	tr, err := NewTracker(CodecHEVC, x)
	require.NoError(t, err)
	return tr
}

func hevcPicture(typ HEVCNALType, tid byte, poc uint64, output int) []byte {
	w := new(bitWriter).f(1)
	if typ.IsIRAP() {
		w.f(0)
	}
	w.ue(0).f(0).ue(1).f(output)
	if !typ.IsIDR() {
		w.u(8, poc)
	}
	return append([]byte{0, 0, 1}, w.u(16, 0x5555).nal(byte(typ)<<1, tid+1)...)
}

func TestHEVCTracker(t *testing.T) {
	tr := hevcStream(t)
	eos := []byte{0, 0, 1, byte(HEVCEndOfSequence) << 1, 1}
	for i, c := range []struct {
		packet []byte
		want   PacketInfo
	}{
		{hevcPicture(HEVCCRA, 0, 16, 1), PacketInfo{Shown: 1, Key: true, RandomAccess: true, OrderReset: true, DropsPrior: true, POC: 16}},
		{hevcPicture(HEVCRASLN, 0, 12, 1), PacketInfo{RASL: true, POC: 12}},
		{hevcPicture(HEVCRADLN, 1, 14, 1), PacketInfo{Shown: 1, RADL: true, Disposable: true, TemporalID: 1, POC: 14}},
		{hevcPicture(HEVCTrailR, 0, 40, 1), PacketInfo{Shown: 1, POC: 40}},
		{hevcPicture(HEVCTrailN, 0, 30, 1), PacketInfo{Shown: 1, POC: 30}}, // not of the highest layer
		{hevcPicture(HEVCTrailN, 1, 35, 0), PacketInfo{Disposable: true, TemporalID: 1, POC: 35}},
		{hevcPicture(HEVCCRA, 0, 60, 1), PacketInfo{Shown: 1, Key: true, RandomAccess: true, POC: 60}},
		{hevcPicture(HEVCRASLR, 0, 50, 1), PacketInfo{Shown: 1, RASL: true, POC: 50}},
		{hevcPicture(HEVCTrailR, 0, 200, 1), PacketInfo{Shown: 1, POC: 200 - 256}},
		{append(hevcPicture(HEVCTrailR, 0, 70, 1), eos...), PacketInfo{Shown: 1, POC: 70, EndOfSequence: true}},
		{hevcPicture(HEVCCRA, 0, 8, 1), PacketInfo{Shown: 1, Key: true, RandomAccess: true, OrderReset: true, DropsPrior: true, POC: 8}},
		{hevcPicture(HEVCRASLN, 0, 4, 1), PacketInfo{RASL: true, POC: 4}},
		{hevcPicture(HEVCBLAWRADL, 0, 100, 1), PacketInfo{Shown: 1, Key: true, Closed: true, RandomAccess: true, OrderReset: true, POC: 100}},
		{hevcPicture(HEVCIDRNLP, 0, 0, 1), PacketInfo{Shown: 1, Key: true, Closed: true, RandomAccess: true, OrderReset: true}},
	} {
		p, err := tr.Parse(c.packet)
		require.NoError(t, err, i)
		c.want.Pictures, c.want.Type, c.want.HasPOC = 1, PictureP, true
		c.want.Width, c.want.Height, c.want.NALType = 64, 64, p.NALType
		require.Equal(t, c.want, p, i)
	}
	// After a seek a CRA picture is the first again.
	tr.Reset()
	_, err := tr.Parse(hevcPicture(HEVCCRA, 0, 60, 1))
	require.NoError(t, err)
	p, err := tr.Parse(hevcPicture(HEVCRASLN, 0, 50, 1))
	require.NoError(t, err)
	require.Zero(t, p.Shown)
	// Other layers are not looked at.
	p, err = tr.Parse([]byte{0, 0, 1, 2, 9, 0xff, 0xff, 0, 0, 1, byte(HEVCNALSPS) << 1, 9, 1, 2, 3})
	require.NoError(t, err)
	require.Zero(t, p.Pictures)
}

func TestHEVCNALTypes(t *testing.T) {
	for typ := range HEVCNALType(64) {
		require.Equal(t, typ >= 16 && typ <= 23, typ.IsIRAP(), typ)
		require.Equal(t, typ == 19 || typ == 20, typ.IsIDR(), typ)
		require.Equal(t, typ == 16 || typ == 17 || typ == 18, typ.IsBLA(), typ)
		require.Equal(t, typ <= 9 || typ >= 16 && typ <= 21, typ.IsVCL(), typ)
		switch typ {
		case 0, 2, 4, 6, 8, 10, 12, 14:
			require.True(t, typ.IsSubLayerNonRef())
		default:
			require.False(t, typ.IsSubLayerNonRef())
		}
	}
	h, ok := ParseHEVCNALHeader([]byte{0x03, 0x0a})
	require.True(t, ok)
	require.Equal(t, HEVCNALHeader{HEVCTrailR, 33, 1}, h)
	for _, nal := range [][]byte{nil, {2}, {2, 0}, {0x82, 1}} {
		_, ok = ParseHEVCNALHeader(nal)
		require.False(t, ok)
	}
}
