package progress

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// A Status is how far a job is.
type Status struct {
	What        string
	Done, Total int64
	Unit        string // of both: frames, rows. Empty: only the time is told.
}

// A Watcher shows how far a job is whose results are lines of their own: a bar on a
// terminal, after the first second, which makes way for the results; elsewhere a plain
// line every few seconds. A short job shows nothing. Its methods may be called at once.
type Watcher struct {
	w        io.Writer
	terminal bool
	start    time.Time
	status   func() Status

	mu    sync.Mutex
	width int // of what stands on the terminal's line
	end   chan struct{}
	ended chan struct{}
}

// quiet is how long a job may take without a word on a terminal.
const quiet = time.Second

// Watch asks status, from another goroutine, until Stop.
func Watch(status func() Status) *Watcher {
	w := &Watcher{w: os.Stderr, terminal: isTerminal(os.Stderr), status: status}
	w.begin()
	return w
}

func (w *Watcher) begin() {
	w.start, w.end, w.ended = time.Now(), make(chan struct{}), make(chan struct{})
	every := lines
	if w.terminal {
		every = 2 * redraw
	}
	go func() {
		defer close(w.ended)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-w.end:
				return
			case now := <-tick.C:
				if took := now.Sub(w.start); took >= quiet {
					w.show(took)
				}
			}
		}
	}()
}

// Clear makes way for a line of output.
func (w *Watcher) Clear() {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.width > 0 {
		fmt.Fprintf(w.w, "\r%s\r", strings.Repeat(" ", w.width))
		w.width = 0
	}
}

// Stop ends the showing, and leaves nothing of it on a terminal.
func (w *Watcher) Stop() {
	close(w.end)
	<-w.ended
	w.Clear()
}

// Quiet calls f, and shows nothing meanwhile: no work of the watcher is measured with f's.
func (w *Watcher) Quiet(f func() error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return f()
}

func (w *Watcher) show(took time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	line := w.status().line(took, w.terminal)
	if !w.terminal {
		fmt.Fprintln(w.w, line)
		return
	}
	fmt.Fprintf(w.w, "\r%s%s", line, strings.Repeat(" ", max(w.width-len(line), 0)))
	w.width = max(w.width, len(line))
}

// line tells of a job that has taken so long.
func (s Status) line(took time.Duration, bar bool) string {
	elapsed := took.Truncate(time.Second).String()
	switch {
	case s.Unit == "":
		return fmt.Sprintf("%s  %s", s.What, elapsed)
	case s.Total <= 0:
		return fmt.Sprintf("%s  %d %s  %s", s.What, s.Done, s.Unit, elapsed)
	}
	done := min(max(float64(s.Done)/float64(s.Total), 0), 1)
	if !bar {
		return fmt.Sprintf("%s  %d/%d %s  %3.0f%%  %s", s.What, s.Done, s.Total, s.Unit, done*100, elapsed)
	}
	return fmt.Sprintf("%s [%s] %3.0f%%  %d/%d %s  %s", s.What, cells(done), done*100, s.Done, s.Total, s.Unit, elapsed)
}

// cells is the bar itself.
func cells(done float64) string {
	const n = 30
	full := int(done * n)
	return strings.Repeat("=", full) + strings.Repeat(" ", n-full)
}
