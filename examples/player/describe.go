package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"image/jpeg"
	"math"
	"slices"
	"time"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/examples/internal/sheet"
	"github.com/go-nvcodec/nvcodec/frame"
)

// An info is what the pages tell of a video. What is not known is zero.
type info struct {
	Container string   `json:"container"`
	Codec     codec.ID `json:"codec"`
	Width     int      `json:"width"` // as it is shown, upright and with square pixels
	Height    int      `json:"height"`
	Format    string   `json:"format"` // of the pixels
	Duration  float64  `json:"duration"`
	Frames    int      `json:"frames"`
	KeyFrames int      `json:"key_frames"`
	FPS       float64  `json:"fps"`
	Variable  bool     `json:"variable"`
	BitRate   int64    `json:"bit_rate"`
	Audio     string   `json:"audio"`
	Marks     []string `json:"marks"` // HDR and messages, for people
	Device    string   `json:"device"`
	Reason    string   `json:"reason"`
	Tiles     []place  `json:"tiles"` // of the contact sheet
}

// A description is all that is kept of a video.
type description struct {
	info
	thumb []byte // JPEG
	index *codec.Index
	start time.Duration // of the first frame
	timed bool          // frames have times of their own
	video picture
	sound sound
}

// A picture is what of a video's stream matters to those who code it anew.
type picture struct {
	stream        int
	width, height int // as they are stored
	rotation      int
	plain         bool // 8 bits, 4:2:0
}

// A sound is the audio that is played.
type sound struct {
	stream int
	kind   string // as audioType has it; empty if there is none that can be played
	bare   bool   // its headers come with its packets
}

// cost is about the memory that d takes.
func (d *description) cost() int64 { return int64(len(d.thumb)) + 64*int64(d.index.Packets()) + 4096 }

// describe reads the index of a video and decodes two frames of it.
func (s *server) describe(ctx context.Context, v video) (*description, error) {
	d := &description{}
	err := s.simple(ctx, v, nil, func(dem *codec.Demuxer, dec *codec.SimpleDecoder) error {
		d.index = dec.Index()
		list := []int{0}
		if keys := d.index.KeyFrames(); len(keys) > 0 {
			list = []int{0, keys[len(keys)/3]} // the very beginning is often black
		}
		var tile sheet.Tile
		var sei []frame.SEI
		t := tiler{side: thumbWidth, height: thumbHeight}
		defer t.close()
		err := eachFrame(ctx, dec, list, func(f *frame.Frame) (err error) {
			d.Device, d.Reason = dec.Device().String(), dec.Reason()
			for _, m := range f.SEI { // whose payload goes with the frame
				sei = append(sei, frame.SEI{Type: m.Type})
			}
			d.Marks = append(d.Marks, captions(f.SEI)...)
			tile, err = t.tile(f)
			return err
		})
		if tile.Image == nil {
			return cmp.Or(err, fmt.Errorf("%w: no frame came out", codec.ErrCorrupt))
		}
		var b bytes.Buffer
		if err := jpeg.Encode(&b, tile.Image, &jpeg.Options{Quality: 85}); err != nil {
			return err
		}
		d.thumb = b.Bytes()
		d.fill(dem, dec.Stream(), sei)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// simple opens a video for random access. x may be nil.
func (s *server) simple(ctx context.Context, v video, x *codec.Index, use func(*codec.Demuxer, *codec.SimpleDecoder) error) error {
	file, err := s.folder.open(v)
	if err != nil {
		return err
	}
	defer file.Close()
	dem, err := codec.NewDemuxer(file, nil)
	if err != nil {
		return err
	}
	defer dem.Close()
	cfg := &codec.SimpleDecoderConfig{Index: x, ScanContext: ctx, Parallel: 1}
	cfg.Device, cfg.Deinterlace = s.cfg.device, codec.Bob
	dec, err := codec.NewSimpleDecoder(dem, cfg)
	if err != nil {
		return cmp.Or(context.Cause(ctx), err)
	}
	defer dec.Close()
	defer context.AfterFunc(ctx, func() { dec.Close() })()
	if err := use(dem, dec); err != nil {
		return cmp.Or(context.Cause(ctx), err)
	}
	return nil
}

// eachFrame decodes frames by their numbers. What is damaged in between is left out.
func eachFrame(ctx context.Context, dec *codec.SimpleDecoder, list []int, use func(*frame.Frame) error) error {
	for f, err := range dec.FramesAt(list) {
		if err != nil {
			if errors.Is(err, codec.ErrCorrupt) && ctx.Err() == nil {
				return nil
			}
			return err
		}
		err = use(f)
		f.Release()
		if err = cmp.Or(err, context.Cause(ctx)); err != nil {
			return err
		}
	}
	return nil
}

// fill writes down what container, index and messages say.
func (d *description) fill(dem *codec.Demuxer, st codec.StreamInfo, sei []frame.SEI) {
	m := d.index.Metadata()
	d.video = picture{st.Index, st.Width, st.Height, st.Rotation, st.Chroma == 420 && st.BitDepth == 8}
	d.Container, d.Codec, d.Format = dem.Container().LongName, st.Codec, st.PixelFormat
	d.Width, d.Height = sheet.Fit(m.Width, m.Height, st.SAR.Num, st.SAR.Den, math.MaxInt, math.MaxInt)
	if st.Rotation%180 != 0 {
		d.Width, d.Height = d.Height, d.Width
	}
	d.Frames, d.KeyFrames, d.Variable, d.BitRate = m.Frames, len(m.KeyFrames), m.Variable, m.BitRate
	d.Duration, d.start = m.Duration.Seconds(), m.Start
	_, err := d.index.IndexAt(m.Start)
	d.timed = err == nil
	for _, r := range []frame.Rational{m.AverageRate, st.FrameRate, st.NominalRate} {
		if r.Num > 0 && r.Den > 0 {
			d.FPS = r.Float64()
			break
		}
	}
	if d.Duration == 0 && d.FPS > 0 {
		d.Duration = float64(d.Frames) / d.FPS
	}
	d.findSound(dem)
	d.Tiles = d.places()
	d.Marks = append(hdrMarks(&st), d.Marks...)
	for _, m := range sei {
		if !slices.Contains(d.Marks, m.Type.String()) {
			d.Marks = append(d.Marks, m.Type.String())
		}
	}
	d.Marks = slices.Compact(d.Marks)
}

// findSound takes the container's preferred audio, else its first.
func (d *description) findSound(dem *codec.Demuxer) {
	var best *codec.StreamInfo
	for _, a := range dem.Streams() {
		if a.Type == codec.Audio && (best == nil || a.Default && !best.Default) {
			best = &a
		}
	}
	if best != nil {
		d.Audio = string(best.Codec)
		d.sound = sound{best.Index, audioType(best), len(best.Extradata) == 0}
	}
}

// hdrMarks say what a stream is for other displays than the usual.
func hdrMarks(s *codec.StreamInfo) (marks []string) {
	switch s.Color.Transfer {
	case frame.TransferSMPTE2084:
		if marks = append(marks, "HDR PQ"); s.HDR.MasteringDisplay != nil {
			marks[0] = "HDR10"
		}
	case frame.TransferARIBSTDB67:
		marks = append(marks, "HDR HLG")
	}
	if s.BitDepth > 8 {
		marks = append(marks, fmt.Sprintf("%d bit", s.BitDepth))
	}
	return marks
}

// captions tells whether messages have some.
func captions(list []frame.SEI) []string {
	for _, m := range list {
		if pairs, err := m.AppendCaptions(nil); err == nil && len(pairs) > 0 {
			return []string{"captions"}
		}
	}
	return nil
}
