package codec_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/frame"
)

// onCPU makes the examples the same on every machine; leave it out to use the GPU.
var onCPU = codec.DeviceConfig{Device: codec.CPU}

func open(path string) *codec.Demuxer {
	dem, err := codec.Open(context.Background(), path, nil)
	if err != nil {
		log.Fatal(err)
	}
	return dem
}

func ExampleFrames() {
	n := 0
	for f, err := range codec.Frames(context.Background(), "../testdata/h264.mkv", &codec.DecoderConfig{DeviceConfig: onCPU}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		if n == 0 {
			fmt.Println(f.Time(), f.Format, f.Width, f.Height)
		}
		f.Release()
		n++
	}
	fmt.Println(n, "frames")
	// Output:
	// 0s NV12 320 180
	// 60 frames
}

func ExampleDecoder() {
	dem := open("../testdata/h264.mkv")
	defer dem.Close()
	dec, err := codec.NewDecoder(dem.Stream(), &codec.DecoderConfig{DeviceConfig: onCPU})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dec.Close()
	fmt.Println(dec.Device(), "because", dec.Reason())
	n := 0
	for f, err := range dec.Frames(dem.Packets()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		if n == 0 {
			fmt.Println(f.Format, f.Width, f.Height, f.Time(), f.Key)
		}
		n++
		f.Release()
	}
	fmt.Println(n, "frames")
	// Output:
	// cpu because the configuration asks for it
	// NV12 320 180 0s true
	// 60 frames
}

// Packet by packet: the frames of a call are those that it completed.
func ExampleDecoder_Decode() {
	dem := open("../testdata/vp9.webm")
	defer dem.Close()
	dec, err := codec.NewDecoder(dem.Stream(), &codec.DecoderConfig{DeviceConfig: onCPU, Latency: codec.LatencyLow})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dec.Close()
	n := 0
	take := func(frames []*frame.Frame, err error) {
		if err != nil {
			log.Fatal(err)
		}
		for _, f := range frames {
			n++
			f.Release()
		}
	}
	for p, err := range dem.Packets() {
		if err != nil {
			fmt.Println(err)
			return
		}
		take(dec.Decode(p))
	}
	take(dec.Drain())
	fmt.Println(n)
	// Output:
	// 60
}

// RGB for an image library, half as large.
func ExampleDecoderConfig() {
	dem := open("../testdata/h264.mkv")
	defer dem.Close()
	dec, err := codec.NewDecoder(dem.Stream(), &codec.DecoderConfig{
		DeviceConfig: onCPU,
		Output:       frame.RGB24,
		Conversion:   frame.Conversion{Width: 160},
		OnError:      codec.Deliver,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dec.Close()
	for f, err := range dec.Frames(dem.Packets()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(f.Format, f.Width, f.Height)
		f.Release()
		break
	}
	// Output:
	// rgb24 160 90
}

func ExampleSimpleDecoder() {
	dem := open("../testdata/demo.mp4")
	defer dem.Close()
	s, err := codec.NewSimpleDecoder(dem, &codec.SimpleDecoderConfig{DecoderConfig: codec.DecoderConfig{DeviceConfig: onCPU}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	i, err := s.IndexAt(1500 * time.Millisecond)
	if err != nil {
		fmt.Println(err)
		return
	}
	for f, err := range s.FramesAt([]int{i, 0, -1, i}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(f.Index, f.Time())
		f.Release()
	}
	// Output:
	// 45 1.5s
	// 0 0s
	// 299 9.966666667s
	// 45 1.5s
}

func ExampleThreadedDecoder() {
	ctx := context.Background()
	dem := open("../testdata/h264.mkv")
	defer dem.Close()
	td, err := codec.NewThreadedDecoder(dem, &codec.ThreadedDecoderConfig{Buffer: 8, DecoderConfig: codec.DecoderConfig{DeviceConfig: onCPU}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer td.Close()
	next := open("../testdata/vp8.webm")
	defer next.Close()
	if err := td.Queue(next); err != nil { // follows without a gap
		fmt.Println(err)
		return
	}
	batch := make([]*frame.Frame, 7)
	for video := range 2 {
		total := 0
		for {
			n, err := td.Read(ctx, batch)
			for _, f := range batch[:n] {
				f.Release()
			}
			total += n
			if err == io.EOF { // of this video
				break
			}
			if err != nil {
				fmt.Println(err)
				return
			}
		}
		fmt.Println(video, total)
	}
	// Output:
	// 0 60
	// 1 60
}

func ExampleDamageError() {
	stream, err := os.ReadFile("../testdata/h264.h264")
	if err != nil {
		fmt.Println(err)
		return
	}
	for i := 6000; i < 6400; i++ { // in the middle of the pictures
		stream[i] ^= 0x55
	}
	dem, err := codec.NewDemuxer(bytes.NewReader(stream), &codec.DemuxerConfig{Format: "h264"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dem.Close()
	dec, err := codec.NewDecoder(dem.Stream(), &codec.DecoderConfig{DeviceConfig: onCPU})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dec.Close()
	n := 0
	for f, err := range dec.Frames(dem.Packets()) {
		var d *codec.DamageError
		if errors.As(err, &d) { // at the end, after all that could be decoded
			fmt.Println(d.Count > 0, errors.Is(d, codec.ErrCorrupt))
			break
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		n++
		f.Release()
	}
	fmt.Println(n > 20)
	// Output:
	// true true
	// true
}

func ExampleDevice() {
	for _, s := range []string{"auto", "cpu", "cuda:1"} {
		d, err := codec.ParseDevice(s)
		if n, gpu := d.Ordinal(); gpu {
			fmt.Println(d, "is GPU", n, err)
			continue
		}
		fmt.Println(d, err)
	}
	_, err := codec.ParseDevice("tpu")
	fmt.Println(errors.Is(err, codec.ErrArgument))
	// Output:
	// auto <nil>
	// cpu <nil>
	// cuda:1 is GPU 1 <nil>
	// true
}

func ExampleDecoderCaps() {
	c, err := codec.DecodeCaps(codec.CPU, codec.VP9, 420, 8)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Device, c.Supported, c.Engines)
	// Output:
	// cpu true 0
}

func ExampleDecoderCacheStats() {
	codec.SetDecoderCache(2) // sessions of the GPU that are kept for the next stream
	defer codec.SetDecoderCache(4)
	codec.TrimCache()
	fmt.Println(codec.CacheStats().Idle)
	// Output:
	// 0
}

// A picture for a screen, from whatever was decoded.
func ExampleScaler() {
	dem := open("../testdata/hevc10.mkv")
	defer dem.Close()
	dec, err := codec.NewDecoder(dem.Stream(), &codec.DecoderConfig{DeviceConfig: onCPU})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dec.Close()
	sc, err := codec.NewScaler(96, 54, frame.NV12, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sc.Close()
	for f, err := range dec.Frames(dem.Packets()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		small, err := sc.Scale(f)
		f.Release()
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(small.Format, small.Width, small.Height)
		small.Release()
		break
	}
	// Output:
	// NV12 96 54
}
