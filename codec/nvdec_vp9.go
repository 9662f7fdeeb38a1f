package codec

import (
	"errors"

	"github.com/go-nvcodec/nvcodec/internal/bitstream"
	"github.com/go-nvcodec/nvcodec/nvcuvid"
)

// VP9 may show a frame a second time, by a frame of a single byte. NVDEC's parser
// shows nothing for such a frame, and within a superframe it takes it for one to
// decode, and loses its way. So superframes are taken apart here, the parser sees
// frames with pictures only, and the others are shown from here.
type vp9Frames struct {
	refs    bitstream.VP9References
	frames  bitstream.VP9Frames
	header  bitstream.VP9FrameHeader
	slots   [8]vp9Slot
	begun   bool // a frame came that decoding can begin with
	decoded int  // surface of the frame in the parser, -1 for none
	// Frames that the parser has still to display.
	due   [4]dueFrame
	count int
}

type dueFrame struct {
	surface int
	meta    *packetMeta
}

// A vp9Slot is one of the frames that later ones may refer to.
type vp9Slot struct {
	surface int // -1 for none
	key     bool
}

func (v *vp9Frames) restart() {
	v.refs.Reset()
	v.begun, v.count = false, 0
	v.lost()
}

// lost forgets the frames in the slots: the session that held them is gone.
func (v *vp9Frames) lost() {
	for i := range v.slots {
		v.slots[i].surface = -1
	}
}

var errNoFrameToShow = errors.New("VP9 shows a frame that was not decoded")

// feedVP9 gives the frames of a packet to the parser.
func (e *nvdecEngine) feedVP9(data []byte, flags nvcuvid.PacketFlags) {
	v := &e.vp9
	v.frames.Reset(data)
	for v.frames.Next() && e.err == nil {
		err := v.header.Parse(v.frames.Frame(), &v.refs)
		if err == nil && v.header.ShowExisting {
			e.showAgain(v.slots[v.header.FrameToShow])
			continue
		}
		if v.begun = v.begun || err == nil && v.header.Intra(); !v.begun {
			continue // the parser would make up a sequence for it
		}
		v.decoded = -1
		e.parse(v.frames.Frame(), flags)
		if err == nil && v.decoded >= 0 {
			v.keep()
		}
	}
	if err := v.frames.Err(); err != nil {
		e.damaged(err)
	}
}

// keep puts the frame just decoded into its slots.
func (v *vp9Frames) keep() {
	v.refs.Decoded(&v.header)
	for i := range v.slots {
		if v.header.RefreshFrameFlags&(1<<i) != 0 {
			v.slots[i] = vp9Slot{v.decoded, v.header.Key}
		}
	}
}

// decodedVP9 is called when a frame was given to the hardware.
func (e *nvdecEngine) decodedVP9(surface int, show bool) {
	v := &e.vp9
	v.decoded = surface
	if !show {
		return
	}
	if v.count == len(v.due) {
		e.showDue(1)
	}
	v.due[v.count] = dueFrame{surface, e.current}
	v.count++
}

// displayVP9 is called when the parser displays a frame. Those that were put out
// before, to be ahead of one shown again, are no longer due.
func (e *nvdecEngine) displayVP9(surface int) {
	v := &e.vp9
	for i := range v.count {
		if v.due[i].surface == surface {
			e.showDue(i + 1)
			return
		}
	}
}

// showDue puts out the first n frames that are due.
func (e *nvdecEngine) showDue(n int) {
	v := &e.vp9
	for range n {
		d := v.due[0]
		v.count--
		copy(v.due[:], v.due[1:])
		e.showVP9(d.surface, d.meta)
	}
}

// showAgain puts out a frame of a slot, after those that are due.
func (e *nvdecEngine) showAgain(s vp9Slot) {
	e.showDue(e.vp9.count)
	if s.surface < 0 {
		e.damaged(errNoFrameToShow)
		return
	}
	n := len(e.out)
	e.showVP9(s.surface, e.current)
	if len(e.out) > n {
		e.out[n].Key = s.key
	}
}

func (e *nvdecEngine) showVP9(surface int, m *packetMeta) {
	if e.err != nil || e.discarding {
		return
	}
	e.proc = nvcuvid.ProcParams{ProgressiveFrame: 1, SecondField: 1}
	if err := e.show(surface, m, 0); err != nil {
		e.fail(err)
	}
}
