package avformat

import (
	"context"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
)

// LogEnv names the environment variable that sets what FFmpeg logs: TRACE, DEBUG,
// INFO, WARN, ERROR or FATAL, which stand for FFmpeg's levels verbose, debug, info,
// warning, error and fatal. (TRACE says less than DEBUG; that is how
// PyNvVideoCodec has it, and it is kept.)
const LogEnv = "LOGGER_LEVEL"

// FFmpeg's levels. Source: log.h.
const (
	logQuiet   = -8
	logFatal   = 8
	logError   = 16
	logWarning = 24
	logInfo    = 32
	logVerbose = 40
	logDebug   = 48
	logTrace   = 56
)

var logNames = map[string]int32{
	"TRACE": logVerbose, "DEBUG": logDebug, "INFO": logInfo,
	"WARN": logWarning, "ERROR": logError, "FATAL": logFatal,
}

// Levels of log records that slog has no name for.
const (
	LevelFatal   = slog.LevelError + 4 // FFmpeg's fatal and panic
	LevelVerbose = slog.LevelDebug + 2 // FFmpeg's verbose, between debug and info
	LevelTrace   = slog.LevelDebug - 4 // FFmpeg's trace
)

// slogLevel is the level of a record for FFmpeg's level.
func slogLevel(level int32) slog.Level {
	switch {
	case level <= logFatal:
		return LevelFatal
	case level <= logError:
		return slog.LevelError
	case level <= logWarning:
		return slog.LevelWarn
	case level <= logInfo:
		return slog.LevelInfo
	case level <= logVerbose:
		return LevelVerbose
	case level <= logDebug:
		return slog.LevelDebug
	}
	return LevelTrace
}

// SetLogger sends what FFmpeg logs to l, from a goroutine of this package and with
// the attributes "component" (h264, mov, ...) and "ffmpeg" (the address that FFmpeg
// prints). LogEnv says from which level on; without it, l is asked once, now. Lines
// are dropped, and counted, when l does not keep up. nil ends it.
//
// It concerns FFmpeg in the whole process. Without SetLogger and without LogEnv,
// FFmpeg is silent, unless something else in the process has set its level before.
// With LogEnv alone the lines go to slog.Default. Any goroutine may call it.
func SetLogger(l *slog.Logger) {
	loading.mu.Lock()
	defer loading.mu.Unlock()
	logging.logger.Store(l)
	logging.set = true
	if ff != nil {
		applyLog()
	}
}

var logging struct {
	logger    atomic.Pointer[slog.Logger]
	threshold atomic.Int32 // FFmpeg's level; what is above is not looked at
	forced    atomic.Bool  // LogEnv is set: the logger's own level does not count
	set       bool         // SetLogger was called
	installed bool
	dropped   atomic.Int64
	lines     chan *logLine
	start     sync.Once
}

// initLog runs once FFmpeg is loaded, under loading.mu.
func initLog() {
	if logging.set || os.Getenv(LogEnv) != "" {
		applyLog()
		return
	}
	if int32(call0(ff.fn.avLogGetLevel)) == logInfo { // FFmpeg's default: nobody set it
		call1(ff.fn.avLogSetLevel, signed(logQuiet))
	}
}

// signed is a C int argument that may be negative.
func signed(v int32) uintptr { return uintptr(int64(v)) }

// applyLog brings FFmpeg's logging to what SetLogger and LogEnv ask for.
func applyLog() {
	l := logging.logger.Load()
	name := strings.ToUpper(strings.TrimSpace(os.Getenv(LogEnv)))
	level, known := logNames[name]
	if name != "" && !known {
		slog.Default().Warn("unknown level in "+LogEnv+", it is ignored", "value", name, "known", "TRACE, DEBUG, INFO, WARN, ERROR, FATAL")
	}
	switch {
	case known:
	case l != nil:
		level = enabledLevel(l)
	default:
		level = logQuiet
	}
	logging.forced.Store(known)
	logging.threshold.Store(level)
	call1(ff.fn.avLogSetLevel, signed(level))
	switch want := known || l != nil; {
	case want && !logging.installed:
		logging.start.Do(func() {
			logging.lines = make(chan *logLine, 1024)
			go deliver()
		})
		call1(ff.fn.avLogSetCallback, logCallback())
		logging.installed = true
	case !want && logging.installed:
		call1(ff.fn.avLogSetCallback, ff.fn.avLogDefaultCallback)
		logging.installed = false
	}
}

