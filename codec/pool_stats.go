package codec

import (
	"sync/atomic"

	"github.com/go-nvcodec/nvcodec/nvcuvid"
)

// DecoderCacheStats says what the process's decode sessions of the hardware did and
// are. The first group counts since the program began.
type DecoderCacheStats struct {
	Hits         int64 // idle sessions that were used again
	Creations    int64 // sessions made, each in some 40 ms
	Reconfigures int64 // changes of size in a session, each in some 0.04 ms
	Evictions    int64 // idle sessions that ended to make room for others
	Failures     int64 // sessions that could not be made, or that ended because of an error

	Open int // sessions there are: in use, idle, or ending in the background
	Idle int // of them, those that wait for a decoder
	// Bytes is the device memory of the open sessions' pictures, computed from what they
	// were made for. The driver takes some more beside them.
	Bytes int64
}

// CacheStats reads the counters of the process's decode sessions. Any goroutine may
// call it.
func CacheStats() DecoderCacheStats {
	c := &counters
	s := DecoderCacheStats{
		Hits: c.hits.Load(), Creations: c.creations.Load(), Reconfigures: c.reconfigures.Load(),
		Evictions: c.evictions.Load(), Failures: c.failures.Load(),
		Open: int(c.open.Load()), Bytes: c.bytes.Load(),
	}
	sessions.mu.Lock()
	s.Idle = len(sessions.idle)
	sessions.mu.Unlock()
	return s
}

// counters are those of all pools: sessions move between pools and decoders.
var counters struct {
	hits, creations, reconfigures, evictions, failures atomic.Int64

	open, bytes atomic.Int64
}

// bytes is what the pictures of a session take on the device.
func (s *decodeSession) bytes() int64 {
	width, height := int64(s.maxWidth+15)&^15, int64(s.maxHeight+15)&^15
	return width * height * halfSamples[s.key.surface] / 2 * int64(s.maxSurfaces+outputSurfaces)
}

// halfSamples is the number of bytes that two pixels take.
var halfSamples = [...]int64{
	nvcuvid.SurfaceNV12: 3, nvcuvid.SurfaceP016: 6,
	nvcuvid.SurfaceYUV444: 6, nvcuvid.SurfaceYUV444x16: 12,
	nvcuvid.SurfaceNV16: 4, nvcuvid.SurfaceP216: 8,
}
