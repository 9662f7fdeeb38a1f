// Package progress shows on standard error how far a long job is: a bar on a terminal,
// a plain line every few seconds elsewhere.
package progress

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// A Bar counts frames. It is used by one goroutine.
type Bar struct {
	w        io.Writer
	terminal bool
	every    time.Duration
	what     string
	total    int64 // frames, 0 if unknown
	n        int64
	start    time.Time
	next     time.Time
	width    int // of the last line
}

// How often something is shown: drawn on a terminal, told elsewhere.
const (
	redraw = 100 * time.Millisecond
	lines  = 5 * time.Second
)

// New returns a bar on standard error for total frames (0 if unknown).
func New(what string, total int64) *Bar {
	b := &Bar{w: os.Stderr, terminal: isTerminal(os.Stderr), what: what, total: total, start: time.Now()}
	b.every = lines
	if b.terminal {
		b.every = redraw
	}
	b.next = b.start.Add(b.every)
	return b
}

// isTerminal tells whether f is a character device that is not the null device.
func isTerminal(f *os.File) bool {
	fi, err := f.Stat()
	if err != nil || fi.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(fi, null)
}

// Add counts n more frames and shows the state when it is time.
func (b *Bar) Add(n int) {
	b.n += int64(n)
	if now := time.Now(); now.After(b.next) {
		b.next = now.Add(b.every)
		b.show(now)
	}
}

// Count returns the frames so far.
func (b *Bar) Count() int64 { return b.n }

// Rate returns frames a second since New.
func (b *Bar) Rate() float64 {
	s := time.Since(b.start).Seconds()
	if s <= 0 {
		return 0
	}
	return float64(b.n) / s
}

// Done ends the bar with a last line.
func (b *Bar) Done() {
	b.show(time.Now())
	if b.terminal {
		fmt.Fprintln(b.w)
	}
}

func (b *Bar) show(now time.Time) {
	rate := b.Rate()
	line := fmt.Sprintf("%s  %d frames  %.0f fps", b.what, b.n, rate)
	if b.total > 0 {
		done := min(float64(b.n)/float64(b.total), 1)
		line = fmt.Sprintf("%s  %d/%d frames  %3.0f%%  %.0f fps", b.what, b.n, b.total, done*100, rate)
		if b.terminal {
			left := ""
			if rate > 0 && b.n < b.total {
				left = "  " + (time.Duration(float64(b.total-b.n)/rate*float64(time.Second)) + time.Second/2).Truncate(time.Second).String() + " left"
			}
			line = fmt.Sprintf("%s [%s] %3.0f%%  %d/%d  %.0f fps%s", b.what, cells(done), done*100, b.n, b.total, rate, left)
		}
	}
	if !b.terminal {
		fmt.Fprintln(b.w, line)
		return
	}
	pad := max(b.width-len(line), 0)
	b.width = len(line)
	fmt.Fprintf(b.w, "\r%s%s", line, strings.Repeat(" ", pad))
}
