package nvsim

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// Byte images of filled structs. A C client fills each struct of a generated header by
// the names of its fields and writes its bytes; here they are computed from the golden's
// offsets and bit positions alone. Foreign clients speak only some of the NVENC APIs;
// these images speak for all.

// A leaf is a field that holds no fields, or the elements of an array of such.
type leaf struct {
	path         string // in C
	offset, size int    // of all elements, or of a bit-field's unit
	count        int
	bit, bits    int
	index        uint // of its first element
}

// goldenNames are the goldens with a generated header each.
var goldenNames = []string{"cuda", "nvcuvid-13.0", "nvenc-11.1", "nvenc-12.0", "nvenc-12.1", "nvenc-12.2", "nvenc-13.0", "nvenc-13.1"}

func loadGolden(t *testing.T, name string) *golden {
	t.Helper()
	g, err := readGolden(filepath.Join(testutils.Root(), "testdata", "layout", name+".json"))
	require.NoError(t, err)
	return g
}

// imaged are the structs of a golden that its header has.
func imaged(t *testing.T, g *golden, header string) (names []string) {
	t.Helper()
	for _, n := range keys(g.Structs) {
		if strings.Contains(header, "struct "+tag(n)+" {") {
			names = append(names, n)
		}
	}
	require.NotEmpty(t, names)
	return names
}

// leaves lists the leaves of a struct. Of a union it takes the member number arm, modulo
// how many there are; arms is the highest number of members met.
func leaves(g *golden, name string, arm int) (all []leaf, arms int) {
	arms = 1
	var index uint
	var walk func(kind string, fs []field, path string, base int)
	walk = func(kind string, fs []field, path string, base int) {
		if kind == "union" {
			arms = max(arms, len(fs))
			fs = fs[arm%len(fs):][:1]
		}
		for _, f := range fs {
			p := path
			if f.Name != "" {
				p = strings.TrimPrefix(path+"."+f.Name, ".")
			}
			inner, kind, in := f.Fields, f.Kind, base
			offset := base + f.Offset
			if kind == "" && f.Bits == 0 {
				typ, _, _ := strings.Cut(f.Type, "[")
				typ = strings.TrimSpace(typ)
				s, ok := g.Structs[typ]
				if !ok {
					s, ok = g.Structs[g.Aliases[typ]]
				}
				if ok {
					inner, kind, in = s.Fields, s.Kind, offset
				}
			}
			if kind == "" {
				l := leaf{p, offset, f.Size, max(f.Count, 1), 0, f.Bits, index}
				if f.Bit != nil {
					l.bit = *f.Bit
				}
				index += uint(l.count)
				all = append(all, l)
				continue
			}
			if f.Count == 0 {
				walk(kind, inner, p, in)
				continue
			}
			// In an array's element, offsets count from the element's start.
			for i := range f.Count {
				walk(kind, inner, fmt.Sprintf("%s[%d]", p, i), offset+i*f.Size/f.Count)
			}
		}
	}
	walk(g.Structs[name].Kind, g.Structs[name].Fields, "", 0)
	return all, arms
}

// seeds is how many images there are of a struct. Those before the last two tell any two
// elements apart, each by one bit of its index; the last two tell bytes apart.
const seeds = 16

// value is what element number i holds: the C client has the same function.
func value(i, seed uint) uint64 {
	switch seed {
	case seeds - 1:
		return (uint64(i) + 1) * 0x9e3779b97f4a7c15
	case seeds - 2:
		return ^((uint64(i) + 1) * 0x9e3779b97f4a7c15)
	}
	return -uint64(i >> seed & 1)
}

// image is the memory of a struct of size bytes.
func image(size int, all []leaf, seed uint) []byte {
	b := make([]byte, size)
	for _, l := range all {
		l.put(b, seed)
	}
	return b
}

func (l leaf) put(b []byte, seed uint) {
	if l.bits > 0 {
		v := value(l.index, seed)
		for i := range l.bits {
			at, m := l.offset+(l.bit+i)/8, byte(1)<<((l.bit+i)%8)
			if at < len(b) {
				b[at] &^= m
				b[at] |= m * byte(v>>i&1)
			}
		}
		return
	}
	elem := l.size / l.count
	for i := range l.count {
		var v [8]byte
		binary.LittleEndian.PutUint64(v[:], value(l.index+uint(i), seed))
		if at := l.offset + i*elem; at < len(b) {
			copy(b[at:], v[:elem])
		}
	}
}

