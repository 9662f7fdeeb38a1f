package avformat

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/go-nvcodec/nvcodec/internal/abi"
)

// How the files of this package use C:
//
//   - ff is the loaded FFmpeg. A constructor calls load() first and returns its
//     error; methods of what it made use ff without asking again.
//   - A C function's address is ff.fn.avReadFrame (symbols.go); those that only
//     some majors have are zero elsewhere and are tested before the call.
//   - A field is getInt32(p, ff.off.packet.flags), setInt64, getPtr, getRational ...
//     (layout.go), p the struct's address as a uintptr. Fields that the loaded
//     release lacks read as zero and are not written.
//   - C memory is always a uintptr in Go, never a pointer type.
//   - A call: s.call.Begin().Int(p).Ptr(unsafe.Pointer(&s.out)).Do32(ff.fn.x), with a
//     call abi.Call field in the (heap) session object: no allocation. What goes
//     through Ptr must be on the heap, so out-parameters are fields of the session
//     object. A second call made from inside a callback needs a second abi.Call.
//     Code without a session uses abi.Borrow and Return, or the call1 helpers below.
//   - Handles that a C function takes by address to zero them (av_packet_free) go
//     through free().
type library struct {
	fn      functions
	off     layout
	version Version
	atoi    uintptr // int atoi(const char *), the interrupt callback
}

// ff is the loaded FFmpeg, nil before the first successful load. It is written once.
var ff *library

var loading struct {
	mu   sync.Mutex
	done bool
	err  error
	path string
}

// Env names the environment variable that says where FFmpeg is: a directory with its
// libraries, or libavformat's file itself. Nothing else is tried then.
const Env = "NVCODEC_FFMPEG"

// SetPath says where FFmpeg is: a directory with its libraries, or the file of
// libavformat with the others beside it. It goes before the environment variable
// Env, and has to come before the first use of the package; later it is an error.
// Any goroutine may call it.
func SetPath(path string) error {
	loading.mu.Lock()
	defer loading.mu.Unlock()
	if ff != nil {
		return &Error{Func: "SetPath", Detail: "FFmpeg is loaded already, from " + ff.version.Library}
	}
	loading.path, loading.done, loading.err = path, false, nil
	return nil
}

// Load finds FFmpeg's libraries, checks that they are one consistent set of a
// supported release (4.3 to 9) and returns what they are. The first call decides;
// all others return the same. Everything in this package calls it. The error
// matches ErrLibrary. Any goroutine may call it.
func Load() (*Version, error) {
	if err := load(); err != nil {
		return nil, err
	}
	v := ff.version
	return &v, nil
}

func load() error {
	loading.mu.Lock()
	defer loading.mu.Unlock()
	if loading.done {
		return loading.err
	}
	loading.done = true
	path := loading.path
	if path == "" {
		path = os.Getenv(Env)
	}
	l, err := openFFmpeg(path)
	if err != nil {
		loading.err = err
		return err
	}
	ff = l
	initLog()
	return nil
}

const remedy = "Install FFmpeg 4.3 to 9 with shared libraries (Debian, Ubuntu: apt-get install ffmpeg), or set " + Env + " to the directory of its libraries."

// openFFmpeg tries the majors newest first, each as a whole set. A set that opens
// but is unfit does not end the search; it is what the error begins with.
func openFFmpeg(path string) (*library, error) {
	notFound := &abi.NotFoundError{What: "FFmpeg's libraries", Remedy: remedy}
	var unfit []error
	for _, name := range candidates(path) {
		l, err := openSet(name)
		var nf *abi.NotFoundError
		switch {
		case err == nil:
			return l, nil
		case errors.As(err, &nf):
			notFound.Names = append(notFound.Names, nf.Names...)
			notFound.Errors = append(notFound.Errors, nf.Errors...)
		default:
			unfit = append(unfit, err)
		}
	}
	if len(unfit) > 0 {
		return nil, &SetError{Causes: unfit}
	}
	if others := otherMajors(path); len(others) > 0 {
		return nil, &SetError{Causes: []error{fmt.Errorf("found %s, but nvcodec supports libavformat %d to %d: %w",
			strings.Join(others, ", "), releases[len(releases)-1].avformat, releases[0].avformat, notFound)}}
	}
	return nil, notFound
}

