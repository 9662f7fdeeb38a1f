package avformat

import (
	"fmt"
	"runtime"
)

// A release is one major of FFmpeg: the majors of its libraries, which are what
// their file names end in, and where their struct fields lie.
type release struct {
	ffmpeg                                         string
	avformat, avcodec, avutil, swresample, swscale int
	layout                                         func() layout
}

// releases lists what is supported, newest first, which is the order of the
// search. A major that is not here is refused: a wrong offset reads plausibly.
var releases = []release{
	{"9", 63, 63, 61, 7, 10, layout63},
	{"8", 62, 62, 60, 6, 9, layout62},
	{"7", 61, 61, 59, 5, 8, layout61},
	{"6", 60, 60, 58, 4, 7, layout60},
	{"5", 59, 59, 57, 4, 6, layout59},
	{"4", 58, 58, 56, 3, 5, layout58},
}

// releaseOf finds the release by libavformat's major.
func releaseOf(major int) (release, bool) {
	for _, r := range releases {
		if r.avformat == major {
			return r, true
		}
	}
	return release{}, false
}

// fileName is what the loader calls major of a library. Unversioned names are never
// used: they come with -dev packages only, and may belong to another major.
func fileName(lib string, major int) string {
	if runtime.GOOS == "windows" {
		return fmt.Sprintf("%s-%d.dll", lib, major)
	}
	return fmt.Sprintf("lib%s.so.%d", lib, major)
}

// A LibraryVersion is what one of FFmpeg's libraries says it is.
type LibraryVersion struct{ Major, Minor, Micro int }

func libraryVersion(v uintptr) LibraryVersion {
	return LibraryVersion{int(v >> 16 & 0xffff), int(v >> 8 & 0xff), int(v & 0xff)}
}

// String is the version as FFmpeg prints it: 59.27.100.
func (v LibraryVersion) String() string { return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Micro) }

// A Version describes the FFmpeg that is loaded.
type Version struct {
	Release       string         // as FFmpeg gives it: "5.1.9-0+deb12u1", "n7.1"
	Library       string         // the name under which libavformat opened
	AVFormat      LibraryVersion // demuxers and muxers
	AVCodec       LibraryVersion // codecs
	AVUtil        LibraryVersion
	SWScale       LibraryVersion // zero when pixel conversion is not available
	Configuration string         // the arguments of FFmpeg's configure: what it was built with
	License       string
	ScaleError    error // why libswscale is not available; nil if it is
}

// String is one line for logs.
func (v *Version) String() string {
	return fmt.Sprintf("FFmpeg %s (libavformat %v, libavcodec %v, libavutil %v)", v.Release, v.AVFormat, v.AVCodec, v.AVUtil)
}
