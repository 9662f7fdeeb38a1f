package codec

import (
	"errors"
	"slices"

	"github.com/go-nvcodec/nvcodec/avformat"
	"github.com/go-nvcodec/nvcodec/frame"
)

// cpuRedo makes damaged pictures independent of the number of threads.
//
// With several frame threads libavcodec conceals damage in another way than with
// one, loses pictures, and may mark a picture too late for the mark to be seen. So the
// threads decode, strictly, as long as all is well. At the first sign of damage, one thread decodes again from the last place where decoding
// can begin, gives the pictures that were not given yet, and goes on alone; where
// decoding can begin and the part before it was good, the threads take over again.
type cpuRedo struct {
	e   *cpuEngine
	one cpuLane // a single thread; opened when it is needed

	threads threadSink

	alone  bool // one decodes
	begun  bool // a packet was seen
	noted  bool // damage since the last place where decoding can begin
	places int  // such places since the last damage

	// Packets since the last such place but one, so that its leading pictures are
	// covered as well.
	kept  []keptPacket
	free  []*avformat.Packet
	bytes int

	// While the threads take over, both decode, until one comes to the picture of
	// packet handover.
	handover int64
	ready    bool // the threads have come to it
	taken    bool // they have taken over
	waiting  []*viewFrame
}

type keptPacket struct {
	pkt   *avformat.Packet
	seq   int64
	entry bool // decoding can begin here
}

// Over these limits a stream without places to begin at is not kept any more.
const (
	maxKept      = cpuKept / 2
	maxKeptBytes = 64 << 20
)

func newCPURedo(e *cpuEngine) *cpuRedo {
	if e.info.Codec != H264 && e.info.Codec != HEVC {
		return nil
	}
	r := &cpuRedo{e: e}
	r.threads.r = r
	return r
}

func (r *cpuRedo) decode(out []*frame.Frame) ([]*frame.Frame, error) {
	seq := r.e.times.next - 1
	info := &r.e.times.pkt
	entry := info.RandomAccess && info.RecoveryFrames == 0 && !info.SecondField
	if err := r.keep(seq, entry); err != nil {
		return out, err
	}
	if !r.begun {
		r.begun = true
		if !info.Closed {
			// References are missing from the start.
			if err := r.goAlone(); err != nil {
				return out, err
			}
		}
	}
	if !r.alone {
		return r.decodeThreaded(out)
	}
	if entry {
		if r.places++; r.places > 1 && !r.noted && r.handover == 0 {
			r.e.main.flush()
			r.handover, r.ready = seq, false
		}
		r.noted = false
	}
	return r.decodeAlone(out)
}

// decodeThreaded gives the packet in e.pkt to the threads.
func (r *cpuRedo) decodeThreaded(out []*frame.Frame) ([]*frame.Frame, error) {
	s := &r.threads
	s.sign = nil
	out, err := r.e.main.decode(r.e.pkt, s, out)
	return r.judge(s, out, err)
}

// judge decides, after the threads were asked, whether all was well.
func (r *cpuRedo) judge(s *threadSink, out []*frame.Frame, err error) ([]*frame.Frame, error) {
	if err != nil || s.sign == nil {
		return out, err
	}
	if len(r.kept) == 0 || !r.kept[0].entry {
		return out, s.err() // nothing to begin at: it stays as it is
	}
	return r.again(out)
}

// again decodes what is kept with one thread.
func (r *cpuRedo) again(out []*frame.Frame) ([]*frame.Frame, error) {
	from := r.kept[0].seq
	before := beforeSink{r: r, from: from}
	out, err := r.e.main.drain(&before, out)
	if err != nil && !errors.Is(err, ErrCorrupt) {
		return out, err
	}
	r.e.main.flush()
	if err := r.goAlone(); err != nil {
		return out, err
	}
	r.noted, r.places = true, 0
	var first error
	for _, k := range r.kept {
		out, err = r.one.decode(k.pkt, (*restSink)(r), out)
		if err != nil && !errors.Is(err, ErrCorrupt) {
			return out, err
		}
		first = firstError(first, err)
	}
	return out, first
}

func (r *cpuRedo) goAlone() error {
	r.alone, r.handover = true, 0
	if r.one.dec == nil {
		return r.one.open(r.e.info, r.e.cfg, 1, false)
	}
	r.one.flush()
	return nil
}

