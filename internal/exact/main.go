// Exact decodes a set of media files on the engines that it is told and compares
// every frame with libavcodec's.
//
//	exact -media DIR -device cuda:0,auto [-j 4] [-o DIR] [-match REGEXP] [NAME...]
//
// DIR has a manifest.json with the checksum that each file must give. A row passes if
// all frames, in number and content, are right; if the codec allows small differences
// (MPEG-1, -2, -4, JPEG) and none is above -near; if a file that cannot be decoded
// gives an error; or if the hardware does not do such streams and says so in a typed
// error. Where the engine is a GPU, every file is decoded on the CPU beside it, and
// samples, times and flags are compared frame by frame.
//
// Files are decoded by worker processes, so that a crash or a hang costs one row. A row
// that fails is tried again in a process of its own.
//
// With -sei the lists of SEI messages, metadata OBUs and user data are what counts: a
// line for each file that has any, with their number and a checksum on both.
//
// With -random 1,2,3,7 frames are decoded by number, by so many decoders at once, and
// compared with those of a plain decode on the same device.
//
// The exit status is 0 only if every row passed.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/go-nvcodec/nvcodec/codec"
)

type options struct {
	media, out, devices, match string
	jobs, near                 int
	timeout                    time.Duration
	verbose, worker, sei       bool
	names                      []string
	job                        Job // what all jobs have in common
}

func main() {
	var o options
	flag.StringVar(&o.media, "media", os.Getenv("NVCODEC_MEDIA"), "`folder` with manifest.json; default $NVCODEC_MEDIA")
	flag.StringVar(&o.out, "o", "", "write exact.tsv, exact.json and workers.log to `folder`")
	flag.StringVar(&o.devices, "device", "auto", "`devices` separated by commas: auto, cpu, cuda:N")
	flag.StringVar(&o.match, "match", "", "only files whose name matches `regexp`")
	flag.IntVar(&o.jobs, "j", max(1, min(8, runtime.NumCPU()/2)), "worker processes")
	flag.IntVar(&o.near, "near", 3, "largest difference of a sample where the codec allows some")
	flag.DurationVar(&o.timeout, "timeout", 60*time.Second, "for one file")
	flag.BoolVar(&o.verbose, "v", false, "print every row, not only what needs a look")
	flag.BoolVar(&o.sei, "sei", false, "judge the messages of the frames (SEI) instead of their samples: the CPU's list is right")
	flag.BoolVar(&o.worker, "worker", false, "work on jobs from standard input (used by exact itself)")
	flag.IntVar(&o.job.Threads, "threads", 1, "of the CPU engine; what libavcodec makes of damage depends on it, and the manifest is of one")
	flag.Var(&o.job.Random, "random", "decode frames by number, by so `many` decoders at once, separated by commas")
	flag.TextVar(&o.job.Layout, "layout", codec.LayoutNative, "native or planar")
	flag.TextVar(&o.job.Latency, "latency", codec.LatencyNative, "native, low or zero")
	flag.TextVar(&o.job.Memory, "memory", o.job.Memory, "auto, host or device")
	flag.Parse()
	o.names = flag.Args()
	err := run(&o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "exact:", err)
		os.Exit(1)
	}
}

func run(o *options) error {
	if o.worker {
		return serve(os.Stdin, os.Stdout)
	}
	rows, err := readManifest(o.media)
	if err != nil {
		return err
	}
	if rows, err = choose(rows, o.match, o.names); err != nil {
		return err
	}
	if len(o.job.Random) > 0 {
		rows = slices.DeleteFunc(rows, func(r Row) bool { return r.Expect != "decodes" })
	}
	var devices []codec.Device
	for _, s := range strings.Split(o.devices, ",") {
		d, err := codec.ParseDevice(s)
		if err != nil {
			return err
		}
		devices = append(devices, d)
	}
	rep := &report{Started: time.Now()}
	log, err := openLog(o.out)
	if err != nil {
		return err
	}
	defer log.Close()
	unequal := 0
	for _, d := range devices {
		began := time.Now()
		p := &pool{timeout: o.timeout, log: log}
		var jobs []Job
		for _, r := range rows {
			j := o.job
			j.Device, j.File = d, filepath.Join(o.media, r.Name)
			j.Against = d != codec.CPU && len(j.Random) == 0
			j.Luma = strings.HasPrefix(r.Derived.PixFmt, "gray")
			if r.FrameMD5 != "" {
				j.FrameMD5 = filepath.Join(o.media, r.FrameMD5)
			}
			jobs = append(jobs, j)
		}
		results := p.run(jobs, o.jobs)
		for i, r := range rows {
			verdict := func(res *Result) Judged {
				if len(o.job.Random) > 0 {
					return judgeRandom(&r, d, res)
				}
				return judge(&r, d, res, o.near)
			}
			row := verdict(&results[i])
			if row.Verdict == Fail && len(rows) > 1 {
				// Alone, so that what a file before it did wrong is told apart.
				again := p.run(jobs[i:i+1], 1)[0]
				alone := verdict(&again)
				row.Alone = alone.Verdict.String() + ": " + alone.Note
			}
			rep.add(row)
			if o.sei {
				line, ok := row.messageLine()
				if line != "" {
					fmt.Println(line)
				}
				if !ok {
					unequal++
				}
				continue
			}
			if o.verbose || row.Verdict != Pass {
				fmt.Println(row.line())
			}
		}
		fmt.Println(rep.summary(d, time.Since(began)))
	}
	if err := rep.write(o.out); err != nil {
		return err
	}
	if o.sei {
		if unequal > 0 {
			return fmt.Errorf("%d files have other messages than on the CPU", unequal)
		}
		return nil
	}
	if n := rep.failed(); n > 0 {
		return fmt.Errorf("%d rows failed", n)
	}
	return nil
}

func choose(rows []Row, match string, names []string) ([]Row, error) {
	re, err := regexp.Compile(match)
	if err != nil {
		return nil, err
	}
	rows = slices.DeleteFunc(rows, func(r Row) bool {
		return !re.MatchString(r.Name) || len(names) > 0 && !slices.Contains(names, r.Name)
	})
	if len(rows) == 0 {
		return nil, errors.New("no file is chosen")
	}
	return rows, nil
}

func openLog(dir string) (*os.File, error) {
	if dir == "" {
		return os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	return os.Create(filepath.Join(dir, "workers.log"))
}
