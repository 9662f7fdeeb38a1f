package codec

import (
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// A faultJob is something that a program does with the driver, from its first object to
// the last Close. It returns what it made of it, which is always the same, and all errors,
// those of Close included. It gives back all that it has, whatever happens.
type faultJob struct {
	name string
	run  func(dir string) (string, error)
}

// byNumber tells that a job has a SimpleDecoder, which decodes damaged frames anew.
func (j *faultJob) byNumber() bool { return j.name == "random" || j.name == "batch" }

var faultJobs = []faultJob{
	{"decode", func(string) (string, error) { return faultDecode("h264.mkv", DecoderConfig{}) }},
	{"host", func(string) (string, error) {
		return faultDecode("h264-resize.ts", DecoderConfig{DeviceConfig: DeviceConfig{Memory: frame.Host}})
	}},
	{"convert", func(string) (string, error) {
		return faultDecode("vp9.webm", DecoderConfig{Output: frame.RGB24, Conversion: frame.Conversion{Width: 64, Height: 48}})
	}},
	{"random", func(string) (string, error) { return faultRandom() }},
	{"threaded", func(string) (string, error) { return faultThreaded() }},
	{"encode", func(string) (string, error) { return faultEncode() }},
	{"transcode", faultTranscode},
	{"batch", func(string) (string, error) { return faultBatch() }},
	{"reconfigure", func(string) (string, error) { return faultReconfigure() }},
}

func faultOpen(clip string) (*Demuxer, error) {
	return Open(context.Background(), filepath.Join(testutils.Root(), "testdata", clip), nil)
}

// A faultSum is made of frames and packets.
type faultSum struct {
	n       int
	corrupt int
	sums    []byte
}

func (s *faultSum) add(f *frame.Frame) error {
	b, err := f.AppendBytes(nil)
	if f.Corrupt {
		s.corrupt++
	}
	f.Release()
	sum := md5.Sum(b)
	s.n, s.sums = s.n+1, append(s.sums, sum[:]...)
	return err
}

func (s *faultSum) String() string {
	return fmt.Sprintf("%d, %d corrupt, %x", s.n, s.corrupt, md5.Sum(s.sums))
}

func faultDecode(clip string, cfg DecoderConfig) (_ string, err error) {
	dem, err := faultOpen(clip)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, dem.Close()) }()
	cfg.Device = GPU(0)
	dec, err := NewDecoder(dem.Stream(), &cfg)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, dec.Close(), dec.Close()) }()
	var s faultSum
	for f, err := range dec.Frames(dem.Packets()) {
		if err != nil {
			return s.String(), err
		}
		if err := s.add(f); err != nil {
			return s.String(), err
		}
	}
	return s.String(), nil
}

func faultRandom() (_ string, err error) {
	dem, err := faultOpen("h264-opengop.mp4")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, dem.Close()) }()
	cfg := SimpleDecoderConfig{Parallel: 2}
	cfg.Device = GPU(0)
	dec, err := NewSimpleDecoder(dem, &cfg)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, dec.Close(), dec.Close()) }()
	var s faultSum
	for _, i := range []int{dec.Len() / 2, 0, dec.Len() - 1} {
		f, err := dec.At(i)
		if err != nil {
			return s.String(), err
		}
		if err := s.add(f); err != nil {
			return s.String(), err
		}
	}
	for f, err := range dec.FramesAt([]int{1, dec.Len() - 2, dec.Len() / 2}) {
		if err != nil {
			return s.String(), err
		}
		if err := s.add(f); err != nil {
			return s.String(), err
		}
	}
	return s.String(), nil
}

func faultThreaded() (_ string, err error) {
	var s faultSum
	dem, err := faultOpen("hevc.mp4")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, dem.Close()) }()
	next, err := faultOpen("h264.mkv")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, next.Close()) }()
	cfg := ThreadedDecoderConfig{Buffer: 4}
	cfg.Device = GPU(0)
	dec, err := NewThreadedDecoder(dem, &cfg)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, dec.Close(), dec.Close()) }()
	dst := make([]*frame.Frame, 3)
	read := func() error {
		for {
			n, err := dec.Read(context.Background(), dst)
			var bad error
			for _, f := range dst[:n] {
				bad = errors.Join(bad, s.add(f))
			}
			if bad != nil {
				return bad
			}
			if err != nil {
				return err
			}
		}
	}
	if err := read(); err != io.EOF {
		return s.String(), err
	}
	if err := dec.Reset(next); err != nil {
		return s.String(), err
	}
	if err := read(); err != io.EOF {
		return s.String(), err
	}
	return s.String(), nil
}

