package codec

import (
	"errors"
	"fmt"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/bitstream"
)

// encoderSEI puts the messages of pictures, and those of the stream, into the packets
// that an engine made. Neither NVENC nor libavcodec's encoders take every message, each
// refuses other ones, and some put them elsewhere; so that both engines give the same,
// the messages are written here.
type encoderSEI struct {
	codec  bitstream.Codec
	in     frame.SEICodec
	clocks bool        // H.264 has room for time codes
	static []frame.SEI // with every key frame
	inside []*seiPicture
	spare  []*seiPicture
	insert bitstream.SEIInserter
	buf    []byte
	read   seiReader
	timing seiList
	track  *bitstream.Tracker // of our own packets, for the syntax of picture timing
}

// A seiPicture is a picture in the encoder that has messages.
type seiPicture struct {
	pts   int64
	list  seiList
	clock frame.TimeCode // of H.264, which has it in a message of the encoder's own
}

func (s *encoderSEI) init(cfg *EncoderConfig) error {
	s.codec = bitstream.CodecByName(string(cfg.Codec))
	s.in = seiCodecs[s.codec]
	s.clocks = cfg.TimeCode
	s.read.init(s.codec)
	var err error
	s.static, err = cfg.HDR.messages(s.in)
	return err
}

// headers takes the stream's headers, when the engine is open. They must have room for
// time codes if those are wanted.
func (s *encoderSEI) headers(extradata []byte) error {
	if s.codec != bitstream.CodecH264 || !s.clocks {
		return nil
	}
	if !clockRoom(H264, extradata) {
		return errNoRoom
	}
	s.track, _ = bitstream.NewTracker(s.codec, extradata)
	return nil
}

var errNoRoom = fmt.Errorf("%w: TimeCode: the encoder's headers have no room for time codes; codec.CPU makes some", ErrUnsupported)

// clockRoom tells whether a stream with these headers can have time codes.
func clockRoom(id ID, headers []byte) (room bool) {
	if id != H264 {
		return true
	}
	var u bitstream.NALUnits
	for u.Reset(headers, 0); u.Next(); {
		var sps bitstream.H264SPS
		if sps.Parse(u.NAL()) == nil {
			room = sps.VUI.PicStruct
		}
	}
	return room
}

var errTiming = fmt.Errorf("%w: a picture timing without a clock: the encoder writes its own", ErrUnsupported)

// isClock tells whether H.264 has m in its picture timing.
func (s *encoderSEI) isClock(m *frame.SEI) bool {
	switch m.Type {
	case frame.SEITimeCode, frame.SEIPicTiming, frame.SEIMetadataTimeCode, frame.SEIMPEG2TimeCode:
		return s.in == frame.InH264
	}
	return false
}

// add takes the messages of a picture before it is encoded. An error leaves everything
// as it was.
func (s *encoderSEI) add(pts int64, list []frame.SEI) error {
	if len(list) == 0 {
		return nil
	}
	var p *seiPicture
	if n := len(s.spare); n > 0 {
		p, s.spare = s.spare[n-1], s.spare[:n-1]
	} else {
		p = new(seiPicture)
	}
	p.pts, p.clock = pts, frame.TimeCode{}
	p.list.reset()
	for i := range list {
		if err := s.addOne(p, &list[i]); err != nil {
			s.spare = append(s.spare, p)
			return fmt.Errorf("SEI[%d]: %w", i, err)
		}
	}
	s.inside = append(s.inside, p)
	return nil
}

func (s *encoderSEI) addOne(p *seiPicture, m *frame.SEI) error {
	if m.Type < 0 || len(m.Payload) > maxSEIPayload {
		return fmt.Errorf("%w: %v of %d bytes", ErrArgument, m.Type, len(m.Payload))
	}
	if !s.isClock(m) {
		x, err := m.In(s.in)
		if err != nil {
			return errors.Join(ErrUnsupported, err)
		}
		if s.in == frame.InAV1 && x.Type <= frame.SEIMetadataTimeCode && x.Type != frame.SEIMetadataScalability {
			// Decoders refuse the whole picture if one of these is malformed.
			v, err := x.Value()
			if err != nil {
				return errors.Join(ErrArgument, err)
			}
			if d, ok := v.(frame.UserDataRegistered); ok && len(d.Data) == 0 {
				return fmt.Errorf("%w: %v with a country and nothing behind it", ErrArgument, x.Type)
			}
		}
		p.list.append(x.Type, x.Payload, false)
		return nil
	}
	t, err := m.TimeCode()
	switch {
	case err != nil:
		return errors.Join(ErrArgument, err)
	case t.Count == 0 || !t.Clock[0].Present:
		return errTiming
	case !s.clocks:
		return fmt.Errorf("%w: a time code in H.264 needs room in the stream's headers: set EncoderConfig.TimeCode", ErrUnsupported)
	}
	p.clock = t
	return nil
}

