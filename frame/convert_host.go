package frame

import (
	"math"
	"runtime"
	"sync"
	"sync/atomic"
)

// A view is where a step writes: for each channel the first number, in memory of one
// kind.
type view struct {
	ptr         [4]uint64
	data        [4][]byte
	rowStride   [4]int
	pixelStride int
}

// frameView is the planes of f that a part writes.
func frameView(f *Frame, p *part, k kind) (v view) {
	b := k.bytes()
	v.pixelStride = p.step * b
	for c := range p.channels {
		pl := &f.Planes[p.plane[c]]
		o := int(p.offset[c]) * b
		if k == kindW10 {
			pl, o = &f.Planes[0], 0
		}
		v.rowStride[c] = pl.Pitch
		if f.Memory == Host {
			v.data[c] = pl.Data[o:]
		} else {
			v.ptr[c] = uint64(pl.Ptr) + uint64(o)
		}
	}
	return v
}

// A hostEngine does on the CPU what the kernels do, in the same arithmetic: its
// results are equal to the last bit. Large pictures are made by as many goroutines as
// there are cores, each of which makes some of the rows.
type hostEngine struct {
	workers []*hostWorker
	wait    sync.WaitGroup
	// What is being made, and the first row that nobody has begun.
	next   atomic.Int64
	step   *step
	src    *Frame
	source *source
	kind   kind
	view   *view
}

// A hostWorker makes rows, some at a time until there are none left. Its buffers are
// used again.
type hostWorker struct {
	engine *hostEngine
	work   func() // makeRows, for a goroutine

	buf    []float32
	number []int // of the source's rows in the lines
	lines  [3]lines
	sum    [3][]float32
	sums   [3][]float32 // or a line, where that is the sum
	wide   []float32    // a row of the source
	out    []byte
	rows   [4][]byte // of channels, before they are interleaved
	mix    mix
}

// lines are rows of one component after the horizontal weights, which many rows of
// the result share.
type lines struct {
	rows   []float32 // taps rows of n
	number []int
}

// perWorker is how many samples are worth a goroutine, rowsAtATime what one takes: who
// gets no core then holds nobody up.
const (
	perWorker   = 1 << 17
	rowsAtATime = 16
)

func (h *hostEngine) run(s *step, src *Frame, in *source, k kind, v *view) {
	j := &s.job
	rows := int(j.length[1])
	pad(j, k, v)
	size := max(int(j.length[0])*rows, src.Width*src.Height)
	n := max(min(runtime.GOMAXPROCS(0), size/perWorker, rows/rowsAtATime), 1)
	for len(h.workers) < n {
		w := &hostWorker{engine: h}
		w.work = w.makeRows
		h.workers = append(h.workers, w)
	}
	h.step, h.src, h.source, h.kind, h.view = s, src, in, k, v
	h.next.Store(0)
	h.wait.Add(n)
	for _, w := range h.workers[1:n] {
		go w.work()
	}
	h.workers[0].makeRows()
	h.wait.Wait()
	h.src, h.view = nil, nil
}

func (w *hostWorker) makeRows() {
	defer w.engine.wait.Done()
	s := w.engine.step
	rows := int(s.job.length[1])
	w.reset(&s.job)
	for {
		to := int(w.engine.next.Add(rowsAtATime))
		for b := to - rowsAtATime; b < min(to, rows); b++ {
			for i := range int(s.job.components) {
				w.sums[i] = w.add(s, i, b)
			}
			w.write(s, b)
		}
		if to >= rows {
			return
		}
	}
}

// add is row b of an input, the weighted sum of its lines.
func (w *hostWorker) add(s *step, i, b int) []float32 {
	x, y := s.tables[min(i, 1)][0], s.tables[min(i, 1)][1]
	first, sum := y.first(b), w.sum[i]
	for t := range y.taps {
		weight := y.weight(t, b)
		line := w.line(s, i, first+t, x)
		if t == 0 && weight == 1 {
			if y.taps == 1 {
				return line
			}
			copy(sum, line)
			continue
		}
		if t == 0 {
			clear(sum)
		}
		addRow(sum, line, weight)
	}
	return sum
}

func (w *hostWorker) reset(j *job) {
	n := int(j.length[0])
	need, rows := 0, 0
	for i := range int(j.components) {
		taps := int(j.taps[min(i, 1)][1])
		need += (taps + 1) * n
		rows += taps
	}
	if cap(w.buf) < need {
		w.buf = make([]float32, need)
	}
	if cap(w.number) < rows {
		w.number = make([]int, rows)
	}
	buf, number := w.buf[:need], w.number[:rows]
	for i := range int(j.components) {
		taps := int(j.taps[min(i, 1)][1])
		l := &w.lines[i]
		l.rows, buf = buf[:taps*n], buf[taps*n:]
		l.number, number = number[:taps], number[taps:]
		w.sum[i], buf = buf[:n], buf[n:]
		for r := range l.number {
			l.number[r] = -1
		}
	}
	w.sums = [3][]float32{}
	if wide := w.engine.src.Width + w.engine.src.Height; cap(w.wide) < wide {
		w.wide = make([]float32, wide) // along either axis
	}
	if cap(w.mix.t) < n {
		w.mix.t, w.mix.u = make([]float32, n), make([]float32, n)
	}
	if cap(w.out) < 4*n {
		w.out = make([]byte, 4*n)
	}
	for c := range w.rows {
		w.rows[c] = w.out[:cap(w.out)][c*n : (c+1)*n]
	}
}

