package dlpack

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/abi"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// Offsets of dlpack.h on targets with 8-byte pointers.
func TestLayout(t *testing.T) {
	var d tensor
	var m managed
	var v versioned
	require.EqualValues(t, []uintptr{0, 8, 12, 16, 20, 21, 22, 24, 32, 40, 48}, []uintptr{
		unsafe.Offsetof(d.data), unsafe.Offsetof(d.deviceType), unsafe.Offsetof(d.deviceID), unsafe.Offsetof(d.ndim), unsafe.Offsetof(d.code),
		unsafe.Offsetof(d.bits), unsafe.Offsetof(d.lanes), unsafe.Offsetof(d.shape), unsafe.Offsetof(d.strides), unsafe.Offsetof(d.byteOffset), unsafe.Sizeof(d)})
	require.EqualValues(t, []uintptr{0, 48, 56, 64}, []uintptr{
		unsafe.Offsetof(m.tensor), unsafe.Offsetof(m.managerCtx), unsafe.Offsetof(m.deleter), unsafe.Sizeof(m)})
	require.EqualValues(t, []uintptr{0, 4, 8, 16, 24, 32, 80}, []uintptr{
		unsafe.Offsetof(v.major), unsafe.Offsetof(v.minor), unsafe.Offsetof(v.managerCtx), unsafe.Offsetof(v.deleter), unsafe.Offsetof(v.flags),
		unsafe.Offsetof(v.tensor), unsafe.Sizeof(v)})
}

func sample(b []byte) *Tensor {
	return &Tensor{Data: Address(b), Device: CPU, Code: Float, Bits: 32, Shape: []int64{2, 3}, Strides: []int64{4, 1}, ReadOnly: true, Keep: b}
}

func TestRoundTrip(t *testing.T) {
	testutils.LeakCheck(t)
	b := make([]byte, 64)
	for _, asVersioned := range []bool{false, true} {
		deleted := 0
		self, err := Export(sample(b), asVersioned, func() { deleted++ })
		require.NoError(t, err)
		got, err := Import(self, asVersioned)
		require.NoError(t, err)
		want := *sample(b)
		want.Keep, want.ReadOnly = nil, asVersioned // which the old struct cannot say
		require.Equal(t, want, got)
		Delete(self, asVersioned)
		require.Equal(t, 1, deleted)
		drop(self) // once more changes nothing
		require.Equal(t, 1, deleted)
	}
}

func TestInvalid(t *testing.T) {
	_, err := Import(0, false)
	require.ErrorIs(t, err, ErrInvalid)
	_, err = Export(&Tensor{Shape: make([]int64, 9), Strides: make([]int64, 9)}, false, func() {})
	require.ErrorIs(t, err, ErrInvalid)
	b := make([]byte, 64)
	self, err := Export(sample(b), true, func() {})
	require.NoError(t, err)
	v := &exports.of[self].version
	v.major = 2
	_, err = Import(self, true)
	require.ErrorIs(t, err, ErrInvalid)
	v.major, v.tensor.lanes = 1, 4
	_, err = Import(self, true)
	require.ErrorIs(t, err, ErrInvalid)
	v.tensor.lanes, v.tensor.ndim = 1, 99
	_, err = Import(self, true)
	require.ErrorIs(t, err, ErrInvalid)
	v.tensor.ndim, v.tensor.strides = 2, nil
	got, err := Import(self, true)
	require.NoError(t, err)
	require.Equal(t, []int64{3, 1}, got.Strides)
	Delete(self, true)
}

// C calls the deleters from threads of its own, as Python's collectors may.
func TestDeleterOnForeignThreads(t *testing.T) {
	testutils.LeakCheck(t)
	lib := threadsLibrary(t)
	var mu sync.Mutex
	deleted := map[int]int{}
	selves := make([]uintptr, 64)
	b := make([]byte, 64)
	for i := range selves {
		var err error
		selves[i], err = Export(sample(b), i%2 == 1, func() {
			mu.Lock()
			defer mu.Unlock()
			deleted[i]++
		})
		require.NoError(t, err)
	}
	f, err := lib.Symbol("delete_on_threads")
	require.NoError(t, err)
	c := abi.Borrow()
	c.Ptr(unsafe.Pointer(&selves[0])).Int(uintptr(len(selves))).Do(f)
	c.Return()
	require.Len(t, deleted, len(selves))
	for i, n := range deleted {
		require.Equal(t, 1, n, i)
	}
}

// threadsLibrary is a consumer in C, with dlpack.h's structs written out.
func threadsLibrary(t *testing.T) *abi.Library {
	cc := testutils.CC(t)
	dir := t.TempDir()
	src, lib := filepath.Join(dir, "consumer.c"), filepath.Join(dir, "consumer.so")
	require.NoError(t, os.WriteFile(src, []byte(consumer), 0o644))
	out, err := exec.Command(cc, "-shared", "-fPIC", "-pthread", "-o", lib, src).CombinedOutput()
	require.NoError(t, err, "%s", out)
	l, err := abi.Open(abi.Spec{What: "consumer", Path: lib})
	require.NoError(t, err, fmt.Sprint(lib))
	return l
}

const consumer = `
#include <pthread.h>
#include <stdint.h>
typedef struct { void *data; struct { int32_t type, id; } device; int32_t ndim; struct { uint8_t code, bits; uint16_t lanes; } dtype;
	int64_t *shape, *strides; uint64_t byte_offset; } DLTensor;
typedef struct DLManagedTensor { DLTensor dl_tensor; void *manager_ctx; void (*deleter)(struct DLManagedTensor *); } DLManagedTensor;
typedef struct DLManagedTensorVersioned { struct { uint32_t major, minor; } version; void *manager_ctx;
	void (*deleter)(struct DLManagedTensorVersioned *); uint64_t flags; DLTensor dl_tensor; } DLManagedTensorVersioned;
static void *plain(void *p) { DLManagedTensor *m = p; m->deleter(m); return 0; }
static void *versioned(void *p) { DLManagedTensorVersioned *m = p; m->deleter(m); return 0; }
void delete_on_threads(void **p, long n) {
	pthread_t t[64];
	for (long i = 0; i < n; i++)
		pthread_create(&t[i], 0, i % 2 ? versioned : plain, p[i]);
	for (long i = 0; i < n; i++)
		pthread_join(t[i], 0);
}
`
