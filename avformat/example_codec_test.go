package avformat_test

import (
	"context"
	"fmt"
	"io"
	"log"

	"github.com/go-nvcodec/nvcodec/avformat"
)

// Decode the video of a file. What is wrong with a packet does not end it.
func ExampleDecoder() {
	in, err := avformat.OpenInput(context.Background(), "video.mp4", nil)
	if err != nil {
		log.Fatal(err)
	}
	defer in.Close()
	best, err := in.BestStream(avformat.MediaVideo)
	if err != nil {
		log.Fatal(err)
	}
	video := in.Streams()[best]
	dec, err := avformat.NewDecoder(video.Parameters, &avformat.DecoderOptions{TimeBase: video.TimeBase})
	if err != nil {
		log.Fatal(err)
	}
	defer dec.Close()
	p, err := avformat.NewPacket()
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	f, err := avformat.NewFrame()
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	for end := false; !end; {
		switch err := in.ReadPacket(p); {
		case err == io.EOF:
			end, err = true, dec.Send(nil)
		case err != nil:
			log.Fatal(err)
		case p.Stream() != video.Index:
			continue
		default:
			if err := dec.Send(p); err != nil {
				log.Print(err)
				continue
			}
		}
		for {
			err := dec.Receive(f)
			if err == avformat.ErrAgain || err == io.EOF {
				break
			}
			if err != nil {
				log.Print(err)
				break
			}
			fmt.Println(video.TimeBase.Duration(f.PTS()), f.Width(), f.Height(), f.Format())
		}
	}
}

// Turn decoded pictures into RGB.
func ExampleScaler() {
	var decoded avformat.Frame // from a Decoder
	rgb, err := avformat.PixelFormatByName("rgb24")
	if err != nil {
		log.Fatal(err)
	}
	from := decoded.Image()
	s, err := avformat.NewScaler(from, avformat.Image{Format: rgb, Width: from.Width, Height: from.Height}, avformat.Bicubic)
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	pixels := make([]byte, 3*from.Width*from.Height)
	var dst avformat.Planes
	dst.Data[0], dst.Stride[0] = pixels, 3*from.Width
	if err := s.ScaleTo(&dst, &decoded); err != nil {
		log.Fatal(err)
	}
}

// Encode grey pictures.
func ExampleEncoder() {
	format, err := avformat.PixelFormatByName("yuv420p")
	if err != nil {
		log.Fatal(err)
	}
	enc, err := avformat.NewEncoder("h264", avformat.Image{Format: format, Width: 640, Height: 360}, &avformat.EncoderOptions{
		FrameRate: avformat.Rational{Num: 25, Den: 1},
		Options:   map[string]string{"crf": "23"},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer enc.Close()
	f, err := avformat.NewFrame()
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	p, err := avformat.NewPacket()
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	for i := range 101 {
		if i == 100 {
			err = enc.Send(nil)
		} else {
			if err := f.Allocate(format, 640, 360); err != nil { // the encoder may still hold the last one
				log.Fatal(err)
			}
			for plane := range f.Planes() {
				for j := range f.Plane(plane) {
					f.Plane(plane)[j] = 128
				}
			}
			f.SetPTS(int64(i))
			err = enc.Send(f)
		}
		if err != nil {
			log.Fatal(err)
		}
		for err = enc.Receive(p); err == nil; err = enc.Receive(p) {
			fmt.Println(p.PTS(), p.DTS(), p.Key(), len(p.Data()))
		}
		if err != avformat.ErrAgain && err != io.EOF {
			log.Fatal(err)
		}
	}
}

// Turn mp4's H.264 into a byte stream with start codes.
func ExampleBSF() {
	var in *avformat.Input // an mp4 file
	video := in.Streams()[0]
	b, err := avformat.NewBSF("h264_mp4toannexb", video.Parameters, video.TimeBase)
	if err != nil {
		log.Fatal(err)
	}
	defer b.Close()
	p, err := avformat.NewPacket()
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	for in.ReadPacket(p) == nil {
		if err := b.Send(p); err != nil {
			log.Fatal(err)
		}
		for b.Receive(p) == nil {
			fmt.Printf("% x\n", p.Data()[:4])
		}
	}
}
