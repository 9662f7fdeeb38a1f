package codec

import (
	"errors"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/frame"
)

// nvdecOutput makes the frames that pictures are copied into: in device memory, in
// page-locked host memory, or, planar, in plain host memory by way of that.
type nvdecOutput struct {
	ctx    *cuda.Context
	stream *cuda.Stream
	memory frame.Memory
	planar bool
	device *frame.DevicePool
	pinned *frame.HostPool
	host   *frame.HostPool // of planar frames
	copy   cuda.Copy2D     // here, so that it is not made anew for each plane
}

func (o *nvdecOutput) open(e *nvdecEngine) {
	o.ctx, o.stream = e.ctx, e.stream
	o.memory, o.planar = e.cfg.Memory, e.cfg.Layout == LayoutPlanar
	if o.memory == frame.Auto {
		o.memory = frame.Device
	}
	if o.planar {
		o.memory = frame.Host
	}
}

// get returns a frame that work in the stream may write.
func (o *nvdecOutput) get(f frame.Format, width, height int) (*frame.Frame, error) {
	var err error
	if o.memory == frame.Host {
		if !o.pinned.Fits(f, width, height) {
			o.pinned.Close()
			o.pinned, err = frame.NewHostPool(f, width, height, &frame.HostPoolConfig{PageLocked: o.ctx})
			if err != nil {
				return nil, err
			}
		}
		return o.pinned.Get()
	}
	if !o.device.Fits(f, width, height) {
		o.device.Close()
		if o.device, err = frame.NewDevicePool(o.ctx, f, width, height, nil); err != nil {
			return nil, err
		}
	}
	return o.device.Get(o.stream)
}

// finish completes the frames from first on: those in host memory must be there
// when the user gets them.
func (o *nvdecOutput) finish(frames []*frame.Frame, first int) ([]*frame.Frame, error) {
	if o.memory != frame.Host || len(frames) == first {
		return frames, nil
	}
	// The stream works in order: the last is the last.
	err := frames[len(frames)-1].Wait(nil)
	if err == nil && o.planar {
		for i := first; i < len(frames) && err == nil; i++ {
			frames[i], err = o.repack(frames[i])
		}
	}
	if err != nil {
		for _, f := range frames[first:] {
			f.Release()
		}
		frames = frames[:first]
	}
	return frames, err
}

// repack makes f planar and takes it over. If it fails, f is returned.
func (o *nvdecOutput) repack(f *frame.Frame) (*frame.Frame, error) {
	format, err := f.PlanarFormat()
	if err != nil {
		return f, err
	}
	if !o.host.Fits(format, f.Width, f.Height) {
		o.host.Close()
		if o.host, err = frame.NewHostPool(format, f.Width, f.Height, nil); err != nil {
			return f, err
		}
	}
	g, err := o.host.Get()
	if err != nil {
		return f, err
	}
	if err := f.RepackTo(g); err != nil {
		g.Release()
		return f, err
	}
	f.Release()
	return g, nil
}

func (o *nvdecOutput) close() error {
	return errors.Join(o.device.Close(), o.pinned.Close(), o.host.Close())
}
