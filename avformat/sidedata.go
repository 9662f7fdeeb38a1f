package avformat

import (
	"encoding/binary"
	"fmt"
	"math"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
)

// A SideDataType says what a piece of side data of a packet or stream is. The
// numbers are the same in every release. Source: AVPacketSideDataType, packet.h.
type SideDataType int32

// The side data that video needs. Others are passed through by number.
const (
	SideDataPalette           SideDataType = 0  // 256 colours of 4 bytes
	SideDataNewExtradata      SideDataType = 1  // the extradata from this packet on
	SideDataParamChange       SideDataType = 2  // size or sample rate from this packet on
	SideDataDisplayMatrix     SideDataType = 5  // nine int32: DisplayMatrix
	SideDataStereo3D          SideDataType = 6  // AVStereo3D
	SideDataCPBProperties     SideDataType = 10 // rate control buffer
	SideDataSkipSamples       SideDataType = 11 // audio samples to drop at start and end
	SideDataMatroskaAddition  SideDataType = 15 // BlockAdditional: alpha, HDR10+
	SideDataMetadataUpdate    SideDataType = 18 // key, NUL, value, NUL, ...
	SideDataMasteringDisplay  SideDataType = 20 // MasteringDisplay
	SideDataSpherical         SideDataType = 21 // AVSphericalMapping
	SideDataContentLight      SideDataType = 22 // ContentLight
	SideDataClosedCaptions    SideDataType = 23 // ATSC A53 part 4
	SideDataEncryptionInit    SideDataType = 24
	SideDataEncryption        SideDataType = 25
	SideDataActiveFormat      SideDataType = 26
	SideDataProducerReference SideDataType = 27 // wall clock of the encoder
	SideDataICCProfile        SideDataType = 28
	SideDataDolbyVision       SideDataType = 29 // AVDOVIDecoderConfigurationRecord
	SideDataTimecode          SideDataType = 30 // SMPTE 12M
	SideDataHDR10Plus         SideDataType = 31 // AVDynamicHDRPlus
)

// String is FFmpeg's name for the type.
func (t SideDataType) String() string {
	if load() == nil {
		if s := abi.GoString(call1(ff.fn.avPacketSideDataName, uintptr(t))); s != "" {
			return s
		}
	}
	return fmt.Sprintf("SideDataType(%d)", int32(t))
}

// SideData is one piece of side data, in Go memory.
type SideData struct {
	Type SideDataType
	Data []byte
}

// sideDataAt is element i of a C array of AVPacketSideData, its bytes as a view.
func sideDataAt(array uintptr, i int) (SideDataType, []byte) {
	o := &ff.off.packetSideData
	size := 24
	if o.typ == 12 {
		size = 16 // FFmpeg 4: int size, no padding
	}
	p := array + uintptr(i*size)
	// size is an int or a size_t; the low half serves both.
	return SideDataType(getInt32(p, o.typ)), view(getPtr(p, o.data), int(getInt32(p, o.size)))
}

// copySideData copies a C array of AVPacketSideData into Go memory.
func copySideData(array uintptr, n int) []SideData {
	var s []SideData
	for i := range n {
		t, b := sideDataAt(array, i)
		s = append(s, SideData{t, append([]byte(nil), b...)})
	}
	return s
}

// A DisplayMatrix is how a picture is to be turned for display: three rows of three
// fixed-point numbers, 16.16 with the last column 2.30. Source: display.h.
type DisplayMatrix [9]int32

// ParseDisplayMatrix reads the payload of SideDataDisplayMatrix; ok is false when
// it is too short.
func ParseDisplayMatrix(b []byte) (m DisplayMatrix, ok bool) {
	if len(b) < 36 {
		return m, false
	}
	for i := range m {
		m[i] = int32(binary.NativeEndian.Uint32(b[4*i:]))
	}
	return m, true
}

// NewDisplayMatrix is the matrix that mirrors a picture left to right if flip is
// set and then turns it clockwise by degrees.
func NewDisplayMatrix(degrees float64, flip bool) DisplayMatrix {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	fix := func(v float64) int32 { return int32(math.Round(v * (1 << 16))) }
	m := DisplayMatrix{fix(cos), fix(sin), 0, fix(-sin), fix(cos), 0, 0, 0, 1 << 30}
	if flip {
		m[0], m[1] = -m[0], -m[1]
	}
	return m
}

