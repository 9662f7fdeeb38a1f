// JPEG: every packet is a picture.
#include "cuvid_int.h"

static void flush(struct parser *p) { (void)p; }

static int packet(struct parser *p, const uint8_t *d, size_t n) {
	static const unsigned zero[1];
	CUVIDEOFORMATEX x;
	memset(&x, 0, sizeof x);
	CUVIDEOFORMAT *f = &x.format;
	size_t i = 2;
	if (n < 4 || d[0] != 0xff || d[1] != 0xd8)
		return 0;
	while (i + 4 <= n) {
		if (d[i] != 0xff) {
			i++;
			continue;
		}
		int m = d[i + 1];
		size_t len = (size_t)(d[i + 2] << 8 | d[i + 3]);
		if (m == 0xff || (m >= 0xd0 && m <= 0xd9) || m == 1) {
			i += m == 0xff ? 1 : 2;
			continue;
		}
		if (m == 0xda)
			break;
		if ((m == 0xc0 || m == 0xc1) && len >= 11 && i + 2 + len <= n) {
			int w = d[i + 7] << 8 | d[i + 8], h = d[i + 5] << 8 | d[i + 6], comps = d[i + 9], hv = d[i + 11];
			f->codec = cudaVideoCodec_JPEG;
			f->progressive_sequence = 1;
			f->min_num_decode_surfaces = 1;
			f->coded_width = (unsigned)ALIGN(w, 16);
			f->coded_height = (unsigned)ALIGN(h, 16);
			f->display_area.right = w;
			f->display_area.bottom = h;
			f->chroma_format = comps == 1 ? cudaVideoChromaFormat_Monochrome : hv == 0x22 ? cudaVideoChromaFormat_420 : hv == 0x21 ? cudaVideoChromaFormat_422 : cudaVideoChromaFormat_444;
			f->video_signal_description.video_full_range_flag = 1;
		}
		i += 2 + len;
	}
	if (!f->coded_width || !sequence(p, &x))
		return 0;
	int s = surface_alloc(p);
	if (s < 0)
		return 0;
	memset(&p->pic, 0, sizeof p->pic);
	p->pic.PicWidthInMbs = (int)f->coded_width / 16;
	p->pic.FrameHeightInMbs = (int)f->coded_height / 16;
	p->pic.CurrPicIdx = s;
	p->pic.nNumSlices = 1;
	p->pic.pSliceDataOffsets = zero;
	p->pic.intra_pic_flag = 1;
	p->unit.n = 0;
	buffer_add(&p->unit, d, n);
	set_display(p, s, 1, 0, 0, 2);
	decode_picture(p, p->unit.p, n);
	output_picture(p, s);
	surface_unref(p, &s);
	return 0;
}

const struct codec_ops jpeg_ops = {.name = "jpeg", .packet = packet, .flush = flush};
