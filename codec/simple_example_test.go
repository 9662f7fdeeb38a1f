package codec_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/go-nvcodec/nvcodec/codec"
)

func ExampleSimpleDecoder() {
	ctx := context.Background()
	dem, err := codec.Open(ctx, "in.mp4", nil)
	if err != nil {
		log.Fatal(err)
	}
	defer dem.Close()
	s, err := codec.NewSimpleDecoder(dem, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	i, err := s.IndexAt(90 * time.Second)
	if err != nil {
		log.Fatal(err)
	}
	for f, err := range s.FramesAt([]int{i, 0, -1, i}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(f.Index, f.Time())
		f.Release()
	}
	for f, err := range s.Range(0, s.Len(), 30) {
		if err != nil {
			log.Fatal(err)
		}
		f.Release()
	}
}

func ExampleIndex() {
	scan := codec.ScanInBackground(context.Background(), "in.mkv", nil)
	defer scan.Close()
	x, err := scan.Wait(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	m := x.Metadata()
	fmt.Println(m.Frames, m.AverageRate, m.KeyFrames)
}
