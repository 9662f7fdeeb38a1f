package codec

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
	"github.com/go-nvcodec/nvcodec/nvenc"
)

// primary is the context of an encoder's device.
func primary(t testing.TB, dev Device) *cuda.Context {
	n, _ := dev.Ordinal()
	ctx, err := cuda.Primary(cuda.Device(n))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, ctx.Close()) })
	return ctx
}

// keepsAll encodes frames and wants every sample of want back.
func keepsAll(t testing.TB, in, want []*frame.Frame, cfg *EncoderConfig) {
	cfg.Tuning, cfg.Preset = Lossless, P1
	out, _ := recode(t, in, cfg)
	for i, f := range out {
		require.True(t, string(planar(t, want[i])) == string(planar(t, f)), "frame %d is not the same", i)
		f.Release()
	}
}

// TestNVENCDeviceInput gives frames in device memory in every way there is, and wants
// the pixels that host frames give.
func TestNVENCDeviceInput(t *testing.T) {
	dev := withEncoder(t)
	ctx := primary(t, dev)
	const w, h, n = 256, 192, 4
	for _, a := range []nvenc.API{nvenc.API121, nvenc.API130} {
		for _, f := range []frame.Format{frame.NV12, frame.YV12, frame.YUV420P, frame.YUV444, frame.P010, frame.YUV444P10MSB} {
			t.Run(fmt.Sprintf("%v/%v", a, f), func(t *testing.T) {
				testutils.LeakCheck(t)
				speak(t, a)
				host := movie(t, f, w, h, n, frame.Rational{}, nil)
				cfg := func() *EncoderConfig { return on(dev, EncoderConfig{Codec: HEVC, BFrames: ptr(0)}) }
				// Of a pool, as from a decoder: no copy.
				var pooled []*frame.Frame
				for _, p := range host {
					pooled = append(pooled, upload(t, ctx, p))
				}
				keepsAll(t, pooled, host, cfg())
				// Literal frames of the same memory: nobody counts their users.
				var literal, apart []*frame.Frame
				for _, p := range pooled {
					d, err := frame.FromDevice(ctx, f, w, h, p.Planes, nil)
					require.NoError(t, err)
					literal = append(literal, d)
				}
				keepsAll(t, literal, host, cfg())
				// One CUDA array a plane, in the order and at the distance that they have.
				for _, p := range pooled {
					var arrays []frame.CUDAArray
					for i := range p.Planes {
						a, err := p.CUDAArray(i)
						require.NoError(t, err)
						arrays = append(arrays, a)
					}
					d, err := frame.FromCUDAArrays(ctx, f, w, h, arrays, func() {})
					require.NoError(t, err)
					apart = append(apart, d)
				}
				keepsAll(t, apart, host, cfg())
				for i := range pooled {
					apart[i].Release()
					pooled[i].Release()
				}
			})
		}
	}
}

// TestNVENCPlanesApart gives planes in memory of their own: read where they lie if they
// come in order and the interface knows that, else copied.
func TestNVENCPlanesApart(t *testing.T) {
	dev := withEncoder(t)
	ctx := primary(t, dev)
	const w, h, pitch = 256, 192, 512
	for _, a := range []nvenc.API{nvenc.API122, nvenc.API130} {
		t.Run(a.String(), func(t *testing.T) {
			testutils.LeakCheck(t)
			speak(t, a)
			host := movie(t, frame.NV12, w, h, 3, frame.Rational{}, nil)
			base, err := ctx.Alloc(pitch * h * 4)
			require.NoError(t, err)
			defer func() { require.NoError(t, ctx.Free(base)) }()
			for name, chroma := range map[string]cuda.DevicePtr{"behind": base + pitch*h*2, "before": base} {
				luma := base
				if name == "before" {
					luma = base + pitch*h
				}
				var in []*frame.Frame
				enc, err := NewEncoder(w, h, frame.NV12, on(dev, EncoderConfig{Codec: HEVC, Tuning: Lossless, BFrames: ptr(0)}))
				require.NoError(t, err)
				var packets []*Packet
				for _, p := range host {
					released := false
					d, err := frame.FromDevice(ctx, frame.NV12, w, h, []frame.Plane{{Ptr: luma, Pitch: pitch}, {Ptr: chroma, Pitch: pitch}}, func() { released = true })
					require.NoError(t, err)
					require.NoError(t, p.CopyTo(d))
					got, err := enc.Encode(d, nil)
					require.NoError(t, err)
					packets = appendClones(packets, got)
					// The same memory is written again for the next frame: that it may be is what
					// the release says, so drain the encoder first if it still has the frame.
					d.Release()
					if !released {
						got, err := enc.Drain()
						require.NoError(t, err)
						packets = appendClones(packets, got)
						require.True(t, released)
						in = append(in, p)
						break
					}
					in = append(in, p)
				}
				got, err := enc.Drain()
				require.NoError(t, err)
				packets = appendClones(packets, got)
				out := decodePackets(t, enc.Stream(), packets)
				require.Len(t, out, len(in))
				for i, f := range out {
					require.True(t, string(planar(t, in[i])) == string(planar(t, f)), "%s: frame %d", name, i)
					f.Release()
				}
				require.NoError(t, enc.Close())
			}
		})
	}
}

