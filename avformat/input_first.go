package avformat

import (
	"encoding/binary"
	"io"
	"math/bits"
	"os"
	"strings"
)

const (
	packetStart   = 128      // bytes of a packet that a header is looked for in
	clusterStart  = 16 << 10 // bytes of a cluster with the first packet of a video in it, behind some of sound
	maxFirstBlock = 64       // packets
)

// firstBytes reads the beginnings of packets where the file begins to have them, past
// FFmpeg, whose own reading must go on as if nothing had happened.
func (s *input) firstBytes(path, container string, stream uintptr, yield func([]byte) bool) {
	switch {
	case strings.HasPrefix(container, "mov,"):
		if e := s.indexEntry(stream, 0); e != 0 {
			yield(readAt(path, getInt64(e, ff.off.indexEntry.pos), packetStart))
		}
	case strings.HasPrefix(container, "matroska,"):
		// Opening ends behind the identifier of the first cluster.
		const current = 1 // SEEK_CUR
		at := s.call.Begin().Int(getPtr(s.ctx.p, ff.off.formatContext.pb)).Int(0).Int(current).Do(ff.fn.avioSeek)
		firstBlocks(readAt(path, int64(at)-4, clusterStart), yield)
	}
}

func readAt(path string, at int64, n int) []byte {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	b := make([]byte, n)
	if n, err = f.ReadAt(b, at); err != nil && err != io.EOF {
		return nil
	}
	return b[:n]
}

// Elements of Matroska. Specification: RFC 9559, section 5.1.3.
const (
	ebmlCluster     = 0x1F43B675
	ebmlSimpleBlock = 0xA3
	ebmlBlockGroup  = 0xA0
	ebmlBlock       = 0xA1
)

// firstBlocks finds the packets that lie alone in a block, in what begins with a cluster.
func firstBlocks(b []byte, yield func([]byte) bool) {
	id, _, b, ok := ebmlElement(b)
	if !ok || id != ebmlCluster {
		return
	}
	for range maxFirstBlock {
		id, size, in, ok := ebmlElement(b)
		if !ok {
			return
		}
		if id == ebmlBlockGroup {
			b = in
			continue
		}
		if id == ebmlSimpleBlock || id == ebmlBlock {
			data := in[:min(size, uint64(len(in)))]
			// Track number, 16 bits of time, and flags, of which two are for lacing.
			if _, n := ebmlNumber(data); n == 0 || len(data) < n+3 {
				return
			} else if data[n+2]&6 == 0 && !yield(data[n+3:min(len(data), n+3+packetStart)]) {
				return
			}
		}
		if size > uint64(len(in)) {
			return
		}
		b = in[size:]
	}
}

// ebmlElement reads the identifier and the size of an element; in begins with its content.
// Specification: RFC 8794, sections 4 to 6.
func ebmlElement(b []byte) (id uint32, size uint64, in []byte, ok bool) {
	if len(b) == 0 {
		return 0, 0, nil, false
	}
	n := bits.LeadingZeros8(b[0]) + 1
	if n > 4 || len(b) < n {
		return 0, 0, nil, false
	}
	var word [4]byte
	copy(word[4-n:], b[:n])
	id = binary.BigEndian.Uint32(word[:])
	size, k := ebmlNumber(b[n:])
	return id, size, b[n+k:], k > 0
}

// ebmlNumber reads a number of n bytes; n is 0 if there is none.
func ebmlNumber(b []byte) (v uint64, n int) {
	if len(b) == 0 || b[0] == 0 {
		return 0, 0
	}
	n = bits.LeadingZeros8(b[0]) + 1
	if len(b) < n {
		return 0, 0
	}
	var word [8]byte
	copy(word[8-n:], b[:n])
	return binary.BigEndian.Uint64(word[:]) &^ (1 << (7 * n)), n
}
