package codec

import "time"

// A SimpleDecoder is a reader of the device's scheduler: it borrows a session for as long
// as it works, more for parallel work, and gives back what others wait for while it
// rests. A lane that lost its session begins anew at a key frame.

// work begins decoding: it waits for a session if others have all of them.
func (s *SimpleDecoder) work() error {
	if err := s.share.acquire(s.ctx); err != nil {
		if s.closed.Load() {
			return ErrClosed
		}
		return err
	}
	return nil
}

// rest ends it. Work that goes on in the background does not rest.
func (s *SimpleDecoder) rest() {
	if s.job == nil && s.main != nil && s.share.rest() {
		s.park()
	}
}

// park gives all sessions back. The caller holds mu.
func (s *SimpleDecoder) park() {
	s.main.park()
	for _, l := range s.others {
		l.park()
	}
	for s.share.sessions() > 0 {
		s.share.give()
	}
}

// parkIfIdle is called by readers that wait, on their goroutines.
func (s *SimpleDecoder) parkIfIdle() bool {
	if !s.mu.TryLock() {
		return false
	}
	defer s.mu.Unlock()
	if s.job != nil || s.x == nil {
		return false
	}
	s.park()
	return true
}

// park gives the lane's session back to the pool.
func (l *lane) park() {
	if l == nil {
		return
	}
	l.next = -1
	l.noteDamage(l.dec.damage.take())
	if err := l.dec.park(); err != nil {
		logger().Debug("park", "error", err) // the next use says it
	}
}

// pixelRate is how many samples of luma an engine of the hardware decodes in a second, for
// weighing work against the price of a session. Measured on Hopper.
func pixelRate(id ID) float64 {
	switch id {
	case HEVC:
		return 2.9e9
	case VP9, AV1:
		return 1.8e9
	}
	return 1.5e9
}

// duration is about how long an engine decodes so many packets.
func (s *SimpleDecoder) duration(packets int) time.Duration {
	px := float64(max(s.info.Width, 16)) * float64(max(s.info.Height, 16)) * float64(packets)
	return time.Duration(px / pixelRate(s.info.Codec) * float64(time.Second))
}
