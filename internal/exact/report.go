package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/go-nvcodec/nvcodec/codec"
)

type report struct {
	Started time.Time `json:"started"`
	Rows    []Judged  `json:"rows"`
}

func (r *report) add(j Judged) { r.Rows = append(r.Rows, j) }

func (r *report) failed() (n int) {
	for _, j := range r.Rows {
		if j.Verdict == Fail {
			n++
		}
	}
	return n
}

// line is a row of the table, tab separated.
func (j *Judged) line() string {
	note := j.Note
	if j.Alone != "" {
		note += "; alone: " + j.Alone
	}
	note = strings.Join(strings.Fields(note), " ")
	if len(note) > 400 {
		note = note[:400] + "..."
	}
	return fmt.Sprintf("%v\t%v\t%s\t%s\t%s\t%d\t%.2f\t%s", j.Verdict, j.Device, cmp.Or(j.Result.Engine, "-"), j.Name, j.How, j.Result.Frames, j.Result.Seconds, note)
}

// summary is one line for a device: verdicts, and how rows passed, by engine.
func (r *report) summary(d codec.Device, took time.Duration) string {
	var rows, frames int
	verdicts, how, meta := map[string]int{}, map[string]int{}, map[string]int{}
	for _, j := range r.Rows {
		if j.Device != d {
			continue
		}
		rows++
		frames += j.Result.Frames
		verdicts[j.Verdict.String()]++
		if a := j.Result.Against; a != nil {
			for k := range a.Meta {
				meta[k]++
			}
		}
		if j.Verdict == Pass {
			how[j.How+" on "+cmp.Or(j.Result.Engine, "no engine")]++
		}
	}
	word := "PASS"
	if verdicts["FAIL"] > 0 {
		word = "FAIL"
	}
	var s []string
	for _, k := range slices.Sorted(maps.Keys(how)) {
		s = append(s, fmt.Sprintf("%d %s", how[k], k))
	}
	text := ""
	if len(meta) > 0 {
		var m []string
		for _, k := range slices.Sorted(maps.Keys(meta)) {
			m = append(m, fmt.Sprintf("%s in %d", k, meta[k]))
		}
		text = fmt.Sprintf("\nINFO exact %v: rows whose frames are described differently on the CPU: %s", d, strings.Join(m, ", "))
	}
	return fmt.Sprintf("%s exact %v: %d rows, %d pass (%s), %d warn, %d fail; %d frames in %.1f s", word, d, rows,
		verdicts["PASS"], strings.Join(s, ", "), verdicts["WARN"], verdicts["FAIL"], frames, took.Seconds()) + text
}

// write leaves exact.tsv and exact.json in dir.
func (r *report) write(dir string) error {
	if dir == "" {
		return nil
	}
	var b strings.Builder
	b.WriteString("verdict\tdevice\tengine\tfile\thow\tframes\tseconds\tnote\n")
	for _, j := range r.Rows {
		b.WriteString(j.line() + "\n")
	}
	text, err := json.MarshalIndent(r, "", " ")
	return errors.Join(err,
		os.WriteFile(filepath.Join(dir, "exact.tsv"), []byte(b.String()), 0o644),
		os.WriteFile(filepath.Join(dir, "exact.json"), text, 0o644))
}
