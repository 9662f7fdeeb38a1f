package bitstream

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// checkInfo holds for whatever a header says.
func checkInfo(t *testing.T, i Info) {
	t.Helper()
	require.NotEqual(t, CodecUnknown, i.Codec)
	require.Equal(t, i.CodedWidth, i.Width+i.Crop.Left+i.Crop.Right)
	require.Equal(t, i.CodedHeight, i.Height+i.Crop.Top+i.Crop.Bottom)
	if i.Codec != CodecWMV3 && i.Codec != CodecMPEG4 { // sizes may be outside, shapes without one
		require.Positive(t, i.Width)
		require.Positive(t, i.Height)
	}
	require.LessOrEqual(t, i.CodedWidth, 2*maxPictureSize)
	require.LessOrEqual(t, i.CodedHeight, 4*maxPictureSize)
	require.LessOrEqual(t, i.ChromaFormat, uint8(4))
	if i.Codec != CodecJPEG {
		require.GreaterOrEqual(t, i.BitDepthLuma, uint8(8))
		require.LessOrEqual(t, i.BitDepthLuma, uint8(16))
	}
	require.GreaterOrEqual(t, i.MaxReorder, 0)
	require.GreaterOrEqual(t, i.MinDPB, 0)
	require.LessOrEqual(t, i.MinDPB, 16)
	require.Equal(t, i.SAR.Den == 0, i.SAR.Num == 0)
	require.GreaterOrEqual(t, i.SpatialLayers, 1)
}

// FuzzTracker feeds three packets. A second tracker must say the same, and so must the
// first after Reset of the packets from a closed key frame on.
func FuzzTracker(f *testing.F) {
	// The clips of the repository are in testdata; these are the codecs it has none of.
	f.Add(byte(CodecMPEG1), []byte(nil), append(mpegSequenceHeader(100, 50, 3, 4), mpegPictureOf(1, 3)...), mpegPictureOf(2, 1), mpegPictureOf(3, 2))
	h263 := new(bitWriter).u(22, 0x20).u(8, 9).u(5, 16).u(3, 3).f(1).u(16, 0).data
	f.Add(byte(CodecH263), []byte(nil), h263, h263, h263)
	f.Add(byte(CodecMPEG4), mpeg4Layer(), h263, code(mpeg4VOP, []byte{0x10, 0, 0x80, 0}), code(mpeg4VOP, []byte{0x90, 0, 0x80, 0}))
	f.Add(byte(CodecVC1), vc1Headers(), []byte{0x60, 1, 2}, code(vc1Frame, []byte{0xc8, 1, 2}), []byte{0x20, 9})
	f.Add(byte(CodecWMV3), []byte{0x4f, 0xf1, 0x8a, 0x01}, []byte{0x30, 0}, []byte{0x10, 0}, []byte{0})
	f.Fuzz(func(t *testing.T, codec byte, extradata, p1, p2, p3 []byte) {
		c := Codec(codec % byte(CodecJPEG+1))
		a, err := NewTracker(c, extradata)
		if a == nil {
			require.ErrorIs(t, err, ErrUnsupported)
			return
		}
		b, err2 := NewTracker(c, extradata)
		require.Equal(t, err, err2)
		for _, p := range [][]byte{p1, p2, p3} {
			before := bytes.Clone(p)
			x, errX := a.Parse(p)
			y, errY := b.Parse(p)
			require.Equal(t, x, y)
			require.Equal(t, errX, errY)
			require.True(t, bytes.Equal(before, p), "input changed")
			checkPacket(t, x, p)
			if i, ok := a.Info(); ok {
				checkInfo(t, i)
			}
		}
		a.Reset()
		b.Reset()
		x, _ := a.Parse(p1)
		y, _ := b.Parse(p1)
		require.Equal(t, x, y)
	})
}