// decodeAlone gives the packet to the single thread, and to the threads as well
// while they take over.
func (r *cpuRedo) decodeAlone(out []*frame.Frame) ([]*frame.Frame, error) {
	if r.handover != 0 {
		if _, err := r.e.main.decode(r.e.pkt, (*takeoverSink)(r), nil); err != nil {
			return out, err
		}
	}
	out, err := r.one.decode(r.e.pkt, (*restSink)(r), out)
	if err != nil {
		r.noted, r.places = true, 0
		r.cancelHandover()
		return out, err
	}
	if r.handover != 0 && r.passed() {
		return r.takeOver(out)
	}
	return out, nil
}

// passed tells whether the threads have come to the picture at which they take over,
// and the single thread has given it, and so all before it.
func (r *cpuRedo) passed() bool {
	m := r.e.times.find(r.handover)
	return r.ready && (m == nil || m.delivered)
}

// takeOver gives what the threads have ready and leaves the rest to them.
func (r *cpuRedo) takeOver(out []*frame.Frame) (_ []*frame.Frame, err error) {
	r.alone, r.handover, r.taken = false, 0, true
	waiting := r.waiting
	r.waiting = r.waiting[:0]
	for i, v := range waiting {
		if err == nil {
			out, err = r.rest(v, out)
		} else {
			v.pool.put(v)
		}
		waiting[i] = nil
	}
	r.one.flush()
	return out, err
}

func (r *cpuRedo) cancelHandover() {
	for i, v := range r.waiting {
		v.pool.put(v)
		r.waiting[i] = nil
	}
	r.waiting, r.handover = r.waiting[:0], 0
}

// rest delivers a picture unless it was delivered before.
func (r *cpuRedo) rest(v *viewFrame, out []*frame.Frame) ([]*frame.Frame, error) {
	if m := r.e.times.find(v.av.PacketPTS()); m != nil && m.delivered {
		v.pool.put(v)
		return out, nil
	}
	return r.e.deliver(v, out)
}

func (r *cpuRedo) drain(out []*frame.Frame) ([]*frame.Frame, error) {
	defer r.restart()
	if r.alone {
		r.cancelHandover() // the threads do not come to take over
		return r.one.drain((*restSink)(r), out)
	}
	if r.taken {
		return r.drainTaken(out)
	}
	s := &r.threads
	s.sign = nil
	out, err := r.e.main.drain(s, out)
	if out, err = r.judge(s, out, err); err != nil && !errors.Is(err, ErrCorrupt) || !r.alone {
		return out, err
	}
	out, end := r.one.drain((*restSink)(r), out)
	return out, firstError(err, end)
}

// drainTaken is drain for threads that began at a picture other than an IDR: libavcodec
// then may end before it has given all. What is missing, one thread decodes again.
func (r *cpuRedo) drainTaken(out []*frame.Frame) (_ []*frame.Frame, err error) {
	s := drainSink{r: r}
	if _, err := r.e.main.drain(&s, nil); err != nil {
		r.cancelHandover()
		return out, err
	}
	if whole := !s.bad && !r.misses(); whole || len(r.kept) == 0 || !r.kept[0].entry {
		return r.takeOver(out)
	}
	r.cancelHandover()
	out, err = r.again(out)
	if err != nil && !errors.Is(err, ErrCorrupt) {
		return out, err
	}
	out, end := r.one.drain((*restSink)(r), out)
	return out, firstError(err, end)
}

// misses tells whether a picture of the packets that are kept was not given, nor waits.
func (r *cpuRedo) misses() bool {
	for _, k := range r.kept {
		m := r.e.times.find(k.seq)
		if m == nil || m.delivered || m.pictures == 0 {
			continue
		}
		if !slices.ContainsFunc(r.waiting, func(v *viewFrame) bool { return v.av.PacketPTS() == k.seq }) {
			return true
		}
	}
	return false
}

// drainSink keeps what the threads give in the end.
type drainSink struct {
	r   *cpuRedo
	bad bool
}

func (s *drainSink) picture(v *viewFrame, out []*frame.Frame) ([]*frame.Frame, error) {
	s.bad = s.bad || damaged(v.av)
	s.r.waiting = append(s.r.waiting, v)
	return out, nil
}

func (s *drainSink) failed(error) error {
	s.bad = true
	return nil
}

// restart forgets everything, at a seek and at the end.
func (r *cpuRedo) restart() {
	r.cancelHandover()
	r.forget(len(r.kept))
	r.alone, r.begun, r.noted, r.taken, r.places = false, false, false, false, 0
	r.e.times.forget()
	if r.one.dec != nil {
		r.one.flush()
	}
}

