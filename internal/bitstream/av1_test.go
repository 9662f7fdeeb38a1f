package bitstream

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// av1Sequence makes a header with timing, a decoder model, two operating points, frame
// ids and super-resolution; 4:2:2 of 12 bits.
func av1FullSequence() *bitWriter {
	w := new(bitWriter).u(3, 2).f(0, 0)
	w.f(1).u(32, 1).u(32, 30).f(1).u(2, 1).u(1, 1) // timing_info: num_ticks_per_picture_minus_1 = 2
	w.f(1).u(5, 9).u(32, 5).u(5, 11).u(5, 13)      // decoder_model_info
	w.f(1).u(5, 1)                                 // initial_display_delay, two operating points
	w.u(12, 0x303).u(5, 9).f(1).f(1).u(10, 1).u(10, 2).f(0).f(1).u(4, 3)
	w.u(12, 0x101).u(5, 5).f(0).f(0)
	w.u(4, 10).u(4, 9).u(11, 1279).u(10, 719)
	w.f(1).u(4, 2).u(3, 3)             // frame ids: 4 bits of difference, 8 in all
	w.f(1, 0, 1)                       // superblocks, filter intra, edge filter
	w.f(1, 1, 1, 1).f(1, 0, 1).f(0, 0) // tools; screen content tools forced off
	w.u(3, 6)                          // 7 bits of order hint
	w.f(1, 0, 0)                       // super-resolution
	w.f(1, 1, 0).f(1).u(24, 0x090e09)  // 12 bits, colour
	w.f(1).f(1, 0).f(0)                // full range, 4:2:2, no separate delta
	w.f(1)                             // film grain
	return w
}

func TestAV1SequenceFull(t *testing.T) {
	var s AV1SequenceHeader
	require.NoError(t, s.Parse(av1FullSequence().obu()))
	require.Equal(t, Info{
		Codec: CodecAV1, Profile: 2, Level: 9, Width: 1280, Height: 720, CodedWidth: 1280, CodedHeight: 720,
		MaxWidth: 1280, MaxHeight: 720, ChromaFormat: 2, BitDepthLuma: 12, BitDepthChroma: 12, SAR: Ratio{1, 1},
		Color: Color{9, 14, 9, RangeFull, 0}, MinDPB: 8, Progressive: true, FilmGrain: true, SpatialLayers: 2,
		FrameRate: Ratio{30, 3},
	}, s.Info())
	require.Equal(t, uint8(8), s.FrameIDLength)
	require.Equal(t, uint8(4), s.DeltaFrameIDLength)
	require.Equal(t, uint8(7), s.OrderHintBits)
	require.Equal(t, AV1OperatingPoint{IDC: 0x303, LevelIDX: 9, HighTier: true, DecoderModel: true, InitialDelay: 4}, s.OperatingPoints[0])
	require.Equal(t, 1, s.SpatialLayers(1))
	require.Equal(t, 1, s.SpatialLayers(-1))

	require.NoError(t, s.Parse(new(bitWriter).u(3, 0).f(1, 1).u(5, 4).u(4, 5).u(4, 5).u(6, 63).u(6, 31).
		f(0, 0, 0).f(0, 0, 0).f(0, 1).f(0, 1).f(0).obu()))
	require.True(t, s.Mono && s.ReducedStillHeader)
	require.Equal(t, [2]int{64, 32}, [2]int{s.Info().Width, s.Info().Height})
	require.Zero(t, s.Info().ChromaFormat)

	require.ErrorIs(t, s.Parse([]byte{0xe0}), ErrSyntax)
	require.ErrorIs(t, s.Parse(av1FullSequence().obu()[:20]), ErrTruncated)
}

// av1Stream has frames of a stream with the sequence header above.
type av1Stream struct {
	t    *testing.T
	refs AV1References
}

func (s *av1Stream) frame(w *bitWriter, spatial uint8) AV1FrameHeader {
	s.t.Helper()
	var h AV1FrameHeader
	require.NoError(s.t, h.Parse(&OBU{Type: OBUFrame, SpatialID: spatial, Payload: w.obu()}, &s.refs))
	s.refs.Decoded(&h)
	return h
}

