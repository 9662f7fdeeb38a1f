package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// serve is the worker: jobs in, results out, a line of JSON each.
func serve(in io.Reader, out io.Writer) error {
	sc := bufio.NewScanner(in)
	sc.Buffer(nil, 1<<20)
	enc := json.NewEncoder(out)
	for sc.Scan() {
		var j Job
		if err := json.Unmarshal(sc.Bytes(), &j); err != nil {
			return err
		}
		if err := enc.Encode(do(context.Background(), &j)); err != nil {
			return err
		}
	}
	return sc.Err()
}

// A pool runs jobs in worker processes.
type pool struct {
	timeout time.Duration
	log     io.Writer // what workers print on standard error
	logMu   sync.Mutex
}

// run returns a result for each job, in their order.
func (p *pool) run(jobs []Job, workers int) []Result {
	results := make([]Result, len(jobs))
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(workers, len(jobs)) {
		wg.Go(func() {
			var w *worker
			for i := range next {
				if w == nil {
					w = startWorker()
				}
				r, alive := w.do(&jobs[i], p.timeout)
				results[i] = *r
				if !alive {
					p.note(&jobs[i], w)
					w = nil
				}
			}
			if w != nil {
				if err := w.end(20 * time.Second); err != nil {
					p.note(&Job{File: "end of a worker: " + err.Error()}, w)
				}
			}
		})
	}
	for i := range jobs {
		next <- i
	}
	close(next)
	wg.Wait()
	return results
}

func (p *pool) note(j *Job, w *worker) {
	p.logMu.Lock()
	defer p.logMu.Unlock()
	fmt.Fprintf(p.log, "==== %s on %v\n%s\n", j.File, j.Device, w.stderr.String())
}

// A worker is a child process.
type worker struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	stderr *tail
	dead   chan error
	err    error
}

func startWorker() *worker {
	w := &worker{stderr: &tail{max: 1 << 20}, dead: make(chan error, 1)}
	exe, err := os.Executable()
	if err != nil {
		w.err = err
		return w
	}
	w.cmd = exec.Command(exe, "-worker")
	w.cmd.Env = append(os.Environ(), "GOTRACEBACK=all")
	w.cmd.Stderr = w.stderr
	in, err1 := w.cmd.StdinPipe()
	out, err2 := w.cmd.StdoutPipe()
	w.in, w.out = in, bufio.NewReaderSize(out, 1<<16)
	w.err = errors.Join(err1, err2)
	if w.err == nil {
		w.err = w.cmd.Start()
	}
	return w
}

// do runs one job; the worker is dead afterwards unless alive.
func (w *worker) do(j *Job, timeout time.Duration) (r *Result, alive bool) {
	r = &Result{FirstBad: -1}
	if w.err != nil {
		r.Crash = w.err.Error()
		return r, false
	}
	line, err := json.Marshal(j)
	if err == nil {
		_, err = w.in.Write(append(line, '\n'))
	}
	if err != nil {
		r.Crash = w.bury("could not be given the job: "+err.Error(), false)
		return r, false
	}
	answer := make(chan error, 1)
	var text []byte
	go func() {
		var err error
		text, err = w.out.ReadBytes('\n')
		answer <- err
	}()
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case err = <-answer:
	case <-timer.C:
		r.Crash = w.bury(fmt.Sprintf("hangs: not over after %v", timeout), true)
		return r, false
	}
	if err == nil {
		err = json.Unmarshal(text, r)
	}
	if err != nil {
		r.Crash = w.bury("died", false)
		return r, false
	}
	return r, true
}

// bury ends the process and says how it ended. A process that hangs is asked for its
// stacks first; one that is stuck in the kernel is left behind.
func (w *worker) bury(what string, hangs bool) string {
	if hangs {
		_ = w.cmd.Process.Signal(syscall.SIGQUIT)
	}
	done := make(chan error, 1)
	go func() { done <- w.cmd.Wait() }()
	grace := 3 * time.Second
	for range 2 {
		select {
		case err := <-done:
			if err != nil {
				what += " (" + err.Error() + ")"
			}
			if first := w.stderr.firstLine(); first != "" {
				what += ": " + first
			}
			return what
		case <-time.After(grace):
			_ = w.cmd.Process.Kill()
		}
	}
	return what + " and cannot be killed"
}

// end lets the worker finish on its own, which shows what its exit does.
func (w *worker) end(timeout time.Duration) error {
	_ = w.in.Close()
	done := make(chan error, 1)
	go func() { done <- w.cmd.Wait() }()
	select {
	case err := <-done:
		return err
	case <-time.After(timeout):
		_ = w.cmd.Process.Kill()
		return errors.New("does not end")
	}
}

// A tail keeps the beginning and the end of what is written to it.
type tail struct {
	mu    sync.Mutex
	head  []byte
	bytes []byte
	max   int
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := 4096 - len(t.head); n > 0 {
		t.head = append(t.head, p[:min(n, len(p))]...)
	}
	t.bytes = append(t.bytes, p...)
	if over := len(t.bytes) - t.max; over > 0 {
		t.bytes = append(t.bytes[:0], t.bytes[over:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.bytes)
}

// firstLine is the first line that says why a Go program ended, else the first.
func (t *tail) firstLine() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	first := ""
	for _, b := range [][]byte{t.head, t.bytes} {
		for line := range bytes.Lines(b) {
			line = bytes.TrimSpace(line)
			for _, sign := range []string{"panic:", "fatal error:", "SIG"} {
				if bytes.HasPrefix(line, []byte(sign)) {
					return string(line)
				}
			}
			if first == "" {
				first = string(line)
			}
		}
	}
	return first
}
