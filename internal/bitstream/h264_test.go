package bitstream

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// h264SPS makes a parameter set with everything in it. The last elements of the VUI
// tell that all before were read right.
func h264FullSPS() []byte {
	w := new(bitWriter)
	w.u(8, 244).u(8, 0).u(8, 51).ue(5) // profile_idc, constraints, level_idc, id
	w.ue(3).f(0).ue(2, 4).f(1)         // chroma_format_idc ... transform bypass
	w.f(1)                             // seq_scaling_matrix_present_flag
	for i := range 12 {
		switch i % 3 {
		case 0:
			w.f(0)
		case 1:
			w.f(1).se(-8) // next scale 0: default list
		case 2:
			w.f(1)
			n := 16
			if i >= 6 {
				n = 64
			}
			for j := range n {
				w.se(int32(j%3) - 1)
			}
		}
	}
	w.ue(8)                                         // log2_max_frame_num_minus4
	w.ue(1).f(0).se(-7, 3).ue(2).se(5, -9)          // pic_order_cnt_type 1
	w.ue(4).f(1).ue(119, 33).f(0, 1, 1)             // refs, gaps, size, frame_mbs_only, mbaff, direct
	w.f(1).ue(1, 2, 3, 1)                           // cropping
	w.f(1)                                          // VUI
	w.f(1).u(8, 255).u(16, 40).u(16, 33)            // SAR
	w.f(1, 1)                                       // overscan
	w.f(1).u(3, 2).f(1, 1).u(8, 9).u(8, 16).u(8, 9) // video signal type
	w.f(1).ue(2, 3)                                 // chroma location
	w.f(1).u(32, 1001).u(32, 120000).f(1)           // timing
	for range 2 {                                   // nal, vcl
		w.f(1).ue(1).u(4, 2).u(4, 3).ue(70, 80).f(1).ue(71, 81).f(0).u(5, 23).u(5, 15).u(5, 6).u(5, 7)
	}
	w.f(0, 1)                              // low_delay_hrd_flag, pic_struct_present_flag
	w.f(1, 1).ue(2, 1, 16, 16).ue(3).ue(5) // bitstream restriction
	return w.nal(0x67)
}

func TestH264SPSFull(t *testing.T) {
	var s H264SPS
	require.NoError(t, s.Parse(h264FullSPS()))
	require.Equal(t, Info{
		Codec: CodecH264, Profile: 244, Level: 51, Width: 1920 - 3, Height: 1088 - 8,
		CodedWidth: 1920, CodedHeight: 1088, MaxWidth: 1920, MaxHeight: 1088,
		Crop:         Crop{Left: 1, Right: 2, Top: 6, Bottom: 2},
		ChromaFormat: 3, BitDepthLuma: 10, BitDepthChroma: 12, SAR: Ratio{40, 33},
		Color:      Color{9, 16, 9, RangeFull, 3},
		MaxReorder: 3, MinDPB: 5, FrameRate: Ratio{120000, 2002}, SpatialLayers: 1,
	}, s.Info())
	require.Equal(t, uint8(16), s.VUI.CPBRemovalDelayLength)
	require.Equal(t, uint8(7), s.VUI.DPBOutputDelayLength)
	require.Equal(t, uint8(7), s.VUI.TimeOffsetLength)
	require.Equal(t, []int32{5, -9}, s.OffsetForRefFrame[:2])
}

// A VUI that is cut anywhere leaves the rest as it is.
func TestH264SPSCut(t *testing.T) {
	full := h264FullSPS()
	var s H264SPS
	ok := 0
	for n := range full {
		if s.Parse(full[:n]) == nil {
			ok++
			i := s.Info()
			require.Equal(t, 1917, i.Width)
		}
	}
	require.Greater(t, ok, 30)
	require.Less(t, ok, len(full)-20)
}

func h264SPS(profile, constraints, level uint64, mbs, rows uint32, tail func(w *bitWriter)) []byte {
	w := new(bitWriter).u(8, profile).u(8, constraints).u(8, level).ue(0)
	if profile == 100 {
		w.ue(1, 0, 0).f(0, 0)
	}
	w.ue(0)
	if tail == nil {
		w.ue(2).ue(1).f(0).ue(mbs-1, rows-1).f(1, 1, 0, 0)
	} else {
		tail(w)
	}
	return w.nal(0x67)
}