// A SetError says that an FFmpeg was found but cannot be used.
type SetError struct{ Causes []error } // best candidate first

func (e *SetError) Error() string {
	s := "cannot use FFmpeg: " + e.Causes[0].Error()
	for _, c := range e.Causes[1:] {
		s += "\n\talso: " + c.Error()
	}
	if !strings.HasSuffix(s, remedy) {
		s += "\n" + remedy
	}
	return s
}

// Unwrap gives the causes.
func (e *SetError) Unwrap() []error { return e.Causes }

// Is makes errors.Is(err, ErrLibrary) true.
func (e *SetError) Is(target error) bool { return target == ErrLibrary }

// openSet opens libavformat by name and everything else by way of it.
func openSet(name string) (*library, error) {
	dir := ""
	if filepath.Base(name) != name {
		dir = filepath.Dir(name)
		preload(dir, name)
	}
	format, err := openLibrary(name)
	if err != nil {
		return nil, err
	}
	major, err := versionOf(format, "avformat_version")
	if err != nil {
		return nil, err
	}
	r, ok := releaseOf(major.Major)
	if !ok {
		age := "newer than this program knows"
		if major.Major < releases[len(releases)-1].avformat {
			age = "too old"
		}
		return nil, fmt.Errorf("%s is libavformat %v, which is %s; supported are %d to %d",
			name, major, age, releases[len(releases)-1].avformat, releases[0].avformat)
	}
	libs := []*abi.Library{format}
	if runtime.GOOS == "windows" {
		// GetProcAddress does not look into a library's dependencies. They are in
		// the process by now, so opening them again by name finds the same ones.
		for _, n := range []string{fileName("avcodec", r.avcodec), fileName("avutil", r.avutil)} {
			lib, err := openLibrary(filepath.Join(dir, n))
			if err != nil {
				return nil, err
			}
			libs = append(libs, lib)
		}
	}
	l := &library{off: r.layout(), version: Version{Library: name, AVFormat: major}}
	scale, scaleErr := openScale(r, dir, libs)
	if scale != nil {
		libs = append(libs, scale)
	}
	s := abi.NewSymbols(libs...)
	l.fn.find(s)
	if err := s.Err("Its release is " + r.ffmpeg + ".x by its file name; install a complete build of FFmpeg."); err != nil {
		return nil, err
	}
	if err := l.identify(r, scaleErr); err != nil {
		return nil, err
	}
	l.adapt()
	l.atoi = findAtoi(format)
	if err := l.selfCheck(); err != nil {
		return nil, err
	}
	return l, nil
}

func openLibrary(name string) (*abi.Library, error) {
	return abi.Open(abi.Spec{What: "FFmpeg's " + filepath.Base(name), Names: []string{name}})
}

// openScale opens libswscale, which no other library depends on, so that it has to
// prove that it belongs to the set: it must use the same libavutil.
func openScale(r release, dir string, set []*abi.Library) (*abi.Library, error) {
	names := []string{fileName("swscale", r.swscale)}
	if dir != "" {
		names = []string{filepath.Join(dir, names[0]), names[0]}
	}
	scale, err := abi.Open(abi.Spec{What: "FFmpeg's pixel conversion", Names: names})
	if err != nil {
		return nil, err
	}
	v, err := versionOf(scale, "swscale_version")
	if err != nil {
		return nil, err
	}
	if v.Major != r.swscale {
		return nil, fmt.Errorf("%s is version %v, but FFmpeg %s has %d", scale.Name, v, r.ffmpeg, r.swscale)
	}
	if runtime.GOOS == "windows" {
		return scale, nil // its dependencies' symbols cannot be asked for
	}
	a, errA := set[0].Symbol("avutil_version")
	b, errB := scale.Symbol("avutil_version")
	if errA != nil || errB != nil || a != b {
		return nil, fmt.Errorf("%s uses another libavutil than %s", scale.Name, set[0].Name)
	}
	return scale, nil
}