func (r *cpuRedo) close() error {
	r.cancelHandover()
	r.forget(len(r.kept))
	var errs []error
	for _, p := range r.free {
		errs = append(errs, p.Close())
	}
	r.free = nil
	return errors.Join(append(errs, r.one.close())...)
}

// keep notes the packet in e.pkt.
func (r *cpuRedo) keep(seq int64, entry bool) error {
	if entry {
		r.forgetBefore()
	}
	if len(r.kept) == 0 && !entry {
		return nil
	}
	if len(r.kept) >= maxKept || r.bytes > maxKeptBytes {
		r.forget(len(r.kept))
		return nil
	}
	var p *avformat.Packet
	if n := len(r.free); n > 0 {
		p, r.free = r.free[n-1], r.free[:n-1]
	} else {
		var err error
		if p, err = avformat.NewPacket(); err != nil {
			return err
		}
	}
	if err := p.Ref(r.e.pkt); err != nil {
		r.free = append(r.free, p)
		return err
	}
	r.bytes += len(p.Data())
	r.kept = append(r.kept, keptPacket{p, seq, entry})
	return nil
}

// forgetBefore drops what is before the last entry whose picture was delivered.
func (r *cpuRedo) forgetBefore() {
	for i := len(r.kept) - 1; i > 0; i-- {
		if !r.kept[i].entry {
			continue
		}
		if m := r.e.times.find(r.kept[i].seq); m == nil || m.delivered {
			r.forget(i)
			return
		}
	}
}

func (r *cpuRedo) forget(n int) {
	for i := range n {
		p := r.kept[i].pkt
		r.bytes -= len(p.Data())
		p.Unref()
		r.free = append(r.free, p)
	}
	r.kept = r.kept[:copy(r.kept, r.kept[n:])]
}

// threadSink delivers until the first sign of damage. From then on it holds back:
// what was not delivered is decoded again.
type threadSink struct {
	r    *cpuRedo
	sign error
}

var errMarked = errors.New("a picture is marked as damaged")

func (s *threadSink) picture(v *viewFrame, out []*frame.Frame) ([]*frame.Frame, error) {
	if damaged(v.av) && s.sign == nil {
		s.sign = errMarked
	}
	if s.sign != nil && len(s.r.kept) > 0 && s.r.kept[0].entry {
		v.pool.put(v)
		return out, nil
	}
	return s.r.rest(v, out)
}

func (s *threadSink) failed(err error) error {
	if s.sign == nil || s.sign == errMarked {
		s.sign = err
	}
	return nil
}

// err is the error to report when nothing can be decoded again.
func (s *threadSink) err() error {
	if s.sign == errMarked {
		return nil // the frame says it
	}
	return s.sign
}

// beforeSink delivers the pictures before a packet, and no others.
type beforeSink struct {
	r    *cpuRedo
	from int64
}

func (s *beforeSink) picture(v *viewFrame, out []*frame.Frame) ([]*frame.Frame, error) {
	if v.av.PacketPTS() >= s.from {
		v.pool.put(v)
		return out, nil
	}
	return s.r.e.deliver(v, out)
}

func (s *beforeSink) failed(error) error { return nil }

// restSink delivers what was not delivered yet.
type restSink cpuRedo

func (s *restSink) picture(v *viewFrame, out []*frame.Frame) ([]*frame.Frame, error) {
	r := (*cpuRedo)(s)
	if damaged(v.av) {
		r.noted, r.places = true, 0
		r.cancelHandover()
	}
	if r.handover != 0 && r.passed() {
		// The threads give it.
		v.pool.put(v)
		return out, nil
	}
	return r.rest(v, out)
}

func (s *restSink) failed(err error) error { return err }

// takeoverSink keeps what the threads give from the picture on at which they take
// over. What comes before it had references missing, and so had the errors.
type takeoverSink cpuRedo

func (s *takeoverSink) picture(v *viewFrame, out []*frame.Frame) ([]*frame.Frame, error) {
	if s.handover == 0 {
		v.pool.put(v)
		return out, nil
	}
	if v.av.PacketPTS() == s.handover {
		s.ready = true
	}
	if !s.ready {
		v.pool.put(v)
		return out, nil
	}
	if damaged(v.av) {
		v.pool.put(v)
		(*cpuRedo)(s).cancelHandover()
		return out, nil
	}
	s.waiting = append(s.waiting, v)
	return out, nil
}

func (s *takeoverSink) failed(error) error {
	if s.ready {
		(*cpuRedo)(s).cancelHandover()
	}
	return nil
}

func damaged(av *avformat.Frame) bool {
	return av.DecodeErrors() != 0 || av.Flags()&avformat.FrameCorrupt != 0
}
