// Package nvsim is a simulator of NVIDIA's driver for tests: libcuda.so.1,
// libnvcuvid.so.1 and libnvidia-encode.so.1 in C, built by cc when they are first
// needed, on libavcodec. Tests and programs load them through the ordinary loader path,
// so nothing but the tests knows that they exist. A package opts in:
//
//	func TestMain(m *testing.M) { nvsim.Main(m, nvsim.Options{}) }
//
// # What it is
//
// Device memory faults when the host touches it. Contexts, streams, events, copies,
// pools and modules behave as in the driver. The video parser has the rules that
// an H200 was seen to have (testdata/h200 and the traces in the shared folder are
// repeated line by line): when a picture leaves it, which surface it gets, which
// timestamp, in what form messages arrive. Decoded frames are libavcodec's, so they
// are exact where NVDEC is; scaling and deinterlacing are only similar.
//
// The encoder serves clients of NVENC 11.1, 12.0, 12.1, 12.2, 13.0 and 13.1 alike: a
// session reads and writes structs as its client's API lays them out. When a picture
// comes out, in what order, as what type and with which headers is NVENC's doing;
// what is in it is x264's, x265's or libaom's. No NVENC was at hand to compare it with.
// Foreign clients of 11.1, 12.0 and 13.1 encode on it; clients of our own in C, compiled
// against a header made of each golden, speak all six, and byte images of filled structs
// agree with the goldens. Legacy presets are refused, as by drivers since 550.
//
// # What it reports
//
// What the driver answers with an error is answered with that error and no more.
// What a real GPU would not tell is a violation: memory read before the stream that
// writes it was waited for or overwritten while another stream reads it, a frame
// mapped after its surface was decoded into again, dead handles, unbalanced
// contexts, reserved fields that are set, frames still mapped, an output locked too early
// or out of order, an input used again too early. Each is one line that
// names the call, and the process fails with the status 97; so it does when handles
// are alive at its end.
//
// # Variables
//
//	NVSIM_PROFILE   GPUs, separated by commas: h200, ada, blackwell; none for no GPU
//	NVSIM_DRIVER    what cuDriverGetVersion says; 13000
//	NVSIM_FAULT     NAME:nth:code,... makes the nth call of NAME fail (0 each, 5+ the
//	                fifth and later); "decode status:nth:8" changes a picture's status;
//	                "unfinished JPEG:nth:1" is a picture that is empty if it is mapped
//	                before its status says that it is finished.
//	                Inject changes them in a running process
//	NVSIM_STICKY    code:n, the loss of all contexts after n calls
//	NVSIM_OOM       bytes of device memory, all devices together
//	NVSIM_SLOW_MS   how long each decode takes
//	NVSIM_ASYNC     1 does work on streams later, on a thread, in any order that streams
//	                and events allow: NVSIM_DELAY_US after each other, by NVSIM_SEED
//	NVSIM_ORDER     0 checks no order of streams
//	NVSIM_BUSY      0 never says that a picture is in progress, nor that an output that
//	                is not waited for is not ready, which else is said once
//	NVSIM_NVENC     newest encoding API, major*10+minor; 130
//	NVSIM_NVENC_CAPS  changes capabilities: "av1=0,hevc.33=0" is no AV1 and HEVC without
//	                capability 33
//	NVSIM_SESSIONS  how many encode sessions a GPU allows; 0 any number
//	NVSIM_ENCODER_BUSY  how often each picture is refused with ENCODER_BUSY
//	NVSIM_MORE_INPUT  how many pictures more than it needs the encoder waits for
//	NVSIM_ENCODE_MS how long each picture takes
//	NVSIM_FORK      0 makes no copies of the process for B pictures of H.264: the stream
//	                then has stand-ins for pictures; for measurements
//	NVSIM_TRACE     a file (- is standard error) for a line for each call; those of the
//	                parser have the form of the hardware's traces
//	NVSIM_ALLOW     texts, separated by |, of violations that do not count
//	NVSIM_SITES     a file for where in the simulator's sources violations were found
//	NVSIM_ABORT     1 stops the process at the first violation, for a debugger
//	NVSIM_KERNELS   libraries with kernels for the host, see Options.Kernels
//	NVSIM_AVLOG     1 lets libavcodec's messages through
//	NVSIM           0 keeps Main from using the simulator
//
// NVSIM_CFLAGS adds to the compiler's options (-fsanitize=address: then the client
// needs the same, and NVSIM_NO_DEEPBIND=1). NVSIM_CLIENTS=1 makes this package's tests run
// programs that we did not write: ffmpeg on all of the media corpus, two newer builds of
// FFmpeg from npm, GStreamer. make test-sim-clients fetches them and does that.
//
// # What it cannot do
//
// Encode fields, alpha, stereo, several views or temporal layers, or only search for
// motion: the capabilities say so. Settings that change quality only (AQ, passes, filters)
// are checked and do nothing; picture timing is written with time codes of H.264 alone,
// HEVC's time codes and buffering periods are not, and HEVC has one slice a picture.
// HEVC's B pictures are B in order, time and name, but their slices are P slices,
// references, and of the quantiser of P pictures. An intra refresh of HEVC or AV1 has its
// pictures, but no intra blocks. AV1 has one constant quantiser, that of P pictures, and
// key frames are coded better. A new rate makes an IDR picture where x264 does not code; a
// long-term reference is marked and not used. Picture parameters that do not come from its
// own parser (ffmpeg -hwaccel cuda, GStreamer's stateless elements and its nvav1dec) are
// refused with 801, which is no violation as long as the process has made no parser.
// Textures, CUDA arrays of layers and volumes, graphs and memory of other processes answer
// 801. PTX is not run: a kernel's twin, the same source compiled for the host, is. Calls
// take no time of their own, so it says nothing about speed.
//
// The 151 traces of an H200 are repeated line by line, but for what trace_test.go's
// normal removes: times, whether a picture was done a moment earlier, and the pixels
// of codecs whose inverse transform is free (MPEG-1, 2 and 4, JPEG), of scaling and
// deinterlacing, and of damaged pictures.
package nvsim
