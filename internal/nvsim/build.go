package nvsim

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
)

//go:embed csrc
var csrc embed.FS

// ErrUnavailable says that the simulator cannot be built or run on this machine.
var ErrUnavailable = errors.New("nvsim: no driver simulator on this machine")

// A product is one shared library.
type product struct {
	file    string
	sources []string
	libs    []string // pkg-config packages
	links   []string // more arguments of the linker
	private string   // of libs: a copy of it is linked
}

var products = []product{
	{
		file:    "libcuda.so.1",
		sources: []string{"report.c", "device.c", "context.c", "memory.c", "array.c", "order.c", "stream.c", "event.c", "copy.c", "memset.c", "module.c", "misc.c", "legacy.c"},
		links:   []string{"-lpthread", "-ldl"},
	},
	{
		file:    "libnvsim-av.so",
		sources: []string{"av_decode.c", "av_encode.c"},
		libs:    []string{"libavcodec", "libavutil"},
		private: "libavcodec",
	},
	{
		file: "libnvcuvid.so.1",
		sources: []string{"bits.c", "parser.c", "trace.c", "display.c", "annexb.c", "h264_ps.c", "h264_slice.c", "h264.c", "h264_dpb.c",
			"hevc_ps.c", "hevc_slice.c", "hevc.c", "hevc_dpb.c", "hevc_pic.c", "sei.c",
			"vpx.c", "mpeg2.c", "mpeg4.c", "vc1.c", "jpeg.c", "av1.c", "caps.c", "decoder.c", "map.c", "lock.c"},
		links: []string{"-L.", "-l:libcuda.so.1", "-lpthread", "-ldl"},
	},
	{
		file: "libnvidia-encode.so.1",
		sources: []string{"bits.c", "nvenc.c", "nvenc_abi.c", "nvenc_caps.c", "nvenc_preset.c", "nvenc_config.c", "nvenc_init.c", "nvenc_buffer.c", "nvenc_resource.c",
			"nvenc_input.c", "nvenc_gop.c", "nvenc_picture.c", "nvenc_output.c", "nvenc_stream.c", "nvenc_timing.c", "nvenc_av1.c", "nvenc_hevc.c", "hevc_ps.c"},
		links: []string{"-L.", "-l:libcuda.so.1", "-lpthread", "-ldl", "-lm"},
	},
}

var build struct {
	sync.Mutex
	dirs map[string]string
}

// Dir builds the simulator's libraries, if they are not there yet, and returns
// their directory. It is kept in the user's cache folder under the hash of what it
// is made from, so only the first call of all processes takes time. The error
// matches ErrUnavailable where there is no C compiler or no libavcodec to build on.
func Dir() (string, error) { return dir(nil) }

// dir makes a variant whose libcuda and libnvcuvid lack the symbols in missing.
func dir(missing []string) (string, error) {
	build.Lock()
	defer build.Unlock()
	missing = slices.Sorted(slices.Values(missing))
	key := strings.Join(missing, ",")
	if d := build.dirs[key]; d != "" {
		return d, nil
	}
	d, err := makeDir(missing)
	if err == nil {
		if build.dirs == nil {
			build.dirs = map[string]string{}
		}
		build.dirs[key] = d
	}
	return d, err
}

