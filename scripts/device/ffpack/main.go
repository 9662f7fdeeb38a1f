// Ffpack copies FFmpeg's shared libraries and programs into a folder, with as few of
// their dependencies as decoding needs, so that they travel to a machine that has
// none of them.
//
//	ffpack -o DIR [-keep libdav1d.so.6,libz.so.1] FILE...
//
// FILE are libraries or programs. What they need is followed: libraries named by
// -keep are copied, the C library is left to the other machine, and everything else
// (encoders, protocols, filters: nine tenths of the bytes) becomes a stub, a library
// of the same name and symbol versions whose functions return 0. FFmpeg's own files
// stay as the distribution built them.
//
// Linux on amd64 only, with cc and ld.
package main

import (
	"debug/elf"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// glibc is never shipped: the loader and the C library must be of one build.
// libstdc++ and libgcc_s come with every compiler and driver installation, newer is
// always good, and an older copy in front of the machine's own would break others.
var system = []string{
	"ld-linux-x86-64.so.2", "libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1",
	"libresolv.so.2", "libmvec.so.1", "libstdc++.so.6", "libgcc_s.so.1",
}

// emptyText lists functions that answer with text and are called on every file, so
// that NULL will not do.
var emptyText = []string{"gme_identify_header"}

func main() {
	out := flag.String("o", "", "folder to fill")
	keep := flag.String("keep", "", "`sonames` to copy rather than replace by stubs, separated by commas")
	dirs := flag.String("L", "/usr/lib/x86_64-linux-gnu,/lib/x86_64-linux-gnu,/usr/lib", "`folders` of libraries, separated by commas")
	flag.Parse()
	if *out == "" || flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	p := &packer{out: *out, keep: strings.Split(*keep, ","), dirs: strings.Split(*dirs, ","), files: map[string]*file{}, stubs: map[string]*stub{}}
	if err := p.run(flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "ffpack:", err)
		os.Exit(1)
	}
}

type packer struct {
	out        string
	keep, dirs []string
	files      map[string]*file // every library looked at, by soname
	stubs      map[string]*stub
}

// A file is one ELF file and what it defines.
type file struct {
	path    string
	needed  []string
	defines map[string]elf.Symbol
	imports []elf.ImportedSymbol
}

// A stub is what others want from a library that is not shipped.
type stub struct {
	symbols map[string]wanted
}

type wanted struct {
	version string
	object  bool
	size    uint64
}

func (p *packer) run(roots []string) error {
	if err := os.MkdirAll(p.out, 0o755); err != nil {
		return err
	}
	var queue []*file
	for _, r := range roots {
		f, err := open(r)
		if err != nil {
			return err
		}
		name := filepath.Base(r)
		if so := soname(r); so != "" {
			name = so
		}
		p.files[name] = f
		p.keep = append(p.keep, name)
		if err := copyFile(filepath.Join(p.out, name), f.path); err != nil {
			return err
		}
		queue = append(queue, f)
	}
	for len(queue) > 0 {
		f := queue[0]
		queue = queue[1:]
		for _, n := range f.needed {
			fresh := p.files[n] == nil
			lib, err := p.library(n)
			if err != nil {
				return fmt.Errorf("%s: %w", f.path, err)
			}
			switch {
			case slices.Contains(system, n) || !fresh:
			case slices.Contains(p.keep, n):
				if err := copyFile(filepath.Join(p.out, n), lib.path); err != nil {
					return err
				}
				queue = append(queue, lib)
			default:
				p.stubs[n] = &stub{symbols: map[string]wanted{}}
			}
		}
		if err := p.want(f); err != nil {
			return err
		}
	}
	for name, s := range p.stubs {
		if err := s.build(filepath.Join(p.out, name), name); err != nil {
			return err
		}
	}
	fmt.Printf("ffpack: %d copied, %d stubs\n", len(p.keepers()), len(p.stubs))
	return nil
}

func (p *packer) keepers() (names []string) {
	for n := range p.files {
		if p.stubs[n] == nil && !slices.Contains(system, n) {
			names = append(names, n)
		}
	}
	return names
}

