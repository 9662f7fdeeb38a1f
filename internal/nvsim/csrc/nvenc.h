// What the files of libnvidia-encode share.
#pragma once
#include "sim.h"
#include "av_enc.h"
#include "nvenc_neutral_gen.h"

// --- layouts of all APIs

struct nvenc_row {
	uint16_t off, size; // in the client's struct
	uint8_t bit, bits;  // of a bit-field
	uint8_t arm;        // of a union: 1 H.264, 2 HEVC, 3 AV1
	uint32_t at;        // in the neutral form
};

struct nvenc_layout {
	const char *name;
	uint32_t version, size;
	size_t neutral;
	const struct nvenc_row *rows;
	int nrows;
};

struct nvenc_api {
	unsigned number; // major*10 + minor
	int caps;        // how many capabilities it knows
	uint32_t rc_version;
};

extern const struct nvenc_layout nvenc_layouts[NAPIS][NSTRUCTS];
extern const struct nvenc_api nvenc_apis[NAPIS];
enum { API_11_1, API_12_0, API_12_1, API_12_2, API_13_0, API_13_1 };

int api_index(unsigned number); // -1: not simulated
unsigned api_newest(void);

// --- objects

struct session;

// An input buffer of the encoder, or a mapped resource.
struct input {
	struct session *s;
	struct resource *res; // NULL for a buffer
	uint32_t fmt, width, height, pitch;
	uint8_t *host;
	size_t bytes; // that the client may touch
	int locked, in_flight;
	struct input *next;
};

struct resource {
	struct session *s;
	CUdeviceptr p;
	uint32_t fmt, width, height, pitch;
	size_t chroma[2], bytes; // where the other planes begin; all that is read
	struct input *mapped;
	struct resource *next;
};

struct bitstream {
	struct session *s;
	uint8_t *mem;
	size_t cap;
	enum { BS_FREE, BS_QUEUED, BS_LOCKED } state;
	uint64_t seq;  // which output it takes
	struct input *in;    // that was submitted with it, NULL once it is gone
	struct picture *pic; // that it holds while it is locked
	int asked;     // by a lock that does not wait
	struct bitstream *next;
};

struct payload {
	int type;
	uint8_t *p;
	size_t n;
};

// A picture from its submission until its output is locked.
struct picture {
	struct input *in; // NULL once it is gone
	uint32_t fmt, pitch, height;
	size_t chroma[2];
	uint64_t ts, duration, number; // number: in display order
	uint32_t frame_idx, flags;
	int type; // NV_ENC_PIC_TYPE
	int headers;  // to be put in front of it
	uint8_t *raw; // as it was read from the input
	size_t nraw;
	struct sim_op op;
	struct payload *pay;
	int npay;
	struct payload timing; // of H.264, if the client gave a time code
	int8_t *delta;
	uint32_t ltr_mark, ltr_idx;
	uint8_t *packet; // once coded
	size_t npacket;
	int qp;
	uint64_t coded; // its place in the order of coding
	struct picture *next;
};

#define MAX_BATCH 64

struct batch {
	struct picture *pic[MAX_BATCH]; // in display order
	int n;
	struct batch *next;
};

struct session {
	uint32_t magic;
	int api, alive;
	CUcontext ctx;
	CUstream own; // of the driver, behind no other stream
	pthread_mutex_t mu;
	char error[256];

	int codec; // -1 before the initialisation
	struct n_initialize_params init;
	struct n_config cfg;
	struct av_enc_config enc;
	void *av;
	int in_depth, bframes, lookahead, delay;

	struct input *inputs;
	struct resource *resources;
	struct bitstream *bitstreams;

	CUstream *io_in, *io_out; // where the client keeps them
	CUstream in_stream, out_stream;

	// Pictures, in the order of their ways.
	struct picture *ahead, *waiting; // lookahead, then for the end of their group
	int nahead, nwaiting;
	struct batch *batches;           // whose types are decided
	struct picture *done;            // coded, in the order of coding
	uint64_t submitted, decided, coded, taken;
	uint64_t since_idr, since_i, number;
	int idr_next, intra_next, first_headers, eos, busy;
	uint64_t recent[64]; // times of the last pictures, for references to be invalidated
	struct hevc *hevc;   // parameter sets, if there are B pictures
	uint64_t hevc_idr;   // number of the last IDR picture
	int64_t hevc_poc;    // place after it of the picture coded last
	uint8_t *hdr; // parameter sets as they are put out
	size_t nhdr;
	struct session *next;
};

enum { SESSION_MAGIC = 0x4e76456e };

// --- common

NVENCSTATUS enc_leave(const char *fn, NVENCSTATUS s, const char *format, ...) PRINTF(3, 4);
int enc_fault(const char *fn, NVENCSTATUS *s);
NVENCSTATUS enc_session(const char *fn, void *encoder, int initialised, struct session **out);
NVENCSTATUS enc_error(struct session *s, NVENCSTATUS e, const char *format, ...) PRINTF(3, 4);

