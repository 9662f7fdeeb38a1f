package main

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/frame"
)

// A Job is one file on one device.
type Job struct {
	File     string        `json:"file"`
	FrameMD5 string        `json:"framemd5,omitempty"` // file with the MD5 of each frame
	Device   codec.Device  `json:"device"`
	Against  bool          `json:"against"` // compare with the CPU's frames
	Layout   codec.Layout  `json:"layout"`
	Latency  codec.Latency `json:"latency"`
	Memory   frame.Memory  `json:"memory"`
	// Luma hashes the first plane alone: hardware layouts have no gray format, so a
	// gray picture comes with neutral chroma.
	Luma    bool `json:"luma,omitempty"`
	Threads int  `json:"threads"` // of the CPU engine
	// Random: frames by number instead, by so many decoders at once.
	Random parallels `json:"random,omitempty"`
}

// A Result is what came of a Job.
type Result struct {
	Engine   string   `json:"engine,omitempty"` // device that decoded
	Reason   string   `json:"reason,omitempty"`
	Frames   int      `json:"frames"`
	MD5      string   `json:"md5,omitempty"`     // over all frames, planar
	Formats  []string `json:"formats,omitempty"` // in the order they came
	Corrupt  int      `json:"corrupt,omitempty"` // frames marked so
	FirstBad int      `json:"first_bad"`         // first frame with another MD5 than Job.FrameMD5 has, -1 for none
	Bad      int      `json:"bad,omitempty"`     // frames with another MD5
	Messages Messages `json:"messages"`
	Against  *Diff    `json:"against,omitempty"`
	Error    string   `json:"error,omitempty"`
	Kinds    []string `json:"kinds,omitempty"` // what the error matches
	Seconds  float64  `json:"seconds"`
	Crash    string   `json:"crash,omitempty"` // set by the parent: the process died or hung
}

func (r *Result) is(kind string) bool {
	for _, k := range r.Kinds {
		if k == kind {
			return true
		}
	}
	return false
}

// do runs a job. It does not return while C code hangs: the parent watches.
func do(ctx context.Context, j *Job) *Result {
	r := &Result{FirstBad: -1}
	began := time.Now()
	defer func() { r.Seconds = time.Since(began).Seconds() }()
	if len(j.Random) > 0 {
		*r = *random(ctx, j)
		return r
	}
	var want []string
	if j.FrameMD5 != "" {
		var err error
		if want, err = readFrameMD5(j.FrameMD5); err != nil {
			r.fail(err)
			return r
		}
	}
	var ref *reference
	if j.Against {
		ref = startReference(ctx, j)
		defer ref.stop()
	}
	all := md5.New()
	var buf []byte
	diff := &Diff{First: -1}
	err := decode(ctx, j, func(d *codec.Decoder) { r.Engine, r.Reason = d.Device().String(), d.Reason() }, func(f *frame.Frame) error {
		var err error
		if buf, err = f.AppendPlanar(buf[:0]); err != nil {
			return fmt.Errorf("frame %d: %w", r.Frames, err)
		}
		hashed := buf
		if j.Luma {
			hashed = buf[:f.Width*f.Height*((f.Depth()+7)/8)]
		}
		all.Write(hashed)
		if sum := md5.Sum(hashed); r.Frames >= len(want) || hex.EncodeToString(sum[:]) != want[r.Frames] {
			r.Bad++
			if r.FirstBad < 0 {
				r.FirstBad = r.Frames
			}
		}
		r.format(f)
		if f.Corrupt {
			r.Corrupt++
		}
		r.Messages.add(r.Frames, f)
		if ref != nil {
			if c, ok := ref.next(); ok {
				diff.compare(r.Frames, f, buf, c)
				ref.recycle(c)
			}
		}
		r.Frames++
		return nil
	})
	r.MD5 = hex.EncodeToString(all.Sum(nil))
	r.Messages.finish()
	r.fail(err)
	if ref != nil {
		diff.CPUFrames, diff.CPUError = ref.finish()
		diff.finish()
		ref.messages.finish()
		diff.CPUMessages = ref.messages
		r.Against = diff
	}
	return r
}

// decode gives every frame of the file to use, and releases it.
func decode(ctx context.Context, j *Job, opened func(*codec.Decoder), use func(*frame.Frame) error) error {
	dem, err := openFirst(ctx, j.File)
	if err != nil {
		return err
	}
	defer dem.Close()
	cfg := &codec.DecoderConfig{Layout: j.Layout, Latency: j.Latency, Threads: j.Threads}
	cfg.Device, cfg.Memory = j.Device, j.Memory
	dec, err := codec.NewDecoder(dem.Stream(), cfg)
	if err != nil {
		return err
	}
	defer func() {
		opened(dec)
		dec.Close()
	}()
	for f, err := range dec.Frames(dem.Packets()) {
		if err != nil {
			return err
		}
		err = use(f)
		f.Release()
		if err != nil {
			return err
		}
	}
	return nil
}

// openFirst selects the first video stream, as the manifest does, not the best.
func openFirst(ctx context.Context, file string) (*codec.Demuxer, error) {
	dem, err := codec.Open(ctx, file, nil)
	if err != nil {
		return nil, err
	}
	for _, s := range dem.Streams() {
		if s.Type != codec.Video {
			continue
		}
		if s.Index == dem.Stream().Index {
			break
		}
		dem.Close()
		return codec.Open(ctx, file, &codec.DemuxerConfig{Streams: []int{s.Index}})
	}
	return dem, nil
}

func (r *Result) format(f *frame.Frame) {
	s := fmt.Sprintf("%dx%d %v", f.Width, f.Height, f.Format)
	if d := f.Depth(); d != 8 {
		s += fmt.Sprintf(" %d bit", d)
	}
	if n := len(r.Formats); (n == 0 || r.Formats[n-1] != s) && n < 32 {
		r.Formats = append(r.Formats, s)
	}
}

var kinds = []struct {
	name string
	err  error
}{
	{"unsupported", codec.ErrUnsupported},
	{"corrupt", codec.ErrCorrupt},
	{"no video", codec.ErrNoVideo},
	{"library", codec.ErrLibrary},
	{"argument", codec.ErrArgument},
	{"eof", io.ErrUnexpectedEOF},
}

func (r *Result) fail(err error) {
	if err == nil {
		return
	}
	r.Error = err.Error()
	for _, k := range kinds {
		if errors.Is(err, k.err) {
			r.Kinds = append(r.Kinds, k.name)
		}
	}
}

// readFrameMD5 returns the checksums of a file in FFmpeg's framemd5 format.
func readFrameMD5(path string) ([]string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var sums []string
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		sums = append(sums, strings.TrimSpace(line[strings.LastIndexByte(line, ',')+1:]))
	}
	return sums, nil
}