// want notes what f imports from libraries that will be stubs.
func (p *packer) want(f *file) error {
	for _, im := range f.imports {
		names := f.needed
		if im.Library != "" {
			names = []string{im.Library}
		}
		for _, n := range names {
			lib, err := p.library(n)
			if err != nil {
				return err
			}
			def, ok := lib.defines[im.Name]
			if !ok {
				continue
			}
			if s := p.stubs[n]; s != nil {
				w := wanted{version: im.Version}
				switch elf.ST_TYPE(def.Info) {
				case elf.STT_OBJECT:
					w.object, w.size = true, def.Size
				case elf.STT_TLS:
					return fmt.Errorf("%s: %s of %s is thread-local: keep that library", f.path, im.Name, n)
				}
				s.symbols[im.Name] = w
			}
			break
		}
	}
	return nil
}

func (p *packer) library(name string) (*file, error) {
	if f := p.files[name]; f != nil {
		return f, nil
	}
	for _, d := range p.dirs {
		f, err := open(filepath.Join(d, name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		p.files[name] = f
		return f, nil
	}
	return nil, fmt.Errorf("no %s in %s", name, strings.Join(p.dirs, ", "))
}

func open(path string) (*file, error) {
	e, err := elf.Open(path)
	if err != nil {
		return nil, err
	}
	defer e.Close()
	f := &file{path: path, defines: map[string]elf.Symbol{}}
	if f.needed, err = e.ImportedLibraries(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if f.imports, err = e.ImportedSymbols(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	symbols, err := e.DynamicSymbols()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, s := range symbols {
		if s.Section != elf.SHN_UNDEF {
			f.defines[s.Name] = s
		}
	}
	return f, nil
}

func soname(path string) string {
	e, err := elf.Open(path)
	if err != nil {
		return ""
	}
	defer e.Close()
	names, _ := e.DynString(elf.DT_SONAME)
	if len(names) == 0 {
		return ""
	}
	return names[0]
}

func copyFile(dst, src string) error {
	in, err := os.Open(src)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(dst, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// build assembles the stub. All its functions are one: return 0, which is NULL,
// success or nothing, so that start-up calls pass and real use fails in words.
func (s *stub) build(path, name string) error {
	var asm, script strings.Builder
	asm.WriteString(".text\n")
	versions := map[string][]string{}
	names := make([]string, 0, len(s.symbols))
	for n := range s.symbols {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		w := s.symbols[n]
		versions[w.version] = append(versions[w.version], n)
		if w.object {
			fmt.Fprintf(&asm, ".bss\n.balign 32\n.globl %s\n.type %s,@object\n.size %s,%d\n%s: .zero %d\n.text\n", n, n, n, w.size, n, max(w.size, 1))
			continue
		}
		fmt.Fprintf(&asm, ".globl %s\n.type %s,@function\n", n, n)
		if slices.Contains(emptyText, n) {
			fmt.Fprintf(&asm, "%s: leaq empty(%%rip),%%rax\nret\n", n)
			continue
		}
		fmt.Fprintf(&asm, ".set %s,nothing\n", n)
	}
	asm.WriteString("nothing: xorl %eax,%eax\nret\nempty: .byte 0\n.section .note.GNU-stack,\"\",@progbits\n")
	for v, syms := range versions {
		if v != "" { // an unversioned symbol is global without a word
			fmt.Fprintf(&script, "%s { global: %s; };\n", v, strings.Join(syms, "; "))
		}
	}
	dir, err := os.MkdirTemp("", "ffpack")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	src, ver := filepath.Join(dir, "stub.s"), filepath.Join(dir, "stub.map")
	if err := errors.Join(os.WriteFile(src, []byte(asm.String()), 0o600), os.WriteFile(ver, []byte(script.String()), 0o600)); err != nil {
		return err
	}
	args := []string{"-shared", "-nostdlib", "-s", "-Wl,-soname," + name, "-Wl,--hash-style=gnu", "-Wl,-z,noseparate-code", "-o", path, src}
	if script.Len() > 0 {
		args = append(args, "-Wl,--version-script="+ver)
	}
	if text, err := exec.Command("cc", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: cc: %w\n%s", name, err, text)
	}
	return nil
}
