package codec

import (
	"maps"
	"math"
	"strconv"
	"strings"

	"github.com/go-nvcodec/nvcodec/avformat"
)

// exactStart lets mp4 and mov say when streams begin to the tick. Their edit lists are in
// units of the whole movie, by default 1/1000 s, which moves sound against picture by up
// to a millisecond; here the unit is one that holds every stream's.
func exactStart(opt *avformat.OutputOptions, format string, streams []StreamInfo) {
	const option = "movie_timescale" // from FFmpeg 5 on
	switch strings.ToLower(format) {
	case "mp4", "mov", "m4v", "m4a", "3gp", "3g2", "ipod", "ismv":
	default:
		return
	}
	if v, err := avformat.Load(); err != nil || v.AVFormat.Major < 59 {
		return
	}
	if _, ok := opt.Options[option]; ok {
		return
	}
	scale := 1
	for i := range streams {
		n := trackScale(&streams[i])
		if m := lcm(scale, n); m <= math.MaxInt32 {
			scale = m
		}
	}
	if scale == 1 {
		return
	}
	o := maps.Clone(opt.Options)
	if o == nil {
		o = map[string]string{}
	}
	o[option] = strconv.Itoa(scale)
	opt.Options = o
}

// trackScale is the unit that FFmpeg's muxer gives a track.
func trackScale(s *StreamInfo) int {
	if s.Type == Audio && s.SampleRate > 0 {
		return s.SampleRate
	}
	n := s.TimeBase.Den
	if n <= 0 || n > math.MaxInt32 {
		return 1
	}
	for s.Type == Video && n < 10000 {
		n *= 2
	}
	return n
}

func lcm(a, b int) int {
	x, y := a, b
	for y != 0 {
		x, y = y, x%y
	}
	return a / x * b
}
