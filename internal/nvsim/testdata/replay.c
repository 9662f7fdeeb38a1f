// Replays a stream through libnvcuvid as the client of the hardware traces did and
// prints what it was told, in the traces' own form:
//
//	replay FILE NAME option=value ...
//
// The options are those of the traces (delay, eop, extra, ...).
#include "cuvid_int.h"
#include <libavcodec/bsf.h>
#include <libavformat/avformat.h>

struct packet {
	uint8_t *data;
	int size, key;
	int64_t pts;
};
static struct packet *packets; // the first one is the extradata
static int npackets;

static struct client {
	CUvideodecoder decoder;
	CUvideoparser parser;
	CUVIDEOFORMAT format;
	int extra, map, deint, outputs, fail, maxw, maxh, tw, th, rw, rh, seqret;
	int decoded, displayed, bad, have;
	int w, h, sw, sh, bytes, surface;
	uint8_t *host;
} c;

static int argc_;
static char **argv_;

static int option(const char *name, int otherwise) {
	size_t n = strlen(name);
	for (int i = 3; i < argc_; i++)
		if (!strncmp(argv_[i], name, n) && argv_[i][n] == '=')
			return atoi(argv_[i] + n + 1);
	return otherwise;
}

static const char *text(CUresult r) {
	static char s[4][64];
	static int k;
	const char *name = "?";
	cuGetErrorName(r, &name);
	snprintf(s[k &= 3], sizeof s[0], "%d(%s)", r, name ? name : "?");
	return s[k++];
}

static uint64_t fnv(uint64_t h, const void *p, size_t n) {
	const uint8_t *b = p;
	while (n--)
		h = (h ^ *b++) * 1099511628211u;
	return h;
}

static void add(const uint8_t *d, int n, int64_t pts, int key) {
	packets = realloc(packets, (size_t)(npackets + 1) * sizeof *packets);
	struct packet *p = &packets[npackets++];
	p->data = calloc(1, (size_t)n + 64);
	if (n)
		memcpy(p->data, d, (size_t)n);
	p->size = n;
	p->pts = pts;
	p->key = key;
}

