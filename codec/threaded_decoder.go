package codec

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"

	"github.com/go-nvcodec/nvcodec/frame"
)

// A ThreadedDecoder decodes a video in the background into a bounded queue, so that
// frames are ready when they are asked for. Frames come in display order, with
// Frame.Index counted from the beginning of the video; they live until they are
// released. When the queue is full, decoding pauses.
//
// Several videos can follow each other without a gap: Queue names the next one while the
// present one is decoded.
//
// One goroutine at a time may call Read, Frames and Reset. Queue and Close may come from
// any, at any time: Close ends calls that wait.
type ThreadedDecoder struct {
	cfg   ThreadedDecoderConfig
	lower func() // ends what DecoderCache asks for

	mu     sync.Mutex
	closed bool
	run    *readAhead

	// Of the reader.
	end   error // how the present video ended, if its end was received
	told  bool  // a call returned it
	ended int   // ends that were received, of this run
}

// NewThreadedDecoder begins to decode the video of d, from frame Start on. d stays the
// caller's to close, but is not to be used until io.EOF, another error, Reset or Close.
//
// Errors are those of NewDecoder.
func NewThreadedDecoder(d *Demuxer, cfg *ThreadedDecoderConfig) (*ThreadedDecoder, error) {
	const op = "new threaded decoder"
	t := &ThreadedDecoder{}
	if cfg != nil {
		t.cfg = *cfg
	}
	if err := t.cfg.validate(); err != nil {
		return nil, opError(op, err)
	}
	if t.cfg.Buffer == 0 {
		t.cfg.Buffer = defaultBuffer
	}
	if err := checkVideo(d); err != nil {
		return nil, opError(op, err)
	}
	t.cfg.late = true // frames before Start are not converted
	t.cfg.share = newShare(nil)
	dec, err := NewDecoder(d.Stream(), &t.cfg.DecoderConfig)
	if err != nil {
		t.cfg.share.leave()
		return nil, err
	}
	t.lower = sessions.raise(t.cfg.DecoderCache)
	t.run = newReadAhead(dec, &t.cfg.DecoderConfig, make(chan readyFrame, t.cfg.Buffer))
	t.run.start(video{d, t.cfg.Start})
	return t, nil
}

func checkVideo(d *Demuxer) error {
	if d == nil {
		return fmt.Errorf("%w: no Demuxer", ErrArgument)
	}
	if d.video < 0 {
		return d.noVideo()
	}
	return nil
}

// Stream describes the video that frames are read of at present.
func (t *ThreadedDecoder) Stream() StreamInfo {
	r, err := t.current()
	if err != nil {
		return StreamInfo{Index: -1, StartPTS: NoPTS}
	}
	return r.video(t.ended).Stream()
}

// Device is where the video is decoded, as in Decoder. Any goroutine may call it.
func (t *ThreadedDecoder) Device() Device {
	r, err := t.current()
	if err != nil {
		return t.cfg.Device
	}
	return r.dec.Device()
}

// Reason says in words why it is decoded there. Any goroutine may call it.
func (t *ThreadedDecoder) Reason() string {
	r, err := t.current()
	if err != nil {
		return ""
	}
	return r.dec.Reason()
}

func (t *ThreadedDecoder) current() (*readAhead, error) {
	if t == nil {
		return nil, opError("read", fmt.Errorf("%w: nil ThreadedDecoder", ErrArgument))
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, ErrClosed
	}
	return t.run, nil
}

// Read fills dst with the next frames and returns their number. It waits until all are
// there, unless the video ends before: then it returns those that there are, and the next
// call io.EOF, or the error that ended the video; damage is reported there as
// Decoder.Drain does. If another video was queued, the call after that goes on with it.
//
// When ctx ends, Read returns at once the frames that it has, and the context's error;
// nothing is lost. The frames are the caller's to release.
func (t *ThreadedDecoder) Read(ctx context.Context, dst []*frame.Frame) (n int, err error) {
	for n < len(dst) {
		f, err := t.next(ctx)
		if err != nil {
			if n > 0 && t.told {
				t.told = false // the next call tells
				return n, nil
			}
			return n, err
		}
		dst[n] = f
		n++
	}
	if n == 0 {
		_, err = t.current()
	}
	return n, err
}

// Frames yields the rest of the present video, each frame the receiver's to release. An
// error ends it, with no frame. Leaving the loop early loses nothing.
func (t *ThreadedDecoder) Frames(ctx context.Context) iter.Seq2[*frame.Frame, error] {
	return func(yield func(*frame.Frame, error) bool) {
		for {
			f, err := t.next(ctx)
			switch {
			case err == nil:
				if !yield(f, nil) {
					return
				}
				continue
			case !errors.Is(err, io.EOF):
				yield(nil, err)
			}
			return
		}
	}
}

// next waits for a frame. Its error is that of the video's end, of the context, or
// ErrClosed.
func (t *ThreadedDecoder) next(ctx context.Context) (*frame.Frame, error) {
	for {
		r, err := t.current()
		if err != nil {
			return nil, err
		}
		if t.end != nil {
			if !t.told || r.count() <= t.ended {
				t.told = true
				return nil, t.end
			}
			t.end, t.told = nil, false
			r.forget(t.ended)
		}
		f, err := r.receive(ctx)
		switch {
		case err == nil:
			return f, nil
		case errors.Is(err, errStopped): // closed, or reset
		case ctx.Err() != nil && errors.Is(err, ctx.Err()):
			return nil, err
		default:
			t.end = err
			t.ended++
		}
	}
}

// Queue names the video that follows those that were named before. Its frames are
// decoded as soon as the queue of frames has room, so that nothing is waited for between
// the two; Read says where the one ends. d is as in NewThreadedDecoder: it must not be
// used or closed before its end was read.
func (t *ThreadedDecoder) Queue(d *Demuxer) error {
	r, err := t.current()
	if err == nil {
		if err = checkVideo(d); err == nil {
			err = r.add(video{dem: d})
		}
		err = opError("queue video", err)
	}
	return err
}

// Reset goes on with another video, from its first frame on. What was decoded of the one
// before, and those that were queued, are dropped. The decode session and the memory of
// frames are used again.
//
// Errors are those of NewDecoder; after one only Reset and Close may be called.
func (t *ThreadedDecoder) Reset(d *Demuxer) error {
	const op = "reset threaded decoder"
	r, err := t.current()
	if err != nil {
		return err
	}
	if err := checkVideo(d); err != nil {
		return opError(op, err)
	}
	r.end()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return ErrClosed
	}
	t.end, t.told, t.ended = nil, false, 0
	err = r.dec.Reset(d.Stream())
	if err != nil {
		t.end = opError(op, err)
		t.ended = 1
	}
	t.run = newReadAhead(r.dec, r.cfg, r.ready)
	if err == nil {
		t.run.start(video{dem: d})
	}
	return t.end
}

// Close ends decoding and gives everything back but frames that were read. It may be
// called twice, and from any goroutine, and ends calls that wait.
func (t *ThreadedDecoder) Close() error {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return nil
	}
	t.closed = true
	r := t.run
	t.mu.Unlock()
	r.end()
	t.lower()
	err := r.dec.Close()
	t.cfg.share.leave()
	return opError("close threaded decoder", err)
}

var _ io.Closer = (*ThreadedDecoder)(nil)
