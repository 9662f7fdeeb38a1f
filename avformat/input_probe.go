package avformat

import (
	"iter"
	"unsafe"
)

// A KnownVideo is what the headers of a video stream say that FFmpeg would find out by
// decoding. A zero in Color, BitsPerRaw or SampleAspect, and no Profile, leave the
// container's word.
type KnownVideo struct {
	Format       string   // of the pixels: yuv420p
	Delay        int      // pictures that are reordered
	BitsPerRaw   int      // of a sample
	SampleAspect Rational // 0/1 if unknown
	Profile      *int     // the codec's number, with FFmpeg's flags above it; nil leaves the container's word
	Level        int      // 0 leaves the container's word
	Color        Color
}

// A VideoHeader is what a container's header says of a video stream.
type VideoHeader struct {
	Container     string // FFmpeg's names, separated by commas
	Codec         string
	Width, Height int
	Extradata     []byte // valid during the call
	// Packets reads the beginnings of packets, up to 128 bytes of each, for headers that the
	// container's does not repeat: of a regular file of mp4 the stream's first one, of
	// Matroska and WebM the first ones of the file, of any stream. Otherwise there are none.
	// Valid during the call.
	Packets iter.Seq[[]byte]
}

// A probe is the array of dictionaries that avformat_find_stream_info takes, one a
// stream; it leaves in them what no decoder understood.
type probe struct {
	dicts []uintptr
}

// newProbe sets what the caller knows of the streams, and bars FFmpeg from decoding them.
// It would decode up to twenty pictures of H.264, to learn from their order how many are
// reordered: 10 ms with 1080p, 100 with 2160p, for what is written in the header.
func (s *input) newProbe(known func(VideoHeader) (KnownVideo, bool), path string) (*probe, error) {
	p := &probe{}
	if known == nil {
		return p, nil
	}
	n := int(getInt32(s.ctx.p, ff.off.formatContext.nbStreams))
	o := &ff.off.codecParameters
	container, videos := "", 0
	if f := getPtr(s.ctx.p, ff.off.formatContext.iformat); f != 0 {
		container = getString(f, ff.off.inputFormat.name)
	}
	stream := func(i int) uintptr { return word(getPtr(s.ctx.p, ff.off.formatContext.streams), i) }
	video := func(i int) bool {
		return MediaType(getInt32(getPtr(stream(i), ff.off.stream.codecpar), o.codecType)) == MediaVideo
	}
	for i := range n {
		if video(i) {
			videos++
		}
	}
	for i := range n {
		if !video(i) {
			continue
		}
		par := getPtr(stream(i), ff.off.stream.codecpar)
		k, ok := known(VideoHeader{
			Container: container, Codec: codecName(int(getInt32(par, o.codecId))), Width: int(getInt32(par, o.width)), Height: int(getInt32(par, o.height)),
			Extradata: view(getPtr(par, o.extradata), int(getInt32(par, o.extradataSize))),
			Packets: func(yield func([]byte) bool) {
				if path != "" && videos == 1 {
					s.firstBytes(path, container, stream(i), yield)
				}
			},
		})
		if !ok {
			continue
		}
		format, err := pixelFormat(k.Format)
		if err != nil {
			continue // this release has no name for it
		}
		setInt32(par, o.format, int32(format))
		setInt32(par, o.videoDelay, int32(k.Delay))
		if k.SampleAspect != (Rational{}) {
			setRational(par, o.sampleAspectRatio, k.SampleAspect)
		}
		if k.Profile != nil {
			setInt32(par, o.profile, int32(*k.Profile))
		}
		for at, v := range map[offset]int{
			o.colorRange: k.Color.Range, o.colorPrimaries: k.Color.Primaries, o.colorTrc: k.Color.Transfer,
			o.colorSpace: k.Color.Matrix, o.chromaLocation: k.Color.ChromaLocation, o.bitsPerRawSample: k.BitsPerRaw, o.level: k.Level,
		} {
			if v != 0 {
				setInt32(par, at, int32(v))
			}
		}
		// A decoder that is not on the list is not opened. FFmpeg logs that as an error, with
		// the list.
		d, err := newDictionary(map[string]string{"codec_whitelist": noDecoder})
		if err != nil {
			p.free()
			return nil, err
		}
		if p.dicts == nil {
			p.dicts = make([]uintptr, n)
		}
		p.dicts[i] = d.p
	}
	return p, nil
}

// noDecoder is a list of decoders with none in it. Lines with it are not passed on.
const noDecoder = "not needed: the headers tell all"

// ptr is the argument: null if there are no options.
func (p *probe) ptr() unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(p.dicts)) }

func (p *probe) free() {
	for _, d := range p.dicts {
		(&dictionary{p: d}).free()
	}
	p.dicts = nil
}
