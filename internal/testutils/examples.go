package testutils

import (
	"flag"
	"fmt"
)

// Examples is for the TestMain of a package whose examples need FFmpeg, which an example
// cannot ask for: without it they are left out, or fail with REQUIRE_FFMPEG.
func Examples() {
	if hasFFmpeg() || envBool("REQUIRE_FFMPEG") {
		return
	}
	if !flag.Parsed() {
		flag.Parse()
	}
	skip := flag.Lookup("test.skip")
	pattern := "^Example"
	if v := skip.Value.String(); v != "" {
		pattern = v + "|" + pattern
	}
	fmt.Println("SKIP[no FFmpeg libraries] the examples")
	_ = skip.Value.Set(pattern)
}
