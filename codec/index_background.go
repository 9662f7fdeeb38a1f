package codec

import (
	"context"
	"errors"
	"os"
)

// A BackgroundScan makes the index of a file on a goroutine of its own, with a Demuxer
// of its own, while other Demuxers read the same file. Any goroutine may use it.
type BackgroundScan struct {
	cancel context.CancelCauseFunc
	done   chan struct{}
	x      *Index
	err    error
}

// ScanInBackground begins to scan a file or an address; cfg is that of Open. ctx ends it early,
// and so does Close, which must be called.
func ScanInBackground(ctx context.Context, path string, cfg *DemuxerConfig) *BackgroundScan {
	ctx, cancel := context.WithCancelCause(ctx)
	s := &BackgroundScan{cancel: cancel, done: make(chan struct{})}
	var own *DemuxerConfig
	if cfg != nil {
		c := *cfg
		own = &c
	}
	go func() {
		defer close(s.done)
		s.x, s.err = scanFileOnce(ctx, path, own)
	}()
	return s
}

func scanFileOnce(ctx context.Context, path string, cfg *DemuxerConfig) (*Index, error) {
	d, err := Open(ctx, path, cfg)
	if err != nil {
		if ctx.Err() != nil {
			err = opError("scan", context.Cause(ctx))
		}
		return nil, err
	}
	defer d.Close()
	// A read that waits for the network sees nothing of ctx.
	stop := context.AfterFunc(ctx, d.interrupt)
	defer stop()
	x, err := d.Scan(ctx)
	if ctx.Err() != nil {
		return nil, opError("scan", context.Cause(ctx))
	}
	return x, err
}

// Done is closed when the scan has ended.
func (s *BackgroundScan) Done() <-chan struct{} { return s.done }

// Wait waits for the index. Its error is ctx's, or that of the scan: os.ErrClosed after
// Close.
func (s *BackgroundScan) Wait(ctx context.Context) (*Index, error) {
	select {
	case <-s.done:
		return s.x, s.err
	default:
	}
	select {
	case <-s.done:
		return s.x, s.err
	case <-ctx.Done():
		return nil, opError("scan", context.Cause(ctx))
	}
}

var errScanClosed = errors.Join(os.ErrClosed, errors.New("the scan was ended"))

// Close ends the scan if it is under way, and waits for that. An index that Wait returned
// stays valid. It may be called twice.
func (s *BackgroundScan) Close() error {
	if s == nil {
		return nil
	}
	s.cancel(errScanClosed)
	<-s.done
	return nil
}
