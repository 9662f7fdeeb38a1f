package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/codec"
)

func row(expect, codec, format string, features ...string) *Row {
	r := &Row{Name: "x", Expect: expect, Features: features}
	r.Derived.Codec, r.Derived.Frames, r.Derived.MD5 = codec, 10, "m"
	r.Derived.FrameFormats = []string{format}
	return r
}

func TestVerdict(t *testing.T) {
	good := row("decodes", "h264", "320x240 yuv420p")
	near := row("decodes", "mpeg2video", "320x240 yuv420p")
	damaged := row("decodes with errors logged", "h264", "320x240 yuv420p")
	none := row("error expected", "h264", "320x240 yuv420p")
	known := row("decodes", "mpeg4", "320x240 yuv420p")
	known.Name = "mpeg4-mp4-bunny-176x144.mp4"
	published := row("decodes", "hevc", "176x144 yuv420p")
	published.Expected = append(published.Expected, struct {
		Kind  string `json:"kind"`
		Value string `json:"value"`
	}{"md5 of all frames", "p"})
	for _, c := range []struct {
		what string
		row  *Row
		res  Result
		want Verdict
		how  string
	}{
		{"equal", good, Result{Engine: "cuda:0", Frames: 10, MD5: "m"}, Pass, "same"},
		{"a frame short", good, Result{Engine: "cuda:0", Frames: 9, MD5: "m"}, Fail, "differs"},
		{"other bytes", good, Result{Engine: "cuda:0", Frames: 10, MD5: "n"}, Fail, "differs"},
		{"equal, then an error", good, Result{Engine: "cuda:0", Frames: 10, MD5: "m", Error: "e"}, Fail, "differs"},
		{"equal, damage reported", good, Result{Engine: "cuda:0", Frames: 10, MD5: "m", Error: "e", Kinds: []string{"corrupt"}}, Warn, "same"},
		{"refused, but can", good, Result{Error: "e", Kinds: []string{"unsupported"}}, Fail, "differs"},
		{"refused, too small", row("decodes", "h264", "32x16 yuv420p"), Result{Error: "e", Kinds: []string{"unsupported"}}, Pass, "refused"},
		{"refused, no error type", row("decodes", "av1", "320x240 yuv420p"), Result{Error: "e"}, Fail, "differs"},
		{"refused, AV1", row("decodes", "av1", "320x240 yuv420p"), Result{Error: "e", Kinds: []string{"unsupported"}}, Pass, "refused"},
		{"refused, named", row("decodes", "h264", "320x240 yuv420p", "unsupported-nvdec"), Result{Error: "e", Kinds: []string{"unsupported"}}, Pass, "refused"},
		{"refused late", row("decodes", "av1", "320x240 yuv420p"), Result{Frames: 3, Error: "e", Kinds: []string{"unsupported"}}, Warn, "refused"},
		{"near", near, Result{Engine: "cuda:0", Frames: 10, MD5: "n", Against: &Diff{Max: 3, CPUFrames: 10}}, Pass, "near"},
		{"near, too far", near, Result{Engine: "cuda:0", Frames: 10, MD5: "n", Against: &Diff{Max: 4, CPUFrames: 10}}, Fail, "near"},
		{"near, the hardware's arithmetic", known, Result{Engine: "cuda:0", Frames: 10, MD5: "n", Against: &Diff{Max: 6, CPUFrames: 10}}, Warn, "hardware"},
		{"near, more than was seen", known, Result{Engine: "cuda:0", Frames: 10, MD5: "n", Against: &Diff{Max: 7, CPUFrames: 10}}, Fail, "near"},
		{"as published", published, Result{Engine: "cuda:0", Frames: 10, MD5: "p"}, Pass, "published"},
		{"as published, a frame short", published, Result{Engine: "cuda:0", Frames: 9, MD5: "p"}, Fail, "differs"},
		{"fuzzed", row("decodes", "hevc", "176x144 yuv420p", "fuzz"), Result{Engine: "cuda:0", Frames: 10, MD5: "n"}, Warn, "damaged"},
		{"fuzzed, on the CPU", row("decodes", "hevc", "176x144 yuv420p", "fuzz"), Result{Engine: "cpu", Frames: 10, MD5: "n"}, Fail, "differs"},
		{"near is not for the CPU", near, Result{Engine: "cpu", Frames: 10, MD5: "n"}, Fail, "differs"},
		{"damaged, other frames on the GPU", damaged, Result{Engine: "cuda:0", Frames: 8, MD5: "n", Error: "e", Kinds: []string{"corrupt"}}, Warn, "damaged"},
		{"damaged, other frames on the CPU", damaged, Result{Engine: "cpu", Frames: 8, MD5: "n"}, Fail, "differs"},
		{"damaged, same", damaged, Result{Engine: "cpu", Frames: 10, MD5: "m", Error: "e", Kinds: []string{"corrupt"}}, Pass, "same"},
		{"damaged, hangs", damaged, Result{Crash: "hangs"}, Fail, "crash"},
		{"error due", none, Result{Error: "e"}, Pass, "error"},
		{"error due, silence", none, Result{}, Fail, "no error"},
		{"error due, frames", none, Result{Frames: 1, Error: "e"}, Warn, "frames"},
		{"no video", row("no video stream", "", ""), Result{Error: "e", Kinds: []string{"no video"}}, Pass, "error"},
		{"no video, other error", row("no video stream", "", ""), Result{Error: "e"}, Fail, "no error"},
		{"no library", none, Result{Error: "e", Kinds: []string{"library"}}, Fail, "library"},
	} {
		v, how, _ := verdict(c.row, codec.GPU(0), &c.res, 3)
		require.Equal(t, c.want, v, c.what)
		require.Equal(t, c.how, how, c.what)
	}
}

