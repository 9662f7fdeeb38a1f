package codec

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/go-nvcodec/nvcodec/avformat"
	"github.com/go-nvcodec/nvcodec/frame"
)

// Selection chooses the streams of a container whose packets are delivered.
type Selection uint8

const (
	// FirstVideo delivers one stream: the first video that is not a cover. A source
	// without video is an error that matches ErrNoVideo.
	FirstVideo Selection = iota
	// AllStreams delivers every stream; Packet.Stream tells them apart.
	AllStreams
	// VideoAndAudio delivers the first video and every audio stream.
	VideoAndAudio
)

// DemuxerConfig configures a Demuxer; nil means the zero value.
type DemuxerConfig struct {
	// Select chooses the streams. Default: FirstVideo.
	Select Selection
	// Streams chooses the streams by index instead; Stream is the first video among
	// them.
	Streams []int
	// Format names the container (FFmpeg's short name, mpegts say) instead of probing.
	Format string
	// Options are FFmpeg's own options for the demuxer and the protocol, such as
	// framerate, rtsp_transport or timeout. An unknown one is an error.
	Options map[string]string
	// Network allows addresses: http, https, rtsp, rtsps, rtmp, rtmps, srt, udp, rtp, tcp,
	// tls. A server may lead on, by redirection or in a playlist, to other addresses of the
	// kind, wherever they lie, but not to files. Default: a name is a file's; an address is
	// an error that matches ErrProtocol.
	Network bool
	// Protocols lists the protocols that may be used, separated by commas, for the name
	// and for what is named in the file: "file,crypto,data" for a playlist of files. Default:
	// what is opened, and nothing else: a playlist, or an mp4 that refers to other files,
	// cannot have files read or addresses opened.
	Protocols string
	// MaxIndexPackets is how many packets Scan takes in at most, some 50 bytes of memory each; more
	// are an error that matches ErrLimit. Default: 67108864, twelve days at 60 a second.
	MaxIndexPackets int
}

// ContainerInfo describes a container.
type ContainerInfo struct {
	Format   string            `json:"format"`      // FFmpeg's short names, "mov,mp4,m4a,3gp,3g2,mj2"
	LongName string            `json:"long_name"`   // for people
	Start    time.Duration     `json:"start_ns"`    // of the earliest stream
	Duration time.Duration     `json:"duration_ns"` // 0 if unknown
	BitRate  int64             `json:"bit_rate"`    // bits a second, 0 if unknown
	Metadata map[string]string `json:"metadata,omitempty"`
	Chapters []Chapter         `json:"chapters,omitempty"`
}

// A Chapter is a named part of the presentation, from Start up to End.
type Chapter struct {
	ID       int64             `json:"id"`
	Start    time.Duration     `json:"start_ns"`
	End      time.Duration     `json:"end_ns"`
	Metadata map[string]string `json:"metadata,omitempty"` // title and others
}

// A Demuxer reads a container and delivers the packets of its streams.
//
// One goroutine at a time may use it. Close may come from any goroutine; it ends a
// read that waits for the network or for the user's reader.
type Demuxer struct {
	in         *avformat.Input
	options    avformat.InputOptions
	container  ContainerInfo
	streams    []StreamInfo
	selected   []bool
	video      int  // index into streams, -1 if none
	maxIndexed int  // packets of an index, 0 for the default
	delivered  bool // a packet, or a seek said that none is to be expected

	mu   sync.Mutex // held while inside in
	pkt  *avformat.Packet
	next Packet // of the iterator
	// A packet that was read to see where a seek led, and comes once more.
	unread    Packet
	unreadOne bool

	again func() (*avformat.Input, error) // opens a file once more; nil for a reader
	swap  sync.Mutex                      // guards in and ended for Close, which does not wait for mu
	ended bool
}

