package codec_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/go-nvcodec/nvcodec/codec"
)

func ExampleDemuxer() {
	dem, err := codec.Open(context.Background(), "../testdata/h264.mkv", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dem.Close()
	s := dem.Stream()
	fmt.Println(dem.Container().Format, s.Codec, s.Width, s.Height, s.TimeBase)
	if err := dem.Seek(1500 * time.Millisecond); err != nil { // to the key frame before
		fmt.Println(err)
		return
	}
	for p, err := range dem.Packets() {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(p.Key, p.Time()) // p is valid until the next one is read
		break
	}
	// Output:
	// matroska,webm h264 320 180 1/1000
	// true 1s
}

func ExamplePacket() {
	dem, err := codec.Open(context.Background(), "../testdata/hevc.mp4", &codec.DemuxerConfig{Select: codec.FirstVideo})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dem.Close()
	var kept []*codec.Packet
	for p, err := range dem.Packets() {
		if err != nil {
			fmt.Println(err)
			return
		}
		if len(kept) == 3 {
			break
		}
		kept = append(kept, p.Clone()) // its own memory
	}
	for _, p := range kept {
		fmt.Println(p.PTS, p.DTS, p.Key, p.Flags&codec.EndOfPicture != 0, len(p.Data) > 0)
	}
	// Output:
	// 0 -1024 true true true
	// 1536 -512 false true true
	// 1024 0 false true true
}

func ExampleStreamInfo() {
	f, err := os.Open("../testdata/hevc-hdr10.mp4")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	dem, err := codec.NewDemuxer(f, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dem.Close()
	s := dem.Stream()
	fmt.Println(s.Codec, s.PixelFormat, s.Chroma, s.BitDepth, s.Color.Transfer)
	fmt.Println(s.HDR.ContentLight.MaxCLL, s.HDR.MasteringDisplay.Max)
	// Output:
	// hevc yuv420p10le 420 10 smpte2084
	// 1000 1000
}

func ExampleBackgroundScan() {
	scan := codec.ScanInBackground(context.Background(), "../testdata/h264.mkv", nil)
	defer scan.Close()
	// ... anything else ...
	x, err := scan.Wait(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(x.Len())
	// Output:
	// 60
}

func ExampleIndex() {
	ctx := context.Background()
	dem, err := codec.Open(ctx, "../testdata/h264-vfr.mkv", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dem.Close()
	x, err := dem.Scan(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	i, err := x.IndexAt(time.Second)
	fmt.Println(x.Len(), i, x.Time(i), x.Frame(i).Key, err)

	var kept bytes.Buffer // a file beside the video, say
	if _, err := x.WriteTo(&kept); err != nil {
		fmt.Println(err)
		return
	}
	again, err := codec.ReadIndex(&kept)
	if err != nil {
		fmt.Println(err)
		return
	}
	m := again.Metadata()
	fmt.Println(m.Frames, m.KeyFrames, m.Variable)
	// Output:
	// 21 10 933ms false <nil>
	// 21 [0 20] true
}

func ExampleMuxer() {
	dem, err := codec.Open(context.Background(), "../testdata/h264.mkv", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dem.Close()
	var out bytes.Buffer
	mux, err := codec.NewMuxer(&out, &codec.MuxerConfig{Format: "mp4", Fragmented: true, Metadata: map[string]string{"title": "a copy"}}, dem.Stream())
	if err != nil {
		fmt.Println(err)
		return
	}
	n := 0
	for p, err := range dem.Packets() {
		if err != nil {
			fmt.Println(err)
			return
		}
		if err := mux.WritePacket(p); err != nil {
			fmt.Println(err)
			return
		}
		n++
	}
	if err := mux.Close(); err != nil { // writes the end
		fmt.Println(err)
		return
	}
	copied, err := codec.NewDemuxer(&out, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer copied.Close()
	fmt.Println(n, copied.Container().Metadata["title"])
	// Output:
	// 60 a copy
}

func ExampleError() {
	_, err := codec.Open(context.Background(), "../testdata/audio.m4a", nil)
	var e *codec.Error
	fmt.Println(errors.Is(err, codec.ErrNoVideo), errors.As(err, &e))
	_, err = codec.Open(context.Background(), "nowhere.mp4", nil)
	fmt.Println(errors.Is(err, os.ErrNotExist), errors.As(err, &e))
	fmt.Println(e.Op)
	// Output:
	// true true
	// true true
	// open
}
