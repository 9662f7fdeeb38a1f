// What NVENC puts out for a picture: delimiter, headers, the client's messages, slices;
// made of what libavcodec's encoders put out, whose own messages are dropped.
#include "nvenc.h"

void bytes_add(struct bytes *b, const void *p, size_t n) {
	if (b->n + n > b->cap) {
		b->cap = 2 * (b->n + n) + 256;
		b->p = realloc(b->p, b->cap);
	}
	if (n)
		memcpy(b->p + b->n, p, n);
	b->n += n;
}

static void byte(struct bytes *b, int v) { bytes_add(b, &(uint8_t){(uint8_t)v}, 1); }

// next_nal finds the next NAL unit of Annex B, without its start code.
int next_nal(const uint8_t **at, const uint8_t *end, const uint8_t **nal, size_t *n) {
	const uint8_t *p = *at;
	while (end - p >= 3 && !(p[0] == 0 && p[1] == 0 && p[2] == 1))
		p++;
	if (end - p < 4)
		return 0;
	*nal = p += 3;
	while (end - p >= 3 && !(p[0] == 0 && p[1] == 0 && p[2] <= 1))
		p++;
	if (end - p < 3)
		p = end;
	*n = (size_t)(p - *nal);
	*at = p;
	while (*n > 1 && (*nal)[*n - 1] == 0)
		--*n;
	return 1;
}

// add_nal writes a NAL unit whose first header bytes are not to be escaped.
void add_nal(struct bytes *out, const uint8_t *p, size_t n, int escape) {
	static const uint8_t start[] = {0, 0, 0, 1};
	bytes_add(out, start, 4);
	if (!escape) {
		bytes_add(out, p, n);
		return;
	}
	int zeros = 0;
	for (size_t i = 0; i < n; i++) {
		if (zeros == 2 && p[i] <= 3)
			byte(out, 3), zeros = 0;
		byte(out, p[i]);
		zeros = p[i] ? 0 : zeros + 1;
	}
}

static int nal_type(int codec, const uint8_t *p) { return codec == ENC_H264 ? p[0] & 31 : p[0] >> 1 & 63; }

enum { PICTURE, HEADER, MESSAGE, OTHER };

static int kind(int codec, const uint8_t *p) {
	int t = nal_type(codec, p);
	if (codec == ENC_H264)
		return t >= 1 && t <= 5 ? PICTURE : t == 7 || t == 8 ? HEADER : t == 6 ? MESSAGE : OTHER;
	return t < 32 ? PICTURE : t >= 32 && t <= 34 ? HEADER : t == 39 || t == 40 ? MESSAGE : OTHER;
}

static void add_sei(int codec, const struct payload *k, struct bytes *out) {
	struct bytes b = {0};
	if (codec == ENC_H264)
		byte(&b, 6);
	else
		byte(&b, 39 << 1), byte(&b, 1);
	int t = k->type;
	size_t n = k->n;
	for (; t >= 255; t -= 255)
		byte(&b, 255);
	byte(&b, t);
	for (; n >= 255; n -= 255)
		byte(&b, 255);
	byte(&b, (int)n);
	bytes_add(&b, k->p, k->n);
	byte(&b, 0x80);
	add_nal(out, b.p, b.n, 1);
	free(b.p);
}

static void leb128(struct bytes *b, size_t v) {
	for (; v >= 0x80; v >>= 7)
		byte(b, (int)(v & 0x7f) | 0x80);
	byte(b, (int)v);
}

static void add_metadata(const struct payload *k, struct bytes *out) {
	struct bytes b = {0};
	leb128(&b, (size_t)k->type);
	bytes_add(&b, k->p, k->n);
	byte(&b, 0x80);
	byte(out, 5 << 3 | 2);
	leb128(out, b.n);
	bytes_add(out, b.p, b.n);
	free(b.p);
}

// next_obu finds the next OBU with a size field: all of it, and its type.
static int next_obu(const uint8_t **at, const uint8_t *end, const uint8_t **obu, size_t *n, int *type) {
	const uint8_t *p = *at;
	if (p >= end || !(*p & 2))
		return 0;
	*obu = p;
	*type = *p >> 3 & 15;
	p += 1 + (*p >> 2 & 1);
	size_t size = 0;
	for (int shift = 0; p < end && shift < 35; shift += 7) {
		size |= (size_t)(*p & 0x7f) << shift;
		if (!(*p++ & 0x80))
			break;
	}
	if (size > (size_t)(end - p))
		return 0;
	*n = (size_t)(p - *obu) + size;
	*at = p + size;
	return 1;
}

// wants_headers says whether the parameter sets come with a picture.
static int wants_headers(struct session *s, const struct picture *p) {
	const struct n_codec_config *k = &s->cfg.encodeCodecConfig;
	int off = (int)(s->codec == ENC_H264 ? k->h264Config.disableSPSPPS : s->codec == ENC_HEVC ? k->hevcConfig.disableSPSPPS : k->av1Config.disableSeqHdr);
	int each = (int)(s->codec == ENC_H264 ? k->h264Config.repeatSPSPPS : s->codec == ENC_HEVC ? k->hevcConfig.repeatSPSPPS : k->av1Config.repeatSeqHdr);
	int idr = p->type == NV_ENC_PIC_TYPE_IDR, first = idr && s->first_headers;
	if (idr)
		s->first_headers = 0;
	return p->flags & NV_ENC_PIC_FLAG_OUTPUT_SPSPPS || (!off && (first || (idr && each)));
}

