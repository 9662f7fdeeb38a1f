// Structs of all APIs: version words, layouts, and what must be zero.
#include "nvenc.h"
#include "nvenc_layout_gen.h"

unsigned api_newest(void) { return (unsigned)nvsim_env_int("NVSIM_NVENC", 130); }

int api_index(unsigned number) {
	for (int i = 0; i < NAPIS; i++)
		if (nvenc_apis[i].number == number)
			return i;
	return -1;
}

// coverage has a bit for each bit of a struct that a field of ours reads.
static const uint8_t *coverage(int api, enum nvenc_struct k, int arm) {
	static uint8_t *made[NAPIS][NSTRUCTS][4];
	const struct nvenc_layout *l = &nvenc_layouts[api][k];
	nvsim_lock();
	uint8_t *m = made[api][k][arm];
	if (!m) {
		m = calloc(1, l->size);
		for (int i = 0; i < l->nrows; i++) {
			const struct nvenc_row *r = &l->rows[i];
			if (r->arm && r->arm != arm)
				continue;
			if (!r->bits)
				memset(m + r->off, 0xff, r->size);
			for (int b = r->bit; b < r->bit + r->bits; b++)
				m[r->off + b / 8] |= (uint8_t)(1 << b % 8);
		}
		made[api][k][arm] = m;
	}
	nvsim_unlock();
	return m;
}

static void check_zero(const char *fn, int api, enum nvenc_struct k, int arm, const uint8_t *p) {
	const struct nvenc_layout *l = &nvenc_layouts[api][k];
	const uint8_t *m = coverage(api, k, arm);
	for (uint32_t i = 0; i < l->size; i++)
		if (p[i] & ~m[i]) {
			nvsim_violation(fn, "reserved fields of %s are set (byte %u is %#x, API %u.%u)", l->name, i, p[i], nvenc_apis[api].number / 10,
				nvenc_apis[api].number % 10);
			return;
		}
}

static uint64_t load(const uint8_t *p, int size) {
	uint64_t v = 0;
	memcpy(&v, p, (size_t)size);
	return v;
}

static void decode(int api, enum nvenc_struct k, int arm, const uint8_t *p, uint8_t *n) {
	const struct nvenc_layout *l = &nvenc_layouts[api][k];
	memset(n, 0, l->neutral);
	for (int i = 0; i < l->nrows; i++) {
		const struct nvenc_row *r = &l->rows[i];
		if (r->arm && r->arm != arm)
			continue;
		if (!r->bits) {
			memcpy(n + r->at, p + r->off, r->size);
			continue;
		}
		uint32_t v = (uint32_t)(load(p + r->off, r->size) >> r->bit & ((1ull << r->bits) - 1));
		memcpy(n + r->at, &v, 4);
	}
}

void abi_write(struct session *s, enum nvenc_struct k, const void *neutral, int arm, void *client) {
	const struct nvenc_layout *l = &nvenc_layouts[s->api][k];
	const uint8_t *n = neutral;
	uint8_t *p = client;
	for (int i = 0; i < l->nrows; i++) {
		const struct nvenc_row *r = &l->rows[i];
		if (r->arm && r->arm != arm)
			continue;
		if (!r->bits) {
			if (memcmp(p + r->off, n + r->at, r->size))
				memcpy(p + r->off, n + r->at, r->size);
			continue;
		}
		uint32_t v;
		memcpy(&v, n + r->at, 4);
		uint64_t mask = ((1ull << r->bits) - 1) << r->bit, w = (load(p + r->off, r->size) & ~mask) | ((uint64_t)v << r->bit & mask);
		if (w != load(p + r->off, r->size))
			memcpy(p + r->off, &w, r->size);
	}
}

// abi_read takes a client's struct apart, which must be of the session's API. One of
// another API that the driver knows is accepted by it, but mixing them is how fields are
// read from wrong places.
NVENCSTATUS abi_read(const char *fn, struct session *s, enum nvenc_struct k, const void *p, int arm, void *neutral) {
	if (!p)
		return enc_error(s, NV_ENC_ERR_INVALID_PTR, "%s is NULL", nvenc_layouts[s->api][k].name);
	uint32_t word = (uint32_t)load(p, 4);
	int api = s->api;
	if (word != nvenc_layouts[api][k].version) {
		for (api = NAPIS - 1; api >= 0; api--)
			if (nvenc_layouts[api][k].version == word && word && nvenc_apis[api].number <= api_newest())
				break;
		if (api < 0)
			return enc_error(s, NV_ENC_ERR_INVALID_VERSION, "%s has the version %#x, not %#x", nvenc_layouts[s->api][k].name, word, nvenc_layouts[s->api][k].version);
		nvsim_violation(fn, "%s is of API %u.%u, the session of %u.%u", nvenc_layouts[api][k].name, nvenc_apis[api].number / 10, nvenc_apis[api].number % 10,
			nvenc_apis[s->api].number / 10, nvenc_apis[s->api].number % 10);
	}
	check_zero(fn, api, k, arm, p);
	decode(api, k, arm, p, neutral);
	// Structs inside have words of their own.
	uint32_t inside = 0, want = 0;
	if (k == S_RECONFIGURE_PARAMS)
		inside = ((struct n_reconfigure_params *)neutral)->reInitEncodeParams.version, want = nvenc_layouts[api][S_INITIALIZE_PARAMS].version;
	if (k == S_PRESET_CONFIG)
		inside = ((struct n_preset_config *)neutral)->presetCfg.version, want = nvenc_layouts[api][S_CONFIG].version;
	if (inside != want)
		return enc_error(s, NV_ENC_ERR_INVALID_VERSION, "the struct inside %s has the version %#x, not %#x", nvenc_layouts[api][k].name, inside, want);
	return NV_ENC_SUCCESS;
}
