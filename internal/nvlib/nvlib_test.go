package nvlib

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNames(t *testing.T) {
	require.Equal(t, []string{"nvcuda.dll"}, CUDA.names("windows", "amd64"))
	require.Equal(t, []string{
		"libnvcuvid.so.1",
		"/usr/lib/wsl/lib/libnvcuvid.so.1",
		"/usr/local/nvidia/lib64/libnvcuvid.so.1",
		"/usr/lib/x86_64-linux-gnu/nvidia/current/libnvcuvid.so.1",
	}, NVDEC.names("linux", "amd64"))
	require.Contains(t, NVENC.names("linux", "arm64"), "/usr/lib/aarch64-linux-gnu/tegra/libnvidia-encode.so.1")
}

func TestRemedy(t *testing.T) {
	for _, c := range []struct {
		lib  Lib
		m    machine
		want string
	}{
		{NVDEC, machine{goos: "linux", container: true, driver: true, debian: true}, "NVIDIA_DRIVER_CAPABILITIES=compute,video,utility"},
		{NVDEC, machine{goos: "linux", container: true}, "--gpus all"},
		{CUDA, machine{goos: "linux", container: true, driver: true}, "--gpus all"},
		{CUDA, machine{goos: "linux", wsl: true, debian: true}, "Windows host"},
		{NVENC, machine{goos: "linux", debian: true}, "libnvidia-encode1"},
		{NVENC, machine{goos: "linux"}, "Install the NVIDIA driver"},
		{CUDA, machine{goos: "windows"}, "display driver"},
		{CUDA, machine{goos: "darwin"}, "Linux and Windows"},
	} {
		require.Contains(t, c.lib.remedy(c.m), c.want)
	}
}

func TestMachine(t *testing.T) {
	require.True(t, isWSL("Linux version 5.15.90.1-microsoft-standard-WSL2"))
	require.False(t, isWSL("Linux version 6.1.0-18-amd64 (debian-kernel@lists.debian.org)"))
	require.True(t, isContainer("0::/kubepods/besteffort/pod1"))
	require.False(t, isContainer("0::/init.scope"))
	require.True(t, isOverlay("22 1 0:5 / /proc rw - proc proc rw\n1024 900 0:57 / / rw,relatime master:1 - overlay overlay rw,lowerdir=/a\n"))
	require.True(t, isOverlay("1 0 0:57 / / rw - fuse.fuse-overlayfs fuse-overlayfs rw\n"))
	require.False(t, isOverlay("27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n30 27 0:57 / /var/lib/docker/overlay2/x rw - overlay overlay rw\n"))
	require.False(t, isOverlay(""))
	require.False(t, isOverlay("garbage\n"))
}
