package codec

import "errors"

// A restarter is an encodeEngine that can begin a new stream, with an IDR picture and
// times of its own, in the session that it has: after drain, or with pictures inside,
// which are lost.
type restarter interface{ restart() error }

// restart begins a new stream, with an IDR picture, the stream's headers and times of its
// own, after Drain, or instead of what is still inside. An engine that can go on in its
// session does; where that fails, and with others, a new one is made.
func (e *Encoder) restart() error {
	if err := e.enter(); err != nil {
		return err
	}
	defer e.mu.Unlock()
	if err := e.again(); err != nil {
		e.fatal = opError("restart encoder", err)
		return e.fatal
	}
	e.sei.restart()
	e.out.n = 0
	e.ended, e.last, e.anchor, e.since = false, NoPTS, 0, 0
	return nil
}

func (e *Encoder) again() error {
	r, ok := e.eng.(restarter)
	if !ok {
		return e.reopen()
	}
	why := r.restart()
	if why == nil {
		return nil
	}
	logger().Warn("encoder: the session cannot be used again", "error", why)
	if err := e.reopen(); err != nil {
		return errors.Join(err, why)
	}
	return nil
}

// reopen makes a new engine instead of the one there is.
func (e *Encoder) reopen() error {
	old := e.eng
	err := old.close()
	if err == nil {
		err = e.open()
	}
	if err != nil {
		e.eng = old // closed, and Close may close it again
	}
	return err
}
