package nvsim

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// The table of live handles as report.c lays it out.
const (
	liveMagic = 0x314556494c4d5653
	slotSize  = 8 + 24 + 96
	slots     = 8192
)

// EncodingTime is how long all calls of the encoder together took in this process, one
// that Main started; 0 without the simulator.
func EncodingTime() (time.Duration, error) {
	f, err := os.Open(os.Getenv("NVSIM_LIVE"))
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return 0, err
	}
	defer f.Close()
	b := make([]byte, 8)
	_, err = f.ReadAt(b, 16+slots*slotSize)
	return time.Duration(binary.LittleEndian.Uint64(b)), err
}

// readLive returns what the table in a file holds. No file, no driver was loaded.
func readLive(path string) ([]string, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if len(b) < 16 || binary.LittleEndian.Uint64(b) != liveMagic {
		return nil, fmt.Errorf("%s: not a table of live handles", path)
	}
	var s []string
	for b = b[16:]; len(b) >= slotSize; b = b[slotSize:] {
		if h := binary.LittleEndian.Uint64(b); h != 0 {
			s = append(s, fmt.Sprintf("%s %#x (%s)", text(b[8:32]), h, text(b[32:slotSize])))
		}
	}
	return s, nil
}

func text(b []byte) string {
	b, _, _ = bytes.Cut(b, []byte{0})
	return string(b)
}
