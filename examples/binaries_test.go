package examples

import (
	"debug/elf"
	"debug/pe"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// TestBinaries: one machine without a C compiler makes the programs for all targets. On
// Linux they need glibc's loader, which is why README.md says in which images they run.
func TestBinaries(t *testing.T) {
	testutils.Short(t)
	for _, c := range []struct {
		target, loader string
	}{
		{"linux/amd64", "/lib64/ld-linux-x86-64.so.2"},
		{"linux/arm64", "/lib/ld-linux-aarch64.so.1"},
		{"windows/amd64", ""},
	} {
		t.Run(c.target, func(t *testing.T) {
			system, arch, _ := strings.Cut(c.target, "/")
			dir := t.TempDir()
			cmd := exec.Command("go", "build", "-ldflags=-s -w", "-o", dir, "./examples/doctor", "./examples/demo")
			cmd.Dir = testutils.Root()
			cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "CC=/nonexistent", "GOOS="+system, "GOARCH="+arch)
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "%s", out)
			for _, name := range []string{"doctor", "demo"} {
				path := filepath.Join(dir, name)
				if system == "windows" {
					f, err := pe.Open(path + ".exe")
					require.NoError(t, err)
					require.EqualValues(t, pe.IMAGE_FILE_MACHINE_AMD64, f.Machine)
					require.NoError(t, f.Close())
					continue
				}
				f, err := elf.Open(path)
				require.NoError(t, err)
				s := f.Section(".interp")
				require.NotNil(t, s)
				b, err := s.Data()
				require.NoError(t, err)
				require.Equal(t, c.loader, strings.TrimRight(string(b), "\x00"))
				needs, err := f.ImportedLibraries()
				require.NoError(t, err)
				require.Contains(t, needs, "libc.so.6")
				require.NoError(t, f.Close())
			}
		})
	}
}
