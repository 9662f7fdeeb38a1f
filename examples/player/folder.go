package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// maxListed bounds the list page.
const maxListed = 2000

// videoNames are the extensions of what is listed.
var videoNames = strings.Fields(".mp4 .m4v .mov .mkv .webm .avi .ts .m2ts .mts .mpg .mpeg .m2v .vob .flv .wmv .asf .vc1 " +
	".ogv .ogm .3gp .3g2 .mxf .dv .ivf .obu .h264 .264 .avc .h265 .265 .hevc .mjpeg .mjpg .y4m .nut")

// A folder is what is shown. Nothing outside of it can be opened: os.Root refuses names
// and symbolic links that lead out of it.
type folder struct{ root *os.Root }

// A video is a file of the folder.
type video struct {
	Name string // from the folder, with slashes
	Size int64
	Time time.Time
}

// ID tells the file from its earlier contents.
func (v video) ID() string { return fmt.Sprintf("%s/%x-%x", v.Name, v.Size, v.Time.UnixNano()) }

// Path is the name as a part of an URL.
func (v video) Path() string {
	parts := strings.Split(v.Name, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return strings.Join(parts, "/")
}

// Base and Dir are the parts of the name.
func (v video) Base() string { return path.Base(v.Name) }

// Dir is empty at the top.
func (v video) Dir() string { return strings.TrimPrefix(path.Dir(v.Name), ".") }

func openFolder(dir string) (*folder, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("%w; -dir names the folder of videos", err)
	}
	return &folder{root}, nil
}

func (f *folder) Close() error { return f.root.Close() }

// list returns the videos of the folder and of those below it, in order of their names,
// and whether some were left out. What cannot be read is left out.
func (f *folder) list(ctx context.Context) (all []video, more bool, err error) {
	err = fs.WalkDir(f.root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && name == ".":
			return err
		case err != nil:
			return nil
		case name != "." && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir() || !slices.Contains(videoNames, strings.ToLower(path.Ext(name))):
			return nil
		case len(all) == maxListed:
			more = true
			return fs.SkipAll
		}
		if v, err := f.stat(name); err == nil {
			all = append(all, v)
		}
		return nil
	})
	return all, more, err
}

// errNoVideo is a name that is none of the folder's.
var errNoVideo = errors.New("no such video in the folder")

// stat finds a video by its name. What is no plain file is none: a pipe would block.
func (f *folder) stat(name string) (video, error) {
	if !filepath.IsLocal(filepath.FromSlash(name)) || strings.ContainsRune(name, 0) {
		return video{}, fmt.Errorf("%w: %q", errNoVideo, name)
	}
	fi, err := f.root.Stat(filepath.FromSlash(name))
	if err != nil || !fi.Mode().IsRegular() {
		return video{}, fmt.Errorf("%w: %q", errNoVideo, name)
	}
	return video{Name: name, Size: fi.Size(), Time: fi.ModTime()}, nil
}

func (f *folder) open(v video) (*os.File, error) {
	file, err := f.root.Open(filepath.FromSlash(v.Name))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoVideo, err)
	}
	return file, nil
}