// Open opens a file, or an address with DemuxerConfig.Network. ctx bounds the opening only;
// Close ends later reads. Nothing that is named in the file is opened.
//
// Errors match ErrLibrary, ErrNoVideo, ErrArgument, ErrProtocol, os.ErrNotExist and the like, or
// unwrap to *avformat.Error.
func Open(ctx context.Context, path string, cfg *DemuxerConfig) (*Demuxer, error) {
	fi, err := os.Stat(path)
	file := err == nil && fi.Mode().IsRegular()
	d, err := openDemuxer(cfg, file, func(o *avformat.InputOptions) (*avformat.Input, error) {
		return avformat.OpenInput(ctx, path, o)
	})
	if err == nil {
		o := avformat.InputOptions{Options: maps.Clone(d.options.Options), Format: d.options.Format, Network: d.options.Network, Protocols: d.options.Protocols, Known: d.options.Known}
		d.again = func() (*avformat.Input, error) { return avformat.OpenInput(context.Background(), path, &o) }
	}
	return d, err
}

// NewDemuxer reads a container from r, which may be an io.Seeker as well; without, a
// container that keeps its index at the end cannot be read. r is used on a goroutine
// of its own: if it blocks, Close does not wait for it. It is not closed.
func NewDemuxer(r io.Reader, cfg *DemuxerConfig) (*Demuxer, error) {
	if r == nil {
		return nil, opError("open", fmt.Errorf("%w: no reader", ErrArgument))
	}
	return openDemuxer(cfg, false, func(o *avformat.InputOptions) (*avformat.Input, error) {
		return avformat.OpenReader(context.Background(), r, o)
	})
}

func openDemuxer(cfg *DemuxerConfig, file bool, open func(*avformat.InputOptions) (*avformat.Input, error)) (*Demuxer, error) {
	if cfg == nil {
		cfg = &DemuxerConfig{}
	}
	if cfg.Select > VideoAndAudio {
		return nil, opError("open", fmt.Errorf("%w: Select %d", ErrArgument, cfg.Select))
	}
	if cfg.MaxIndexPackets < 0 {
		return nil, opError("open", fmt.Errorf("%w: MaxIndexPackets %d", ErrArgument, cfg.MaxIndexPackets))
	}
	known := knownVideos{rewinds: file && cfg.Select == FirstVideo && cfg.Streams == nil}
	options := avformat.InputOptions{Format: cfg.Format, Options: cfg.Options, Network: cfg.Network, Protocols: cfg.Protocols, Known: known.tell}
	in, err := open(&options)
	if err != nil {
		return nil, opError("open", err)
	}
	d := &Demuxer{in: in, video: -1, options: options}
	if err := d.init(cfg); err != nil {
		_ = d.Close()
		return nil, opError("open", err)
	}
	if known.unsettle && !d.settleStart() {
		_ = d.Close()
		options.Known = nil
		if in, err = open(&options); err != nil {
			return nil, opError("open", err)
		}
		d = &Demuxer{in: in, video: -1, options: options}
		if err := d.init(cfg); err != nil {
			_ = d.Close()
			return nil, opError("open", err)
		}
	}
	return d, nil
}

func (d *Demuxer) init(cfg *DemuxerConfig) error {
	d.maxIndexed = cfg.MaxIndexPackets
	var err error
	if d.pkt, err = avformat.NewPacket(); err != nil {
		return err
	}
	if err := d.describe(); err != nil {
		return err
	}
	first := slices.IndexFunc(d.streams, func(s StreamInfo) bool { return s.Type == Video && !s.AttachedPicture })
	d.selected = make([]bool, len(d.streams))
	switch {
	case cfg.Streams != nil:
		for _, i := range cfg.Streams {
			if i < 0 || i >= len(d.streams) {
				return fmt.Errorf("%w: stream %d of %d", ErrArgument, i, len(d.streams))
			}
			d.selected[i] = true
			if d.video < 0 && d.streams[i].Type == Video {
				d.video = i
			}
		}
	default:
		d.video = first
		for i := range d.streams {
			d.selected[i] = i == first || cfg.Select == AllStreams || cfg.Select == VideoAndAudio && d.streams[i].Type == Audio
		}
		if first < 0 && cfg.Select != AllStreams {
			return d.noVideo()
		}
	}
	return d.discardOthers(d.in)
}

