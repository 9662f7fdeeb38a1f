package avformat

import (
	"fmt"
	"slices"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
)

// SetFrameRate sets what the codec says of frames per second. FFmpeg before 6.1 has
// no field for it, and it does nothing there.
func (c *CodecParameters) SetFrameRate(r Rational) error {
	return c.write("SetFrameRate", func(p uintptr, o *codecParametersOffsets) error {
		setRational(p, o.framerate, r)
		return nil
	})
}

// SetBitRate sets the average in bits per second.
func (c *CodecParameters) SetBitRate(n int64) error {
	return c.write("SetBitRate", func(p uintptr, o *codecParametersOffsets) error {
		setInt64(p, o.bitRate, n)
		return nil
	})
}

// SetFieldOrder sets the order of fields, as FieldOrder has it.
func (c *CodecParameters) SetFieldOrder(n int) error {
	return c.write("SetFieldOrder", func(p uintptr, o *codecParametersOffsets) error {
		setInt32(p, o.fieldOrder, int32(n))
		return nil
	})
}

// SetSideData sets the stream's side data of type t to a copy of b; nil takes it
// away. DisplayMatrix, MasteringDisplay and ContentLight have a Bytes method for it.
func (c *CodecParameters) SetSideData(t SideDataType, b []byte) error {
	return c.write("SetSideData", func(p uintptr, o *codecParametersOffsets) error {
		if o.codedSideData != none {
			if err := setCodedSideData(p, t, b); err != nil {
				return err
			}
		}
		// A new slice, as others may hold the old one.
		side := slices.Clone(c.side)
		side = slices.DeleteFunc(side, func(s SideData) bool { return s.Type == t })
		if b != nil {
			side = append(side, SideData{t, slices.Clone(b)})
		}
		c.side = side
		return nil
	})
}

// setCodedSideData changes the side data in an AVCodecParameters (FFmpeg 6.1 on).
func setCodedSideData(p uintptr, t SideDataType, b []byte) error {
	o := &ff.off.codecParameters
	call := abi.Borrow()
	defer call.Return()
	list, count := p+uintptr(o.codedSideData), p+uintptr(o.nbCodedSideData)
	if b == nil {
		call.Int(getPtr(p, o.codedSideData)).Int(count).Int(uintptr(t)).Do(ff.fn.avPacketSideDataRemove)
		return nil
	}
	buf, err := copyToC(b)
	if err != nil {
		return err
	}
	// It takes over the buffer, unless it fails.
	if call.Int(list).Int(count).Int(uintptr(t)).Int(buf).Int(uintptr(len(b))).Int(0).Do(ff.fn.avPacketSideDataAdd) == 0 {
		call1(ff.fn.avFree, buf)
		return noMemory("av_packet_side_data_add")
	}
	return nil
}

// addStreamSideData gives an AVStream side data where the parameters have no place
// for it (before FFmpeg 6.1).
func addStreamSideData(stream uintptr, list []SideData) error {
	if ff.off.codecParameters.codedSideData != none {
		return nil
	}
	call := abi.Borrow()
	defer call.Return()
	for _, s := range list {
		buf, err := copyToC(s.Data)
		if err != nil {
			return err
		}
		r := call.Begin().Int(stream).Int(uintptr(s.Type)).Int(buf).Int(uintptr(len(s.Data))).Do32(ff.fn.avStreamAddSideData)
		if r < 0 {
			call1(ff.fn.avFree, buf)
			return check("av_stream_add_side_data", r, s.Type.String())
		}
	}
	return nil
}

// copyToC copies b into memory of av_malloc, with padding.
func copyToC(b []byte) (uintptr, error) {
	if len(b) > 1<<28 {
		return 0, &Error{Func: "av_mallocz", Code: ErrInvalid, Detail: fmt.Sprintf("%d bytes of side data", len(b))}
	}
	buf := call1(ff.fn.avMallocz, uintptr(len(b)+inputPadding))
	if buf == 0 {
		return 0, noMemory("av_mallocz")
	}
	copy(unsafe.Slice((*byte)(abi.Pointer(buf)), len(b)), b)
	return buf, nil
}
