package codec

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-nvcodec/nvcodec/frame"
)

// TranscoderConfig configures a Transcoder; nil means the zero value. It holds no
// resource and is copied.
type TranscoderConfig struct {
	// Decoder says where and how the source is decoded. Layout is chosen by the
	// transcoder.
	Decoder DecoderConfig
	// Encoder says what comes out. Its TimeBase, FrameRate, SAR, Color and HDR are the
	// source's where they are zero, and on the CPU TimeCode is set if the source has time
	// codes; Rate is constant quality where it is zero. Captions, time codes and what else CarrySEI names
	// go along.
	Encoder EncoderConfig
	// Width and Height are the size of the new pictures. Default: that of the source's
	// first; if one is 0, it follows from the other. Pictures of another size, also those
	// of a source that changes it, are scaled.
	Width, Height int
	// FrameRate, if not zero, makes the rate constant: by the frames' times some are
	// left out or repeated. Default: all frames, at their own times.
	FrameRate frame.Rational
	// Parallel is how many decoders work at once, each on a part of a segment, at most 64;
	// the frames are the same, in the same order. The source must have been opened with
	// Open, and is scanned. Each has its own engine on a GPU that has several. Default: 1.
	Parallel int
	// DropAudio leaves out audio. Default: every audio stream that the Demuxer delivers is
	// copied (Select: VideoAndAudio or AllStreams). Subtitles are copied likewise if the
	// demuxer delivers them.
	DropAudio bool
	// DropSubtitles leaves out subtitles, which not every container holds.
	DropSubtitles bool
	// Progress, if not nil, is called some ten times a second, and at the end of a
	// segment, on the goroutine that transcodes.
	Progress func(Progress)
}

// Progress tells how far a segment is.
type Progress struct {
	Frames int64         // coded in this segment
	Bytes  int64         // of video packets in this segment
	Time   time.Duration // of the last frame, on the source's time line
	Done   float64       // 0 to 1, or 0 where the length is not known
	FPS    float64       // frames a second in this segment
	Left   time.Duration // estimated, 0 if unknown
}

// A Transcoder decodes any number of parts of a video and codes them anew, with one
// decoder and one encoder for its life; audio and subtitles are copied.
//
// One goroutine at a time may use it. Close may come from any goroutine; it waits for
// the call that is under way, which ends within a packet.
type Transcoder struct {
	cfg TranscoderConfig

	mu       sync.Mutex
	closed   atomic.Bool
	src      supply
	dec      *Decoder
	enc      *Encoder
	used     bool // the encoder has coded something since it began a stream
	pic      pictures
	rate     retimer
	out      output
	index    *Index // of the source, once it was needed
	lanes    lanes
	keep     encoderKey // what the encoder was made for
	picture  Picture
	messages []frame.SEI
	reason   string // of the decoder, if the choice was made by another one
}

// NewTranscoder makes a transcoder for the video of d and the streams that d delivers
// beside it. It decodes until the first frame, which tells the format of all. d stays the
// caller's, who must not use it as long as the transcoder does.
//
// Errors match ErrArgument, ErrLibrary, ErrNoVideo or ErrUnsupported.
func NewTranscoder(d *Demuxer, cfg *TranscoderConfig) (*Transcoder, error) {
	const op = "new transcoder"
	t := &Transcoder{}
	if cfg != nil {
		t.cfg = *cfg
	}
	if err := t.cfg.validate(); err != nil {
		return nil, opError(op, err)
	}
	if err := t.begin(d); err != nil {
		_ = t.Close()
		return nil, opError(op, err)
	}
	return t, nil
}

func (c *TranscoderConfig) validate() error {
	switch {
	case c.Width < 0 || c.Height < 0 || c.Width > maxDimension || c.Height > maxDimension:
		return fmt.Errorf("%w: Width, Height are %d, %d; want 0 to %d", ErrArgument, c.Width, c.Height, maxDimension)
	case c.FrameRate.Num < 0 || c.FrameRate.Den < 0 || c.FrameRate.Num > 0 && c.FrameRate.Den == 0:
		return fmt.Errorf("%w: FrameRate is %v; want a positive fraction", ErrArgument, c.FrameRate)
	case c.Parallel < 0 || c.Parallel > 64:
		return fmt.Errorf("%w: Parallel is %d; want 0 to 64", ErrArgument, c.Parallel)
	}
	return errors.Join(c.Decoder.validate(), c.Encoder.validate())
}