// discardOthers has in not read the streams that are not selected.
func (d *Demuxer) discardOthers(in *avformat.Input) error {
	for i, want := range d.selected {
		if !want && i < len(in.Streams()) {
			if err := in.Discard(i, avformat.DiscardAll); err != nil {
				return err
			}
		}
	}
	return nil
}

var errOpenOnce = fmt.Errorf("%w: a reader cannot be opened again", ErrUnsupported)

// reopen opens the file once more, for containers that cannot be moved to the start.
func (d *Demuxer) reopen() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.again == nil {
		return errOpenOnce
	}
	in, err := d.again()
	if err != nil {
		return opError("open again", err)
	}
	if len(in.Streams()) < len(d.streams) {
		return errors.Join(opError("open again", errOtherSource), in.Close())
	}
	if err := d.discardOthers(in); err != nil {
		return errors.Join(opError("open again", err), in.Close())
	}
	d.swap.Lock()
	old := d.in
	d.unreadOne = false
	if !d.ended {
		d.in = in
	} else {
		old = in
	}
	ended := d.ended
	d.swap.Unlock()
	_ = old.Close()
	if ended {
		return ErrClosed
	}
	return nil
}

// noVideo says what there is instead.
func (d *Demuxer) noVideo() error {
	if len(d.streams) == 0 {
		return fmt.Errorf("%w: the container (%s) has no streams", ErrNoVideo, d.container.Format)
	}
	what := ""
	for i, s := range d.streams {
		if i > 0 {
			what += ", "
		}
		what += fmt.Sprintf("%v %v", s.Type, s.Codec)
		if s.AttachedPicture {
			what += " (a cover)"
		}
	}
	return fmt.Errorf("%w; there is %s", ErrNoVideo, what)
}

// Container describes the container.
func (d *Demuxer) Container() ContainerInfo { return d.container }

// Stream is the video stream that is delivered; its Codec is empty if there is none.
func (d *Demuxer) Stream() StreamInfo {
	if d == nil || d.video < 0 {
		return StreamInfo{Index: -1, StartPTS: NoPTS}
	}
	return d.streams[d.video]
}

// Streams are all streams of the container, selected or not.
func (d *Demuxer) Streams() []StreamInfo { return append([]StreamInfo(nil), d.streams...) }

