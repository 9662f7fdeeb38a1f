package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// A Row is what the manifest says about a file.
type Row struct {
	Name     string   `json:"name"`
	Features []string `json:"features"`
	Expect   string   `json:"expect"`
	FrameMD5 string   `json:"framemd5"`
	// VersionDependent: releases of FFmpeg differ.
	VersionDependent bool `json:"-"`
	// Expected holds what those who published the file say of it.
	Expected []struct {
		Kind  string `json:"kind"`
		Value string `json:"value"`
	} `json:"expected"`
	Derived struct {
		Codec        string   `json:"codec"`
		Width        int      `json:"width"`
		Height       int      `json:"height"`
		PixFmt       string   `json:"pix_fmt"`
		Frames       int      `json:"frames"`
		MD5          string   `json:"md5_raw"`
		FrameFormats []string `json:"frame_formats"`
	} `json:"derived"`
	Version json.RawMessage `json:"version_dependent"`
}

func (r *Row) has(feature string) bool { return slices.Contains(r.Features, feature) }

// published tells whether md5 is the checksum that came with the file.
func (r *Row) published(md5 string) bool {
	for _, e := range r.Expected {
		if e.Kind == "md5 of all frames" && e.Value == md5 {
			return true
		}
	}
	return false
}

// broken rows decode in libavcodec, but nothing says what is right.
func (r *Row) broken() bool {
	return r.has("broken") || r.has("truncated") || r.has("fuzz") || r.has("fmo")
}

func readManifest(dir string) ([]Row, error) {
	if dir == "" {
		return nil, errors.New("-media is missing")
	}
	b, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		return nil, err
	}
	var m struct {
		Files []Row `json:"files"`
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, fmt.Errorf("manifest.json: %w", err)
	}
	for i := range m.Files {
		m.Files[i].VersionDependent = len(m.Files[i].Version) > 0
	}
	return m.Files, nil
}