func makeDir(missing []string) (string, error) {
	if runtime.GOOS != "linux" {
		return "", fmt.Errorf("%w: it needs Linux", ErrUnavailable)
	}
	cc := os.Getenv("CC")
	if cc == "" {
		cc = "cc"
	}
	if _, err := exec.LookPath(cc); err != nil {
		return "", fmt.Errorf("%w: no C compiler (%w)", ErrUnavailable, err)
	}
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	files, err := sources(filepath.Join(root, "testdata", "layout"), "")
	if err != nil {
		return "", err
	}
	flags := []string{"-std=gnu11", "-O1", "-g", "-fPIC", "-fvisibility=hidden", "-Wall", "-Wextra", "-Werror=implicit-function-declaration",
		"-Werror=incompatible-pointer-types", "-Wno-unused-parameter"}
	if os.Getenv("NVSIM_WERROR") != "" {
		flags = append(flags, "-Werror")
	}
	flags = append(flags, strings.Fields(os.Getenv("NVSIM_CFLAGS"))...)
	h := sha256.New()
	fmt.Fprintln(h, cc, flags, missing, products, packageVersions())
	for _, n := range keys(files) {
		fmt.Fprintf(h, "%s %d\n", n, len(files[n]))
		h.Write(files[n])
	}
	cache, err := cacheDir(root)
	if err != nil {
		return "", err
	}
	dst := filepath.Join(cache, hex.EncodeToString(h.Sum(nil)[:12]))
	if _, err := os.Stat(filepath.Join(dst, "ok")); err == nil {
		return dst, nil
	}
	// Test binaries of several packages start at once: one builds, the others wait.
	unlock, err := lockFile(filepath.Join(cache, "lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(filepath.Join(dst, "ok")); err == nil {
		return dst, nil
	}
	tmp, err := os.MkdirTemp(cache, "build-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)
	for n, b := range files {
		if err := os.WriteFile(filepath.Join(tmp, n), b, 0o644); err != nil {
			return "", err
		}
	}
	for _, p := range products {
		if err := p.compile(tmp, cc, flags, missing); err != nil {
			return "", err
		}
	}
	if err := os.WriteFile(filepath.Join(tmp, "ok"), nil, 0o644); err != nil {
		return "", err
	}
	if err := os.Rename(tmp, dst); err != nil {
		if _, e := os.Stat(filepath.Join(dst, "ok")); e != nil {
			return "", err
		}
	}
	return dst, nil
}

// compile makes one library.
func (p product) compile(dir, cc string, flags, missing []string) error {
	var objects, libs []string
	if len(p.libs) > 0 {
		out, err := exec.Command("pkg-config", append([]string{"--cflags", "--libs"}, p.libs...)...).Output()
		if err != nil {
			return fmt.Errorf("%w: no development files of %s (pkg-config: %w)", ErrUnavailable, strings.Join(p.libs, ", "), err)
		}
		libs = strings.Fields(string(out))
	}
	run := func(args ...string) error {
		cmd := exec.Command(cc, args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("nvsim: %s %s: %w\n%s", cc, strings.Join(args, " "), err, out)
		} else if len(bytes.TrimSpace(out)) > 0 {
			fmt.Fprintf(os.Stderr, "%s", out)
		}
		return nil
	}
	if p.private != "" {
		name, err := privateCopy(dir, p.private)
		if err != nil {
			return err
		}
		for i, l := range libs {
			if l == "-l"+strings.TrimPrefix(p.private, "lib") {
				libs[i] = "-l:" + name
			}
		}
		libs = append([]string{"-L."}, libs...)
	}
	var includes []string
	for _, l := range libs {
		if strings.HasPrefix(l, "-I") {
			includes = append(includes, l)
		}
	}
	errs := make([]error, len(p.sources))
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for i, s := range p.sources {
		o := p.file + "." + s + ".o"
		objects = append(objects, o)
		wg.Add(1)
		go func() {
			defer wg.Done()
			slots <- struct{}{}
			defer func() { <-slots }()
			errs[i] = run(slices.Concat(flags, includes, []string{"-c", s, "-o", o})...)
		}()
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	args := append([]string{"-shared", "-o", p.file, "-Wl,-soname," + p.file, "-Wl,-Bsymbolic", "-Wl,-z,defs", "-Wl,-rpath,$ORIGIN"}, objects...)
	if len(missing) > 0 {
		script := "{ local: " + strings.Join(missing, "; ") + "; };\n"
		if err := os.WriteFile(filepath.Join(dir, "missing.map"), []byte(script), 0o644); err != nil {
			return err
		}
		args = append(args, "-Wl,--version-script=missing.map", "-Wl,--undefined-version")
	}
	args = append(append(args, p.links...), libs...)
	for _, f := range flags {
		if strings.HasPrefix(f, "-fsanitize") {
			args = slices.DeleteFunc(args, func(a string) bool { return a == "-Wl,-z,defs" })
			args = append(args, f)
		}
	}
	return run(args...)
}

// privateCopy copies a shared library into dir under a name of its own, in its dynamic
// section too, and returns that. A client that is itself made with the library would
// share it with the simulator otherwise, and libavcodec opens one codec at a time: an
// encoder that is opened while ffmpeg opens its own, ours, would wait for ever.
func privateCopy(dir, pkg string) (string, error) {
	out, err := exec.Command("pkg-config", "--variable=libdir", pkg).Output()
	if err != nil {
		return "", fmt.Errorf("%w: pkg-config: %w", ErrUnavailable, err)
	}
	b, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), pkg+".so"))
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	soname := regexp.MustCompile(regexp.QuoteMeta(pkg) + `\.so\.[0-9]+\x00`).Find(b)
	if soname == nil {
		return "", fmt.Errorf("%w: %s.so has no name", ErrUnavailable, pkg)
	}
	name := slices.Concat([]byte("nvsim"), soname[5:])
	b = bytes.ReplaceAll(b, soname, name)
	file := string(name[:len(name)-1])
	return file, os.WriteFile(filepath.Join(dir, file), b, 0o755)
}