// ReadPacket reads the next packet of the selected streams into p, whose buffers are
// reused. At the end of the stream it returns io.EOF.
func (d *Demuxer) ReadPacket(p *Packet) error {
	if d == nil || p == nil {
		return opError("demux", fmt.Errorf("%w: no demuxer or no packet", ErrArgument))
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.unreadOne {
		*p, d.unread, d.unreadOne = d.unread, *p, false
		d.delivered = true
		return nil
	}
	for {
		if err := d.in.ReadPacket(d.pkt); err != nil {
			if err == io.EOF {
				return d.atEnd()
			}
			if errors.Is(err, errClosed) {
				return ErrClosed
			}
			return opError("demux", err)
		}
		t := d.pkt.Times()
		if t.Stream < 0 || t.Stream >= len(d.streams) || !d.selected[t.Stream] {
			continue // a stream that appeared late, or one that the demuxer gives all the same
		}
		d.fill(p, &t)
		d.delivered = true
		return nil
	}
}

// unreadPacket has ReadPacket give p, whose memory it exchanges, as the next one.
func (d *Demuxer) unreadPacket(p *Packet) {
	d.mu.Lock()
	d.unread, *p, d.unreadOne = *p, d.unread, true
	d.mu.Unlock()
}

// atEnd is io.EOF, or an error for a video that is announced and not there.
func (d *Demuxer) atEnd() error {
	if d.delivered || d.video < 0 {
		return io.EOF
	}
	return opError("demux", fmt.Errorf("%w: stream %d (%v) has no packets", ErrNoVideo, d.video, d.streams[d.video].Codec))
}

func (d *Demuxer) fill(p *Packet, t *avformat.Times) {
	s := &d.streams[t.Stream]
	p.Data = append(p.Data[:0], d.pkt.Data()...)
	p.PTS, p.DTS, p.Duration, p.Pos = t.PTS, t.DTS, t.Duration, t.Pos
	p.TimeBase, p.Stream = s.TimeBase, t.Stream
	p.Key = t.Flags&avformat.PacketKey != 0
	p.Flags = 0
	if s.WholePictures {
		p.Flags |= EndOfPicture
	}
	if t.Flags&avformat.PacketDiscard != 0 {
		p.Flags |= Discard
	}
	if t.Flags&avformat.PacketCorrupt != 0 {
		p.Flags |= Damaged
	}
	n := 0
	for typ, b := range d.pkt.SideData {
		if n == cap(p.SideData) {
			p.SideData = append(p.SideData[:n], SideData{})
		}
		p.SideData = p.SideData[:n+1]
		sd := &p.SideData[n]
		sd.Type, sd.Data = int(typ), append(sd.Data[:0], b...)
		n++
	}
	p.SideData = p.SideData[:n]
}

// Packets yields the rest of the stream. The packet is overwritten by the next one;
// Clone keeps it. An error ends the sequence. Leaving the loop early reads no
// further packet; a second Packets goes on there.
func (d *Demuxer) Packets() iter.Seq2[*Packet, error] {
	return func(yield func(*Packet, error) bool) {
		for {
			switch err := d.ReadPacket(&d.next); {
			case err == io.EOF:
				return
			case err != nil:
				yield(nil, err)
				return
			}
			if !yield(&d.next, nil) {
				return
			}
		}
	}
}

// Seek goes to the last key frame of the video at or before t on the container's
// presentation time line; the next packet is that one. A decoder needs Discard.
func (d *Demuxer) Seek(t time.Duration) error {
	if d == nil {
		return opError("seek", fmt.Errorf("%w: no demuxer", ErrArgument))
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	tb, stream := frame.Rational{}, -1
	if d.video >= 0 {
		stream, tb = d.video, d.streams[d.video].TimeBase
	}
	if stream < 0 {
		tb = frame.Rational(avformat.TimeBase)
	}
	return d.seek(stream, tb.TicksRound(t, frame.RoundDown), avformat.SeekBackward)
}

// seekTicks moves to a time of the video in ticks, or to a byte position.
func (d *Demuxer) seekTicks(t int64, flags avformat.SeekFlags) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.seek(d.video, t, flags)
}

func (d *Demuxer) seek(stream int, t int64, flags avformat.SeekFlags) error {
	d.delivered, d.unreadOne = true, false
	err := d.in.Seek(stream, t, flags)
	if errors.Is(err, errClosed) {
		return ErrClosed
	}
	return opError("seek", err)
}

// interrupt ends a read that waits in another goroutine; all fail until resume. The
// place in the source is lost.
func (d *Demuxer) interrupt() { d.input().Interrupt() }

func (d *Demuxer) resume() { d.input().Resume() }

// input is for those who do not hold mu.
func (d *Demuxer) input() *avformat.Input {
	d.swap.Lock()
	defer d.swap.Unlock()
	return d.in
}

// Close ends reads that wait and frees the demuxer. It may be called twice, and from
// any goroutine.
func (d *Demuxer) Close() error {
	if d == nil {
		return nil
	}
	d.swap.Lock()
	in := d.in
	d.ended = true
	d.swap.Unlock()
	err := in.Close()
	d.mu.Lock()
	defer d.mu.Unlock()
	return opError("close demuxer", errors.Join(err, d.pkt.Close()))
}
