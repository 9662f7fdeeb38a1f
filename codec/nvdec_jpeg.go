package codec

import (
	"fmt"
	"os"
	"time"

	"github.com/go-nvcodec/nvcodec/nvcuvid"
)

// jpegPatience is how long a picture of JPEG may take; it takes milliseconds.
const jpegPatience = 10 * time.Second

// awaitJPEG waits until a picture of JPEG is decoded. With other codecs mapping does; on
// a busy H100 (driver 580.159.04) one of ten to forty files of JPEG had an empty first
// picture, and none of them when its status was asked for first.
func (s *decodeSession) awaitJPEG(picture int) error {
	if s.noStatus {
		return nil
	}
	var began time.Time
	for {
		st, err := s.decoder.Status(picture)
		if err != nil {
			s.noStatus = true // this driver does not tell
			return nil
		}
		if st != nvcuvid.DecodeInProgress {
			return nil
		}
		switch now := time.Now(); {
		case began.IsZero():
			began = now
		case now.Sub(began) > jpegPatience:
			s.failed = true
			return fmt.Errorf("%w: cuvidGetDecodeStatus says that a picture of JPEG is being decoded for %v: look at nvidia-smi for the GPU's health", os.ErrDeadlineExceeded, jpegPatience)
		}
		time.Sleep(50 * time.Microsecond)
	}
}
