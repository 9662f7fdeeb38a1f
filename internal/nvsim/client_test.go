package nvsim

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// Most tests are clients in C (testdata/*.c), so that what is tested here is not
// told by our own bindings.

var clients struct {
	sync.Mutex
	paths map[string]string
	dir   string
}

func TestMain(m *testing.M) {
	code := m.Run()
	if clients.dir != "" {
		os.RemoveAll(clients.dir)
	}
	os.Exit(code)
}

// simDir builds the simulator or skips.
func simDir(t *testing.T) string {
	t.Helper()
	testutils.CC(t)
	d, err := Dir()
	if errors.Is(err, ErrUnavailable) {
		testutils.Skip(t, "no simulator", "REQUIRE_SIM")
	}
	require.NoError(t, err)
	return d
}

// clientsDir is a folder for all tests. The caller holds the lock of clients.
func clientsDir(t *testing.T) string {
	t.Helper()
	if clients.dir == "" {
		var err error
		clients.dir, err = os.MkdirTemp("", "nvsim-clients-")
		require.NoError(t, err)
		clients.paths = map[string]string{}
	}
	return clients.dir
}

// client compiles testdata/name.c against the simulator's headers and libraries.
func client(t *testing.T, name string, packages ...string) string {
	t.Helper()
	return apiClient(t, name, "", packages...)
}

// apiClient does so with the header of one NVENC API, such as "121".
func apiClient(t *testing.T, source, api string, packages ...string) string {
	t.Helper()
	name := source + api
	d := simDir(t)
	clients.Lock()
	defer clients.Unlock()
	if p := clients.paths[name]; p != "" {
		return p
	}
	clientsDir(t)
	args := []string{"-std=gnu11", "-g", "-O1", "-Wall", "-Wextra", "-I" + d, filepath.Join("testdata", source+".c"), "-o", filepath.Join(clients.dir, name),
		"-L" + d, "-Wl,--as-needed", "-l:libnvidia-encode.so.1", "-l:libnvcuvid.so.1", "-l:libcuda.so.1", "-lpthread"}
	if api != "" {
		args = append([]string{`-DAPI_HEADER="nvenc_api_` + api + `.h"`}, args...)
	}
	if len(packages) > 0 {
		out, err := exec.Command("pkg-config", append([]string{"--cflags", "--libs"}, packages...)...).Output()
		if err != nil {
			testutils.Skip(t, "no development files of FFmpeg", "REQUIRE_SIM")
		}
		args = append(args, strings.Fields(string(out))...)
	}
	out, err := exec.Command(testutils.CC(t), args...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Empty(t, string(out), "warnings")
	clients.paths[name] = filepath.Join(clients.dir, name)
	return clients.paths[name]
}

// run runs a program on the simulator and returns its exit status, which 97 is for
// violations and leaks, and what it wrote.
func run(t *testing.T, o Options, name string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	env, err := Environ(o)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	clients.Lock()
	sites := filepath.Join(clientsDir(t), "sites")
	clients.Unlock()
	cmd.Env = append(append(os.Environ(), "NVSIM_SITES="+sites), env...)
	var outs, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &outs, &errs
	err = cmd.Run()
	require.NoError(t, ctx.Err(), "%s hangs", args)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), outs.String(), errs.String()
}
