package codec

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// onEachEncoder runs a test on the CPU and on a GPU that encodes.
func onEachEncoder(t *testing.T, test func(t *testing.T, dev Device)) {
	t.Run("cpu", func(t *testing.T) {
		testutils.LeakCheck(t)
		test(t, CPU)
	})
	t.Run("gpu", func(t *testing.T) {
		dev := withEncoder(t)
		checkSessions(t)
		test(t, dev)
	})
}

// TestConcurrencyEncode is TestConcurrency for the rows of what makes videos.
func TestConcurrencyEncode(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Watchdog(t, 3*time.Minute)
	onEachEncoder(t, func(t *testing.T, dev Device) {
		rounds := 4
		if testing.Short() {
			rounds = 2
		}
		dir := t.TempDir()
		var work sync.WaitGroup
		for i := range rounds {
			// The first is closed at once, the last when it is through, or never early.
			c := concurrent{t: t, dev: dev, work: &work, late: time.Duration(i*i) * 5 * time.Millisecond, dir: filepath.Join(dir, string(rune('a'+i)))}
			require.NoError(t, os.Mkdir(c.dir, 0o700))
			work.Go(c.encoder)
			work.Go(c.transcoder)
			work.Go(func() { c.muxer((*Muxer).Close, "closed.mkv") })
			work.Go(func() { c.muxer((*Muxer).Abort, "aborted.mkv") })
			work.Go(c.scaler)
			work.Go(c.background)
			work.Go(c.pools)
		}
		work.Wait()
	})
}

type concurrent struct {
	t    *testing.T
	dev  Device
	work *sync.WaitGroup
	late time.Duration
	dir  string
}

// later does something from two goroutines at once.
func (c *concurrent) later(do func() error) {
	for range 2 {
		c.work.Go(func() {
			time.Sleep(c.late)
			if err := do(); err != nil {
				c.t.Errorf("from another goroutine: %v", err)
			}
		})
	}
}

// ends tells whether err, which may be nil, is the end: that of an object that was closed,
// or else a failure of the test.
func (c *concurrent) ends(err error) bool {
	if err != nil && !errors.Is(err, ErrClosed) {
		c.t.Errorf("%v", err)
	}
	return err != nil
}

// encoder is closed while it encodes.
func (c *concurrent) encoder() {
	e, err := NewEncoder(256, 192, frame.NV12, on(c.dev, EncoderConfig{Preset: P1, Threads: 1}))
	if c.ends(err) {
		return
	}
	c.later(e.Close)
	pixels, in, out := make([]byte, 256*192*3/2), 0, 0
	for ; in < 30; in++ {
		list, err := e.EncodeBytes(pixels, nil)
		if c.ends(err) {
			return
		}
		out += len(list)
	}
	list, err := e.Drain()
	if !c.ends(err) && out+len(list) != in {
		c.t.Errorf("%d packets of %d frames", out+len(list), in)
	}
}

// transcoder is closed while it transcodes: its file is whole, or there is none.
func (c *concurrent) transcoder() {
	dem := openQuietly(c.t, "h264.mkv")
	defer dem.Close()
	cfg := &TranscoderConfig{Encoder: *on(c.dev, EncoderConfig{Preset: P1, Threads: 1})}
	cfg.Decoder.Device = c.dev
	tr, err := NewTranscoder(dem, cfg)
	if c.ends(err) {
		return
	}
	c.later(tr.Close)
	path := filepath.Join(c.dir, "transcoded.mp4")
	err = tr.WriteFile(context.Background(), path, nil)
	ended := c.ends(err)
	if _, err := os.Stat(path); (err != nil) != ended {
		c.t.Errorf("a file of a transcoder that was ended, %v: %v", ended, err)
	}
	if _, err := os.Stat(partName(path)); err == nil {
		c.t.Error("a part is left")
	}
	if err := tr.Close(); err != nil {
		c.t.Error(err)
	}
}

// muxer is ended while packets are written.
func (c *concurrent) muxer(end func(*Muxer) error, name string) {
	dem := openQuietly(c.t, "h264.mkv")
	defer dem.Close()
	path := filepath.Join(c.dir, name)
	m, err := Create(context.Background(), path, nil, dem.Stream())
	if c.ends(err) {
		return
	}
	c.later(func() error { return end(m) })
	n := 0
	for p, err := range dem.Packets() {
		if c.ends(err) {
			return
		}
		p.Stream = 0
		if c.ends(m.WritePacket(p)) {
			break
		}
		n++
		time.Sleep(time.Millisecond / 4)
	}
	if err := end(m); err != nil {
		c.t.Error(err)
	}
	written, err := Open(context.Background(), path, nil)
	if name == "aborted.mkv" {
		if !errors.Is(err, os.ErrNotExist) {
			c.t.Errorf("a file is left of an aborted muxer: %v", err)
		}
		return
	}
	if n == 0 {
		if err == nil {
			_ = written.Close()
		}
		return // a video without a packet need not open
	}
	if c.ends(err) {
		return
	}
	defer written.Close()
	got := 0
	for _, err := range written.Packets() {
		if err != nil {
			c.t.Errorf("%s, %d packets written: %v", name, n, err)
			return
		}
		got++
	}
	if got != n {
		c.t.Errorf("%d packets came back of %d that were written", got, n)
	}
}

// scaler is closed while it scales.
func (c *concurrent) scaler() {
	s, err := NewScaler(32, 32, frame.RGB24, nil)
	if c.ends(err) {
		return
	}
	c.later(s.Close)
	in, err := frame.NewHost(frame.NV12, 64, 64)
	if c.ends(err) {
		return
	}
	defer in.Release()
	for range 50 {
		f, err := s.Scale(in)
		if c.ends(err) {
			return
		}
		f.Release()
	}
}

// background is waited for by several, and closed by others.
func (c *concurrent) background() {
	s := ScanInBackground(context.Background(), filepath.Join(testutils.Root(), "testdata", "demo.mp4"), nil)
	var waiting sync.WaitGroup
	for range 3 {
		waiting.Go(func() {
			x, err := s.Wait(context.Background())
			<-s.Done()
			if err == nil && x.Len() != 300 || err != nil && !errors.Is(err, os.ErrClosed) {
				c.t.Errorf("an index is there, %v: %v", x != nil, err)
			}
		})
	}
	c.later(s.Close)
	waiting.Wait()
	if err := s.Close(); err != nil {
		c.t.Error(err)
	}
}

// pools are asked by several goroutines, and closed meanwhile.
func (c *concurrent) pools() {
	host, err := frame.NewHostPool(frame.NV12, 64, 64, nil)
	if c.ends(err) {
		return
	}
	get := []func() (*frame.Frame, error){host.Get}
	closes := []func() error{host.Close}
	if n, ok := c.dev.Ordinal(); ok {
		ctx, err := cuda.Primary(cuda.Device(n))
		if c.ends(err) {
			return
		}
		pool, err := frame.NewDevicePool(ctx, frame.NV12, 64, 64, nil)
		err = errors.Join(err, ctx.Close())
		if c.ends(err) {
			return
		}
		get = append(get, func() (*frame.Frame, error) { return pool.Get(nil) })
		closes = append(closes, pool.Close)
	}
	for i := range get {
		c.later(closes[i])
		for range 3 {
			c.work.Go(func() {
				for range 50 {
					f, err := get[i]()
					if err != nil {
						if !errors.Is(err, os.ErrClosed) {
							c.t.Error(err)
						}
						return
					}
					g := f.Retain()
					f.Release()
					g.Release()
				}
			})
		}
	}
}
