// Pytorch is a library for Python: batches of a video, decoded and made by this
// package, as DLPack tensors that PyTorch, CuPy and others use without a copy. nvc.py
// is its Python side.
//
// It is a module of its own, since a library for C needs cgo:
//
//	CGO_ENABLED=1 go build -buildmode=c-shared -o libnvc.so .
//
// Every function may be called on any thread; those of one video one at a time.
package main

// #include <stdint.h>
import "C"

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"unsafe"

	"github.com/go-nvcodec/nvcodec/codec"
	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/frame"
)

// A video is being read in batches.
type video struct {
	dem    *codec.Demuxer
	dec    *codec.ThreadedDecoder
	cfg    frame.BatchConfig
	pool   *frame.BatchPool // nil until the first frame tells where they are
	handle uintptr          // of the stream that batches are made in; 0 for one of the pool's
	stream *cuda.Stream
	device *cuda.Context // of stream
	cancel context.CancelFunc
	ctx    context.Context
}

// objects are what Python holds numbers of.
var objects = struct {
	sync.Mutex
	last   C.int64_t
	videos map[C.int64_t]*video
	batch  map[C.int64_t]*frame.Batch
	err    error
}{videos: map[C.int64_t]*video{}, batch: map[C.int64_t]*frame.Batch{}}

func fail(err error) C.int64_t {
	objects.Lock()
	defer objects.Unlock()
	objects.err = err
	return -1
}

func batchOf(n C.int64_t) *frame.Batch {
	objects.Lock()
	defer objects.Unlock()
	return objects.batch[n]
}

// nvc_error copies the text of the last error and returns its length.
//
//export nvc_error
func nvc_error(to *C.char, size C.int64_t) C.int64_t {
	objects.Lock()
	defer objects.Unlock()
	if objects.err == nil {
		return 0
	}
	return give(to, size, objects.err.Error())
}

func give(to *C.char, size C.int64_t, s string) C.int64_t {
	return C.int64_t(copy(unsafe.Slice((*byte)(unsafe.Pointer(to)), int(size)), s))
}

// nvc_open opens a video for batches of n pictures of size x size: float16, NCHW,
// normalised. On a GPU they are made in the CUDA stream with that handle, or, with 0, in
// one of their own. It returns a number for the video, or -1.
//
//export nvc_open
func nvc_open(path, device *C.char, n, size C.int64_t, stream C.uintptr_t) C.int64_t {
	v, err := open(C.GoString(path), C.GoString(device), int(n), int(size))
	if err != nil {
		return fail(err)
	}
	v.handle = uintptr(stream)
	objects.Lock()
	defer objects.Unlock()
	objects.last++
	objects.videos[objects.last] = v
	return objects.last
}

func open(path, device string, n, size int) (*video, error) {
	var cfg codec.ThreadedDecoderConfig
	if err := cfg.Device.UnmarshalText([]byte(device)); err != nil {
		return nil, err
	}
	v := &video{cfg: frame.BatchConfig{Len: n, Width: size, Height: size, Type: frame.Float16, Conversion: frame.Conversion{
		Filter: frame.Area, Mean: [3]float32{0.485, 0.456, 0.406}, Std: [3]float32{0.229, 0.224, 0.225},
	}}}
	v.ctx, v.cancel = context.WithCancel(context.Background())
	var err error
	if v.dem, err = codec.Open(v.ctx, path, nil); err != nil {
		return nil, err
	}
	if v.dec, err = codec.NewThreadedDecoder(v.dem, &cfg); err != nil {
		return nil, errors.Join(err, v.dem.Close())
	}
	return v, nil
}

// nvc_next makes the next batch and returns its number; 0 at the end of the video, -1
// for an error. filled is how many pictures it has.
//
//export nvc_next
func nvc_next(number C.int64_t, filled *C.int64_t) C.int64_t {
	objects.Lock()
	v := objects.videos[number]
	objects.Unlock()
	if v == nil {
		return fail(errors.New("no such video"))
	}
	b, n, err := v.next()
	if err != nil {
		return fail(err)
	}
	if *filled = C.int64_t(n); n == 0 {
		return 0
	}
	objects.Lock()
	defer objects.Unlock()
	objects.last++
	objects.batch[objects.last] = b
	return objects.last
}

