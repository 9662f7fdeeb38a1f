package avformat

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
