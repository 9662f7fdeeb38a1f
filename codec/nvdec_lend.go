package codec

import (
	"errors"
	"fmt"
	"time"

	"github.com/go-nvcodec/nvcodec/internal/bitstream"
)

// A lender is a decode engine whose session of the hardware can be taken and given
// without the rest of it.
type lender interface {
	// park forgets the stream's state, as discard does, and gives the session to the pool.
	park() error
	// kind is the session in use.
	kind() (sessionKind, bool)
	// warm takes a session of a kind before the first picture comes.
	warm(k sessionKind) error
	// price is how long it takes to get another session like the one in use.
	price() time.Duration
}

var _ lender = (*nvdecEngine)(nil)

func (e *nvdecEngine) park() error {
	err := e.discard()
	if s := e.session; s != nil {
		e.session = nil
		e.vp9.lost()
		err = errors.Join(err, s.release())
	}
	return err
}

func (e *nvdecEngine) kind() (sessionKind, bool) {
	s := e.session
	if s == nil {
		return sessionKind{}, false
	}
	return sessionKind{s.key, s.geometry, s.surfaces, s.maxWidth, s.maxHeight}, true
}

func (e *nvdecEngine) warm(k sessionKind) error {
	if e.session != nil || e.err != nil || k.key.codec != e.codec || k.key.context != e.ctx.Handle() {
		return nil // the first picture will do it
	}
	if err := e.ctx.Enter(); err != nil {
		return err
	}
	defer e.ctx.Exit()
	var err error
	e.session, err = e.openSession(k)
	return err
}

func (e *nvdecEngine) price() time.Duration {
	if e.session == nil || sessions.fitting(e.session) > 0 {
		return 0
	}
	return creations.price()
}

// reset makes the engine ready for another stream of the same codec. Its CUDA stream,
// the pools of its frames and its session stay.
func (e *nvdecEngine) reset(s *StreamInfo) error {
	if err := e.discard(); err != nil {
		return err
	}
	before := e.info
	e.info = *s
	if err := e.checkStream(); err != nil {
		e.info = before
		return err
	}
	track, err := bitstream.NewTracker(bitstream.CodecByName(string(s.Codec)), s.Extradata)
	if track == nil {
		return fmt.Errorf("%w: %v: %w", ErrUnsupported, s.Codec, err)
	}
	e.track = track
	if err := e.input.close(); err != nil {
		return err
	}
	e.input = nvdecInput{buf: e.input.buf}
	e.input.open(&e.info)
	e.times.forget()
	e.restart()
	if err := e.parser.Close(); err != nil {
		return err
	}
	return e.openParser()
}
