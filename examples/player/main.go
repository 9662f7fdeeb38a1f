// Player shows a folder of videos as a web page: pictures, facts, and playback in the
// browser of whatever the machine decodes, coded anew on the fly.
//
//	player -dir ~/Videos
//	player -dir /srv/media -addr :8080 -device cuda:0 -height 1080
//
// It sends nothing but what lies below the folder, and listens on this machine alone
// unless told otherwise. Ctrl-C ends it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/examples/internal/cli"
)

func main() {
	cli.Main("player", func(ctx context.Context, args []string) error { return run(ctx, args, os.Stdout) })
}

func run(ctx context.Context, args []string, out io.Writer) error {
	fs := cli.Flags("player", "player [-dir FOLDER] [options]: shows a folder of videos at http://ADDR/")
	cfg := config{log: log.New(os.Stderr, "player: ", 0)}
	addr := fs.String("addr", "127.0.0.1:8080", "`address` to listen on; :8080 lets other machines in, who then see all of the folder")
	dir := fs.String("dir", ".", "`folder` of videos, with those below it")
	fs.TextVar(&cfg.device, "device", codec.Auto, "where to decode: auto, cpu or cuda:N; cpu also encodes there")
	fs.IntVar(&cfg.height, "height", 720, "rows of the pictures that are sent, at most; 144 to 4320")
	fs.IntVar(&cfg.transcodes, "transcodes", 4, "videos that are transcoded at once, 1 to 256; others wait")
	cacheMB := fs.Int("cache", 128, "MiB of memory for thumbnails, contact sheets and indexes, 1 to 65536")
	if err := cli.Parse(fs, args); err != nil {
		return err
	}
	switch {
	case fs.NArg() > 0:
		return cli.UsageError("%s: there are no arguments; the folder is named by -dir", fs.Arg(0))
	case cfg.height < 144 || cfg.height > 4320:
		return cli.UsageError("-height %d: 144 to 4320", cfg.height)
	case cfg.transcodes < 1 || cfg.transcodes > 256:
		return cli.UsageError("-transcodes %d: 1 to 256", cfg.transcodes)
	case *cacheMB < 1 || *cacheMB > 65536:
		return cli.UsageError("-cache %d: 1 to 65536", *cacheMB)
	}
	cfg.cacheBytes = int64(*cacheMB) << 20
	f, err := openFolder(*dir)
	if err != nil {
		return err
	}
	defer f.Close()
	l, err := net.Listen("tcp", *addr)
	if err != nil {
		return fmt.Errorf("%w; -addr names another address, 127.0.0.1:0 takes a free port", err)
	}
	codec.Prepare(cfg.device)
	s := newServer(f, cfg)
	fmt.Fprintf(out, "http://%v/ shows %s; Ctrl-C ends it\n", l.Addr(), *dir)
	return serve(ctx, l, s)
}

// serve answers requests until ctx ends, then ends what is under way.
func serve(ctx context.Context, l net.Listener, s *server) error {
	srv := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute, ErrorLog: s.cfg.log}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	var err error
	select {
	case err = <-done:
	case <-ctx.Done():
		err = fmt.Errorf("stopped: %w", context.Cause(ctx))
	}
	last, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = s.Close() // transcodes end, so that their requests do
	if srv.Shutdown(last) != nil {
		_ = srv.Close()
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