// begin takes a demuxer on, with the decoder and encoder that it needs.
func (t *Transcoder) begin(d *Demuxer) error {
	if d == nil {
		return fmt.Errorf("%w: no demuxer", ErrArgument)
	}
	video := d.Stream()
	if video.Index < 0 {
		return ErrNoVideo
	}
	t.src.begin(d, t.copied(d))
	if err := t.openDecoder(); err != nil {
		return err
	}
	f, err := t.first()
	if err != nil {
		return err
	}
	defer f.Release()
	if err := t.openEncoder(f); err != nil {
		return err
	}
	return t.openLanes()
}

// copied are the streams that are copied, in the order of the new file.
func (t *Transcoder) copied(d *Demuxer) []StreamInfo {
	var list []StreamInfo
	for _, s := range d.Streams() {
		if s.Index == d.Stream().Index || !d.delivers(s.Index) {
			continue
		}
		if s.Type == Audio && !t.cfg.DropAudio || s.Type == Subtitle && !t.cfg.DropSubtitles {
			list = append(list, s)
		}
	}
	return list
}

// Streams describes what comes out, for Create or NewMuxer: the video, then the copied
// streams.
func (t *Transcoder) Streams() ([]StreamInfo, error) {
	if err := t.enter(); err != nil {
		return nil, err
	}
	defer t.mu.Unlock()
	if err := t.ready(); err != nil {
		return nil, opError("transcode", err)
	}
	return t.streams()
}

func (t *Transcoder) streams() ([]StreamInfo, error) {
	v, err := t.enc.Stream().Carry(t.src.video)
	if err != nil {
		return nil, err
	}
	return append([]StreamInfo{v}, t.src.copied...), nil
}

// Decoder says where pictures are decoded and why. Any goroutine may call it between
// calls of the others.
func (t *Transcoder) Decoder() (Device, string) {
	if t.reason != "" {
		return t.dec.Device(), t.reason
	}
	return t.dec.Device(), t.dec.Reason()
}

// Encoder says where pictures are coded and why.
func (t *Transcoder) Encoder() (Device, string) { return t.enc.Device(), t.enc.Reason() }

// Ignored is Encoder.Ignored.
func (t *Transcoder) Ignored() []string { return t.enc.Ignored() }

// Run transcodes the whole video, at its own times.
func (t *Transcoder) Run(ctx context.Context, m *Muxer) error {
	return t.do(ctx, m, noTime, noTime)
}

// Segment transcodes the frames whose time lies in [start, end), on the source's time
// line, which need not begin at 0 (StreamInfo.Start); the copied streams' packets in
// the interval go along. The first frame is an IDR, and start becomes 0 in the new file. Another segment for the same
// muxer follows the one before without a gap.
//
// When it fails, or ctx ends, the error names the segment, m should be given up with
// Abort, and the transcoder goes on with the next segment. Damage in the source does
// not end a segment unless DecoderConfig.OnError says so; it is reported at the segment's
// end, as a *DamageError that matches ErrCorrupt. An interval without frames
// matches ErrRange.
func (t *Transcoder) Segment(ctx context.Context, m *Muxer, start, end time.Duration) error {
	if start >= end {
		return opError("transcode", fmt.Errorf("%w: a segment from %v to %v", ErrArgument, start, end))
	}
	return t.do(ctx, m, start, end)
}

const noTime = time.Duration(-1 << 63)

func (t *Transcoder) do(ctx context.Context, m *Muxer, start, end time.Duration) (err error) {
	if m == nil {
		return opError("transcode", fmt.Errorf("%w: no muxer", ErrArgument))
	}
	if err := t.enter(); err != nil {
		return err
	}
	defer t.mu.Unlock()
	if err = t.ready(); err == nil {
		err = t.segment(ctx, m, start, end)
	}
	return opError("transcode", Interval{start, end}.wrap(err))
}

