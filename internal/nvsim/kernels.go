package nvsim

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

var kernelDef = regexp.MustCompile(`extern\s+"C"\s+(?:__global__\s+void|void\s+__global__)\s+(?:__launch_bounds__\([^)]*\)\s*)?(\w+)\s*\(`)

// kernels compiles CUDA sources for the host and returns the library of twins. In
// them, kernels are declared as extern "C" __global__ void name(...).
func kernels(sources []string) (string, error) {
	cxx := os.Getenv("CXX")
	if cxx == "" {
		cxx = "c++"
	}
	if _, err := exec.LookPath(cxx); err != nil {
		return "", fmt.Errorf("%w: no C++ compiler (%w)", ErrUnavailable, err)
	}
	head, err := csrc.ReadFile("csrc/kernel.h")
	if err != nil {
		return "", err
	}
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	cache, err := cacheDir(root)
	if err != nil {
		return "", err
	}
	var unit strings.Builder
	h := sha256.New()
	fmt.Fprintln(h, cxx)
	h.Write(head)
	unit.WriteString("#include \"kernel.h\"\n")
	for _, path := range sources {
		abs, err := filepath.Abs(path)
		if err != nil {
			return "", err
		}
		b, err := os.ReadFile(abs)
		if err != nil {
			return "", err
		}
		h.Write(b)
		// Headers beside the source count too.
		around, _ := filepath.Glob(filepath.Join(filepath.Dir(abs), "*.h"))
		for _, f := range around {
			b, _ := os.ReadFile(f)
			h.Write(b)
		}
		fmt.Fprintf(&unit, "#include %q\n", abs)
		for _, m := range kernelDef.FindAllSubmatch(b, -1) {
			fmt.Fprintf(&unit, "NVSIM_KERNEL(%s)\n", m[1])
		}
	}
	h.Write([]byte(unit.String()))
	lib := filepath.Join(cache, "kernels-"+hex.EncodeToString(h.Sum(nil)[:12])+".so")
	if _, err := os.Stat(lib); err == nil {
		return lib, nil
	}
	tmp, err := os.MkdirTemp(cache, "kernels-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)
	for name, b := range map[string][]byte{"kernel.h": head, "unit.cc": []byte(unit.String())} {
		if err := os.WriteFile(filepath.Join(tmp, name), b, 0o644); err != nil {
			return "", err
		}
	}
	// No contraction: a*b+c is one rounding on the GPU only where the source says fma.
	cmd := exec.Command(cxx, "-std=c++17", "-O2", "-g", "-fPIC", "-shared", "-ffp-contract=off", "-fvisibility=hidden", "-x", "c++", "unit.cc", "-o", "out.so")
	cmd.Dir = tmp
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("nvsim: %s: %w\n%s", cxx, err, out)
	}
	return lib, os.Rename(filepath.Join(tmp, "out.so"), lib)
}
