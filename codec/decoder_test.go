package codec

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
)

// scripted is an engine whose answers are written down: one step a packet.
type scripted struct {
	mu     sync.Mutex
	steps  []step
	at     int
	closed int
	block  chan struct{} // decode waits for it if it is not nil
	inside chan struct{}
}

type step struct {
	frames  int
	corrupt bool
	err     error
}

var errScript = errors.New("scripted")

func (s *scripted) run(out []*frame.Frame) ([]*frame.Frame, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed > 0 {
		panic("engine used after close")
	}
	if s.at >= len(s.steps) {
		return out, nil
	}
	st := s.steps[s.at]
	s.at++
	for range st.frames {
		f, err := frame.NewHost(frame.NV12, 2, 2)
		if err != nil {
			return out, err
		}
		f.Reset(nil)
		f.Corrupt = st.corrupt
		out = append(out, f)
	}
	return out, st.err
}

func (s *scripted) decode(_ *Packet, out []*frame.Frame) ([]*frame.Frame, error) {
	if s.block != nil {
		s.inside <- struct{}{}
		<-s.block
	}
	return s.run(out)
}
func (s *scripted) drain(out []*frame.Frame) ([]*frame.Frame, error) { return s.run(out) }
func (s *scripted) discard() error                                   { return nil }
func (s *scripted) close() error                                     { s.closed++; return nil }

func scriptedDecoder(cfg DecoderConfig, steps ...step) (*Decoder, *scripted) {
	e := &scripted{steps: steps}
	return &Decoder{cfg: cfg, eng: e, info: StreamInfo{Codec: H264}}, e
}

func packets(n int, end error) iter.Seq2[*Packet, error] {
	return func(yield func(*Packet, error) bool) {
		for i := range n {
			if !yield(&Packet{Data: []byte{1}, PTS: int64(i)}, nil) {
				return
			}
		}
		if end != nil {
			yield(nil, end)
		}
	}
}

func corrupt(n int) error { return fmt.Errorf("%w: %d", ErrCorrupt, n) }

func TestPolicyDeliver(t *testing.T) {
	d, _ := scriptedDecoder(DecoderConfig{}, step{frames: 1}, step{frames: 1, corrupt: true, err: corrupt(1)}, step{err: corrupt(2)}, step{frames: 2})
	total := 0
	var last error
	for f, err := range d.Frames(packets(3, nil)) {
		if err != nil {
			last = err
			continue
		}
		total++
		f.Release()
	}
	require.Equal(t, 4, total, "damage loses no frame")
	require.ErrorIs(t, last, ErrCorrupt)
	var dam *DamageError
	require.ErrorAs(t, last, &dam)
	require.Equal(t, 3, dam.Count, "a marked frame, and two packets")
	var where *Error
	require.ErrorAs(t, last, &where)
	require.EqualValues(t, NoPTS, where.PTS, "the marked frame, which has no time here, was the first")
	require.NoError(t, d.Damage(), "Drain took it")
}

func TestPolicySkip(t *testing.T) {
	d, _ := scriptedDecoder(DecoderConfig{OnError: Skip}, step{frames: 2, corrupt: true, err: corrupt(1)}, step{frames: 1})
	frames, err := d.Decode(&Packet{Data: []byte{1}})
	require.NoError(t, err)
	require.Empty(t, frames)
	require.ErrorIs(t, d.Damage(), ErrCorrupt)
	frames, err = d.Decode(&Packet{Data: []byte{1}})
	require.NoError(t, err)
	require.Len(t, frames, 1)
}

func TestPolicyStop(t *testing.T) {
	d, _ := scriptedDecoder(DecoderConfig{OnError: Stop}, step{frames: 1, err: corrupt(1)}, step{frames: 1})
	frames, err := d.Decode(&Packet{Data: []byte{1}})
	require.ErrorIs(t, err, ErrCorrupt)
	require.Len(t, frames, 1, "the frames before it are delivered")
	_, again := d.Decode(&Packet{Data: []byte{1}})
	require.Equal(t, err, again)
}

func TestFatalErrorStays(t *testing.T) {
	d, _ := scriptedDecoder(DecoderConfig{}, step{err: errScript})
	_, err := d.Decode(&Packet{Data: []byte{1}, PTS: 9})
	require.ErrorIs(t, err, errScript)
	require.EqualError(t, err, "codec: decode at pts 9: scripted")
	_, again := d.Drain()
	require.Equal(t, err, again)
	require.NoError(t, d.Close())
}