// enabledLevel is the most detailed of FFmpeg's levels that l lets through.
func enabledLevel(l *slog.Logger) int32 {
	for _, level := range []int32{logTrace, logDebug, logVerbose, logInfo, logWarning, logError, logFatal} {
		if l.Enabled(context.Background(), slogLevel(level)) {
			return level
		}
	}
	return logQuiet
}

// A logLine is what one call of av_log printed: a line, or a piece of one.
type logLine struct {
	level  int32
	from   uintptr // the object that logged, to join pieces
	prefix int32   // FFmpeg's flag: begin with [component @ address]
	text   [1024]byte
	call   abi.Call
	time   time.Time
}

var logLines = sync.Pool{New: func() any { return new(logLine) }}

// logCallback is void callback(void *avcl, int level, const char *fmt, va_list vl).
// FFmpeg calls it from its own threads too, with locks held that we know nothing
// of: so it takes none, does not wait, and allocates nothing for lines that are
// filtered.
var logCallback = sync.OnceValue(func() uintptr {
	return abi.NewCallback(abi.Handler{Args: 4, Call: onLog})
})

func onLog(c *abi.Callback) {
	level := c.Int32(1)
	if level > 0 {
		level &= 0xff // the upper bits are a colour
	}
	if level > logging.threshold.Load() {
		return
	}
	l := logLines.Get().(*logLine)
	l.level, l.from, l.prefix, l.time = level, c.Word(0), 1, time.Now()
	l.text[0] = 0
	// A va_list parameter is one word on all three targets.
	n := l.call.Begin().Int(l.from).Int(signed(level)).Int(c.Word(2)).Int(c.Word(3)).
		Ptr(unsafe.Pointer(&l.text)).Int(uintptr(len(l.text))).Ptr(unsafe.Pointer(&l.prefix)).Do32(ff.fn.avLogFormatLine2)
	l.call.Begin()
	if int(n) >= len(l.text) { // cut short, and with it the end of the line
		l.text[len(l.text)-2] = '\n'
	}
	select {
	case logging.lines <- l:
	default:
		logging.dropped.Add(1)
		logLines.Put(l)
	}
}

// deliver is the goroutine that hands lines to slog, for the life of the process.
func deliver() {
	open := map[uintptr]*strings.Builder{} // lines that have not ended yet
	for l := range logging.lines {
		text := abi.GoStringN(l.text[:])
		component, address, text := cutPrefix(text)
		rest, ended := strings.CutSuffix(text, "\n")
		b := open[l.from]
		if b != nil {
			b.WriteString(rest)
			rest = b.String()
		}
		switch {
		case !ended && len(rest) < 4096 && len(open) < 64:
			if b == nil {
				b = new(strings.Builder)
				b.WriteString(rest)
				open[l.from] = b
			}
		default:
			delete(open, l.from)
			emit(l, component, address, strings.TrimRight(rest, "\r\n"))
		}
		logLines.Put(l)
	}
}

// cutPrefix takes "[h264 @ 0x5583] " off, once or twice: FFmpeg puts the parent of
// the object first.
func cutPrefix(s string) (component, address, rest string) {
	for strings.HasPrefix(s, "[") {
		inside, after, ok := strings.Cut(s[1:], "] ")
		name, at, isObject := strings.Cut(inside, " @ ")
		if !ok || !isObject {
			break
		}
		component, address, s = name, at, after
	}
	return component, address, s
}

func emit(l *logLine, component, address, text string) {
	if strings.Contains(text, noDecoder) {
		return // it is no error: see newProbe
	}
	logger := logging.logger.Load()
	if logger == nil {
		if !logging.forced.Load() {
			return
		}
		logger = slog.Default()
	}
	level := slogLevel(l.level)
	h := logger.Handler()
	ctx := context.Background()
	if !logging.forced.Load() && !h.Enabled(ctx, level) {
		return
	}
	r := slog.NewRecord(l.time, level, text, 0)
	if component != "" {
		r.AddAttrs(slog.String("component", component), slog.String("ffmpeg", address))
	}
	if n := logging.dropped.Swap(0); n > 0 {
		r.AddAttrs(slog.String("dropped", strconv.FormatInt(n, 10)+" lines before this one"))
	}
	_ = h.Handle(ctx, r) // there is nowhere to report it to
}
