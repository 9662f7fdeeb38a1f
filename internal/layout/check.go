package layout

import (
	"bytes"
	"maps"
	"os"
	"reflect"
	"slices"
	"testing"
	"unsafe"
)

// Check runs everything for the package in the working directory, which go test
// sets to the package under test.
func Check(t testing.TB) {
	t.Helper()
	rs, err := Run(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rs {
		for _, p := range r.Problems {
			t.Errorf("%s: %s", r.Target, p)
		}
		have, err := os.ReadFile(r.File)
		if err != nil {
			t.Errorf("%v: run go generate", err)
		} else if !bytes.Equal(have, r.Text) {
			t.Errorf("%s is stale: run go generate", r.File)
		}
	}
}

// CheckEnum compares Go constants, by the C enumerator's name, with the enum of a
// golden, and wants all enumerators that are not in except.
func CheckEnum(t testing.TB, golden, enum string, constants map[string]int64, except ...string) {
	t.Helper()
	g, err := Load(golden, "linux", "amd64")
	if err != nil {
		t.Fatal(err)
	}
	e := g.Enums[enum]
	if e == nil {
		t.Fatalf("%s has no enum %s", golden, enum)
	}
	for _, name := range slices.Sorted(maps.Keys(e.Values)) {
		got, ok := constants[name]
		switch {
		case !ok && !slices.Contains(except, name):
			t.Errorf("%s: no constant for %s = %d", enum, name, e.Values[name])
		case ok && got != e.Values[name]:
			t.Errorf("%s: %s is %d, C's is %d", enum, name, got, e.Values[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(constants)) {
		if _, ok := e.Values[name]; !ok {
			t.Errorf("%s has no %s", enum, name)
		}
	}
}

// CheckBits tests an accessor of a bit-field: after set(v, ^0) exactly the golden's
// bits of *v are set. T is the Go struct for the C struct; set calls its setter, or
// puts the all-ones value where there is only a getter to test from the other side
// (see CheckBitsGet).
func CheckBits[T any](t testing.TB, golden, cStruct, cField string, set func(v *T)) {
	t.Helper()
	v := new(T)
	set(v)
	if want, got := bitPattern(t, golden, cStruct, cField, int(unsafe.Sizeof(*v))), bytesOf(v); !bytes.Equal(got, want) {
		t.Errorf("%s.%s: the setter writes %x, C's bits are %x", cStruct, cField, trim(got), trim(want))
	}
}

// CheckBitsGet tests a getter: it must return the bit-field's highest value (true,
// for a bool) when only the golden's bits are set, and zero when only they are not.
func CheckBitsGet[T any, R comparable](t testing.TB, golden, cStruct, cField string, get func(v *T) R) {
	t.Helper()
	v := new(T)
	pattern := bitPattern(t, golden, cStruct, cField, int(unsafe.Sizeof(*v)))
	copy(bytesOf(v), pattern)
	f := field(t, golden, cStruct, cField)
	switch r := reflect.ValueOf(get(v)); {
	case r.Kind() == reflect.Bool && !r.Bool(), r.CanUint() && r.Uint() != 1<<f.Bits-1,
		r.CanInt() && r.Int() != 1<<f.Bits-1 && r.Int() != -1:
		t.Errorf("%s.%s: all its %d bits set read as %v", cStruct, cField, f.Bits, r)
	}
	for i, b := range pattern {
		bytesOf(v)[i] = ^b
	}
	var zero R
	if r := get(v); r != zero {
		t.Errorf("%s.%s: reads as %v when only other bits are set", cStruct, cField, r)
	}
}

func bytesOf[T any](v *T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(v)), unsafe.Sizeof(*v))
}

func field(t testing.TB, golden, cStruct, cField string) *Field {
	t.Helper()
	g, err := Load(golden, "linux", "amd64")
	if err != nil {
		t.Fatal(err)
	}
	s := g.Struct(cStruct)
	if s == nil {
		t.Fatalf("%s has no struct %s", golden, cStruct)
	}
	f := s.Field(cField)
	if f == nil || f.Bits == 0 {
		t.Fatalf("%s has no bit-field %s", cStruct, cField)
	}
	return f
}

// bitPattern is the memory of a struct of size bytes with all bits of one bit-field
// set, and no others.
func bitPattern(t testing.TB, golden, cStruct, cField string, size int) []byte {
	t.Helper()
	f := field(t, golden, cStruct, cField)
	b := make([]byte, size)
	for i := f.Bit; i < f.Bit+f.Bits; i++ {
		b[f.Offset+int64(i/8)] |= 1 << (i % 8)
	}
	return b
}

func trim(b []byte) []byte {
	b = bytes.TrimRight(b, "\x00")
	return b[:min(len(b), 256)]
}
