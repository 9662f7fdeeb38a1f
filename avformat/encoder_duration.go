package avformat

// durations carries the durations of frames to their packets, which libavcodec does
// only for some encoders and from FFmpeg 6.1 on.
type durations struct {
	frame int64 // of a frame that does not say
	list  []struct{ pts, duration int64 }
}

// roundsTimes is true for an encoder that counts in 100 ns and rounds times below zero the
// wrong way: libaom at the time of FFmpeg 4 (seen with 1.0.0).
func (c Coder) roundsTimes() bool { return c.Name == "libaom-av1" && ff.version.AVCodec.Major < 59 }

// nearest is the time of a frame that is next to pts.
func (d *durations) nearest(pts int64) int64 {
	best := pts
	for i, e := range d.list {
		if i == 0 || max(e.pts-pts, pts-e.pts) < max(best-pts, pts-best) {
			best = e.pts
		}
	}
	return best
}

// rounded gives a packet of an encoder that roundsTimes the time of its frame.
func (d *durations) rounded(p *Packet, shift int64) {
	o := &ff.off.packet
	pts := getInt64(p.p, o.pts)
	t := d.nearest(pts - shift)
	if getInt64(p.p, o.dts) == pts {
		setInt64(p.p, o.dts, t)
	}
	setInt64(p.p, o.pts, t)
}

// maxHeld is more than any encoder holds back; encoders that drop frames must not let
// the list grow.
const maxHeld = 1024

func (d *durations) add(pts, duration int64) {
	if duration <= 0 {
		duration = d.frame
	}
	if len(d.list) >= maxHeld {
		d.list = append(d.list[:0], d.list[1:]...)
	}
	d.list = append(d.list, struct{ pts, duration int64 }{pts, duration})
}

// set completes a packet.
func (d *durations) set(p *Packet) {
	pts := getInt64(p.p, ff.off.packet.pts)
	for i, e := range d.list {
		if e.pts == pts {
			if getInt64(p.p, ff.off.packet.duration) <= 0 {
				setInt64(p.p, ff.off.packet.duration, e.duration)
			}
			d.list = append(d.list[:i], d.list[i+1:]...)
			return
		}
	}
}
