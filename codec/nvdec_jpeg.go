package codec

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/go-nvcodec/nvcodec/nvcuvid"
)

const (
	// jpegPatience is how long a picture of JPEG may take; it takes milliseconds.
	jpegPatience = 10 * time.Second
	// jpegUnknown is how long it may be neither in progress nor finished.
	jpegUnknown = 100 * time.Millisecond
)

// awaitJPEG waits until a picture of JPEG is decoded. With other codecs mapping does; on
// a busy H100 (driver 580.159.04) one of twenty files of JPEG had an empty first picture,
// and one of 250 when its status was asked for first and an unknown one was believed.
func (s *decodeSession) awaitJPEG(picture int) error {
	if s.noStatus {
		return nil
	}
	var began time.Time
	for {
		st, err := s.decoder.Status(picture)
		if errors.Is(err, errors.ErrUnsupported) {
			s.untold(err)
			return nil
		}
		if err != nil {
			return err
		}
		if st != nvcuvid.DecodeInProgress && st != nvcuvid.DecodeInvalid {
			return nil
		}
		now := time.Now()
		if began.IsZero() {
			began = now
		}
		switch took := now.Sub(began); {
		case st == nvcuvid.DecodeInvalid && took > jpegUnknown:
			s.untold(fmt.Errorf("invalid for %v", took))
			return nil
		case took > jpegPatience:
			s.failed = true
			return fmt.Errorf("%w: cuvidGetDecodeStatus says that a picture of JPEG is being decoded for %v: look at nvidia-smi for the GPU's health", os.ErrDeadlineExceeded, jpegPatience)
		}
		time.Sleep(50 * time.Microsecond)
	}
}

// untold notes that the driver does not tell: from then on, pictures are taken unasked.
func (s *decodeSession) untold(why error) {
	s.noStatus = true
	logger().Warn("NVDEC does not tell when a picture of JPEG is finished; on a busy GPU one may be taken too early: codec.CPU decodes JPEG exactly", "status", why)
}
