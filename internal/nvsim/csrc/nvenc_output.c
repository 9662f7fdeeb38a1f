// Outputs: locking and unlocking bitstreams, statistics, and the functions that this
// GPU refuses.
#include "nvenc.h"

static struct picture *take(struct session *s, uint64_t seq) {
	for (struct picture **p = &s->done; *p; p = &(*p)->next)
		if ((*p)->coded == seq) {
			struct picture *q = *p;
			*p = q->next;
			q->next = NULL;
			return q;
		}
	return NULL;
}

static uint32_t blocks(const struct session *s) { return (uint32_t)(ALIGN(s->enc.width, 16) / 16 * (ALIGN(s->enc.height, 16) / 16)); }

static void describe(struct session *s, const struct picture *p, struct n_lock_bitstream *o, const struct bitstream *b) {
	uint32_t offsets[64];
	int n = stream_slices(s->codec, p->packet, p->npacket, offsets, LEN(offsets));
	int intra = p->type == NV_ENC_PIC_TYPE_IDR || p->type == NV_ENC_PIC_TYPE_I;
	o->frameIdx = (uint32_t)p->coded;
	o->frameIdxDisplay = (uint32_t)p->number;
	o->hwEncodeStatus = 2; // complete
	o->numSlices = (uint32_t)n;
	if (o->sliceOffsets && s->init.reportSliceOffsets)
		memcpy(o->sliceOffsets, offsets, (size_t)MIN(n, LEN(offsets)) * 4);
	o->bitstreamSizeInBytes = (uint32_t)p->npacket;
	o->outputTimeStamp = p->ts;
	o->outputDuration = p->duration;
	o->bitstreamBufferPtr = b->mem;
	// FFmpeg takes a type of its own for a broken stream, and encodes so on hardware.
	o->pictureType = p->type == NV_ENC_PIC_TYPE_INTRA_REFRESH ? NV_ENC_PIC_TYPE_P : (uint32_t)p->type;
	o->pictureStruct = NV_ENC_PIC_STRUCT_FRAME;
	o->frameAvgQP = p->qp >= 0 ? (uint32_t)p->qp : 0;
	o->frameSatd = (uint32_t)(p->npacket * 8);
	o->ltrFrame = p->ltr_mark;
	o->ltrFrameIdx = p->ltr_mark ? p->ltr_idx : 0;
	o->ltrFrameBitmap = 0;
	o->temporalId = 0;
	if (o->getRCStats) {
		o->intraMBCount = intra ? blocks(s) : 0;
		o->interMBCount = intra ? 0 : blocks(s);
		o->averageMVX = o->averageMVY = 0;
	}
}

static NVENCSTATUS lock(const char *fn, struct session *s, void *client, uint64_t *seq) {
	struct n_lock_bitstream p;
	NVENCSTATUS e = abi_read(fn, s, S_LOCK_BITSTREAM, client, 0, &p);
	if (e)
		return e;
	struct bitstream *b = bitstream_get(s, p.outputBitstream);
	if (!b) {
		nvsim_violation(fn, "%p is not a bitstream buffer of this session", p.outputBitstream);
		return enc_error(s, NV_ENC_ERR_INVALID_PARAM, "not a bitstream buffer");
	}
	*seq = b->seq;
	if (b->state != BS_QUEUED) {
		nvsim_violation(fn, b->state == BS_LOCKED ? "bitstream buffer %p is locked already" : "no picture goes to bitstream buffer %p", p.outputBitstream);
		return enc_error(s, NV_ENC_ERR_INVALID_PARAM, "nothing to lock");
	}
	if (b->seq >= s->decided) {
		// With lookahead clients are known to try.
		if (!s->lookahead)
			nvsim_violation(fn, "bitstream buffer %p is locked before nvEncEncodePicture returned success", p.outputBitstream);
		return enc_error(s, NV_ENC_ERR_INVALID_PARAM, "the encoder needs more input");
	}
	if (b->seq != s->taken)
		nvsim_violation(fn, "output %llu is locked out of order, %llu comes next", (unsigned long long)b->seq, (unsigned long long)s->taken);
	if (p.doNotWait && !b->asked && nvsim_env_int("NVSIM_BUSY", 1)) {
		b->asked = 1;
		return NV_ENC_ERR_LOCK_BUSY;
	}
	if (!code_batches(fn, s, b->seq + 1))
		return enc_error(s, NV_ENC_ERR_GENERIC, "encoding failed");
	struct picture *q = take(s, b->seq);
	if (!q || !bitstream_open(b, q->packet, q->npacket)) {
		picture_free(q);
		return enc_error(s, NV_ENC_ERR_NOT_ENOUGH_BUFFER, "the picture does not fit");
	}
	// The input that was submitted with this output is the client's again, though the
	// output may hold another picture.
	if (b->in)
		b->in->in_flight--;
	else // at the end of a session that is not drained this is allowed
		nvsim_violation(fn, "the input submitted with bitstream buffer %p was unmapped or destroyed before this was locked", p.outputBitstream);
	b->in = NULL;
	b->pic = q;
	s->taken = b->seq + 1;
	describe(s, q, &p, b);
	abi_write(s, S_LOCK_BITSTREAM, &p, 0, client);
	return NV_ENC_SUCCESS;
}