// sources returns all files of a build: those embedded and those made from the
// goldens. target is one whose C long has another size than Linux's, or empty.
func sources(layout, target string) (map[string][]byte, error) {
	files := map[string][]byte{}
	var all bytes.Buffer
	err := fs.WalkDir(csrc, "csrc", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := csrc.ReadFile(path)
		files[filepath.Base(path)] = b
		all.Write(b)
		return err
	})
	if err != nil {
		return nil, err
	}
	cuda, err := readGolden(filepath.Join(layout, "cuda.json"))
	if err != nil {
		return nil, err
	}
	cuvid, err := readGolden(filepath.Join(layout, "nvcuvid-13.0.json"))
	if err != nil {
		return nil, err
	}
	if target != "" {
		other, err := readGolden(filepath.Join(layout, "nvcuvid-13.0."+target+".json"))
		if err != nil {
			return nil, err
		}
		maps.Copy(cuvid.Structs, other.Structs)
	}
	ours := implemented(all.Bytes())

	cw := &writer{g: cuda, done: map[string]bool{}}
	cw.printf("// Made from testdata/layout/cuda.json.\n#pragma once\n")
	cw.enums()
	for _, n := range keys(cuda.Aliases) {
		if t, ok := cuda.Structs[cuda.Aliases[n]]; ok && t.Kind == "struct" {
			cw.printf("typedef struct %s %s;\n", tag(cuda.Aliases[n]), n)
		}
	}
	cw.structs([]string{"CUDA_MEMCPY2D_v2", "CUDA_MEMCPY3D_v2", "CUDA_ARRAY_DESCRIPTOR_v2", "CUDA_ARRAY3D_DESCRIPTOR_v2", "CUuuid", "CUipcMemHandle_v1",
		"CUipcEventHandle_v1", "CUmemPoolProps_v1", "CUmemAccessDesc_v1"})
	var have, lack []string
	for _, n := range keys(cuda.Functions) {
		if ours[n] {
			have = append(have, n)
		} else {
			lack = append(lack, n)
		}
	}
	cw.printf("typedef void (*CUstreamCallback)(CUstream, CUresult, void *);\n")
	cw.prototypes(have)
	files["cuda_gen.h"] = cw.Bytes()

	var stubs bytes.Buffer
	fmt.Fprintf(&stubs, "// The functions of the driver that are not simulated.\n")
	for _, n := range lack {
		fmt.Fprintf(&stubs, "STUB(%s)\n", n)
	}
	files["stubs_gen.h"] = stubs.Bytes()
	var names bytes.Buffer
	for _, n := range keys(cuda.Enums["CUresult"].Values) {
		fmt.Fprintf(&names, "\t{%d, %q},\n", cuda.Enums["CUresult"].Values[n], n)
	}
	files["results_gen.h"] = names.Bytes()

	vw := &writer{g: cuvid, done: map[string]bool{"CUresult": true}}
	vw.printf("// Made from testdata/layout/nvcuvid-13.0.json.\n#pragma once\n")
	vw.enums()
	vw.structs(keys(cuvid.Structs))
	for _, m := range keys(cuvid.Macros) {
		vw.printf("#define %s %d\n", m, cuvid.Macros[m])
	}
	vw.prototypes(keys(cuvid.Functions))
	files["nvcuvid_gen.h"] = vw.Bytes()

	encode, err := nvencFiles(layout)
	if err != nil {
		return nil, err
	}
	maps.Copy(files, encode)
	return files, nil
}

var apiDef = regexp.MustCompile(`\bAPI\((\w+)\)`)

func implemented(src []byte) map[string]bool {
	m := map[string]bool{}
	for _, s := range apiDef.FindAllSubmatch(src, -1) {
		m[string(s[1])] = true
	}
	return m
}

// packageVersions is part of the build's hash: another libavcodec, another build.
func packageVersions() string {
	out, _ := exec.Command("pkg-config", "--modversion", "libavcodec", "libavutil").Output()
	return string(out)
}

func cacheDir(root string) (string, error) {
	base, err := os.UserCacheDir()
	if err == nil {
		base = filepath.Join(base, "nvcodec-nvsim")
		err = os.MkdirAll(base, 0o755)
	}
	if err != nil {
		base = filepath.Join(root, ".cache", "nvsim")
		err = os.MkdirAll(base, 0o755)
	}
	return base, err
}

// moduleRoot is the repository of this file: the goldens lie there.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	if _, file, _, ok := runtime.Caller(0); ok && filepath.IsAbs(file) {
		dir = filepath.Dir(file)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "testdata", "layout", "cuda.json")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", fmt.Errorf("%w: testdata/layout not found", ErrUnavailable)
		}
		dir = up
	}
}