// SESSION is the first line of a function of the list: it finds and locks the session.
// DONE unlocks it and returns.
#define SESSION(initialised)                                                                                                                                   \
	struct session *s;                                                                                                                                     \
	uint64_t since_ = nvsim_now_ns();                                                                                                                      \
	do {                                                                                                                                                   \
		NVENCSTATUS e_;                                                                                                                                \
		if (enc_fault(__func__, &e_))                                                                                                                  \
			return enc_leave(__func__, e_, "%p", encoder);                                                                                         \
		if ((e_ = enc_session(__func__, encoder, initialised, &s)))                                                                                    \
			return enc_leave(__func__, e_, "%p", encoder);                                                                                         \
		pthread_mutex_lock(&s->mu);                                                                                                                    \
		s->error[0] = 0;                                                                                                                               \
	} while (0)
#define DONE(e, ...)                                                                                                                                           \
	do {                                                                                                                                                   \
		NVENCSTATUS r_ = (e);                                                                                                                          \
		pthread_mutex_unlock(&s->mu);                                                                                                                  \
		r_ = enc_leave(__func__, r_, __VA_ARGS__);                                                                                                     \
		nvsim_spent(since_);                                                                                                                           \
		return r_;                                                                                                                                     \
	} while (0)

NVENCSTATUS abi_read(const char *fn, struct session *s, enum nvenc_struct k, const void *p, int arm, void *neutral);
void abi_write(struct session *s, enum nvenc_struct k, const void *neutral, int arm, void *p);
#define ARM(codec) ((codec) + 1)

const struct av_enc_functions *enc_av(void);

// --- what a GPU can do

int caps_codec(const struct session *s, GUID g);
int caps_value(const struct session *s, int codec, int cap);
int caps_profile(const struct session *s, int codec, GUID g);
int caps_preset(GUID g); // 1..7 or 0
int caps_format(const struct session *s, int codec, uint32_t fmt);
GUID profile_guid(int codec, int i);

void preset_config(const struct session *s, int codec, int preset, int tuning, struct n_config *c);
#define NV_ENC_INFINITE 0xffffffffu

// --- configuration

NVENCSTATUS config_check(const char *fn, struct session *s, const struct n_initialize_params *p, const struct n_config *c, int codec, struct av_enc_config *out);
void config_convert(struct session *s, const struct n_initialize_params *p, const struct n_config *c, int codec, int depth, struct av_enc_config *out);
int config_chroma(const struct n_config *c, int codec);
void config_depth(const struct session *s, const struct n_config *c, int codec, int *in, int *out);
NVENCSTATUS encoder_open(struct session *s);

// --- inputs

struct format {
	uint32_t fmt;
	const char *name;
	int depth, chroma, rgb; // chroma 1, 2, 3
	int bytes;              // of a luma sample or pixel
	int planes;             // 1 packed, 2 with interleaved chroma, 3
	int min_api;
};
const struct format *format_find(uint32_t fmt);
size_t format_size(const struct format *f, uint32_t pitch, uint32_t height);
void format_planes(const struct format *f, struct resource *r);
void input_forget(struct session *s, const struct input *i); // pictures no longer refer to it
void input_host(const struct input *i, uint8_t *to);
int bitstream_open(struct bitstream *b, const uint8_t *d, size_t n);
void bitstream_close(struct bitstream *b);
void buffers_drop(struct session *s);
void resources_drop(struct session *s);
struct input *input_get(struct session *s, const void *h);
struct resource *resource_get(struct session *s, const void *h);
struct bitstream *bitstream_get(struct session *s, const void *h);
NVENCSTATUS input_read(const char *fn, struct session *s, struct picture *p);
// input_planes makes the encoder's planes of what was read.
void input_planes(const struct session *s, const struct picture *p, struct av_enc_picture *out, void *memory);
size_t planes_size(const struct session *s);

// --- pictures

void gop_push(struct session *s, struct picture *p); // decides types; adds to s->batches
void gop_end(struct session *s);
int code_batches(const char *fn, struct session *s, uint64_t until); // until so many outputs
void picture_free(struct picture *p);
void session_drop(struct session *s); // frees all that a session has

// --- bitstreams

struct bytes {
	uint8_t *p;
	size_t n, cap;
};
void bytes_add(struct bytes *b, const void *p, size_t n);
// stream_packet turns a packet of libavcodec into what NVENC puts out for a picture.
void stream_packet(struct session *s, const struct picture *p, const uint8_t *d, size_t n, struct bytes *out);
void stream_headers(struct session *s, const uint8_t *d, size_t n, struct bytes *out);
int next_nal(const uint8_t **at, const uint8_t *end, const uint8_t **nal, size_t *n);
void add_nal(struct bytes *out, const uint8_t *p, size_t n, int escape);
// x265's stream, which has no B pictures, as one with NVENC's order of coding.
void hevc_slice(struct session *s, const struct picture *p, const uint8_t *nal, size_t n, struct bytes *out);
void hevc_header(struct session *s, const uint8_t *nal, size_t n, struct bytes *out);
void hevc_end(struct session *s);
void timing_write(const struct n_time_code *t, struct payload *out);
int av1_base_q(const uint8_t *sequence, size_t ns, const uint8_t *frame, size_t n);
int stream_qp(struct session *s, const uint8_t *d, size_t n); // of an AV1 packet, -1 if it is unknown
int stream_slices(int codec, const uint8_t *d, size_t n, uint32_t *offsets, int max);