func TestAV1Frames(t *testing.T) {
	s := av1Stream{t: t}
	var h AV1FrameHeader
	require.ErrorIs(t, h.Parse(&OBU{Payload: []byte{0x10}}, &s.refs), ErrNoParameters)
	require.NoError(t, s.refs.Sequence.Parse(av1FullSequence().obu()))

	// A hidden key frame, whose buffer removal time only the first point has, since the
	// second is of the lower layer.
	w := new(bitWriter).f(0).u(2, 0).f(0, 1, 0) // show_existing, type, show, showable, error resilient
	w.f(0)                                      // disable_cdf_update
	w.u(8, 7).f(0).u(7, 33)                     // frame id, size override, order hint
	w.f(1).u(12, 5)                             // buffer_removal_time
	w.u(8, 0x0f)                                // refresh_frame_flags
	w.f(1).u(3, 7)                              // superres: denominator 16
	w.f(1).u(16, 639).u(16, 359)                // render size
	h = s.frame(w, 1)
	require.Equal(t, AV1FrameHeader{
		Type: AV1KeyFrame, ShowableFrame: true, CurrentFrameID: 7, OrderHint: 33, PrimaryRefFrame: 7,
		RefreshFrameFlags: 0x0f, Size: AV1FrameSize{1280, 640, 720, 640, 360, 16},
	}, h)

	// An inter frame that takes its size from its third reference.
	w = new(bitWriter).f(0).u(2, 1).f(1, 0).f(0).u(8, 8).f(1).u(7, 35).u(3, 2).f(0)
	w.u(8, 0x80)
	w.f(0) // frame_refs_short_signaling
	for i := range 7 {
		w.u(3, uint64(i%4)).u(4, 3)
	}
	w.f(0, 0, 1) // found_ref
	w.f(0)       // use_superres
	h = s.frame(w, 0)
	require.Equal(t, AV1FrameSize{1280, 1280, 720, 640, 360, 8}, h.Size)
	require.Equal(t, [7]uint8{0, 1, 2, 3, 0, 1, 2}, h.RefFrameIdx)
	require.Equal(t, uint8(2), h.PrimaryRefFrame)

	// An intra frame that is error resilient says the order hints: slot 4 was never there.
	w = new(bitWriter).f(0).u(2, 2).f(0, 0, 1).f(0).u(8, 9).f(0).u(7, 40).f(0).u(8, 0x40)
	for i := range 8 {
		hint := uint64(33)
		switch {
		case i == 7:
			hint = 35
		case i >= 4:
			hint = 20
		}
		w.u(7, hint)
	}
	w.f(0).f(0)
	h = s.frame(w, 0)
	require.True(t, h.Intra())
	require.Equal(t, uint8(20), s.refs.slots[4].orderHint)
	require.False(t, s.refs.slots[4].valid)

	// Showing the key frame fills all slots with it.
	h = s.frame(new(bitWriter).f(1).u(3, 2).u(8, 7), 0)
	require.True(t, h.ShowExisting && h.ShowFrame && h.Type == AV1KeyFrame)
	require.Equal(t, uint8(0xff), h.RefreshFrameFlags)
	require.Equal(t, uint8(33), s.refs.slots[7].orderHint)

	// What is not there cannot be shown or give its size.
	s.refs.Reset()
	require.ErrorIs(t, h.Parse(&OBU{Payload: new(bitWriter).f(1).u(3, 2).u(8, 7).obu()}, &s.refs), ErrNoParameters)
	w = new(bitWriter).f(0).u(2, 1).f(1, 0).f(0).u(8, 8).f(1).u(7, 35).u(3, 2).f(0).u(8, 0).f(0)
	for range 7 {
		w.u(3, 0).u(4, 3)
	}
	require.ErrorIs(t, h.Parse(&OBU{Payload: w.f(1).u(8, 0).obu()}, &s.refs), ErrNoParameters)
	// A shown switch frame refreshes all and has a size of its own.
	w = new(bitWriter).f(0).u(2, 3).f(1).f(0).u(8, 8).u(7, 35).f(0)
	for range 8 {
		w.u(7, 1)
	}
	w.f(0)
	for range 7 {
		w.u(3, 0).u(4, 3)
	}
	w.u(11, 319).u(10, 239).f(0).f(0)
	h = s.frame(w, 0)
	require.Equal(t, AV1FrameSize{320, 320, 240, 320, 240, 8}, h.Size)
	require.Equal(t, uint8(0xff), h.RefreshFrameFlags)
	require.ErrorIs(t, h.Parse(&OBU{Payload: new(bitWriter).f(0).u(2, 2).f(0, 0, 0).f(0).u(8, 8).f(0).u(7, 1).f(0).u(8, 0xff).obu()}, &s.refs), ErrSyntax)
}