NVENCSTATUS nvEncLockBitstream(void *encoder, void *params) {
	SESSION(1);
	uint64_t seq = 0;
	NVENCSTATUS e = lock(__func__, s, params, &seq);
	struct picture *q = NULL;
	for (struct bitstream *b = s->bitstreams; b && !e; b = b->next)
		if (b->pic && b->seq == seq)
			q = b->pic;
	if (!q)
		DONE(e, "%p,output %llu", encoder, (unsigned long long)seq);
	DONE(e, "%p,output %llu: picture %llu,type %d,time %llu,%zu bytes,qp %d", encoder, (unsigned long long)seq, (unsigned long long)q->number, q->type,
		(unsigned long long)q->ts, q->npacket, q->qp);
}

NVENCSTATUS nvEncUnlockBitstream(void *encoder, void *h) {
	SESSION(1);
	struct bitstream *b = bitstream_get(s, h);
	if (!b || b->state != BS_LOCKED) {
		nvsim_violation(__func__, "%p is not a locked bitstream buffer", h);
		DONE(NV_ENC_ERR_INVALID_PARAM, "%p,%p", encoder, h);
	}
	bitstream_close(b);
	picture_free(b->pic);
	b->pic = NULL;
	DONE(NV_ENC_SUCCESS, "%p,%p", encoder, h);
}

NVENCSTATUS nvEncGetEncodeStats(void *encoder, void *params) {
	SESSION(1);
	struct n_stat p;
	NVENCSTATUS e = abi_read(__func__, s, S_STAT, params, 0, &p);
	struct bitstream *b = e ? NULL : bitstream_get(s, p.outputBitStream);
	if (!e && (!b || !b->pic))
		e = enc_error(s, NV_ENC_ERR_INVALID_PARAM, "not a locked bitstream buffer");
	if (!e) {
		struct n_lock_bitstream o = {.getRCStats = 1};
		describe(s, b->pic, &o, b);
		p.bitStreamSize = o.bitstreamSizeInBytes;
		p.picType = o.pictureType;
		p.lastValidByteOffset = o.bitstreamSizeInBytes ? o.bitstreamSizeInBytes - 1 : 0;
		stream_slices(s->codec, b->pic->packet, b->pic->npacket, p.sliceOffsets, LEN(p.sliceOffsets));
		p.picIdx = o.frameIdx;
		p.frameAvgQP = o.frameAvgQP;
		p.ltrFrame = o.ltrFrame;
		p.ltrFrameIdx = o.ltrFrameIdx;
		p.intraMBCount = o.intraMBCount;
		p.interMBCount = o.interMBCount;
		abi_write(s, S_STAT, &p, 0, params);
	}
	DONE(e, "%p", encoder);
}

// --- what no simulated GPU has; the capabilities say so

// REFUSED reads the struct all the same, so that its words are checked.
#define REFUSED(name, k, n, status)                                                                                                                            \
	NVENCSTATUS name(void *encoder, void *params) {                                                                                                        \
		SESSION(0);                                                                                                                                    \
		n p;                                                                                                                                           \
		NVENCSTATUS e = nvenc_layouts[s->api][k].size ? abi_read(__func__, s, k, params, 0, &p) : NV_ENC_ERR_UNIMPLEMENTED;                           \
		DONE(e ? e : enc_error(s, status, "not supported by this GPU"), "%p", encoder);                                                              \
	}
REFUSED(nvEncRegisterAsyncEvent, S_EVENT_PARAMS, struct n_event_params, NV_ENC_ERR_UNIMPLEMENTED)
REFUSED(nvEncUnregisterAsyncEvent, S_EVENT_PARAMS, struct n_event_params, NV_ENC_ERR_UNIMPLEMENTED)
REFUSED(nvEncCreateMVBuffer, S_CREATE_MV_BUFFER, struct n_create_mv_buffer, NV_ENC_ERR_UNSUPPORTED_PARAM)
REFUSED(nvEncRunMotionEstimationOnly, S_MEONLY_PARAMS, struct n_meonly_params, NV_ENC_ERR_UNSUPPORTED_PARAM)
REFUSED(nvEncRestoreEncoderState, S_RESTORE_ENCODER_STATE_PARAMS, struct n_restore_encoder_state_params, NV_ENC_ERR_UNSUPPORTED_PARAM)
REFUSED(nvEncLookaheadPicture, S_LOOKAHEAD_PIC_PARAMS, struct n_lookahead_pic_params, NV_ENC_ERR_UNSUPPORTED_PARAM)

NVENCSTATUS nvEncDestroyMVBuffer(void *encoder, void *h) {
	SESSION(0);
	nvsim_violation(__func__, "%p is not a buffer of motion vectors", h);
	DONE(NV_ENC_ERR_INVALID_PARAM, "%p", encoder);
}
