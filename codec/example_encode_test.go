package codec_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/frame"
)

func ExampleEncoder() {
	enc, err := codec.NewEncoder(320, 180, frame.NV12, &codec.EncoderConfig{
		DeviceConfig: onCPU, Codec: codec.H264, Preset: codec.P1, FrameRate: frame.Rational{Num: 25, Den: 1},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer enc.Close()
	var out bytes.Buffer
	mux, err := codec.NewMuxer(&out, &codec.MuxerConfig{Format: "matroska"}, enc.Stream())
	if err != nil {
		fmt.Println(err)
		return
	}
	write := func(packets []*codec.Packet, err error) {
		for _, p := range packets {
			err = errors.Join(err, mux.WritePacket(p))
		}
		if err != nil {
			log.Fatal(err)
		}
	}
	picture := make([]byte, 320*180*3/2)
	for i := range 50 {
		for j := range picture {
			picture[j] = byte(j + i)
		}
		write(enc.EncodeBytes(picture, nil))
	}
	write(enc.Drain())
	if err := mux.Close(); err != nil {
		fmt.Println(err)
		return
	}
	dem, err := codec.NewDemuxer(bytes.NewReader(out.Bytes()), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dem.Close()
	x, err := dem.Scan(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(x.Codec(), x.Len(), x.Metadata().Duration)
	// Output:
	// h264 50 2s
}

// What changes while an encoder runs.
func ExampleEncoder_Reconfigure() {
	enc, err := codec.NewEncoder(64, 48, frame.IYUV, &codec.EncoderConfig{
		DeviceConfig: onCPU, Rate: codec.RateControl{Mode: codec.CBR, BitRate: 1_000_000}, BFrames: new(int),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer enc.Close()
	rate := enc.Rate()
	rate.BitRate = 500_000
	err = enc.Reconfigure(codec.Reconfiguration{Rate: &rate, ForceIDR: true})
	if errors.Is(err, codec.ErrUnsupported) { // NVENC can
		fmt.Println("this engine wants a new encoder")
	}
	fmt.Println(enc.Rate().Mode, enc.Rate().BitRate)
	// Output:
	// this engine wants a new encoder
	// cbr 1000000
}

// A key frame and a message where they are wanted.
func ExampleEncoder_Encode() {
	enc, err := codec.NewEncoder(64, 48, frame.IYUV, &codec.EncoderConfig{DeviceConfig: onCPU, GOP: 100, Tuning: codec.LowLatency})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer enc.Close()
	f, err := frame.NewHost(frame.IYUV, 64, 48)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Release()
	id, _ := frame.ParseUUID("0c2f5d6e-7a1b-4c3d-8e9f-000102030405")
	message, err := frame.UserDataUnregistered{UUID: id, Data: []byte("scene 2")}.SEI(frame.InH264)
	if err != nil {
		fmt.Println(err)
		return
	}
	var keys []bool
	take := func(packets []*codec.Packet, err error) {
		if err != nil {
			log.Fatal(err)
		}
		for _, p := range packets {
			keys = append(keys, p.Key)
		}
	}
	for i := range 6 {
		var pic *codec.Picture
		if i == 4 {
			pic = &codec.Picture{ForceIDR: true, SEI: []frame.SEI{message}}
		}
		take(enc.Encode(f, pic))
	}
	take(enc.Drain())
	fmt.Println(keys)
	// Output:
	// [true false false false true false]
}

// The names are those of PyNvVideoCodec and of FFmpeg's options.
func ExampleEncoderConfig() {
	var cfg codec.EncoderConfig
	err := json.Unmarshal([]byte(`{"codec": "hevc", "preset": "P5", "bitrate": "4M", "rc": "vbr", "gop": 60}`), &cfg)
	fmt.Println(cfg.Codec, cfg.Preset, cfg.Rate.BitRate, cfg.Rate.Mode, cfg.GOP, err)
	err = json.Unmarshal([]byte(`{"presets": "P5"}`), &cfg)
	fmt.Println(errors.Is(err, codec.ErrArgument))
	// Output:
	// hevc P5 4194304 vbr 60 <nil>
	// true
}

func ExampleEncoderCaps() {
	caps, err := codec.EncodeCaps(codec.CPU, codec.H264)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(caps.Device, caps.Codec, caps.API == "")
	cfg := codec.EncoderConfig{Codec: codec.HEVC}
	fmt.Println(errors.Is(cfg.Validate(caps), codec.ErrArgument)) // capabilities of another codec
	// Output:
	// cpu h264 true
	// true
}

func ExampleTranscoder() {
	ctx := context.Background()
	dem, err := codec.Open(ctx, "../testdata/av-12s.mp4", &codec.DemuxerConfig{Select: codec.AllStreams})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dem.Close()
	t, err := codec.NewTranscoder(dem, &codec.TranscoderConfig{
		Decoder: codec.DecoderConfig{DeviceConfig: onCPU},
		Encoder: codec.EncoderConfig{DeviceConfig: onCPU, Preset: codec.P1},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer t.Close()
	dir, err := os.MkdirTemp("", "example-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	part := codec.Interval{Start: time.Second, End: 2 * time.Second}
	path := filepath.Join(dir, "part.mp4")
	if err := t.WriteFile(ctx, path, nil, part); err != nil {
		fmt.Println(err)
		return
	}
	cut := open(path)
	defer cut.Close()
	x, err := cut.Scan(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(x.Len(), x.Time(0))
	fmt.Println(part.Name("video.mp4"))
	// Output:
	// 30 0s
	// video_1_2.mp4
}

// A message into every picture without coding anew.
func ExampleSEIInserter() {
	dem := open("../testdata/h264.mkv")
	defer dem.Close()
	ins, err := codec.NewSEIInserter(dem.Stream())
	if err != nil {
		fmt.Println(err)
		return
	}
	id, _ := frame.ParseUUID("0c2f5d6e-7a1b-4c3d-8e9f-000102030405")
	message, err := frame.UserDataUnregistered{UUID: id, Data: []byte("camera 7")}.SEI(frame.InH264)
	if err != nil {
		fmt.Println(err)
		return
	}
	for p, err := range dem.Packets() {
		if err != nil {
			fmt.Println(err)
			return
		}
		before := len(p.Data)
		if err := ins.Insert(p, []frame.SEI{message}); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(len(p.Data)-before > len("camera 7"), bytes.Contains(p.Data, []byte("camera 7")))
		break
	}
	// Output:
	// true true
}

func ExampleHDR() {
	light, err := frame.ContentLight{MaxCLL: 1000, MaxFALL: 400}.SEI(frame.InHEVC)
	if err != nil {
		fmt.Println(err)
		return
	}
	h := codec.HDROf([]frame.SEI{light})
	fmt.Println(h.IsZero(), *h.ContentLight)
	// Output:
	// false MaxCLL 1000 cd/m2, MaxFALL 400 cd/m2
}
