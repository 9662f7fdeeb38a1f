package codec

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
	"github.com/go-nvcodec/nvcodec/nvenc"
)

// faultPlaces are the functions that an encoder calls, and whether its frames lie in
// device memory. Those that are called again while it closes fail every time.
var faultPlaces = []struct {
	fn     string
	device bool
	always bool
}{
	{"nvEncOpenEncodeSessionEx", false, false},
	{"nvEncGetEncodeGUIDCount", false, false},
	{"nvEncGetEncodeGUIDs", false, false},
	{"nvEncGetEncodeCaps", false, false},
	{"nvEncGetInputFormats", false, false},
	{"nvEncGetEncodeProfileGUIDs", false, false},
	{"nvEncGetEncodePresetConfigEx", false, false},
	{"nvEncInitializeEncoder", false, false},
	{"nvEncSetIOCudaStreams", false, false},
	{"nvEncGetSequenceParams", false, false},
	{"nvEncCreateBitstreamBuffer", false, false},
	{"nvEncCreateInputBuffer", false, false},
	{"nvEncLockInputBuffer", false, false},
	{"nvEncUnlockInputBuffer", false, false},
	{"nvEncRegisterResource", true, false},
	{"nvEncMapInputResource", true, false},
	{"nvEncEncodePicture", false, false},
	{"nvEncLockBitstream", false, true},
	{"nvEncUnlockBitstream", false, true},
	{"nvEncUnmapInputResource", true, true},
	{"nvEncUnregisterResource", true, true},
	{"nvEncDestroyInputBuffer", false, true},
	{"nvEncDestroyBitstreamBuffer", false, true},
	{"nvEncDestroyEncoder", false, true},
}

// TestNVENCFaults makes every function fail with every status, and wants the error to name
// both, and nothing of ours to be left. The simulator is told in the environment, so that
// each function, or each status of those that are called again in closing, has a process.
func TestNVENCFaults(t *testing.T) {
	testutils.Sim(t)
	withEncoder(t)
	for i, p := range faultPlaces {
		if testing.Short() && i%4 != 0 {
			continue
		}
		if !p.always {
			var faults []string
			for s := nvenc.ErrNoEncodeDevice; s <= nvenc.ErrNeedMoreOutput; s++ {
				if !noFault(p.fn, s) {
					faults = append(faults, fmt.Sprintf("%s:%d:%d", p.fn, len(faults)+1, s))
				}
			}
			faultChild(t, p.fn, p.device, strings.Join(faults, ","), 1, int(nvenc.ErrNeedMoreOutput))
			continue
		}
		for _, s := range []nvenc.Status{nvenc.ErrInvalidParam, nvenc.ErrOutOfMemory, nvenc.ErrGeneric} {
			faultChild(t, p.fn, p.device, fmt.Sprintf("%s:0:%d", p.fn, s), int(s), int(s))
		}
	}
}

// noFault: to need more input is how packets come late, and a busy encoder is asked again.
func noFault(fn string, s nvenc.Status) bool {
	return fn == "nvEncEncodePicture" && (s == nvenc.ErrNeedMoreInput || s == nvenc.ErrEncoderBusy)
}

const faultEnv = "NVENC_TEST_FAULT"

func faultChild(t *testing.T, fn string, device bool, faults string, first, last int) {
	dir := t.TempDir()
	cmd := testutils.Again("-test.run=^TestNVENCFaultChild$", "-test.count=1")
	cmd.Env = append(os.Environ(), "NVSIM_FAULT="+faults, "NVSIM_REPORT="+filepath.Join(dir, "report"), "NVSIM_LIVE="+filepath.Join(dir, "live"),
		"NVCODEC_NVENC_API=13.0", fmt.Sprintf("%s=%s %v %d %d", faultEnv, fn, device, first, last))
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s: %s", faults, out)
	require.Contains(t, string(out), "PASS")
}

// TestNVENCFaultChild is what a process of TestNVENCFaults does.
func TestNVENCFaultChild(t *testing.T) {
	if os.Getenv(faultEnv) == "" {
		return // runs as a child alone
	}
	var fn string
	var device bool
	var first, last int
	_, err := fmt.Sscan(os.Getenv(faultEnv), &fn, &device, &first, &last)
	require.NoError(t, err)
	for s := nvenc.Status(first); s <= nvenc.Status(last); s++ {
		if noFault(fn, s) {
			continue
		}
		t.Run(s.Name(), func(t *testing.T) {
			testutils.LeakCheck(t)
			err := oneEncoder(t, device)
			require.Error(t, err)
			require.ErrorIs(t, err, s)
			require.ErrorContains(t, err, s.Name())
			require.ErrorContains(t, err, "Nv"+fn[2:])
			if fn == "nvEncOpenEncodeSessionEx" && s <= nvenc.ErrUnsupportedDevice {
				require.ErrorIs(t, err, ErrNoEncodeEngine)
			}
		})
	}
}

// oneEncoder encodes a few frames on the second GPU, and closes; all errors are joined.
func oneEncoder(t *testing.T, device bool) error {
	enc, err := NewEncoder(256, 192, frame.NV12, on(GPU(1), EncoderConfig{Preset: P1, BFrames: ptr(0), Tuning: LowLatency}))
	if err != nil {
		return err
	}
	for i := range 3 {
		f := testPicture(t, frame.NV12, 256, 192, i)
		if device {
			d := upload(t, enc.eng.(*nvencEngine).ctx, f)
			defer d.Release()
			f = d
		}
		if _, err = enc.Encode(f, nil); err != nil {
			_, again := enc.Encode(f, nil)
			require.Equal(t, err, again, "the error stays")
			break
		}
	}
	if err == nil {
		_, err = enc.Drain()
	}
	if e := enc.Close(); err == nil {
		err = e
	}
	require.NoError(t, enc.Close())
	return err
}
