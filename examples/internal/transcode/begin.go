package transcode

import (
	"context"
	"fmt"
	"maps"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/examples/internal/part"
	"github.com/go-nvcodec/nvcodec/frame"
)

// begin makes the encoder and the muxer, when the first frame tells what frames are like.
func (r *run) begin(f *frame.Frame) (err error) {
	cfg := r.job.Encoder
	if cfg.TimeBase.Num == 0 {
		cfg.TimeBase = r.video.TimeBase
	}
	if cfg.FrameRate.Num == 0 {
		cfg.FrameRate = rate(r.video)
	}
	r.format, r.width, r.height = f.Format, f.Width, f.Height
	if r.job.Width > 0 && r.job.Height > 0 {
		r.width, r.height = r.job.Width, r.job.Height
	}
	if cfg.Color == (frame.Color{}) {
		cfg.Color = color(f.Color, r.video.Color)
	}
	if r.scale, err = codec.NewScaler(r.width, r.height, r.format, &codec.ScalerConfig{Color: cfg.Color}); err != nil {
		return err
	}
	if cfg.SAR.Num == 0 {
		if f.SAR.Num <= 0 {
			f.SAR = r.video.SAR
		}
		g, err := r.fit(f)
		if err != nil {
			return err
		}
		if cfg.SAR = g.SAR; g != f {
			g.Release()
		}
	}
	cfg.HDR = cfg.HDR.Merge(codec.HDROf(f.SEI)).Merge(r.video.HDR)
	if cfg.Rate == (codec.RateControl{}) && cfg.Tuning != codec.Lossless {
		cfg.Rate.Mode = codec.Quality
	}
	if r.enc, err = codec.NewEncoder(r.width, r.height, r.format, &cfg); err != nil {
		return err
	}
	if !cfg.TimeCode && r.enc.Device() == codec.CPU && r.enc.Stream().Codec == codec.H264 && codec.HasTimeCode(f.SEI) {
		cfg.TimeCode = true // H.264 on the CPU has room for them if it is told before
		r.enc.Close()
		if r.enc, err = codec.NewEncoder(r.width, r.height, r.format, &cfg); err != nil {
			return err
		}
	}
	r.timeCode = cfg.TimeCode
	reason := r.dec.Reason()
	if r.res.Decoder != "" {
		reason = r.res.Decoder
	}
	r.res.Decoder = fmt.Sprintf("%v, because %s", r.dec.Device(), reason)
	r.res.Encoder = fmt.Sprintf("%v, because %s", r.enc.Device(), r.enc.Reason())
	r.res.Ignored = r.enc.Ignored()

	s, err := r.enc.Stream().Carry(r.video)
	if err != nil {
		return err
	}
	mux, container := r.job.Muxer, r.dem.Container()
	if mux.Metadata == nil {
		mux.Metadata = metadata(container.Metadata)
	}
	if mux.Chapters == nil {
		mux.Chapters = container.Chapters
	}
	if r.file, err = part.Create(context.Background(), r.job.Out, &mux, append([]codec.StreamInfo{s}, r.rest...)...); err != nil {
		return err
	}
	for _, p := range r.wait {
		if err := r.copyPacket(p); err != nil {
			return err
		}
	}
	r.wait = nil
	return nil
}

// fit is f itself if it is like the new stream's pictures, else a scaled copy, which the
// caller releases.
func (r *run) fit(f *frame.Frame) (*frame.Frame, error) {
	if f.Format == r.format && f.Width == r.width && f.Height == r.height {
		return f, nil
	}
	return r.scale.Scale(f)
}

// rate is what the encoder's rate control works with; times are the source's own.
func rate(s codec.StreamInfo) frame.Rational {
	for _, r := range []frame.Rational{s.FrameRate, s.NominalRate} {
		if r.Num > 0 && r.Den > 0 && r.Float64() >= 0.1 && r.Float64() <= 1000 {
			return r
		}
	}
	return frame.Rational{Num: 30, Den: 1}
}

// color is what the frames say, and the container where they do not.
func color(c, container frame.Color) frame.Color {
	if c.Primaries == 0 || c.Primaries == frame.PrimariesUnspecified {
		c.Primaries = container.Primaries
	}
	if c.Transfer == 0 || c.Transfer == frame.TransferUnspecified {
		c.Transfer = container.Transfer
	}
	if c.Matrix == frame.MatrixUnspecified {
		c.Matrix = container.Matrix
	}
	if c.Range == frame.RangeUnspecified {
		c.Range = container.Range
	}
	if c.ChromaLocation == frame.ChromaUnspecified {
		c.ChromaLocation = container.ChromaLocation
	}
	return c
}

// metadata is the source's, without what describes the old file itself.
func metadata(m map[string]string) map[string]string {
	m = maps.Clone(m)
	for _, k := range []string{"major_brand", "minor_version", "compatible_brands", "encoder", "ENCODER", "duration"} {
		delete(m, k)
	}
	return m
}
