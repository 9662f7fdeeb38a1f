package avformat

import (
	"fmt"
	"unsafe"
)

// A Format is the container format that a demuxer or muxer handles.
type Format struct {
	Name     string // FFmpeg's names for it, separated by commas: "mov,mp4,m4a,3gp,3g2,mj2"
	LongName string // for people: "QuickTime / MOV"
}

// A Chapter is a named part of the presentation.
type Chapter struct {
	ID         int64
	TimeBase   Rational
	Start, End int64 // in ticks of TimeBase, half-open
	Metadata   map[string]string
}

// A Program is a group of streams that belong together: a channel of an MPEG
// transport stream, say.
type Program struct {
	ID       int
	Number   int
	PMT      int   // PID of its map table
	Streams  []int // indices
	Metadata map[string]string
}

func readChapters(ctx uintptr) []Chapter {
	o := &ff.off.chapter
	array, n := getPtr(ctx, ff.off.formatContext.chapters), int(getInt32(ctx, ff.off.formatContext.nbChapters))
	var out []Chapter
	for i := range n {
		p := word(array, i)
		c := Chapter{
			ID: int64(getInt32(p, o.id)), TimeBase: getRational(p, o.timeBase),
			Start: getInt64(p, o.start), End: getInt64(p, o.end),
			Metadata: readDictionary(getPtr(p, o.metadata)),
		}
		if ff.version.AVFormat.Major > 58 { // it was an int
			c.ID = getInt64(p, o.id)
		}
		out = append(out, c)
	}
	return out
}

// chapterSize is what an AVChapter takes at most.
const chapterSize = 64

// setChapters gives chapters to a context that is written, which then owns them.
func setChapters(ctx uintptr, list []Chapter) error {
	if len(list) == 0 {
		return nil
	}
	o, fc := &ff.off.chapter, &ff.off.formatContext
	const pointer = unsafe.Sizeof(ctx)
	array := call1(ff.fn.avMallocz, uintptr(len(list))*pointer)
	if array == 0 {
		return noMemory("av_mallocz")
	}
	setPtr(ctx, fc.chapters, array)
	for i, c := range list {
		if !c.TimeBase.Known() || c.End < c.Start {
			return &Error{Func: "AVChapter", Code: ErrInvalid, Detail: fmt.Sprintf("chapter %d from %d to %d in units of %d/%d s", i, c.Start, c.End, c.TimeBase.Num, c.TimeBase.Den)}
		}
		p := call1(ff.fn.avMallocz, chapterSize)
		if p == 0 {
			return noMemory("av_mallocz")
		}
		setPtr(array, offset(i)*offset(pointer), p)
		setInt32(ctx, fc.nbChapters, int32(i+1))
		if ff.version.AVFormat.Major > 58 { // it was an int
			setInt64(p, o.id, c.ID)
		} else {
			setInt32(p, o.id, int32(c.ID))
		}
		setRational(p, o.timeBase, c.TimeBase)
		setInt64(p, o.start, c.Start)
		setInt64(p, o.end, c.End)
		if err := setMetadata(p+uintptr(o.metadata), c.Metadata); err != nil {
			return err
		}
	}
	return nil
}

func readPrograms(ctx uintptr) []Program {
	o := &ff.off.program
	array, n := getPtr(ctx, ff.off.formatContext.programs), int(getInt32(ctx, ff.off.formatContext.nbPrograms))
	var out []Program
	for i := range n {
		p := word(array, i)
		prog := Program{
			ID: int(getInt32(p, o.id)), Number: int(getInt32(p, o.programNum)), PMT: int(getInt32(p, o.pmtPid)),
			Metadata: readDictionary(getPtr(p, o.metadata)),
		}
		list := getPtr(p, o.streamIndex)
		for j := range int(getInt32(p, o.nbStreamIndexes)) {
			prog.Streams = append(prog.Streams, int(getInt32(list, offset(4*j))))
		}
		out = append(out, prog)
	}
	return out
}
