package main

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/go-nvcodec/nvcodec/codec"
)

// print writes the report for people.
func (r *report) print(out io.Writer) error {
	b := bufio.NewWriter(out)
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	p := func(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }
	p("nvcodec %s, %s, %s, -device %v", r.Version, r.Go, r.System, r.Device)
	for _, name := range slices.Sorted(maps.Keys(r.Environment)) {
		p("  %s=%s", name, r.Environment[name])
	}
	switch d := r.Driver; {
	case d.CUDA != "":
		p("\nDRIVER  %s, CUDA %s%s", or(d.Version, "of unknown version"), d.CUDA, prefixed(", NVENC API ", d.NVENC))
	case d.Present:
		p("\nDRIVER  not usable, though there is an NVIDIA GPU or its kernel driver")
	default:
		p("\nDRIVER  none, and no NVIDIA GPU in sight")
	}
	p("\nLIBRARIES")
	for _, l := range r.Libraries {
		if l.Error != "" {
			first, _, _ := strings.Cut(untried(l.Error), "\n")
			p("  %s\tmissing\t%s", l.What, first)
			continue
		}
		p("  %s\t%s\t%s", l.What, l.Version, l.Path)
	}
	for _, g := range r.GPUs {
		g.print(p)
	}
	if f := r.FFmpeg; f != nil {
		p("\nFFMPEG %s", f.Release)
		for _, id := range codecs {
			p("  %v\tdecoders: %s%s", id, or(strings.Join(f.Decoders[id], " "), "none"), prefixed("; encoders: ", strings.Join(f.Encoders[id], " ")))
		}
	}
	p("\nENGINES\ton\tby\twhy")
	for _, c := range r.Engines {
		if c.Error != "" {
			p("  %s %v %s\tnone\t\t%s", c.Does, c.Codec, c.Kind, oneLine(c.Error))
			continue
		}
		p("  %s %v %s\t%v\t%s\t%s", c.Does, c.Codec, c.Kind, c.Device, c.By, oneLine(c.Reason))
	}
	if len(r.Tests) > 0 {
		p("\nTEST  %d frames of H.264, each compared", clipFrames)
	}
	for _, t := range r.Tests {
		p("  %v\t%s", t.Device, or(t.Error, "right"))
	}
	r.printFindings(p)
	if err := w.Flush(); err != nil {
		return err
	}
	return b.Flush()
}

func (r *report) printFindings(p func(string, ...any)) {
	p("")
	if len(r.Findings) == 0 {
		p("No problems.")
	}
	for _, f := range r.Findings {
		kind := "NOTE"
		if f.Problem {
			kind = "PROBLEM"
		}
		p("%s: %s\n  -> %s", kind, f.What, f.Remedy)
	}
}

func (g *gpu) print(p func(string, ...any)) {
	p("\nGPU %v  %s, %.1f GiB, compute %s, %s, %s", g.Device, g.Name, float64(g.Memory)/(1<<30), g.Compute, g.PCI, g.UUID)
	if len(g.Decode) > 0 {
		p("  decodes\tchroma\tbits\tfrom\tto\tengines\tformats")
	}
	for _, d := range g.Decode {
		p("  %v\t%d\t%d\t%dx%d\t%dx%d\t%d\t%v", d.Codec, d.Chroma, d.Bits, d.MinWidth, d.MinHeight, d.MaxWidth, d.MaxHeight, d.Engines, d.Formats)
	}
	for i, e := range g.Encode {
		switch {
		case e.NoEngine && i == 0:
			p("  encodes nothing: it has no encode engine")
		case e.NoEngine:
		case e.Error != "" || !e.Supported:
			p("  encodes %v\tno\t%s", e.Codec, oneLine(e.Error))
		default:
			p("  encodes %v\t%s %s\tengines %d, up to %dx%d, B-frames %d, %s", e.Codec, e.Encoder, e.API, e.Engines, e.MaxWidth, e.MaxHeight, e.MaxBFrames, kinds(&e.EncoderCaps))
		}
	}
}

// kinds are the samples that are encoded.
func kinds(c *codec.EncoderCaps) string {
	list := []string{"4:2:0"}
	if c.YUV422 {
		list = append(list, "4:2:2")
	}
	if c.YUV444 {
		list = append(list, "4:4:4")
	}
	if c.TenBit {
		list = append(list, "10 bits")
	}
	if c.Lossless {
		list = append(list, "lossless")
	}
	return strings.Join(list, " ")
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}
