package codec

import (
	"errors"
	"time"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/internal/abi"
	"github.com/go-nvcodec/nvcodec/nvcuvid"
)

// sessionKey is what a decode session cannot change.
type sessionKey struct {
	context     uintptr
	codec       nvcuvid.Codec
	chroma      nvcuvid.ChromaFormat
	depth       int
	surface     nvcuvid.SurfaceFormat
	deinterlace nvcuvid.DeinterlaceMode
}

// A geometry is the size of the coded pictures of a sequence and of the part of them,
// from the top left corner on, that the hardware puts out; or, if it scales, the part that
// it makes so large.
type geometry struct {
	width, height, outWide, outHi int
	scaled                        part // empty: nothing is
}

// newGeometry has the hardware crop what it crops exactly, so that what is left can be
// copied in one piece: an even size at the corner. Measured on Hopper: other parts
// come out shifted or filtered. Those are cut out of the whole picture by the copy.
func newGeometry(width, height, left, top, outWide, outHi int) geometry {
	if left != 0 || top != 0 || outWide%2 != 0 || outHi%2 != 0 {
		outWide, outHi = width, height
	}
	return geometry{width: width, height: height, outWide: outWide, outHi: outHi}
}

func (g *geometry) scales() bool { return g.scaled != part{} }

func (g *geometry) displayArea() nvcuvid.ShortRect {
	if s := g.scaled; g.scales() {
		return nvcuvid.ShortRect{Left: int16(s.left), Top: int16(s.top), Right: int16(s.left + s.width), Bottom: int16(s.top + s.height)}
	}
	return nvcuvid.ShortRect{Right: int16(g.outWide), Bottom: int16(g.outHi)}
}

// outputSurfaces is how many mapped pictures may wait for their copies, so that no
// call waits for the stream.
const outputSurfaces = 4

// A decodeSession is a session of the hardware, which outlives its decoder: making
// one takes 40 ms, destroying it up to 250, changing its size 0.04.
type decodeSession struct {
	key        sessionKey
	ctx        *cuda.Context // its own reference
	decoder    *nvcuvid.Decoder
	noStatus   bool       // the driver does not tell how decoding went
	toldStatus bool       // that it did not tell was logged
	failed     bool       // not to be used again
	plain      *scheduler // where it counts, while a decoder has it that no reader shares out
	idle       time.Time

	maxWidth, maxHeight, maxSurfaces int // capacity
	geometry                         geometry
	surfaces                         int

	// Mapped pictures whose copies are queued, the oldest at first.
	ring  [outputSurfaces]mappedSurface
	first int
	count int
}

type mappedSurface struct {
	picture int // decode surface that it was made from
	ptr     cuda.DevicePtr
	event   *cuda.Event // behind the copies
}

// A sessionKind is what a session must be able to do.
type sessionKind struct {
	key                 sessionKey
	geometry            geometry
	surfaces            int
	maxWidth, maxHeight int
}

// openSession takes a session from the pool, or makes one. The scheduler counts it,
// unless the share of a reader does.
func (e *nvdecEngine) openSession(k sessionKind) (*decodeSession, error) {
	var plain *scheduler
	if e.cfg.share == nil {
		plain = e.sched
		plain.takeDecoder()
	}
	k.maxWidth, k.maxHeight = max(k.geometry.width, k.geometry.outWide, k.maxWidth), max(k.geometry.height, k.geometry.outHi, k.maxHeight)
	s := sessions.take(k.key, k.maxWidth, k.maxHeight, k.surfaces)
	if s != nil {
		counters.hits.Add(1)
	} else {
		e.sched.makeRoom()
		sessions.begin(e.sched.limit)
		defer sessions.made()
		var err error
		s, err = newSession(e.ctx, k)
		if errors.Is(err, cuda.ErrOutOfMemory) && sessions.evict(e.ctx.Device(), maxSessions) > 0 {
			// Idle sessions held what is needed here.
			sessions.wait()
			s, err = newSession(e.ctx, k)
		}
		if err != nil {
			plain.giveDecoder()
			return nil, err
		}
	}
	s.plain = plain
	return s, nil
}

// maxSessions is more than a device has.
const maxSessions = 1 << 20