// Bytes is the matrix as side data.
func (m DisplayMatrix) Bytes() []byte {
	b := make([]byte, 0, 36)
	for _, v := range m {
		b = binary.NativeEndian.AppendUint32(b, uint32(v))
	}
	return b
}

// Orientation says the matrix in words: mirror the picture left to right if flip is
// set, then turn it clockwise by degrees, 0 <= degrees < 360. A matrix that is not
// invertible gives 0, false. (FFmpeg's tools print the angle counter-clockwise: -90
// there is 90 here.)
func (m DisplayMatrix) Orientation() (degrees float64, flip bool) {
	a, b, c, d := float64(m[0]), float64(m[1]), float64(m[3]), float64(m[4])
	det := a*d - b*c
	if det == 0 {
		return 0, false
	}
	if det < 0 {
		flip, a, b = true, -a, -b
	}
	// The axes may be scaled differently, so each is brought to length one first.
	degrees = math.Atan2(b/math.Hypot(b, d), a/math.Hypot(a, c)) * 180 / math.Pi
	if degrees < 0 {
		degrees += 360
	}
	if degrees > 359.999 {
		degrees = 0
	}
	return degrees, flip
}

// MasteringDisplay describes the display on which HDR video was graded (SMPTE ST
// 2086). Source: AVMasteringDisplayMetadata.
type MasteringDisplay struct {
	Primaries    [3][2]Rational // red, green, blue: CIE 1931 x, y
	White        [2]Rational    // white point: x, y
	Min, Max     Rational       // luminance, cd/m2
	HasPrimaries bool           // Primaries and White are set
	HasLuminance bool           // Min and Max are set
}

const masteringSize = 88

// ParseMasteringDisplay reads the payload of SideDataMasteringDisplay; ok is false
// when it is too short.
func ParseMasteringDisplay(b []byte) (m MasteringDisplay, ok bool) {
	if len(b) < masteringSize {
		return m, false
	}
	i := 0
	next := func() int {
		v := int32(binary.NativeEndian.Uint32(b[i:]))
		i += 4
		return int(v)
	}
	rational := func() Rational { n := next(); return Rational{n, next()} }
	for p := range m.Primaries {
		m.Primaries[p] = [2]Rational{rational(), rational()}
	}
	m.White = [2]Rational{rational(), rational()}
	m.Min, m.Max = rational(), rational()
	m.HasPrimaries, m.HasLuminance = next() != 0, next() != 0
	return m, true
}

// Bytes is m as side data.
func (m MasteringDisplay) Bytes() []byte {
	b := make([]byte, 0, masteringSize)
	add := func(rs ...Rational) {
		for _, r := range rs {
			b = binary.NativeEndian.AppendUint32(b, uint32(int32(r.Num)))
			b = binary.NativeEndian.AppendUint32(b, uint32(int32(r.Den)))
		}
	}
	for _, p := range m.Primaries {
		add(p[:]...)
	}
	add(m.White[:]...)
	add(m.Min, m.Max)
	for _, v := range []bool{m.HasPrimaries, m.HasLuminance} {
		var n uint32
		if v {
			n = 1
		}
		b = binary.NativeEndian.AppendUint32(b, n)
	}
	return b
}

// ContentLight is the light level of HDR video (CTA-861.3), in cd/m2.
type ContentLight struct{ MaxCLL, MaxFALL uint32 }

// ParseContentLight reads the payload of SideDataContentLight; ok is false when it
// is too short.
func ParseContentLight(b []byte) (c ContentLight, ok bool) {
	if len(b) < 8 {
		return c, false
	}
	return ContentLight{binary.NativeEndian.Uint32(b), binary.NativeEndian.Uint32(b[4:])}, true
}

// Bytes is c as side data.
func (c ContentLight) Bytes() []byte {
	b := binary.NativeEndian.AppendUint32(nil, c.MaxCLL)
	return binary.NativeEndian.AppendUint32(b, c.MaxFALL)
}

// The payloads are C structs of 4-byte fields, which the parsers above rely on.
var _ = [1]struct{}{}[unsafe.Sizeof(int32(0))-4]
