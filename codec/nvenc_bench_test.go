package codec

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
)

// BenchmarkNVENCOwnTime is what a frame costs the engine besides the driver's calls and
// the copying of the packet. What the structs of those calls cost to write is
// BenchmarkStructs of package nvenc.
func BenchmarkNVENCOwnTime(b *testing.B) {
	dev := withEncoder(b)
	enc, err := NewEncoder(256, 192, frame.NV12, on(dev, EncoderConfig{Preset: P1, BFrames: ptr(0), Tuning: LowLatency}))
	require.NoError(b, err)
	defer enc.Close()
	e := enc.eng.(*nvencEngine)
	s, err := e.slot()
	require.NoError(b, err)
	e.free = append(e.free, s)
	var out packetList
	b.ReportAllocs()
	for b.Loop() {
		out.n = 0
		s, err := e.slot()
		if err != nil {
			b.Fatal(err)
		}
		s.number, s.pts = e.fed, int64(e.fed)
		e.describePicture(s, nil)
		e.fed++
		e.order.submitted(s.pts)
		e.pending, e.inputs = append(e.pending, s), append(e.inputs, s)
		e.pending = e.pending[:0]
		p := out.next()
		p.Data = append(p.Data, make([]byte, 0)...)
		e.lock.OutputTimeStamp = s.number
		owner, err := e.finish(p)
		if err != nil {
			b.Fatal(err)
		}
		s.taken, owner.coded = true, true
		if err := e.recycle(s); err != nil {
			b.Fatal(err)
		}
	}
	e.pending = nil
}
