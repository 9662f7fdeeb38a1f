package codec

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// TestEncodersKeepScheduling wants no more real-time threads after an encoder was
// opened than before: SVT-AV1 makes some, and the calling thread one, when root runs
// it. For others the test cannot fail.
func TestEncodersKeepScheduling(t *testing.T) {
	testutils.FFmpeg(t)
	if _, err := os.Stat("/proc/self/task"); err != nil {
		return // only Linux tells
	}
	testutils.Watchdog(t, time.Minute)
	before := realTimeThreads(t)
	for _, id := range []ID{H264, HEVC, AV1} {
		e, err := NewEncoder(64, 64, frame.NV12, &EncoderConfig{Codec: id, Preset: P1})
		require.NoError(t, err)
		require.LessOrEqual(t, realTimeThreads(t), before, "%v", id)
		require.NoError(t, e.Close())
	}
}

// realTimeThreads counts them; policies 1 and 2 are FIFO and RR, field 41 of stat.
func realTimeThreads(t *testing.T) (n int) {
	files, err := filepath.Glob("/proc/self/task/*/stat")
	require.NoError(t, err)
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			continue // it ended
		}
		_, rest, _ := strings.Cut(string(b), ") ")
		fields := strings.Fields(rest) // from field 3 on
		if p := fields[41-3]; p == "1" || p == "2" {
			n++
		}
	}
	return n
}
