package nvenc

import (
	"encoding/binary"
	"unsafe"
)

// A part of a struct lies at from in the newest layout and at to in another.
type part struct{ from, to, n uint16 }

// parts tells where version a has the parts of a struct; what is not in them, the
// version has not. The structs that are not listed only grew at their end or out of
// reserved space, and size bytes of them are in place.
func (a API) parts(id structID, size int) []part {
	switch {
	case id == idPicParams && a < API120:
		return picParts111
	case id == idPicParams && a < API122:
		return picParts120
	case id == idLockBitstream && a < API121:
		return lockParts120
	case id == idMEOnly && a < API122:
		return meParts121
	}
	return wholeParts[size]
}

var (
	picParts111  = []part{{0, 0, 1616}, {1624, 1616, 32}, {1656, 1648, 8}, {1712, 1696, 32}}
	picParts120  = []part{{0, 0, 1624}, {1624, 1632, 32}, {1656, 1664, 8}, {1712, 1712, 1648}}
	lockParts120 = []part{{0, 0, 92}, {92, 140, 20}}
	meParts121   = []part{{0, 0, 40}, {44, 40, 4}, {48, 48, 1496}}
)

// wholeParts is by size, so that asking for it does not allocate.
var wholeParts = func() map[int][]part {
	m := map[int][]part{}
	for _, row := range shapes {
		n := row[0].size // the newest
		m[int(n)] = []part{{0, 0, n}}
	}
	return m
}()

// pack writes the struct src, in the newest layout, into dst as version a has it, with
// its version word.
func (a API) pack(id structID, dst, src []byte) {
	n := int(shapes[id][a.index()].size)
	clear(dst[:n])
	for _, p := range a.parts(id, len(src)) {
		copy(dst[p.to:min(n, int(p.to+p.n))], src[p.from:])
	}
	binary.LittleEndian.PutUint32(dst, a.version(id))
}

// unpack is pack backwards, without the version word.
func (a API) unpack(id structID, dst, src []byte) {
	n := int(shapes[id][a.index()].size)
	word := binary.LittleEndian.Uint32(dst)
	clear(dst)
	for _, p := range a.parts(id, len(dst)) {
		copy(dst[p.from:p.from+p.n], src[p.to:min(n, int(p.to+p.n))])
	}
	binary.LittleEndian.PutUint32(dst, word)
}

// The bits of InitializeParams before 12.1, where split encoding came in between.
const (
	vidmem120     = 1 << 5
	sharedInit120 = InitReportSliceOffsets | InitEnableSubFrameWrite | InitEnableExternalMEHints | InitEnableMEOnlyMode | InitEnableWeightedPrediction
	initFlagsAt   = 68
	initConfigAt  = 88
)

// packInit is pack for InitializeParams, whose configuration lies at config in C's form.
func (a API) packInit(dst []byte, p *InitializeParams, config unsafe.Pointer) error {
	src := bytesOf(p)
	if err := a.check(laterInitialize, src); err != nil {
		return err
	}
	if a < API120 && hintsSB(&p.MaxMEHintCountsPerBlock) {
		return &FieldError{Field: "maxMEHintCountsPerBlock.numCandsPerSb", Since: API120, API: a}
	}
	a.pack(idInitialize, dst, src)
	if a < API121 {
		f := p.Flags & sharedInit120
		if p.Flags&InitEnableOutputInVidmem != 0 {
			f |= vidmem120
		}
		binary.LittleEndian.PutUint32(dst[initFlagsAt:], uint32(f))
	}
	binary.LittleEndian.PutUint64(dst[initConfigAt:], uint64(uintptr(config)))
	return nil
}

func hintsSB(h *[2]ExternalMEHintCounts) bool {
	return (h[0].Bits|h[1].Bits)&MEHintCountNumCandsPerSb != 0
}

// codecAt is where the codec's part of a Config begins.
const codecAt = 168

// Bits of ConfigHEVC and ConfigAV1 before 12.2.
const (
	hevcDepthShift    = 11
	av1InDepthShift   = 12
	av1DepthShift     = 15
	depthMask         = 7
	hevcFlagsAt       = codecAt + 16
	hevcOutputDepthAt = codecAt + 200
	av1FlagsAt        = codecAt + 16
	av1OutputDepthAt  = codecAt + 112
	h264OutputDepthAt = codecAt + 212
)