func TestH264Levels(t *testing.T) {
	for _, c := range []struct {
		profile, constraints, level uint64
		mbs, rows                   uint32
		dpb                         int
	}{
		{66, 0, 10, 11, 9, 4}, {66, 0x10, 11, 11, 9, 4}, {66, 0, 11, 11, 9, 9}, {100, 0, 9, 11, 9, 4},
		{66, 0, 13, 22, 18, 6}, {66, 0, 21, 22, 36, 6}, {66, 0, 30, 45, 36, 5}, {66, 0, 31, 80, 45, 5},
		{66, 0, 32, 80, 45, 5}, {66, 0, 40, 120, 68, 4}, {66, 0, 42, 120, 68, 4}, {66, 0, 50, 120, 68, 13},
		{66, 0, 52, 256, 144, 5}, {66, 0, 62, 120, 68, 16}, {66, 0, 99, 120, 68, 16},
		{100, 0x10, 40, 120, 68, 0}, // an intra profile
	} {
		var s H264SPS
		require.NoError(t, s.Parse(h264SPS(c.profile, c.constraints, c.level, c.mbs, c.rows, nil)))
		require.Equal(t, c.dpb, s.MaxDecFrameBuffering(), "%+v", c)
		require.Zero(t, s.Info().MaxReorder) // pic_order_cnt_type 2
	}
	require.Equal(t, 16, new(H264SPS).MaxDPBFrames())
}

func TestH264SPSRefused(t *testing.T) {
	for name, nal := range map[string][]byte{
		"id":         new(bitWriter).u(24, 66<<16|30).ue(32).nal(0x67),
		"frame num":  new(bitWriter).u(24, 66<<16|30).ue(0, 13).nal(0x67),
		"poc type":   h264SPS(66, 0, 30, 0, 0, func(w *bitWriter) { w.ue(3) }),
		"poc lsb":    h264SPS(66, 0, 30, 0, 0, func(w *bitWriter) { w.ue(0, 13) }),
		"poc cycle":  h264SPS(66, 0, 30, 0, 0, func(w *bitWriter) { w.ue(1).f(0).se(0, 0).ue(256) }),
		"references": h264SPS(66, 0, 30, 0, 0, func(w *bitWriter) { w.ue(2).ue(17).u(32, 0x55555555).u(32, 0x55555555) }),
		"size":       h264SPS(66, 0, 30, 0, 0, func(w *bitWriter) { w.ue(2).ue(1).f(0).ue(4096, 4).f(1, 1, 0, 0) }),
		"cropping":   h264SPS(66, 0, 30, 0, 0, func(w *bitWriter) { w.ue(2).ue(1).f(0).ue(1, 1).f(1, 1, 1).ue(8, 8, 0, 0).f(0) }),
		"depth":      new(bitWriter).u(24, 100<<16|30).ue(0, 1, 7).u(32, 0x55555555).u(32, 0x55555555).nal(0x67),
	} {
		var s H264SPS
		require.ErrorIs(t, s.Parse(nal), ErrSyntax, name)
	}
	var s H264SPS
	require.ErrorIs(t, s.Parse(nil), ErrTruncated)
}

// pocSlice is what H264PictureOrder looks at.
func pocSlice(ref uint8, idr bool, frameNum, lsb uint32) *H264SliceHeader {
	h := &H264SliceHeader{NAL: H264NALHeader{ref, H264Slice}, FrameNum: frameNum, PicOrderCntLsb: lsb}
	if idr {
		h.NAL.Type = H264IDR
	}
	return h
}

