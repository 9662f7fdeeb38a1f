package codec

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/frame"
)

// tensor converts frames and shows them to others, by every interface.
func (w *loadWorker) tensor() (err error) {
	c := w.clip()
	dem, err := w.open(context.Background(), c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dem.Close()) }()
	cfg := w.config()
	cfg.Output = []frame.Format{frame.RGB24, frame.GBRPF16, frame.GBRPF32}[w.IntN(3)]
	cfg.Conversion = frame.Conversion{Width: 96, Height: 64, Filter: []frame.Filter{frame.Bilinear, frame.Area}[w.IntN(2)]}
	dec, err := NewDecoder(dem.Stream(), &cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dec.Close()) }()
	n := 0
	for f, err := range dec.Frames(dem.Packets()) {
		if err != nil {
			return err
		}
		if err := w.export(f); err != nil {
			return fmt.Errorf("%s: frame %d: %w", c.name, n, err)
		}
		if n++; n == 10 {
			break
		}
	}
	if n == 0 {
		return fmt.Errorf("%s: no frames", c.name)
	}
	return nil
}

// export gives a frame away.
func (w *loadWorker) export(f *frame.Frame) error {
	defer f.Release()
	t, err := f.Tensor()
	if err != nil {
		return err
	}
	defer t.Release()
	dl, err := t.DLPack(nil)
	if err != nil {
		return err
	}
	frame.DeleteDLPack(dl, false)
	b, err := t.AppendBytes(nil)
	if err == nil && len(b) < 96*64*3 {
		err = fmt.Errorf("a tensor of %d bytes", len(b))
	}
	return err
}

// batch fills a tensor of several pictures with frames of a list.
func (w *loadWorker) batch() error {
	return w.simple(0, func(c *loadClip, s *SimpleDecoder) (err error) {
		var ctx *cuda.Context
		if n, ok := s.Device().Ordinal(); ok && s.cfg.Memory != frame.Host {
			if ctx, err = cuda.Primary(cuda.Device(n)); err != nil {
				return err
			}
			defer func() { err = errors.Join(err, ctx.Close()) }()
		}
		list := w.indices(s.Len())
		pool, err := frame.NewBatchPool(ctx, &frame.BatchConfig{Len: len(list), Width: 64, Height: 64, Type: frame.Float32})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, pool.Close()) }()
		b, err := pool.Get(nil)
		if err != nil {
			return err
		}
		defer b.Release()
		n, err := Fill(b, s.FramesAt(list))
		if err == nil && n != len(list) {
			err = fmt.Errorf("%s: %d of %d pictures", c.name, n, len(list))
		}
		return err
	})
}

// encoding is a decoder for an encoder, of which a GPU has few: the result gives the place
// back.
func (w *loadWorker) encoding() (DecoderConfig, EncoderConfig, func()) {
	w.slots <- struct{}{}
	var dec DecoderConfig
	enc := EncoderConfig{Codec: H264, Preset: P1, Threads: 1}
	enc.Device = w.encoder
	switch w.IntN(3) {
	case 0:
		dec.Device = CPU
		dec.Threads = 1
	case 1:
		dec.Memory = frame.Host
	default:
		dec.Device = w.encoder // in its memory
	}
	return dec, enc, func() { <-w.slots }
}

func (w *loadWorker) encode() error { return w.encodeSome(func(*Encoder) func() { return nil }) }

func (w *loadWorker) encodeClose() error {
	return w.encodeSome(func(e *Encoder) func() { return w.later(func() { _ = e.Close() }) })
}

// encodeSome encodes the first frames of a clip.
func (w *loadWorker) encodeSome(shut func(*Encoder) func()) (err error) {
	c := w.plainClip()
	dcfg, ecfg, done := w.encoding()
	defer done()
	dem, err := w.open(context.Background(), c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dem.Close()) }()
	dec, err := NewDecoder(dem.Stream(), &dcfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dec.Close()) }()
	var enc *Encoder
	early := false
	in, out := 0, 0
	for f, err := range dec.Frames(dem.Packets()) {
		if err != nil {
			return err
		}
		if enc == nil {
			if enc, err = NewEncoder(f.Width, f.Height, f.Format, &ecfg); err != nil {
				f.Release()
				return err
			}
			defer enc.Close()
			if wait := shut(enc); wait != nil {
				early = true
				defer wait()
			}
		}
		if in == 12 {
			f.Release()
			break
		}
		list, err := enc.Encode(f, nil)
		f.Release()
		if err != nil {
			if early {
				err = ended(err)
			}
			return err
		}
		in, out = in+1, out+len(list)
	}
	list, err := enc.Drain()
	if err != nil {
		if early {
			err = ended(err)
		}
		return err
	}
	if out += len(list); in != out {
		return fmt.Errorf("%s: %d packets of %d frames", c.name, out, in)
	}
	return enc.Close()
}

func (w *loadWorker) transcode() error {
	return w.transcodeSome(context.Background(), func(*Transcoder) func() { return nil })
}

func (w *loadWorker) transcodeCancel() error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	return w.transcodeSome(ctx, func(*Transcoder) func() { return w.later(cancel) })
}

func (w *loadWorker) transcodeClose() error {
	return w.transcodeSome(context.Background(), func(t *Transcoder) func() { return w.later(func() { _ = t.Close() }) })
}

// transcodeSome cuts two parts out of a file with one transcoder.
func (w *loadWorker) transcodeSome(ctx context.Context, shut func(*Transcoder) func()) (err error) {
	c := w.plainClip()
	dcfg, ecfg, done := w.encoding()
	defer done()
	dem, err := w.open(context.Background(), c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dem.Close()) }()
	tr, err := NewTranscoder(dem, &TranscoderConfig{Decoder: dcfg, Encoder: ecfg})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tr.Close(), tr.Close()) }()
	wait := shut(tr)
	if wait != nil {
		defer wait()
	}
	path := filepath.Join(w.dir, "out.mp4")
	defer os.Remove(path)
	for range 2 {
		start := dem.Stream().Start + time.Duration(w.Int64N(int64(c.len/2)))
		err := tr.WriteFile(ctx, path, nil, Interval{start, start + 200*time.Millisecond + c.len/4})
		if wait != nil {
			if err = ended(err); err != nil {
				return err
			}
			continue // if it was not ended, all the better
		}
		if err != nil {
			return err
		}
		if s, err := os.Stat(path); err != nil || s.Size() < 500 {
			return fmt.Errorf("%s: no file: %w", c.name, err)
		}
	}
	left, err := filepath.Glob(filepath.Join(w.dir, "*.part*"))
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("%s: %v is left", c.name, left)
	}
	return err
}