// TestNVENCTensor encodes tensors of 1 x 1 x 288 x 256, and changes their memory as soon
// as Encode returns.
func TestNVENCTensor(t *testing.T) {
	dev := withEncoder(t)
	testutils.LeakCheck(t)
	ctx := primary(t, dev)
	const w, h = 256, 192
	p, err := ctx.Alloc(w * h * 3 / 2)
	require.NoError(t, err)
	defer func() { require.NoError(t, ctx.Free(p)) }()
	host := movie(t, frame.NV12, w, h, 12, frame.Rational{}, nil)
	enc, err := NewEncoder(w, h, frame.NV12, on(dev, EncoderConfig{Tuning: Lossless}))
	require.NoError(t, err)
	defer enc.Close()
	var packets []*Packet
	for _, f := range host {
		pixels, err := f.AppendBytes(nil)
		require.NoError(t, err)
		require.NoError(t, ctx.CopyHtoD(p, pixels))
		d, err := frame.FromCUDAArrays(ctx, frame.NV12, w, h, []frame.CUDAArray{{Shape: [3]int{h * 3 / 2, w, 1}, TypeStr: "|u1", Data: p}}, nil)
		require.NoError(t, err)
		d.PTS = NoPTS
		got, err := enc.Encode(d, nil)
		require.NoError(t, err)
		packets = appendClones(packets, got)
	}
	got, err := enc.Drain()
	require.NoError(t, err)
	for i, f := range decodePackets(t, enc.Stream(), appendClones(packets, got)) {
		require.True(t, string(planar(t, host[i])) == string(planar(t, f)), "frame %d", i)
		f.Release()
	}
}

// TestNVENCTranscode encodes a decoder's frames on the same GPU, without a copy where
// they lie as NVENC reads them.
func TestNVENCTranscode(t *testing.T) {
	dev := withEncoder(t)
	for _, c := range []struct {
		clip  string
		codec ID
	}{{"h264.mkv", H264}, {"hevc10.mkv", HEVC}, {"hevc.mp4", HEVC}} {
		t.Run(c.clip, func(t *testing.T) {
			testutils.LeakCheck(t)
			clip := testutils.Clip(t, c.clip)
			want, _ := frameSums(t, clip, 1, nil)
			dem, err := Open(context.Background(), clip, nil)
			require.NoError(t, err)
			defer dem.Close()
			s := dem.Stream()
			dec, err := NewDecoder(s, &DecoderConfig{DeviceConfig: DeviceConfig{Device: dev}})
			require.NoError(t, err)
			defer TrimCache()
			defer dec.Close()
			var enc *Encoder
			path := filepath.Join(t.TempDir(), "out"+filepath.Ext(c.clip))
			var mux *Muxer
			write := func(packets []*Packet, err error) {
				require.NoError(t, err)
				for _, p := range packets {
					require.NoError(t, mux.WritePacket(p))
				}
			}
			for f, err := range dec.Frames(dem.Packets()) {
				require.NoError(t, err)
				require.Equal(t, frame.Device, f.Memory)
				if enc == nil {
					enc, err = NewEncoder(f.Width, f.Height, f.Format, on(dev, EncoderConfig{Codec: c.codec, Tuning: Lossless, TimeBase: s.TimeBase, FrameRate: s.FrameRate}))
					require.NoError(t, err)
					defer enc.Close()
					mux, err = Create(context.Background(), path, nil, enc.Stream())
					require.NoError(t, err)
					defer mux.Abort()
				}
				write(enc.Encode(f, nil))
				f.Release()
			}
			require.Nil(t, enc.eng.(*nvencEngine).copies, "frames were copied")
			write(enc.Drain())
			require.NoError(t, mux.Close())
			got, _ := frameSums(t, path, 1, nil)
			require.Equal(t, want, got)
		})
	}
}

