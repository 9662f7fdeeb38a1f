// Picture types and the order of coding, as NVENC decides them: by position only, for no
// scene change is looked for. Pictures leave in batches: a group of B pictures with
// the P picture that ends it, or one picture.
#include "nvenc.h"

static uint32_t idr_period(const struct session *s) {
	const struct n_codec_config *k = &s->cfg.encodeCodecConfig;
	uint32_t n = s->codec == ENC_H264 ? k->h264Config.idrPeriod : s->codec == ENC_HEVC ? k->hevcConfig.idrPeriod : k->av1Config.idrPeriod;
	return n ? n : s->cfg.gopLength;
}

// refresh finds the waves of an intra refresh.
static int refresh(const struct session *s, uint32_t *count) {
	const struct n_codec_config *k = &s->cfg.encodeCodecConfig;
	int on = (int)(s->codec == ENC_H264 ? k->h264Config.enableIntraRefresh : s->codec == ENC_HEVC ? k->hevcConfig.enableIntraRefresh : k->av1Config.enableIntraRefresh);
	*count = s->codec == ENC_H264 ? k->h264Config.intraRefreshCnt : s->codec == ENC_HEVC ? k->hevcConfig.intraRefreshCnt : k->av1Config.intraRefreshCnt;
	uint32_t n = s->codec == ENC_H264 ? k->h264Config.intraRefreshPeriod : s->codec == ENC_HEVC ? k->hevcConfig.intraRefreshPeriod : k->av1Config.intraRefreshPeriod;
	return on ? (int)n : 0;
}

static int decide(struct session *s, const struct picture *p) {
	uint32_t count, wave = (uint32_t)refresh(s, &count);
	if (s->number == 0 || p->flags & NV_ENC_PIC_FLAG_FORCEIDR)
		return NV_ENC_PIC_TYPE_IDR;
	if (!s->init.enablePTD)
		return p->type;
	if (wave) // instead of I pictures
		return p->flags & NV_ENC_PIC_FLAG_FORCEINTRA ? NV_ENC_PIC_TYPE_I : s->since_i % wave < count ? NV_ENC_PIC_TYPE_INTRA_REFRESH : NV_ENC_PIC_TYPE_P;
	if (idr_period(s) != NV_ENC_INFINITE && s->since_idr >= idr_period(s))
		return NV_ENC_PIC_TYPE_IDR;
	if (p->flags & NV_ENC_PIC_FLAG_FORCEINTRA || (s->cfg.gopLength != NV_ENC_INFINITE && s->since_i >= s->cfg.gopLength) || s->cfg.frameIntervalP == 0)
		return NV_ENC_PIC_TYPE_I;
	return s->since_i % (uint32_t)s->cfg.frameIntervalP ? NV_ENC_PIC_TYPE_B : NV_ENC_PIC_TYPE_P;
}

// batch hands over the pictures that wait, which end with one that is not B.
static void batch(struct session *s) {
	struct batch *b = calloc(1, sizeof *b), **end = &s->batches;
	while (s->waiting) {
		struct picture *p = s->waiting;
		s->waiting = p->next;
		p->next = NULL;
		b->pic[b->n++] = p;
	}
	s->nwaiting = 0;
	s->decided += (uint64_t)b->n;
	while (*end)
		end = &(*end)->next;
	*end = b;
}

// close_group makes the last of the B pictures that wait a P picture: what follows does
// not help them.
static void close_group(struct session *s) {
	struct picture *p = s->waiting;
	if (!p)
		return;
	while (p->next)
		p = p->next;
	p->type = NV_ENC_PIC_TYPE_P;
	batch(s);
}

static void decided(struct session *s, struct picture *p) {
	p->type = decide(s, p);
	p->number = s->number++;
	if (p->type == NV_ENC_PIC_TYPE_IDR || p->type == NV_ENC_PIC_TYPE_I) {
		close_group(s);
		s->since_i = 0;
		if (p->type == NV_ENC_PIC_TYPE_IDR)
			s->since_idr = 0;
	}
	s->since_i++;
	s->since_idr++;
	struct picture **end = &s->waiting;
	while (*end)
		end = &(*end)->next;
	*end = p;
	s->nwaiting++;
	if (p->type != NV_ENC_PIC_TYPE_B)
		batch(s);
}

static struct picture *shift(struct session *s) {
	struct picture *p = s->ahead;
	s->ahead = p->next;
	p->next = NULL;
	s->nahead--;
	return p;
}

void gop_push(struct session *s, struct picture *p) {
	struct picture **end = &s->ahead;
	while (*end)
		end = &(*end)->next;
	*end = p;
	s->nahead++;
	while (s->nahead > s->delay)
		decided(s, shift(s));
}

void gop_end(struct session *s) {
	while (s->ahead)
		decided(s, shift(s));
	close_group(s);
}