func newSession(ctx *cuda.Context, k sessionKind) (*decodeSession, error) {
	key, g := k.key, &k.geometry
	own, err := ctx.Clone()
	if err != nil {
		return nil, err
	}
	s := &decodeSession{
		key: key, ctx: own, geometry: *g, maxWidth: k.maxWidth, maxHeight: k.maxHeight,
		// Some more than this stream needs, so that the next one may fit.
		maxSurfaces: min((k.surfaces+3)&^3, maxSurfaces),
	}
	s.surfaces = s.maxSurfaces
	info := nvcuvid.DecodeCreateInfo{
		Width: abi.CLong(g.width), Height: abi.CLong(g.height), NumDecodeSurfaces: abi.CLong(s.maxSurfaces),
		CodecType: key.codec, ChromaFormat: key.chroma, BitDepthMinus8: abi.CLong(key.depth - 8),
		CreationFlags: abi.CLong(nvcuvid.CreatePreferCUVID),
		MaxWidth:      abi.CLong(k.maxWidth), MaxHeight: abi.CLong(k.maxHeight),
		DisplayArea:  g.displayArea(),
		OutputFormat: key.surface, DeinterlaceMode: key.deinterlace,
		TargetWidth: abi.CLong(g.outWide), TargetHeight: abi.CLong(g.outHi),
		NumOutputSurfaces: outputSurfaces,
	}
	for i := range s.ring {
		if s.ring[i].event, err = own.NewEvent(); err != nil {
			s.destroy()
			return nil, err
		}
	}
	began := creations.begin()
	s.decoder, err = nvcuvid.CreateDecoder(&info)
	creations.end(began, err == nil)
	if err != nil {
		s.destroy()
		counters.failures.Add(1)
		return nil, err
	}
	counters.creations.Add(1)
	counters.open.Add(1)
	counters.bytes.Add(s.bytes())
	return s, nil
}

// fits tells whether the session can be made to serve a sequence.
func (s *decodeSession) fits(key sessionKey, width, height, surfaces int) bool {
	return !s.failed && s.key == key && width <= s.maxWidth && height <= s.maxHeight && surfaces <= s.maxSurfaces
}

// configure makes the session ready for a sequence.
func (s *decodeSession) configure(g geometry, surfaces int) error {
	if s.geometry == g && s.surfaces >= surfaces {
		return nil
	}
	// Mapped pictures do not survive it, and their copies may not have begun.
	if err := s.retire(); err != nil {
		return err
	}
	err := s.decoder.Reconfigure(&nvcuvid.ReconfigureDecoderInfo{
		Width: uint32(g.width), Height: uint32(g.height), TargetWidth: uint32(g.outWide), TargetHeight: uint32(g.outHi),
		NumDecodeSurfaces: uint32(s.maxSurfaces), DisplayArea: g.displayArea(),
	})
	if err != nil {
		s.failed = true
		return err
	}
	counters.reconfigures.Add(1)
	s.geometry, s.surfaces = g, s.maxSurfaces
	return nil
}

// makeRoom makes it possible to map a picture: it gives back the oldest mapped one if
// there can be no more, and those up to the same picture, which cannot be mapped
// twice. Their copies were queued some pictures ago, so that this seldom waits.
func (s *decodeSession) makeRoom(picture int) error {
	n := 0
	if s.count == outputSurfaces {
		n = 1
	}
	for i := range s.count {
		if s.ring[(s.first+i)%outputSurfaces].picture == picture {
			n = i + 1
		}
	}
	for range n {
		if err := s.unmapOldest(); err != nil {
			return err
		}
	}
	return nil
}

func (s *decodeSession) unmapOldest() error {
	m := &s.ring[s.first]
	err := m.event.Synchronize()
	s.first, s.count = (s.first+1)%outputSurfaces, s.count-1
	if err = errors.Join(err, s.decoder.Unmap(m.ptr)); err != nil {
		s.failed = true // it may be mapped for ever
	}
	return err
}

// mapped notes a mapped picture whose copies are queued in the stream.
func (s *decodeSession) mapped(picture int, ptr cuda.DevicePtr, stream *cuda.Stream) error {
	m := &s.ring[(s.first+s.count)%outputSurfaces]
	m.picture, m.ptr = picture, ptr
	s.count++
	return m.event.Record(stream)
}

// retire gives all mapped pictures back, after their copies.
func (s *decodeSession) retire() error {
	var err error
	for s.count > 0 {
		err = errors.Join(err, s.unmapOldest())
	}
	return err
}

// lost asks the driver whether the session's context can still be used. The question is
// cheap, and waits for nothing.
func (s *decodeSession) lost() bool {
	_, err := s.ring[0].event.Query()
	return cuda.Lost(err)
}

// release ends the use by a decoder: the session goes to the pool, or ends.
func (s *decodeSession) release() error {
	s.plain.giveDecoder()
	s.plain = nil
	if err := s.ctx.Enter(); err != nil {
		return errors.Join(err, s.destroy())
	}
	err := s.retire()
	s.ctx.Exit()
	s.failed = s.failed || s.lost()
	switch {
	case !s.ctx.IsPrimary():
		// In a context of the caller's nothing may be left when its decoder is closed.
		if s.failed {
			counters.failures.Add(1)
		}
		return errors.Join(err, s.destroy())
	case s.failed:
		counters.failures.Add(1)
		sessions.abandon(s)
	default:
		sessions.give(s)
	}
	return err
}

// destroy ends the session. It may take 250 ms.
func (s *decodeSession) destroy() error {
	if s.decoder != nil {
		defer counters.open.Add(-1)
		defer counters.bytes.Add(-s.bytes())
	}
	err := s.ctx.Enter()
	entered := err == nil
	err = errors.Join(err, s.decoder.Close()) // also in a context that cannot be entered: nobody tries again
	if entered {
		s.ctx.Exit()
	}
	for i := range s.ring {
		err = errors.Join(err, s.ring[i].event.Close())
	}
	return errors.Join(err, s.ctx.Close())
}
