// HEVC: what the decode callback is told of a picture.
#include "hevc.h"

void hevc_fill(const struct hevc *h, CUVIDHEVCPICPARAMS *x) {
	const struct hevc_pps *pps = &h->pps[h->slice.pps];
	const struct hevc_sps *s = h->active;
	x->pic_width_in_luma_samples = s->width;
	x->pic_height_in_luma_samples = s->height;
#define SET(field, v) x->field = (unsigned char)(v)
	SET(log2_min_luma_coding_block_size_minus3, s->log2_min_cb - 3);
	SET(log2_diff_max_min_luma_coding_block_size, s->diff_cb);
	SET(log2_min_transform_block_size_minus2, s->log2_min_tb - 2);
	SET(log2_diff_max_min_transform_block_size, s->diff_tb);
	SET(pcm_enabled_flag, s->pcm);
	SET(log2_min_pcm_luma_coding_block_size_minus3, s->pcm_min);
	SET(log2_diff_max_min_pcm_luma_coding_block_size, s->pcm_diff);
	SET(pcm_sample_bit_depth_luma_minus1, s->pcm_l);
	SET(pcm_sample_bit_depth_chroma_minus1, s->pcm_c);
	SET(pcm_loop_filter_disabled_flag, s->pcm_loop);
	SET(strong_intra_smoothing_enabled_flag, s->strong);
	SET(max_transform_hierarchy_depth_intra, s->depth_intra);
	SET(max_transform_hierarchy_depth_inter, s->depth_inter);
	SET(amp_enabled_flag, s->amp);
	SET(separate_colour_plane_flag, s->separate);
	SET(log2_max_pic_order_cnt_lsb_minus4, s->log2_poc - 4);
	SET(num_short_term_ref_pic_sets, s->nrps);
	SET(long_term_ref_pics_present_flag, s->long_term);
	SET(num_long_term_ref_pics_sps, s->nlong);
	SET(sps_temporal_mvp_enabled_flag, s->tmvp);
	SET(sample_adaptive_offset_enabled_flag, s->sao);
	SET(scaling_list_enable_flag, s->scaling);
	SET(IrapPicFlag, h->slice.irap);
	SET(IdrPicFlag, h->slice.idr);
	SET(bit_depth_luma_minus8, s->bdl);
	SET(bit_depth_chroma_minus8, s->bdc);
	SET(dependent_slice_segments_enabled_flag, pps->dependent);
	SET(slice_segment_header_extension_present_flag, pps->slice_ext);
	SET(sign_data_hiding_enabled_flag, pps->sign_hiding);
	SET(cu_qp_delta_enabled_flag, pps->cu_qp_delta);
	SET(diff_cu_qp_delta_depth, pps->cu_qp_depth);
	x->init_qp_minus26 = (signed char)pps->qp;
	x->pps_cb_qp_offset = (signed char)pps->cb;
	x->pps_cr_qp_offset = (signed char)pps->cr;
	SET(constrained_intra_pred_flag, pps->constrained);
	SET(weighted_pred_flag, pps->weighted);
	SET(weighted_bipred_flag, pps->bipred);
	SET(transform_skip_enabled_flag, pps->transform_skip);
	SET(transquant_bypass_enabled_flag, pps->transquant);
	SET(entropy_coding_sync_enabled_flag, pps->sync);
	SET(log2_parallel_merge_level_minus2, pps->parallel_merge);
	SET(num_extra_slice_header_bits, pps->extra_bits);
	SET(loop_filter_across_tiles_enabled_flag, pps->loop_tiles);
	SET(loop_filter_across_slices_enabled_flag, pps->loop_slices);
	SET(output_flag_present_flag, pps->output_flag);
	SET(num_ref_idx_l0_default_active_minus1, pps->l0);
	SET(num_ref_idx_l1_default_active_minus1, pps->l1);
	SET(lists_modification_present_flag, pps->lists_mod);
	SET(cabac_init_present_flag, pps->cabac_init);
	SET(pps_slice_chroma_qp_offsets_present_flag, pps->slice_chroma);
	SET(deblocking_filter_override_enabled_flag, pps->deblock_override);
	SET(pps_deblocking_filter_disabled_flag, pps->deblock_disabled);
	x->pps_beta_offset_div2 = (signed char)pps->beta;
	x->pps_tc_offset_div2 = (signed char)pps->tc;
	SET(tiles_enabled_flag, pps->tiles);
	SET(uniform_spacing_flag, pps->uniform);
	SET(num_tile_columns_minus1, pps->ncols);
	SET(num_tile_rows_minus1, pps->nrows);
	for (int i = 0; i < 21; i++) {
		x->column_width_minus1[i] = (unsigned short)pps->col[i];
		x->row_height_minus1[i] = (unsigned short)pps->row[i];
	}
	x->NumBitsForShortTermRPSInSlice = h->slice.rps_bits;
	x->NumDeltaPocsOfRefRpsIdx = h->slice.delta_rps_idx ? s->rps[s->nrps - h->slice.delta_rps_idx].nneg + s->rps[s->nrps - h->slice.delta_rps_idx].npos : 0;
	x->CurrPicOrderCntVal = h->poc;
	int n = 0, at[17];
	for (int i = 0; i < 16; i++)
		x->RefPicIdx[i] = -1;
	for (int i = 0; i < LEN(h->dpb); i++) {
		at[i] = 0xff;
		if (!h->dpb[i].used || !h->dpb[i].ref || i == h->cur || n == 16)
			continue;
		at[i] = n;
		x->RefPicIdx[n] = h->dpb[i].surface;
		x->PicOrderCntVal[n] = h->dpb[i].poc;
		x->IsLongTerm[n] = h->dpb[i].ref == 2;
		n++;
	}
	x->NumPocStCurrBefore = h->nbefore;
	x->NumPocStCurrAfter = h->nafter;
	x->NumPocLtCurr = h->nlt;
	x->NumPocTotalCurr = h->nbefore + h->nafter + h->nlt;
	for (int i = 0; i < h->nbefore; i++)
		x->RefPicSetStCurrBefore[i] = (unsigned char)at[h->st_before[i]];
	for (int i = 0; i < h->nafter; i++)
		x->RefPicSetStCurrAfter[i] = (unsigned char)at[h->st_after[i]];
	for (int i = 0; i < h->nlt; i++)
		x->RefPicSetLtCurr[i] = (unsigned char)at[h->lt_curr[i]];
}
