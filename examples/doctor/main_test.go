package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/examples/internal/cli"
	"github.com/go-nvcodec/nvcodec/internal/nvsim"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// asDoctor makes a copy of the test binary the program: what a process finds is found
// once, so each machine needs one of its own.
const asDoctor = "DOCTOR_ARGS"

func TestMain(m *testing.M) {
	if args, ok := os.LookupEnv(asDoctor); ok {
		os.Args = append(os.Args[:1], strings.Fields(args)...)
		main()
		os.Exit(0)
	}
	// A program that ends leaves its idle sessions to the driver.
	nvsim.Main(m, nvsim.Options{Profile: "h200,ada", AllowLeaks: true})
}

// doctor runs the program with other variables and returns what it prints and its status.
func doctor(t *testing.T, args string, env ...string) (string, int) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(append(os.Environ(), asDoctor+"="+args, "GOCOVERDIR="+t.TempDir()), env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		require.IsType(t, &exec.ExitError{}, err)
	}
	t.Log(errs.String())
	return out.String(), cmd.ProcessState.ExitCode()
}

func examined(t *testing.T, args string, env ...string) (report, int) {
	t.Helper()
	out, status := doctor(t, args+" -json", env...)
	var r report
	require.NoError(t, json.Unmarshal([]byte(out), &r), out)
	return r, status
}

func (r *report) engine(does string, id codec.ID) choice {
	for _, c := range r.Engines {
		if c.Does == does && c.Codec == id {
			return c
		}
	}
	return choice{}
}

// none is a machine without a driver.
var none = []string{"NVCODEC_LIBCUDA=/nonexistent/libcuda.so.1"}

func TestCPU(t *testing.T) {
	testutils.FFmpeg(t)
	r, status := examined(t, "-device cpu", none...)
	require.Equal(t, cli.OK, status)
	require.Empty(t, r.GPUs)
	require.Zero(t, r.problems(), r.Findings)
	require.Equal(t, []test{{codec.CPU, clipFrames, true, ""}}, r.Tests)
	require.NotEmpty(t, r.FFmpeg.Release)
	require.Contains(t, r.FFmpeg.Decoders[codec.H264], "h264")
	for _, c := range r.Engines {
		if c.Does == "decode" && c.Codec != codec.AV1 {
			require.Empty(t, c.Error, c)
			require.Equal(t, codec.CPU, c.Device, c)
			require.Equal(t, "the configuration asks for it", c.Reason)
			require.Equal(t, r.FFmpeg.Decoders[c.Codec][0], c.By)
		}
	}
	require.Len(t, r.Findings, 1, "no driver is worth a note")
	require.Contains(t, r.Findings[0].What, "/nonexistent/libcuda.so.1")
	require.Contains(t, r.Findings[0].Remedy, "NVCODEC_LIBCUDA")
	require.Equal(t, none[0], "NVCODEC_LIBCUDA="+r.Environment["NVCODEC_LIBCUDA"])

	// The same machine cannot do what is asked for by name.
	r, status = examined(t, "-device cuda:0", none...)
	require.Equal(t, cli.Failed, status)
	require.Equal(t, 1, r.problems(), r.Findings)
	require.NotEmpty(t, r.engine("decode", codec.H264).Error)
	require.NotEmpty(t, r.engine("encode", codec.H264).Error)

	out, _ := doctor(t, "-device cuda:0", none...)
	require.Contains(t, out, "PROBLEM: cannot load the NVIDIA driver (CUDA)")
	require.Contains(t, out, "-> NVCODEC_LIBCUDA says to look only there: correct or remove it.")
}

func TestNoFFmpeg(t *testing.T) {
	r, status := examined(t, "", append(none, "NVCODEC_FFMPEG=/nonexistent")...)
	require.Equal(t, cli.Failed, status)
	require.Nil(t, r.FFmpeg)
	require.Empty(t, r.Tests)
	require.Equal(t, 1, r.problems(), r.Findings)
	require.True(t, r.Findings[0].Problem, "problems come first")
	require.Contains(t, r.Findings[0].Remedy, "NVCODEC_FFMPEG")
	require.Empty(t, r.engine("decode", codec.H264).By)
}

func TestGPUs(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Driver(t)
	r, status := examined(t, "")
	require.Equal(t, cli.OK, status, r.Findings)
	require.NotEmpty(t, r.Driver.CUDA)
	for _, l := range r.Libraries {
		require.Empty(t, l.Error)
		require.NotEmpty(t, l.Path)
	}
	for _, g := range r.GPUs {
		require.Empty(t, g.Error)
		require.NotEmpty(t, g.Name)
		require.NotEmpty(t, g.Decode)
		require.Greater(t, g.Decode[0].Engines, 0)
		require.Len(t, g.Encode, 3)
	}
	for _, c := range r.Tests {
		require.True(t, c.OK, c)
	}
	require.Len(t, r.Tests, 1+len(r.GPUs))
	c := r.engine("decode", codec.H264)
	require.Equal(t, codec.GPU(0), c.Device)
	require.Equal(t, "NVDEC", c.By)

	_, status = examined(t, "-device cuda:99")
	require.Equal(t, cli.Failed, status)
}

