package codec

import (
	"log/slog"

	"github.com/go-nvcodec/nvcodec/avformat"
)

// SetLogger sends what the library and FFmpeg report to l. Without it, and without
// LOGGER_LEVEL in the environment (TRACE, DEBUG, INFO, WARN, ERROR, FATAL), nothing is
// logged, and FFmpeg is told to be quiet if nobody set its level before. Any
// goroutine may call it, at best before the first use of the package.
func SetLogger(l *slog.Logger) { avformat.SetLogger(l) }

// logger is where the library's own lines go.
func logger() *slog.Logger { return avformat.Logger() }
