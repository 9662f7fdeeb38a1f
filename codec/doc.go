// Package codec decodes, demultiplexes and encodes video on NVIDIA's hardware, or
// on FFmpeg's software codecs where the machine has no fitting hardware.
//
// A Demuxer reads a container and yields packets; a Decoder turns packets into
// frames. Both directions choose their engine on their own and say why:
//
//	dem, err := codec.Open(ctx, "in.mp4", nil)
//	if err != nil { ... }
//	defer dem.Close()
//	dec, err := codec.NewDecoder(dem.Stream(), nil)
//	if err != nil { ... }
//	defer dec.Close()
//	for f, err := range dec.Frames(dem.Packets()) {
//		if err != nil { ... }
//		// f.Planes, f.PTS, f.Time() ...
//		f.Release()
//	}
//
// A SimpleDecoder gives any frame of a video by its number or time, over as many of the
// GPU's engines as that is worth; its Index is made by scanning packets, and can be kept.
//
// Nothing is linked: libcuda, libnvcuvid and FFmpeg's libraries are found at run
// time, when an object that needs them is made.
package codec
