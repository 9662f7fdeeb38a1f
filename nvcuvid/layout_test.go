package nvcuvid

import (
	"testing"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/internal/layout"
)

func TestLayout(t *testing.T) { layout.Check(t) }

// TestArrays checks the arrays whose element type has no name in C: the golden gives
// offsets within an element.
func TestArrays(t *testing.T) {
	g, err := layout.Load("nvcuvid-13.0", "linux", "amd64")
	if err != nil {
		t.Fatal(err)
	}
	s := g.Struct("CUVIDAV1PICPARAMS")
	for _, c := range []struct {
		path                string
		offset, size        uintptr
		field               string
		fieldOffset, length uintptr
	}{
		{"ref_frame", unsafe.Offsetof(AV1PicParams{}.RefFrame), unsafe.Sizeof(AV1PicParams{}.RefFrame), "width", unsafe.Offsetof(AV1RefFrame{}.Width), 4},
		{"ref_frame", unsafe.Offsetof(AV1PicParams{}.RefFrame), unsafe.Sizeof(AV1PicParams{}.RefFrame), "height", unsafe.Offsetof(AV1RefFrame{}.Height), 4},
		{"ref_frame", unsafe.Offsetof(AV1PicParams{}.RefFrame), unsafe.Sizeof(AV1PicParams{}.RefFrame), "index", unsafe.Offsetof(AV1RefFrame{}.Index), 1},
		{"global_motion", unsafe.Offsetof(AV1PicParams{}.GlobalMotion), unsafe.Sizeof(AV1PicParams{}.GlobalMotion), "invalid", unsafe.Offsetof(AV1GlobalMotion{}.Bits), 1},
		{"global_motion", unsafe.Offsetof(AV1PicParams{}.GlobalMotion), unsafe.Sizeof(AV1PicParams{}.GlobalMotion), "wmmat", unsafe.Offsetof(AV1GlobalMotion{}.Wmmat), 24},
	} {
		outer, inner := s.Field(c.path), s.Field(c.path+"."+c.field)
		if outer == nil || inner == nil {
			t.Fatalf("the golden has no %s.%s", c.path, c.field)
		}
		if outer.Offset != int64(c.offset) || outer.Size != int64(c.size) || inner.Offset != int64(c.fieldOffset) || inner.Size != int64(c.length) {
			t.Errorf("%s.%s: C has %d+%d, %d+%d; Go %d+%d, %d+%d", c.path, c.field,
				outer.Offset, outer.Size, inner.Offset, inner.Size, c.offset, c.size, c.fieldOffset, c.length)
		}
	}
}