// TestEncoders needs to know the machine: an H200, which has no encoder, and another GPU.
func TestEncoders(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Sim(t)
	r, _ := examined(t, "")
	require.Len(t, r.GPUs, 2)
	for _, e := range r.GPUs[0].Encode {
		require.True(t, e.NoEngine, e.Error)
		require.Contains(t, e.Error, "no encode engine")
		require.Contains(t, e.Error, r.GPUs[0].Name)
	}
	for _, e := range r.GPUs[1].Encode {
		require.True(t, e.Supported, e.Error)
	}
	c := r.engine("encode", codec.H264)
	require.Equal(t, codec.CPU, c.Device)
	require.Contains(t, c.Reason, "no encode engine")

	r, status := examined(t, "-device cuda:0")
	require.Equal(t, cli.OK, status, "what the hardware lacks is no problem")
	require.Contains(t, r.engine("encode", codec.HEVC).Error, "no encode engine")
	r, _ = examined(t, "-device cuda:1")
	require.Equal(t, choice{"encode", codec.HEVC, "1920x1080 NV12", codec.GPU(1), "NVENC", "NVENC encodes hevc 1920x1080", ""}, r.engine("encode", codec.HEVC))

	out, _ := doctor(t, "")
	require.Contains(t, out, "encodes nothing: it has no encode engine")
	require.Contains(t, out, "10 bits")
	require.Contains(t, out, "GPU cuda:1")
}

// TestBrokenDrivers are machines on which something is missing or fails.
func TestBrokenDrivers(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Sim(t)
	r, status := examined(t, "", "NVCODEC_LIBNVCUVID=/nonexistent")
	require.Equal(t, cli.Failed, status)
	require.Equal(t, 1, r.problems(), r.Findings)
	require.Equal(t, codec.CPU, r.engine("decode", codec.H264).Device)
	require.Equal(t, []test{{codec.CPU, clipFrames, true, ""}}, r.Tests)

	_, status = examined(t, "-device cpu", "NVCODEC_LIBNVCUVID=/nonexistent")
	require.Equal(t, cli.OK, status, "the CPU is not concerned")

	r, status = examined(t, "", "NVCODEC_LIBNVENC=/nonexistent")
	require.Equal(t, cli.Failed, status)
	require.Equal(t, 1, r.problems(), r.Findings)
	require.Equal(t, codec.CPU, r.engine("encode", codec.H264).Device)

	r, status = examined(t, "-device cuda:0", "NVSIM_PROFILE=none")
	require.Equal(t, cli.Failed, status)
	require.Contains(t, r.Findings[0].What+r.Findings[0].Remedy, "CUDA_VISIBLE_DEVICES")

	r, status = examined(t, "", "NVSIM_FAULT=cuvidDecodePicture:1+:999")
	require.Equal(t, cli.Failed, status)
	require.NotEmpty(t, r.Tests[1].Error)
	require.True(t, r.Tests[0].OK)
}

func TestUsage(t *testing.T) {
	ctx := context.Background()
	var out bytes.Buffer
	require.ErrorIs(t, run(ctx, []string{"-h"}, &out), flag.ErrHelp)
	require.Equal(t, cli.Usage, cli.Status(run(ctx, []string{"-nonsense"}, &out)))
	require.Equal(t, cli.Usage, cli.Status(run(ctx, []string{"file.mp4"}, &out)))
	require.Equal(t, cli.Usage, cli.Status(run(ctx, []string{"-encoders", "h264,vp9"}, &out)))
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	require.Equal(t, cli.Interrupted, cli.Status(run(ctx, nil, &out)))
}

func TestClip(t *testing.T) {
	b, err := os.ReadFile(testutils.Clip(t, "h264.h264"))
	require.NoError(t, err)
	require.True(t, bytes.Equal(b, clip), "copy testdata/h264.h264, and correct clipMD5")
}

func TestKernelVersion(t *testing.T) {
	require.Equal(t, "580.95.05", kernelVersion("NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build  (dvs-builder@U22)  Tue Sep 23\nGCC version:  gcc version 12.3.0\n"))
	require.Equal(t, "525.60", kernelVersion("NVRM version: NVIDIA UNIX x86_64 Kernel Module  525.60  Sat Nov\n"))
	require.Empty(t, kernelVersion("GCC version:  gcc version 123.4\n"))
}

func TestLocate(t *testing.T) {
	maps := "7f00-7f10 r--p 00000000 00:2f 12 /usr/lib/libcuda.so.580.95.05\n7f10-7f20 r--p 00000000 00:2f 13 /usr/lib/libnvcuvid.so.1 (deleted)\n7f20-7f30 rw-p 00000000 00:00 0 [heap]\n"
	for _, c := range [][3]string{
		{"libcuda.so.1", "/usr/lib/libcuda.so.580.95.05", "580.95.05"},
		{"/usr/local/nvidia/lib64/libnvcuvid.so.1", "/usr/lib/libnvcuvid.so.1", ""},
		{"libnvidia-encode.so.1", "libnvidia-encode.so.1", ""},
		{"nvcuda.dll", "nvcuda.dll", ""},
	} {
		path, v := locateIn(maps, c[0])
		require.Equal(t, c, [3]string{c[0], path, v})
	}
}
