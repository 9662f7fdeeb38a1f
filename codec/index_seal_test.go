package codec

import (
	"encoding/binary"
	"hash/crc32"

	"github.com/go-nvcodec/nvcodec/avformat"
)

func sealIndex(b []byte) {
	end := len(b) - 4
	binary.LittleEndian.PutUint32(b[end:], crc32.Checksum(b[:end], castagnoli))
}

func avformatMissing() bool {
	_, err := avformat.Load()
	return err != nil
}
