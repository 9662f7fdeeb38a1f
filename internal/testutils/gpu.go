package testutils

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// SimEnv names the environment variable that is set, to the directory of its
// libraries, in a process that runs on the driver simulator (internal/nvsim). The
// simulator must be in the loader's path before a process starts, so whoever
// builds it starts the tests and sets this.
const SimEnv = "NVCODEC_SIM"

// GPU asks for a real NVIDIA GPU.
func GPU(t testing.TB) {
	t.Helper()
	if os.Getenv(SimEnv) != "" {
		Skip(t, "needs a real GPU, runs on the simulator", "REQUIRE_GPU")
	}
	if !hasGPU() {
		Skip(t, "no GPU", "REQUIRE_GPU")
	}
}

// Sim asks for the driver simulator.
func Sim(t testing.TB) {
	t.Helper()
	if os.Getenv(SimEnv) == "" {
		Skip(t, "no simulator", "REQUIRE_SIM")
	}
}

// Driver asks for an NVIDIA driver, real or simulated.
func Driver(t testing.TB) {
	t.Helper()
	if os.Getenv(SimEnv) == "" && !hasGPU() {
		require := "REQUIRE_GPU"
		if envBool("REQUIRE_SIM") {
			require = "REQUIRE_SIM"
		}
		Skip(t, "no GPU and no simulator", require)
	}
}

// hasGPU looks for the devices that the kernel driver makes, not for libraries: a
// machine with the libraries and no device is one without a GPU.
func hasGPU() bool {
	if runtime.GOOS == "windows" {
		_, err := os.Stat(filepath.Join(os.Getenv("SystemRoot"), "System32", "nvcuda.dll"))
		return err == nil
	}
	for _, pattern := range []string{"/dev/nvidia[0-9]*", "/dev/dxg"} {
		if m, _ := filepath.Glob(pattern); len(m) > 0 {
			return true
		}
	}
	return false
}
