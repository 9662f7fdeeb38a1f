package avformat

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/abi"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

func TestSelfCheck(t *testing.T) {
	testutils.FFmpeg(t)
	require.NoError(t, load())
	require.NoError(t, ff.selfCheck())
	for name, spoil := range map[string]func(*library){
		"AVFormatContext option probesize":           func(l *library) { l.off.formatContext.probesize += 8 },
		"AVFormatContext option fdebug":              func(l *library) { l.off.formatContext.interruptCallback += 8 },
		"AVCodecContext option pixel_format":         func(l *library) { l.off.codecContext.pixFmt -= 4 },
		"AVStream.start_time":                        func(l *library) { l.off.stream.startTime += 16 },
		"AVCodecParameters.color_trc":                func(l *library) { l.off.codecParameters.colorTrc = 0 },
		"AVPacket.pos":                               func(l *library) { l.off.packet.pos = 64 },
		"AVFrame.best_effort_timestamp":              func(l *library) { l.off.frame.bestEffortTimestamp += 24 },
		"AVFrame.extended_data":                      func(l *library) { l.off.frame.extendedData = 0 },
		"AVFormatContext.nb_streams":                 func(l *library) { l.off.formatContext.nbStreams = 0 },
		"AVBSFContext.filter":                        func(l *library) { l.off.bsfContext.filter = 0 },
		"AVCodecParameters.sample_aspect_ratio.den":  func(l *library) { l.off.codecParameters.sampleAspectRatio += 4 },
		"AVFormatContext option output_ts_offset":    func(l *library) { l.off.formatContext.outputTsOffset-- },
		"AVFormatContext option start_time_realtime": func(l *library) { l.off.formatContext.startTimeRealtime = none },
	} {
		l := *ff
		spoil(&l)
		err := l.selfCheck()
		var e *LayoutError
		require.ErrorAs(t, err, &e, name)
		require.Contains(t, strings.Join(e.Wrong, "\n"), name)
		require.ErrorIs(t, err, ErrLibrary)
		require.GreaterOrEqual(t, e.Checked, 50)
		require.Contains(t, err.Error(), "does not have the struct layout")
	}
}

// TestLayouts compares the tables with each other where C promises an order, so that
// a bad table is seen even for releases that are not here.
func TestLayouts(t *testing.T) {
	for _, r := range releases {
		l := r.layout()
		p := l.packet
		require.Equal(t, []offset{8, 16, 24, 32, 36, 40, 64, 72}, []offset{p.pts, p.dts, p.data, p.size, p.streamIndex, p.flags, p.duration, p.pos}, r.ffmpeg)
		require.Equal(t, r.avformat-2, r.avutil)
		require.Equal(t, r.avformat-53, r.swscale)
		require.Equal(t, r.avformat, r.avcodec)
		require.NotEqual(t, none, l.formatContext.interruptCallback)
		require.Equal(t, r.avformat >= 62, l.stream.sideData == none)
		require.Equal(t, r.avformat >= 62, l.frame.keyFrame == none)
	}
	_, ok := releaseOf(57)
	require.False(t, ok)
	_, ok = releaseOf(64)
	require.False(t, ok)
}

func TestLoadErrors(t *testing.T) {
	testutils.FFmpeg(t)
	dir := t.TempDir()
	_, err := openFFmpeg(dir)
	var nf *abi.NotFoundError
	require.ErrorAs(t, err, &nf)
	require.ErrorIs(t, err, ErrLibrary)
	for _, r := range releases {
		require.Contains(t, err.Error(), filepath.Join(dir, fileName("avformat", r.avformat)))
	}
	require.Contains(t, err.Error(), "apt-get install ffmpeg")

	_, err = openFFmpeg(filepath.Join(dir, "no such file"))
	require.ErrorIs(t, err, ErrLibrary)

	text := filepath.Join(dir, fileName("avformat", 61))
	require.NoError(t, os.WriteFile(text, []byte("not a library"), 0o644))
	_, err = openFFmpeg(text)
	require.ErrorIs(t, err, ErrLibrary)
	require.NoError(t, os.Remove(text))

	other := filepath.Join(dir, fileName("avformat", 99))
	require.NoError(t, os.WriteFile(other, nil, 0o644))
	_, err = openFFmpeg(dir)
	require.ErrorIs(t, err, ErrLibrary)
	require.Contains(t, err.Error(), other)
	require.Contains(t, err.Error(), "supports libavformat 58 to 63")

	require.NoError(t, load())
	require.ErrorContains(t, SetPath(dir), "loaded already")
}

