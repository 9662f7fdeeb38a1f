package codec

import (
	"errors"
	"fmt"
	"time"
)

// Reset makes the decoder ready for another stream, as NewDecoder would for s with the
// same configuration, but keeps what it can: the session of the hardware, the memory
// of frames. Frames that are still held are forgotten: Drain gives them. A decoder that
// failed can be used again.
//
// Errors are those of NewDecoder; after one only Reset and Close may be called.
func (d *Decoder) Reset(s StreamInfo) error {
	if d == nil {
		return opError("reset decoder", fmt.Errorf("%w: nil Decoder", ErrArgument))
	}
	if d.closed.Load() {
		return ErrClosed
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed.Load() {
		return ErrClosed
	}
	if err := checkInfo(&s, &d.cfg.Limits); err != nil {
		return opError("reset decoder", err)
	}
	err := d.reset(s)
	if err != nil {
		err = opError("reset decoder", err)
		d.fatal = err
	}
	return err
}

func (d *Decoder) reset(s StreamInfo) error {
	before, failed := d.info, d.fatal != nil
	d.info, d.fatal, d.waiting = s, nil, nil
	d.packets, d.hidden, d.frames = 0, 0, 0
	d.begun, d.header = false, frameHeaderSEI(s.Codec, s.Extradata)
	_ = d.damage.take()
	if !d.info.known() {
		_ = d.info.learn(nil)
	}
	if e, ok := d.eng.(*nvdecEngine); ok && !failed && d.info.known() && s.Codec == before.Codec {
		err := e.reset(&d.info)
		var not errNotFor
		if err == nil || !errors.As(err, &not) || d.cfg.Device != Auto {
			return err
		}
	}
	if d.eng != nil {
		err := d.eng.close()
		d.eng = nil
		if err != nil && !failed {
			return err
		}
	}
	if !d.info.known() {
		return nil // the first sequence header will tell
	}
	return d.open()
}

// park gives the decoder's session back to the pool. It forgets references and frames
// that are held, as Discard does; decoding begins again at a key frame.
func (d *Decoder) park() error {
	if err := d.enter(); err != nil {
		return err
	}
	defer d.mu.Unlock()
	d.waiting = nil
	d.packets, d.hidden, d.frames = 0, 0, 0
	var err error
	switch e := d.eng.(type) {
	case nil:
		return nil
	case lender:
		err = e.park()
	default:
		err = e.discard()
	}
	if err != nil {
		d.fatal = opError("discard", err)
		return d.fatal
	}
	return nil
}

// warm gets the decoder a session like the one that decodes another part of the same
// stream, so that its first picture need not wait for one. It may take 40 ms and more.
func (d *Decoder) warm(like *Decoder) error {
	k, ok := like.sessionKind()
	if !ok {
		return nil
	}
	if err := d.enter(); err != nil {
		return err
	}
	defer d.mu.Unlock()
	if e, ok := d.eng.(lender); ok {
		return opError("new decoder", e.warm(k))
	}
	return nil
}

func (d *Decoder) sessionKind() (k sessionKind, ok bool) {
	if d.enter() != nil {
		return k, false
	}
	defer d.mu.Unlock()
	if e, lends := d.eng.(lender); lends {
		k, ok = e.kind()
	}
	return k, ok
}

// sessionPrice is how long it takes to get another session like the decoder's.
func (d *Decoder) sessionPrice() time.Duration {
	if err := d.enter(); err != nil {
		return 0
	}
	defer d.mu.Unlock()
	if e, ok := d.eng.(lender); ok {
		return e.price()
	}
	return 0
}
