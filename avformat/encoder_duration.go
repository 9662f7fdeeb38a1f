package avformat

// durations carries the durations of frames to their packets, which libavcodec does
// only for some encoders and from FFmpeg 6.1 on.
type durations struct {
	frame int64 // of a frame that does not say
	list  []struct{ pts, duration int64 }
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