func TestH264PictureOrder(t *testing.T) {
	next := func(o *H264PictureOrder, s *H264SPS, h *H264SliceHeader, top, bottom int32) {
		t.Helper()
		a, b := o.Next(h, s)
		require.Equal(t, [2]int32{top, bottom}, [2]int32{a, b})
	}
	// Type 0: the low bits wrap, in both directions; only reference pictures count.
	o, s := H264PictureOrder{}, &H264SPS{Log2MaxPicOrderCntLsb: 4}
	next(&o, s, pocSlice(1, true, 0, 0), 0, 0)
	next(&o, s, pocSlice(1, false, 1, 8), 8, 8)
	next(&o, s, pocSlice(0, false, 2, 4), 4, 4)
	next(&o, s, pocSlice(1, false, 2, 0), 16, 16)
	next(&o, s, pocSlice(0, false, 3, 14), 14, 14)
	next(&o, s, pocSlice(1, false, 3, 4), 20, 20)
	h := pocSlice(1, false, 4, 8)
	h.DeltaPicOrderCntBottom = 1
	next(&o, s, h, 24, 25)
	h = pocSlice(1, false, 5, 12)
	h.Field, h.Bottom, h.DeltaPicOrderCntBottom = true, true, 9
	next(&o, s, h, 28, 28)
	// Operation 5 starts over from the picture itself.
	h = pocSlice(1, false, 6, 2)
	h.MMCO5, h.DeltaPicOrderCntBottom = true, 2
	next(&o, s, h, 0, 2)
	next(&o, s, pocSlice(1, false, 1, 4), 4, 4)
	next(&o, s, pocSlice(1, true, 0, 2), 2, 2)

	// Type 1: a cycle of offsets, as the example of the specification.
	o, s = H264PictureOrder{}, &H264SPS{PicOrderCntType: 1, Log2MaxFrameNum: 4, NumRefFramesInPOCCycle: 2, OffsetForNonRefPic: -2, OffsetForTopToBottom: 1}
	s.OffsetForRefFrame[0], s.OffsetForRefFrame[1] = 4, 6
	next(&o, s, pocSlice(1, true, 0, 0), 0, 1)
	next(&o, s, pocSlice(1, false, 1, 0), 4, 5)
	next(&o, s, pocSlice(1, false, 2, 0), 10, 11)
	next(&o, s, pocSlice(0, false, 3, 0), 8, 9)
	h = pocSlice(1, false, 3, 0)
	h.DeltaPicOrderCnt = [2]int32{1, 2}
	next(&o, s, h, 15, 18)
	h.Field, h.DeltaPicOrderCnt = true, [2]int32{1, 0}
	next(&o, s, h, 15, 15)
	h.Bottom = true
	next(&o, s, h, 16, 16)
	next(&o, s, pocSlice(1, false, 15, 0), 74, 75)
	next(&o, s, pocSlice(1, false, 0, 0), 80, 81) // FrameNumOffset 16

	// Type 2: decoding order.
	o, s = H264PictureOrder{}, &H264SPS{PicOrderCntType: 2, Log2MaxFrameNum: 4}
	next(&o, s, pocSlice(1, true, 0, 0), 0, 0)
	next(&o, s, pocSlice(0, false, 1, 0), 1, 1)
	next(&o, s, pocSlice(1, false, 1, 0), 2, 2)
	next(&o, s, pocSlice(1, false, 15, 0), 30, 30)
	next(&o, s, pocSlice(1, false, 0, 0), 32, 32)
}

func TestH264NewPicture(t *testing.T) {
	base := H264SliceHeader{NAL: H264NALHeader{2, H264IDR}, IDRPicID: 1, FrameNum: 3}
	same := base
	same.FirstMB, same.SliceType, same.NAL.RefIDC = 40, 2, 1
	require.False(t, same.NewPicture(&base))
	for i, change := range []func(h *H264SliceHeader){
		func(h *H264SliceHeader) { h.FrameNum++ }, func(h *H264SliceHeader) { h.PPSID++ },
		func(h *H264SliceHeader) { h.Field = true }, func(h *H264SliceHeader) { h.Bottom = true },
		func(h *H264SliceHeader) { h.NAL.RefIDC = 0 }, func(h *H264SliceHeader) { h.PicOrderCntLsb++ },
		func(h *H264SliceHeader) { h.DeltaPicOrderCntBottom++ }, func(h *H264SliceHeader) { h.DeltaPicOrderCnt[1]++ },
		func(h *H264SliceHeader) { h.NAL.Type = H264Slice }, func(h *H264SliceHeader) { h.IDRPicID++ },
	} {
		h := base
		change(&h)
		require.True(t, h.NewPicture(&base), i)
	}
}

func TestH264PPSSliceGroups(t *testing.T) {
	for typ, groups := range map[uint32]func(w *bitWriter){
		0: func(w *bitWriter) { w.ue(1, 2, 3) },
		1: func(*bitWriter) {},
		2: func(w *bitWriter) { w.ue(0, 5, 1, 6) },
		3: func(w *bitWriter) { w.f(1).ue(4) },
		6: func(w *bitWriter) {
			w.ue(6)
			for i := range 7 {
				w.u(2, uint64(i%3))
			}
		},
	} {
		w := new(bitWriter).ue(9, 1).f(1, 0).ue(2, typ)
		groups(w)
		w.ue(4, 5).f(1).u(2, 2).se(-3, 0, 2).f(1, 0, 1).f(1, 0)
		var p H264PPS
		require.NoError(t, p.Parse(w.nal(0x68)))
		require.Equal(t, H264PPS{
			ID: 9, SPSID: 1, EntropyCodingMode: true, NumSliceGroups: 3, SliceGroupMapType: uint8(typ),
			NumRefIdxL0: 5, NumRefIdxL1: 6, WeightedPred: true, WeightedBipredIDC: 2, PicInitQPMinus26: -3,
			DeblockingFilterControl: true, RedundantPicCnt: true, Transform8x8Mode: true,
		}, p, typ)
	}
	var p H264PPS
	require.ErrorIs(t, p.Parse(new(bitWriter).ue(0, 0).f(0, 0).ue(1, 7).u(32, 0).nal(0x68)), ErrSyntax)
	require.ErrorIs(t, p.Parse(new(bitWriter).ue(256).nal(0x68)), ErrSyntax)
	require.ErrorIs(t, p.Parse([]byte{0x68}), ErrTruncated)
}

