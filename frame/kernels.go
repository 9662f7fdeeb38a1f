package frame

import (
	_ "embed" // the kernels
	"fmt"
	"sync"

	"github.com/go-nvcodec/nvcodec/cuda"
)

//go:generate sh kernels/build.sh

// Kernels that convert, for every GPU from Maxwell on and every driver from 525 on.
// The driver compiles them for its device when a conversion asks for them first.
var (
	//go:embed kernels/convert.ptx
	convertPTX []byte
	//go:embed kernels/fast.ptx
	fastPTX []byte
)

// A kernelSet is the kernels of one context, shared by all that convert there.
type kernelSet struct {
	ctx  *cuda.Context // a reference of its own
	uses int

	mu        sync.Mutex
	modules   [2]*cuda.Module
	functions map[string]*cuda.Function
}

var kernelSets = struct {
	sync.Mutex
	of map[uintptr]*kernelSet // by context
}{of: map[uintptr]*kernelSet{}}

// kernelsOf counts a user of the kernels in ctx.
func kernelsOf(ctx *cuda.Context) (*kernelSet, error) {
	kernelSets.Lock()
	defer kernelSets.Unlock()
	k := kernelSets.of[ctx.Handle()]
	if k == nil {
		own, err := ctx.Clone()
		if err != nil {
			return nil, err
		}
		k = &kernelSet{ctx: own, functions: map[string]*cuda.Function{}}
		kernelSets.of[ctx.Handle()] = k
	}
	k.uses++
	return k, nil
}

// close counts a user off. No kernel of it may be running.
func (k *kernelSet) close() {
	kernelSets.Lock()
	defer kernelSets.Unlock()
	if k.uses--; k.uses > 0 {
		return
	}
	delete(kernelSets.of, k.ctx.Handle())
	for _, m := range k.modules {
		m.Close()
	}
	k.ctx.Close()
}

// function loads a kernel of module 0, convert, or 1, fast.
func (k *kernelSet) function(module int, name string) (*cuda.Function, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if f := k.functions[name]; f != nil {
		return f, nil
	}
	if k.modules[module] == nil {
		m, err := k.ctx.LoadModule([][]byte{convertPTX, fastPTX}[module])
		if err != nil {
			return nil, fmt.Errorf("frame: load kernels: %w", err)
		}
		k.modules[module] = m
	}
	f, err := k.modules[module].Function(name)
	if err != nil {
		return nil, err
	}
	k.functions[name] = f
	return f, nil
}

// A launch is a step with what it needs on a device.
type launch struct {
	general, fast *cuda.Function
	job, quick    job
	number        int // bytes of what is written at a time
	chunk         int // pixels of a row that a thread of fast writes, in thirds
}

var block = cuda.Dim3{X: 32, Y: 4}

// newLaunch loads the kernels of a step. tables is where each of its tables lies.
func (k *kernelSet) newLaunch(s *step, wide bool, to kind, tables [2][2]cuda.DevicePtr) (*launch, error) {
	l := &launch{job: s.job, number: to.bytes()}
	from := "u8"
	if wide {
		from = "u16"
	}
	var err error
	if l.general, err = k.function(0, "convert_"+from+"_"+kindNames[to]); err != nil {
		return nil, err
	}
	for class := range 2 {
		for a := range 2 {
			l.job.table[class][a] = uint64(tables[class][a])
		}
	}
	if !s.fast {
		return l, nil
	}
	l.quick = l.job
	name := "planes_" + from + "_" + kindNames[to]
	l.chunk = 24
	switch s.part.step {
	case 3:
		name, l.chunk = "rgb24_"+from, 16
	case 4:
		name = "rgb32_" + from
	}
	l.fast, err = k.function(1, name)
	return l, err
}

// run queues a step. src are the frame's planes.
func (l *launch) run(s *step, src *Frame, in *source, v *view, stream *cuda.Stream, args *cuda.Args) error {
	b := in.sampleBytes()
	j := &l.job
	if l.fast != nil {
		j = &l.quick
		j.src[0] = uint64(src.Planes[0].Ptr) + uint64(s.shift[1]*src.Planes[0].Pitch+s.shift[0]*b)
		j.src[1] = uint64(src.Planes[1].Ptr) + uint64(s.shift[1]/2*src.Planes[1].Pitch+s.shift[0]*b)
		j.pitch[0], j.pitch[1] = int32(src.Planes[0].Pitch), int32(src.Planes[1].Pitch)
		l.aim(j, v)
		if aligned(j, s.part.step > 1) {
			grid := cuda.Dim3{X: blocks(3*int(j.width), l.chunk*block.X), Y: blocks(int(j.height), 2*block.Y)}
			return l.fast.Launch(grid, block, 0, stream, cuda.StructArg(args.Reset(), j))
		}
		j = &l.job
	}
	for i := range int(j.components) {
		c := s.src[i]
		p := &src.Planes[in.plane[c]]
		j.src[i] = uint64(p.Ptr) + uint64(int(in.offset[c])*b)
		j.pitch[i], j.step[i] = int32(p.Pitch), int32(int(in.step[c])*b)
	}
	l.aim(j, v)
	if err := j.check(b, l.number); err != nil {
		return err
	}
	grid := cuda.Dim3{X: blocks(int(j.width), block.X), Y: blocks(int(j.height), block.Y)}
	return l.general.Launch(grid, block, 0, stream, cuda.StructArg(args.Reset(), j))
}

// check refuses addresses at which the device would fault, and with it the context.
func (j *job) check(sample, number int) error {
	var in, out uint64
	for i := range int(j.components) {
		in |= j.src[i] | uint64(j.pitch[i])
	}
	for c := range int(j.channels) {
		out |= j.dst[c] | uint64(j.rowStride[c])
	}
	if in%uint64(sample) != 0 || (out|uint64(j.pixelStride))%uint64(number) != 0 {
		return errMisaligned
	}
	return nil
}

var errMisaligned = fmt.Errorf("frame: convert: addresses and pitches of planes must be multiples of the size of a sample: %w", ErrInvalidPlane)

// aim points a job at its destination.
func (l *launch) aim(j *job, v *view) {
	j.dst = v.ptr
	j.pixelStride = int32(v.pixelStride)
	for c, n := range v.rowStride {
		j.rowStride[c] = int32(n)
	}
}

// aligned is true if a fast kernel may have the job: all vectors at their places.
func aligned(j *job, packed bool) bool {
	all := j.src[0] | j.src[1] | uint64(j.pitch[0]) | uint64(j.pitch[1])
	to := j.dst[0] | uint64(j.rowStride[0])
	for c := 1; c < int(j.channels) && !packed; c++ {
		to |= j.dst[c] | uint64(j.rowStride[c])
	}
	return all%16 == 0 && to%16 == 0
}

func blocks(n, each int) int { return (n + each - 1) / each }
