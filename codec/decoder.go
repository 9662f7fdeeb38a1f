package codec

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"sync"
	"sync/atomic"

	"github.com/go-nvcodec/nvcodec/frame"
)

var errClosed = os.ErrClosed

// A Decoder turns the packets of one stream into frames, on NVDEC or on the CPU.
//
// One goroutine at a time may use it. Close may come from any goroutine; it waits
// for the C call that is under way, not for the stream.
type Decoder struct {
	cfg  DecoderConfig
	info StreamInfo

	mu      sync.Mutex // held while inside the engine
	closed  atomic.Bool
	eng     decodeEngine // nil until the stream is known
	device  Device
	reason  string
	fatal   error // ends the decoder's life
	out     []*frame.Frame
	waiting []*Packet // before the first sequence header
	damage  damage
	// Since the last Drain.
	packets int
	hidden  int // of them, cut away by an edit list
	frames  int

	converter *frame.Converter // nil until there is a frame to convert
	header    []frame.SEI      // messages of the stream's headers
	begun     bool             // a frame came since the stream began,
	first     int64            // with this time

	choice sync.Mutex // guards device and reason for readers in other goroutines
}

// NewDecoder makes a decoder for the stream s: one of a Demuxer's, or as little as
// StreamInfo{Codec: H264} for an elementary stream, whose engine is then chosen at
// its first sequence header.
//
// Errors match ErrArgument, ErrLibrary or ErrUnsupported, or unwrap to *cuda.Error.
func NewDecoder(s StreamInfo, cfg *DecoderConfig) (*Decoder, error) {
	d := &Decoder{info: s}
	if cfg != nil {
		d.cfg = *cfg
	}
	if err := d.cfg.validate(); err != nil {
		return nil, opError("new decoder", err)
	}
	if err := checkInfo(&s, &d.cfg.Limits); err != nil {
		return nil, opError("new decoder", err)
	}
	d.device = d.cfg.Device
	d.reason = "not chosen yet: no sequence header seen"
	if !d.info.known() {
		if err := d.info.learn(nil); err != nil || !d.info.known() {
			return d, nil
		}
	}
	if err := d.open(); err != nil {
		return nil, opError("new decoder", err)
	}
	return d, nil
}

// checkInfo refuses a description that no stream to decode can have.
func checkInfo(s *StreamInfo, l *Limits) error {
	switch {
	case s.Codec == "":
		return fmt.Errorf("%w: StreamInfo.Codec is empty; take a Demuxer's Stream, or name the codec", ErrArgument)
	case s.Type != Video:
		return fmt.Errorf("%w: a %v stream; only video is decoded", ErrArgument, s.Type)
	case s.Width < 0 || s.Height < 0 || s.Width > maxDimension || s.Height > maxDimension:
		return fmt.Errorf("%w: a picture of %dx%d", ErrArgument, s.Width, s.Height)
	}
	return l.check(s.Width, s.Height)
}

// open chooses and makes the engine.
func (d *Decoder) open() error {
	if err := d.cfg.Limits.check(d.info.Width, d.info.Height); err != nil {
		return err // the first header told
	}
	eng, dev, reason, err := openDecodeEngine(&d.info, &d.cfg)
	if err != nil {
		return err
	}
	d.eng = eng
	d.header = frameHeaderSEI(d.info.Codec, d.info.Extradata)
	if dev == CPU && d.cfg.share != nil {
		d.cfg.share.bind(nil)
	}
	d.choose(dev, reason)
	return nil
}

func (d *Decoder) choose(dev Device, reason string) {
	d.choice.Lock()
	d.device, d.reason = dev, reason
	d.choice.Unlock()
	logger().Info("decoder", "codec", d.info.Codec.String(), "device", dev.String(), "reason", reason)
}

// Device is where the decoder works: CPU or a GPU, or what the configuration said
// while the stream is not known yet. Any goroutine may call it.
func (d *Decoder) Device() Device {
	d.choice.Lock()
	defer d.choice.Unlock()
	return d.device
}

// Reason says in words why the decoder works there. Any goroutine may call it.
func (d *Decoder) Reason() string {
	d.choice.Lock()
	defer d.choice.Unlock()
	return d.reason
}