static int read_file(const char *path) {
	AVFormatContext *s = NULL;
	av_log_set_level(AV_LOG_ERROR);
	if (avformat_open_input(&s, path, NULL, NULL) < 0 || avformat_find_stream_info(s, NULL) < 0)
		return 0;
	int v = av_find_best_stream(s, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
	if (v < 0)
		return 0;
	AVStream *st = s->streams[v];
	const char *filter = "null";
	if (strstr(s->iformat->name, "mp4"))
		filter = st->codecpar->codec_id == AV_CODEC_ID_H264 ? "h264_mp4toannexb" : st->codecpar->codec_id == AV_CODEC_ID_HEVC ? "hevc_mp4toannexb" : "null";
	AVBSFContext *b;
	av_bsf_list_parse_str(filter, &b);
	avcodec_parameters_copy(b->par_in, st->codecpar);
	b->time_base_in = st->time_base;
	av_bsf_init(b);
	add(b->par_out->extradata, b->par_out->extradata_size, -1, 2);
	AVPacket *p = av_packet_alloc();
	for (int end = 0; !end;) {
		if (av_read_frame(s, p) < 0) {
			end = 1;
			av_bsf_send_packet(b, NULL);
		} else if (p->stream_index != v) {
			av_packet_unref(p);
			continue;
		} else
			av_bsf_send_packet(b, p);
		while (av_bsf_receive_packet(b, p) >= 0) {
			add(p->data, p->size, p->pts == AV_NOPTS_VALUE ? INT64_MIN : av_rescale_q(p->pts, b->time_base_out, (AVRational){1, 1000}), p->flags & 1);
			av_packet_unref(p);
		}
	}
	av_packet_free(&p);
	av_bsf_free(&b);
	avformat_close_input(&s);
	return 1;
}

static int codec_of(const char *name) {
	static const struct {
		const char *prefix;
		int codec;
	} codecs[] = {{"h264", 4}, {"hevc", 8}, {"av1", 11}, {"vp8", 9}, {"vp9", 10}, {"mpeg1", 0}, {"mpeg2", 1}, {"mpeg4", 2}, {"mjpeg", 5}};
	for (int i = 0; i < LEN(codecs); i++)
		if (!strncmp(name, codecs[i].prefix, strlen(codecs[i].prefix)))
			return codecs[i].codec;
	return 4;
}

static int sequence_callback(void *user, CUVIDEOFORMAT *f) {
	(void)user;
	printf("  SEQ codec=%d fps=%u/%u prog=%d bdl=%d bdc=%d minsurf=%d coded=%ux%u disp=%d,%d,%d,%d chroma=%d bitrate=%u dar=%d:%d vsd{fmt=%d full=%d prim=%d trc=%d mat=%d} "
	       "hdrlen=%u\n",
		f->codec, f->frame_rate.numerator, f->frame_rate.denominator, f->progressive_sequence, f->bit_depth_luma_minus8, f->bit_depth_chroma_minus8,
		f->min_num_decode_surfaces, f->coded_width, f->coded_height, f->display_area.left, f->display_area.top, f->display_area.right, f->display_area.bottom,
		f->chroma_format, f->bitrate, f->display_aspect_ratio.x, f->display_aspect_ratio.y, f->video_signal_description.video_format,
		f->video_signal_description.video_full_range_flag, f->video_signal_description.color_primaries, f->video_signal_description.transfer_characteristics,
		f->video_signal_description.matrix_coefficients, f->seqhdr_data_length);
	if (f->codec == cudaVideoCodec_AV1 && f->seqhdr_data_length) {
		CUVIDEOFORMATEX *x = (CUVIDEOFORMATEX *)f;
		printf("  AV1 maxw=%u maxh=%u raw0=%02x%02x%02x%02x\n", x->av1.max_width, x->av1.max_height, x->raw_seqhdr_data[0], x->raw_seqhdr_data[1],
			x->raw_seqhdr_data[2], x->raw_seqhdr_data[3]);
	}
	if (c.fail == 1) {
		printf("  (seq returns 0)\n");
		return 0;
	}
	int n = f->min_num_decode_surfaces + c.extra, w = f->display_area.right - f->display_area.left, h = f->display_area.bottom - f->display_area.top;
	int changed = c.have && (f->coded_width != c.format.coded_width || f->coded_height != c.format.coded_height);
	if (changed && c.maxw) {
		CUVIDRECONFIGUREDECODERINFO r = {.ulWidth = f->coded_width, .ulHeight = f->coded_height, .ulNumDecodeSurfaces = (unsigned)n};
		r.ulTargetWidth = (unsigned)ALIGN(w, 2), r.ulTargetHeight = (unsigned)ALIGN(h, 2);
		r.display_area.right = (short)f->display_area.right, r.display_area.bottom = (short)f->display_area.bottom;
		printf("  RECONF %ux%u -> %s\n", r.ulWidth, r.ulHeight, text(cuvidReconfigureDecoder(c.decoder, &r)));
		c.w = w, c.h = h, c.sw = (int)r.ulTargetWidth, c.sh = (int)r.ulTargetHeight;
		c.format = *f;
		return n;
	}
	if (c.decoder && c.have && !changed)
		return n;
	if (c.decoder)
		cuvidDestroyDecoder(c.decoder);
	c.decoder = NULL;
	CUVIDDECODECREATEINFO i = {.ulWidth = f->coded_width, .ulHeight = f->coded_height, .ulNumDecodeSurfaces = (unsigned)n, .CodecType = f->codec,
		.ChromaFormat = f->chroma_format, .ulCreationFlags = cudaVideoCreate_PreferCUVID, .bitDepthMinus8 = f->bit_depth_luma_minus8, .ulMaxWidth = (unsigned)c.maxw,
		.ulMaxHeight = (unsigned)c.maxh, .ulNumOutputSurfaces = (unsigned)c.outputs};
	i.display_area.right = (short)f->display_area.right, i.display_area.bottom = (short)f->display_area.bottom;
	int high = f->bit_depth_luma_minus8 > 0;
	c.surface = f->chroma_format == 3 ? (high ? 3 : 2) : f->chroma_format == 2 ? (high ? 5 : 4) : high;
	i.OutputFormat = (cudaVideoSurfaceFormat)c.surface;
	i.DeinterlaceMode = (cudaVideoDeinterlaceMode)(f->progressive_sequence ? 0 : c.deint);
	c.w = c.rw ? c.rw : w, c.h = c.rw ? c.rh : h;
	i.ulTargetWidth = (unsigned)ALIGN(c.w, 2), i.ulTargetHeight = (unsigned)ALIGN(c.h, 2);
	if (c.tw)
		i.ulTargetWidth = (unsigned)(c.w = c.tw), i.ulTargetHeight = (unsigned)(c.h = c.th);
	c.sw = (int)i.ulTargetWidth, c.sh = (int)i.ulTargetHeight, c.bytes = high ? 2 : 1;
	CUresult r = cuvidCreateDecoder(&c.decoder, &i);
	printf("  CREATE surf=%d target=%dx%d fmt=%d deint=%d -> %s\n", n, c.sw, c.sh, c.surface, i.DeinterlaceMode, text(r));
	if (r)
		return 0;
	c.format = *f;
	c.have = 1;
	return c.seqret ? c.seqret : n;
}

static int decode(void *user, CUVIDPICPARAMS *p) {
	(void)user;
	c.decoded++;
	printf("  DEC idx=%d mbs=%dx%d field=%d bot=%d second=%d nslices=%u bytes=%u ref=%d intra=%d", p->CurrPicIdx, p->PicWidthInMbs, p->FrameHeightInMbs,
		p->field_pic_flag, p->bottom_field_flag, p->second_field, p->nNumSlices, p->nBitstreamDataLen, p->ref_pic_flag, p->intra_pic_flag);
	if (c.format.codec == cudaVideoCodec_H264) {
		CUVIDH264PICPARAMS *h = &p->CodecSpecific.h264;
		printf(" fn=%d poc=%d/%d numref=%d mbaff=%d dpb=[", h->frame_num, h->CurrFieldOrderCnt[0], h->CurrFieldOrderCnt[1], h->num_ref_frames, h->MbaffFrameFlag);
		for (int i = 0; i < 16; i++)
			if (h->dpb[i].PicIdx >= 0)
				printf("%d ", h->dpb[i].PicIdx);
		printf("]");
	}
	if (c.format.codec == cudaVideoCodec_HEVC) {
		CUVIDHEVCPICPARAMS *h = &p->CodecSpecific.hevc;
		printf(" poc=%d irap=%d idr=%d refs=[", h->CurrPicOrderCntVal, h->IrapPicFlag, h->IdrPicFlag);
		for (int i = 0; i < 16; i++)
			if (h->RefPicIdx[i] >= 0)
				printf("%d:%d ", h->RefPicIdx[i], h->PicOrderCntVal[i]);
		printf("]");
	}
	if (c.format.codec == cudaVideoCodec_VP9) {
		CUVIDVP9PICPARAMS *v = &p->CodecSpecific.vp9;
		printf(" w=%u h=%u l=%d g=%d a=%d ft=%d show=%d", v->width, v->height, v->LastRefIdx, v->GoldenRefIdx, v->AltRefIdx, v->frameType, v->showFrame);
	}
	printf("\n");
	if (!c.decoder)
		return 0;
	CUresult r = cuvidDecodePicture(c.decoder, p);
	if (r || c.fail == 2)
		printf("  cuvidDecodePicture %s\n", text(r));
	if (c.fail == 2 && c.decoded == 5) {
		printf("  (decode cb returns 0)\n");
		return 0;
	}
	return !r;
}

static void show(const CUVIDPARSERDISPINFO *d) {
	CUVIDPROCPARAMS v = {.progressive_frame = d->progressive_frame, .top_field_first = d->top_field_first, .second_field = d->repeat_first_field + 1,
		.unpaired_field = d->repeat_first_field < 0};
	CUVIDGETDECODESTATUS s0 = {0}, s1 = {0};
	unsigned long long p = 0;
	unsigned pitch = 0;
	CUresult q0 = cuvidGetDecodeStatus(c.decoder, d->picture_index, &s0), r = cuvidMapVideoFrame64(c.decoder, d->picture_index, &p, &pitch, &v);
	CUresult q1 = cuvidGetDecodeStatus(c.decoder, d->picture_index, &s1);
	printf(" map=%s pitch=%u st=%d/%d>%d/%d", text(r), pitch, q0, s0.decodeStatus, q1, s1.decodeStatus);
	c.bad += s1.decodeStatus > 2;
	if (r)
		return;
	int semi = c.surface != 2 && c.surface != 3, half = c.surface < 2, even = ALIGN(c.sh, 2), chroma = half ? (c.sh + 1) / 2 : even, planes = semi ? 2 : 3;
	size_t size = (size_t)pitch * (size_t)(even + (planes - 1) * chroma);
	c.host = realloc(c.host, size);
	CUresult e = cuMemcpyDtoH_v2(c.host, p, size);
	if (e)
		printf(" cpy=%s", text(e));
	uint64_t h[3] = {0};
	for (int k = 0, row = 0; k < planes; k++) {
		int rows = k && half ? (c.h + 1) / 2 : c.h, bytes = (k && semi ? (c.w + 1) & ~1 : c.w) * c.bytes;
		h[k] = 14695981039346656037u;
		for (int y = 0; y < rows; y++)
			h[k] = fnv(h[k], c.host + (size_t)(row + y) * pitch, (size_t)bytes);
		row += k ? chroma : even;
	}
	printf(" hash=%016llx,%016llx,%016llx", (unsigned long long)h[0], (unsigned long long)h[1], (unsigned long long)h[2]);
	e = cuvidUnmapVideoFrame64(c.decoder, p);
	if (e)
		printf(" unmap=%s", text(e));
}

static int display(void *user, CUVIDPARSERDISPINFO *d) {
	(void)user;
	if (!d) {
		printf("  DISP null (EOS notify)\n");
		return 1;
	}
	int n = c.displayed++;
	printf("  DISP %d idx=%d prog=%d tff=%d rff=%d ts=%lld", n, d->picture_index, d->progressive_frame, d->top_field_first, d->repeat_first_field, d->timestamp);
	if (c.fail == 3 && n == 3) {
		printf(" (display cb returns 0)\n");
		return 0;
	}
	if (c.map)
		show(d);
	printf("\n");
	return 1;
}

static int sei(void *user, CUVIDSEIMESSAGEINFO *s) {
	(void)user;
	printf("  SEI pic=%u n=%u", s->picIdx, s->sei_message_count);
	const uint8_t *d = s->pSEIData;
	for (unsigned i = 0; i < s->sei_message_count; i++) {
		printf(" {type=%u size=%u:", s->pSEIMessage[i].sei_message_type, s->pSEIMessage[i].sei_message_size);
		for (unsigned k = 0; k < s->pSEIMessage[i].sei_message_size && k < 28; k++)
			printf("%02x", d[k]);
		printf("}");
		d += s->pSEIMessage[i].sei_message_size;
	}
	printf("\n");
	return 1;
}

static void parse(const uint8_t *d, int n, unsigned long flags, int64_t pts) {
	CUVIDSOURCEDATAPACKET k = {.flags = flags, .payload_size = (unsigned long)n, .payload = d, .timestamp = pts};
	CUresult r = cuvidParseVideoData(c.parser, &k);
	if (r)
		printf(" R %s\n", text(r));
}

static void feed(int codec) {
	int eop = option("eop", 0), nots = option("nots", 0), chunk = option("chunk", 0), limit = option("n", 1 << 30), corrupt = option("corrupt", 0), disc = option("disc", 0);
	int xtra = option("xtra", 1);
	struct packet *x = &packets[0];
	int skip = xtra == 1 && codec == cudaVideoCodec_AV1 && x->size > 4 && x->data[0] & 0x80 ? 4 : 0;
	if ((xtra == 1 || xtra == 3) && x->size) {
		printf(" P extradata size=%d\n", x->size);
		parse(x->data + skip, x->size - skip, 0, 0);
	}
	for (int i = 1 + option("skip", 0); i < npackets && i <= limit; i++) {
		struct packet *p = &packets[i];
		if (corrupt && i % corrupt == 0 && p->size > 40)
			for (int k = 20; k < 40; k++)
				p->data[k] ^= 0x5a;
		int at = 0;
		do {
			int n = chunk && p->size - at > chunk ? chunk : p->size - at;
			unsigned long flags = nots || p->pts == INT64_MIN || at ? 0 : CUVID_PKT_TIMESTAMP;
			if (eop)
				flags |= CUVID_PKT_ENDOFPICTURE;
			if (disc && i % disc == 0)
				flags |= CUVID_PKT_DISCONTINUITY;
			printf(" P %d size=%d key=%d flags=%lx ts=%lld\n", i, n, p->key, flags, (long long)p->pts);
			parse(p->data + at, n, flags, p->pts);
			at += n;
		} while (at < p->size);
	}
	unsigned long end = CUVID_PKT_ENDOFSTREAM | (option("notify", 0) ? CUVID_PKT_NOTIFY_EOS : 0);
	printf(" P EOS\n");
	parse(NULL, 0, end, 0);
	if (option("again", 0)) {
		printf(" -- again after EOS\n");
		for (int i = 1; i < npackets && i <= 4; i++) {
			printf(" P %d\n", i);
			parse(packets[i].data, packets[i].size, CUVID_PKT_TIMESTAMP, packets[i].pts);
		}
		printf(" P EOS\n");
		parse(NULL, 0, end, 0);
	}
}

int main(int argc, char **argv) {
	argc_ = argc, argv_ = argv;
	CUcontext ctx;
	if (argc < 3 || !read_file(argv[1]) || cuInit(0) || cuDevicePrimaryCtxRetain(&ctx, 0))
		return 2;
	c.extra = option("extra", 4), c.map = option("map", 1), c.deint = option("deint", 0), c.outputs = option("out", 2), c.fail = option("fail", 0);
	c.maxw = option("maxw", 0), c.maxh = option("maxh", 0), c.tw = option("tw", 0), c.th = option("th", 0), c.rw = option("rw", 0), c.rh = option("rh", 0);
	c.seqret = option("seqret", 0);
	static CUVIDEOFORMATEX ex;
	CUVIDPARSERPARAMS pp = {.CodecType = (cudaVideoCodec)option("codec", codec_of(argv[2])), .ulMaxNumDecodeSurfaces = (unsigned)option("psurf", 1),
		.ulClockRate = (unsigned)option("clk", 1000), .ulMaxDisplayDelay = (unsigned)option("delay", 1), .ulErrorThreshold = (unsigned)option("errthr", 0),
		.pfnSequenceCallback = sequence_callback, .pfnDecodePicture = decode, .pfnDisplayPicture = option("nodisp", 0) ? NULL : display,
		.pfnGetSEIMsg = option("sei", 0) ? sei : NULL};
	if (option("xtra", 1) == 2 && packets[0].size) {
		memcpy(ex.raw_seqhdr_data, packets[0].data, (size_t)MIN(packets[0].size, 1024));
		ex.format.seqhdr_data_length = (unsigned)packets[0].size;
		pp.pExtVideoInfo = &ex;
	}
	cuCtxPushCurrent_v2(ctx);
	CUresult r = cuvidCreateVideoParser(&c.parser, &pp);
	if (r) {
		printf("createparser %s\n", text(r));
		return 1;
	}
	feed(pp.CodecType);
	cuvidDestroyVideoParser(c.parser);
	if (c.decoder)
		cuvidDestroyDecoder(c.decoder);
	cuCtxPopCurrent_v2(NULL);
	cuDevicePrimaryCtxRelease_v2(0);
	printf("SUM dec=%d disp=%d badstatus=%d\n", c.decoded, c.displayed, c.bad);
	return 0;
}
