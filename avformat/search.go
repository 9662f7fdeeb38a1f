package avformat

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// candidates is the list of names for libavformat, best first. A path that is not a
// directory is the library itself.
func candidates(path string) []string {
	var names []string
	for _, r := range releases {
		names = append(names, fileName("avformat", r.avformat))
	}
	if path == "" {
		if runtime.GOOS != "windows" {
			return names
		}
		// The loader is told to leave PATH alone, but that is where people keep
		// FFmpeg on Windows.
		for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
			if !filepath.IsAbs(dir) {
				continue
			}
			for _, r := range releases {
				p := filepath.Join(dir, fileName("avformat", r.avformat))
				if isFile(p) {
					names = append(names, p)
				}
			}
		}
		return names
	}
	if fi, err := os.Stat(path); err != nil || !fi.IsDir() {
		return []string{path}
	}
	for i, n := range names {
		names[i] = filepath.Join(path, n)
	}
	return names
}

func isFile(p string) bool {
	fi, err := os.Stat(p)
	return err == nil && fi.Mode().IsRegular()
}

// preload opens the neighbours of a libavformat that was named by path, so that
// the loader, which looks for them elsewhere, finds them in the process already.
// Errors are left to libavformat's own opening to report.
func preload(dir, name string) {
	if runtime.GOOS == "windows" {
		return // the loader looks beside an absolute path by itself
	}
	for _, r := range releases {
		if !strings.Contains(filepath.Base(name), fmt.Sprintf(".so.%d", r.avformat)) {
			continue
		}
		for _, n := range []string{fileName("avutil", r.avutil), fileName("swresample", r.swresample), fileName("avcodec", r.avcodec)} {
			if p := filepath.Join(dir, n); isFile(p) {
				_, _ = openLibrary(p)
			}
		}
	}
}

// otherMajors lists files of libavformat that are there but not supported.
func otherMajors(path string) []string {
	dirs := []string{path}
	pattern := "libavformat.so.[0-9]*"
	switch {
	case path != "":
	case runtime.GOOS == "windows":
		pattern = "avformat-*.dll"
		dirs = filepath.SplitList(os.Getenv("PATH"))
	default:
		arch := map[string]string{"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}[runtime.GOARCH]
		dirs = append(filepath.SplitList(os.Getenv("LD_LIBRARY_PATH")),
			"/usr/lib/"+arch, "/usr/local/lib/"+arch, "/usr/lib64", "/usr/local/lib", "/usr/lib")
	}
	var found []string
	for _, d := range dirs {
		files, _ := filepath.Glob(filepath.Join(d, pattern))
		for _, f := range files {
			var major int
			base := strings.TrimPrefix(strings.TrimPrefix(filepath.Base(f), "libavformat.so."), "avformat-")
			if _, err := fmt.Sscanf(base, "%d", &major); err != nil {
				continue
			}
			if _, ok := releaseOf(major); !ok {
				found = append(found, f)
			}
		}
	}
	return found
}