// Decode feeds one packet and returns the frames that it completed, none or
// several, in display order (in decoding order with LatencyZero). The packet's
// memory is not kept.
//
// The slice is overwritten by the next call; the frames are the caller's until it
// releases them. Frames may come together with an error: they are those before it.
// Damage is treated as OnError says.
func (d *Decoder) Decode(p *Packet) ([]*frame.Frame, error) {
	if err := d.enter(); err != nil {
		return nil, err
	}
	defer d.mu.Unlock()
	d.out = d.out[:0]
	if p == nil {
		return nil, opError("decode", fmt.Errorf("%w: no packet; Drain ends a stream", ErrArgument))
	}
	if d.eng == nil {
		if done, err := d.begin(p); !done || err != nil {
			return d.out, err
		}
		return d.out, nil
	}
	return d.out, d.feed(p)
}

// maxWaiting bounds the packets that are kept while no sequence header came.
const maxWaiting = 64

// begin looks for the first sequence header and opens the engine there. Packets
// before it are kept: what is in them, the engine decides.
func (d *Decoder) begin(p *Packet) (done bool, err error) {
	_ = d.info.learn(p.Data)
	if !d.info.known() && len(d.waiting) < maxWaiting {
		d.waiting = append(d.waiting, p.Clone())
		return false, nil
	}
	return true, d.beginWith(p)
}

func (d *Decoder) beginWith(p *Packet) error {
	if err := d.open(); err != nil {
		d.fatal = opError("decode", err)
		return d.fatal
	}
	waiting := d.waiting
	d.waiting = nil
	for _, w := range waiting {
		if err := d.feed(w); err != nil {
			return err
		}
	}
	if p == nil {
		return nil
	}
	return d.feed(p)
}

// feed gives a packet to the engine and settles what comes back.
func (d *Decoder) feed(p *Packet) error {
	n := len(d.out)
	out, err := d.eng.decode(p, d.out)
	d.out = out
	if err != nil && d.mayswitch(err) {
		if err = d.switchEngine(err); err == nil {
			d.out, err = d.eng.decode(p, d.out)
		}
	}
	if len(p.Data) > 0 {
		d.cfg.share.moved()
		d.packets++
		if p.Flags&Discard != 0 {
			d.hidden++
		}
	}
	d.frames += len(d.out) - n
	return d.settle("decode", p.PTS, n, err)
}

// settle applies the error policy to the frames from index n on and to err, which
// came after them.
func (d *Decoder) settle(op string, pts int64, n int, err error) error {
	stop := d.judge(op, n)
	var over error
	if d.out, over = d.cfg.Limits.within(d.out, n); over != nil && stop == nil {
		stop = opErrorAt(op, pts, over)
	}
	if len(d.header) > 0 && !d.cfg.late {
		d.addHeader(n)
	}
	if failed := d.convert(op, n); failed != nil {
		d.fatal = failed
		return failed
	}
	if stop != nil {
		d.fatal = stop
		return stop
	}
	if err == nil {
		return nil
	}
	err = opErrorAt(op, pts, err)
	if errors.Is(err, ErrCorrupt) {
		d.damage.add(err)
		if d.cfg.OnError != Stop {
			return nil
		}
	}
	d.fatal = err
	return err
}

// addHeader gives the messages of the headers to the first frame of the stream, also when
// it comes again after a seek. Frames from index n on are new.
func (d *Decoder) addHeader(n int) {
	for _, f := range d.out[n:] {
		again := d.begun && d.first != NoPTS && f.PTS == d.first
		if !d.begun || again {
			addHeaderSEI(f, d.header)
		}
		if !d.begun {
			d.begun, d.first = true, f.PTS
		}
	}
}

var errPicture = fmt.Errorf("%w: a picture was decoded from damaged or missing data", ErrCorrupt)

// judge counts the frames from index n on that are marked as damaged, and removes
// them if the policy says so. Its result ends decoding: it is the damage, and the
// frames from there on are gone.
func (d *Decoder) judge(op string, n int) error {
	keep := d.out[:n]
	for i, f := range d.out[n:] {
		if !f.Corrupt {
			keep = append(keep, f)
			continue
		}
		err := opErrorAt(op, f.PTS, errPicture)
		d.damage.add(err)
		switch d.cfg.OnError {
		case Deliver:
			keep = append(keep, f)
		case Skip:
			f.Release()
		case Stop:
			for _, f := range d.out[n+i:] {
				f.Release()
			}
			d.out = keep
			return err
		}
	}
	d.out = keep
	return nil
}

func (d *Decoder) mayswitch(err error) bool {
	return d.cfg.AllowEngineSwitch && d.cfg.Device == Auto && d.device != CPU &&
		d.cfg.hardwareOnly() == "" && errors.Is(err, ErrUnsupported)
}

