package avformat

import (
	"bytes"
	"context"
	"io"
	"os"
	"testing"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

func BenchmarkReadPacket(b *testing.B) {
	testutils.FFmpeg(b)
	path := testutils.Clip(b, "demo.mp4")
	data, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	for name, open := range map[string]func() (*Input, error){
		"path":   func() (*Input, error) { return OpenInput(context.Background(), path, nil) },
		"reader": func() (*Input, error) { return OpenReader(context.Background(), bytes.NewReader(data), nil) },
	} {
		b.Run(name, func(b *testing.B) {
			in, err := open()
			if err != nil {
				b.Fatal(err)
			}
			defer in.Close()
			p, err := NewPacket()
			if err != nil {
				b.Fatal(err)
			}
			defer p.Close()
			b.ReportAllocs()
			for b.Loop() {
				err := in.ReadPacket(p)
				if err == io.EOF {
					err = in.Seek(-1, 0, SeekBackward)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	testutils.FFmpeg(b)
	path := testutils.Clip(b, "demo.mp4")
	b.ReportAllocs()
	for b.Loop() {
		in, err := OpenInput(context.Background(), path, nil)
		if err != nil {
			b.Fatal(err)
		}
		in.Close()
	}
}
