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
// A ThreadedDecoder decodes ahead in the background; a Transcoder cuts and codes anew.
//
// # Who may call what, at once
//
// Objects are independent of each other: any number may be used at the same time, each
// by a goroutine of its own, and goroutines may move between OS threads.
//
//	object               calls at once           from other goroutines
//	Demuxer              one                     Close, which ends a read that waits
//	Decoder              one                     Close; Device, Reason, Damage
//	SimpleDecoder        one                     Close
//	ThreadedDecoder      one reader              Queue; Close, which ends a Read that waits
//	Encoder, Transcoder  one                     Close
//	Muxer                one                     Abort, Close
//	Scaler               one                     Close
//	SEIInserter          one                     nothing
//	Index                any number              it does not change
//	BackgroundScan       any number              Close, which ends a Wait
//	frame.Frame          any number that reads   Retain, Release
//	frame.DevicePool, HostPool, BatchPool: any number; frame.Converter: one, and Close
//	SetDecoderCache, TrimCache, CacheStats, Prepare, SetLogger: any goroutine, any time
//
// Close may be called twice. Frames outlive what gave them, until they are released.
//
// # Decode sessions
//
// A session of the GPU's decoder takes 40 ms to make and up to 250 to end, so sessions
// belong to the process and not to decoders: those that are idle wait, 4 of them for 30
// seconds, for the next stream of their kind (codec, chroma, depth), whose size only
// takes 0.04 ms to set. SetDecoderCache, TrimCache and CacheStats control and show it.
// Objects that read files share out twice as many sessions as the GPU has engines;
// further ones wait for their turn. A Decoder always gets one.
//
// Nothing is linked: libcuda, libnvcuvid and FFmpeg's libraries are found at run
// time, when an object that needs them is made.
package codec
