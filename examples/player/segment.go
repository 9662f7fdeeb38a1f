package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/go-nvcodec/nvcodec/codec"
)

// A query is what a player asks for.
type query struct {
	at, length time.Duration // from the first frame on; a length of 0 is the rest
	codec      codec.ID
	audio      bool
	session    string
}

var (
	seconds     = regexp.MustCompile(`^[0-9]{1,9}(\.[0-9]{1,12})?$`)
	sessionName = regexp.MustCompile(`^[a-zA-Z0-9]{1,32}$`)
)

// maxLength is the longest segment that a player may name.
const maxLength = 60 * time.Second

func parseQuery(r *http.Request) (q query, err error) {
	v := r.URL.Query()
	duration := func(name string) time.Duration {
		text := v.Get(name)
		if text == "" {
			return 0
		}
		if !seconds.MatchString(text) {
			err = cmp.Or(err, badRequest("%s=%q: seconds are wanted, such as 12.5", name, text))
			return 0
		}
		whole, part, _ := strings.Cut(text, ".")
		sec, _ := strconv.ParseInt(whole, 10, 64)
		ns, _ := strconv.ParseInt((part + "000000000")[:9], 10, 64)
		return time.Duration(sec)*time.Second + time.Duration(ns)
	}
	q = query{at: duration("t"), length: duration("d"), codec: codec.ID(cmp.Or(v.Get("video"), "h264")), audio: v.Get("audio") == "1", session: v.Get("session")}
	switch {
	case err != nil:
	case q.length > maxLength:
		err = badRequest("d=%v is longer than %v; leave it out for the rest of the video", q.length, maxLength)
	case q.codec != codec.H264 && q.codec != codec.AV1:
		err = badRequest("video=%q: h264 or av1", v.Get("video"))
	case q.session != "" && !sessionName.MatchString(q.session):
		err = badRequest("session: up to 32 letters and digits")
	}
	return q, err
}

// A part is what is sent: frames whose times lie in [from, to) on the source's time line.
type part struct {
	from, to time.Duration
	at, end  time.Duration // the same from the first frame on
	last     bool
}

// segmentOf finds the part that a query asks for: it begins with the frame that is shown
// at that time, and ends where the next one begins.
func (d *description) segmentOf(q query) (part, error) {
	length := time.Duration(d.Duration * float64(time.Second))
	p := part{from: d.start + q.at, at: q.at}
	end := time.Duration(1<<63 - 1)
	if q.length > 0 {
		end = q.at + q.length
	}
	if !d.timed { // as the transcoder counts them
		p.last = end >= length
		p.end = min(end, max(length, q.at+time.Second/10))
		p.to = d.start + end
		if p.last {
			p.to = 1<<63 - 1
		}
		return p, nil
	}
	i, err := d.index.IndexAt(p.from)
	if err != nil {
		return p, fmt.Errorf("%w: the video has %v", err, length)
	}
	p.from = d.index.Time(i)
	p.at = p.from - d.start
	p.to, p.end, p.last = 1<<63-1, length, true
	if q.length > 0 && end < length {
		j, err := d.index.IndexAt(d.start + end)
		if err == nil {
			if j <= i {
				j = i + 1 // at least one frame
			}
			if j < d.index.Len() {
				p.to, p.last = d.index.Time(j), false
				p.end = p.to - d.start
			}
		}
	}
	return p, nil
}

