package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/examples/internal/cli"
	"github.com/go-nvcodec/nvcodec/frame"
)

func insert(ctx context.Context, args []string, stdout io.Writer) (err error) {
	fs := cli.Flags("sei insert", "sei insert -i IN -o OUT -uuid UUID -text TEXT [options]: a message into pictures, without coding them anew")
	in := fs.String("i", "", "input `file` or URL")
	out := fs.String("o", "", "output `file`; its extension is the container")
	uuid := fs.String("uuid", "", "who defines the text, 32 hexadecimal `digits`")
	text := fs.String("text", "", "the `text`")
	every := fs.String("every", "all", "pictures that get it: all or key")
	if err := cli.Parse(fs, args); err != nil {
		return err
	}
	if *in == "" || *out == "" || *uuid == "" {
		fs.Usage()
		return cli.UsageError("-i, -o and -uuid are needed")
	}
	if *every != "all" && *every != "key" {
		return cli.UsageError("-every %q; want all or key", *every)
	}
	id, err := frame.ParseUUID(*uuid)
	if err != nil {
		return cli.UsageError("-uuid: %w", err)
	}
	m, err := frame.UserDataUnregistered{UUID: id, Data: []byte(*text)}.SEI(frame.InH264) // HEVC has the same
	if err != nil {
		return err
	}
	m.Syntax.Codec = frame.InUnknown

	dem, err := codec.Open(ctx, *in, &codec.DemuxerConfig{Network: true, Select: codec.VideoAndAudio})
	if err != nil {
		return err
	}
	defer cli.Closing(ctx, dem)()
	video := dem.Stream()
	w, err := codec.NewSEIInserter(video)
	if err != nil {
		return err
	}
	streams, place := []codec.StreamInfo{video}, map[int]int{video.Index: 0}
	for _, s := range dem.Streams() {
		if s.Type == codec.Audio {
			place[s.Index] = len(streams)
			streams = append(streams, s)
		}
	}
	mux, err := codec.Create(ctx, *out, nil, streams...)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, mux.Abort())
		}
	}()
	n, pictures := 0, 0
	var p codec.Packet
	for {
		if err := dem.ReadPacket(&p); err == io.EOF {
			break
		} else if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		to, ok := place[p.Stream]
		if !ok {
			continue
		}
		if to == 0 {
			if pictures++; *every == "all" || p.Key {
				if err := w.Insert(&p, []frame.SEI{m}); err != nil {
					return err
				}
				n++
			}
		}
		p.Stream = to
		if err := mux.WritePacket(&p); err != nil {
			return err
		}
	}
	if err := mux.Close(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%d of %d pictures have it\n", n, pictures)
	return err
}