func (v *video) next() (b *frame.Batch, n int, err error) {
	for f, err := range v.dec.Frames(v.ctx) {
		if err == nil && v.pool == nil {
			v.pool, err = frame.NewBatchPool(f.Context(), &v.cfg)
			if err == nil && f.Memory == frame.Device && v.handle != 0 {
				if v.device, err = f.Context().Clone(); err == nil {
					v.stream = cuda.WrapStream(v.device, v.handle)
				}
			}
		}
		if err == nil && b == nil {
			b, err = v.pool.Get(v.stream) // after the last readers of the memory
		}
		if err == nil {
			err = b.PutOn(n, f, v.stream)
		}
		if f != nil {
			f.Release()
		}
		if err != nil {
			if b != nil {
				b.Release()
			}
			return nil, 0, err
		}
		if n++; n == v.cfg.Len {
			break
		}
	}
	return b, n, nil
}

// nvc_device is what __dlpack_device__ says of a batch.
//
//export nvc_device
func nvc_device(number C.int64_t, id *C.int64_t) C.int64_t {
	b := batchOf(number)
	if b == nil {
		return fail(errors.New("no such batch"))
	}
	kind, n := b.DLPackDevice()
	*id = C.int64_t(n)
	return C.int64_t(kind)
}

// nvc_dlpack returns the address of a DLManagedTensor of a batch, or 0. stream is that of
// __dlpack__: 1 for the legacy stream, a handle for others; 0 if there is none, and 2,
// whose meaning depends on the thread, mean that it waits.
//
//export nvc_dlpack
func nvc_dlpack(number C.int64_t, stream C.uintptr_t) C.uintptr_t {
	b := batchOf(number)
	if b == nil {
		fail(errors.New("no such batch"))
		return 0
	}
	var s *cuda.Stream
	if b.Memory == frame.Device && stream != 0 && stream != 2 {
		s = cuda.WrapStream(b.Context(), uintptr(stream))
	}
	p, err := b.DLPack(s)
	if err != nil {
		fail(err)
		return 0
	}
	return C.uintptr_t(p)
}

// nvc_delete gives back a DLManagedTensor that nobody took.
//
//export nvc_delete
func nvc_delete(tensor C.uintptr_t) { frame.DeleteDLPack(uintptr(tensor), false) }

// nvc_ipc describes a batch to another process, in JSON; it returns the length, or -1.
//
//export nvc_ipc
func nvc_ipc(number C.int64_t, to *C.char, size C.int64_t) C.int64_t {
	b := batchOf(number)
	if b == nil {
		return fail(errors.New("no such batch"))
	}
	x, err := b.IPC()
	if err != nil {
		return fail(err)
	}
	text, err := json.Marshal(x)
	if err == nil && len(text) > int(size) {
		err = fmt.Errorf("%d bytes of JSON", len(text))
	}
	if err != nil {
		return fail(err)
	}
	return give(to, size, string(text))
}

// nvc_release gives a batch up; tensors of it stay until they are deleted.
//
//export nvc_release
func nvc_release(number C.int64_t) {
	objects.Lock()
	b := objects.batch[number]
	delete(objects.batch, number)
	objects.Unlock()
	if b != nil {
		b.Release()
	}
}

// nvc_close ends a video. Batches of it stay.
//
//export nvc_close
func nvc_close(number C.int64_t) {
	objects.Lock()
	v := objects.videos[number]
	delete(objects.videos, number)
	objects.Unlock()
	if v == nil {
		return
	}
	v.cancel()
	if err := errors.Join(v.dec.Close(), v.dem.Close(), v.pool.Close(), v.device.Close()); err != nil {
		fail(err)
	}
}

func main() {}
