// B pictures of HEVC. x265 codes pictures one after another, each from the one before it,
// in the order that NVENC would code them; here their numbers in display order are
// written into the slice headers, and the references they imply. So the order, the
// times and the delay of the stream are NVENC's; only the slices of what is called B are P
// slices, and references too.
#include "hevc.h"
#include "nvenc.h"

// hevc_ps.c reduces aspect ratios of formats, which nobody asks for here.
void reduce(int *a, int *b) { (void)a, (void)b; }

struct writer {
	struct bytes b;
	unsigned acc;
	int n;
};

static void put_bits(struct writer *w, uint32_t v, int n) {
	while (n-- > 0) {
		w->acc = w->acc << 1 | (v >> n & 1);
		if (++w->n == 8) {
			bytes_add(&w->b, &(uint8_t){(uint8_t)w->acc}, 1);
			w->acc = 0, w->n = 0;
		}
	}
}

static void put_ue(struct writer *w, uint32_t v) {
	int n = 0;
	while ((v + 1) >> (n + 1))
		n++;
	put_bits(w, 0, n);
	put_bits(w, v + 1, n + 1);
}

static void stop(struct writer *w) {
	put_bits(w, 1, 1);
	while (w->n)
		put_bits(w, 0, 1);
}

// copy copies all bits from that of `from` to the reader's place.
static void copy(struct writer *w, const struct bits *b, size_t from) {
	struct bits r = *b;
	for (r.pos = from; r.pos < b->pos;)
		put_bits(w, bits_u(&r, 1), 1);
}

static void emit(struct writer *w, const uint8_t *header, struct bytes *out) {
	struct bytes nal = {0};
	bytes_add(&nal, header, 2);
	bytes_add(&nal, w->b.p, w->b.n);
	add_nal(out, nal.p, nal.n, 1);
	free(nal.p);
	free(w->b.p);
}

static struct hevc *state(struct session *s) {
	if (!s->hevc)
		s->hevc = calloc(1, sizeof(struct hevc));
	return s->hevc;
}

void hevc_end(struct session *s) {
	struct hevc *h = s->hevc;
	if (!h)
		return;
	for (int i = 0; i < LEN(h->vps); i++)
		free(h->vps[i].p), free(h->sps[i].raw.p);
	for (int i = 0; i < LEN(h->pps); i++)
		free(h->pps[i].raw.p);
	free(h->rbsp.p);
	free(h);
	s->hevc = NULL;
}

// hevc_header writes parameter sets with room for reordering.
void hevc_header(struct session *s, const uint8_t *nal, size_t n, struct bytes *out) {
	struct hevc *h = state(s);
	int type = nal[0] >> 1 & 63;
	if (type == 34) {
		hevc_parse_pps(h, nal, n);
		add_nal(out, nal, n, 0);
		return;
	}
	if (type == 33)
		hevc_parse_sps(h, nal, n);
	struct buffer raw = {0};
	unescape(&raw, nal + 2, n - 2);
	struct bits b;
	bits_init(&b, raw.p, raw.n);
	if (type == 32)
		bits_skip(&b, 4 + 2 + 6 + 3 + 1 + 16 + 96);
	else {
		bits_skip(&b, 4 + 3 + 1 + 96);
		bits_ue(&b);
		if (bits_ue(&b) == 3)
			bits_1(&b);
		bits_ue(&b), bits_ue(&b);
		if (bits_1(&b))
			bits_ue(&b), bits_ue(&b), bits_ue(&b), bits_ue(&b);
		bits_ue(&b), bits_ue(&b), bits_ue(&b);
	}
	bits_1(&b); // sub_layer_ordering_info_present_flag: there is one layer
	struct writer w = {0};
	copy(&w, &b, 0);
	bits_ue(&b), bits_ue(&b), bits_ue(&b);
	put_ue(&w, 4);                    // max_dec_pic_buffering_minus1
	put_ue(&w, (uint32_t)s->enc.pyramid + 1); // max_num_reorder_pics
	put_ue(&w, 0);
	size_t from = b.pos;
	while (bits_more(&b))
		bits_1(&b);
	copy(&w, &b, from);
	stop(&w);
	emit(&w, nal, out);
	free(raw.p);
}

// rest reads what follows the reference picture set.
static void rest(const struct hevc_sps *sps, const struct hevc_pps *pps, int type, struct bits *b) {
	int sao = 0, refs = pps->l0, off = pps->deblock_disabled;
	if (sps->tmvp)
		bits_1(b);
	if (sps->sao) {
		sao = bits_1(b);
		if (sps->chroma)
			sao |= bits_1(b);
	}
	if (type == 1) {
		if (bits_1(b))
			refs = (int)bits_ue(b) + 1;
		if (pps->cabac_init)
			bits_1(b);
		(void)refs; // one; so no modification of lists and no index of a collocated picture
		bits_ue(b);
	}
	bits_se(b);
	if (pps->slice_chroma)
		bits_se(b), bits_se(b);
	if (pps->deblock_override && bits_1(b)) {
		off = bits_1(b);
		if (!off)
			bits_se(b), bits_se(b);
	}
	if (pps->loop_slices && (sao || !off))
		bits_1(b);
	if (pps->tiles || pps->sync)
		bits_ue(b); // none
	if (pps->slice_ext)
		bits_skip(b, 8 * bits_ue(b));
}

void hevc_slice(struct session *s, const struct picture *p, const uint8_t *nal, size_t n, struct bytes *out) {
	struct hevc *h = state(s);
	int type = nal[0] >> 1 & 63;
	if (type == 19 || type == 20) {
		s->hevc_idr = p->number;
		s->hevc_poc = 0;
		add_nal(out, nal, n, 0);
		return;
	}
	struct buffer raw = {0};
	unescape(&raw, nal + 2, n - 2);
	struct bits b;
	bits_init(&b, raw.p, raw.n);
	bits_1(&b); // one slice a picture
	if (type >= 16 && type <= 23)
		bits_1(&b);
	const struct hevc_pps *pps = &h->pps[bits_ue(&b) & 63];
	const struct hevc_sps *sps = &h->sps[pps->sps];
	bits_skip(&b, (size_t)pps->extra_bits);
	int slice_type = (int)bits_ue(&b);
	if (pps->output_flag)
		bits_1(&b);
	struct writer w = {0};
	copy(&w, &b, 0);
	bits_u(&b, sps->log2_poc);
	int k;
	struct hevc_rps old;
	if (!bits_1(&b))
		hevc_read_rps(&b, (struct hevc_sps *)sps, sps->nrps, 1, &old, &k);
	int64_t poc = (int64_t)(p->number - s->hevc_idr), delta = s->hevc_poc - poc;
	put_bits(&w, (uint32_t)poc & ((1u << sps->log2_poc) - 1), sps->log2_poc);
	put_bits(&w, 0, 1);
	if (sps->nrps)
		put_bits(&w, 0, 1);
	put_ue(&w, slice_type == 1 && delta < 0);
	put_ue(&w, slice_type == 1 && delta > 0);
	if (slice_type == 1) {
		put_ue(&w, (uint32_t)(delta < 0 ? -delta : delta) - 1);
		put_bits(&w, 1, 1);
	}
	s->hevc_poc = poc;
	size_t from = b.pos;
	rest(sps, pps, slice_type, &b);
	copy(&w, &b, from);
	stop(&w);
	size_t data = (b.pos + 1 + 7) / 8; // after the alignment
	bytes_add(&w.b, raw.p + data, raw.n - data);
	emit(&w, nal, out);
	free(raw.p);
}
