// Probe prints the streams of a file and what is known of them without decoding.
//
//	probe in.mp4
//	probe -json in.mp4
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"time"

	"github.com/go-nvcodec/nvcodec/codec"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			os.Exit(2)
		}
		fmt.Fprintln(os.Stderr, "probe:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, w io.Writer) error {
	fs := flag.NewFlagSet("probe", flag.ContinueOnError)
	asJSON := fs.Bool("json", false, "print JSON")
	// The flag may stand before or after the file.
	var files []string
	for len(args) > 0 {
		if err := fs.Parse(args); err != nil {
			return err
		}
		if fs.NArg() == 0 {
			break
		}
		files, args = append(files, fs.Arg(0)), fs.Args()[1:]
	}
	if len(files) != 1 {
		fs.Usage()
		return errors.New("give one file or URL")
	}
	dem, err := codec.Open(ctx, files[0], &codec.DemuxerConfig{Select: codec.AllStreams})
	if err != nil {
		return err
	}
	defer dem.Close()
	if *asJSON {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(struct {
			Container codec.ContainerInfo `json:"container"`
			Streams   []codec.StreamInfo  `json:"streams"`
		}{dem.Container(), dem.Streams()})
	}
	c := dem.Container()
	fmt.Fprintf(w, "%s: %s, %v, %d kbit/s\n", files[0], c.Format, c.Duration.Round(time.Millisecond), c.BitRate/1000)
	printMap(w, "  ", c.Metadata)
	for _, s := range dem.Streams() {
		fmt.Fprintf(w, "%v\n", s)
		if s.Type == codec.Video {
			fmt.Fprintf(w, "    colour %v, time base %d/%d, start %v\n", s.Color, s.TimeBase.Num, s.TimeBase.Den, s.Start)
		}
		printMap(w, "    ", s.Metadata)
	}
	return nil
}

func printMap(w io.Writer, indent string, m map[string]string) {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		fmt.Fprintf(w, "%s%s: %s\n", indent, k, m[k])
	}
}
