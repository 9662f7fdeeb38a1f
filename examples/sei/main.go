// Sei shows the messages that go with the pictures of a video (SEI, metadata OBUs,
// MPEG-2 user data), and writes one into the pictures of a file without coding them anew.
//
//	sei extract -i in.mp4
//	sei extract -i in.mp4 -json
//	sei insert -i in.mp4 -o out.mp4 -uuid 086f3693-b7b3-4f2c-9653-21492feee5b8 -text "camera 7"
package main

import (
	"context"
	"io"
	"os"

	"github.com/go-nvcodec/nvcodec/examples/internal/cli"
)

func main() {
	cli.Main("sei", func(ctx context.Context, args []string) error { return run(ctx, args, os.Stdout) })
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	fs := cli.Flags("sei", `sei extract [-i IN] [-json] [-device auto|cpu|cuda:N]: the messages of each frame
       sei insert -i IN -o OUT -uuid UUID -text TEXT [-every all|key]: one into every picture, or key picture
       sei extract -h, sei insert -h: their options`)
	if err := cli.Parse(fs, args); err != nil {
		return err
	}
	switch fs.Arg(0) {
	case "extract":
		return extract(ctx, fs.Args()[1:], stdout)
	case "insert":
		return insert(ctx, fs.Args()[1:], stdout)
	}
	fs.Usage()
	return cli.UsageError("%q is not extract or insert", fs.Arg(0))
}