func faultEncode() (_ string, err error) {
	const w, h = 256, 192
	cfg := EncoderConfig{Preset: P1, BFrames: ptr(0), Tuning: LowLatency}
	enc, err := NewEncoder(w, h, frame.NV12, on(GPU(1), cfg))
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, enc.Close(), enc.Close()) }()
	var s faultSum
	add := func(list []*Packet) {
		for _, p := range list {
			sum := md5.Sum(p.Data)
			s.n, s.sums = s.n+1, append(s.sums, sum[:]...)
		}
	}
	for i := range 6 {
		b := make([]byte, w*h*3/2)
		for j := range b {
			b[j] = byte(i*j + j/w)
		}
		f, err := frame.FromHost(frame.NV12, w, h, b)
		if err != nil {
			return "", err
		}
		f.PTS = int64(i)
		list, err := enc.Encode(f, nil)
		f.Release()
		if err != nil {
			return s.String(), err
		}
		add(list)
	}
	list, err := enc.Drain()
	add(list)
	return s.String(), err
}

// faultTranscode decodes and encodes in the device's memory.
func faultTranscode(dir string) (_ string, err error) {
	path := filepath.Join(dir, "out.mp4")
	defer os.Remove(path)
	dem, err := faultOpen("h264.mkv")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, dem.Close()) }()
	cfg := TranscoderConfig{Encoder: *on(GPU(1), EncoderConfig{Preset: P1, BFrames: ptr(0)})}
	cfg.Decoder.Device = GPU(1)
	tr, err := NewTranscoder(dem, &cfg)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, tr.Close(), tr.Close()) }()
	err = tr.WriteFile(context.Background(), path, nil)
	b, missing := os.ReadFile(path) // it is there, and whole, if no more than pictures were damaged
	if err == nil {
		err = missing
	}
	if missing != nil {
		return "", err
	}
	return fmt.Sprintf("%d bytes, %x", len(b), md5.Sum(b)), err
}

// faultBatch makes tensors of frames, in the device's memory and in the host's.
func faultBatch() (_ string, err error) {
	dem, err := faultOpen("vp9.webm")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, dem.Close()) }()
	cfg := SimpleDecoderConfig{Parallel: 1}
	cfg.Device = GPU(0)
	dec, err := NewSimpleDecoder(dem, &cfg)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, dec.Close()) }()
	ctx, err := cuda.Primary(0)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, ctx.Close()) }()
	var s faultSum
	for _, where := range []*cuda.Context{ctx, nil} {
		if err := faultFill(where, dec, &s); err != nil {
			return s.String(), err
		}
	}
	return s.String(), nil
}

// faultFill adds a batch to a sum. It reads its list to the end: what is decoded for one
// that is left early nobody asks for.
func faultFill(ctx *cuda.Context, dec *SimpleDecoder, s *faultSum) (err error) {
	list := []int{3, 0, 9}
	pool, err := frame.NewBatchPool(ctx, &frame.BatchConfig{Len: len(list), Width: 32, Height: 32, Type: frame.Float16})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	b, err := pool.Get(nil)
	if err != nil {
		return err
	}
	defer b.Release()
	for f, err := range dec.FramesAt(list) {
		if err != nil {
			return err
		}
		err = b.Put(s.n%len(list), f)
		if f.Corrupt {
			s.corrupt++
		}
		s.n++
		f.Release()
		if err != nil {
			return err
		}
	}
	dl, err := b.DLPack(nil)
	if err != nil {
		return err
	}
	frame.DeleteDLPack(dl, false)
	data, err := b.AppendBytes(nil)
	sum := md5.Sum(data)
	s.sums = append(s.sums, sum[:]...)
	return err
}

// faultReconfigure encodes frames in the device's memory, at two rates.
func faultReconfigure() (_ string, err error) {
	const w, h = 256, 192
	cfg := EncoderConfig{Preset: P1, BFrames: ptr(0), Tuning: LowLatency, Codec: HEVC}
	enc, err := NewEncoder(w, h, frame.NV12, on(GPU(1), cfg))
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, enc.Close()) }()
	ctx, err := cuda.Primary(1)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, ctx.Close()) }()
	pool, err := frame.NewDevicePool(ctx, frame.NV12, w, h, nil)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	var s faultSum
	add := func(list []*Packet) {
		for _, p := range list {
			sum := md5.Sum(p.Data)
			s.n, s.sums = s.n+1, append(s.sums, sum[:]...)
		}
	}
	for i := range 6 {
		if i == 3 {
			r := enc.Rate()
			r.BitRate /= 2
			if err := enc.Reconfigure(Reconfiguration{Rate: &r, ForceIDR: true}); err != nil {
				return s.String(), err
			}
		}
		list, err := faultUpload(enc, pool, i, w, h)
		if err != nil {
			return s.String(), err
		}
		add(list)
	}
	list, err := enc.Drain()
	add(list)
	return s.String(), err
}

// faultUpload encodes picture i from a frame of a pool.
func faultUpload(enc *Encoder, pool *frame.DevicePool, i, w, h int) ([]*Packet, error) {
	b := make([]byte, w*h*3/2)
	for j := range b {
		b[j] = byte(i*j + j/w)
	}
	host, err := frame.FromHost(frame.NV12, w, h, b)
	if err != nil {
		return nil, err
	}
	defer host.Release()
	f, err := pool.Get(nil)
	if err != nil {
		return nil, err
	}
	defer f.Release()
	if err := host.CopyTo(f); err != nil {
		return nil, err
	}
	f.PTS = int64(i)
	return enc.Encode(f, nil)
}
