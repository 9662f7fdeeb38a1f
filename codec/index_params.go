package codec

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/go-nvcodec/nvcodec/internal/bitstream"
)

// maxSets bounds the memory of the parameter sets of an index.
const maxSets = 64 << 20

// paramSets follows the parameter sets in force through a stream. Where they change,
// each place to begin at needs those of its own, whatever was decoded before.
//
// A state is what is in force: new extradata, if any came with a packet, and NAL units
// (H.264, HEVC), each with its length in four bytes before it.
type paramSets struct {
	id     ID
	length nalLength
	extra  []byte            // that came with a packet
	units  map[uint16][]byte // by type and id
	states [][]byte          // all that there were, the present one last
	size   int
	stale  bool // the last of states is not up to date
	groups bool // H.264 slice groups, which libavcodec does not decode
}

func (s *paramSets) open(id ID, extradata []byte) {
	s.id, s.units = id, map[uint16][]byte{}
	s.readExtradata(extradata)
	s.states, s.stale = [][]byte{s.encode()}, false
}

func (s *paramSets) readExtradata(x []byte) {
	s.length = nalLengthOf(s.id, x)
	switch s.id {
	case H264:
		if !bitstream.IsAnnexB(x) {
			var c bitstream.AVCConfig
			_ = c.Parse(x) // what can be read
			x = c.AppendAnnexB(nil)
		}
	case HEVC:
		if !bitstream.IsAnnexB(x) {
			var c bitstream.HEVCConfig
			_ = c.Parse(x)
			x = c.AppendAnnexB(nil)
		}
	}
	s.read(x, 0)
}

// replace takes headers that came beside a packet.
func (s *paramSets) replace(extradata []byte) {
	if bytes.Equal(s.extra, extradata) {
		return
	}
	s.extra, s.stale = bytes.Clone(extradata), true
	s.readExtradata(extradata)
}

// packet takes the parameter sets out of a packet.
func (s *paramSets) packet(p []byte) { s.read(p, s.length.of(p)) }

func (s *paramSets) read(data []byte, length int) {
	if s.id != H264 && s.id != HEVC {
		return
	}
	var u bitstream.NALUnits
	u.Reset(data, length)
	for u.Next() {
		nal := u.NAL()
		key, set := s.key(nal)
		if !set {
			if s.picture(nal) {
				return // parameter sets come before
			}
			continue
		}
		if !bytes.Equal(s.units[key], nal) {
			s.units[key], s.stale = bytes.Clone(nal), true
			var pps bitstream.H264PPS
			if s.id == H264 && key>>12 == 2 && pps.Parse(nal) == nil && pps.NumSliceGroups > 1 {
				s.groups = true
			}
		}
	}
}

// picture tells whether the unit is a slice.
func (s *paramSets) picture(nal []byte) bool {
	if s.id == H264 {
		h, ok := bitstream.ParseH264NALHeader(nal)
		return ok && h.Type.HasSliceHeader()
	}
	h, ok := bitstream.ParseHEVCNALHeader(nal)
	return ok && h.Type.IsVCL()
}

// key tells parameter sets apart, in the order in which they must come.
func (s *paramSets) key(nal []byte) (uint16, bool) {
	var r bitstream.BitReader
	if s.id == H264 {
		h, ok := bitstream.ParseH264NALHeader(nal)
		if !ok {
			return 0, false
		}
		r.ResetNAL(nal[1:])
		switch h.Type {
		case bitstream.H264NALSPS:
			r.Skip(24)
			return 1<<12 | uint16(r.UE()&31), r.Err() == nil
		case bitstream.H264NALPPS:
			return 2<<12 | uint16(r.UE()&255), r.Err() == nil
		}
		return 0, false
	}
	h, ok := bitstream.ParseHEVCNALHeader(nal)
	if !ok || h.LayerID != 0 {
		return 0, false
	}
	r.ResetNAL(nal[2:])
	switch h.Type {
	case bitstream.HEVCNALVPS:
		return 1<<12 | uint16(r.Bits(4)), r.Err() == nil
	case bitstream.HEVCNALSPS:
		var sps bitstream.HEVCSPS
		err := sps.Parse(nal)
		return 2<<12 | uint16(sps.ID), err == nil
	case bitstream.HEVCNALPPS:
		return 3<<12 | uint16(r.UE()&63), r.Err() == nil
	}
	return 0, false
}

// state is the number, from 0, of what is in force.
func (s *paramSets) state() int {
	if s.stale {
		s.stale = false
		if now := s.encode(); !bytes.Equal(now, s.states[len(s.states)-1]) {
			s.states = append(s.states, now)
			s.size += len(now)
		}
	}
	return len(s.states) - 1
}

// changed tells whether there was more than one.
func (s *paramSets) changed() bool { return len(s.states) > 1 }

func (s *paramSets) encode() []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(s.extra)))
	out = append(out, s.extra...)
	keys := make([]uint16, 0, len(s.units))
	for k := range s.units {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		out = binary.BigEndian.AppendUint32(out, uint32(len(s.units[k])))
		out = append(out, s.units[k]...)
	}
	return out
}

// splitSets returns the extradata and the NAL units of a state.
func splitSets(state []byte) (extra, units []byte) {
	if len(state) < 4 {
		return nil, nil
	}
	n := binary.BigEndian.Uint32(state)
	state = state[4:]
	if uint64(n) > uint64(len(state)) {
		return nil, nil
	}
	return state[:n], state[n:]
}

// appendSets appends the NAL units of a state in the form that packet has: each with a
// length of so many bytes before it, or 0 for start codes.
func appendSets(dst, units []byte, length int) []byte {
	for len(units) > 4 {
		n := binary.BigEndian.Uint32(units)
		units = units[4:]
		if uint64(n) > uint64(len(units)) {
			break
		}
		switch length {
		case 0:
			dst = append(dst, 0, 0, 0, 1)
		default:
			for i := length - 1; i >= 0; i-- {
				dst = append(dst, byte(uint64(n)>>(8*i)))
			}
		}
		dst = append(dst, units[:n]...)
		units = units[n:]
	}
	return dst
}
