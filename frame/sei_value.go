package frame

import (
	"errors"
	"fmt"
)

var (
	// ErrSEI: the payload of a message is not what its type promises, or a value cannot
	// be written in the codec's form.
	ErrSEI = errors.New("malformed SEI message")
	// ErrSEIType: a message of another type, or of one that has no typed form. It
	// matches errors.ErrUnsupported. To ask a message what it is costs no allocation.
	ErrSEIType = fmt.Errorf("SEI message of another type: %w", errors.ErrUnsupported)
)

// A SEIValue is a message in typed form, with units:
//
//	TimeCode              time code of HEVC and AV1 (TIME_CODE)
//	PicTiming             picture timing of H.264 (TIME_CODE_H264) and HEVC
//	GroupTimeCode         time code of a group of pictures of MPEG-2
//	MasteringDisplay      mastering display colour volume
//	ContentLight          content light level
//	AlternativeTransfer   alternative transfer characteristics
//	AmbientViewing        ambient viewing environment
//	UserDataRegistered    user data registered by ITU-T T.35: captions, HDR10+, Dolby Vision
//	UserDataUnregistered  user data behind a UUID
//	RecoveryPoint         where decoding can begin
//	DolbyVision           Dolby Vision metadata of HEVC, as it is
type SEIValue interface {
	// String describes the value in a line for people.
	String() string
	// SEI is the message of codec c, with a payload of its own. It fails with ErrSEIType
	// where the codec has no such message, with ErrSEI where the value is out of range.
	SEI(c SEICodec) (SEI, error)
}

// Value reads the payload. Types that have no typed form give ErrSEIType, payloads that
// cannot be read ErrSEI.
func (m SEI) Value() (SEIValue, error) {
	switch m.Type {
	case SEITimeCode, SEIMetadataTimeCode:
		return value(m.TimeCode())
	case SEIPicTiming:
		return value(m.PicTiming())
	case SEIMPEG2TimeCode:
		return value(m.GroupTimeCode())
	case SEIMasteringDisplay, SEIMetadataMastering:
		return value(m.MasteringDisplay())
	case SEIContentLight, SEIMetadataContentLight:
		return value(m.ContentLight())
	case SEIAlternativeTransfer:
		return value(m.AlternativeTransfer())
	case SEIAmbientViewing:
		return value(m.AmbientViewing())
	case SEIUserDataRegistered, SEIMetadataT35:
		return value(m.UserDataRegistered())
	case SEIUserDataUnregistered:
		return value(m.UserDataUnregistered())
	case SEIRecoveryPoint:
		return value(m.RecoveryPoint())
	case SEIDolbyVision:
		return value(m.DolbyVision())
	}
	return nil, ErrSEIType
}

func value[T SEIValue](v T, err error) (SEIValue, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}

// Known reports whether Value gives a value: the type has a typed form and the payload
// is well formed. It does not allocate.
func (m SEI) Known() bool {
	var err error
	m.quiet = true
	switch m.Type {
	case SEITimeCode, SEIMetadataTimeCode:
		_, err = m.TimeCode()
	case SEIPicTiming:
		_, err = m.PicTiming()
	case SEIMPEG2TimeCode:
		_, err = m.GroupTimeCode()
	case SEIMasteringDisplay, SEIMetadataMastering:
		_, err = m.MasteringDisplay()
	case SEIContentLight, SEIMetadataContentLight:
		_, err = m.ContentLight()
	case SEIAlternativeTransfer:
		_, err = m.AlternativeTransfer()
	case SEIAmbientViewing:
		_, err = m.AmbientViewing()
	case SEIUserDataRegistered, SEIMetadataT35:
		_, err = m.UserDataRegistered()
	case SEIUserDataUnregistered:
		_, err = m.UserDataUnregistered()
	case SEIRecoveryPoint:
		_, err = m.RecoveryPoint()
	case SEIDolbyVision:
		_, err = m.DolbyVision()
	default:
		return false
	}
	return err == nil
}

// String describes the message in a line: its value where that can be had, else its
// type and size, and what is wrong with it.
func (m SEI) String() string {
	v, err := m.Value()
	switch {
	case err == nil:
		return m.Type.String() + ": " + v.String()
	case errors.Is(err, ErrSEI):
		return fmt.Sprintf("%v: %d bytes, malformed", m.Type, len(m.Payload))
	}
	return fmt.Sprintf("%v: %d bytes", m.Type, len(m.Payload))
}

// malformed is the error of a payload that ends too early or says what it may not.
func (m SEI) malformed(why error) error {
	if m.quiet {
		return ErrSEI
	}
	return fmt.Errorf("frame: %v of %d bytes: %w: %w", m.Type, len(m.Payload), ErrSEI, why)
}

func outOfRange(what string, v any, want string) error {
	return fmt.Errorf("frame: %s is %v, want %s: %w", what, v, want, ErrSEI)
}

func noneIn(what string, c SEICodec) error {
	return fmt.Errorf("frame: %v has no message for %s: %w", c, what, ErrSEIType)
}
