package avformat

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/abi"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// capture is a slog.Handler that keeps records.
type capture struct {
	mu      sync.Mutex
	level   slog.Level
	records []slog.Record
}

func (c *capture) Enabled(_ context.Context, l slog.Level) bool { return l >= c.level }
func (c *capture) WithAttrs([]slog.Attr) slog.Handler           { return c }
func (c *capture) WithGroup(string) slog.Handler                { return c }
func (c *capture) Handle(_ context.Context, r slog.Record) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.records = append(c.records, r)
	return nil
}

func (c *capture) find(text string) (slog.Record, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.records {
		if strings.Contains(r.Message, text) {
			return r, true
		}
	}
	return slog.Record{}, false
}

func (c *capture) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.records)
}

// say logs through FFmpeg's callback as C code would, without variable arguments.
func say(level int32, text string) {
	c := abi.Borrow()
	defer c.Return()
	c.Int(0).Int(signed(level)).Ptr(unsafe.Pointer(abi.CString(text))).Ptr(unsafe.Pointer(&[4]uint64{})).Do(logCallback())
}

func TestLogger(t *testing.T) {
	testutils.FFmpeg(t)
	require.NoError(t, load())
	t.Setenv(LogEnv, "")
	c := &capture{level: slog.LevelError}
	SetLogger(slog.New(c))
	defer SetLogger(nil)
	require.EqualValues(t, logError, int32(call0(ff.fn.avLogGetLevel)))

	say(logWarning, "not this\n")
	say(logError, "one line\n")
	say(logFatal, "the worst\n")
	say(logError|0x1200, "coloured\n")
	say(logError, "in two ")
	say(logError, "pieces\n")
	say(logError, strings.Repeat("long ", 1000)+"\n")
	say(logError, "after it\n")
	require.Eventually(t, func() bool { _, ok := c.find("after it"); return ok }, time.Second, time.Millisecond)
	for text, level := range map[string]slog.Level{
		"one line": slog.LevelError, "the worst": LevelFatal, "coloured": slog.LevelError, "in two pieces": slog.LevelError,
	} {
		r, ok := c.find(text)
		require.True(t, ok, text)
		require.Equal(t, level, r.Level)
		require.Equal(t, text, r.Message)
	}
	_, ok := c.find("not this")
	require.False(t, ok)
	require.Equal(t, 6, c.count())

	// A demuxer has a name.
	in, err := OpenReader(context.Background(), bytes.NewReader([]byte("\x00\x00\x00\x10ftypisom\x00\x00\x00\x00")), nil)
	require.Error(t, err)
	in.Close()
	require.Eventually(t, func() bool { return c.count() > 6 }, time.Second, time.Millisecond)
	c.mu.Lock()
	r := c.records[6]
	c.mu.Unlock()
	attrs := map[string]string{}
	r.Attrs(func(a slog.Attr) bool { attrs[a.Key] = a.Value.String(); return true })
	require.Contains(t, attrs["component"], "mov", r.Message)
	require.NotContains(t, r.Message, "[")

	SetLogger(nil)
	n := c.count()
	say(logFatal, "nobody listens\n")
	time.Sleep(10 * time.Millisecond)
	require.Equal(t, n, c.count())
}

func TestLoggerFilteredAllocs(t *testing.T) {
	testutils.FFmpeg(t)
	require.NoError(t, load())
	SetLogger(slog.New(&capture{level: slog.LevelError}))
	defer SetLogger(nil)
	c := abi.NewCall()
	text := abi.CString("x\n")
	require.Zero(t, allocations(1000, func() {
		c.Begin().Int(0).Int(logDebug).Ptr(unsafe.Pointer(text)).Int(0).Do(logCallback())
	}))
}

// TestLoggerSlow floods a handler that does not keep up.
func TestLoggerSlow(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.Watchdog(t, time.Minute)
	require.NoError(t, load())
	release := make(chan struct{})
	c := &capture{level: slog.LevelInfo}
	SetLogger(slog.New(blockingHandler{c, release}))
	defer SetLogger(nil)
	for range 5000 {
		say(logInfo, "flood\n")
	}
	close(release)
	require.Eventually(t, func() bool { return len(logging.lines) == 0 }, 5*time.Second, time.Millisecond)
	say(logInfo, "last\n")
	require.Eventually(t, func() bool { _, ok := c.find("last"); return ok }, time.Second, time.Millisecond)
	require.Less(t, c.count(), 2000)
	c.mu.Lock()
	defer c.mu.Unlock()
	told := false
	for _, r := range c.records {
		r.Attrs(func(a slog.Attr) bool { told = told || a.Key == "dropped"; return true })
	}
	require.True(t, told, "nothing says that lines were dropped")
}

type blockingHandler struct {
	*capture
	release chan struct{}
}

func (b blockingHandler) Handle(ctx context.Context, r slog.Record) error {
	<-b.release
	return b.capture.Handle(ctx, r)
}

func (b blockingHandler) WithAttrs([]slog.Attr) slog.Handler { return b }
func (b blockingHandler) WithGroup(string) slog.Handler      { return b }

// TestLogEnv runs itself with values of LOGGER_LEVEL; the level is what FFmpeg has
// after it was loaded.
func TestLogEnv(t *testing.T) {
	testutils.FFmpeg(t)
	if os.Getenv("AVFORMAT_LOG_CHILD") != "" {
		v, err := Load()
		require.NoError(t, err)
		_ = v
		level := int32(call0(ff.fn.avLogGetLevel))
		say(logFatal, "a fatal line\n")
		say(level, "a line at the level\n")
		time.Sleep(50 * time.Millisecond)
		t.Logf("LEVEL=%d", level)
		return
	}
	for value, want := range map[string]string{
		"": "-8", "TRACE": "40", "DEBUG": "48", "INFO": "32", "WARN": "24", "ERROR": "16", "FATAL": "8", "warn": "24", "LOUD": "-8",
	} {
		cmd := testutils.Again("-test.run=^TestLogEnv$", "-test.v")
		cmd.Env = append(os.Environ(), "AVFORMAT_LOG_CHILD=1", LogEnv+"="+value)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.Contains(t, string(out), "LEVEL="+want+"\n", "%s=%s", LogEnv, value)
		require.Equal(t, want != "-8", strings.Contains(string(out), "a fatal line"), "%s=%s\n%s", LogEnv, value, out)
		require.Equal(t, want != "-8", strings.Contains(string(out), "a line at the level"), "%s=%s\n%s", LogEnv, value, out)
		require.Equal(t, value == "LOUD", strings.Contains(string(out), "unknown level"))
	}
}
