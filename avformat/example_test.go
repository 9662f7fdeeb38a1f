package avformat_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/go-nvcodec/nvcodec/avformat"
)

// Read the packets of the video in a file.
func ExampleOpenInput() {
	in, err := avformat.OpenInput(context.Background(), "video.mp4", nil)
	if err != nil {
		log.Fatal(err)
	}
	defer in.Close()
	video, err := in.BestStream(avformat.MediaVideo)
	if err != nil {
		log.Fatal(err)
	}
	p, err := avformat.NewPacket()
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	for {
		err := in.ReadPacket(p)
		if err == io.EOF {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
		if p.Stream() == video {
			fmt.Println(p.PTS(), p.Key(), len(p.Data()))
		}
	}
}

// Copy the streams of a file to a pipe, as fragmented mp4, without decoding.
func ExampleNewOutput() {
	in, err := avformat.OpenInput(context.Background(), "video.mkv", nil)
	if err != nil {
		log.Fatal(err)
	}
	defer in.Close()
	out, err := avformat.NewOutput(os.Stdout, &avformat.OutputOptions{Format: "mp4"})
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range in.Streams() {
		if _, err := out.AddStream(s.Parameters, &avformat.StreamConfig{TimeBase: s.TimeBase}); err != nil {
			log.Fatal(err)
		}
	}
	p, err := avformat.NewPacket()
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	for err = in.ReadPacket(p); err == nil; err = in.ReadPacket(p) {
		if err := out.WritePacket(p.Stream(), p); err != nil {
			log.Fatal(err)
		}
	}
	if err != io.EOF {
		log.Fatal(err)
	}
	if err := out.Close(); err != nil { // the file is whole when this is nil
		log.Fatal(err)
	}
}
