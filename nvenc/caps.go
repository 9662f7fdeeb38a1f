package nvenc

import (
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
)

// EncodeGUIDs lists the codecs that the device codes.
//
// Source: NvEncGetEncodeGUIDCount, NvEncGetEncodeGUIDs.
func (s *Session) EncodeGUIDs() ([]GUID, error) {
	return list[GUID](s, [2]string{"NvEncGetEncodeGUIDCount", "NvEncGetEncodeGUIDs"}, s.fn.nvEncGetEncodeGUIDCount, s.fn.nvEncGetEncodeGUIDs, nil)
}

// ProfileGUIDs lists the profiles of a codec.
//
// Source: NvEncGetEncodeProfileGUIDCount, NvEncGetEncodeProfileGUIDs.
func (s *Session) ProfileGUIDs(codec GUID) ([]GUID, error) {
	return list[GUID](s, [2]string{"NvEncGetEncodeProfileGUIDCount", "NvEncGetEncodeProfileGUIDs"}, s.fn.nvEncGetEncodeProfileGUIDCount, s.fn.nvEncGetEncodeProfileGUIDs, &codec)
}

// InputFormats lists the layouts of pictures that a codec takes.
//
// Source: NvEncGetInputFormatCount, NvEncGetInputFormats.
func (s *Session) InputFormats(codec GUID) ([]BufferFormat, error) {
	return list[BufferFormat](s, [2]string{"NvEncGetInputFormatCount", "NvEncGetInputFormats"}, s.fn.nvEncGetInputFormatCount, s.fn.nvEncGetInputFormats, &codec)
}

// PresetGUIDs lists the presets of a codec.
//
// Source: NvEncGetEncodePresetCount, NvEncGetEncodePresetGUIDs.
func (s *Session) PresetGUIDs(codec GUID) ([]GUID, error) {
	return list[GUID](s, [2]string{"NvEncGetEncodePresetCount", "NvEncGetEncodePresetGUIDs"}, s.fn.nvEncGetEncodePresetCount, s.fn.nvEncGetEncodePresetGUIDs, &codec)
}

// list asks for a number, then for so many values.
func list[T any](s *Session, names [2]string, count, get uintptr, codec *GUID) ([]T, error) {
	if s.closed.Load() {
		return nil, closed("session")
	}
	begin := func() *abi.Call {
		c := s.in.call.Begin().Int(s.handle)
		if codec != nil {
			c.Value16((*[16]byte)(unsafe.Pointer(codec)))
		}
		return c
	}
	n := new(uint32)
	if err := s.error(names[0], Status(begin().Ptr(unsafe.Pointer(n)).Do32(count))); err != nil || *n == 0 {
		return nil, err
	}
	values := make([]T, *n)
	st := Status(begin().Ptr(unsafe.Pointer(&values[0])).Int(uintptr(len(values))).Ptr(unsafe.Pointer(n)).Do32(get))
	if err := s.error(names[1], st); err != nil {
		return nil, err
	}
	return values[:min(int(*n), len(values))], nil
}

// Caps is the value of a capability for a codec: a number, 0 or 1, or a set of bits.
// Before the version that knows it, the error is a *FieldError.
//
// Source: NvEncGetEncodeCaps.
func (s *Session) Caps(codec GUID, c Cap) (int, error) {
	if s.closed.Load() {
		return 0, closed("session")
	}
	if since := c.since(); s.api < since {
		return 0, &FieldError{Field: "capability " + c.String(), Since: since, API: s.api}
	}
	p := &capsParam{version: s.api.version(idCaps), CapsToQuery: c}
	v := new(int32)
	st := Status(s.in.call.Begin().Int(s.handle).Value16((*[16]byte)(unsafe.Pointer(&codec))).
		Ptr(unsafe.Pointer(p)).Ptr(unsafe.Pointer(v)).Do32(s.fn.nvEncGetEncodeCaps))
	return int(*v), s.error("NvEncGetEncodeCaps", st)
}

// since is the version that a capability came with.
func (c Cap) since() API {
	switch {
	case c >= CapSupportMVHEVCEncode:
		return API130
	case c >= CapSupportTemporalFilter:
		return API122
	case c >= CapDisableEncStateAdvance:
		return API121
	}
	return API111
}

// NumCaps is the number of capabilities that the session's version knows: those from
// 0 on.
func (s *Session) NumCaps() int {
	switch {
	case s.api >= API130:
		return 60
	case s.api >= API122:
		return 58
	case s.api >= API121:
		return 55
	}
	return 51
}

// PresetConfig is the configuration that the driver recommends for a codec, a preset
// and a tuning.
//
// Source: NvEncGetEncodePresetConfigEx.
func (s *Session) PresetConfig(codec, preset GUID, tuning TuningInfo) (*Config, error) {
	if s.closed.Load() {
		return nil, closed("session")
	}
	if tuning == TuningUltraHighQuality && s.api < API122 {
		return nil, &FieldError{Field: "tuning ultra high quality", Since: API122, API: s.api}
	}
	p := new(PresetConfig)
	p.version = s.api.version(idPresetConfig)
	p.PresetCfg.version = s.api.version(idConfig)
	st := Status(s.in.call.Begin().Int(s.handle).Value16((*[16]byte)(unsafe.Pointer(&codec))).Value16((*[16]byte)(unsafe.Pointer(&preset))).
		Int(uintptr(tuning)).Ptr(unsafe.Pointer(p)).Do32(s.fn.nvEncGetEncodePresetConfigEx))
	if err := s.error("NvEncGetEncodePresetConfigEx", st); err != nil {
		return nil, err
	}
	// The offset of PresetCfg is the same in all versions.
	c := new(Config)
	s.api.unpackConfig(c, bytesOf(&p.PresetCfg), codec)
	return c, nil
}
