package codec

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// TestConcurrency does at once what the table in the package's documentation says may be done at
// once, row by row. The race detector judges.
func TestConcurrency(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Watchdog(t, 3*time.Minute)
	onEachEngine(t, func(t *testing.T, cfg DecoderConfig) {
		checkSessions(t)
		x := scanFile(t, testutils.Clip(t, "h264-opengop.mp4"))
		var work, others sync.WaitGroup
		done := make(chan struct{})
		// until runs f over and over as long as there is work.
		until := func(f func()) {
			others.Go(func() {
				for {
					select {
					case <-done:
						return
					default:
						f()
						time.Sleep(100 * time.Microsecond)
					}
				}
			})
		}
		fine := func(err error) bool {
			return err == nil || errors.Is(err, io.EOF) || errors.Is(err, ErrClosed)
		}
		// The process's functions, and an Index, belong to all.
		until(func() { SetDecoderCache(2); CacheStats() })
		until(TrimCache)
		until(func() { Prepare(cfg.Device) })
		until(func() { SetLogger(slog.New(slog.DiscardHandler)) })
		for range 2 {
			until(func() {
				for i := range x.Len() {
					x.IndexAt(x.Time(i))
				}
				_, err := x.MarshalBinary()
				require.NoError(t, err)
			})
		}
		rounds := 4
		if testing.Short() {
			rounds = 2
		}
		for i := range rounds {
			late := time.Duration(i) * 3 * time.Millisecond
			// A Demuxer is closed while it is read.
			work.Go(func() {
				dem := openQuietly(t, "h264.mkv")
				work.Go(func() { time.Sleep(late); _ = dem.Close() })
				var p Packet
				for {
					if err := dem.ReadPacket(&p); err != nil {
						require.True(t, fine(err), "%v", err)
						return
					}
				}
			})
			// A Decoder is asked, and closed, while it decodes; its frames are held by others.
			work.Go(func() {
				dem := openQuietly(t, "h264.mkv")
				defer dem.Close()
				dec, err := NewDecoder(dem.Stream(), &cfg)
				require.NoError(t, err)
				stop := make(chan struct{})
				work.Go(func() {
					for {
						select {
						case <-stop:
							return
						default:
							_, _, _ = dec.Device(), dec.Reason(), dec.Damage()
							time.Sleep(50 * time.Microsecond)
						}
					}
				})
				work.Go(func() { time.Sleep(2 * late); _ = dec.Close() })
				for f, err := range dec.Frames(dem.Packets()) {
					if err != nil {
						require.True(t, fine(err), "%v", err)
						break
					}
					for range 2 {
						g := f.Retain()
						work.Go(func() {
							_, err := g.AppendBytes(nil)
							require.NoError(t, err)
							g.Release()
						})
					}
					f.Release()
				}
				close(stop)
				require.NoError(t, dec.Close())
			})
			work.Go(func() {
				dem := openQuietly(t, "h264-opengop.mp4")
				defer dem.Close()
				s, err := NewSimpleDecoder(dem, &SimpleDecoderConfig{DecoderConfig: cfg, Index: x, Parallel: 2})
				require.NoError(t, err)
				work.Go(func() { time.Sleep(2 * late); _ = s.Close() })
				for f, err := range s.FramesAt([]int{3, 1, x.Len() - 1, 0, x.Len() / 2}) {
					if err != nil {
						require.True(t, fine(err), "%v", err)
						break
					}
					f.Release()
				}
				require.NoError(t, s.Close())
			})
			// A ThreadedDecoder is given videos, and closed, while it is read.
			work.Go(func() {
				a, b := openQuietly(t, "h264.mkv"), openQuietly(t, "h264.mkv")
				defer a.Close()
				defer b.Close()
				td, err := NewThreadedDecoder(a, &ThreadedDecoderConfig{DecoderConfig: cfg, Buffer: 2})
				require.NoError(t, err)
				work.Go(func() {
					if err := td.Queue(b); err != nil {
						require.True(t, fine(err), "%v", err)
					}
				})
				work.Go(func() { time.Sleep(3 * late); _ = td.Close() })
				dst := make([]*frame.Frame, 3)
				for ends := 0; ends < 2; {
					n, err := td.Read(context.Background(), dst)
					for _, f := range dst[:n] {
						f.Release()
					}
					if err == io.EOF {
						ends++
					} else if err != nil {
						require.True(t, fine(err), "%v", err)
						break
					}
				}
				require.NoError(t, td.Close())
			})
		}
		work.Wait()
		close(done)
		others.Wait()
		SetLogger(nil)
		SetDecoderCache(defaultDecoderCache)
	})
}

func openQuietly(t *testing.T, clip string) *Demuxer {
	dem, err := Open(context.Background(), testutils.Root()+"/testdata/"+clip, nil)
	require.NoError(t, err)
	return dem
}
