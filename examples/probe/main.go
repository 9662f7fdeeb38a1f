// Probe prints the streams of a file and what is known of them without decoding.
//
//	probe in.mp4
//	probe -json in.mp4
//	probe -scan in.mp4              also reads all packets: frames, times, key frames
//	probe -scan -index in.idx in.mp4    saves what it found, for SimpleDecoderConfig.Index
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/examples/internal/cli"
	"github.com/go-nvcodec/nvcodec/examples/internal/progress"
)

func main() {
	cli.Main("probe", func(ctx context.Context, args []string) error { return run(ctx, args, os.Stdout) })
}

func run(ctx context.Context, args []string, w io.Writer) error {
	fs := cli.Flags("probe", "probe [-json] [-scan] [-index FILE] [FILE]: the streams of a file; no frame is decoded")
	asJSON := fs.Bool("json", false, "print JSON")
	scan := fs.Bool("scan", false, "read all packets of the video, without decoding them")
	save := fs.String("index", "", "with -scan: write the index to `file`")
	// The flag may stand before or after the file.
	var files []string
	for len(args) > 0 {
		if err := cli.Parse(fs, args); err != nil {
			return err
		}
		if fs.NArg() == 0 {
			break
		}
		files, args = append(files, fs.Arg(0)), fs.Args()[1:]
	}
	if clip := cli.Clip(); len(files) == 0 && clip != "" {
		files = append(files, clip)
	}
	if len(files) != 1 {
		fs.Usage()
		return cli.UsageError("give one file or URL")
	}
	dem, err := codec.Open(ctx, files[0], &codec.DemuxerConfig{Network: true, Select: codec.AllStreams})
	if err != nil {
		return err
	}
	defer cli.Closing(ctx, dem)()
	var scanned *codec.ScannedMetadata
	if *scan || *save != "" {
		m, err := scanVideo(ctx, files[0], *save)
		if err != nil {
			return err
		}
		scanned = &m
	}
	if *asJSON {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(struct {
			Container codec.ContainerInfo    `json:"container"`
			Streams   []codec.StreamInfo     `json:"streams"`
			Scanned   *codec.ScannedMetadata `json:"scanned,omitempty"`
		}{dem.Container(), dem.Streams(), scanned})
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
	if scanned != nil {
		printScan(w, scanned)
	}
	return nil
}

// scanVideo scans the first video of a file, and saves the index if path is not empty.
func scanVideo(ctx context.Context, file, path string) (m codec.ScannedMetadata, err error) {
	dem, err := codec.Open(ctx, file, &codec.DemuxerConfig{Network: true})
	if err != nil {
		return m, err
	}
	defer cli.Closing(ctx, dem)()
	bar := progress.Watch(func() progress.Status { return progress.Status{What: "scan"} })
	x, err := dem.Scan(ctx)
	bar.Stop()
	if err != nil {
		return m, err
	}
	if path != "" {
		f, err := os.Create(path)
		if err != nil {
			return m, err
		}
		_, err = x.WriteTo(f)
		if err = errors.Join(err, f.Close()); err != nil {
			return m, err
		}
	}
	return x.Metadata(), nil
}

func printScan(w io.Writer, m *codec.ScannedMetadata) {
	rate := "unknown rate"
	if m.AverageRate.Den > 0 {
		rate = fmt.Sprintf("%.3f fps", m.AverageRate.Float64())
	}
	if m.Variable {
		rate += ", variable"
	}
	fmt.Fprintf(w, "scan: %d frames in %d packets, %v from %v, %s, %d kbit/s\n", m.Frames, len(m.PacketSizes), m.Duration, m.Start, rate, m.BitRate/1000)
	fmt.Fprintf(w, "    %d key frames, at most %d packets apart: %v\n", len(m.KeyFrames), m.LongestGOP, short(m.KeyFrames))
	if m.Learned > 0 {
		fmt.Fprintf(w, "    %d frames were decoded to be counted: the stream is damaged, or begins in the middle\n", m.Learned)
	}
}

// short is a list that fits on a line.
func short(list []int) string {
	if len(list) <= 12 {
		return fmt.Sprint(list)
	}
	return fmt.Sprintf("%v ... %d", list[:12], list[len(list)-1])
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