// TestLoadFakes opens libraries that are not what their name says.
func TestLoadFakes(t *testing.T) {
	cc := testutils.CC(t)
	for name, c := range map[string]struct{ source, want string }{
		"newer":   {"unsigned avformat_version(void){return 64<<16|0<<8|100;}", "libavformat 64.0.100, which is newer than this program knows"},
		"older":   {"unsigned avformat_version(void){return 57<<16|0<<8|100;}", "too old"},
		"libav":   {"unsigned avformat_version(void){return 58<<16|0<<8|1;}", "is Libav's, not FFmpeg's"},
		"empty":   {"int x;", "has no avformat_version"},
		"no more": {"unsigned avformat_version(void){return 63<<16|0<<8|100;}", "lacks avformat_configuration"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, fileName("avformat", 63))
			src := filepath.Join(dir, "fake.c")
			require.NoError(t, os.WriteFile(src, []byte(c.source), 0o644))
			out, err := exec.Command(cc, "-shared", "-fPIC", "-o", file, src).CombinedOutput()
			require.NoError(t, err, "%s", out)
			_, err = openFFmpeg(dir)
			require.ErrorIs(t, err, ErrLibrary)
			require.Contains(t, err.Error(), c.want)
			var e *SetError
			require.True(t, errors.As(err, &e))
		})
	}
}

// TestLoadByPath opens the library that is loaded already by its path.
func TestLoadByPath(t *testing.T) {
	testutils.FFmpeg(t)
	require.NoError(t, load())
	path := loadedPath(t)
	l, err := openFFmpeg(path)
	require.NoError(t, err)
	require.Equal(t, ff.version.AVFormat, l.version.AVFormat)
	require.Equal(t, ff.fn.avReadFrame, l.fn.avReadFrame, "it is the same library")
	require.NoError(t, l.version.ScaleError)
	l, err = openFFmpeg(filepath.Dir(path))
	require.NoError(t, err)
	require.Equal(t, ff.fn.avReadFrame, l.fn.avReadFrame)
}

func TestErrors(t *testing.T) {
	testutils.FFmpeg(t)
	require.NoError(t, load())
	require.Equal(t, "Invalid data found when processing input", ErrInvalidData.Error())
	require.Equal(t, "End of file", ErrEOF.Error())
	require.Contains(t, Code(-123456).Error(), "-123456")
	require.ErrorIs(t, ErrEOF, error(ErrEOF))
	require.ErrorIs(t, &Error{Func: "f", Code: ErrAccess}, os.ErrPermission)
	require.ErrorIs(t, &Error{Func: "f", Code: ErrExist}, os.ErrExist)
	require.ErrorIs(t, &Error{Func: "f", Code: ErrDecoderNotFound}, errors.ErrUnsupported)
	require.NotErrorIs(t, &Error{Func: "f", Code: ErrInvalidData}, errors.ErrUnsupported)
	e := &Error{Func: "f", Code: ErrIO, Detail: "x", Err: os.ErrClosed}
	require.ErrorIs(t, e, os.ErrClosed)
	require.ErrorIs(t, e, ErrIO)
	require.Equal(t, "avformat: f: x: file already closed", e.Error())
	require.NoError(t, check("f", 0, ""))
	require.Equal(t, "video", MediaVideo.String())
	require.Equal(t, "unknown", MediaType(77).String())
}

// TestLoadEnv runs itself with NVCODEC_FFMPEG pointing to where nothing is.
func TestLoadEnv(t *testing.T) {
	testutils.FFmpeg(t)
	if dir := os.Getenv("AVFORMAT_LOAD_CHILD"); dir != "" {
		_, err := Load()
		require.ErrorIs(t, err, ErrLibrary)
		require.Contains(t, err.Error(), dir)
		_, again := Load()
		require.Equal(t, err, again, "the result is remembered")
		_, err = OpenInput(t.Context(), "x.mp4", nil)
		require.ErrorIs(t, err, ErrLibrary)
		_, err = NewPacket()
		require.ErrorIs(t, err, ErrLibrary)
		_, err = NewCodecParameters()
		require.ErrorIs(t, err, ErrLibrary)
		require.Contains(t, ErrInvalidData.Error(), "FFmpeg error")
		require.Zero(t, (*CodecParameters)(nil).Width())
		require.Equal(t, "SideDataType(5)", SideDataDisplayMatrix.String())
		t.Setenv(Env, "")
		require.NoError(t, SetPath(""), "it may be tried again elsewhere")
		_, err = Load()
		require.NoError(t, err)
		t.Log("CHILD DONE")
		return
	}
	dir := t.TempDir()
	cmd := testutils.Again("-test.run=^TestLoadEnv$", "-test.v")
	cmd.Env = append(os.Environ(), "AVFORMAT_LOAD_CHILD="+dir, Env+"="+dir)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "CHILD DONE")
}
