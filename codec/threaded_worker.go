package codec

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/bitstream"
)

// A readAhead decodes one video after the other in a goroutine of its own, into a
// channel whose capacity bounds the memory. It ends when it is told to.
type readAhead struct {
	dec   *Decoder
	cfg   *DecoderConfig
	ready chan readyFrame
	ctx   context.Context // ends with the goroutine's work
	stop  context.CancelFunc
	done  chan struct{} // closed: the goroutine is gone

	mu      sync.Mutex
	stopped bool
	videos  []video
	gone    int           // videos that were there before those
	more    chan struct{} // tells of new ones

	pkt    Packet
	next   int // number of the next frame that the decoder gives
	track  *bitstream.Tracker
	damage error // of parts of the video that are over
}

// A video is a source and the first of its frames that is wanted.
type video struct {
	dem   *Demuxer
	start int
}

// A readyFrame is a frame, or the end of a video.
type readyFrame struct {
	f   *frame.Frame
	err error // io.EOF, or what else ended the video
}

var errStopped = errors.New("stopped")

func newReadAhead(dec *Decoder, cfg *DecoderConfig, ready chan readyFrame) *readAhead {
	r := &readAhead{dec: dec, cfg: cfg, ready: ready, done: make(chan struct{}), more: make(chan struct{}, 1)}
	r.ctx, r.stop = context.WithCancel(context.Background())
	return r
}

func (r *readAhead) start(v video) {
	r.videos = append(r.videos, v)
	go r.work()
}

// add makes v follow the others.
func (r *readAhead) add(v video) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped {
		return ErrClosed
	}
	r.videos = append(r.videos, v)
	select {
	case r.more <- struct{}{}:
	default: // it was told already
	}
	return nil
}

// count is how many videos there are.
func (r *readAhead) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.gone + len(r.videos)
}

// forget lets go of the videos before number n, which are over.
func (r *readAhead) forget(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.videos = slices.Delete(r.videos, 0, n-r.gone)
	r.gone = n
}

// video returns the source of number i, or of the last; nil if there is none.
func (r *readAhead) video(i int) *Demuxer {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.videos) == 0 {
		return nil
	}
	return r.videos[min(i-r.gone, len(r.videos)-1)].dem
}

// receive waits for the next frame, or returns how the video ended.
func (r *readAhead) receive(ctx context.Context) (*frame.Frame, error) {
	select {
	case <-r.ctx.Done():
		return nil, errStopped
	default:
	}
	select {
	case x := <-r.ready:
		return x.f, x.err
	default:
	}
	select {
	case x := <-r.ready:
		return x.f, x.err
	case <-r.ctx.Done():
		return nil, errStopped
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// end stops the goroutine, waits for it, and releases what it decoded in vain. A read
// that waits for a source is interrupted.
func (r *readAhead) end() {
	r.mu.Lock()
	if r.stopped {
		r.mu.Unlock()
		<-r.done
		return
	}
	r.stopped = true
	r.stop()
	videos := r.videos
	r.mu.Unlock()
	for _, v := range videos {
		v.dem.interrupt()
	}
	if len(videos) > 0 {
		<-r.done
	} else {
		close(r.done) // it never began
	}
	for _, v := range videos {
		v.dem.resume()
	}
	for {
		select {
		case x := <-r.ready:
			x.f.Release()
			continue
		default:
		}
		return
	}
}

// work decodes the videos until it is stopped.
func (r *readAhead) work() {
	defer close(r.done)
	for i := 0; ; i++ {
		v, ok := r.wait(i)
		if !ok {
			return
		}
		var err error
		if v.start > 0 && r.movable(v.dem) {
			err = r.decodeFrom(v)
		} else {
			if i > 0 {
				err = r.dec.Reset(v.dem.Stream())
			}
			if err == nil {
				err = r.decode(v)
			}
			if r.count() <= i+1 {
				r.pause() // nobody knows when the next one comes
			}
		}
		if err == nil {
			err = io.EOF
		}
		if !r.send(readyFrame{err: err}) {
			return
		}
	}
}

// wait returns video i when there is one.
func (r *readAhead) wait(i int) (video, bool) {
	for {
		r.mu.Lock()
		if j := i - r.gone; j < len(r.videos) {
			v := r.videos[j]
			r.mu.Unlock()
			return v, true
		}
		r.mu.Unlock()
		select {
		case <-r.more:
		case <-r.ctx.Done():
			return video{}, false
		}
	}
}

// decode sends the frames of a video.
func (r *readAhead) decode(v video) error {
	if r.cfg.share.acquire(r.ctx) != nil {
		return errStopped
	}
	r.next, r.damage = 0, nil
	stream := v.dem.Stream()
	// Without one no place is known to be fit for a pause.
	r.track, _ = bitstream.NewTracker(bitstream.CodecByName(string(stream.Codec)), stream.Extradata)
	for {
		err := v.dem.ReadPacket(&r.pkt)
		if err == io.EOF {
			frames, err := r.dec.Drain()
			if err == nil {
				err = r.damage
			}
			if err = r.deliver(v, frames, err); err == nil && r.next <= v.start && v.start > 0 {
				err = fmt.Errorf("%w: frame %d of %d", ErrRange, v.start, r.next)
			}
			return err
		}
		if err != nil {
			// The source failed: what it gave before is still worth having.
			frames, derr := r.dec.Drain()
			if errors.Is(derr, ErrCorrupt) {
				derr = nil
			}
			return r.deliver(v, frames, errors.Join(err, derr))
		}
		if r.pkt.Stream != stream.Index {
			continue
		}
		if r.mayPause() && r.cfg.share.wanted() {
			if err := r.letOthers(v); err != nil {
				return err
			}
		}
		frames, err := r.dec.Decode(&r.pkt)
		if err := r.deliver(v, frames, err); err != nil {
			return err
		}
	}
}

// deliver sends the frames that are wanted, and returns err. If it is stopped, the
// frames are released.
func (r *readAhead) deliver(v video, frames []*frame.Frame, err error) error {
	for i, f := range frames {
		f.Index = r.next
		r.next++
		if f.Index < v.start {
			f.Release()
			continue
		}
		f, failed := r.dec.finishLate(f)
		if failed != nil {
			for _, f := range frames[i+1:] {
				f.Release()
			}
			return failed
		}
		if !r.send(readyFrame{f: f}) {
			f.Release()
			for _, f := range frames[i+1:] {
				f.Release()
			}
			return errStopped
		}
	}
	return err
}

// send waits until there is room.
func (r *readAhead) send(x readyFrame) bool {
	select {
	case <-r.ctx.Done():
		return false
	default:
	}
	select {
	case r.ready <- x:
		return true
	default:
	}
	// The consumer has enough. This cannot give its session up in the middle of a group
	// of pictures, but whoever waits for one is to know that it is not being used.
	r.cfg.share.rest()
	defer r.cfg.share.work()
	select {
	case r.ready <- x:
		return true
	case <-r.ctx.Done():
		return false
	}
}
