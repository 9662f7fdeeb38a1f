package avformat

import (
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/abi"
)

//go:generate go run layout_gen.go

// An offset is where a field of a C struct lies. FFmpeg's structs are never
// declared in Go: they differ between majors, and their sizes between minors.
type offset int32

// none is the offset of a field that the loaded major does not have. Readers give
// zero for it and writers do nothing.
const none offset = -1

// at is where field o of the struct at address p lies. p is C memory, never nil.
func at(p uintptr, o offset) unsafe.Pointer { return unsafe.Add(abi.Pointer(p), int(o)) }

func getInt32(p uintptr, o offset) int32 {
	if o < 0 {
		return 0
	}
	return *(*int32)(at(p, o))
}

func getInt64(p uintptr, o offset) int64 {
	if o < 0 {
		return 0
	}
	return *(*int64)(at(p, o))
}

func getPtr(p uintptr, o offset) uintptr {
	if o < 0 {
		return 0
	}
	return *(*uintptr)(at(p, o))
}

func getString(p uintptr, o offset) string { return abi.GoString(getPtr(p, o)) }

func getRational(p uintptr, o offset) Rational {
	if o < 0 {
		return Rational{}
	}
	v := *(*[2]int32)(at(p, o))
	return Rational{int(v[0]), int(v[1])}
}

func setInt32(p uintptr, o offset, v int32) {
	if o >= 0 {
		*(*int32)(at(p, o)) = v
	}
}

func setInt64(p uintptr, o offset, v int64) {
	if o >= 0 {
		*(*int64)(at(p, o)) = v
	}
}

func setPtr(p uintptr, o offset, v uintptr) {
	if o >= 0 {
		*(*uintptr)(at(p, o)) = v
	}
}

func setRational(p uintptr, o offset, r Rational) {
	if o >= 0 {
		*(*[2]int32)(at(p, o)) = [2]int32{int32(r.Num), int32(r.Den)}
	}
}

// view is n bytes of C memory at p as a slice. It is valid as long as C keeps them.
func view(p uintptr, n int) []byte {
	if p == 0 || n <= 0 {
		return nil
	}
	return unsafe.Slice((*byte)(abi.Pointer(p)), n)
}

// word reads the i-th pointer of a C array of pointers.
func word(p uintptr, i int) uintptr {
	return *(*uintptr)(unsafe.Add(abi.Pointer(p), i*int(unsafe.Sizeof(uintptr(0)))))
}