// Two fields in packets of their own make one frame, unless they cannot.
func TestH264Fields(t *testing.T) {
	sps := h264SPS(66, 0, 30, 0, 0, func(w *bitWriter) { w.ue(0, 0).ue(1).f(0).ue(10, 4).f(0, 0, 1, 0, 0) })
	pps := new(bitWriter).ue(0, 0).f(0, 0).ue(0, 0, 0).f(0).u(2, 0).se(0, 0, 0).f(0, 0, 0).nal(0x68)
	field := func(bottom int, frameNum, lsb uint64, idr bool) []byte {
		w := new(bitWriter).ue(0, 7, 0).u(4, frameNum).f(1, bottom)
		if idr {
			w.ue(0)
		}
		w.u(4, lsb).f(0, 0).u(16, 0x5555)
		if idr {
			return append([]byte{0, 0, 1}, w.nal(0x65)...)
		}
		return append([]byte{0, 0, 1}, w.nal(0x61)...)
	}
	tr, err := NewTracker(CodecH264, append(append([]byte{0, 0, 1}, sps...), append([]byte{0, 0, 1}, pps...)...))
	require.NoError(t, err)
	for i, c := range []struct {
		packet []byte
		shown  int
		second bool
		parity FieldParity
	}{
		{field(0, 0, 0, true), 1, false, TopField},
		{field(1, 0, 1, false), 0, true, BottomField},
		{field(1, 1, 2, false), 1, false, BottomField}, // bottom first
		{field(0, 1, 3, false), 0, true, TopField},
		{field(0, 2, 4, false), 1, false, TopField}, // its second field was lost
		{field(0, 3, 6, false), 1, false, TopField},
		{field(1, 4, 9, false), 1, false, BottomField}, // so was the other one's
		{append(field(0, 5, 10, false), field(1, 5, 11, false)...), 1, false, TopField},
	} {
		p, err := tr.Parse(c.packet)
		require.NoError(t, err, i)
		require.Equal(t, c.shown, p.Shown, i)
		require.Equal(t, c.second, p.SecondField, i)
		require.Equal(t, c.parity, p.Parity, i)
	}
	info, ok := tr.Info()
	require.True(t, ok)
	require.Equal(t, 160, info.CodedHeight)
	require.False(t, info.Progressive)
}

// Encoders exist that number no IDR picture.
func TestH264SameIDR(t *testing.T) {
	sps := h264SPS(66, 0, 30, 11, 9, nil)
	pps := new(bitWriter).ue(0, 0).f(0, 0).ue(0, 0, 0).f(0).u(2, 0).se(0, 0, 0).f(0, 0, 0).nal(0x68)
	slice := func(mb uint32) []byte {
		return append([]byte{0, 0, 1}, new(bitWriter).ue(mb, 7, 0).u(4, 0).ue(0).f(0, 0).u(16, 0x5555).nal(0x65)...)
	}
	tr, err := NewTracker(CodecH264, append(append([]byte{0, 0, 1}, sps...), append([]byte{0, 0, 1}, pps...)...))
	require.NoError(t, err)
	for range 3 {
		p, err := tr.Parse(append(slice(0), slice(50)...))
		require.NoError(t, err)
		require.Equal(t, 1, p.Shown)
		require.True(t, p.Key && p.Closed && p.OrderReset)
	}
	// The rest of a picture in a packet of its own is no new one.
	p, err := tr.Parse(slice(70))
	require.NoError(t, err)
	require.Zero(t, p.Shown)
}

func TestPacketLength(t *testing.T) {
	require.Equal(t, 4, packetLength([]byte{0, 0, 0, 1, 9, 0, 0, 0, 1, 9}, 4))
	require.Equal(t, 0, packetLength([]byte{0, 0, 0, 1, 9, 0xf0, 0, 0, 0, 1}, 4))
	require.Equal(t, 2, packetLength([]byte{0, 0, 0, 1, 9, 0xf0, 0, 0, 0, 1}, 2))
}
