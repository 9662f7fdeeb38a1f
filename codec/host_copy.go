package codec

import "github.com/go-nvcodec/nvcodec/frame"

// A hostCopy brings frames from device memory into host memory, page-locked, in one
// pool.
type hostCopy struct{ pool *frame.HostPool }

// get is f itself if it is in host memory, else a copy with a reference of its own,
// which the caller releases.
func (c *hostCopy) get(f *frame.Frame) (*frame.Frame, error) {
	if f.Memory != frame.Device {
		return f, f.Wait(nil)
	}
	if !c.pool.Fits(f.Format, f.Width, f.Height) {
		c.pool.Close()
		c.pool = nil
		var err error
		if c.pool, err = frame.NewHostPool(f.Format, f.Width, f.Height, &frame.HostPoolConfig{PageLocked: f.Context()}); err != nil {
			return nil, err
		}
	}
	h, err := c.pool.Get()
	if err != nil {
		return nil, err
	}
	if err := f.CopyTo(h); err != nil {
		h.Release()
		return nil, err
	}
	return h, nil
}

func (c *hostCopy) close() error { return c.pool.Close() }