func checkPacket(t *testing.T, p PacketInfo, data []byte) {
	t.Helper()
	require.LessOrEqual(t, p.Pictures, len(data)+1)
	require.LessOrEqual(t, p.Shown, len(data)+1)
	if !p.ShowExisting {
		require.LessOrEqual(t, p.Shown, p.Pictures)
	}
	require.False(t, p.Closed && !p.Key)
	require.False(t, p.Key && !p.RandomAccess)
	require.False(t, p.RASL && p.RADL)
	require.GreaterOrEqual(t, p.RecoveryFrames, 0)
	require.False(t, p.Disposable && p.Pictures == 0 && !p.ShowExisting)
}

func FuzzH264(f *testing.F) {
	f.Add(h264FullSPS(), []byte{0x68, 0xce, 0x38, 0x80}, []byte{0x65, 0x88, 0x84, 0})
	f.Add(h264SPS(66, 0, 30, 11, 9, nil), []byte{0x68, 0xce, 0x38, 0x80}, []byte{0x41, 0x9a, 0x21, 0x6c})
	f.Fuzz(func(t *testing.T, sps, pps, slice []byte) {
		var s H264SPS
		if s.Parse(sps) == nil {
			checkInfo(t, s.Info())
		}
		var sets H264ParameterSets
		_, _ = sets.Add(sps), sets.Add(pps)
		var o H264PictureOrder
		var h, prev H264SliceHeader
		// In the end the slice refers to the sets, whatever their numbers are.
		for id := range sets.pps {
			if p := sets.pps[id]; p != nil && id != 0 {
				sets.pps[0] = p
			}
		}
		for range 3 {
			if h.Parse(slice, &sets) != nil {
				return
			}
			require.False(t, h.NewPicture(&h))
			_ = h.secondFieldOf(&prev)
			o.Next(&h, sets.SPS(h.SPSID))
			prev = h
		}
	})
}

func FuzzHEVC(f *testing.F) {
	f.Add(hevcFullSPS(), []byte{0x44, 1, 0xc0, 0xf2, 0xc6, 0x8d}, []byte{0x26, 1, 0xaf})
	f.Fuzz(func(t *testing.T, sps, pps, slice []byte) {
		var s HEVCSPS
		if s.Parse(sps) == nil {
			checkInfo(t, s.Info())
		}
		var v HEVCVPS
		_ = v.Parse(sps)
		var sets HEVCParameterSets
		_, _ = sets.Add(sps), sets.Add(pps)
		var o HEVCPictureOrder
		var h HEVCSliceHeader
		for i := range 3 {
			if h.Parse(slice, &sets) != nil {
				return
			}
			_ = h.PictureType()
			o.Next(&h, sets.SPS(h.SPSID), i == 0)
		}
	})
}

func FuzzAV1(f *testing.F) {
	f.Add(av1FullSequence().obu(), []byte{0x10, 0, 0}, []byte{0x30, 0, 0, 0}, byte(0))
	f.Fuzz(func(t *testing.T, seq, f1, f2 []byte, layer byte) {
		var refs AV1References
		if refs.Sequence.Parse(seq) != nil {
			return
		}
		checkInfo(t, refs.Sequence.Info())
		for _, p := range [][]byte{f1, f2, f1, f2} {
			var h AV1FrameHeader
			if h.Parse(&OBU{Payload: p, SpatialID: layer & 3, TemporalID: layer >> 2 & 7}, &refs) == nil {
				require.LessOrEqual(t, h.Size.FrameWidth, h.Size.UpscaledWidth)
				refs.Decoded(&h)
			}
		}
	})
}

// FuzzOBUs: what the length-delimited format has is the same in the other one.
func FuzzOBUs(f *testing.F) {
	f.Add([]byte{0x12, 0, 0x0a, 3, 1, 2, 3})
	f.Add([]byte{5, 4, 1, 0x10, 2, 8, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		DetectAV1(data)
		var u OBUs
		n := 0
		for u.Reset(data); u.Next(); {
			o := u.OBU()
			require.True(t, bytes.Equal(o.Raw, data[n:n+len(o.Raw)]))
			n += len(o.Raw)
		}
		require.True(t, u.Err() != nil || n == len(data))
		var a AnnexBOBUs
		var low []byte
		count := 0
		for a.Reset(data); a.Next(); count++ {
			low = a.OBU().AppendLowOverhead(low)
		}
		for u.Reset(low); u.Next(); count-- {
		}
		require.NoError(t, u.Err())
		require.Zero(t, count)
	})
}

