package nvlib

import (
	"os"
	"runtime"

	"github.com/go-nvcodec/nvcodec/internal/abi"
)

// here looks at this machine. It runs only when a library is opened, once for each.
func here() machine {
	m := machine{goos: runtime.GOOS}
	if m.goos != "linux" {
		return m
	}
	m.container = exists("/.dockerenv") || exists("/run/.containerenv") || isContainer(read("/proc/1/cgroup")) ||
		isOverlay(read("/proc/self/mountinfo")) || anySet("KUBERNETES_SERVICE_HOST", "NVIDIA_VISIBLE_DEVICES", "container")
	m.wsl = isWSL(read("/proc/version"))
	m.debian = exists("/etc/debian_version")
	// Not CUDA.Spec: that would come back here.
	_, err := abi.Open(abi.Spec{Names: CUDA.names(runtime.GOOS, runtime.GOARCH), Env: CUDA.Env})
	m.driver = err == nil
	return m
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func anySet(names ...string) bool {
	for _, n := range names {
		if os.Getenv(n) != "" {
			return true
		}
	}
	return false
}

func read(path string) string {
	b, _ := os.ReadFile(path)
	return string(b)
}
