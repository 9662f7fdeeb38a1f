#pragma once
#include "cuvid_int.h"

struct hevc_rps {
	int nneg, npos, delta[32], used[32]; // negative ones first
};

struct hevc_sps {
	int valid, vps, chroma, separate, width, height, crop[4], bdl, bdc, log2_poc, max_dec, reorder, latency;
	int log2_min_cb, diff_cb, log2_min_tb, diff_tb, depth_inter, depth_intra, scaling, amp, sao, pcm, pcm_l, pcm_c, pcm_min, pcm_diff, pcm_loop;
	int nrps, long_term, nlong, long_poc[33], long_used[33], tmvp, strong;
	struct hevc_rps rps[65];
	int sar_w, sar_h, video_format, full_range, prim, trc, matrix, timing;
	uint32_t units, scale;
	int progressive, interlaced;
	struct buffer raw;
};

struct hevc_pps {
	int valid, sps, dependent, output_flag, extra_bits, sign_hiding, cabac_init, l0, l1, qp, constrained, transform_skip, cu_qp_delta, cu_qp_depth, cb, cr, slice_chroma,
		weighted, bipred, transquant, tiles, sync, ncols, nrows, uniform, col[21], row[21], loop_tiles, loop_slices, deblock_override, deblock_disabled, beta, tc, lists_mod,
		parallel_merge, slice_ext;
	struct buffer raw;
};

struct hevc_slice {
	int type, tid, pps, first, dependent, address, slice_type, no_output, output, poc_lsb, irap, idr, rps_bits, delta_rps_idx, nlong, lt_poc[33], lt_msb[33], lt_used[33];
	struct hevc_rps rps;
};

struct hevc_frame {
	int surface, used, poc, ref, wait, latency; // ref: 0 none, 1 short, 2 long
};

struct hevc {
	struct buffer vps[16];
	struct hevc_sps sps[16];
	struct hevc_pps pps[64];
	struct hevc_sps *active;
	struct hevc_slice slice;
	struct hevc_frame dpb[17];
	int cur, poc, prev_poc, first, begins, intra, dropped;
	struct buffer rbsp;
	uint8_t st_before[8], st_after[8], lt_curr[8];
	int nbefore, nafter, nlt;
};

int hevc_parse_sps(struct hevc *h, const uint8_t *nal, size_t n);
int hevc_parse_pps(struct hevc *h, const uint8_t *nal, size_t n);
int hevc_read_rps(struct bits *b, struct hevc_sps *s, int idx, int in_slice, struct hevc_rps *out, int *delta_idx);
void hevc_format(const struct hevc_sps *s, CUVIDEOFORMATEX *x);
int hevc_slice_header(struct hevc *h, const uint8_t *nal, size_t n, struct hevc_slice *s);
void hevc_release(struct parser *p, struct hevc_frame *f);
int hevc_bump(struct parser *p, struct hevc *h);
int hevc_waiting(const struct hevc *h, int *full, int *late);
void hevc_reference_set(struct parser *p, struct hevc *h);
void hevc_fill(const struct hevc *h, CUVIDHEVCPICPARAMS *x);
