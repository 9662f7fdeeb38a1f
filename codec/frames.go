package codec

import (
	"context"
	"errors"
	"iter"

	"github.com/go-nvcodec/nvcodec/frame"
)

// Frames decodes the video of a file, on the engine that cfg asks for (nil: NVDEC
// if it can, else the CPU):
//
//	for f, err := range codec.Frames(ctx, "in.mp4", nil) {
//
// Each loop opens the file anew and closes it at the end, also when it is left early.
// The end of ctx ends the sequence with its error, also while the source gives nothing.
// Each frame is the receiver's to release, and may outlive the loop.
//
// An error ends the sequence with (nil, err), after the frames before it; damage is
// reported at the end and matches ErrCorrupt. Other errors are those of Open, NewDecoder
// and Decoder.Frames, which are for addresses, and for programs that want to know more than
// the frames.
func Frames(ctx context.Context, path string, cfg *DecoderConfig) iter.Seq2[*frame.Frame, error] {
	return func(yield func(*frame.Frame, error) bool) {
		err := decodeFile(ctx, path, nil, cfg, func(f *frame.Frame) bool { return yield(f, nil) })
		if err != nil && !errors.Is(err, errLeft) {
			yield(nil, err)
		}
	}
}

// errLeft says that the loop was left: there is nobody to tell of an error.
var errLeft = errors.New("the loop was left")

func decodeFile(ctx context.Context, path string, source *DemuxerConfig, cfg *DecoderConfig, yield func(*frame.Frame) bool) (err error) {
	dem, err := Open(ctx, path, source)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dem.Close()) }()
	// Close wakes a read that waits.
	defer context.AfterFunc(ctx, func() { dem.Close() })()
	dec, err := NewDecoder(dem.Stream(), cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dec.Close()) }()
	for f, err := range dec.Frames(dem.Packets()) {
		if ctx.Err() != nil {
			f.Release()
			return opError("decode", ctx.Err())
		}
		if err != nil {
			return err
		}
		if !yield(f) {
			return errLeft
		}
	}
	return nil
}
