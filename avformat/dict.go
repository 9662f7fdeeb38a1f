package avformat

import (
	"slices"
	"sort"
	"strings"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
)

// A dictionary is an AVDictionary for one call: made from options, handed to a
// function by address, which takes out what it understood.
type dictionary struct {
	p    uintptr
	call abi.Call
}

const ignoreSuffix = 2 // AV_DICT_IGNORE_SUFFIX with an empty key: every entry

// newDictionary makes a dictionary of options; the caller frees it.
func newDictionary(options map[string]string) (*dictionary, error) {
	d := new(dictionary)
	for _, k := range sortedKeys(options) {
		if err := d.set(k, options[k]); err != nil {
			d.free()
			return nil, err
		}
	}
	return d, nil
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

func (d *dictionary) set(key, value string) error {
	// A NUL would cut the string short without a word.
	if strings.ContainsRune(key+value, 0) {
		return &Error{Func: "av_dict_set", Code: ErrInvalid, Detail: "option with a NUL character"}
	}
	k, v := abi.CString(key), abi.CString(value)
	r := d.call.Begin().Ptr(unsafe.Pointer(&d.p)).Ptr(unsafe.Pointer(k)).Ptr(unsafe.Pointer(v)).Int(0).Do32(ff.fn.avDictSet)
	return check("av_dict_set", r, key)
}

// keys lists what is in the dictionary.
func (d *dictionary) keys() []string {
	empty := abi.CString("")
	var keys []string
	for e := uintptr(0); ; {
		e = d.call.Begin().Int(d.p).Ptr(unsafe.Pointer(empty)).Int(e).Int(ignoreSuffix).Do(ff.fn.avDictGet)
		if e == 0 {
			return keys
		}
		keys = append(keys, getString(e, ff.off.dictionaryEntry.key))
	}
}

// unused is the error of options that fn did not take, nil if there are none. Names
// in known are no error.
func (d *dictionary) unused(fn, what string, known ...string) error {
	left := slices.DeleteFunc(d.keys(), func(k string) bool { return slices.Contains(known, k) })
	if len(left) == 0 {
		return nil
	}
	return &Error{Func: fn, Code: ErrOptionNotFound, Detail: what + " has no option " + strings.Join(left, ", ")}
}

func (d *dictionary) free() {
	d.call.Begin().Ptr(unsafe.Pointer(&d.p)).Do(ff.fn.avDictFree)
}

// readDictionary copies an AVDictionary into Go memory. Of a key that is there
// twice the first stays. An empty one is nil.
func readDictionary(p uintptr) map[string]string {
	if p == 0 {
		return nil
	}
	d := &dictionary{p: p}
	empty := abi.CString("")
	var m map[string]string
	for e := uintptr(0); ; {
		e = d.call.Begin().Int(p).Ptr(unsafe.Pointer(empty)).Int(e).Int(ignoreSuffix).Do(ff.fn.avDictGet)
		if e == 0 {
			return m
		}
		if m == nil {
			m = make(map[string]string)
		}
		k := getString(e, ff.off.dictionaryEntry.key)
		if _, ok := m[k]; !ok {
			m[k] = getString(e, ff.off.dictionaryEntry.value)
		}
	}
}
