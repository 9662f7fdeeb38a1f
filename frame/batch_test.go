package frame

import (
	"errors"
	"fmt"
	"image"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/cuda"
)

// number is a batch's number as bytes, by its strides.
func number(t testing.TB, b *Batch, raw []byte, index ...int) []byte {
	require.Len(t, index, len(b.Shape))
	at := 0
	for i, k := range index {
		require.Less(t, k, b.Shape[i])
		at += k * b.Strides[i]
	}
	return raw[at*b.Type.Size() : (at+1)*b.Type.Size()]
}

// requirePicture compares picture i of a batch with what a Converter makes of src.
func requirePicture(t testing.TB, b *Batch, raw []byte, i int, src *Frame, what string) {
	c := b.pool.cfg
	to := map[DType]Format{Uint8: GBRP, Uint16: GBRP16, Float16: GBRPF16, Float32: GBRPF32}[c.Type]
	planes := [3]int{2, 0, 1} // of R, G, B
	if c.Channels == Gray {
		to, planes = map[DType]Format{Uint8: Gray, Uint16: Gray16, Float16: GrayF16, Float32: GrayF32}[c.Type], [3]int{}
	}
	v, err := NewConverter(to, &c.Conversion)
	require.NoError(t, err)
	want, err := v.Convert(src, nil)
	require.NoError(t, err)
	channels := 1
	if c.Channels != Gray {
		order := orders[c.Channels]
		channels = int(c.Channels.layout().plane[0].n)
		planes = [3]int{planes[0], planes[1], planes[2]}
		for component := range 3 {
			requireChannel(t, b, raw, i, order[component], want, planes[component], what)
		}
		if a := order[3]; a >= 0 {
			top := map[DType]string{Uint8: "\xff", Uint16: "\xff\xff", Float16: "\x00\x3c", Float32: "\x00\x00\x80\x3f"}[c.Type]
			require.Equal(t, top, string(number(t, b, raw, index(b, i, a, 0, 0)...)), what)
		}
	} else {
		requireChannel(t, b, raw, i, 0, want, 0, what)
	}
	require.Equal(t, channels, b.pool.target.channels)
	want.Release()
	require.NoError(t, v.Close())
}

func index(b *Batch, n, c, y, x int) []int {
	if b.pool.cfg.Order == NHWC {
		return []int{n, y, x, c}
	}
	return []int{n, c, y, x}
}

func requireChannel(t testing.TB, b *Batch, raw []byte, i, channel int, want *Frame, plane int, what string) {
	n := b.Type.Size()
	for y := range want.Height {
		row := want.Planes[plane].Row(y, n)
		for x := range want.Width {
			if got := number(t, b, raw, index(b, i, channel, y, x)...); string(got) != string(row[x*n:(x+1)*n]) {
				t.Fatalf("%s: picture %d, channel %d at %d,%d is %x, want %x", what, i, channel, x, y, got, row[x*n:(x+1)*n])
			}
		}
	}
}

func TestBatch(t *testing.T) {
	ctx, s1, s2 := gpu(t)
	keepKernels(t, ctx)
	r := rand.New(rand.NewPCG(51, 52))
	for _, where := range []*cuda.Context{nil, ctx} {
		for _, typ := range []DType{Uint8, Uint16, Float16, Float32} {
			for _, order := range []Order{NCHW, NHWC} {
				for _, channels := range []Format{RGB24, BGR24, RGBA, PackedARGB, Gray} {
					cfg := &BatchConfig{Len: 3, Width: 10 + 6*r.IntN(2), Height: 8, Channels: channels, Type: typ, Order: order}
					cfg.Conversion = Conversion{Filter: Filter(r.IntN(4)), Fit: Fit(r.IntN(3)), Crop: image.Rect(2, 2, 18, 10)}
					if (typ == Float16 || typ == Float32) && channels != Gray {
						cfg.Conversion.Mean, cfg.Conversion.Std = [3]float32{0.485, 0.456, 0.406}, [3]float32{0.229, 0.224, 0.225}
					}
					what := fmt.Sprintf("%v %v %v, device %v", typ, order, channels, where != nil)
					p, err := NewBatchPool(where, cfg)
					require.NoError(t, err, what)
					b, err := p.Get(s1)
					require.NoError(t, err, what)
					require.Equal(t, 3, b.Len())
					require.Equal(t, p.Bytes(), b.Tensor.Len()*typ.Size())
					var frames []*Frame
					for i := range 3 {
						src := randomFrame(t, r, []Format{NV12, P010, YUV444}[i], 20, 12, []int{8, 10, 8}[i])
						src.PTS, src.Index = int64(100+i), 7*i
						frames = append(frames, src)
						in := src
						if i != 1 { // one comes from the other memory, if there is one
							in = upload(t, ctx, src, false)
						}
						require.NoError(t, b.PutOn(i, in, []*cuda.Stream{s1, s2, nil}[r.IntN(3)]), what)
						if in != src {
							in.Release()
						}
					}
					raw, err := b.AppendBytes(nil)
					require.NoError(t, err)
					for i, src := range frames {
						requirePicture(t, b, raw, i, src, what)
						require.Equal(t, Slot{Filled: true, PTS: src.PTS, Index: src.Index, TimeBase: src.TimeBase}, b.Slots[i])
					}
					b.Release()
					again, err := p.Get(nil)
					require.NoError(t, err)
					require.False(t, again.Slots[0].Filled)
					again.Release()
					require.ErrorIs(t, again.Put(0, frames[0]), ErrReleased)
					require.NoError(t, p.Close())
					require.NoError(t, p.Close())
				}
			}
		}
	}
}

