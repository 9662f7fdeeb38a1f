package cuda

import "errors"

// part is what has to be done to end something made in a context. It is also the
// argument of the cleanup that runs if it was forgotten, so it refers to nothing
// but the counted context.
type part struct {
	state  *contextState
	handle uintptr
	kind   partKind
}

type partKind uint8

const (
	streamPart partKind = iota
	eventPart
	modulePart
	hostPart
	arrayPart
)

// end destroys the object and lets the context go, in this order.
func (p part) end() error {
	d := p.state.driver
	var name string
	var fn uintptr
	switch p.kind {
	case streamPart:
		name, fn = "cuStreamDestroy", d.cuStreamDestroy
		liveStreams.Done()
	case eventPart:
		name, fn = "cuEventDestroy", d.cuEventDestroy
		liveEvents.Done()
	case modulePart:
		name, fn = "cuModuleUnload", d.cuModuleUnload
		liveModules.Done()
	case hostPart:
		name, fn = "cuMemFreeHost", d.cuMemFreeHost
		liveHost.Done()
	case arrayPart:
		name, fn = "cuArrayDestroy", d.cuArrayDestroy
		liveArrays.Done()
	}
	err := p.state.enter()
	if err == nil {
		b := borrow()
		err = d.call(b.Int(p.handle), name, fn)
		b.giveBack()
		p.state.exit()
	}
	return errors.Join(err, p.state.drop())
}

func endPart(p part) { _ = p.end() }
