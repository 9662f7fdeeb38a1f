package codec

// restart begins a new stream, with an IDR picture and times of its own, after Drain.
// An engine that can go on in its session does; others are made again.
func (e *Encoder) restart() error {
	if err := e.enter(); err != nil {
		return err
	}
	defer e.mu.Unlock()
	if r, ok := e.eng.(interface{ restart() error }); ok {
		if err := r.restart(); err != nil {
			e.fatal = opError("restart encoder", err)
			return e.fatal
		}
	} else {
		old := e.eng
		err := old.close()
		if err == nil {
			err = e.open()
		}
		if err != nil {
			e.eng = old // closed, and Close may close it again
			e.fatal = opError("restart encoder", err)
			return e.fatal
		}
	}
	e.ended, e.last, e.anchor, e.since = false, NoPTS, 0, 0
	return nil
}
