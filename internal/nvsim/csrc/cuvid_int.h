// What the files of libnvcuvid share.
#pragma once
#include "sim.h"
#include "nvcuvid_gen.h"

// --- reading bits

struct bits {
	const uint8_t *p;
	size_t n, pos; // n and pos in bits
	int over;      // read past the end
};

void bits_init(struct bits *b, const uint8_t *p, size_t bytes);
uint32_t bits_u(struct bits *b, int n);
uint32_t bits_ue(struct bits *b);
int32_t bits_se(struct bits *b);
static inline int bits_1(struct bits *b) { return (int)bits_u(b, 1); }
static inline void bits_skip(struct bits *b, size_t n) { b->pos += n; }
int bits_more(const struct bits *b); // more_rbsp_data()

struct buffer {
	uint8_t *p;
	size_t n, cap;
};
void buffer_add(struct buffer *b, const void *p, size_t n);
// unescape removes emulation prevention bytes.
void unescape(struct buffer *out, const uint8_t *p, size_t n);

// --- the parser

#define MAX_SURFACES 64

struct surface {
	int refs;        // decoding, reference, waiting for output, in the display queue
	uint64_t shown;  // when last displayed, 0 never
	// What the core keeps of the picture that was decoded last into it; it stays
	// after the display, as in the real parser: that is where late timestamps are from.
	int pts_valid, skipped, live;
	int64_t pts;
	int fields;
	int progressive, tff, rff;
	uint64_t decoded; // number of the decode
	void *decoder;    // that was fed
};

struct queued {
	CUVIDPARSERDISPINFO info;
	uint64_t decoded;
};

struct parser;

struct codec_ops {
	const char *name;
	int startcodes; // Annex B like
	// boundary tells from the beginning of a NAL unit whether it starts a new picture.
	int (*boundary)(struct parser *p, const uint8_t *nal, size_t n);
	// nal handles a complete NAL unit, without start code. 1: it is data of the picture.
	int (*nal)(struct parser *p, const uint8_t *nal, size_t n);
	// end_picture fills in what is missing and calls decode_picture.
	void (*end_picture)(struct parser *p);
	// packet handles a whole packet of a codec without start codes.
	int (*packet)(struct parser *p, const uint8_t *d, size_t n);
	void (*flush)(struct parser *p); // all pictures to the display queue
	void (*reset)(struct parser *p); // at the end of the stream, then: no references
	void (*init)(struct parser *p);
	void (*end)(struct parser *p);
};

struct parser {
	uint32_t magic;
	int alive, inside;
	CUVIDPARSERPARAMS params;
	const struct codec_ops *ops;
	void *codec;
	CUresult error; // of the current call

	struct surface surf[MAX_SURFACES];
	int nsurf;
	uint64_t shown, decoded;
	struct queued queue[MAX_SURFACES + 8];
	int nqueue;
	int late[MAX_SURFACES], nlate; // skipped pictures to give back

	// Sequence.
	CUVIDEOFORMATEX format;
	int have_format, refused;
	int64_t frame_duration, expected;
	int check_pts, filter_pts;

	// Timestamps by position of the packet they came with.
	struct {
		int valid;
		int64_t pts;
		uint64_t pos;
	} pts[16];
	int pts_at;
	uint64_t parsed, nal_start, frame_start;

	// Start code codecs: the picture's data, then the NAL unit being read.
	struct buffer data;
	size_t nal;       // where the current NAL unit starts in data
	int in_nal, checked;
	uint32_t window;
	unsigned slices[1024];
	int nslices;
	int picture;      // a picture is being collected

	// SEI messages of the coming picture.
	struct buffer sei;
	CUSEIMESSAGE seis[256];
	int nseis;

	// What the decoder needs besides the slices: parameter sets, then other units.
	struct buffer headers, extras, unit;
	CUVIDPICPARAMS pic;
	void *decoder; // that the last picture went to
};

void annexb_parse(struct parser *p, const uint8_t *d, size_t n);
void annexb_finish(struct parser *p); // end of the packet is the end of the picture
void annexb_reset(struct parser *p);

int surface_alloc(struct parser *p);
void surface_ref(struct parser *p, int i);
void surface_unref(struct parser *p, int *i);
// sequence announces a format if it is new. 0: the client refused it.
int sequence(struct parser *p, const CUVIDEOFORMATEX *f);
// decode_picture hands p->pic over. slices says whether p->data holds it.
void decode_picture(struct parser *p, const uint8_t *data, size_t n);
void output_picture(struct parser *p, int surface);
void late_release(struct parser *p);
void queue_flush(struct parser *p);
void queue_pop(struct parser *p);
void queue_age(struct parser *p);
void take_pts(struct parser *p, struct surface *s);
void sei_add(struct parser *p, int type, const void *d, size_t n);
void sei_message(struct parser *p, int hevc, const uint8_t *nal, size_t n);
void set_display(struct parser *p, int surface, int progressive, int tff, int rff, int fields);
void reduce(int *a, int *b);

void trace_sequence(const CUVIDEOFORMATEX *x);
void trace_messages(const CUVIDSEIMESSAGEINFO *m);
void trace_picture(int codec, const CUVIDPICPARAMS *p);

extern const struct codec_ops h264_ops, hevc_ops, vp8_ops, vp9_ops, mpeg12_ops, mpeg4_ops, vc1_ops, jpeg_ops, av1_ops;

// --- from the parser to the decoder

// A unit is what libavcodec needs to decode one picture. The decoder finds it by
// the address of the bitstream, which is good during the decode callback, as the
// real pointer is.
struct unit {
	const uint8_t *bitstream;
	const uint8_t *headers, *extras, *data;
	size_t nheaders, nextras, ndata;
	CUVIDPICPARAMS pic;
	struct parser *parser;
	struct unit *next;
};
void decoder_displayed(void *decoder, int surface);
void decoder_callback(void *decoder, int inside);
void unit_publish(struct unit *u);
void unit_withdraw(struct unit *u);
struct unit *unit_find(const CUVIDPICPARAMS *pic);
extern int parsers_made; // by this process