// line is row y of an input, weighted horizontally.
func (w *hostWorker) line(s *step, i, y int, x *table) []float32 {
	l := &w.lines[i]
	slot := y % len(l.number) // consecutive rows have places of their own
	row := l.rows[slot*x.n:][:x.n]
	if l.number[slot] == y {
		return row
	}
	l.number[slot] = y
	in, c := w.engine.source, s.src[i]
	p := &w.engine.src.Planes[in.plane[c]]
	data := p.Data[y*p.Pitch:]
	first, step := int(in.offset[c]), int(in.step[c])
	wide := w.wide[:x.high]
	switch x.order {
	case orderShift:
		widen(row, data, first+step*x.low, step, in.wide)
	case orderDouble:
		widen(wide[x.low:], data, first+step*x.low, step, in.wide)
		double(row, wide[x.low:])
	default:
		widen(wide[x.low:], data, first+step*x.low, step, in.wide)
		for t := range x.taps {
			gather(row, wide[t:], x.data[:x.n], x.data[(1+t)*x.n:][:x.n], t > 0)
		}
	}
	return row
}

// write makes row b of the picture (or column, if it is transposed) from the sums.
func (w *hostWorker) write(s *step, b int) {
	j, k, v := &s.job, w.engine.kind, w.engine.view
	packed := k == kindU8 && j.transpose == 0 && s.part.step == s.part.channels && s.part.step >= 3
	n := len(w.sums[0])
	for c := range int(j.channels) {
		x, y, along := int(j.left), int(j.top)+b, v.pixelStride
		if j.transpose != 0 {
			x, y, along = int(j.left)+b, int(j.top), v.rowStride[c]
		}
		o := y*v.rowStride[c] + x*v.pixelStride
		m := &w.mix
		m.m, m.r, m.low, m.high, m.exact, m.exactRest = j.matrix[c], j.rest[c], j.low[c], j.high[c], s.exact[c], s.exactRest[c]
		m.p, m.q, m.r2 = w.sums[0], nil, nil
		if j.components > 1 {
			m.q, m.r2 = w.sums[1], w.sums[2]
		}
		d := v.data[c]
		switch {
		case packed:
			m.bytes(w.rows[c], 0, 1, j.scale)
		case k == kindU16:
			m.shorts(d, o, along, j.scale, uint(j.shift))
		case k == kindW10:
			m.words(d, o, along, j.scale, c)
		case along == k.bytes():
			m.write(k, d, o, along, j.scale)
		default:
			out := w.out[:n*k.bytes()]
			m.write(k, out, 0, k.bytes(), j.scale)
			scatter(d[o:], out, along, k.bytes())
		}
	}
	if packed {
		interleave(v.data[0][(int(j.top)+b)*v.rowStride[0]+int(j.left)*v.pixelStride:], &w.rows, s.part.step)
	}
}

func (m *mix) write(k kind, d []byte, o, along int, scale float32) {
	switch k {
	case kindU8:
		m.bytes(d, o, along, scale)
	case kindF16:
		m.halves(d, o, along)
	case kindF32:
		m.floats(d, o, along)
	}
}

// pad fills what lies around the picture.
func pad(j *job, k kind, v *view) {
	w, h := int(j.length[0]), int(j.length[1])
	if j.transpose != 0 {
		w, h = h, w
	}
	x0, x1, y0, y1 := int(j.left), int(j.left)+w, int(j.top), int(j.top)+h
	if x0 == 0 && y0 == 0 && x1 == int(j.width) && y1 == int(j.height) {
		return
	}
	for y := range int(j.height) {
		if y < y0 || y >= y1 {
			padRow(j, k, v, y, 0, int(j.width))
			continue
		}
		padRow(j, k, v, y, 0, x0)
		padRow(j, k, v, y, x1, int(j.width))
	}
}

func padRow(j *job, k kind, v *view, y, x0, x1 int) {
	if k == kindW10 {
		w := uint32(3) << 30
		for c := range 3 {
			w |= (whole(j.pad[c], j.scale) & 1023) << (20 - 10*c)
		}
		for x := x0; x < x1; x++ {
			le.PutUint32(v.data[0][y*v.rowStride[0]+x*v.pixelStride:], w)
		}
		return
	}
	for c := range int(j.channels) {
		d := v.data[c]
		o := y*v.rowStride[c] + x0*v.pixelStride
		for x := x0; x < x1; x++ {
			switch k {
			case kindU8:
				d[o] = byte(whole(j.pad[c], j.scale))
			case kindU16:
				le.PutUint16(d[o:], uint16(whole(j.pad[c], j.scale)<<j.shift))
			case kindF16:
				le.PutUint16(d[o:], float16(j.pad[c]))
			case kindF32:
				le.PutUint32(d[o:], math.Float32bits(j.pad[c]))
			}
			o += v.pixelStride
		}
	}
}