// segment sends a part of a video as fragmented mp4, whose times are those of the video
// from its first frame on. What it is stands in the headers: Nvcodec-Start and
// Nvcodec-End in seconds, the latter the place for the next request; Nvcodec-Last.
func (s *server) segment(w http.ResponseWriter, r *http.Request) error {
	v, err := s.video(r)
	if err != nil {
		return err
	}
	q, err := parseQuery(r)
	if err != nil {
		return err
	}
	if r.Method == http.MethodHead {
		w.Header().Set("Allow", "GET")
		return &statusError{status: http.StatusMethodNotAllowed, err: errors.New("a segment is made while it is sent: ask with GET")}
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(s.base, cancel)()
	d, err := s.describeOnce(ctx, v)
	if err != nil {
		return err
	}
	q.audio = q.audio && d.sound.kind != ""
	p, err := d.segmentOf(q)
	if err != nil {
		return err
	}
	key := fmt.Sprintf("%s %s %v %s", q.session, q.codec, q.audio, v.ID())
	if q.session == "" { // one request alone
		key = fmt.Sprintf("%p", r)
	}
	return s.sessions.do(ctx, key, func(ctx context.Context, ss *session) error {
		if ss.tr == nil {
			if err := ss.open(s, v, d, q); err != nil {
				return err
			}
		}
		begun, err := s.send(ctx, w, ss, d, q, p)
		if errors.Is(err, codec.ErrUnsupported) && !begun {
			// A container that cannot be moved in is read from its start.
			if err = ss.open(s, v, d, q); err == nil {
				begun, err = s.send(ctx, w, ss, d, q, p)
			}
		}
		if err != nil && !errors.Is(err, codec.ErrCorrupt) || q.session == "" {
			ss.close()
		}
		switch {
		case err == nil, begun && errors.Is(err, codec.ErrCorrupt): // its pictures were sent
			return nil
		case begun:
			if ctx.Err() == nil {
				s.cfg.log.Printf("%s: %v", v.Name, err)
			}
			panic(http.ErrAbortHandler) // it must not look whole
		}
		return err
	})
}

// send transcodes a part. begun says that its beginning was sent, so that no error can be.
func (s *server) send(ctx context.Context, w http.ResponseWriter, ss *session, d *description, q query, p part) (begun bool, err error) {
	streams, err := ss.tr.Streams()
	if err != nil {
		return false, err
	}
	kind, err := videoType(streams[0])
	if err != nil {
		return false, err
	}
	options := map[string]string{
		// Times as they are, from the first fragment on: players ignore edit lists.
		"movflags": "frag_discont", "use_editlist": "0", "avoid_negative_ts": "disabled",
		"output_ts_offset": strconv.FormatFloat(p.at.Seconds(), 'f', 6, 64),
		"frag_duration":    "400000", // so often something is sent, in microseconds
	}
	if q.audio {
		kind += ", " + d.sound.kind
		options["strict"] = "experimental" // what older FFmpegs call FLAC and Opus
		if d.sound.bare {
			options["movflags"] += "+delay_moov"
		}
	}
	ctl := http.NewResponseController(w)
	out := &sink{w: w, before: func() {
		h := w.Header()
		h.Set("Content-Type", `video/mp4; codecs="`+kind+`"`)
		h.Set("Cache-Control", "no-store")
		h.Set("Nvcodec-Start", decimal(p.at))
		h.Set("Nvcodec-End", decimal(p.end))
		h.Set("Nvcodec-Last", strconv.FormatBool(p.last))
		dev, why := ss.tr.Decoder()
		h.Set("Nvcodec-Decoder", fmt.Sprintf("%v, because %s", dev, line(why)))
		dev, why = ss.tr.Encoder()
		h.Set("Nvcodec-Encoder", fmt.Sprintf("%v, because %s", dev, line(why)))
	}}
	// Who does not take what is sent holds a transcoder that others wait for.
	deadline := func(at time.Time) error { return unlessUnsupported(ctl.SetWriteDeadline(at)) }
	out.each = func() error { return cmp.Or(unlessUnsupported(ctl.Flush()), deadline(time.Now().Add(stalled))) }
	if err := deadline(time.Now().Add(stalled)); err != nil {
		return false, err
	}
	defer func() { _ = deadline(time.Time{}) }() // the connection may go on
	m, err := codec.NewMuxer(out, &codec.MuxerConfig{Format: "mp4", Fragmented: true, Options: options}, streams...)
	if err != nil {
		return false, err
	}
	err = ss.tr.Segment(ctx, m, p.from, p.to)
	if err != nil && !errors.Is(err, codec.ErrCorrupt) {
		_ = m.Abort()
		return out.begun, err
	}
	return out.begun, cmp.Or(m.Close(), err)
}

// unlessUnsupported leaves out that a ResponseWriter is a plain one.
func unlessUnsupported(err error) error {
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}

// stalled is how long a client may take nothing of what is sent.
const stalled = 30 * time.Second

// decimal is a time in seconds, exactly.
func decimal(d time.Duration) string {
	return fmt.Sprintf("%d.%09d", d/time.Second, d%time.Second)
}

// line makes a text fit for a header.
func line(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return ' '
		}
		return r
	}, s)
}

func (s *server) watchPage(w http.ResponseWriter, r *http.Request) error {
	v, err := s.video(r)
	if err != nil {
		return err
	}
	d, err := s.describeOnce(r.Context(), v)
	if err != nil {
		return err
	}
	s.page(w, http.StatusOK, "watch.html", map[string]any{"Video": v, "Info": d.info, "AudioType": d.sound.kind, "Length": decimal(time.Duration(d.Duration * float64(time.Second)))})
	return nil
}