static void av1_packet(struct session *s, const struct picture *p, const uint8_t *d, size_t n, struct bytes *out) {
	static const uint8_t delimiter[] = {0x12, 0};
	const uint8_t *end = d + n, *obu;
	size_t size;
	int type;
	bytes_add(out, delimiter, 2);
	if (wants_headers(s, p))
		bytes_add(out, s->hdr, s->nhdr);
	for (int i = 0; i < p->npay; i++)
		add_metadata(&p->pay[i], out);
	while (next_obu(&d, end, &obu, &size, &type))
		if (type != 1 && type != 2)
			bytes_add(out, obu, size);
}

void stream_packet(struct session *s, const struct picture *p, const uint8_t *d, size_t n, struct bytes *out) {
	const uint8_t *end = d + n, *nal;
	size_t size;
	if (s->codec == ENC_AV1) {
		av1_packet(s, p, d, n, out);
		return;
	}
	const struct n_codec_config *k = &s->cfg.encodeCodecConfig;
	int intra = p->type == NV_ENC_PIC_TYPE_IDR || p->type == NV_ENC_PIC_TYPE_I, wave = s->codec == ENC_H264 && s->enc.intra_refresh;
	if (s->codec == ENC_H264 ? k->h264Config.outputAUD : k->hevcConfig.outputAUD) {
		int t = intra ? 0 : p->type == NV_ENC_PIC_TYPE_B ? 2 : 1;
		if (s->codec == ENC_H264)
			add_nal(out, (uint8_t[]){9, (uint8_t)(t << 5 | 0x10)}, 2, 0);
		else
			add_nal(out, (uint8_t[]){35 << 1, 1, (uint8_t)(t << 5 | 0x10)}, 3, 0);
	}
	if (wants_headers(s, p))
		bytes_add(out, s->hdr, s->nhdr);
	for (int i = 0; i < p->npay; i++)
		add_sei(s->codec, &p->pay[i], out);
	while (next_nal(&d, end, &nal, &size)) {
		int what = kind(s->codec, nal);
		// Of x264's messages only recovery points and wanted picture timing are for a decoder.
		int timing = what == MESSAGE && s->codec == ENC_H264 && s->enc.pic_struct && nal[1] == 1;
		if (timing && p->timing.p) {
			add_sei(s->codec, &p->timing, out);
			continue;
		}
		if (what == HEADER || (what == MESSAGE && !timing && !(wave && nal[1] == 6)) || nal_type(s->codec, nal) == 9)
			continue;
		if (what == PICTURE && s->codec == ENC_HEVC && s->bframes)
			hevc_slice(s, p, nal, size, out);
		else
			add_nal(out, nal, size, 0);
	}
}

void stream_headers(struct session *s, const uint8_t *d, size_t n, struct bytes *out) {
	const uint8_t *end = d + n, *nal;
	size_t size;
	int type;
	if (s->codec == ENC_AV1) {
		if (n > 4 && d[0] == 0x81)
			d += 4;
		while (next_obu(&d, end, &nal, &size, &type))
			if (type == 1)
				bytes_add(out, nal, size);
		return;
	}
	while (next_nal(&d, end, &nal, &size)) {
		if (kind(s->codec, nal) != HEADER)
			continue;
		if (s->codec == ENC_HEVC && s->bframes)
			hevc_header(s, nal, size, out);
		else
			add_nal(out, nal, size, 0);
	}
}

// body is what an OBU holds behind its header and size.
static const uint8_t *body(const uint8_t *obu, size_t *n) {
	size_t k = 1 + (*obu >> 2 & 1);
	while (obu[k++] & 0x80)
		;
	*n -= k;
	return obu + k;
}

int stream_qp(struct session *s, const uint8_t *d, size_t n) {
	const uint8_t *at = s->hdr, *seq = NULL, *obu;
	size_t ns = 0, size;
	int type;
	while (next_obu(&at, s->hdr + s->nhdr, &obu, &size, &type))
		if (type == 1)
			ns = size, seq = body(obu, &ns);
	for (at = d; seq && next_obu(&at, d + n, &obu, &size, &type);)
		if (type == 6 || type == 3) {
			const uint8_t *b = body(obu, &size);
			return av1_base_q(seq, ns, b, size);
		}
	return -1;
}

int stream_slices(int codec, const uint8_t *d, size_t n, uint32_t *offsets, int max) {
	const uint8_t *at = d, *end = d + n, *nal;
	size_t size;
	int count = 0, type;
	if (codec == ENC_AV1) {
		for (; next_obu(&at, end, &nal, &size, &type);)
			if ((type == 4 || type == 6) && count++ < max)
				offsets[count - 1] = (uint32_t)(nal - d);
		return count;
	}
	while (next_nal(&at, end, &nal, &size))
		if (kind(codec, nal) == PICTURE && count++ < max)
			offsets[count - 1] = (uint32_t)(nal - 4 - d);
	return count;
}
