package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/examples/internal/forms"
	"github.com/go-nvcodec/nvcodec/nvcuvid"
	"github.com/go-nvcodec/nvcodec/nvenc"
)

// minDriver is the oldest branch of the driver that is supported.
const minDriver = 525

type driver struct {
	Version string // 580.95.05; empty if the system does not tell
	CUDA    string // the newest CUDA it implements: 13.0
	NVENC   string // the newest encoding API it knows: 13.0
	Present bool   // there is a GPU of NVIDIA's, or its kernel driver, whatever the libraries say
}

type library struct {
	What    string
	Path    string // where it lies, or the name under which it was opened
	Version string // as in its file's name
	Error   string `json:",omitempty"`
}

// lookAtDriver loads the driver's three libraries.
func (r *report) lookAtDriver() {
	r.Driver.Present = gpuPresent()
	expected := r.Driver.Present
	if _, ok := r.Device.Ordinal(); ok {
		expected = true
	}
	add := r.note
	if expected && r.Device != codec.CPU {
		add = r.problem
	}
	load := func(what string, load func() error, name func() string) bool {
		err := load()
		l := library{What: what}
		if err != nil {
			l.Error = err.Error()
			add(remedy(err, "Run nvidia-smi: if it fails too, the driver is not well installed."))
		} else {
			l.Path, l.Version = locate(name())
		}
		r.Libraries = append(r.Libraries, l)
		return err == nil
	}
	if !load("CUDA driver", cuda.Load, cuda.LibraryName) {
		return // the others are of no use, and have the same remedy
	}
	add = r.problem
	if r.Device == codec.CPU {
		add = r.note
	}
	load("decoder (NVDEC)", nvcuvid.Load, nvcuvid.LibraryName)
	if load("encoder (NVENC)", nvenc.Load, nvenc.LibraryName) {
		if v, err := nvenc.MaxAPI(); err == nil {
			r.Driver.NVENC = v.String()
		}
	}
	if v, err := cuda.DriverVersion(); err == nil {
		r.Driver.CUDA = fmt.Sprintf("%d.%d", v/1000, v%1000/10)
	}
	b, _ := os.ReadFile("/proc/driver/nvidia/version")
	r.Driver.Version = kernelVersion(string(b))
	if r.Driver.Version == "" {
		r.Driver.Version = r.Libraries[0].Version
	}
	branch, _, _ := strings.Cut(r.Driver.Version, ".")
	if n, err := strconv.Atoi(branch); err == nil && n >= 100 && n < minDriver {
		add(fmt.Sprintf("driver %s is older than what is supported", r.Driver.Version), fmt.Sprintf("Update the NVIDIA driver to %d or newer.", minDriver))
	}
}

var versionNumber = regexp.MustCompile(`\b\d{3,}\.\d+(\.\d+)?\b`)

// kernelVersion reads /proc/driver/nvidia/version.
func kernelVersion(text string) string {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "NVRM version:") {
			return versionNumber.FindString(line)
		}
	}
	return ""
}

// gpuPresent tells whether the machine has a GPU of NVIDIA's, without its libraries.
func gpuPresent() bool {
	for _, name := range []string{"/proc/driver/nvidia/version", "/dev/nvidiactl"} {
		if _, err := os.Stat(name); err == nil {
			return true
		}
	}
	list, _ := filepath.Glob("/sys/bus/pci/devices/*/vendor")
	for _, vendor := range list {
		v, _ := os.ReadFile(vendor)
		class, _ := os.ReadFile(filepath.Join(filepath.Dir(vendor), "class"))
		if strings.TrimSpace(string(v)) == "0x10de" && strings.HasPrefix(string(class), "0x03") {
			return true
		}
	}
	return false
}

// locate returns the file that a library was loaded from, and the version in its name.
// Only Linux tells; elsewhere it is the name that was opened.
func locate(name string) (path, version string) {
	b, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return name, ""
	}
	return locateIn(string(b), name)
}

