package testutils

import (
	"path/filepath"
	"regexp"
	"runtime"
)

// openTransform are the codecs whose inverse transform may differ by rounding, and does
// between FFmpeg's code for amd64, where the media set's checksums were made, and for others.
var openTransform = regexp.MustCompile(`^(broken-)?(mpeg|msmpeg|mjpeg|jpeg|h263|flv1)`)

// OpenTransform is true for a file of the media set whose samples may be other ones on this
// machine, by one, than those of its checksum.
func OpenTransform(name string) bool {
	return runtime.GOARCH != "amd64" && openTransform.MatchString(filepath.Base(name))
}
