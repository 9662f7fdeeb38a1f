package nvsim

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Each field, moved by a byte, by its size or, if it is of bits, by a bit, changes an
// image. So the comparison with the client's bytes finds a field that is wrong in the
// golden or in the header.
func TestImageMutations(t *testing.T) {
	for _, name := range goldenNames {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := loadGolden(t, name)
			fields := 0
			for _, n := range keys(g.Structs) {
				size := g.Structs[n].Size
				for arm, arms := 0, 1; arm < arms; arm++ {
					var all []leaf
					all, arms = leaves(g, n, arm)
					var before [seeds][]byte
					for s := range before {
						before[s] = image(size, all, uint(s))
					}
					for i := range all {
						l := all[i]
						moves := []leaf{l, l}
						if l.bits > 0 {
							moves[0].bit++
							moves[1].offset += l.size
						} else {
							moves[0].offset++
							moves[1].offset += l.size / l.count
						}
						for _, m := range moves {
							fields++
							all[i] = m
							noticed := false
							for s := seeds - 1; s >= 0 && !noticed; s-- {
								noticed = !bytes.Equal(before[s], image(size, all, uint(s)))
							}
							if !noticed {
								t.Errorf("%s.%s at byte %d bit %d, moved from %d bit %d: the images are the same", n, l.path, m.offset, m.bit, l.offset, l.bit)
							}
						}
						all[i] = l
					}
				}
			}
			t.Logf("%d mutations", fields)
		})
	}
}

// A few of them by the compiler: a wrong offset in the golden does not compile, and two
// bit-fields of a header in the wrong order, of which C can assert nothing, do not give
// the golden's image.
func TestHeaderMutations(t *testing.T) {
	simDir(t)
	const name = "nvenc-12.1"
	include, header := headerOf(t, name)
	for _, c := range []struct{ structure, field string }{
		{"NV_ENC_INITIALIZE_PARAMS", "frameRateNum"},
		{"NV_ENC_PIC_PARAMS", "codecPicParams"},
		{"NV_ENC_CONFIG_HEVC", "maxCUSize"},
		{"NV_ENC_LOCK_BITSTREAM", "bitstreamBufferPtr"},
		{"NV_ENC_REGISTER_RESOURCE", "pitch"},
	} {
		t.Run(c.structure+"."+c.field, func(t *testing.T) {
			t.Parallel()
			g := loadGolden(t, name)
			move(g, c.structure, c.field, 4)
			_, err := compileImage(t, []byte("#include \"sim.h\"\n#include \""+include+"\"\nint main(void) { return 0; }\n"), nvencAPI(g, "12.1"), include)
			require.ErrorContains(t, err, "static assertion failed")
			require.ErrorContains(t, err, c.structure+"."+c.field)
		})
	}
	t.Run("bit-fields", func(t *testing.T) {
		t.Parallel()
		g := loadGolden(t, name)
		a, b := "uint32_t repeatSPSPPS : 1;", "uint32_t enableIntraRefresh : 1;"
		require.Contains(t, string(header), a)
		swapped := strings.NewReplacer(a, b, b, a).Replace(string(header))
		names := []string{"NV_ENC_CONFIG_H264"}
		program, err := compileImage(t, imageClient(g, include, names), []byte(swapped), include)
		require.NoError(t, err)
		require.Contains(t, differs(t, program, g, names), "NV_ENC_CONFIG_H264.")
	})
	t.Run("order", func(t *testing.T) {
		t.Parallel()
		a, b := "uint32_t darWidth;", "uint32_t darHeight;"
		require.Contains(t, string(header), a)
		swapped := strings.NewReplacer(a, b, b, a).Replace(string(header))
		_, err := compileImage(t, []byte("#include \"sim.h\"\n#include \""+include+"\"\nint main(void) { return 0; }\n"), []byte(swapped), include)
		require.ErrorContains(t, err, "static assertion failed")
	})
}

func move(g *golden, structure, name string, by int) {
	for i := range g.Structs[structure].Fields {
		if f := &g.Structs[structure].Fields[i]; f.Name == name {
			f.Offset += by
		}
	}
}
