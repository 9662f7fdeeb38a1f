// AV1: not yet.
#include "cuvid_int.h"

static void flush(struct parser *p) { (void)p; }
static int packet(struct parser *p, const uint8_t *d, size_t n) {
	(void)p, (void)d, (void)n;
	return -1;
}

const struct codec_ops av1_ops = {.name = "av1", .packet = packet, .flush = flush};
