package avformat

import (
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// TestEncoderCloseEarly closes encoders that were not drained: SVT-AV1's destructor
// would wait for its threads for ever.
func TestEncoderCloseEarly(t *testing.T) {
	testutils.FFmpeg(t)
	testutils.LeakCheck(t)
	testutils.Watchdog(t, time.Minute)
	i := Image{Format: format(t, "yuv420p"), Width: 64, Height: 64}
	for _, name := range []string{"libx264", "libx265", "libsvtav1", "libaom-av1"} {
		for _, c := range []struct {
			pictures      int
			receive, send bool // some packets, the end
		}{{0, false, false}, {0, false, true}, {1, false, false}, {1, true, true}, {30, true, false}, {30, false, true}} {
			if c.pictures > 1 && name != "libsvtav1" {
				continue
			}
			t.Run(fmt.Sprintf("%s/%+v", name, c), func(t *testing.T) {
				e, err := NewEncoder(codecOfEncoder[name], i, &EncoderOptions{Name: name, FrameRate: Rational{25, 1}})
				if err != nil {
					testutils.Skip(t, "no encoder for a codec", "")
				}
				f, p := newFrame(t), newPacket(t)
				require.NoError(t, f.Allocate(i.Format, i.Width, i.Height))
				scene(t, f, 0)
				for n := range c.pictures {
					f.SetPTS(int64(n))
					for err = e.Send(f); err == ErrAgain; err = e.Send(f) {
						_ = e.Receive(p)
					}
					require.NoError(t, err)
				}
				if c.send && (c.pictures > 0 || name != "libsvtav1") { // which takes no end without a beginning
					for err = e.Send(nil); err == ErrAgain; err = e.Send(nil) {
						_ = e.Receive(p)
					}
					if err != io.EOF { // FFmpeg 4 ends at once
						require.NoError(t, err)
					}
				}
				if c.receive {
					_ = e.Receive(p)
				}
				require.NoError(t, e.Close())
				require.NoError(t, e.Close())
			})
		}
		opt := &EncoderOptions{Name: name, FrameRate: Rational{25, 1}, Options: map[string]string{"nonsense": "1"}}
		if _, err := NewEncoder(codecOfEncoder[name], i, opt); err == nil || !isMissing(name) {
			require.ErrorContains(t, err, "nonsense")
		}
	}
}

var codecOfEncoder = map[string]string{"libx264": "h264", "libx265": "hevc", "libsvtav1": "av1", "libaom-av1": "av1"}

func isMissing(encoder string) bool {
	list, _ := Encoders(codecOfEncoder[encoder])
	for _, c := range list {
		if c.Name == encoder {
			return false
		}
	}
	return true
}
