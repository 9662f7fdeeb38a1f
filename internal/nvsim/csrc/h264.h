#pragma once
#include "cuvid_int.h"

struct h264_sps {
	int valid, profile, level, constraints, chroma, separate, bdl, bdc, qpprime;
	int log2_frame_num, poc_type, log2_poc_lsb, delta_zero, offset_non_ref, offset_top_bottom, ncycle, cycle[256];
	int num_ref_frames, gaps, width_mbs, height_units, frame_mbs_only, mbaff, direct8x8;
	int crop[4];
	int vui, sar_w, sar_h, signal, video_format, full_range, prim, trc, matrix, timing;
	uint32_t units, scale;
	int fixed_rate, nal_hrd, vcl_hrd, cpb_delay_len, dpb_delay_len, time_offset_len, bitrate, pic_struct;
	int restriction, num_reorder, max_dec;
	uint8_t scaling4[6][16], scaling8[6][64];
	struct buffer raw;
};

struct h264_pps {
	int valid, sps, cabac, pic_order, slice_groups, map_type, l0, l1, weighted, bipred, qp, qs, chroma_qp, deblock, constrained, redundant, t8x8, chroma_qp2;
	int change_rate;
	uint8_t scaling4[6][16], scaling8[6][64];
	struct buffer raw;
};

struct h264_slice {
	int nal_type, ref_idc, first_mb, type, pps, sps, colour, frame_num, field, bottom, idr, idr_id, poc_lsb, delta_bottom, delta[2];
	int long_term_ref, no_output, adaptive, nmmco;
	struct {
		int op, a, b;
	} mmco[70];
};

// A frame of the decoded picture buffer.
struct h264_frame {
	int surface;        // -1: none (not existing, or the parser ran out)
	int used;           // in the buffer
	int ref[2];         // each field: 0 none, 1 short, 2 long
	int frame_num, wrap, long_idx, missing;
	int poc[2], fields; // fields: bit 0 top, bit 1 bottom
	int wait;           // for output
};

struct h264 {
	struct h264_sps sps[32];
	struct h264_pps pps[256];
	struct h264_sps *active;
	struct buffer active_raw;
	struct h264_slice slice; // of the current picture
	struct h264_frame dpb[17], cur;
	int size, reorder;
	int started, recovery;   // decoding has begun
	int prev_msb, prev_lsb, prev_frame_num, prev_ref_frame_num, prev_offset, prev_mmco5, prev_bottom;
	int second_field, dropped, have_cur;
	struct buffer rbsp;
	int intra;
};

int h264_parse_sps(struct h264 *h, const uint8_t *nal, size_t n);
int h264_parse_pps(struct h264 *h, const uint8_t *nal, size_t n);
int h264_intra_only(const struct h264_sps *s);
int h264_max_dec(const struct h264_sps *s);
int h264_level_frames(const struct h264_sps *s);
void h264_format(const struct h264_sps *s, CUVIDEOFORMATEX *x);

int h264_slice_header(struct h264 *h, const uint8_t *nal, size_t n, struct h264_slice *s);
void h264_rest_of_header(struct h264 *h, const uint8_t *nal, size_t n, struct h264_slice *s);
int h264_differs(struct h264 *h, const struct h264_slice *a, const struct h264_slice *b);

void h264_poc(struct h264 *h);
void h264_idr(struct parser *p, struct h264 *h);
void h264_gaps(struct parser *p, struct h264 *h);
void h264_fill_dpb(struct parser *p, struct h264 *h, CUVIDH264PICPARAMS *c);
void h264_mark(struct parser *p, struct h264 *h);
void h264_store(struct parser *p, struct h264 *h);
void h264_bump_all(struct parser *p, struct h264 *h);
static inline int h264_is_ref(const struct h264_frame *f) { return f->ref[0] || f->ref[1]; }
static inline int h264_frame_poc(const struct h264_frame *f) {
	return f->fields == 1 ? f->poc[0] : f->fields == 2 ? f->poc[1] : MIN(f->poc[0], f->poc[1]);
}
