package frame_test

import (
	"crypto/md5"
	"errors"
	"fmt"
	"image/color"
	"time"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/frame"
)

func ExampleFrame() {
	// A picture of 4 x 2 pixels in NV12: two rows of luma, then one of U, V pairs.
	pixels := []byte{
		81, 81, 81, 81,
		81, 81, 81, 81,
		90, 240, 90, 240,
	}
	f, err := frame.FromHost(frame.NV12, 4, 2, pixels)
	if err != nil {
		fmt.Println(err)
		return
	}
	f.Color = frame.Color{Matrix: frame.MatrixSMPTE170M, Range: frame.RangeLimited}
	img, err := f.Image()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(color.RGBAModel.Convert(img.At(0, 0)))
	planar, err := f.AppendPlanar(nil)
	fmt.Println(planar[8:], err)
	// Output:
	// {254 0 0 255}
	// [90 90 240 240] <nil>
}

func ExampleFrame_WritePlanar() {
	f, _ := frame.NewHost(frame.P016, 64, 48)
	f.BitDepth = 10
	h := md5.New()
	n, err := f.WritePlanar(h) // what ffmpeg -f md5 hashes
	format, _ := f.PlanarFormat()
	fmt.Println(format, n, err)
	fmt.Printf("%x\n", h.Sum(nil))
	// Output:
	// yuv420p10le 9216 <nil>
	// 13a95890b5f0947d6f058ca9c30a3e01
}

func ExampleFrame_RepackTo() {
	// What a software decoder gave, in the layout that a GPU uses.
	src, _ := frame.NewHost(frame.YUV420P10, 1920, 1080)
	native, _ := src.Format.NativeFormat()
	dst, _ := frame.NewHost(native, 1920, 1080)
	err := src.RepackTo(dst)
	fmt.Println(dst.Format, dst.BitDepth, err)
	// Output: P016 10 <nil>
}

// How a consumer on the GPU and the pool agree on who may use the memory.
func ExampleFrame_ReleaseOn() {
	consume := func(f *frame.Frame, s *cuda.Stream) error {
		// Whatever is put into s from here on runs after the frame is complete.
		if err := f.Wait(s); err != nil {
			f.Release()
			return err
		}
		// ... launch kernels in s that read f.Planes[0].Ptr ...

		// The kernels may still run: the next writer of this memory waits for them.
		f.ReleaseOn(s)
		return nil
	}
	_ = consume
}

func ExampleHostPool() {
	pool, err := frame.NewHostPool(frame.NV12, 1920, 1080, &frame.HostPoolConfig{Max: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pool.Close()
	a, _ := pool.Get()
	b, _ := pool.Get()
	_, err = pool.Get()
	fmt.Println(errors.Is(err, frame.ErrExhausted))
	a.Release()
	c, err := pool.Get() // a's memory
	fmt.Println(c.Width, c.Height, err)
	b.Release()
	c.Release()
	// Output:
	// true
	// 1920 1080 <nil>
}

func ExampleDevicePool() {
	decode := func(pool *frame.DevicePool, s *cuda.Stream) (*frame.Frame, error) {
		f, err := pool.Get(s) // s waits for the last readers of this memory
		if err != nil {
			return nil, err
		}
		// ... put work into s that writes f.Planes ...
		if err := f.MarkReady(s); err != nil { // what Wait waits for
			f.Release()
			return nil, err
		}
		return f, nil
	}
	_ = decode
}

func ExampleFormat() {
	f, err := frame.ParseFormat("YUV420_10BIT")
	fmt.Println(f, f.Name(), err)
	for i := range f.Planes() {
		fmt.Println(f.PlaneShape(i, 3, 5), f.RowBytes(i, 3))
	}
	_, err = frame.FormatByName("yuv420p11le")
	fmt.Println(err)
	// Output:
	// P010 p010le <nil>
	// [5 3 1] 6
	// [3 2 2] 8
	// frame: no format "yuv420p11le": invalid pixel format
}

func ExampleRational() {
	timeBase := frame.Rational{Num: 1001, Den: 30000}
	fmt.Println(timeBase.Duration(1), timeBase.Ticks(time.Second), timeBase.TicksRound(time.Second, frame.RoundDown))
	pts, ok := frame.Rescale(1<<40, timeBase, frame.Rational{Num: 1, Den: 90000}, frame.RoundNearest)
	fmt.Println(pts, ok)
	// Output:
	// 33.366667ms 30 29
	// 3301833418211328 true
}

func ExampleColor_Resolve() {
	c := frame.Unspecified.Resolve(frame.NV12, 1080)
	fmt.Println(c.Matrix, c.Range)
	m, _ := c.ToRGB(8)
	fmt.Printf("R = %.4f (Y - %v) + %.4f (Cr - %v)\n", 255*m.Luma, m.LumaOffset, 255*m.M[0][1], m.ChromaOffset)
	// Output:
	// bt709 tv
	// R = 1.1644 (Y - 16) + 1.7927 (Cr - 128)
}

func ExampleFrame_CUDAArray() {
	describe := func(f *frame.Frame) error {
		a, err := f.CUDAArray(0)
		if err != nil {
			return err
		}
		fmt.Println(a.Shape, a.Strides, a.TypeStr)
		return nil
	}
	_ = describe
}

func ExampleSEI() {
	f, _ := frame.NewHost(frame.NV12, 16, 16)
	f.AddSEI(frame.SEIContentLight, []byte{3, 232, 1, 144}, false)
	for _, m := range f.SEI {
		fmt.Println(m.Type, m.Payload)
	}
	// Output: content_light_level_info [3 232 1 144]
}
