// The encoding half of libnvsim-av.so, which alone knows FFmpeg.
#pragma once
#include <stddef.h>
#include <stdint.h>

enum { ENC_H264, ENC_HEVC, ENC_AV1 };
enum { ENC_CONSTQP, ENC_VBR, ENC_CBR };
enum { ENC_P, ENC_B, ENC_I, ENC_IDR };

struct av_enc_config {
	int codec, width, height;
	int depth, chroma; // 8 or 10; 1 4:2:0, 2 4:2:2, 3 4:4:4
	int fps_num, fps_den, sar_num, sar_den;
	int rc, qp_i, qp_p, qp_b, qmin, qmax; // qmin, qmax: -1 for the encoder's own
	int64_t bitrate, maxrate, bufsize;    // bits; 0 for none
	double quality;                       // constant quality, 0 for none
	int speed;                            // 1 fastest to 7
	int lossless, bframes, pyramid, refs;
	int profile;                          // FF_PROFILE_*, -99 for the encoder's own
	int level, tier;
	int slices, slice_mbs, slice_bytes;   // one of them
	int primaries, transfer, matrix, full_range, video_format, chroma_loc;
	int overscan;                         // 0 unsaid, 1 no, 2 yes
	int cavlc, no_8x8, no_deblock, constrained_intra, intra_refresh, filler, qpmap, pic_struct;
	int tile_cols, tile_rows;             // log2
};

struct av_enc_picture {
	const void *plane[3];
	ptrdiff_t stride[3];
	int type;
	int64_t id;           // comes back with the packet; rises from picture to picture
	const int8_t *delta;  // a QP difference for each block, or NULL
	int delta_w, delta_h, delta_size;
};

struct av_enc_packet {
	const uint8_t *p;
	size_t n;
	int64_t id;
	int type, qp; // qp -1: unknown
};

struct av_enc_functions {
	void *(*open)(const struct av_enc_config *c, char *error, size_t n);
	void (*close)(void *e);
	// put gives a picture, get takes a packet, which is good until the next call: 1, 0 for
	// none, or negative. With B pictures of H.264 some may come twice, and get must be
	// called only once a group is complete.
	int (*put)(void *e, const struct av_enc_picture *p);
	int (*get)(void *e, struct av_enc_packet *out);
	// rate changes the rate; 0 if that needs a new encoder.
	int (*rate)(void *e, const struct av_enc_config *c);
	// headers are the parameter sets or the sequence header.
	const uint8_t *(*headers)(void *e, size_t *n);
};
