package codec

import (
	"errors"
	"fmt"

	"github.com/go-nvcodec/nvcodec/frame"
)

// ErrLimit is a stream that asks for more than the configuration allows: see Limits and
// DemuxerConfig.MaxIndexPackets.
var ErrLimit = errors.New("over the limit")

// Limits bound what a stream can make a decoder allocate, whatever its headers say. Zero
// fields are the defaults. What Open decodes to learn about a stream is bounded by FFmpeg
// alone: some 16384x16384 samples. How many frames can be ready ahead of their use is bounded by
// ThreadedDecoderConfig.Buffer and SimpleDecoderConfig.ParallelMemory.
type Limits struct {
	// Width and Height are of the largest picture that is decoded, in luma samples. A
	// larger one is an error that matches ErrLimit, in the middle of a stream on the CPU
	// one that matches ErrCorrupt. Default: 16384 each. At most 65536.
	Width, Height int
	// SEIBytes is how much of messages is kept while their picture does not come; what is
	// over is dropped. Default: 1 MiB.
	SEIBytes int
}

const (
	defaultMaxSide     = 16384
	defaultMaxSEI      = 1 << 20
	defaultMaxIndexing = 1 << 26
)

func (l *Limits) validate() error {
	if min(l.Width, l.Height, l.SEIBytes) < 0 || max(l.Width, l.Height) > maxDimension {
		return fmt.Errorf("%w: Limits %+v; want 0 to %d for the sides, 0 for the defaults", ErrArgument, *l, maxDimension)
	}
	return nil
}

func (l *Limits) width() int  { return orDefault(l.Width, defaultMaxSide) }
func (l *Limits) height() int { return orDefault(l.Height, defaultMaxSide) }
func (l *Limits) sei() int    { return orDefault(l.SEIBytes, defaultMaxSEI) }

func orDefault(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

// check refuses pictures that are too large.
func (l *Limits) check(width, height int) error {
	if width <= l.width() && height <= l.height() {
		return nil
	}
	return fmt.Errorf("%w: a picture of %dx%d; DecoderConfig.Limits allows %dx%d", ErrLimit, width, height, l.width(), l.height())
}

// checkCoded is check for the coded size, of which the picture may be a part.
func (l *Limits) checkCoded(width, height int) error {
	const superblock = 128 // the largest unit that sizes are rounded up to
	round := func(n int) int { return (n + superblock - 1) / superblock * superblock }
	if width <= round(l.width()) && height <= round(l.height()) {
		return nil
	}
	return l.check(width, height)
}

// within returns the frames up to the first that is too large, and releases the others.
func (l *Limits) within(frames []*frame.Frame, from int) ([]*frame.Frame, error) {
	for i := from; i < len(frames); i++ {
		if err := l.check(frames[i].Width, frames[i].Height); err != nil {
			for _, f := range frames[i:] {
				f.Release()
			}
			return frames[:i], err
		}
	}
	return frames, nil
}