// setFrameRefs with order hints as a pyramid of pictures leaves them.
func TestAV1SetFrameRefs(t *testing.T) {
	refs := AV1References{}
	refs.Sequence.OrderHintBits = 7
	for i, hint := range [8]uint8{0, 8, 4, 2, 16, 12, 2, 1} {
		refs.slots[i].orderHint = hint
	}
	h := AV1FrameHeader{OrderHint: 3}
	h.setFrameRefs(3, 0, &refs)
	// LAST 3 (2), LAST2 6 (2), LAST3 7 (1), GOLDEN 0, BWDREF 2 (4), ALTREF2 1 (8), ALTREF 4 (16)
	require.Equal(t, [7]uint8{3, 6, 7, 0, 2, 1, 4}, h.RefFrameIdx)
	// Nothing lies ahead: the rest is filled from behind, then with the earliest.
	for i, hint := range [8]uint8{9, 9, 9, 9, 8, 7, 7, 7} {
		refs.slots[i].orderHint = hint
	}
	h.OrderHint = 10
	h.setFrameRefs(0, 5, &refs)
	require.Equal(t, [7]uint8{0, 3, 2, 5, 1, 4, 7}, h.RefFrameIdx)
	// Order hints wrap.
	require.Equal(t, 3, relativeDist(1, 126, 7))
	require.Equal(t, -3, relativeDist(126, 1, 7))
}

func TestOBUs(t *testing.T) {
	td := OBU{Type: OBUTemporalDelimiter}
	seq := OBU{Type: OBUSequenceHeader, Payload: []byte{1, 2, 3}}
	frame := OBU{Type: OBUFrame, HasExtension: true, TemporalID: 5, SpatialID: 2, Payload: make([]byte, 200)}
	var low []byte
	for _, o := range []*OBU{&td, &seq, &frame} {
		low = o.AppendLowOverhead(low)
	}
	require.Equal(t, AV1LowOverhead, DetectAV1(low))
	var u OBUs
	var got []OBU
	for u.Reset(low); u.Next(); {
		got = append(got, *u.OBU())
	}
	require.NoError(t, u.Err())
	require.Len(t, got, 3)
	require.Equal(t, []byte{0x12, 0}, got[0].Raw)
	require.Equal(t, seq.Payload, got[1].Payload)
	require.Equal(t, [2]uint8{5, 2}, [2]uint8{got[2].TemporalID, got[2].SpatialID})
	require.Len(t, got[2].Payload, 200)
	require.Len(t, got[2].Raw, 204)

	// Annex B: two temporal units; the second has two frame units.
	wrap := func(parts ...[]byte) []byte {
		var all []byte
		for _, p := range parts {
			all = append(all, p...)
		}
		return append(AppendLEB128(nil, uint32(len(all))), all...)
	}
	plain := func(o *OBU) []byte { // without a size of its own
		b := []byte{byte(o.Type) << 3}
		if o.HasExtension {
			b[0] |= 4
			b = append(b, o.TemporalID<<5|o.SpatialID<<3)
		}
		return wrap(append(b, o.Payload...))
	}
	first := wrap(wrap(plain(&td), plain(&seq), plain(&frame)))
	annexB := append(first[:len(first):len(first)], wrap(wrap(plain(&td), wrap(frame.AppendLowOverhead(nil))), wrap(plain(&frame)))...)
	require.Equal(t, AV1AnnexB, DetectAV1(annexB))
	var a AnnexBOBUs
	var types []OBUType
	units := 0
	for a.Reset(annexB); a.Next(); {
		o := a.OBU()
		types = append(types, o.Type)
		if a.NewTemporalUnit() {
			units++
			require.Equal(t, OBUTemporalDelimiter, o.Type)
		}
		if o.Type == OBUFrame {
			require.Len(t, o.Payload, 200)
		}
	}
	require.NoError(t, a.Err())
	require.Equal(t, 2, units)
	require.Equal(t, []OBUType{2, 1, 6, 2, 6, 6}, types)
	for n := 1; n < len(first); n++ {
		for a.Reset(annexB[:n]); a.Next(); {
		}
		require.ErrorIs(t, a.Err(), ErrTruncated, n)
	}

	for _, bad := range [][]byte{{0x80}, {0x16}, {0x12}, {0x12, 9}, {0x12, 0x80}} {
		for u.Reset(bad); u.Next(); {
		}
		require.Error(t, u.Err(), bad)
	}
	for _, no := range [][]byte{nil, {1}, {0, 0, 1, 9}, {0x10, 0x20}, {5, 4, 2, 0x90, 0}, {5, 4, 9}} {
		require.Equal(t, AV1Unknown, DetectAV1(no), no)
	}
	for _, v := range []uint32{0, 127, 128, 1<<32 - 1} {
		b := AppendLEB128(nil, v)
		x, n, err := ReadLEB128(append(b, 0xff))
		require.NoError(t, err)
		require.Equal(t, len(b), n)
		require.Equal(t, v, x)
	}
}

