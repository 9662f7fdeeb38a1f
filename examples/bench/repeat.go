package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/go-nvcodec/nvcodec/codec"
)

// repeated measures files of which the stream was copied several times into one: at the
// ends of a short file, some of the decoders have nothing to do.
func (b *bench) repeated(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for _, file := range b.files {
		test := fmt.Sprintf("parallel-%d-x%d", b.parallel, b.repeat)
		// The name is that of the clip, so that the lines of a clip stand together.
		long := filepath.Join(dir, clip(file)+".mkv")
		if err := repeat(ctx, file, long, b.repeat); err != nil {
			b.fail("copy", test, file, 1, err)
			continue
		}
		b.passes(ctx, long, test, b.parallel, false)
		if err := os.Remove(long); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// repeat copies the video of a file so many times into another.
func repeat(ctx context.Context, file, long string, times int) (err error) {
	dem, err := codec.Open(ctx, file, &codec.DemuxerConfig{Network: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dem.Close()) }()
	mux, err := codec.Create(ctx, long, nil, dem.Stream())
	if err != nil {
		return err
	}
	var p codec.Packet
	var offset, first, next int64 = 0, codec.NoPTS, 0
	for n := 0; err == nil && n < times; {
		if err = ctx.Err(); err != nil {
			break
		}
		err = dem.ReadPacket(&p)
		if errors.Is(err, io.EOF) {
			if n++; n < times {
				offset, err = next-first, dem.Seek(0)
				continue
			}
			err = nil
			break
		}
		if err != nil {
			break
		}
		if p.PTS == codec.NoPTS || p.DTS == codec.NoPTS {
			err = fmt.Errorf("packet without times")
			break
		}
		if first == codec.NoPTS {
			first = p.PTS
		}
		p.PTS, p.DTS, p.Stream = p.PTS+offset, p.DTS+offset, 0
		next = max(next, p.PTS+max(p.Duration, 1))
		err = mux.WritePacket(&p)
	}
	return errors.Join(err, mux.Close())
}
