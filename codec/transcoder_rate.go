package codec

import "github.com/go-nvcodec/nvcodec/frame"

// retimer makes a constant rate of any times: each frame is shown from the tick nearest
// to its time until the next one's. Without a rate it lets frames through.
type retimer struct {
	on   bool
	held *frame.Frame
	tick int64 // of held
}

// emit codes a frame at a time, any number of times; the frame stays the caller's.
type emit func(f *frame.Frame, pts int64) error

func (r *retimer) begin(rate, _ frame.Rational) {
	r.drop()
	r.on = rate.Num > 0
}

func (r *retimer) holds() bool { return r.held != nil }

// put takes f over. pts is its time in ticks of the new rate.
func (r *retimer) put(f *frame.Frame, pts int64, out emit) error {
	if !r.on {
		err := out(f, pts)
		f.Release()
		return err
	}
	if r.held != nil && r.tick >= pts {
		passCaptions(r.held, f) // it is not shown
	}
	err := r.finish(pts, out)
	r.held, r.tick = f, pts
	return err
}

// finish shows what is held until the tick end.
func (r *retimer) finish(end int64, out emit) (err error) {
	if r.held == nil {
		return nil
	}
	for ; r.tick < end && err == nil; r.tick++ {
		err = out(r.held, r.tick)
	}
	r.drop()
	return err
}

func (r *retimer) drop() {
	if r.held != nil {
		r.held.Release()
		r.held = nil
	}
}