// switchEngine goes on on the CPU. The packet that could not be decoded begins a
// new sequence, so no reference is lost.
func (d *Decoder) switchEngine(cause error) error {
	var err error
	d.out, err = d.eng.drain(d.out)
	_ = err // the cause says more
	eng, err := newCPUDecodeEngine(&d.info, &d.cfg)
	if err != nil {
		return errors.Join(cause, err)
	}
	_ = d.eng.close()
	d.cfg.share.bind(nil)
	d.eng = eng
	d.choose(CPU, "the stream changed to what the GPU cannot decode: "+cause.Error())
	return nil
}

// Drain ends the stream and returns the frames that were still held. The decoder
// can go on with another part of the stream afterwards. If pictures were damaged
// since the last Drain, the error, beside the frames, matches ErrCorrupt.
func (d *Decoder) Drain() ([]*frame.Frame, error) {
	if err := d.enter(); err != nil {
		return nil, err
	}
	defer d.mu.Unlock()
	d.out = d.out[:0]
	if d.eng == nil {
		if len(d.waiting) == 0 {
			return d.out, nil
		}
		// No sequence header in the whole stream: the engine says what is wrong.
		if err := d.beginWith(nil); err != nil {
			return d.out, err
		}
	}
	n := len(d.out)
	out, err := d.eng.drain(d.out)
	d.out = out
	d.frames += len(d.out) - n
	if err == nil && d.packets > 0 && d.frames == 0 && d.damage.get() == nil {
		err = fmt.Errorf("%w: %d packets, and no picture in them", ErrCorrupt, d.packets)
		if d.hidden == d.packets {
			err = fmt.Errorf("%w: an edit list hides all of %d packets", ErrCorrupt, d.packets)
		}
	}
	d.packets, d.hidden, d.frames = 0, 0, 0
	if err = d.settle("drain", NoPTS, 0, err); err != nil {
		return d.out, err
	}
	return d.out, d.damage.take()
}

// Discard forgets references and frames that are still held. Call it after a seek,
// before the first packet of the new place.
func (d *Decoder) Discard() error {
	if err := d.enter(); err != nil {
		return err
	}
	defer d.mu.Unlock()
	d.waiting = nil
	d.packets, d.hidden, d.frames = 0, 0, 0
	if d.eng == nil {
		return nil
	}
	if err := d.eng.discard(); err != nil {
		d.fatal = opError("discard", err)
		return d.fatal
	}
	return nil
}

// Frames decodes the packets of in, then drains: for f, err := range
// dec.Frames(dem.Packets()). Each frame is the receiver's to release. Leaving the
// loop early releases what was not yielded and reads no further packet; the decoder
// can then go on with Decode.
//
// An error of in, or of the decoder, ends the sequence with (nil, err), after the
// frames before it. Damage is reported at the end, as by Drain.
func (d *Decoder) Frames(in iter.Seq2[*Packet, error]) iter.Seq2[*frame.Frame, error] {
	return func(yield func(*frame.Frame, error) bool) {
		deliver := func(frames []*frame.Frame, err error) bool {
			for i, f := range frames {
				if !yield(f, nil) {
					for _, rest := range frames[i+1:] {
						rest.Release()
					}
					return false
				}
			}
			if err != nil {
				yield(nil, err)
				return false
			}
			return true
		}
		for p, err := range in {
			if err != nil {
				// The source failed: what it gave before is still worth having.
				frames, derr := d.Drain()
				if errors.Is(derr, ErrCorrupt) {
					derr = nil
				}
				deliver(frames, errors.Join(err, derr))
				return
			}
			if !deliver(d.Decode(p)) {
				return
			}
		}
		deliver(d.Drain())
	}
}

// enter begins a public call: it locks the decoder or says why it cannot be used.
func (d *Decoder) enter() error {
	if d == nil {
		return opError("decode", fmt.Errorf("%w: nil Decoder", ErrArgument))
	}
	if d.closed.Load() {
		return ErrClosed
	}
	d.mu.Lock()
	if d.closed.Load() {
		d.mu.Unlock()
		return ErrClosed
	}
	if d.fatal != nil {
		d.mu.Unlock()
		return d.fatal
	}
	return nil
}

// Damage returns what was damaged so far, since the last Drain, or nil. It matches
// ErrCorrupt and is a *DamageError. Any goroutine may call it.
func (d *Decoder) Damage() error { return d.damage.get() }

// Close frees the decoder. Frames that were delivered stay valid until they are
// released. It may be called twice, and from any goroutine.
func (d *Decoder) Close() error {
	if d == nil || d.closed.Swap(true) {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.waiting = nil
	var err error
	if d.eng != nil {
		err = d.eng.close()
		d.eng = nil
	}
	return opError("close decoder", errors.Join(err, d.converter.Close()))
}

var _ io.Closer = (*Decoder)(nil)