// TestAutoMustNotRefuse: what the GPU does not do is the CPU's.
func TestAutoMustNotRefuse(t *testing.T) {
	res := &Result{Error: "e", Kinds: []string{"unsupported"}}
	v, _, _ := verdict(row("decodes", "av1", "320x240 yuv420p"), codec.Auto, res, 3)
	require.Equal(t, Fail, v)
}

func TestTimesCount(t *testing.T) {
	r := row("decodes", "h264", "320x240 yuv420p")
	res := &Result{Engine: "cuda:0", Frames: 10, MD5: "m", Against: &Diff{CPUFrames: 10}}
	require.Equal(t, Pass, judge(r, codec.GPU(0), res, 3).Verdict)
	res.Against.meta(4, "key", true, false)
	require.Equal(t, Pass, judge(r, codec.GPU(0), res, 3).Verdict)
	res.Against.meta(4, "pts", ticks(7), ticks(8))
	j := judge(r, codec.GPU(0), res, 3)
	require.Equal(t, Fail, j.Verdict)
	require.Contains(t, j.Note, "pts x1 (frame 4: 7, CPU 8)")
}

func TestSamples(t *testing.T) {
	d := &Diff{}
	d.samples([]byte{1, 2, 3, 250}, []byte{1, 4, 3, 255}, 1)
	require.Equal(t, 5, d.Max)
	require.EqualValues(t, 2, d.Samples)
	d = &Diff{}
	d.samples([]byte{0, 1, 9, 0}, []byte{255, 0, 9, 0}, 2) // 256 against 255
	require.Equal(t, 1, d.Max)
}

func TestFirstLine(t *testing.T) {
	w := &tail{max: 10000}
	_, _ = w.Write([]byte("some warning\n" + strings.Repeat("x\n", 3000)))
	_, _ = w.Write([]byte("SIGSEGV: segmentation violation\nPC=0\n"))
	require.Equal(t, "SIGSEGV: segmentation violation", w.firstLine())
}

// TestServe holds the protocol: a line in, a line out, a bad file is a result.
func TestServe(t *testing.T) {
	var out strings.Builder
	require.NoError(t, serve(strings.NewReader(`{"file":"does-not-exist.mp4","device":"cpu"}`+"\n"), &out))
	require.Contains(t, out.String(), `"error":`)
	require.Equal(t, 1, strings.Count(out.String(), "\n"))
}

func TestVerdictRandom(t *testing.T) {
	good, small := row("decodes", "h264", "320x240 yuv420p"), row("decodes", "h264", "32x16 yuv420p")
	for _, c := range []struct {
		row  *Row
		res  Result
		want Verdict
	}{
		{good, Result{Frames: 10}, Pass},
		{good, Result{Frames: 10, Bad: 1, Error: "e"}, Fail},
		{good, Result{Frames: 10, Bad: 1, Error: "e", Kinds: []string{"corrupt"}}, Fail},
		{good, Result{Frames: 10, Error: "e"}, Fail},
		{good, Result{Frames: 10, Error: "e", Kinds: []string{"corrupt"}}, Warn},
		{good, Result{Crash: "c"}, Fail},
		{small, Result{Error: "e", Kinds: []string{"unsupported"}}, Pass},
	} {
		j := judgeRandom(c.row, codec.GPU(0), &c.res)
		require.Equal(t, c.want, j.Verdict, "%+v", c.res)
	}
	var p parallels
	require.NoError(t, p.Set("1,2,7"))
	require.Equal(t, parallels{1, 2, 7}, p)
	require.Error(t, p.Set("1,x"))
	require.Error(t, p.Set("0"))
}
