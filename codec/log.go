package codec

import (
	"log/slog"
	"os"
	"sync/atomic"

	"github.com/go-nvcodec/nvcodec/avformat"
)

var chosenLogger atomic.Pointer[slog.Logger]

var silent = slog.New(slog.DiscardHandler)

// SetLogger sends what the library and FFmpeg report to l; nil ends it. Without it,
// and without LOGGER_LEVEL in the environment (TRACE, DEBUG, INFO, WARN, ERROR,
// FATAL), nothing is logged, and FFmpeg is told to be quiet if nobody set its level
// before. With LOGGER_LEVEL alone the lines go to slog.Default. Any goroutine may call
// it, at best before the first use of the package.
func SetLogger(l *slog.Logger) {
	chosenLogger.Store(l)
	avformat.SetLogger(l)
}

// logger is where the library's own lines go.
func logger() *slog.Logger {
	if l := chosenLogger.Load(); l != nil {
		return l
	}
	if os.Getenv(avformat.LogEnv) != "" {
		return slog.Default()
	}
	return silent
}