func locateIn(maps, name string) (path, version string) {
	stem, _, ok := strings.Cut(filepath.Base(name), ".so")
	if !ok {
		return name, ""
	}
	stem += ".so"
	for line := range strings.Lines(maps) {
		i := strings.IndexByte(line, '/')
		if i < 0 {
			continue
		}
		file := strings.TrimSuffix(strings.TrimSpace(line[i:]), " (deleted)")
		if base := filepath.Base(file); base == stem || strings.HasPrefix(base, stem+".") {
			v := strings.TrimPrefix(strings.TrimPrefix(base, stem), ".")
			if !strings.Contains(v, ".") {
				v = "" // the number of an interface
			}
			return file, v
		}
	}
	return name, ""
}

type gpu struct {
	Device  codec.Device
	Name    string
	UUID    string
	PCI     string
	Memory  uint64 // bytes
	Compute string
	Decode  []decodes
	Encode  []encodes
	Error   string `json:",omitempty"`
}

// decodes is a kind of stream that a GPU decodes.
type decodes struct {
	Codec        codec.ID
	Chroma, Bits int
	codec.DecoderCaps
}

// encodes is what a GPU encodes of a codec, or why not.
type encodes struct {
	codec.EncoderCaps
	NoEngine bool   `json:",omitempty"` // the error matches codec.ErrNoEncodeEngine
	Error    string `json:",omitempty"`
}

func (r *report) lookAtGPUs() {
	if r.Driver.CUDA == "" {
		return
	}
	add := r.problem
	if r.Device == codec.CPU {
		add = r.note
	}
	list, err := cuda.Devices()
	if err != nil {
		add(remedy(err, "Run nvidia-smi: it may say more."))
		return
	}
	if n, ok := r.Device.Ordinal(); ok && n >= len(list) {
		add(fmt.Sprintf("there is no %v: this machine has %d GPU(s)", r.Device, len(list)), "Name another, and look at CUDA_VISIBLE_DEVICES.")
	}
	for _, dev := range list {
		g := gpu{Device: codec.GPU(int(dev))}
		g.Name, err = dev.Name()
		g.UUID, _ = dev.UUID()
		g.PCI, _ = dev.PCIBusID()
		g.Memory, _ = dev.TotalMemory()
		if major, minor, err := dev.ComputeCapability(); err == nil {
			g.Compute = fmt.Sprintf("%d.%d", major, minor)
		}
		if err == nil {
			err = g.ask()
		}
		if err != nil {
			g.Error = err.Error()
			what, advice := remedy(err, "Run nvidia-smi: it tells whether the GPU works, and who uses it.")
			add(fmt.Sprintf("%v: %s", g.Device, what), advice)
		}
		for _, e := range g.Encode {
			switch {
			case e.NoEngine:
				r.note(fmt.Sprintf("%v: %s", g.Device, e.Error), "With -device auto the CPU encodes; this kind of GPU has no encoder (NVENC).")
			case e.Error != "":
				add(fmt.Sprintf("%v: %s", g.Device, e.Error), "Close other encoders; look at nvidia-smi.")
			}
			if e.Error != "" {
				break // the same for every codec
			}
		}
		r.GPUs = append(r.GPUs, g)
	}
}

var (
	codecs  = []codec.ID{codec.H264, codec.HEVC, codec.AV1, codec.VP9, codec.VP8, codec.VC1, codec.MPEG4, codec.MPEG2, codec.MPEG1, codec.MJPEG}
	encoded = codecs[:3]
)

// ask fills in the tables of the codecs. Libraries that are missing were told of.
func (g *gpu) ask() error {
	if nvcuvid.Load() == nil {
		for _, f := range forms.All() {
			c, err := codec.DecodeCaps(g.Device, f.Codec, f.Chroma, f.Bits)
			if err != nil {
				return err
			}
			if c.Supported {
				g.Decode = append(g.Decode, decodes{f.Codec, f.Chroma, f.Bits, c})
			}
		}
	}
	if nvenc.Load() == nil {
		for _, id := range encoded {
			c, err := codec.EncodeCaps(g.Device, id)
			e := encodes{EncoderCaps: c}
			e.Device, e.Codec = g.Device, id
			if err != nil {
				e.Error, e.NoEngine = err.Error(), errors.Is(err, codec.ErrNoEncodeEngine)
			}
			g.Encode = append(g.Encode, e)
		}
	}
	return nil
}