// maxSEIPayload is far over what decoders take.
const maxSEIPayload = 1 << 24

// drop takes back the last picture added: the encoder did not take it.
func (s *encoderSEI) drop(pts int64) {
	if n := len(s.inside); n > 0 && s.inside[n-1].pts == pts {
		s.spare = append(s.spare, s.inside[n-1])
		s.inside = s.inside[:n-1]
	}
}

// restart forgets the pictures inside: a new stream begins.
func (s *encoderSEI) restart() {
	s.spare = append(s.spare, s.inside...)
	s.inside = s.inside[:0]
}

// take returns the entry of a picture, nil if it has no messages. It stays valid until
// the next add.
func (s *encoderSEI) take(pts int64) *seiPicture {
	for i, p := range s.inside {
		if p.pts == pts {
			s.spare = append(s.spare, p)
			s.inside = append(s.inside[:i], s.inside[i+1:]...)
			return p
		}
	}
	return nil
}

// write puts messages into new packets.
func (s *encoderSEI) write(packets []*Packet) error {
	for _, p := range packets {
		pic := s.take(p.PTS)
		if s.track != nil {
			if err := s.setClock(p, pic); err != nil {
				return err
			}
		}
		if pic == nil && !(p.Key && len(s.static) > 0) {
			continue
		}
		s.insert.Reset(s.codec)
		if p.Key {
			for i := range s.static {
				m := &s.static[i]
				if pic == nil || !pic.list.has(m.Type) {
					insertSEI(&s.insert, m.Type, m.Payload)
				}
			}
		}
		if pic != nil {
			for _, m := range pic.list.messages {
				insertSEI(&s.insert, m.typ, pic.list.data[m.start:m.end])
			}
		}
		if s.insert.Empty() {
			continue
		}
		out, err := s.insert.AppendPacket(s.buf[:0], p.Data, 0)
		if err != nil {
			return fmt.Errorf("messages of the picture at %d: %w", p.PTS, err)
		}
		p.Data, s.buf = out, p.Data
	}
	return nil
}

// insertSEI adds a message of the codec of w.
func insertSEI(w *bitstream.SEIInserter, t frame.SEIType, payload []byte) {
	switch {
	case t == frame.SEIDolbyVision:
		w.DolbyVision(payload)
	case t >= frame.SEIMetadataOBU:
		m := frame.SEI{Type: t, Payload: payload}
		w.Metadata(uint32(t-frame.SEIMetadataOBU), payload, m.PayloadBits())
	default:
		w.Message(uint32(t), payload)
	}
}

var errNoTiming = fmt.Errorf("%w: the encoder writes no picture timing that a time code could be in", ErrUnsupported)

// setClock writes a picture's time code into the picture timing of its packet.
func (s *encoderSEI) setClock(p *Packet, pic *seiPicture) error {
	_, err := s.track.Parse(p.Data)
	if pic == nil || pic.clock.Count == 0 {
		return nil // the parameter sets of this packet count for later ones
	}
	if err != nil {
		return err
	}
	s.timing.reset()
	s.read.read(&s.timing, p.Data, 0)
	m := frame.SEI{Type: frame.SEIPicTiming, Syntax: syntaxOf(s.codec, s.track.PicTiming())}
	for _, x := range s.timing.messages {
		if x.typ == frame.SEIPicTiming {
			m.Payload = s.timing.data[x.start:x.end]
			break
		}
	}
	if m.Payload == nil || !m.Syntax.PicStruct {
		return errNoTiming
	}
	t, err := m.PicTiming()
	if err != nil {
		return err
	}
	t.TimeCode = pic.clock
	for i := range t.TimeCode.Clock {
		// The length is the stream's.
		if c := &t.TimeCode.Clock[i]; c.OffsetBits > m.Syntax.TimeOffsetBits {
			c.Offset, c.OffsetBits = 0, 0
		}
	}
	if m, err = t.SEI(frame.InH264); err != nil {
		return err
	}
	out, ok := s.insert.AppendReplaced(s.buf[:0], p.Data, s.codec, 0, uint32(frame.SEIPicTiming), m.Payload)
	if !ok {
		return errNoTiming
	}
	p.Data, s.buf = out, p.Data
	return nil
}
