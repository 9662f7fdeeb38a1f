package codec

import (
	"errors"

	"github.com/go-nvcodec/nvcodec/nvenc"
)

// restart begins a new stream in the same session: what is still inside is thrown away,
// rate control forgets what it knew, and the next picture is an IDR with the parameter
// sets in front of it. An end of stream makes the session refuse pictures until then.
func (e *nvencEngine) restart() error {
	if err := e.ctx.Enter(); err != nil {
		return err
	}
	defer e.ctx.Exit()
	if err := e.finishAll(); err != nil {
		return err
	}
	if e.fed == 0 {
		return nil // nothing was coded since it was opened or restarted
	}
	if err := e.session.Reconfigure(&nvenc.ReconfigureParams{
		ReInitEncodeParams: e.setup.init, Flags: nvenc.ReconfigureResetEncoder | nvenc.ReconfigureForceIDR,
	}); err != nil {
		return err
	}
	e.ended, e.fed, e.headers = false, 0, true
	e.order.open(&e.cfg, e.setup)
	return e.describe() // the size may have changed
}

// finishAll ends the stream, throws away the coded pictures that were not taken, and
// makes all slots free. The hardware writes into buffers until then.
func (e *nvencEngine) finishAll() error {
	var err error
	if len(e.pending) > 0 && !e.ended {
		e.ended = true
		e.pic = nvenc.PicParams{EncodePicFlags: nvenc.PicFlagEOS}
		_, err = e.submit()
	}
	for _, s := range e.pending {
		if err == nil {
			err = e.discard(s)
		}
	}
	e.pending, e.inputs, e.finished = e.pending[:0], e.inputs[:0], 0
	e.free = e.free[:0]
	for _, s := range e.slots {
		err = errors.Join(err, e.emptied(s))
		s.free = true
		e.free = append(e.free, s)
	}
	return err
}
