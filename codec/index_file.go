package codec

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"time"

	"github.com/go-nvcodec/nvcodec/frame"
)

// A saved index: the magic, a version, numbers in variable length (those that usually
// rise as differences), and a CRC-32C of all of it at the end.
const (
	indexMagic   = "nvcodec index\x00"
	indexVersion = 1
)

var errIndexFormat = errors.New("damaged, or not an index")

// MarshalBinary returns the index in a form that UnmarshalBinary and ReadIndex of this
// and all later versions of the package read: some 20 bytes a packet.
func (x *Index) MarshalBinary() ([]byte, error) {
	w := indexWriter{b: make([]byte, 0, 256+24*len(x.packets))}
	w.b = append(append(w.b, indexMagic...), indexVersion)
	i := &x.info
	w.bytes([]byte(i.Codec))
	for _, v := range []int{i.Stream, i.TimeBase.Num, i.TimeBase.Den, i.Width, i.Height, i.Learned} {
		w.int(int64(v))
	}
	w.int(int64(i.Length))
	w.flag(i.Cut)
	w.uint(uint64(len(x.sets)))
	for _, s := range x.sets {
		w.bytes(s)
	}
	w.uint(uint64(len(x.packets)))
	var last indexPacket
	for k := range x.packets {
		p := &x.packets[k]
		w.uint(uint64(p.mark))
		w.b = append(w.b, p.shows)
		w.time(p.pts, &last.pts)
		w.time(p.dts, &last.dts)
		w.delta(p.pos, &last.pos)
		w.delta(p.duration, &last.duration)
		w.uint(uint64(p.size))
		w.b = binary.LittleEndian.AppendUint32(w.b, p.sum)
		w.int(int64(p.frame - last.frame))
		last.frame = p.frame
	}
	w.uint(uint64(len(x.frames)))
	var packet int64
	for k := range x.frames {
		f := &x.frames[k]
		w.delta(int64(f.packet), &packet)
		w.int(int64(f.last - f.packet))
		w.uint(uint64(f.entry))
		w.flag(f.key)
		pts := x.packets[f.packet].pts
		w.flag(pts == f.pts)
		if pts != f.pts {
			w.time(f.pts, &pts)
		}
	}
	w.uint(uint64(len(x.entries)))
	for _, e := range x.entries {
		w.uint(uint64(e.packet))
		w.uint(uint64(e.sets))
	}
	return binary.LittleEndian.AppendUint32(w.b, crc32.Checksum(w.b, castagnoli)), nil
}

// WriteTo writes what MarshalBinary returns.
func (x *Index) WriteTo(w io.Writer) (int64, error) {
	b, err := x.MarshalBinary()
	if err != nil {
		return 0, err
	}
	n, err := w.Write(b)
	return int64(n), err
}

// ReadIndex reads a saved index, to the end of r. What is not one gives an error that
// matches ErrCorrupt.
func ReadIndex(r io.Reader) (*Index, error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, opError("read index", err)
	}
	x := new(Index)
	return x, x.UnmarshalBinary(b)
}

// UnmarshalBinary makes x the index that was saved. It takes no more memory than some
// times the length of data, whatever that says.
func (x *Index) UnmarshalBinary(data []byte) error {
	n, err := decodeIndex(data)
	if err != nil {
		return opError("read index", fmt.Errorf("%w: %w", ErrCorrupt, err))
	}
	*x = *n
	return nil
}

func decodeIndex(data []byte) (*Index, error) {
	end := len(data) - 4
	if end <= len(indexMagic) || string(data[:len(indexMagic)]) != indexMagic {
		return nil, errIndexFormat
	}
	if v := data[len(indexMagic)]; v != indexVersion {
		return nil, fmt.Errorf("%w: version %d of the format; this package knows %d", ErrUnsupported, v, indexVersion)
	}
	if crc32.Checksum(data[:end], castagnoli) != binary.LittleEndian.Uint32(data[end:]) {
		return nil, fmt.Errorf("%w: wrong checksum", errIndexFormat)
	}
	r := indexReader{b: data[len(indexMagic)+1 : end]}
	x := new(Index)
	x.read(&r)
	if r.bad || len(r.b) > 0 {
		return nil, errIndexFormat
	}
	if err := x.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", errIndexFormat, err)
	}
	x.finish()
	return x, nil
}

