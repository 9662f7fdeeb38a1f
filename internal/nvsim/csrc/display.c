// The display queue, between the order of output and the display callback.
#include "cuvid_int.h"

void queue_pop(struct parser *p) {
	struct queued q = p->queue[0];
	memmove(p->queue, p->queue + 1, (size_t)--p->nqueue * sizeof *p->queue);
	int i = q.info.picture_index;
	p->surf[i].shown = ++p->shown;
	nvsim_trace("  DISP %d idx=%d prog=%d tff=%d rff=%d ts=%lld", (int)p->shown - 1, q.info.picture_index, q.info.progressive_frame, q.info.top_field_first, q.info.repeat_first_field,
		q.info.timestamp);
	decoder_displayed(p->surf[i].decoder, i);
	if (p->params.pfnDisplayPicture)
		p->params.pfnDisplayPicture(p->params.pUserData, &q.info);
	surface_unref(p, &i);
}

// queue_age, after each decode, shows one picture that was decoded three pictures
// ago, however large the delay is.
void queue_age(struct parser *p) {
	if (p->nqueue && p->decoded - p->queue[0].decoded >= 3)
		queue_pop(p);
}

void queue_flush(struct parser *p) {
	while (p->nqueue)
		queue_pop(p);
}
