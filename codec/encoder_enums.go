package codec

// Preset trades speed against quality.
type Preset uint8

// Presets; the zero value is the default, P4.
const (
	P1 Preset = iota + 1 // fastest
	P2
	P3
	P4
	P5
	P6
	P7 // best
)

var presetNames = [...]string{"default", "P1", "P2", "P3", "P4", "P5", "P6", "P7"}

// String returns P1 to P7, or default.
func (p Preset) String() string { return enumName("Preset", presetNames[:], int(p)) }

// MarshalText implements encoding.TextMarshaler.
func (p Preset) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads P1 to P7.
func (p *Preset) UnmarshalText(text []byte) error {
	i, err := enumValue("preset", presetNames[:], string(text))
	if err == nil {
		*p = Preset(i)
	}
	return err
}

// Tuning says what a stream is for.
type Tuning uint8

const (
	HighQuality      Tuning = iota // files: B-frames and look-ahead
	LowLatency                     // no reordering
	UltraLowLatency                // no reordering, tight rate control
	Lossless                       // every sample as it was
	UltraHighQuality               // slower than HighQuality; NVENC, HEVC and AV1
)

var tuningNames = [...]string{"high_quality", "low_latency", "ultra_low_latency", "lossless", "uhq"}

// String returns high_quality, low_latency, ultra_low_latency, lossless or uhq.
func (t Tuning) String() string { return enumName("Tuning", tuningNames[:], int(t)) }

// MarshalText implements encoding.TextMarshaler.
func (t Tuning) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads what String returns.
func (t *Tuning) UnmarshalText(text []byte) error {
	i, err := enumValue("tuning", tuningNames[:], string(text))
	if err == nil {
		*t = Tuning(i)
	}
	return err
}

// RateMode is the kind of rate control.
type RateMode uint8

const (
	RateDefault RateMode = iota // by what else is set
	CBR                         // constant bit rate
	VBR                         // variable bit rate around an average
	ConstQP                     // one quantiser a picture type
	Quality                     // constant quality
)

var rateNames = [...]string{"default", "cbr", "vbr", "constqp", "cq"}

// String returns cbr, vbr, constqp, cq or default.
func (m RateMode) String() string { return enumName("RateMode", rateNames[:], int(m)) }

// MarshalText implements encoding.TextMarshaler.
func (m RateMode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads what String returns.
func (m *RateMode) UnmarshalText(text []byte) error {
	i, err := enumValue("rate control", rateNames[:], string(text))
	if err == nil {
		*m = RateMode(i)
	}
	return err
}

// MultiPass is how often a picture is looked at before it is coded.
type MultiPass uint8

const (
	MultiPassOff     MultiPass = iota // coded as it comes
	MultiPassQuarter                  // once before, at a quarter of the size
	MultiPassFull                     // once before, at full size
)

var multiPassNames = [...]string{"disabled", "qres", "fullres"}

// String returns disabled, qres or fullres.
func (m MultiPass) String() string { return enumName("MultiPass", multiPassNames[:], int(m)) }

// MarshalText implements encoding.TextMarshaler.
func (m MultiPass) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads what String returns.
func (m *MultiPass) UnmarshalText(text []byte) error {
	i, err := enumValue("multi-pass mode", multiPassNames[:], string(text))
	if err == nil {
		*m = MultiPass(i)
	}
	return err
}

// BReference says which B-frames others may refer to.
type BReference uint8

const (
	BRefDefault      BReference = iota // as the preset has it
	BRefDisabled                       // none
	BRefEach                           // each
	BRefMiddle                         // the middle one of those between two others
	BRefHierarchical                   // in a pyramid, as deep as their number allows
)

var bRefNames = [...]string{"default", "disabled", "each", "middle", "hierarchical"}

// String returns disabled, each, middle, hierarchical or default.
func (b BReference) String() string { return enumName("BReference", bRefNames[:], int(b)) }

// MarshalText implements encoding.TextMarshaler.
func (b BReference) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText reads what String returns.
func (b *BReference) UnmarshalText(text []byte) error {
	i, err := enumValue("B-frame reference mode", bRefNames[:], string(text))
	if err == nil {
		*b = BReference(i)
	}
	return err
}

// SliceMode says by what pictures are cut into slices. The numbers are NVENC's.
type SliceMode uint8

const (
	SliceDefault SliceMode = iota // one
	SliceBytes                    // so many bytes at most
	SliceRows                     // so many rows of macroblocks
	SliceCount                    // so many slices
)

var sliceNames = [...]string{"default", "bytes", "rows", "count"}

// String returns bytes, rows, count or default.
func (s SliceMode) String() string { return enumName("SliceMode", sliceNames[:], int(s)) }

// PictureType is how a picture is coded: I, P or B, and 0 if it is not known.
type PictureType byte

// String returns the letter, or "?".
func (t PictureType) String() string {
	switch t {
	case 'I', 'P', 'B':
		return string(rune(t))
	}
	return "?"
}

// QPMapMode says what Picture.QPMap holds.
type QPMapMode uint8

const (
	QPMapOff      QPMapMode = iota // there are none
	QPMapDelta                     // what is added to the quantiser of a block
	QPMapEmphasis                  // levels of emphasis, 0 to 5, of which the encoder makes the best
)

var qpMapNames = [...]string{"off", "delta", "emphasis"}

// String returns off, delta or emphasis.
func (m QPMapMode) String() string { return enumName("QPMapMode", qpMapNames[:], int(m)) }

// MarshalText implements encoding.TextMarshaler.
func (m QPMapMode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads what String returns.
func (m *QPMapMode) UnmarshalText(text []byte) error {
	i, err := enumValue("QP map", qpMapNames[:], string(text))
	if err == nil {
		*m = QPMapMode(i)
	}
	return err
}
