package codec

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
	"github.com/go-nvcodec/nvcodec/nvenc"
)

// codedHEVC is the order in which NVENC codes a group: what ends it, then the B pictures,
// those first that others refer to.
func codedHEVC(from, to int, ref BReference) (order []int) {
	var middles func(a, b, levels int)
	middles = func(a, b, levels int) {
		if mid := (a + b) / 2; levels > 0 && b > a {
			order = append(order, mid)
			middles(a, mid-1, levels-1)
			middles(mid+1, b, levels-1)
			return
		}
		for i := a; i <= b; i++ {
			order = append(order, i)
		}
	}
	order = append(order, to)
	middles(from, to-1, map[BReference]int{BRefMiddle: 1, BRefHierarchical: 8}[ref])
	return order
}

// TestNVENCBReferences goes through the modes of B-frames as references: what comes is
// what was given, in an order that the decoding times allow for, and in NVENC's own with
// HEVC.
func TestNVENCBReferences(t *testing.T) {
	dev := withEncoder(t)
	const w, h, n, gop = 192, 128, 27, 13
	for _, a := range []nvenc.API{nvenc.API120, nvenc.API131} {
		for _, id := range []ID{H264, HEVC, AV1} {
			for ref := BRefDisabled; ref <= BRefHierarchical; ref++ {
				for _, b := range []int{1, 2, 3, 7} {
					t.Run(fmt.Sprintf("%v/%v/%v/%d", a, id, ref, b), func(t *testing.T) {
						testutils.LeakCheck(t)
						speak(t, a)
						caps, err := EncodeCaps(dev, id)
						require.NoError(t, err)
						require.Equal(t, a == nvenc.API131 && id != H264, len(caps.BReferences) == 3, "hierarchical")
						cfg := on(dev, EncoderConfig{Codec: id, Preset: P1, GOP: gop, BFrames: &b, BRef: ref})
						possible := b <= caps.MaxBFrames
						switch ref {
						case BRefEach, BRefMiddle:
							possible = possible && b > 1
						case BRefHierarchical:
							possible = possible && len(caps.BReferences) == 3 && b > 1 && b != 2
						}
						if !possible {
							_, err := NewEncoder(w, h, frame.NV12, cfg)
							require.ErrorIs(t, err, ErrUnsupported)
							return
						}
						s, packets := encodeAll(t, movie(t, frame.NV12, w, h, n, frame.Rational{}, nil), cfg, nil)
						want := make([]int64, n)
						var order []int
						for i := range n {
							want[i] = int64(i)
						}
						checkTimes(t, packets, want)
						// A packet waits for no more pictures than the stream says.
						for i, p := range packets {
							require.LessOrEqual(t, int64(i)-p.PTS, int64(s.Reorder), "packet %d", i)
							require.Equal(t, int64(i-s.Reorder), p.DTS, "packet %d", i)
							key := int(p.PTS)%gop == 0
							require.Equal(t, key, p.Key)
							if last := int(p.PTS)%gop == gop-1 || int(p.PTS) == n-1; !key && !last && id != AV1 {
								require.Equal(t, int(p.PTS)%gop%(b+1) != 0, p.Type == 'B', "picture %d", p.PTS)
							}
						}
						if id == HEVC {
							for i := 0; i < n; i += gop {
								order = append(order, i)
								end := min(i+gop, n) - 1
								for from := i + 1; from <= end; from += b + 1 {
									order = append(order, codedHEVC(from, min(from+b, end), ref)...)
								}
							}
							for i, p := range packets {
								require.EqualValues(t, order[i], p.PTS, "packet %d of %v", i, order)
							}
						}
						out := decodePackets(t, s, packets)
						require.Len(t, out, n)
						for i, f := range out {
							require.EqualValues(t, i, f.PTS)
							f.Release()
						}
					})
				}
			}
		}
	}
}

// TestNVENCOrder: a hierarchy of seven B-frames waits for three pictures.
func TestNVENCOrder(t *testing.T) {
	var o nvencOrder
	u := &nvencSetup{config: &nvenc.Config{FrameIntervalP: 8}}
	u.config.EncodeCodecConfig.HEVC().UseBFramesAsRef = nvenc.BRefHierarchical
	for range 2 { // opening it again begins anew
		o.open(&EncoderConfig{Codec: HEVC}, u)
		require.Equal(t, 3, o.depth)
		order := append([]int{0}, codedHEVC(1, 8, BRefHierarchical)...)
		require.Equal(t, []int{0, 8, 4, 2, 1, 3, 6, 5, 7}, order)
		for i := range order {
			o.submitted(int64(100 + 10*i))
		}
		for i, k := range order {
			p := &Packet{PTS: int64(100 + 10*k)}
			require.NoError(t, o.stamp(p))
			require.EqualValues(t, 100+10*(i-3), p.DTS)
		}
	}
	require.Error(t, o.stamp(&Packet{PTS: 0}), "a picture that waited for more")
}
