// Package transcode decodes the video of a file, codes it anew, copies the other
// streams, and writes all into a new file.
package transcode

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/examples/internal/part"
	"github.com/go-nvcodec/nvcodec/frame"
)

// A Job says what to do.
type Job struct {
	In, Out string
	Device  codec.Device        // of the decoder; the encoder's is in Encoder
	Encoder codec.EncoderConfig // time base, frame rate, SAR and colour: those of the source, if zero
	Muxer   codec.MuxerConfig   // metadata and chapters: those of the source, if nil
	Copy    bool                // audio, subtitles and covers are copied, where the container takes them
	Threads int                 // of a decoder on the CPU, 0 for one a core
	// Width and Height are the size to scale to, before rotation; 0 for that of the first
	// frame. Frames of another size are scaled in any case, as one stream has one size.
	Width, Height int
	// Begin is called with the stream when its length is known, Frame after each frame.
	// Either may be nil.
	Begin func(codec.StreamInfo)
	Frame func()
}

// A Result says what was done.
type Result struct {
	Frames   int64
	Decoder  string   // where and why
	Encoder  string   // where and why
	Ignored  []string // settings without a meaning for the encoder
	Left     []string // streams that were not copied
	Adjusted int64    // frames whose time did not rise and was moved by ticks
	Scaled   int64    // frames that were scaled, or converted to the first one's format
	Part     string   // the unfinished file, if one is left
}

// Run does a job. The result is written to a name with ".part" in it, which is given
// its own only when everything is done and nothing was damaged.
//
// When ctx ends, or the source does not go on, what there is until then is finished so
// that it can be played, under the name Result.Part, and the error says why. A file that
// could not be written to its end is left under that name too where its container can be
// played all the same, and removed where not.
func Run(ctx context.Context, job Job) (res Result, err error) {
	r := &run{job: job, last: map[int]int64{}}
	defer func() {
		err = errors.Join(err, r.close())
		if res = r.res; r.left {
			err = fmt.Errorf("%w; what there is until then is in %s", err, res.Part)
		}
	}()
	if err := r.open(ctx); err != nil {
		return res, err
	}
	source := r.pump(ctx)
	if r.file == nil {
		if source == nil {
			source = errors.New("no frame came out")
		}
		return res, source
	}
	if err := r.finish(source == nil); err != nil {
		if ctx.Err() == nil && source != nil {
			return res, source // the same, or its cause
		}
		return res, errors.Join(source, err)
	}
	if source != nil {
		r.res.Part = part.Name(job.Out)
		return res, fmt.Errorf("%w; what there is until then is in %s", source, r.res.Part)
	}
	return res, nil
}

type run struct {
	job   Job
	res   Result
	dem   *codec.Demuxer
	dec   *codec.Decoder
	scale *codec.Scaler
	enc   *codec.Encoder
	file  *part.File
	video codec.StreamInfo
	rest  []codec.StreamInfo // to copy
	index map[int]int        // their place in the new file
	wait  []*codec.Packet    // to copy, from before the first frame
	last  map[int]int64      // decoding times of copied streams
	pts   int64              // of the last frame
	p     codec.Packet       // the last one read
	left  bool               // a file without its end

	width, height int // of the new stream
	format        frame.Format
	pic           codec.Picture // messages of the frame under way
	timeCode      bool          // the encoder has room for time codes
}

func (r *run) open(ctx context.Context) (err error) {
	if same(r.job.In, r.job.Out) {
		return errors.New("input and output are the same file")
	}
	if r.dem, err = codec.Open(ctx, r.job.In, &codec.DemuxerConfig{Network: true, Select: codec.AllStreams}); err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { r.dem.Close() }) // wakes a read that waits
	if r.video = r.dem.Stream(); r.video.Index < 0 {
		return fmt.Errorf("%s: %w", r.job.In, codec.ErrNoVideo)
	}
	if err := r.openDecoder(); err != nil {
		return err
	}
	r.pts = codec.NoPTS
	if err := r.choose(ctx); err != nil {
		return err
	}
	if r.job.Begin != nil {
		r.job.Begin(r.video)
	}
	return nil
}

// openDecoder asks for libavcodec's own layout from a decoder on the CPU: it saves two
// conversions.
func (r *run) openDecoder() (err error) {
	cfg := &codec.DecoderConfig{DeviceConfig: codec.DeviceConfig{Device: r.job.Device}, Threads: r.job.Threads}
	if r.job.Device != codec.CPU {
		if r.dec, err = codec.NewDecoder(r.video, cfg); err != nil || r.dec.Device() != codec.CPU {
			return err
		}
		r.res.Decoder = r.dec.Reason()
		r.dec.Close()
	}
	cfg.Device, cfg.Layout = codec.CPU, codec.LayoutPlanar
	r.dec, err = codec.NewDecoder(r.video, cfg)
	return err
}