func FuzzVP9(f *testing.F) {
	f.Add([]byte{0x82, 0x49, 0x83, 0x42, 0, 9, 0xf0, 9, 0xf0, 0}, []byte{0x86, 0, 0x40, 0x92})
	f.Fuzz(func(t *testing.T, f1, f2 []byte) {
		var refs VP9References
		for _, p := range [][]byte{f1, f2, f1} {
			var frames VP9Frames
			size := 0
			for frames.Reset(p); frames.Next(); {
				size += len(frames.Frame())
				var h VP9FrameHeader
				if h.Parse(frames.Frame(), &refs) == nil {
					require.NotZero(t, h.Width)
					refs.Decoded(&h)
					checkInfo(t, h.info())
				}
			}
			require.LessOrEqual(t, size, len(p))
		}
	})
}

// FuzzConfig reads records of containers, and what is in them.
func FuzzConfig(f *testing.F) {
	f.Add([]byte{1, 100, 0, 31, 0xff, 0xe1, 0, 2, 0x67, 1, 1, 0, 1, 0x68})
	f.Add([]byte{0x81, 0x4d, 0xee, 0, 9})
	f.Add([]byte{1, 1, 2, 2, 1, 31, 3, 1, 10, 4, 1, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		var a AVCConfig
		err := a.Parse(data)
		n := 0
		for _, list := range [][][]byte{a.SPS, a.PPS, a.SPSExt} {
			for _, u := range list {
				require.NotEmpty(t, u)
				n += len(u) + 2
			}
		}
		require.LessOrEqual(t, n, len(data))
		require.True(t, err != nil || a.LengthSize >= 1 && a.LengthSize <= 4)
		var h HEVCConfig
		err = h.Parse(data)
		require.True(t, err != nil || h.LengthSize >= 1 && h.LengthSize <= 4)
		require.LessOrEqual(t, len(h.AppendAnnexB(nil)), 3*len(data))
		var v AV1Config
		_ = v.Parse(data)
		var p VPConfig
		_ = p.Parse(data)
	})
}

func FuzzSEI(f *testing.F) {
	f.Add([]byte{6, 2, 0xc4, 0x80, 5, 0, 0x80})
	f.Fuzz(func(t *testing.T, rbsp []byte) {
		var m SEIMessages
		n := 0
		for m.Reset(rbsp); m.Next(); {
			n += 2 + len(m.Payload())
			var r RecoveryPoint
			if r.Parse(m.Payload(), CodecH264) == nil {
				require.GreaterOrEqual(t, r.Count, int32(0))
			}
			_ = r.Parse(m.Payload(), CodecHEVC)
		}
		require.LessOrEqual(t, n, len(rbsp))
	})
}

// FuzzOld reads the headers of the older codecs, without a tracker around them.
func FuzzOld(f *testing.F) {
	f.Add(mpeg4Layer()[4:])
	f.Add([]byte{0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 1, 0, 1, 1, 1, 0x11, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		var m MPEGSequence
		if m.Parse(data) == nil {
			_ = m.parseExtension(data)
			checkInfo(t, m.Info())
		}
		var p MPEGPicture
		if p.Parse(data) == nil {
			_ = p.parseExtension(data)
			_ = p.PictureType()
		}
		for id := range uint8(3) {
			var l MPEG4VOL
			if l.Parse(data, id) == nil {
				checkInfo(t, l.Info())
				var v MPEG4VOP
				_ = v.Parse(data, &l)
				_ = v.PictureType()
			}
		}
		mpeg4Packed(data)
		var h H263Picture
		_ = h.Parse(data)
		_ = h.PictureType()
		var s VC1Sequence
		if s.Parse(data) == nil {
			_, _, _ = s.parseEntryPoint(data)
			checkInfo(t, s.Info())
		}
		_ = s.ParseStructC(data)
		var j JPEGFrame
		if j.Parse(data) == nil {
			checkInfo(t, j.Info())
		}
		var v VP8FrameHeader
		_ = v.Parse(data)
	})
}
