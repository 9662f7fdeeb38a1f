package codec

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Interval is a part of a video: the frames whose time lies in [Start, End).
type Interval struct{ Start, End time.Duration }

// wrap says in an error which part it is about.
func (i Interval) wrap(err error) error {
	switch {
	case err == nil || i.Start == noTime:
		return err
	case i.End == noTime:
		return fmt.Errorf("segment from %v on: %w", i.Start, err)
	}
	return fmt.Errorf("segment %v to %v: %w", i.Start, i.End, err)
}

// String returns "2s to 4.5s".
func (i Interval) String() string { return fmt.Sprintf("%v to %v", i.Start, i.End) }

// Name is the name of a file for i that PyNvVideoCodec's sample uses: out.mp4 becomes
// out_2_4.5.mp4, with seconds.
func (i Interval) Name(path string) string {
	ext := filepath.Ext(path)
	return fmt.Sprintf("%s_%g_%g%s", strings.TrimSuffix(path, ext), i.Start.Seconds(), i.End.Seconds(), ext)
}

// WriteFile transcodes parts of the video, one after the other, into a new file; without
// parts, the whole. cfg is the muxer's and may be nil.
//
// The file has ".part" in its name until it is whole, and is removed if it does not
// become so: a file under its own name is complete. Damage in the source leaves a complete
// file and is reported all the same, as by Segment.
func (t *Transcoder) WriteFile(ctx context.Context, path string, cfg *MuxerConfig, parts ...Interval) error {
	const op = "transcode"
	for _, p := range parts {
		if p.Start >= p.End {
			return opError(op, fmt.Errorf("%w: a segment from %v", ErrArgument, p))
		}
	}
	streams, err := t.Streams()
	if err != nil {
		return err
	}
	temporary := partName(path)
	m, err := Create(ctx, temporary, cfg, streams...)
	if err != nil {
		return opError(op, err)
	}
	var damage error
	if len(parts) == 0 {
		parts = []Interval{{noTime, noTime}}
	}
	for _, p := range parts {
		err := t.do(ctx, m, p.Start, p.End)
		var d *DamageError
		if errors.As(err, &d) {
			damage = errors.Join(damage, err)
		} else if err != nil {
			return errors.Join(err, m.Abort())
		}
	}
	if err := m.Close(); err != nil {
		_ = os.Remove(temporary)
		return opError(op, err)
	}
	if err := os.Rename(temporary, path); err != nil {
		_ = os.Remove(temporary)
		return opError(op, err)
	}
	return damage
}

func partName(path string) string {
	ext := filepath.Ext(path)
	return strings.TrimSuffix(path, ext) + ".part" + ext
}
