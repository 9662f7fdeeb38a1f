package examples

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// terminal returns both ends of a pseudo terminal.
func terminal(t *testing.T) (ours, theirs *os.File) {
	t.Helper()
	ours, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		testutils.Skip(t, "no pseudo terminals", "")
	}
	var number, unlock int32
	for request, arg := range map[uintptr]*int32{syscall.TIOCGPTN: &number, syscall.TIOCSPTLCK: &unlock} {
		_, _, e := syscall.Syscall(syscall.SYS_IOCTL, ours.Fd(), request, uintptr(unsafe.Pointer(arg)))
		require.Zero(t, e)
	}
	theirs, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		ours.Close()
		testutils.Skip(t, "no pseudo terminals", "")
	}
	return ours, theirs
}

// TestTerminal: work that takes longer than a second shows a bar on a terminal, which is
// gone when there is a result; short work shows none.
func TestTerminal(t *testing.T) {
	testutils.Short(t)
	testutils.FFmpeg(t)
	testutils.Watchdog(t, 2*time.Minute)
	for _, c := range []struct {
		name, args, bar string
	}{
		{"bench", "fps -device cpu -w 0.8 -r 2", "fps copy demo 1 ["},
		{"reuse", "-device cpu -clips 100000 -threads 1", "new decoders ["},
		{"sampling", "-device cpu -threads 2 -frames 3 -sequential 3", ""},
		{"segmentbench", "-device cpu -segments 4 -methods= -r 100", "segmentbench ["},
		{"prefetch", "-device cpu -work 50ms", "prefetch ["},
		{"prefetch", "-device cpu -work 0", ""},
		{"tensor", "-device cpu -size 32", ""},
		{"probe", "-scan", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ours, theirs := terminal(t)
			defer ours.Close()
			cmd, out, _ := command(t, c.name, strings.Fields(c.args)...)
			cmd.Dir, cmd.Stderr = testutils.Root(), theirs
			require.NoError(t, cmd.Start())
			theirs.Close()
			text, buf := "", make([]byte, 4096)
			seen := sync.OnceFunc(func() { _ = cmd.Process.Signal(os.Interrupt) }) // twice would kill it
			for {
				n, err := ours.Read(buf)
				if text += string(buf[:n]); err != nil {
					break // the other end is closed
				}
				if c.bar != "" && strings.Contains(text, "\r"+c.bar) && strings.Contains(text, "% ") {
					seen()
				}
			}
			_ = cmd.Wait()
			if c.bar == "" {
				require.NotContains(t, text, "[", "%s", out)
				return
			}
			require.Contains(t, text, "\r"+c.bar)
			require.Regexp(t, `\r +\r`, text, "the bar makes way")
		})
	}
}