func (x *Index) read(r *indexReader) {
	i := &x.info
	i.Codec = ID(r.bytes())
	i.Stream, i.TimeBase = r.small(), frame.Rational{Num: r.small(), Den: r.small()}
	i.Width, i.Height, i.Learned = r.small(), r.small(), r.small()
	i.Length = time.Duration(r.int())
	i.Cut = r.flag()
	x.sets = make([][]byte, r.count(1))
	for k := range x.sets {
		x.sets[k] = append([]byte(nil), r.bytes()...)
	}
	x.packets = make([]indexPacket, r.count(12))
	var last indexPacket
	for k := range x.packets {
		p := &x.packets[k]
		p.mark, p.shows = packetMark(r.uint()), r.byte()
		p.pts, p.dts = r.time(&last.pts), r.time(&last.dts)
		p.pos, p.duration = r.delta(&last.pos), r.delta(&last.duration)
		p.size, p.sum = uint32(r.uint()), r.fixed()
		p.frame = last.frame + int32(r.int())
		last.frame = p.frame
	}
	x.frames = make([]indexFrame, r.count(5))
	var packet int64
	for k := range x.frames {
		f := &x.frames[k]
		f.packet = int32(r.delta(&packet))
		f.last = f.packet + int32(r.int())
		f.entry, f.key = int32(r.uint()), r.flag()
		if f.packet < 0 || int(f.packet) >= len(x.packets) {
			r.bad = true
			return
		}
		f.pts = x.packets[f.packet].pts
		if pts := f.pts; !r.flag() {
			f.pts = r.time(&pts)
		}
	}
	x.entries = make([]indexEntry, r.count(2))
	for k := range x.entries {
		x.entries[k] = indexEntry{packet: int32(r.uint()), sets: int32(r.uint())}
	}
}

// check holds everything that decoding relies on.
func (x *Index) check() error {
	i := &x.info
	n := int32(len(x.packets))
	switch {
	case i.TimeBase.Num <= 0 || i.TimeBase.Den <= 0:
		return fmt.Errorf("time base %v", i.TimeBase)
	case n == 0, len(x.entries) == 0, x.entries[0].packet != 0 && len(x.frames) > 0 && x.frames[0].entry < 0:
		return errors.New("nothing in it")
	case i.Learned < 0 || i.Learned > len(x.frames):
		return errors.New("learned frames")
	}
	for k := range x.packets {
		p := &x.packets[k]
		if p.frame < -1 || int(p.frame) >= len(x.frames) || p.mark > markAll || p.duration < 0 || p.frame < 0 && p.shows > 0 {
			return fmt.Errorf("packet %d", k)
		}
	}
	for k, e := range x.entries {
		if e.packet < 0 || e.packet >= n || e.sets < 0 || int(e.sets) > len(x.sets) || k > 0 && e.packet <= x.entries[k-1].packet {
			return fmt.Errorf("entry %d", k)
		}
	}
	for k := range x.frames {
		f := &x.frames[k]
		if f.packet < 0 || f.packet >= n || f.last < f.packet || f.last >= n || f.entry < 0 || int(f.entry) >= len(x.entries) ||
			x.entries[f.entry].packet > f.packet || x.packets[f.packet].shows == 0 || int(x.packets[f.packet].frame) > k {
			return fmt.Errorf("frame %d", k)
		}
	}
	return nil
}

type indexWriter struct{ b []byte }

func (w *indexWriter) uint(v uint64) { w.b = binary.AppendUvarint(w.b, v) }
func (w *indexWriter) int(v int64)   { w.b = binary.AppendVarint(w.b, v) }

func (w *indexWriter) flag(v bool) {
	if v {
		w.b = append(w.b, 1)
	} else {
		w.b = append(w.b, 0)
	}
}

func (w *indexWriter) bytes(b []byte) {
	w.uint(uint64(len(b)))
	w.b = append(w.b, b...)
}

// delta writes v as its distance from the last one.
func (w *indexWriter) delta(v int64, last *int64) {
	w.int(v - *last) // wraps, and back when it is read
	*last = v
}

// time writes a time that may be unknown.
func (w *indexWriter) time(v int64, last *int64) {
	w.flag(v != NoPTS)
	if v != NoPTS {
		w.delta(v, last)
	}
}

// An indexReader reads what indexWriter wrote. At the end of the data, everything is 0
// and bad is set.
type indexReader struct {
	b   []byte
	bad bool
}

func (r *indexReader) uint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *indexReader) int() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

// small is an int of at most 32 bits.
func (r *indexReader) small() int {
	v := r.int()
	if v != int64(int32(v)) {
		r.bad = true
		return 0
	}
	return int(v)
}

func (r *indexReader) byte() byte {
	if len(r.b) == 0 {
		r.bad = true
		return 0
	}
	v := r.b[0]
	r.b = r.b[1:]
	return v
}

func (r *indexReader) flag() bool { return r.byte() != 0 }

func (r *indexReader) fixed() uint32 {
	if len(r.b) < 4 {
		r.bad, r.b = true, nil
		return 0
	}
	v := binary.LittleEndian.Uint32(r.b)
	r.b = r.b[4:]
	return v
}

// bytes is a view of the data.
func (r *indexReader) bytes() []byte {
	n := r.uint()
	if n > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return nil
	}
	v := r.b[:n]
	r.b = r.b[n:]
	return v
}

// count is a number of things that take at least size bytes each.
func (r *indexReader) count(size int) int {
	n := r.uint()
	if n > uint64(len(r.b)/size) {
		r.bad, r.b = true, nil
		return 0
	}
	return int(n)
}

func (r *indexReader) delta(last *int64) int64 {
	*last += r.int()
	return *last
}

func (r *indexReader) time(last *int64) int64 {
	if !r.flag() {
		return NoPTS
	}
	return r.delta(last)
}
