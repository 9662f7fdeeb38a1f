package bitstream

// VP9Frames walks over the frames of a packet: one, or those of a superframe.
// Specification: VP9 bitstream, annex B.
type VP9Frames struct {
	data   []byte
	index  []byte // the sizes, without markers
	mag    int    // bytes a size
	single bool
	frame  []byte
	err    error
}

// Reset starts over with packet.
func (f *VP9Frames) Reset(packet []byte) {
	*f = VP9Frames{data: packet, single: true}
	if len(packet) == 0 {
		return
	}
	marker := packet[len(packet)-1]
	if marker&0xe0 != 0xc0 {
		return
	}
	mag, frames := int(marker>>3&3)+1, int(marker&7)+1
	size := 2 + mag*frames
	if len(packet) < size || packet[len(packet)-size] != marker {
		return
	}
	f.single, f.mag = false, mag
	f.data, f.index = packet[:len(packet)-size], packet[len(packet)-size+1:len(packet)-1]
}

// Next moves to the next frame and reports whether there is one. Frames of size 0 are
// left out.
func (f *VP9Frames) Next() bool {
	if f.single {
		f.frame, f.data = f.data, nil
		return len(f.frame) > 0
	}
	for len(f.index) > 0 {
		n := uint32(0)
		for i, b := range f.index[:f.mag] {
			n |= uint32(b) << (8 * i)
		}
		f.index = f.index[f.mag:]
		if uint64(n) > uint64(len(f.data)) {
			f.index, f.err = nil, ErrTruncated
			break
		}
		f.frame, f.data = f.data[:n:n], f.data[n:]
		if n > 0 {
			return true
		}
	}
	f.frame = nil
	return false
}

// Frame returns the current frame, a part of the packet.
func (f *VP9Frames) Frame() []byte { return f.frame }

// Err returns ErrTruncated when a size went beyond the packet.
func (f *VP9Frames) Err() error { return f.err }
