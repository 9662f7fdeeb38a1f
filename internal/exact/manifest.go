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
	Derived          struct {
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
