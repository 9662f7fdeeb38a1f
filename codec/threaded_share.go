package codec

import (
	"errors"
	"fmt"
)

// mayPause tells whether the decoder can be emptied before the packet and begin anew with
// it, without a frame being another one for it.
func (r *readAhead) mayPause() bool {
	p := &r.pkt
	if !p.Key || p.PTS == NoPTS || p.Flags&EndOfPicture == 0 || r.track == nil {
		return false
	}
	r.track.Reset()
	i, err := r.track.Parse(p.Data)
	return err == nil && i.Closed && !i.DropsPrior
}

// letOthers gives the session to another reader, and waits for its turn.
func (r *readAhead) letOthers(v video) error {
	frames, err := r.dec.Drain()
	if errors.Is(err, ErrCorrupt) {
		if r.damage == nil {
			r.damage = err
		}
		err = nil
	}
	if err = r.deliver(v, frames, err); err != nil {
		return err
	}
	r.pause()
	if r.cfg.share.acquire(r.ctx) != nil {
		return errStopped
	}
	return nil
}

// pause gives the session back, unless there is none, or the decoder has failed, which
// its next call tells.
func (r *readAhead) pause() {
	h := r.cfg.share
	if h.sessions() > 0 && r.dec.park() == nil {
		h.give()
	}
	h.rest()
}

// movable tells whether frames of a source can be reached without decoding all before
// them.
func (r *readAhead) movable(d *Demuxer) bool {
	return r.cfg.Latency == LatencyNative && (d.again != nil || d.Seek(0) == nil)
}

// decodeFrom sends the frames of a video from v.start on, by way of its index.
func (r *readAhead) decodeFrom(v video) (err error) {
	cfg := *r.cfg
	cfg.late = false // it knows which frames are wanted
	s, err := NewSimpleDecoder(v.dem, &SimpleDecoderConfig{DecoderConfig: cfg, Parallel: 1, ScanContext: r.ctx})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if v.start >= s.Len() {
		return fmt.Errorf("%w: frame %d of %d", ErrRange, v.start, s.Len())
	}
	for f, err := range s.Range(v.start, s.Len(), 1) {
		if err != nil {
			return err
		}
		if !r.send(readyFrame{f: f}) {
			f.Release()
			return errStopped
		}
	}
	return nil
}
