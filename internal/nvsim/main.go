package nvsim

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"testing"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// inside marks the process that Main has started.
const inside = "NVSIM_INSIDE"

// Main runs the tests of a package on the simulator:
//
//	func TestMain(m *testing.M) { nvsim.Main(m, nvsim.Options{}) }
//
// The simulator must be in the loader's path when a process starts, so Main starts
// the test binary once more. When that has ended it lists what the simulator
// reported, and what is still alive in it, and fails.
//
// With REQUIRE_GPU=1, or NVSIM=0, or where the simulator cannot be built, the tests
// run as they are, on the machine's own driver or none; REQUIRE_SIM=1 makes the
// latter a failure.
func Main(m *testing.M, o Options) {
	if os.Getenv(inside) != "" {
		os.Exit(m.Run())
	}
	if isSet("REQUIRE_GPU") || os.Getenv("NVSIM") == "0" || os.Getenv(testutils.SimEnv) != "" {
		os.Exit(m.Run())
	}
	env, err := Environ(o)
	if err != nil {
		if !errors.Is(err, ErrUnavailable) || isSet("REQUIRE_SIM") {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(m.Run())
	}
	os.Exit(rerun(env, o))
}

func isSet(name string) bool {
	v := os.Getenv(name)
	return v != "" && v != "0" && v != "false"
}

// rerun starts this program again with env, watched.
func rerun(env []string, o Options) int {
	self, err := os.Executable()
	if err == nil {
		cmd := exec.Command(self, os.Args[1:]...)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
		cmd.Env = append(append(os.Environ(), env...), inside+"=1")
		var code int
		if code, err = watch(cmd, o); err == nil {
			return code
		}
	}
	fmt.Fprintln(os.Stderr, "nvsim:", err)
	return 1
}

// watch runs a command whose environment leads it to the simulator and returns its
// exit status, or 97 if it would be 0 and the simulator has something against it.
func watch(cmd *exec.Cmd, o Options) (int, error) {
	state, err := os.MkdirTemp("", "nvsim-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(state)
	report, alive := filepath.Join(state, "report"), filepath.Join(state, "live")
	cmd.Env = append(cmd.Env, "NVSIM_REPORT="+report, "NVSIM_LIVE="+alive)
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	// go test stops a test that hangs by a signal to us: it is for the child, whose
	// stacks are of interest.
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, forwarded...)
	go func() {
		for s := range signals {
			_ = cmd.Process.Signal(s)
		}
	}()
	err = cmd.Wait()
	signal.Stop(signals)
	code := cmd.ProcessState.ExitCode()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return 0, err
	}
	if code < 0 {
		code = 2 // ended by a signal
	}
	violations, _ := os.ReadFile(report)
	if len(violations) > 0 {
		fmt.Fprintf(os.Stderr, "nvsim: the client did what hardware would not forgive:\n%s", violations)
		if code == 0 {
			code = 97
		}
	}
	if code == 0 {
		leaks, err := readLive(alive)
		if err != nil {
			return 0, err
		}
		for _, l := range leaks {
			fmt.Fprintln(os.Stderr, "nvsim: still alive at the end:", l)
			if !o.AllowLeaks {
				code = 97
			}
		}
	}
	return code, nil
}
