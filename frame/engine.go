package frame

import (
	"fmt"

	"github.com/go-nvcodec/nvcodec/cuda"
)

// An engine converts frames to one target, on the device that they are on or on the
// CPU. One goroutine at a time.
type engine struct {
	conversion Conversion
	to         func(source Format, depth int) (target, error)
	plans      [2]*plan // of progressive pictures and interlaced ones, which alternate
	plan       *plan    // the last one used
	host       hostEngine
	device     *deviceEngine // when there was a frame in device memory
}

// prepare works out the plan for a frame, which is kept for those like it.
func (e *engine) prepare(src *Frame) (*plan, error) {
	key := src.planKey()
	i := key.slot()
	if e.plans[i] != nil && e.plans[i].key == key {
		e.plan = e.plans[i]
		return e.plan, nil
	}
	p, err := newPlan(&e.conversion, key, e.to)
	if err != nil {
		return nil, err
	}
	e.plans[i], e.plan = p, p
	return p, nil
}

// slot is the place of a plan among those that are kept.
func (k *planKey) slot() int {
	if k.fields {
		return 1
	}
	return 0
}

// run converts src to where views says, one view a step. Device work goes to stream
// s, after the production of src, and counts as a reader of src.
func (e *engine) run(src *Frame, views *[2]view, s *cuda.Stream) error {
	p := e.plan
	if src.Memory == Host {
		if err := src.Wait(nil); err != nil {
			return err
		}
		for i := range p.steps {
			e.host.run(&p.steps[i], src, &p.source, p.target.kind, &views[i])
		}
		return nil
	}
	d, err := e.on(src.ctx)
	if err != nil {
		return err
	}
	set, err := d.prepare(p, s)
	if err != nil {
		return err
	}
	if err := src.Wait(s); err != nil {
		return err
	}
	for i := range p.steps {
		if err := set.launches[i].run(&p.steps[i], src, &p.source, &views[i], s, d.args); err != nil {
			return err
		}
	}
	if src.slot != nil {
		src.slot.reading(s) // so that a plain Release will do
	}
	return nil
}

// on is the device part for a context.
func (e *engine) on(ctx *cuda.Context) (*deviceEngine, error) {
	if e.device != nil && e.device.kernels.ctx.Handle() == ctx.Handle() {
		return e.device, nil
	}
	if err := e.close(); err != nil {
		return nil, err
	}
	if ctx == nil {
		return nil, errNoContext
	}
	k, err := kernelsOf(ctx)
	if err != nil {
		return nil, err
	}
	s, err := k.ctx.NewStream(cuda.StreamNonBlocking)
	if err != nil {
		k.close()
		return nil, err
	}
	e.device = &deviceEngine{kernels: k, stream: s, args: cuda.NewArgs()}
	return e.device, nil
}

func (e *engine) close() error {
	d := e.device
	if d == nil {
		return nil
	}
	e.device = nil
	return d.close()
}

// A deviceEngine is what an engine has in a context.
type deviceEngine struct {
	kernels *kernelSet
	stream  *cuda.Stream // for callers who bring none
	args    *cuda.Args
	sets    [2]deviceSet // of the engine's plans
}

// A deviceSet is what a plan has on the device.
type deviceSet struct {
	plan     *plan
	launches []*launch
	tables   cuda.DevicePtr
}

// prepare loads kernels and tables for a plan.
func (d *deviceEngine) prepare(p *plan, s *cuda.Stream) (*deviceSet, error) {
	set := &d.sets[p.key.slot()]
	if set.plan == p {
		return set, nil
	}
	set.plan = nil
	ctx := d.kernels.ctx
	if err := ctx.Free(set.tables); err != nil { // after all that may use them
		return nil, err
	}
	set.tables, set.launches = 0, nil
	place := map[*table]cuda.DevicePtr{}
	var all []byte
	for i := range p.steps {
		for _, class := range p.steps[i].tables {
			for _, t := range class {
				if _, ok := place[t]; !ok {
					place[t] = cuda.DevicePtr(len(all))
					for _, v := range t.data {
						all = le.AppendUint32(all, v)
					}
					all = append(all, make([]byte, -len(all)&255)...) // an allocation's alignment
				}
			}
		}
	}
	base, err := ctx.Alloc(len(all))
	if err != nil {
		return nil, err
	}
	set.tables = base
	if err := s.CopyHtoD(base, all); err != nil {
		return nil, err
	}
	// Later launches may be in other streams.
	if err := s.Synchronize(); err != nil {
		return nil, err
	}
	for i := range p.steps {
		st := &p.steps[i]
		var at [2][2]cuda.DevicePtr
		for class := range 2 {
			for a := range 2 {
				at[class][a] = base + place[st.tables[class][a]]
			}
		}
		l, err := d.kernels.newLaunch(st, p.source.wide, p.target.kind, at)
		if err != nil {
			return nil, err
		}
		set.launches = append(set.launches, l)
	}
	set.plan = p
	return set, nil
}

func (d *deviceEngine) close() error {
	var err error
	for i := range d.sets {
		if e := d.kernels.ctx.Free(d.sets[i].tables); err == nil { // waits for the device
			err = e
		}
	}
	if e := d.stream.Close(); err == nil {
		err = e
	}
	d.kernels.close()
	return err
}

// convertible checks what all conversions need of a source.
func (f *Frame) convertible(op string) error {
	if err := f.check(op); err != nil {
		return err
	}
	if err := f.checkPlanes(); err != nil {
		return err
	}
	if f.Memory == Device && f.ctx == nil {
		return fmt.Errorf("frame: %s: %w", op, errNoContext)
	}
	return nil
}
