package codec

import (
	"time"

	"github.com/go-nvcodec/nvcodec/avformat"
	"github.com/go-nvcodec/nvcodec/frame"
)

// describe reads what the container says of itself and its streams.
func (d *Demuxer) describe() error {
	info, err := d.in.Info()
	if err != nil {
		return err
	}
	d.container = ContainerInfo{
		Format: info.Format.Name, LongName: info.Format.LongName,
		Start: micros(info.Start), Duration: micros(info.Duration), BitRate: info.BitRate, Metadata: info.Metadata,
	}
	for _, c := range info.Chapters {
		tb := frame.Rational(c.TimeBase)
		d.container.Chapters = append(d.container.Chapters, Chapter{c.ID, tb.Duration(c.Start), tb.Duration(c.End), c.Metadata})
	}
	for i := range d.in.Streams() {
		s := streamInfo(&d.in.Streams()[i])
		if s.AttachedPicture {
			if s.picture, err = d.in.AttachedPicture(i); err != nil {
				return err
			}
		}
		d.streams = append(d.streams, s)
	}
	return nil
}

func micros(t int64) time.Duration {
	if t == avformat.NoPTS {
		return 0
	}
	return time.Duration(t) * time.Microsecond
}

func streamInfo(a *avformat.Stream) StreamInfo {
	p := a.Parameters
	tb := frame.Rational(a.TimeBase)
	s := StreamInfo{
		Index: a.Index, Type: mediaType(a.Type), Codec: ID(a.Codec), Tag: p.Tag(), Profile: p.Profile(), Level: p.Level(),
		Extradata: p.Extradata(), TimeBase: tb, StartPTS: a.Start, Frames: a.Frames, BitRate: p.BitRate(),
		FrameRate: frame.Rational(a.AvgRate), NominalRate: frame.Rational(a.RealRate),
		Default:         a.Disposition&avformat.DispositionDefault != 0,
		AttachedPicture: a.AttachedPicture(), Metadata: a.Metadata, params: p,
	}
	if a.Codec == "none" {
		s.Codec = ""
	}
	if a.Start != NoPTS {
		s.Start = tb.Duration(a.Start)
	}
	if a.Duration != NoPTS && a.Duration > 0 {
		s.Duration = tb.Duration(a.Duration)
	}
	switch s.Type {
	case Video:
		s.describeVideo(a)
	case Audio:
		s.SampleRate, s.Channels = p.SampleRate(), p.Channels()
	}
	return s
}

func (s *StreamInfo) describeVideo(a *avformat.Stream) {
	p := a.Parameters
	s.Width, s.Height, s.PixelFormat = p.Width(), p.Height(), p.Format()
	if f, err := frame.FormatByName(s.PixelFormat); err == nil {
		s.BitDepth = f.Bits()
		s.Chroma = chromaOf(f)
	}
	s.SAR, s.Color = frame.Rational(a.AspectRatio), colorOf(p.Color())
	s.HDR = containerHDR(p).Merge(HDROf(headerSEI(s.Codec, s.Extradata)))
	s.Reorder = p.VideoDelay()
	s.Rotation = quarterTurns(a.Rotation)
	// libavformat and its parsers cut streams into access units, or fields of one.
	s.WholePictures = true
}

// chromaOf is the subsampling of f: 400, 420, 422, 444, or 0 for another.
func chromaOf(f frame.Format) int {
	x, y := f.ChromaShift()
	switch {
	case f.Family() == frame.FamilyGray:
		return 400
	case x == 1 && y == 1:
		return 420
	case x == 1 && y == 0:
		return 422
	case x == 0 && y == 0:
		return 444
	}
	return 0
}

// quarterTurns rounds degrees to 0, 90, 180 or 270.
func quarterTurns(degrees float64) int {
	return int((degrees+45)/90) % 4 * 90
}

func mediaType(t avformat.MediaType) MediaType {
	switch t {
	case avformat.MediaVideo:
		return Video
	case avformat.MediaAudio:
		return Audio
	case avformat.MediaSubtitle:
		return Subtitle
	case avformat.MediaAttachment:
		return Attachment
	}
	return Data
}