// versionOf calls one of the libraries' own version functions.
func versionOf(l *abi.Library, fn string) (LibraryVersion, error) {
	p, err := l.Symbol(fn)
	if err != nil {
		return LibraryVersion{}, err
	}
	v := libraryVersion(call0(p))
	if v.Micro < 100 {
		// FFmpeg begins at 100 so that it can be told from its former fork.
		return v, fmt.Errorf("%s %v is Libav's, not FFmpeg's", l.Name, v)
	}
	return v, nil
}

// identify fills the Version and refuses a set whose parts do not belong together.
func (l *library) identify(r release, scaleErr error) error {
	v := &l.version
	v.AVCodec = libraryVersion(call0(l.fn.avcodecVersion))
	v.AVUtil = libraryVersion(call0(l.fn.avutilVersion))
	v.Release = abi.GoString(call0(l.fn.avVersionInfo))
	v.Configuration = abi.GoString(call0(l.fn.avformatConfiguration))
	v.License = abi.GoString(call0(l.fn.avformatLicense))
	if v.AVCodec.Major != r.avcodec || v.AVUtil.Major != r.avutil {
		return fmt.Errorf("%s is from FFmpeg %s and needs libavcodec %d and libavutil %d, but came with %v and %v: the libraries of two builds are mixed",
			v.Library, r.ffmpeg, r.avcodec, r.avutil, v.AVCodec, v.AVUtil)
	}
	if v.ScaleError = scaleErr; scaleErr == nil {
		v.SWScale = libraryVersion(call0(l.fn.swscaleVersion))
	}
	return nil
}

// adapt takes away the fields that came during a major and that this minor does
// not have yet. The functions that came with them tell.
func (l *library) adapt() {
	if l.fn.avChannelLayoutDefault == 0 { // 5.0
		l.off.codecParameters.chLayout = none
		l.off.frame.chLayout = none
		l.off.codecContext.chLayout = none
	}
	if l.fn.avPacketSideDataGet == 0 { // 6.0
		l.off.codecParameters.codedSideData = none
		l.off.codecParameters.nbCodedSideData = none
		l.off.codecParameters.framerate = none
	} else { // 6.1: both are there, and the new one also works for muxing
		l.off.stream.sideData = none
		l.off.stream.nbSideData = none
	}
	if l.fn.avFrameReplace != 0 { // 6.1: these became flags
		l.off.frame.keyFrame = none
		l.off.frame.interlacedFrame = none
		l.off.frame.topFieldFirst = none
	}
	if l.off.frame.duration != none {
		l.off.frame.pktDuration = none
	}
	if runtime.GOOS == "windows" {
		// long is 4 bytes there, and AVIOContext has one before these.
		l.off.ioContext.seekable -= 8
		l.off.ioContext.direct -= 8
		if l.version.AVFormat.Major == 58 {
			l.off.ioContext.error -= 8
		}
	}
}

// findAtoi finds libc's atoi, which is an interrupt callback that needs no Go: it
// reads a digit from the memory that it is given.
func findAtoi(l *abi.Library) uintptr {
	if p, err := l.Symbol("atoi"); err == nil {
		return p
	}
	for _, n := range []string{"ucrtbase.dll", "msvcrt.dll"} {
		if lib, err := openLibrary(n); err == nil {
			if p, err := lib.Symbol("atoi"); err == nil {
				return p
			}
		}
	}
	return 0
}