// Frames is Segment for the frames numbered first to last-1, in display order from 0. The
// first call scans the source.
func (t *Transcoder) Frames(ctx context.Context, m *Muxer, first, last int) error {
	const op = "transcode"
	if m == nil {
		return opError(op, fmt.Errorf("%w: no muxer", ErrArgument))
	}
	if err := t.enter(); err != nil {
		return err
	}
	defer t.mu.Unlock()
	if err := t.ready(); err != nil {
		return opError(op, err)
	}
	if t.index == nil {
		x, err := t.src.dem.Scan(ctx)
		t.src.lose()
		if err != nil {
			return opError(op, err)
		}
		t.index = x
	}
	x := t.index
	if first < 0 || first >= last || last > x.Len() {
		return opError(op, fmt.Errorf("%w: frames %d to %d of %d", ErrRange, first, last, x.Len()))
	}
	if x.Frame(first).PTS == NoPTS || last < x.Len() && x.Frame(last).PTS == NoPTS {
		return opError(op, fmt.Errorf("%w: frames %d to %d have no times of their own in this container; copy the stream into another first", ErrUnsupported, first, last))
	}
	i := Interval{x.Time(first), noTime}
	if last < x.Len() {
		i.End = x.Time(last)
	}
	return opError(op, i.wrap(t.segment(ctx, m, i.Start, i.End)))
}

// ready makes the decoder and the encoder again if the last segment broke them.
func (t *Transcoder) ready() error {
	if t.src.dem == nil {
		return fmt.Errorf("%w: the last Reset failed; call it again", ErrArgument)
	}
	if t.dec == nil {
		if err := t.openDecoder(); err != nil {
			return err
		}
	}
	if t.enc == nil {
		enc, err := NewEncoder(t.keep.width, t.keep.height, t.keep.format, &t.keep.cfg)
		if err != nil {
			return err
		}
		t.enc, t.used = enc, false
	}
	return nil
}

// Reset goes on with another video. The decode session is used again where the new
// stream fits it, the encoder if pictures, times and colour are alike.
func (t *Transcoder) Reset(d *Demuxer) error {
	if err := t.enter(); err != nil {
		return err
	}
	defer t.mu.Unlock()
	t.src.drop()
	t.src.dem, t.index = nil, nil
	// The session goes back to the pool, from which the new decoder takes it.
	_ = t.dec.Close()
	t.dec = nil
	if err := t.begin(d); err != nil {
		t.src.drop()
		t.src.dem = nil
		return opError("reset transcoder", err)
	}
	return nil
}

func (t *Transcoder) enter() error {
	if t == nil {
		return opError("transcode", fmt.Errorf("%w: nil Transcoder", ErrArgument))
	}
	if t.closed.Load() {
		return ErrClosed
	}
	t.mu.Lock()
	if t.closed.Load() {
		t.mu.Unlock()
		return ErrClosed
	}
	return nil
}

// Close frees the decoder and the encoder, not the demuxer. It may be called twice,
// and from any goroutine.
func (t *Transcoder) Close() error {
	if t == nil || t.closed.Swap(true) {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.src.drop()
	t.rate.drop()
	t.lanes.close()
	return opError("close transcoder", errors.Join(t.dec.Close(), t.enc.Close(), t.pic.close()))
}

// delivers tells whether packets of a stream are delivered.
func (d *Demuxer) delivers(stream int) bool {
	return stream >= 0 && stream < len(d.selected) && d.selected[stream]
}

// encoderKey is what an encoder was made for: with the same again, it is used again.
type encoderKey struct {
	width, height int
	format        frame.Format
	cfg           EncoderConfig
}

func (k *encoderKey) like(o *encoderKey) bool {
	a, b := &k.cfg, &o.cfg
	return k.width == o.width && k.height == o.height && k.format == o.format &&
		a.TimeBase == b.TimeBase && a.FrameRate == b.FrameRate && a.SAR == b.SAR && a.Color == b.Color &&
		a.HDR.equal(b.HDR)
}
