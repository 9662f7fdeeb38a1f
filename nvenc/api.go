package nvenc

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// An API is a version of the encoder's interface. Versions compare as numbers.
type API uint16

// The versions that this package talks, and the drivers that begin to know them.
const (
	API111 API = 11<<8 | 1 // 470.57 on Linux, 471.41 on Windows
	API120 API = 12 << 8   // 520.56, 522.25
	API121 API = 12<<8 | 1 // 530.41, 531.61
	API122 API = 12<<8 | 2 // 550.54, 551.76
	API130 API = 13 << 8   // 570.0, 570.0
	API131 API = 13<<8 | 1 // 610.00, 610.00
)

// apis are the known versions, newest first.
var apis = [...]API{API131, API130, API122, API121, API120, API111}

// APIs returns the versions that this package talks, newest first.
func APIs() []API { return append([]API(nil), apis[:]...) }

// Major and Minor are the two numbers.
func (a API) Major() int { return int(a >> 8) }

// Minor is the second number.
func (a API) Minor() int { return int(a & 0xff) }

// String is "12.2".
func (a API) String() string { return strconv.Itoa(a.Major()) + "." + strconv.Itoa(a.Minor()) }

// word is apiVersion of NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS.
func (a API) word() uint32 { return uint32(a.Major()) | uint32(a.Minor())<<24 }

// index is the version's column in tables; -1 if it is not known.
func (a API) index() int {
	for i, k := range apis {
		if k == a {
			return i
		}
	}
	return -1
}

// ParseAPI reads "12.2".
func ParseAPI(s string) (API, error) {
	major, minor, _ := strings.Cut(s, ".")
	x, err1 := strconv.ParseUint(major, 10, 8)
	y, err2 := strconv.ParseUint(minor, 10, 8)
	if err1 != nil || err2 != nil {
		return 0, fmt.Errorf("nvenc: %q is no API version; they look like 12.2", s)
	}
	return API(x<<8 | y), nil
}

// apiEnv forces a version.
const apiEnv = "NVCODEC_NVENC_API"

// candidates are the versions to try with a driver that knows newest, best first.
func candidates(newest API) ([]API, error) {
	if s := os.Getenv(apiEnv); s != "" {
		a, err := ParseAPI(s)
		if err == nil && a.index() < 0 {
			err = fmt.Errorf("nvenc: API %v is not known here; %v to %v are", a, apis[len(apis)-1], apis[0])
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", apiEnv, err)
		}
		return []API{a}, nil
	}
	for i, a := range apis {
		if a <= newest {
			return apis[i:], nil
		}
	}
	return nil, &Error{Func: "NvEncodeAPIGetMaxSupportedVersion", Status: ErrInvalidVersion,
		Detail: fmt.Sprintf("the driver knows NVENC API %v, %v is the oldest here: update the driver to 470.57 (Linux) or 471.41 (Windows) or newer", newest, apis[len(apis)-1])}
}
