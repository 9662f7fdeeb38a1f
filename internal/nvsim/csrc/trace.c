// The parser's lines of the trace, in the form of the hardware's traces
// (shared/abi/h200-580), so that the two can be compared by diff.
#include "cuvid_int.h"

void trace_sequence(const CUVIDEOFORMATEX *x) {
	const CUVIDEOFORMAT *f = &x->format;
	nvsim_trace("  SEQ codec=%d fps=%u/%u prog=%d bdl=%d bdc=%d minsurf=%d coded=%ux%u disp=%d,%d,%d,%d chroma=%d bitrate=%u dar=%d:%d vsd{fmt=%d full=%d prim=%d "
		    "trc=%d mat=%d} hdrlen=%u",
		f->codec, f->frame_rate.numerator, f->frame_rate.denominator, f->progressive_sequence, f->bit_depth_luma_minus8, f->bit_depth_chroma_minus8,
		f->min_num_decode_surfaces, f->coded_width, f->coded_height, f->display_area.left, f->display_area.top, f->display_area.right, f->display_area.bottom,
		f->chroma_format, f->bitrate, f->display_aspect_ratio.x, f->display_aspect_ratio.y, f->video_signal_description.video_format,
		f->video_signal_description.video_full_range_flag, f->video_signal_description.color_primaries,
		f->video_signal_description.transfer_characteristics, f->video_signal_description.matrix_coefficients, f->seqhdr_data_length);
	if (f->codec == cudaVideoCodec_AV1 && f->seqhdr_data_length)
		nvsim_trace("  AV1 maxw=%u maxh=%u raw0=%02x%02x%02x%02x", x->av1.max_width, x->av1.max_height, x->raw_seqhdr_data[0], x->raw_seqhdr_data[1],
			x->raw_seqhdr_data[2], x->raw_seqhdr_data[3]);
}

// A line is text that grows to its end and no further.
struct line {
	char s[2048];
	int n;
};

static void add(struct line *l, const char *format, ...) PRINTF(2, 3);
static void add(struct line *l, const char *format, ...) {
	va_list ap;
	va_start(ap, format);
	l->n += vsnprintf(l->s + l->n, sizeof l->s - (size_t)l->n, format, ap);
	va_end(ap);
	l->n = MIN(l->n, (int)sizeof l->s - 1);
}

void trace_messages(const CUVIDSEIMESSAGEINFO *m) {
	if (!nvsim_tracing())
		return;
	struct line l = {.n = 0};
	const uint8_t *d = m->pSEIData;
	add(&l, "  SEI pic=%u n=%u", m->picIdx, m->sei_message_count);
	for (unsigned i = 0; i < m->sei_message_count; i++) {
		unsigned n = m->pSEIMessage[i].sei_message_size;
		add(&l, " {type=%u size=%u:", m->pSEIMessage[i].sei_message_type, n);
		for (unsigned k = 0; k < MIN(n, 28u); k++)
			add(&l, "%02x", d[k]);
		add(&l, "}");
		d += n;
	}
	nvsim_trace("%s", l.s);
}

void trace_picture(int codec, const CUVIDPICPARAMS *p) {
	if (!nvsim_tracing())
		return;
	struct line l = {.n = 0};
	add(&l, "  DEC idx=%d mbs=%dx%d field=%d bot=%d second=%d nslices=%u bytes=%u ref=%d intra=%d", p->CurrPicIdx, p->PicWidthInMbs, p->FrameHeightInMbs,
		p->field_pic_flag, p->bottom_field_flag, p->second_field, p->nNumSlices, p->nBitstreamDataLen, p->ref_pic_flag, p->intra_pic_flag);
	if (codec == cudaVideoCodec_H264) {
		const CUVIDH264PICPARAMS *h = &p->CodecSpecific.h264;
		add(&l, " fn=%d poc=%d/%d numref=%d mbaff=%d dpb=[", h->frame_num, h->CurrFieldOrderCnt[0], h->CurrFieldOrderCnt[1], h->num_ref_frames, h->MbaffFrameFlag);
		for (int i = 0; i < LEN(h->dpb); i++)
			if (h->dpb[i].PicIdx >= 0)
				add(&l, "%d ", h->dpb[i].PicIdx);
		add(&l, "]");
	}
	if (codec == cudaVideoCodec_HEVC) {
		const CUVIDHEVCPICPARAMS *h = &p->CodecSpecific.hevc;
		add(&l, " poc=%d irap=%d idr=%d refs=[", h->CurrPicOrderCntVal, h->IrapPicFlag, h->IdrPicFlag);
		for (int i = 0; i < LEN(h->RefPicIdx); i++)
			if (h->RefPicIdx[i] >= 0)
				add(&l, "%d:%d ", h->RefPicIdx[i], h->PicOrderCntVal[i]);
		add(&l, "]");
	}
	if (codec == cudaVideoCodec_VP9) {
		const CUVIDVP9PICPARAMS *v = &p->CodecSpecific.vp9;
		add(&l, " w=%u h=%u l=%d g=%d a=%d ft=%d show=%d", v->width, v->height, v->LastRefIdx, v->GoldenRefIdx, v->AltRefIdx, v->frameType, v->showFrame);
	}
	nvsim_trace("%s", l.s);
}
