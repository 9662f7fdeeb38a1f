package nvsim

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed windows
var windows embed.FS

// windowsProducts are the DLLs by the libraries that they are made as.
var windowsProducts = map[string]string{"libcuda.so.1": "nvcuda.dll", "libnvcuvid.so.1": "nvcuvid.dll", "libnvidia-encode.so.1": "nvEncodeAPI64.dll"}

// BuildWindows makes the simulator's DLLs for windows/amd64 in dir, with MinGW's compiler:
// the same sources and the structs of that target, but pictures and no encoder of FFmpeg's
// (windows/pictures.c), since there is no FFmpeg to build on.
func BuildWindows(dir, cc string) error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	files, err := sources(filepath.Join(root, "testdata", "layout"), "windows-amd64")
	if err != nil {
		return err
	}
	if err := fs.WalkDir(windows, "windows", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := windows.ReadFile(path)
		files[strings.TrimPrefix(path, "windows/")] = b
		return err
	}); err != nil {
		return err
	}
	for n, b := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, n)), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, n), b, 0o644); err != nil {
			return err
		}
	}
	run := func(args ...string) error {
		cmd := exec.Command(cc, slices.Concat([]string{"-std=gnu11", "-O1", "-g", "-Iinclude", "-include", "win.h", "-DO_CLOEXEC=0", "-Wno-attributes", "-shared"}, args)...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("nvsim: %s: %w\n%s", strings.Join(cmd.Args, " "), err, out)
		}
		return nil
	}
	if err := run("-o", "libnvsim-av.so", "pictures.c", "-static"); err != nil {
		return err
	}
	for _, p := range products {
		dll := windowsProducts[p.file]
		if dll == "" {
			continue
		}
		args := append([]string{"-o", dll}, p.sources...)
		if p.file != "libcuda.so.1" {
			args = append(args, "nvcuda.dll")
		}
		if err := run(append(args, "-static", "-lpthread")...); err != nil {
			return err
		}
	}
	return nil
}
