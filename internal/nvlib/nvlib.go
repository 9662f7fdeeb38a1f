// Package nvlib knows where NVIDIA's three user-space libraries lie and what to do
// when one of them does not load.
package nvlib

import (
	"path"
	"runtime"
	"strings"

	"github.com/go-nvcodec/nvcodec/internal/abi"
)

// A Lib is one of the driver's libraries.
type Lib struct {
	What    string // for people
	Env     string // overrides the file or its folder
	Linux   string // versioned soname: the plain name may be a stub or missing
	Windows string
	Debian  string // package
	video   bool   // containers grant it on its own
}

// The three libraries.
var (
	CUDA = Lib{
		What: "the NVIDIA driver (CUDA)", Env: "NVCODEC_LIBCUDA",
		Linux: "libcuda.so.1", Windows: "nvcuda.dll", Debian: "libcuda1",
	}
	NVDEC = Lib{
		What: "the NVIDIA video decoder (NVDEC)", Env: "NVCODEC_LIBNVCUVID",
		Linux: "libnvcuvid.so.1", Windows: "nvcuvid.dll", Debian: "libnvcuvid1", video: true,
	}
	NVENC = Lib{
		What: "the NVIDIA video encoder (NVENC)", Env: "NVCODEC_LIBNVENC",
		Linux: "libnvidia-encode.so.1", Windows: "nvEncodeAPI64.dll", Debian: "libnvidia-encode1", video: true,
	}
)

// MinDriver is the oldest driver branch that is supported.
const MinDriver = 525

// Spec returns what abi.Open needs. override is a file or folder that the program
// chose, or "".
func (l Lib) Spec(override string) abi.Spec {
	return abi.Spec{
		What: l.What, Names: l.names(runtime.GOOS, runtime.GOARCH), Env: l.Env, Path: override,
		Remedy: l.remedy(here()),
	}
}

// names lists the candidates. The loader's own search comes first; the folders
// after it matter where a container or WSL has mounted the driver without telling
// the loader.
func (l Lib) names(goos, goarch string) []string {
	if goos == "windows" {
		return []string{l.Windows}
	}
	multiarch := "x86_64-linux-gnu"
	if goarch == "arm64" {
		multiarch = "aarch64-linux-gnu"
	}
	names := []string{l.Linux}
	for _, dir := range []string{
		"/usr/lib/wsl/lib",
		"/usr/local/nvidia/lib64",
		"/usr/lib/" + multiarch + "/nvidia/current",
	} {
		names = append(names, path.Join(dir, l.Linux))
	}
	if goarch == "arm64" { // Jetson
		names = append(names,
			"/usr/lib/aarch64-linux-gnu/nvidia/"+l.Linux,
			"/usr/lib/aarch64-linux-gnu/tegra/"+l.Linux)
	}
	return names
}

// remedy is one sentence for the machine at hand.
func (l Lib) remedy(m machine) string {
	switch {
	case m.goos == "windows":
		return "Install the NVIDIA display driver, 525 or newer, on this machine."
	case m.goos != "linux":
		return "NVIDIA GPUs are supported on Linux and Windows."
	case m.container && l.video && m.driver:
		return "The driver is mounted into this container without its video part: start it with NVIDIA_DRIVER_CAPABILITIES=compute,video,utility."
	case m.container:
		return "In a container: start it with the NVIDIA container toolkit (docker run --gpus all) and NVIDIA_DRIVER_CAPABILITIES=compute,video,utility."
	case m.wsl:
		return "Under WSL the library comes with the NVIDIA driver of the Windows host: install or update it there (525 or newer), then run wsl --shutdown."
	case m.debian:
		return "Install the package " + l.Debian + " (Ubuntu: the libnvidia packages of the driver in use), driver 525 or newer."
	}
	return "Install the NVIDIA driver, 525 or newer, with its video libraries."
}

// Remedy is what to do about a library that loads but is too old.
func (l Lib) Remedy() string {
	return "The NVIDIA driver is too old: update it to 525 or newer."
}

// machine is what the remedies depend on.
type machine struct {
	goos      string
	container bool
	wsl       bool
	debian    bool
	driver    bool // libcuda is here
}

func isWSL(version string) bool {
	return strings.Contains(strings.ToLower(version), "microsoft")
}

// isContainer needs version 1 of cgroups: version 2 shows every container its own
// root, "0::/".
func isContainer(cgroup string) bool {
	for _, word := range []string{"docker", "kubepods", "containerd", "libpod", "lxc"} {
		if strings.Contains(cgroup, word) {
			return true
		}
	}
	return false
}

// isOverlay is true when the root file system is an overlay (or fuse-overlayfs), as
// containerd's and podman's are.
func isOverlay(mountinfo string) bool {
	for line := range strings.Lines(mountinfo) {
		// id parent device root mount-point options ... - type source options
		before, after, _ := strings.Cut(line, " - ")
		f := strings.Fields(before)
		if len(f) > 4 && f[4] == "/" {
			fs := strings.Fields(after)
			return len(fs) > 0 && strings.Contains(fs[0], "overlay")
		}
	}
	return false
}