// packConfig is pack for the Config of a codec.
func (a API) packConfig(dst []byte, c *Config, codec GUID) error {
	src := bytesOf(c)
	err := a.check(laterConfig, src)
	if err == nil {
		err = a.check(laterCodecConfig(codec), src[codecAt:])
	}
	if err != nil {
		return err
	}
	a.pack(idConfig, dst, src)
	if c.RCParams.version != 0 {
		binary.LittleEndian.PutUint32(dst[40:], a.version(idRCParams))
	}
	if a >= API122 {
		return nil
	}
	switch codec {
	case CodecH264:
		h := c.EncodeCodecConfig.H264()
		if max(h.OutputBitDepth, h.InputBitDepth) > BitDepth8 {
			return &FieldError{Field: "outputBitDepth", Since: API122, API: a}
		}
		clear(dst[h264OutputDepthAt : h264OutputDepthAt+8])
	case CodecHEVC:
		h := c.EncodeCodecConfig.HEVC()
		orBits(dst[hevcFlagsAt:], minus8(h.OutputBitDepth)<<hevcDepthShift)
		clear(dst[hevcOutputDepthAt : hevcOutputDepthAt+8])
	case CodecAV1:
		h := c.EncodeCodecConfig.AV1()
		orBits(dst[av1FlagsAt:], minus8(h.InputBitDepth)<<av1InDepthShift|minus8(h.OutputBitDepth)<<av1DepthShift)
		clear(dst[av1OutputDepthAt : av1OutputDepthAt+8])
	}
	return nil
}

// unpackConfig is packConfig backwards.
func (a API) unpackConfig(c *Config, src []byte, codec GUID) {
	a.unpack(idConfig, bytesOf(c), src)
	if a >= API122 {
		return
	}
	switch codec {
	case CodecH264:
		h := c.EncodeCodecConfig.H264()
		h.InputBitDepth, h.OutputBitDepth = BitDepth8, BitDepth8
	case CodecHEVC:
		h := c.EncodeCodecConfig.HEVC()
		h.OutputBitDepth = BitDepth8 + BitDepth(h.Flags>>hevcDepthShift&depthMask)
		h.InputBitDepth = h.OutputBitDepth
		h.Flags &^= depthMask << hevcDepthShift
	case CodecAV1:
		h := c.EncodeCodecConfig.AV1()
		h.InputBitDepth = BitDepth8 + BitDepth(h.Flags>>av1InDepthShift&depthMask)
		h.OutputBitDepth = BitDepth8 + BitDepth(h.Flags>>av1DepthShift&depthMask)
		h.Flags &^= depthMask<<av1InDepthShift | depthMask<<av1DepthShift
	}
}

// minus8 is a bit depth as versions before 12.2 have it. The zero value, which later
// versions refuse, is 8.
func minus8(d BitDepth) uint32 {
	if d < BitDepth8 {
		return 0
	}
	return uint32(d-BitDepth8) & depthMask
}

func orBits(b []byte, v uint32) {
	binary.LittleEndian.PutUint32(b, binary.LittleEndian.Uint32(b)|v)
}

func laterCodecConfig(codec GUID) []later {
	switch codec {
	case CodecH264:
		return laterConfigH264
	case CodecHEVC:
		return laterConfigHEVC
	case CodecAV1:
		return laterConfigAV1
	}
	return nil
}

// picCodecAt is where the codec's part of PicParams begins.
const picCodecAt = 80

// packPic is pack for the PicParams of a codec.
func (a API) packPic(dst []byte, p *PicParams, codec GUID) error {
	src := bytesOf(p)
	if a < apis[0] {
		err := a.check(laterPic, src)
		if err == nil {
			list := laterPicAV1
			switch codec {
			case CodecH264:
				list = laterPicH264
			case CodecHEVC:
				list = laterPicHEVC
			}
			err = a.check(list, src[picCodecAt:])
		}
		if err != nil {
			return err
		}
	}
	a.pack(idPicParams, dst, src)
	return nil
}

func bytesOf[T any](v *T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(v)), unsafe.Sizeof(*v))
}