// choose decides which streams are copied.
func (r *run) choose(ctx context.Context) error {
	r.index = map[int]int{}
	for _, s := range r.dem.Streams() {
		if s.Index == r.video.Index {
			continue
		}
		cover := s.Type == codec.Video && s.AttachedPicture
		copied := r.job.Copy && (s.Type == codec.Audio || s.Type == codec.Subtitle || cover)
		if copied {
			switch err := r.holds(ctx, s); {
			case err == nil:
			case s.Type == codec.Audio:
				return fmt.Errorf("the new file cannot hold %v: choose another container, or leave the sound out (-audio none): %w", s, err)
			default:
				copied = false
			}
		}
		if !copied {
			r.res.Left = append(r.res.Left, s.String())
			continue
		}
		r.rest = append(r.rest, s)
		r.index[s.Index] = len(r.rest)
	}
	return nil
}

// holds tries whether the container takes a stream.
func (r *run) holds(ctx context.Context, s codec.StreamInfo) error {
	dir, err := os.MkdirTemp("", "transcode")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	m, err := codec.Create(ctx, filepath.Join(dir, "x"+filepath.Ext(r.job.Out)), &r.job.Muxer, s)
	if err != nil {
		return err
	}
	return m.Abort()
}

func same(a, b string) bool {
	x, err1 := os.Stat(a)
	y, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(x, y)
}

// pump moves everything from the source to the muxer. Its error is the source's, or
// ctx's, unless the encoder or the muxer failed, which finish reports.
func (r *run) pump(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { r.dem.Close() }) // ends a read that waits
	defer stop()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.step(); err == io.EOF {
			frames, damage := r.dec.Drain()
			return errors.Join(r.encode(frames), damage)
		} else if err != nil {
			return cmp.Or(ctx.Err(), err)
		}
	}
}

// step is one packet of the source.
func (r *run) step() error {
	if err := r.dem.ReadPacket(&r.p); err != nil {
		return err
	}
	if r.p.Stream != r.video.Index {
		return r.copyPacket(&r.p)
	}
	frames, err := r.dec.Decode(&r.p)
	return errors.Join(r.encode(frames), err)
}

// copyPacket writes a packet of another stream, or keeps it until there is a file.
func (r *run) copyPacket(p *codec.Packet) error {
	to, ok := r.index[p.Stream]
	if !ok {
		return nil
	}
	if r.file == nil {
		r.wait = append(r.wait, p.Clone())
		return nil
	}
	if last, ok := r.last[to]; ok && p.DTS != codec.NoPTS && p.DTS <= last {
		p.DTS = last + 1 // a source that goes back in time
		p.PTS = max(p.PTS, p.DTS)
	}
	if p.DTS != codec.NoPTS {
		// Fragments may leave out durations, and mp4 cuts the last packet without one.
		if last, ok := r.last[to]; ok && p.Duration == 0 {
			p.Duration = p.DTS - last
		}
		r.last[to] = p.DTS
	}
	p.Stream = to
	return r.file.WritePacket(p)
}

// encode codes frames and releases them.
func (r *run) encode(frames []*frame.Frame) (err error) {
	for _, f := range frames {
		if err == nil {
			err = r.encodeOne(f)
		}
		f.Release()
	}
	return err
}

func (r *run) encodeOne(f *frame.Frame) error {
	if r.enc == nil {
		if err := r.begin(f); err != nil {
			return err
		}
	}
	if f.PTS != codec.NoPTS {
		if r.pts != codec.NoPTS && f.PTS <= r.pts {
			f.PTS = r.pts + 1
			r.res.Adjusted++
		}
		r.pts = f.PTS
	}
	g, err := r.fit(f)
	if err != nil {
		return err
	}
	r.pic.SEI = codec.CarrySEI(r.pic.SEI[:0], f.SEI, r.enc.Stream().Codec, r.timeCode)
	packets, err := r.enc.Encode(g, &r.pic)
	if g != f {
		r.res.Scaled++
		g.Release()
	}
	if err := errors.Join(r.write(packets), err); err != nil {
		return err
	}
	r.res.Frames++
	if r.job.Frame != nil {
		r.job.Frame()
	}
	return nil
}

func (r *run) write(packets []*codec.Packet) error {
	for _, p := range packets {
		p.Stream = 0
		if err := r.file.WritePacket(p); err != nil {
			return err
		}
	}
	return nil
}

// finish writes what is held and the file's end.
func (r *run) finish(whole bool) error {
	packets, err := r.enc.Drain()
	if err = errors.Join(r.write(packets), err); err == nil {
		err = r.file.Finish(whole)
	}
	return err
}

// close frees everything. Of a file without its end only what can be played stays.
func (r *run) close() error {
	r.dec.Close()
	r.scale.Close()
	r.enc.Close()
	r.dem.Close()
	left, err := r.file.Discard()
	if r.left = left != ""; r.left {
		r.res.Part = left
	}
	return err
}
