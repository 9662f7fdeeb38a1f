package codec

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/go-nvcodec/nvcodec/avformat"
	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/bitstream"
)

// supply is where a Transcoder's packets come from: the demuxer, with what was read
// ahead of its time.
type supply struct {
	dem    *Demuxer
	video  StreamInfo
	copied []StreamInfo
	place  []int // of the demuxer's streams in the new file; -1 is left out, 0 the video

	queue   []*Packet      // read, and to be read first
	kept    []*Packet      // read during a segment, for the next
	pending []*frame.Frame // decoded, from the end of the last segment on
	cur     Packet
	atEnd   bool // the demuxer has no more
	drained bool // nor has the decoder

	live  bool  // the next segment can go on where the last one ended
	end   int64 // there, in ticks of the video
	pos   int64 // time of the last frame from the decoder
	guess int64 // for a frame without a time
	skip  int64 // pictures before this key frame are not decoded, NoPTS for none
	key   int64 // time of the last key frame that was read
	gop   int64 // longest distance of key frames that was seen
	most  int64 // end of the latest picture that was read

	exact  bool // the container can be moved in, and its decoding times are not guesses
	leaves bool // the next segment is likely to be elsewhere, and the decoder need not be ready to go on
	cold   bool // the decoder can go on at a key frame only
	track  *bitstream.Tracker
}

func (s *supply) begin(d *Demuxer, copied []StreamInfo) {
	s.drop()
	*s = supply{dem: d, video: d.Stream(), copied: copied, place: s.place[:0], cur: s.cur, live: true, end: math.MinInt64, pos: NoPTS, guess: max(d.Stream().StartPTS, 0), skip: NoPTS, key: NoPTS, most: NoPTS}
	for range d.streams {
		s.place = append(s.place, -1)
	}
	s.place[s.video.Index] = 0
	for i := range copied {
		s.place[copied[i].Index] = i + 1
	}
	s.exact = strings.HasPrefix(d.container.Format, "mov,") && d.input().Seekable()
	s.gop = s.video.TimeBase.Ticks(1e9) // until two key frames were seen
}

// drop forgets what was read ahead.
func (s *supply) drop() {
	s.release()
	s.queue, s.kept = s.queue[:0], s.kept[:0]
}

// release forgets the pictures that were decoded ahead.
func (s *supply) release() {
	for _, f := range s.pending {
		f.Release()
	}
	s.pending = s.pending[:0]
}

// lose says that the demuxer was moved by others.
func (s *supply) lose() {
	s.drop()
	s.live = false
}

// read returns the next packet, valid until the next read, or io.EOF.
func (s *supply) read(ctx context.Context) (*Packet, error) {
	if len(s.queue) > 0 {
		p := s.queue[0]
		s.queue[0] = nil
		s.queue = s.queue[1:]
		return p, nil
	}
	return s.fetch(ctx)
}

// fetch reads from the demuxer.
func (s *supply) fetch(ctx context.Context) (*Packet, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, context.Cause(ctx)
		}
		if s.atEnd {
			return nil, io.EOF
		}
		if err := s.dem.ReadPacket(&s.cur); err != nil {
			s.atEnd = err == io.EOF
			return nil, err
		}
		p := &s.cur
		if p.Stream >= len(s.place) || s.place[p.Stream] < 0 {
			continue
		}
		if p.Stream == s.video.Index && p.PTS != NoPTS {
			s.most = max(s.most, p.PTS+p.Duration)
			if p.DTS != NoPTS && p.PTS < p.DTS {
				s.exact = false
			}
		}
		if at := stamp(p); p.Stream == s.video.Index && p.Key && at != NoPTS {
			if s.key != NoPTS && at > s.key {
				s.gop = max(s.gop, at-s.key)
			}
			s.key = at
		}
		return p, nil
	}
}

// position makes the next packets those that the frames from tick from on need.
func (s *supply) position(ctx context.Context, from int64, dec *Decoder) error {
	first, follows := s.end == math.MinInt64, s.live && from == s.end
	err := s.reach(ctx, from, dec)
	if first || follows {
		s.leaves = false // so the next one is likely to follow this one
	}
	return err
}

func (s *supply) reach(ctx context.Context, from int64, dec *Decoder) error {
	if !s.live || from < s.end {
		return s.seek(ctx, from, dec)
	}
	if from <= s.pos && !s.cold {
		return nil
	}
	if s.pos != NoPTS && from-s.pos <= s.gop {
		found, err := s.ahead(ctx, from, dec)
		if found || err != nil {
			return err
		}
		if !s.cold {
			s.leaves = false // decoding goes on
			return nil
		}
	}
	return s.seek(ctx, from, dec)
}

