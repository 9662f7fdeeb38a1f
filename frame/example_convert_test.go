package frame_test

import (
	"errors"
	"fmt"
	"image"

	"github.com/go-nvcodec/nvcodec/frame"
)

// gray is a picture of one luma value.
func gray(luma byte) *frame.Frame {
	pixels := make([]byte, 64*48*3/2)
	for i := range pixels {
		pixels[i] = 128
	}
	for i := range 64 * 48 {
		pixels[i] = luma
	}
	f, err := frame.FromHost(frame.NV12, 64, 48, pixels)
	if err != nil {
		panic(err)
	}
	f.Color = frame.Color{Matrix: frame.MatrixBT709, Range: frame.RangeLimited}
	return f
}

// The middle of a picture, turned, as RGB.
func ExampleConverter() {
	c, err := frame.NewConverter(frame.RGB24, &frame.Conversion{
		Crop: image.Rect(16, 8, 48, 40), Width: 16, Height: 16, Filter: frame.Area, Rotate: 90,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	src := gray(235)
	defer src.Release()
	rgb, err := c.Convert(src, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rgb.Release()
	fmt.Println(rgb.Format, rgb.Width, rgb.Height)
	pixels, err := rgb.AppendPlanar(nil)
	fmt.Println(pixels[:3], err)
	// Output:
	// rgb24 16 16
	// [255 255 255] <nil>
}

// Numbers for a model: planes of float32, normalised. With a context they lie on the GPU.
func ExampleBatchPool() {
	pool, err := frame.NewBatchPool(nil, &frame.BatchConfig{
		Len: 2, Width: 32, Height: 24, Channels: frame.RGB24, Order: frame.NCHW, Type: frame.Float32,
		Conversion: frame.Conversion{Mean: [3]float32{0.5, 0.5, 0.5}, Std: [3]float32{0.25, 0.25, 0.25}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pool.Close()
	b, err := pool.Get(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer b.Release()
	for i, luma := range []byte{16, 235} { // black, white
		f := gray(luma)
		err := b.Put(i, f)
		f.Release()
		if err != nil {
			fmt.Println(err)
			return
		}
	}
	values, err := b.AppendFloats(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(b.Shape, b.Type, values[0], values[len(values)-1])
	// Output:
	// [2 3 24 32] float32 -2 2
}

// One frame as numbers, as the libraries of arrays see it.
func ExampleTensor() {
	f := gray(90)
	defer f.Release()
	t, err := f.PlaneTensor(0)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer t.Release()
	fmt.Println(t.Shape, t.Strides, t.Type, t.Len(), t.Memory)
	_, err = t.CUDAArray() // for memory of the GPU
	fmt.Println(errors.Is(err, errors.ErrUnsupported) || err != nil)
	// Output:
	// [48 64] [64 1] uint8 3072 host
	// true
}

// counted is an Owner that counts what comes back.
type counted struct{ n int }

func (c *counted) Recycle(*frame.Frame) { c.n++ }

func ExampleOwner() {
	var back counted
	f := new(frame.Frame)
	f.Reset(&back)
	f.Retain()
	f.Release()
	fmt.Println(back.n)
	f.Release() // the last reference
	fmt.Println(back.n)
	// Output:
	// 0
	// 1
}

// meter is a Sink that only looks.
type meter struct{ luma [3]byte }

func (m *meter) Len() int { return len(m.luma) }

func (m *meter) Put(i int, f *frame.Frame) error {
	m.luma[i] = f.Planes[0].Data[0]
	return nil
}

func ExampleSink() {
	var m meter
	for i := range m.Len() {
		f := gray(byte(20 * (i + 1)))
		if err := m.Put(i, f); err != nil { // as codec.Fill does
			fmt.Println(err)
			return
		}
		f.Release()
	}
	fmt.Println(m.luma)
	// Output:
	// [20 40 60]
}
