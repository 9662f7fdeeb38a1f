package avformat

import (
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/go-nvcodec/nvcodec/internal/live"
)

var liveReaders = live.NewKind("avformat.reader")

// A PanicError is a panic of a user's reader or writer. It ended the call that
// needed it, not the program.
type PanicError struct {
	Value any    // what panic was called with
	Stack []byte // of the goroutine
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Unwrap is the Value, if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

var errGoexit = errors.New("the goroutine was ended with runtime.Goexit")

// streamBuffer is how much is moved between Go and C at once.
const streamBuffer = 64 << 10

// maxEmptyReads is how often a reader may return 0, nil in a row, as in bufio.
const maxEmptyReads = 100

// A worker runs a user's reader, writer and seeker on a goroutine of its own, so
// that what they do there (panic, Goexit, block for ever) ends that goroutine at
// worst, and never unwinds or holds the C frames of the callback that asked.
// The callback's side asks and waits, one request at a time.
type worker struct {
	rw  any // io.Reader or io.Writer
	s   io.Seeker
	buf []byte // between Go and C; Go memory, so whoever returns last frees it

	ask     chan struct{} // req is set; has room for one
	answer  chan struct{} // res is set; has room for one, so the worker never blocks on it
	req     request
	res     response
	pending bool // asked and not answered yet: an interrupt came in between
	dead    bool // the goroutine is gone

	intr *interrupt
}

type operation uint8

const (
	opRead operation = iota
	opWrite
	opSeek
)

type request struct {
	op     operation
	n      int // bytes of buf to read into or write
	offset int64
	whence int
}

type response struct {
	n    int
	pos  int64
	err  error
	dead bool
}

func newWorker(rw any, s io.Seeker, intr *interrupt) *worker {
	w := &worker{
		rw: rw, s: s, intr: intr,
		buf: make([]byte, streamBuffer), ask: make(chan struct{}, 1), answer: make(chan struct{}, 1),
	}
	liveReaders.Add()
	go w.run()
	return w
}

// stop ends the goroutine, at once or when the user's method returns. No request
// may be made after it.
func (w *worker) stop() { close(w.ask) }

func (w *worker) run() {
	returned := false
	defer liveReaders.Done()
	defer func() {
		if returned {
			return
		}
		// Only a panic or Goexit comes here.
		w.res = response{err: errGoexit, dead: true}
		if v := recover(); v != nil {
			w.res.err = &PanicError{v, debug.Stack()}
		}
		w.answer <- struct{}{}
	}()
	for range w.ask {
		w.res = w.do(w.req)
		w.answer <- struct{}{}
	}
	returned = true
}

func (w *worker) do(r request) (res response) {
	switch r.op {
	case opRead:
		return w.read(r.n)
	case opWrite:
		res.n, res.err = w.rw.(io.Writer).Write(w.buf[:r.n])
		if res.err == nil && res.n != r.n {
			res.err = io.ErrShortWrite
		}
	case opSeek:
		res.pos, res.err = w.s.Seek(r.offset, r.whence)
	}
	return res
}

func (w *worker) read(n int) (res response) {
	for range maxEmptyReads {
		res.n, res.err = w.rw.(io.Reader).Read(w.buf[:n])
		if res.n < 0 || res.n > n {
			return response{err: fmt.Errorf("the reader returned %d of %d bytes", res.n, n)}
		}
		if res.n > 0 || res.err != nil {
			return res
		}
	}
	return response{err: io.ErrNoProgress}
}

// request has r done and waits for it. ok is false when an interrupt came first;
// the answer is then still to come and settle takes it.
func (w *worker) request(r request) (res response, ok bool) {
	if w.dead {
		return w.res, true
	}
	w.req = r
	w.ask <- struct{}{}
	w.pending = true
	return w.settle()
}

// settle waits for the answer that is due.
func (w *worker) settle() (res response, ok bool) {
	select {
	case <-w.answer:
	default:
		select {
		case <-w.answer:
		case <-w.intr.done():
			return response{}, false
		}
	}
	w.pending = false
	w.dead = w.res.dead
	return w.res, true
}