// seek goes to the last key frame at or before from, and so far before it that nothing
// of the copied audio is missed: containers interleave as they like, and many seek by
// decoding times.
func (s *supply) seek(ctx context.Context, from int64, dec *Decoder) error {
	first := int64(0)
	if s.video.StartPTS != NoPTS {
		first = s.video.StartPTS
	}
	from = max(from, first)
	second := s.video.TimeBase.Ticks(1e9)
	for back := int64(0); ; back = max(2*back, second/2) {
		at := from - back
		last := at <= first
		if last {
			// Some containers go by decoding times, which begin earlier.
			at = first - second
		}
		err := s.dem.seekTicks(at, avformat.SeekBackward)
		if err != nil && last {
			err = s.dem.seekTicks(first, avformat.SeekBackward)
		}
		if err != nil {
			if back == 0 && s.live && from >= s.end && !s.cold {
				return nil // all until there is decoded
			}
			if !errors.Is(err, errClosed) && !errors.Is(err, context.Canceled) {
				err = fmt.Errorf("%w: this container cannot be moved in: take segments in rising order, or copy the stream into another one first: %w", ErrUnsupported, err)
			}
			return err
		}
		if back == 0 {
			s.skip, s.drained = NoPTS, false
			if err := dec.Discard(); err != nil {
				return err
			}
		}
		s.drop()
		s.atEnd, s.key = false, NoPTS
		key, covered, err := s.readAhead(ctx, from, last)
		if err != nil {
			return err
		}
		if key != NoPTS && s.skip == NoPTS {
			s.skip = key
		}
		if key != NoPTS && covered || last {
			s.live, s.end, s.pos, s.guess = true, from, from, key
			s.jumped()
			return nil
		}
	}
}

// readAhead fills the queue until it has a key frame at or before from and the first
// packet of each copied audio stream, but with no more than two seconds of pictures.
// key is the key frame's time, NoPTS if the place is too late; covered says that no
// audio from there on lies before the place; last says that there is nothing before it.
func (s *supply) readAhead(ctx context.Context, from int64, last bool) (key int64, covered bool, err error) {
	const most = 4096
	first, whole := true, s.dem.seeksExactly()
	var firstDTS int64 = NoPTS
	key, covered = NoPTS, true
	seen := make([]bool, len(s.copied)+1)
	missing := 1
	for i := range s.copied {
		if s.copied[i].Type == Audio {
			missing++
		}
	}
	for n := 0; missing > 0 && n < most; n++ {
		p, err := s.fetch(ctx)
		if err == io.EOF {
			break
		}
		if err != nil {
			return NoPTS, false, err
		}
		s.queue = append(s.queue, p.Clone())
		place := s.place[p.Stream]
		if place == 0 {
			if p.DTS != NoPTS {
				if firstDTS == NoPTS {
					firstDTS = p.DTS
				}
				if p.DTS-firstDTS > s.video.TimeBase.Ticks(2e9) {
					break
				}
			}
			if p.Key && !seen[0] {
				if !last && !whole && (first || p.PTS == NoPTS) {
					return NoPTS, false, nil // it may be the rest of a picture, and DTS is a guess
				}
				if stamp(p) == NoPTS || stamp(p) > from {
					return NoPTS, false, nil
				}
				key, seen[0] = stamp(p), true
				missing--
			}
			first = false
			continue
		}
		if seen[place] || s.copied[place-1].Type != Audio {
			continue
		}
		seen[place] = true
		missing--
		if !s.begins(p, &s.copied[place-1], from) {
			covered = false
		}
	}
	return key, covered, nil
}

// begins tells whether no packet of stream a before p can lie at or after from.
func (s *supply) begins(p *Packet, a *StreamInfo, from int64) bool {
	t := stamp(p)
	if t == NoPTS || a.StartPTS != NoPTS && t <= a.StartPTS {
		return true
	}
	at, _ := frame.Rescale(from, s.video.TimeBase, a.TimeBase, frame.RoundDown)
	return t-max(p.Duration, 1) <= at
}

// truncated is an error if the source ended before c did, and before it should.
func (s *supply) truncated(c *cut) error {
	if !s.atEnd && !c.ended || c.over || s.most == NoPTS {
		return nil
	}
	end := s.video.Start + s.video.Duration
	switch f := s.dem.Container().Format; {
	case strings.HasPrefix(f, "mov,"):
	case strings.HasPrefix(f, "matroska,"): // its duration is that of the longest stream
		var h, m int
		var sec float64
		if n, _ := fmt.Sscanf(s.video.Metadata["DURATION"], "%d:%d:%g", &h, &m, &sec); n != 3 {
			return nil
		}
		end = time.Duration(h*60+m)*time.Minute + time.Duration(sec*1e9)
	default:
		return nil // what else claims a duration has estimated it
	}
	if c.to != math.MaxInt64 {
		end = min(end, c.end)
	}
	last := s.video.TimeBase.Duration(s.most)
	if last+truncatedBy >= end {
		return nil
	}
	return fmt.Errorf("%w: the source is cut short: it ends at %v, and should go on until %v", ErrCorrupt, last, end)
}

// truncatedBy is how much a source may be shorter than its header says.
const truncatedBy = 150 * time.Millisecond

// wanted tells whether a picture has to be decoded: those before the key frame that was
// sought for are only there for the audio beside them.
func (s *supply) wanted(p *Packet) bool {
	if s.skip == NoPTS {
		return true
	}
	if p.Key && stamp(p) != NoPTS && stamp(p) >= s.skip {
		s.skip = NoPTS
		return true
	}
	return false
}

// stamp is the presentation time, or what stands for it.
func stamp(p *Packet) int64 {
	if p.PTS == NoPTS {
		return p.DTS
	}
	return p.PTS
}

// seeksExactly tells whether the container's seeks lead to the beginning of a packet.
func (d *Demuxer) seeksExactly() bool {
	switch d.container.Format {
	case "mpeg", "mpegts", "mpegvideo", "h264", "hevc", "m4v", "vc1", "h263", "obu":
		return false
	}
	return true
}
