package avformat

import (
	"fmt"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
)

// A FrameDataType says what a piece of a frame's side data is. The numbers are those
// of FFmpeg 5 to 9; FFmpeg 4's differ and are translated. Source:
// AVFrameSideDataType, frame.h.
type FrameDataType int32

// The side data that decoders attach to pictures, most of it from SEI messages or
// metadata OBUs. Others are passed through by number.
const (
	FrameDataPanScan          FrameDataType = 0  // AVPanScan
	FrameDataClosedCaptions   FrameDataType = 1  // ATSC A53 part 4: cc_data, three bytes each
	FrameDataStereo3D         FrameDataType = 2  // AVStereo3D
	FrameDataDisplayMatrix    FrameDataType = 6  // nine int32: DisplayMatrix
	FrameDataActiveFormat     FrameDataType = 7  // AFD, one byte
	FrameDataMotionVectors    FrameDataType = 8  // AVMotionVector
	FrameDataMasteringDisplay FrameDataType = 11 // MasteringDisplay
	FrameDataGOPTimecode      FrameDataType = 12 // MPEG-1 and 2, int64 with 25 bits
	FrameDataContentLight     FrameDataType = 14 // ContentLight
	FrameDataICCProfile       FrameDataType = 15
	FrameDataTimecode         FrameDataType = 16 // SMPTE 12M: uint32 count, then up to three uint32
	FrameDataHDR10Plus        FrameDataType = 17 // AVDynamicHDRPlus
	FrameDataRegions          FrameDataType = 18 // AVRegionOfInterest, for encoders
	FrameDataUserUnregistered FrameDataType = 20 // user_data_unregistered SEI: 16 bytes of UUID, then data
	FrameDataFilmGrain        FrameDataType = 21 // AVFilmGrainParams
	FrameDataDolbyVisionRPU   FrameDataType = 23 // Dolby Vision RPU, with its emulation prevention bytes
	FrameDataDolbyVision      FrameDataType = 24 // AVDOVIMetadata
	FrameDataHDRVivid         FrameDataType = 25 // AVDynamicHDRVivid
	FrameDataAmbient          FrameDataType = 26 // AVAmbientViewingEnvironment
)

// FFmpeg 4 has two types at 16 and 17 that nobody uses any more; those behind are
// two higher there.
const removedTypes = 2

func frameDataType(c int32) FrameDataType {
	if ff.version.AVUtil.Major >= 57 || c < 16 {
		return FrameDataType(c)
	}
	if c < 16+removedTypes {
		return -1
	}
	return FrameDataType(c - removedTypes)
}

func (t FrameDataType) number() int32 {
	if ff.version.AVUtil.Major >= 57 || t < 16 {
		return int32(t)
	}
	return int32(t + removedTypes)
}

// String is FFmpeg's name for the type.
func (t FrameDataType) String() string {
	if load() == nil {
		if s := abi.GoString(call1(ff.fn.avFrameSideDataName, uintptr(t.number()))); s != "" {
			return s
		}
	}
	return fmt.Sprintf("FrameDataType(%d)", int32(t))
}

// SideData calls yield for each piece of side data; the bytes are a view of C memory
// with the life of Plane. A type can occur more than once. It can be ranged over.
func (f *Frame) SideData(yield func(FrameDataType, []byte) bool) {
	if f.closed() {
		return
	}
	array, n := getPtr(f.p, ff.off.frame.sideData), f.int(ff.off.frame.nbSideData)
	o := &ff.off.frameSideData
	for i := range n {
		d := word(array, i)
		t := frameDataType(getInt32(d, o.typ))
		if t < 0 {
			continue
		}
		// size is an int or a size_t; the low half serves both.
		if !yield(t, view(getPtr(d, o.data), int(getInt32(d, o.size)))) {
			return
		}
	}
}

// SideDataOf returns the first piece of side data of type t as a view; nil if there
// is none.
func (f *Frame) SideDataOf(t FrameDataType) []byte {
	for u, b := range f.SideData {
		if u == t {
			return b
		}
	}
	return nil
}

// AddSideData copies b into the frame as one more piece of side data of type t. An
// encoder turns what it knows into SEI messages or metadata OBUs.
func (f *Frame) AddSideData(t FrameDataType, b []byte) error {
	if f.closed() {
		return closedError("av_frame_new_side_data")
	}
	d := f.call.Begin().Int(f.p).Int(uintptr(t.number())).Int(uintptr(len(b))).Do(ff.fn.avFrameNewSideData)
	if d == 0 {
		return noMemory("av_frame_new_side_data")
	}
	copy(view(getPtr(d, ff.off.frameSideData.data), len(b)), b)
	return nil
}

// RemoveSideData takes away the side data of type t.
func (f *Frame) RemoveSideData(t FrameDataType) {
	if !f.closed() {
		f.call.Begin().Int(f.p).Int(uintptr(t.number())).Do(ff.fn.avFrameRemoveSideData)
	}
}

// DisplayMatrix is how the picture is to be turned for display; ok is false if it
// does not say. Containers say it of the whole stream (CodecParameters.SideData).
func (f *Frame) DisplayMatrix() (m DisplayMatrix, ok bool) {
	return ParseDisplayMatrix(f.SideDataOf(FrameDataDisplayMatrix))
}

// MasteringDisplay is the display on which the picture was graded, if it says so.
func (f *Frame) MasteringDisplay() (m MasteringDisplay, ok bool) {
	return ParseMasteringDisplay(f.SideDataOf(FrameDataMasteringDisplay))
}

// ContentLight is the light level of the video, if the picture says so.
func (f *Frame) ContentLight() (c ContentLight, ok bool) {
	return ParseContentLight(f.SideDataOf(FrameDataContentLight))
}

// Timecodes are the SMPTE 12M timecodes of the picture, at most three. From the low
// byte up they hold hours, minutes, seconds and frames in BCD, with flags in the
// free bits: 30 is drop frame.
func (f *Frame) Timecodes() (codes [3]uint32, n int) {
	b := f.SideDataOf(FrameDataTimecode)
	if len(b) < 16 {
		return codes, 0
	}
	w := unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(b))), 4)
	n = int(min(w[0], 3))
	copy(codes[:n], w[1:]) // what is behind them is not set
	return codes, n
}