// imageClient writes the C client for some structs of one header.
func imageClient(g *golden, include string, names []string) []byte {
	var c bytes.Buffer
	fmt.Fprintf(&c, `#include "sim.h"
#include "%s"
static uint64_t value(unsigned i, unsigned seed) {
	if (seed == %d)
		return ((uint64_t)i + 1) * 0x9e3779b97f4a7c15u;
	if (seed == %d)
		return ~(((uint64_t)i + 1) * 0x9e3779b97f4a7c15u);
	return -(uint64_t)(i >> seed & 1);
}
static void put(void *at, size_t size, unsigned count, unsigned index, unsigned seed) {
	for (unsigned i = 0; i < count; i++) {
		uint64_t v = value(index + i, seed);
		memcpy((char *)at + i * (size / count), &v, size / count);
	}
}
#define PUT(f, count, index) put(&p->f, sizeof p->f, count, index, seed)
#define BITS(f, bits, index) p->f = value(index, seed) & ((1ull << bits) - 1)
#define WRITE(t, fill) for (unsigned s = 0; s < %d; s++) { t *p = calloc(1, sizeof *p); fill(p, s); fwrite(p, 1, sizeof *p, stdout); free(p); }
`, include, seeds-1, seeds-2, seeds)
	var main bytes.Buffer
	for _, n := range names {
		for arm, arms := 0, 1; arm < arms; arm++ {
			var all []leaf
			all, arms = leaves(g, n, arm)
			fmt.Fprintf(&c, "static void fill_%s_%d(%s *p, unsigned seed) {\n", n, arm, n)
			for _, l := range all {
				if l.bits > 0 {
					fmt.Fprintf(&c, "\tBITS(%s, %d, %d);\n", l.path, l.bits, l.index)
				} else {
					fmt.Fprintf(&c, "\tPUT(%s, %d, %d);\n", l.path, l.count, l.index)
				}
			}
			c.WriteString("}\n")
			fmt.Fprintf(&main, "\tWRITE(%s, fill_%s_%d)\n", n, n, arm)
		}
	}
	fmt.Fprintf(&c, "int main(void) {\n%s\treturn 0;\n}\n", main.Bytes())
	return c.Bytes()
}

// compileImage compiles an image client; header, if not nil, is put before the
// simulator's own of the same name.
func compileImage(t *testing.T, source, header []byte, include string) (program string, err error) {
	t.Helper()
	sim := simDir(t)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "image.c"), source, 0o644))
	if header != nil {
		require.NoError(t, os.WriteFile(filepath.Join(dir, include), header, 0o644))
	}
	program = filepath.Join(dir, "image")
	out, err := exec.Command(testutils.CC(t), "-std=gnu11", "-O0", "-Wall", "-Wextra", "-Wno-overflow", "-iquote", dir, "-I"+sim, filepath.Join(dir, "image.c"), "-o", program).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return program, nil
}

// differs runs an image client and returns the first difference from the golden, or "".
func differs(t *testing.T, program string, g *golden, names []string) string {
	t.Helper()
	out, err := exec.Command(program).Output()
	require.NoError(t, err)
	for _, n := range names {
		size := g.Structs[n].Size
		for arm, arms := 0, 1; arm < arms; arm++ {
			var all []leaf
			all, arms = leaves(g, n, arm)
			for seed := range uint(seeds) {
				if len(out) < size {
					return n + ": the client wrote too little"
				}
				got, want := out[:size], image(size, all, seed)
				out = out[size:]
				for i := range got {
					if got[i] == want[i] {
						continue
					}
					for _, l := range all {
						if i >= l.offset && i < l.offset+l.size && (l.bits == 0 || (got[i]^want[i])>>max(l.bit-8*(i-l.offset), 0)&1 != 0) {
							return fmt.Sprintf("%s.%s: byte %d is %#x, not %#x", n, l.path, i, got[i], want[i])
						}
					}
					return fmt.Sprintf("%s: byte %d, of no field, is %#x, not %#x", n, i, got[i], want[i])
				}
			}
		}
	}
	if len(out) > 0 {
		return "the client wrote too much"
	}
	return ""
}

func TestImages(t *testing.T) {
	simDir(t)
	for _, name := range goldenNames {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := loadGolden(t, name)
			include, header := headerOf(t, name)
			names := imaged(t, g, string(header))
			program, err := compileImage(t, imageClient(g, include, names), nil, include)
			require.NoError(t, err)
			require.Empty(t, differs(t, program, g, names))
			t.Logf("%d structs", len(names))
		})
	}
}

// headerOf returns the generated header of a golden and the name by which it is included.
func headerOf(t *testing.T, name string) (include string, text []byte) {
	t.Helper()
	switch {
	case name == "cuda":
		include = "cuda_gen.h"
	case strings.HasPrefix(name, "nvcuvid"):
		include = "cuvid_int.h"
		text, err := os.ReadFile(filepath.Join(simDir(t), "nvcuvid_gen.h"))
		require.NoError(t, err)
		return include, text
	default:
		include = "nvenc_api_" + strings.ReplaceAll(strings.TrimPrefix(name, "nvenc-"), ".", "") + ".h"
	}
	text, err := os.ReadFile(filepath.Join(simDir(t), include))
	require.NoError(t, err)
	return include, text
}
