// H.264's picture timing with the client's time code, in a stream without HRD.
#include "nvenc.h"

struct writer {
	uint8_t *p;
	int n; // bits
};

static void put(struct writer *w, uint32_t v, int bits) {
	while (bits-- > 0) {
		w->p[w->n / 8] |= (uint8_t)((v >> bits & 1) << (7 - w->n % 8));
		w->n++;
	}
}

void timing_write(const struct n_time_code *t, struct payload *out) {
	static const int structs[] = {0, 3, 4, 7, 8}, clocks[] = {1, 2, 2, 2, 3};
	uint32_t k = t->displayPicStruct < LEN(structs) ? t->displayPicStruct : 0;
	struct writer w = {calloc(1, 64), 0};
	put(&w, (uint32_t)structs[k], 4);
	for (int i = 0; i < clocks[k]; i++) {
		const struct n_clock_timestamp_set *c = &t->clockTimestamp[i];
		put(&w, 1, 1);
		put(&w, k == 1 || k == 2, 2);
		put(&w, 0, 1);
		put(&w, c->countingType | c->countingTypeLSB | c->countingTypeMSB << 1, 5);
		put(&w, 1, 1); // full_timestamp_flag
		put(&w, c->discontinuityFlag, 1);
		put(&w, c->cntDroppedFrames, 1);
		put(&w, c->nFrames, 8);
		put(&w, c->secondsValue, 6);
		put(&w, c->minutesValue, 6);
		put(&w, c->hoursValue, 5);
		put(&w, c->timeOffset, 24);
	}
	if (w.n % 8)
		put(&w, 1, 1); // the payload's own alignment
	*out = (struct payload){1, w.p, (size_t)(w.n + 7) / 8};
}