func TestFramesSourceFails(t *testing.T) {
	d, _ := scriptedDecoder(DecoderConfig{}, step{frames: 1}, step{frames: 1})
	n := 0
	var last error
	for f, err := range d.Frames(packets(1, io.ErrUnexpectedEOF)) {
		if err != nil {
			last = err
			break
		}
		n++
		f.Release()
	}
	require.Equal(t, 2, n, "what was held comes out before the source's error")
	require.ErrorIs(t, last, io.ErrUnexpectedEOF)
}

func TestFramesLeftEarly(t *testing.T) {
	d, e := scriptedDecoder(DecoderConfig{}, step{frames: 5}, step{frames: 1})
	var rest []*frame.Frame
	for f, err := range d.Frames(packets(10, nil)) {
		require.NoError(t, err)
		rest = append(rest, d.out[1:]...)
		f.Release()
		break
	}
	require.Equal(t, 1, e.at, "no further packet is read")
	for _, f := range rest {
		require.Zero(t, f.References(), "what was not yielded is released")
	}
}

func TestDecoderBadUse(t *testing.T) {
	_, err := NewDecoder(StreamInfo{}, nil)
	require.ErrorIs(t, err, ErrArgument)
	_, err = NewDecoder(StreamInfo{Codec: H264, Type: Audio}, nil)
	require.ErrorIs(t, err, ErrArgument)
	_, err = NewDecoder(StreamInfo{Codec: H264, Width: -1}, nil)
	require.ErrorIs(t, err, ErrArgument)
	_, err = NewDecoder(StreamInfo{Codec: H264}, &DecoderConfig{Threads: -1})
	require.ErrorIs(t, err, ErrArgument)

	d, e := scriptedDecoder(DecoderConfig{})
	_, err = d.Decode(nil)
	require.ErrorIs(t, err, ErrArgument)
	require.NoError(t, d.Close())
	require.NoError(t, d.Close())
	require.Equal(t, 1, e.closed)
	_, err = d.Decode(&Packet{Data: []byte{1}})
	require.ErrorIs(t, err, os.ErrClosed)
	_, err = d.Drain()
	require.ErrorIs(t, err, os.ErrClosed)
	require.ErrorIs(t, d.Discard(), os.ErrClosed)
	for _, err := range d.Frames(packets(1, nil)) {
		require.ErrorIs(t, err, os.ErrClosed)
	}
	var none *Decoder
	require.NoError(t, none.Close())
	_, err = none.Decode(&Packet{})
	require.ErrorIs(t, err, ErrArgument)
}

func TestCloseWhileInside(t *testing.T) {
	d, e := scriptedDecoder(DecoderConfig{}, step{frames: 1})
	e.block, e.inside = make(chan struct{}), make(chan struct{}, 1)
	done := make(chan error, 1)
	go func() {
		frames, err := d.Decode(&Packet{Data: []byte{1}})
		for _, f := range frames {
			f.Release()
		}
		done <- err
	}()
	<-e.inside
	closed := make(chan error, 1)
	go func() { closed <- d.Close() }()
	select {
	case <-closed:
		t.Fatal("Close returned while the engine was inside a call")
	case <-time.After(20 * time.Millisecond):
	}
	close(e.block)
	require.NoError(t, <-done)
	require.NoError(t, <-closed)
	require.Equal(t, 1, e.closed)
}

func TestDecodeDoesNotAllocate(t *testing.T) {
	d, _ := scriptedDecoder(DecoderConfig{})
	p := &Packet{Data: []byte{1}}
	require.Zero(t, testing.AllocsPerRun(200, func() { _, _ = d.Decode(p) }))
}

func TestPacketClone(t *testing.T) {
	p := &Packet{Data: []byte{1, 2}, PTS: 3, SideData: []SideData{{Type: 1, Data: []byte{9}}}}
	c := p.Clone()
	p.Data[0], p.SideData[0].Data[0] = 7, 7
	require.Equal(t, []byte{1, 2}, c.Data)
	require.Equal(t, []byte{9}, c.SideData[0].Data)
	p.Reset()
	require.EqualValues(t, NoPTS, p.PTS)
	require.Equal(t, int64(-1), p.Pos)
	require.Zero(t, p.Time())
}
