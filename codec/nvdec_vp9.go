package codec

import (
	"errors"

	"github.com/go-nvcodec/nvcodec/internal/bitstream"
	"github.com/go-nvcodec/nvcodec/nvcuvid"
)

// VP9 may show a frame a second time, by a frame of a single byte. NVDEC's parser
// shows nothing for such a frame, and within a superframe it takes it for one to
// decode, and loses its way. So superframes are taken apart here, the parser sees
// frames with pictures only, and what is shown, and when, is decided here.
type vp9Frames struct {
	refs    bitstream.VP9References
	frames  bitstream.VP9Frames
	header  bitstream.VP9FrameHeader
	slots   [8]vp9Slot
	decoded int // surface of the frame in the parser, -1 for none
	// A frame to show waits for the next one, so that the hardware works on that while
	// this one is copied.
	waiting int // its surface, -1 for none
	meta    *packetMeta
}

// A vp9Slot is one of the frames that later ones may refer to.
type vp9Slot struct {
	surface int // -1 for none
	key     bool
}

func (v *vp9Frames) restart() {
	v.refs.Reset()
	v.waiting, v.meta = -1, nil
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
		v.decoded = -1
		e.parse(v.frames.Frame(), flags)
		if err == nil && v.decoded >= 0 {
			v.keep()
		}
		// Without delay the parser has let the surface go.
		if e.delay == 0 {
			e.showWaiting()
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
	e.vp9.decoded = surface
	e.showWaiting()
	if show {
		e.vp9.waiting, e.vp9.meta = surface, e.current
	}
}

// showWaiting puts out the frame that waits.
func (e *nvdecEngine) showWaiting() {
	v := &e.vp9
	surface := v.waiting
	if surface < 0 {
		return
	}
	v.waiting = -1
	e.showVP9(surface, v.meta)
}

// showAgain puts out a frame of a slot, after the one that waits.
func (e *nvdecEngine) showAgain(s vp9Slot) {
	e.showWaiting()
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
