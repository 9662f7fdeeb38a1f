package codec

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// troubles are what goes wrong in README.md's table, by the text that the error has: in an
// environment, what is tried. A name of a test file: it is provoked there.
var troubles = map[string]struct {
	env  string
	try  func() error
	file string
}{
	"cannot load the NVIDIA driver (CUDA)":                          {env: "NVCODEC_LIBCUDA=/nothing/libcuda.so.1", try: decodeOnGPU},
	"says to look only there: correct or remove it":                 {env: "NVCODEC_LIBCUDA=/nothing/libcuda.so.1", try: decodeOnGPU},
	"cannot load the NVIDIA video decoder (NVDEC)":                  {env: "NVCODEC_LIBNVCUVID=/nothing/libnvcuvid.so.1", try: decodeOnGPU},
	"found, but it needs":                                           {file: "internal/abi/library_test.go"},
	"the driver is installed but sees no GPU":                       {env: "NVSIM_FAULT=cuInit:1:100", try: decodeOnGPU},
	"kernel module and user-space driver are of different versions": {env: "NVSIM_FAULT=cuInit:1:803", try: decodeOnGPU},
	"this is the toolkit's stub library":                            {env: "NVSIM_FAULT=cuInit:1:34", try: decodeOnGPU},
	"no encode engine":                                              {try: func() error { return encodeOn(0, 1) }},
	"as many encoders are open as this GPU may have":                {env: "NVSIM_SESSIONS=1", try: func() error { return encodeOn(1, 2) }},
	"does not decode":                                               {try: decodeAV1OnH200},
	"(bIsSupported)":                                                {try: decodeAV1OnH200},
	"GPU memory is used up":                                         {env: "NVSIM_OOM=1000000", try: decodeOnGPU},
	"this driver does not have it; update it":                       {file: "nvcuvid/nvcuvid_test.go"},
	"is Libav's, not FFmpeg's":                                      {file: "avformat/load_test.go"},
	"corrupt stream":                                                {try: decodeDamaged},
	"protocol not allowed":                                          {try: func() error { _, err := Open(context.Background(), "http://127.0.0.1/clip.mp4", nil); return err }},
	"no video stream":                                               {try: func() error { _, err := Open(context.Background(), clipFile("audio.m4a"), nil); return err }},
}

func clipFile(name string) string { return filepath.Join(testutils.Root(), "testdata", name) }

func decodeOnGPU() error { return firstErrorOnGPU("h264.mkv") }

func decodeAV1OnH200() error { return firstErrorOnGPU("av1.mp4") }

func firstErrorOnGPU(clip string) error {
	for f, err := range Frames(context.Background(), clipFile(clip), &DecoderConfig{DeviceConfig: DeviceConfig{Device: GPU(0)}}) {
		if err != nil {
			return err
		}
		f.Release()
	}
	return nil
}

func decodeDamaged() error {
	b, err := os.ReadFile(clipFile("h264.mkv"))
	if err != nil {
		return err
	}
	for i := range 2000 {
		b[len(b)/2+i] ^= 0x55
	}
	dem, err := NewDemuxer(bytes.NewReader(b), nil)
	if err != nil {
		return err
	}
	defer dem.Close()
	dec, err := NewDecoder(dem.Stream(), &DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}})
	if err != nil {
		return err
	}
	defer dec.Close()
	for f, err := range dec.Frames(dem.Packets()) {
		if err != nil {
			return err
		}
		f.Release()
	}
	return nil
}

// encodeOn makes n encoders on a GPU and returns the first error.
func encodeOn(gpu, n int) error {
	for range n {
		enc, err := NewEncoder(320, 180, frame.NV12, &EncoderConfig{DeviceConfig: DeviceConfig{Device: GPU(gpu)}})
		if err != nil {
			return err
		}
		defer enc.Close()
	}
	return nil
}

const troubleEnv = "NVCODEC_TEST_TROUBLE"

// TestTroubleshooting: each text of the README's table is one that an error really has.
func TestTroubleshooting(t *testing.T) {
	if name := os.Getenv(troubleEnv); name != "" { // the process below
		fmt.Printf("ERROR<%v>\n", troubles[name].try())
		return
	}
	testutils.Short(t)
	testutils.Sim(t)
	testutils.FFmpeg(t)
	testutils.Watchdog(t, 2*time.Minute)
	readme, err := os.ReadFile(filepath.Join(testutils.Root(), "README.md"))
	require.NoError(t, err)
	_, table, ok := strings.Cut(string(readme), "\n## Troubleshooting\n")
	require.True(t, ok)
	table, _, _ = strings.Cut(table, "\n## ")
	var texts []string
	for _, row := range regexp.MustCompile("(?m)^\\| (`.*?) \\|").FindAllStringSubmatch(table, -1) {
		for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[1], -1) {
			texts = append(texts, m[1])
		}
	}
	require.Len(t, texts, len(troubles))
	for _, text := range texts {
		t.Run(text, func(t *testing.T) {
			c, ok := troubles[text]
			require.True(t, ok, "tell this test how to provoke it")
			if c.file != "" {
				b, err := os.ReadFile(filepath.Join(testutils.Root(), filepath.FromSlash(c.file)))
				require.NoError(t, err)
				require.Contains(t, string(b), text)
				return
			}
			cmd := testutils.Again("-test.run=^TestTroubleshooting$", "-test.v")
			cmd.Env = append(os.Environ(), troubleEnv+"="+text)
			if c.env != "" {
				cmd.Env = append(cmd.Env, c.env)
			}
			out, _ := cmd.CombinedOutput()
			_, said, ok := strings.Cut(string(out), "ERROR<")
			require.True(t, ok, "%s", out)
			require.Contains(t, said, text)
		})
	}
}
