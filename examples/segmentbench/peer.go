package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/go-nvcodec/nvcodec/codec"
)

// peer is the ffmpeg program, run once or once a segment.
type peer struct {
	*settings
	file, dir string
	parts     []codec.Interval
	cuvid     string // FFmpeg's decoder on NVDEC, or none
}

func (s *settings) peer(name, file, dir string, parts []codec.Interval) (*method, error) {
	p := &peer{settings: s, file: file, dir: dir, parts: parts}
	kind, gpu := strings.CutSuffix(name, "-nvdec")
	title := ", decoding on the CPU"
	if gpu {
		dem, err := codec.Open(context.Background(), file, &codec.DemuxerConfig{Network: true})
		if err != nil {
			return nil, err
		}
		p.cuvid, title = string(dem.Stream().Codec)+"_cuvid", ", decoding with NVDEC"
		dem.Close()
	}
	switch kind {
	case "each":
		return &method{name: "ffmpeg per segment" + title, run: p.each}, nil
	case "once":
		return &method{name: "one ffmpeg" + title, run: p.once}, nil
	}
	return nil, fmt.Errorf("-methods: %q; want each, once, each-nvdec or once-nvdec", name)
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) }

func (p *peer) input() []string {
	args := []string{"-v", "error", "-nostdin", "-y"}
	if p.cuvid != "" {
		return append(args, "-c:v", p.cuvid)
	}
	return append(args, "-threads", strconv.Itoa(p.threads))
}

func (p *peer) output(part codec.Interval) []string {
	return []string{"-an", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "23", "-bf", "0", "-threads", strconv.Itoa(p.threads),
		part.Name(filepath.Join(p.dir, "theirs.mp4"))}
}

// each runs ffmpeg once a segment.
func (p *peer) each(ctx context.Context) error {
	for _, part := range p.parts {
		args := append(p.input(), "-ss", seconds(part.Start), "-t", seconds(part.End-part.Start), "-i", p.file)
		if err := p.exec(ctx, append(args, p.output(part)...)); err != nil {
			return err
		}
	}
	return nil
}

// once runs one ffmpeg with as many outputs.
func (p *peer) once(ctx context.Context) error {
	args := append(p.input(), "-i", p.file)
	for _, part := range p.parts {
		args = append(args, "-ss", seconds(part.Start), "-t", seconds(part.End-part.Start))
		args = append(args, p.output(part)...)
	}
	return p.exec(ctx, args)
}

func (p *peer) exec(ctx context.Context, args []string) error {
	out, err := exec.CommandContext(ctx, p.ffmpeg, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", p.ffmpeg, err, out)
	}
	return nil
}

// program is what the ffmpeg program calls itself.
func (s *settings) program(ctx context.Context) string {
	if len(s.methods) == 0 {
		return "no ffmpeg"
	}
	out, err := exec.CommandContext(ctx, s.ffmpeg, "-version").Output()
	if err != nil {
		return err.Error()
	}
	words := strings.Fields(string(out))
	return strings.Join(words[:min(3, len(words))], " ")
}
