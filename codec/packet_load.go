package codec

import "github.com/go-nvcodec/nvcodec/avformat"

// loadPacket copies p into an AVPacket, with pts in place of its own.
func loadPacket(a *avformat.Packet, p *Packet, pts int64) error {
	if err := a.SetData(p.Data); err != nil {
		return err
	}
	t := avformat.Times{PTS: pts, DTS: p.DTS, Duration: p.Duration, Pos: p.Pos}
	if p.Key {
		t.Flags |= avformat.PacketKey
	}
	if p.Flags&Discard != 0 {
		t.Flags |= avformat.PacketDiscard
	}
	if p.Flags&Damaged != 0 {
		t.Flags |= avformat.PacketCorrupt
	}
	a.SetTimes(t)
	for i := range p.SideData {
		s := &p.SideData[i]
		if err := a.AddSideData(avformat.SideDataType(s.Type), s.Data); err != nil {
			return err
		}
	}
	return nil
}