// TestNVENCSlowProducer gives a frame whose production has not begun when Encode is
// called: the simulator reports a read before it, and the pixels tell.
func TestNVENCSlowProducer(t *testing.T) {
	dev := withEncoder(t)
	testutils.LeakCheck(t)
	ctx := primary(t, dev)
	const w, h = 256, 192
	slow, err := ctx.NewStream(cuda.StreamNonBlocking)
	require.NoError(t, err)
	defer slow.Close()
	scratch, err := ctx.Alloc(32 << 20)
	require.NoError(t, err)
	defer func() { require.NoError(t, ctx.Free(scratch)) }()
	locked, err := frame.NewHostPool(frame.NV12, w, h, &frame.HostPoolConfig{PageLocked: ctx})
	require.NoError(t, err)
	defer locked.Close()
	pool, err := frame.NewDevicePool(ctx, frame.NV12, w, h, nil)
	require.NoError(t, err)
	defer pool.Close()
	host := movie(t, frame.NV12, w, h, 8, frame.Rational{}, nil)
	for _, odd := range []bool{false, true} { // with a copy too
		enc, err := NewEncoder(w, h, frame.NV12, on(dev, EncoderConfig{Tuning: Lossless}))
		require.NoError(t, err)
		var packets []*Packet
		for _, p := range host {
			src, err := locked.Get()
			require.NoError(t, err)
			require.NoError(t, p.CopyTo(src))
			d, err := pool.Get(slow)
			require.NoError(t, err)
			for range 4 { // keeps the stream busy
				require.NoError(t, slow.Memset(scratch, 1, 32<<20))
			}
			require.NoError(t, src.CopyToStream(d, slow))
			src.ReleaseOn(slow)
			in := d
			if odd {
				in, err = frame.FromDevice(ctx, frame.NV12, w, h, d.Planes, nil)
				require.NoError(t, err)
				require.NoError(t, in.MarkReady(slow))
			}
			in.PTS = NoPTS
			got, err := enc.Encode(in, nil)
			require.NoError(t, err)
			packets = appendClones(packets, got)
			d.Release()
		}
		got, err := enc.Drain()
		require.NoError(t, err)
		for i, f := range decodePackets(t, enc.Stream(), appendClones(packets, got)) {
			require.True(t, string(planar(t, host[i])) == string(planar(t, f)), "frame %d", i)
			f.Release()
		}
		require.NoError(t, enc.Close())
	}
}

// TestNVENCAllocs counts Go allocations of the steady loop for every kind of input.
func TestNVENCAllocs(t *testing.T) {
	dev := withEncoder(t)
	ctx := primary(t, dev)
	const w, h = 256, 192
	for _, kind := range []string{"host", "bytes", "device", "copied"} {
		for _, b := range []int{0, 2} {
			t.Run(fmt.Sprintf("%s/%d", kind, b), func(t *testing.T) {
				enc, err := NewEncoder(w, h, frame.NV12, on(dev, EncoderConfig{Preset: P1, GOP: 25, BFrames: &b, RepeatHeaders: true}))
				require.NoError(t, err)
				defer enc.Close()
				host := movie(t, frame.NV12, w, h, 4, frame.Rational{}, nil)
				pool, err := frame.NewDevicePool(ctx, frame.NV12, w, h, nil)
				require.NoError(t, err)
				defer pool.Close()
				stream, err := ctx.NewStream(cuda.StreamNonBlocking)
				require.NoError(t, err)
				defer stream.Close()
				raw := planar(t, host[0])
				literal := upload(t, ctx, host[0])
				defer literal.Release()
				loose, err := frame.FromDevice(ctx, frame.NV12, w, h, literal.Planes, nil)
				require.NoError(t, err)
				loose.PTS = NoPTS
				i, n := 0, 0
				step := func() {
					i++
					var packets []*Packet
					switch kind {
					case "host":
						packets, err = enc.Encode(host[i%4], nil)
					case "bytes":
						packets, err = enc.EncodeBytes(raw, nil)
					case "copied":
						packets, err = enc.Encode(loose, nil)
					default: // as from a decoder
						var f *frame.Frame
						if f, err = pool.Get(stream); err != nil {
							t.Fatal(err)
						}
						for k := range f.Planes {
							if err = stream.Memset(f.Planes[k].Ptr, byte(i), f.Planes[k].Pitch*f.Planes[k].Shape[0]); err != nil {
								t.Fatal(err)
							}
						}
						if err = f.MarkReady(stream); err != nil {
							t.Fatal(err)
						}
						packets, err = enc.Encode(f, nil)
						f.Release()
					}
					if err != nil {
						t.Fatal(err)
					}
					n += len(packets)
				}
				for range 100 {
					step()
				}
				before := n
				allocs := testing.AllocsPerRun(200, step)
				require.Greater(t, n-before, 190)
				if !raceEnabled {
					require.Zero(t, allocs, "allocations a frame")
				}
			})
		}
	}
}
