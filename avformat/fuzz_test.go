package avformat

import (
	"bytes"
	"context"
	"os"
	"testing"
	"time"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// FuzzDemux feeds anything to the demuxers, as a file and as a pipe. Whatever comes
// out, it ends, and the packets are whole.
func FuzzDemux(f *testing.F) {
	testutils.FFmpeg(f)
	for _, name := range []string{"h264.mkv", "h264-editlist.mp4", "mpeg2.ts", "h264.h264", "mpeg4.avi", "vp9.webm"} {
		b, err := os.ReadFile(testutils.Clip(f, name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b[:min(len(b), 4000)], true)
		f.Add(b[len(b)/2:min(len(b), len(b)/2+2000)], false)
	}
	f.Add([]byte("#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n"), false)
	f.Add([]byte("ffconcat version 1.0\nfile /etc/hostname\n"), true)
	p, err := NewPacket()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte, seek bool) {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		opt := &InputOptions{ProbeSize: 1 << 16}
		var in *Input
		var err error
		if seek {
			in, err = OpenReader(ctx, bytes.NewReader(data), opt)
		} else {
			in, err = OpenReader(ctx, onlyReader{bytes.NewReader(data)}, opt)
		}
		if err != nil {
			return
		}
		defer in.Close()
		_, _ = in.Info()
		_, _ = in.BestStream(MediaVideo)
		for range 1000 {
			if in.ReadPacket(p) != nil {
				break
			}
			if p.Stream() < 0 || p.Stream() >= len(in.Streams()) {
				t.Fatalf("a packet of stream %d of %d", p.Stream(), len(in.Streams()))
			}
			sum := byte(0)
			for _, b := range p.Data() {
				sum += b
			}
			for _, side := range p.SideData {
				for _, b := range side {
					sum += b
				}
			}
		}
		for i := range in.Streams() {
			_, _ = in.Index(i)
		}
		_ = in.Seek(-1, 0, SeekBackward)
		_ = in.ReadPacket(p)
	})
}
