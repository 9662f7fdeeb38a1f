// Package layout proves that hand-written ABI structs lie in memory as C lays
// them out, on linux/amd64, linux/arm64 and windows/amd64, from one machine and
// without a C compiler. The truth is testdata/layout/*.json, which C compilers of
// the three targets took from the real headers.
//
// A package that has ABI structs adds three things.
//
// A file layout.map. "golden" names a JSON file without its extension; a line "C
// name, Go name" starts a struct; lines indented below it are for the fields whose
// Go name is not found by rule:
//
//	golden nvcuvid-13.0
//	CUVIDEOFORMAT VideoFormat
//	CUVIDPARSERPARAMS ParserParams
//		ulMaxDisplayDelay MaxDelay      # C field, Go field
//		pExtVideoInfo     -             # no field of its own, lies inside raw storage
//	CUVIDVC1PICPARAMS -                 # a struct that we do not have
//	* -                                 # nor any other of this golden
//
// A directive, in any file, and what it writes (zlayout_<os>_<arch>_test.go):
//
//	//go:generate go run ../internal/layout/gen
//
// A test, which fails when a C field has no Go field or a Go field no C field,
// when a struct of the golden is neither mapped nor refused with "-", when an
// offset, size or signedness is wrong, or when the written files are stale:
//
//	func TestLayout(t *testing.T) { layout.Check(t) }
//
// The written files hold constants such as
//
//	_ = -(unsafe.Offsetof(VideoFormat{}.CodedWidth) ^ 16)
//
// with the golden's number. Minus anything but zero overflows an unsigned
// constant, so a wrong offset does not compile: go vet under GOOS=windows proves
// the Windows layout. When such a line is in the way of go generate, the command
// works all the same: it reads the package without its tests.
//
// # Rules for the Go side
//
//   - The first field is _ structs.HostLayout.
//   - Names match without underscores and case, with or without C's prefixes:
//     ulNumDecodeSurfaces is NumDecodeSurfaces, log2_max_frame_num_minus4 is
//     Log2MaxFrameNumMinus4.
//   - A bit-field unit is one integer field (any name) at the unit's offset, of the
//     unit's size. CheckBits tests the accessors' bit positions.
//   - An anonymous struct is a Go struct field of that name, or its fields lie in
//     the outer struct under their own names.
//   - A union is one field of the union's offset and size: by name, or whatever its
//     name when it stands at that place.
//   - Reserved and padding fields are blank, or named reserved..., pad...; one Go field may
//     cover several.
//   - C int and enum are int32 (an enum may be uint32), unsigned is unsigned,
//     pointers and handles are uintptr, unsafe.Pointer or *T, unsigned long is
//     abi.CLong. Go's bool is refused: C may write a 2 into it.
//
// CheckEnum compares constants. Load gives the goldens to tests of their own, such as
// those of per-version offset tables.
package layout
