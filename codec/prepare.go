package codec

import (
	"sync"
	"time"

	"github.com/go-nvcodec/nvcodec/avformat"
	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/nvcuvid"
)

// Prepare begins, in the background, what the first object of a process would wait for:
// the loading of FFmpeg's libraries, and with Auto or a GPU, at the same time, that of the
// driver and the making of the device's primary context, which together take 0.2 s and
// more. It returns at once; what goes wrong is reported by the objects that need it.
// Nothing is different without it but the time.
//
// The context goes after 30 seconds if nothing uses it, or with TrimCache. Any goroutine
// may call it.
func Prepare(dev Device) {
	go func() { _, _ = avformat.Load() }()
	if dev != CPU {
		done := make(chan struct{})
		preparation.mu.Lock()
		preparation.pending = append(preparation.pending, done)
		preparation.mu.Unlock()
		go func() {
			defer close(done)
			prepareDevice(dev)
		}()
	}
}

// preparation holds the contexts that Prepare made.
var preparation struct {
	mu       sync.Mutex
	pending  []chan struct{}
	contexts []*cuda.Context
}

func prepareDevice(dev Device) {
	if cuda.Load() != nil || nvcuvid.Load() != nil {
		return
	}
	ctx, err := deviceContext(&DeviceConfig{Device: dev})
	if err != nil {
		return
	}
	preparation.mu.Lock()
	preparation.contexts = append(preparation.contexts, ctx)
	preparation.mu.Unlock()
	time.AfterFunc(maxIdle, unprepare)
}

// unprepare gives the contexts back.
func unprepare() {
	preparation.mu.Lock()
	pending := preparation.pending
	preparation.pending = nil
	preparation.mu.Unlock()
	for _, done := range pending {
		<-done
	}
	preparation.mu.Lock()
	list := preparation.contexts
	preparation.contexts = nil
	preparation.mu.Unlock()
	for _, c := range list {
		if err := c.Close(); err != nil {
			logger().Warn("context", "error", err)
		}
	}
}
