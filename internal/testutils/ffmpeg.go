package testutils

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// FFmpeg asks for FFmpeg's shared libraries, any major.
func FFmpeg(t testing.TB) {
	t.Helper()
	if !hasFFmpeg() {
		Skip(t, "no FFmpeg libraries", "REQUIRE_FFMPEG")
	}
}

// FFmpegProgram asks for the ffmpeg program and returns its path.
func FFmpegProgram(t testing.TB) string {
	t.Helper()
	return program(t, "ffmpeg", "REQUIRE_FFMPEG")
}

// FFprobeProgram asks for the ffprobe program and returns its path.
func FFprobeProgram(t testing.TB) string {
	t.Helper()
	return program(t, "ffprobe", "REQUIRE_FFMPEG")
}

// CC asks for a C compiler for the machine's own target and returns its path.
func CC(t testing.TB) string {
	t.Helper()
	if cc := os.Getenv("CC"); cc != "" {
		return program(t, cc, "REQUIRE_CC")
	}
	return program(t, "cc", "REQUIRE_CC")
}

func program(t testing.TB, name, require string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Skip(t, "no "+name+" program", require)
	}
	return path
}

// hasFFmpeg looks where the loader would, by GOARCH: under an emulator the host's
// libraries are in sight, but of the wrong kind.
func hasFFmpeg() bool {
	if dir := os.Getenv("NVCODEC_FFMPEG"); dir != "" {
		return true
	}
	if runtime.GOOS == "windows" {
		return anyFile(filepath.SplitList(os.Getenv("PATH")), "avformat-*.dll")
	}
	dirs := filepath.SplitList(os.Getenv("LD_LIBRARY_PATH"))
	if multiarch := map[string]string{"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}[runtime.GOARCH]; multiarch != "" {
		dirs = append(dirs, "/usr/lib/"+multiarch, "/usr/local/lib/"+multiarch)
	}
	if !emulated() {
		dirs = append(dirs, "/usr/lib64", "/usr/lib", "/usr/local/lib")
	}
	return anyFile(dirs, "libavformat.so.[0-9]*")
}

// emulated is true when the program interpreter of our architecture is not the
// machine's own, as under qemu-user.
func emulated() bool {
	ld := map[string]string{"amd64": "/lib64/ld-linux-x86-64.so.2", "arm64": "/lib/ld-linux-aarch64.so.1"}[runtime.GOARCH]
	if ld == "" {
		return false
	}
	_, err := os.Stat(ld)
	return err != nil
}

func anyFile(dirs []string, pattern string) bool {
	for _, d := range dirs {
		if m, _ := filepath.Glob(filepath.Join(d, pattern)); len(m) > 0 {
			return true
		}
	}
	return false
}