// Of two spatial layers one frame is shown.
func TestAV1SpatialLayers(t *testing.T) {
	seq := new(bitWriter).u(3, 0).f(0, 0).f(0, 0).u(5, 0).u(12, 0x301).u(5, 0)
	seq.u(4, 5).u(4, 5).u(6, 63).u(6, 31).f(0).f(0, 0, 0).f(0, 0, 0, 0).f(0).f(0).u(1, 0).f(0, 0, 0)
	seq.f(0, 0, 0, 0).u(2, 0).f(0, 0)
	key := new(bitWriter).f(0).u(2, 0).f(1).f(0).f(1).u(6, 15).u(6, 7).f(0)
	inter := new(bitWriter).f(0).u(2, 1).f(1, 0).f(0).f(0).u(3, 0).u(8, 0)
	for range 7 {
		inter.u(3, 0)
	}
	inter.f(0)
	unit := func(frames ...OBU) []byte {
		b := (&OBU{Type: OBUTemporalDelimiter}).AppendLowOverhead(nil)
		for _, f := range frames {
			b = f.AppendLowOverhead(b)
		}
		return b
	}
	layer := func(w *bitWriter, temporal, spatial uint8) OBU {
		return OBU{Type: OBUFrame, HasExtension: true, TemporalID: temporal, SpatialID: spatial, Payload: w.obu()}
	}
	tr, err := NewTracker(CodecAV1, (&OBU{Type: OBUSequenceHeader, Payload: seq.obu()}).AppendLowOverhead(nil))
	require.NoError(t, err)
	info, _ := tr.Info()
	require.Equal(t, 2, info.SpatialLayers)
	p, err := tr.Parse(unit(layer(key, 0, 0), layer(inter, 0, 1)))
	require.NoError(t, err)
	require.Equal(t, 2, p.Pictures)
	require.Equal(t, 1, p.Shown)
	require.Equal(t, uint8(1), p.SpatialID)
	require.Equal(t, [2]int{64, 32}, [2]int{p.Width, p.Height})
	require.True(t, p.Key && p.Closed)
	require.False(t, p.Disposable)
	// A temporal layer that the operating point does not have.
	p, err = tr.Parse(unit(layer(inter, 1, 0)))
	require.NoError(t, err)
	require.Zero(t, p.Pictures)
	p, err = tr.Parse(unit(layer(inter, 0, 1)))
	require.NoError(t, err)
	require.True(t, p.Disposable)
}