func TestBatchWrap(t *testing.T) {
	ctx, s1, _ := gpu(t)
	r := rand.New(rand.NewPCG(53, 54))
	src := randomFrame(t, r, NV12, 16, 8, 8)
	for _, where := range []*cuda.Context{nil, ctx} {
		p, err := NewBatchPool(where, &BatchConfig{Len: 2, Width: 16, Height: 8, Order: NHWC})
		require.NoError(t, err)
		var ptr cuda.DevicePtr
		data := make([]byte, p.Bytes())
		released := 0
		if where != nil {
			ptr, err = ctx.Alloc(p.Bytes())
			require.NoError(t, err)
		}
		b, err := p.Wrap(ptr, data, func() { released++ })
		require.NoError(t, err)
		require.NoError(t, b.PutOn(1, src, s1))
		require.False(t, b.Slots[0].Filled)
		raw, err := b.AppendBytes(nil)
		require.NoError(t, err)
		requirePicture(t, b, raw, 1, src, "wrapped")
		require.Zero(t, released)
		b.ReleaseOn(s1)
		require.Equal(t, 1, released)
		require.NoError(t, ctx.Free(ptr))
		_, err = p.Wrap(0, data[:5], nil)
		require.ErrorIs(t, err, ErrInvalidPlane)
		require.NoError(t, p.Close())
	}
}

func TestBatchErrors(t *testing.T) {
	for _, c := range []struct {
		cfg  BatchConfig
		want error
	}{
		{BatchConfig{}, ErrInvalidSize},
		{BatchConfig{Width: 4, Height: 4, Len: -1}, ErrInvalidSize},
		{BatchConfig{Width: 4, Height: 4, Channels: NV12}, ErrInvalidFormat},
		{BatchConfig{Width: 4, Height: 4, Channels: RGB48}, ErrInvalidFormat},
		{BatchConfig{Width: 4, Height: 4, Channels: GBRP}, ErrInvalidFormat},
		{BatchConfig{Width: 4, Height: 4, Conversion: Conversion{Width: 5}}, ErrInvalidConversion},
		{BatchConfig{Width: 4, Height: 4, Conversion: Conversion{Mean: [3]float32{1}}}, ErrInvalidConversion},
		{BatchConfig{Width: 4, Height: 4, Conversion: Conversion{Rotate: 45}}, ErrInvalidConversion},
		{BatchConfig{Width: MaxDimension, Height: MaxDimension, Type: Float32}, ErrInvalidSize},
	} {
		_, err := NewBatchPool(nil, &c.cfg)
		require.ErrorIs(t, err, c.want, "%+v", c.cfg)
	}
	p, err := NewBatchPool(nil, &BatchConfig{Width: 4, Height: 4, Max: 1, Conversion: Conversion{Crop: image.Rect(0, 0, 9, 9)}})
	require.NoError(t, err)
	b, err := p.Get(nil)
	require.NoError(t, err)
	_, err = p.Get(nil)
	require.ErrorIs(t, err, ErrExhausted)
	small, err := NewHost(NV12, 8, 8)
	require.NoError(t, err)
	require.ErrorIs(t, b.Put(0, small), ErrInvalidConversion) // smaller than the crop
	require.ErrorIs(t, b.Put(1, small), os.ErrInvalid)
	pal, err := NewHost(PAL8, 16, 16)
	require.NoError(t, err)
	require.ErrorIs(t, b.Put(0, pal), ErrInvalidFormat)
	require.NoError(t, p.Close())
	require.ErrorIs(t, b.Put(0, small), os.ErrClosed)
	b.Release()
	_, err = p.Get(nil)
	require.True(t, errors.Is(err, os.ErrClosed))
}

// Converting allocates nothing while frames are alike.
func TestConvertAllocations(t *testing.T) {
	ctx, s1, _ := gpu(t)
	r := rand.New(rand.NewPCG(55, 56))
	host := randomFrame(t, r, NV12, 64, 36, 8)
	device := upload(t, ctx, host, false)
	defer device.Release()
	pool, err := NewBatchPool(ctx, &BatchConfig{Len: 2, Width: 32, Height: 32, Type: Float16, Conversion: Conversion{Filter: Area}})
	require.NoError(t, err)
	defer pool.Close()
	v, err := NewConverter(RGB24, nil)
	require.NoError(t, err)
	defer v.Close()
	n := 0
	for name, f := range map[string]func() error{
		"host frame": func() error { g, err := v.Convert(host, nil); g.Release(); return err },
		"device frame": func() error {
			g, err := v.Convert(device, s1)
			g.ReleaseOn(s1)
			if n++; n%8 == 0 {
				return errors.Join(err, s1.Synchronize())
			}
			return err
		},
		"batch": func() error {
			b, err := pool.Get(s1)
			if err != nil {
				return err
			}
			err = b.PutOn(n%2, device, s1)
			b.ReleaseOn(s1)
			if n++; n%8 == 0 {
				return errors.Join(err, s1.Synchronize())
			}
			return err
		},
	} {
		for range 20 {
			require.NoError(t, f(), name)
		}
		if raceEnabled {
			continue
		}
		require.Zero(t, testing.AllocsPerRun(200, func() {
			if err := f(); err != nil {
				panic(err)
			}
		}), name)
	}
}
