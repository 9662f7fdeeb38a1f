// Package part writes files under a name that shows that they are not whole, until they
// are.
package part

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-nvcodec/nvcodec/codec"
)

// Name is out with ".part" before its extension.
func Name(out string) string {
	ext := filepath.Ext(out)
	return strings.TrimSuffix(out, ext) + ".part" + ext
}

// A File is a Muxer to a file that has its name when it is whole.
type File struct {
	*codec.Muxer
	out      string
	playable bool // without its end
	packets  int
	ended    bool
}

// Create begins to write out, under Name(out).
func Create(ctx context.Context, out string, cfg *codec.MuxerConfig, streams ...codec.StreamInfo) (*File, error) {
	m, err := codec.Create(ctx, Name(out), cfg, streams...)
	if err != nil {
		return nil, err
	}
	index := slices.Contains([]string{".mp4", ".mov", ".m4v", ".3gp", ".3g2"}, strings.ToLower(filepath.Ext(out)))
	return &File{Muxer: m, out: out, playable: !index || cfg != nil && cfg.Fragmented}, nil
}

// WritePacket is Muxer.WritePacket.
func (f *File) WritePacket(p *codec.Packet) error {
	err := f.Muxer.WritePacket(p)
	if err == nil {
		f.packets++
	}
	return err
}

// Finish writes the end, and gives the file its name if whole is true. If not, what there
// is can be played, and stays under Name(out).
func (f *File) Finish(whole bool) error {
	if err := f.Close(); err != nil {
		return err
	}
	f.ended = true
	if !whole {
		return nil
	}
	return os.Rename(Name(f.out), f.out)
}

// Discard ends a file that Finish did not. It stays, as left, if it can be played
// without its end, and is removed if not.
func (f *File) Discard() (left string, err error) {
	if f == nil || f.ended {
		return "", nil
	}
	f.ended = true
	name := Name(f.out)
	if f.playable && f.packets > 0 {
		_ = f.Close() // after a failure it writes no end
		if _, err := os.Stat(name); err == nil {
			return name, nil
		}
		return "", nil
	}
	err = f.Abort()
	if e := os.Remove(name); e != nil && !errors.Is(e, os.ErrNotExist) {
		err = errors.Join(err, e)
	}
	return "", err
}
