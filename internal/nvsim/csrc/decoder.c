// Decoders: creation with the driver's own refusals, decode calls, status.
#include "decoder.h"
#include <dlfcn.h>
#include <time.h>
#include <unistd.h>

static const struct av_functions *functions;

static void open_av(void) {
	Dl_info me;
	char path[4096] = "";
	if (dladdr((void *)av, &me)) {
		snprintf(path, sizeof path - 32, "%s", me.dli_fname);
		char *slash = strrchr(path, '/');
		strcpy(slash ? slash + 1 : path, "libnvsim-av.so");
	}
	int flags = RTLD_NOW | RTLD_LOCAL;
	if (!nvsim_env("NVSIM_NO_DEEPBIND"))
		flags |= RTLD_DEEPBIND;
	void *h = dlopen(path, flags);
	if (h)
		functions = dlsym(h, "nvsim_av");
	else
		fprintf(stderr, "nvsim: %s\n", dlerror());
}

// av must not take the driver's lock: work on streams calls it.
const struct av_functions *av(void) {
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, open_av);
	return functions;
}

// --- units in flight

static struct unit *units;

void unit_publish(struct unit *u) {
	nvsim_lock();
	u->next = units;
	units = u;
	nvsim_unlock();
}

void unit_withdraw(struct unit *u) {
	nvsim_lock();
	for (struct unit **p = &units; *p; p = &(*p)->next)
		if (*p == u) {
			*p = u->next;
			break;
		}
	nvsim_unlock();
}

struct unit *unit_find(const CUVIDPICPARAMS *pic) {
	nvsim_lock();
	struct unit *u = units;
	while (u && u->bitstream != pic->pBitstreamData)
		u = u->next;
	nvsim_unlock();
	return u;
}

// The parser tells the decoder it feeds what it displays, so that reading a picture
// too late is found.
static struct decoder *fed(void *h) {
	struct decoder *d = h;
	return d && d->magic == DECODER_MAGIC && d->alive ? d : NULL;
}

void decoder_displayed(void *h, int surface) {
	struct decoder *d = fed(h);
	if (d && surface < LEN(d->surf))
		d->surf[surface].displayed = d->surf[surface].number;
}

void decoder_callback(void *h, int inside) {
	struct decoder *d = fed(h);
	if (d)
		d->in_callback = inside;
}

// --- creation

struct decoder *decoder_get(const char *fn, CUvideodecoder h) {
	struct decoder *d = h;
	if (!d || d->magic != DECODER_MAGIC || !d->alive) {
		if (d)
			nvsim_violation(fn, "%p is not a live decoder", h);
		return NULL;
	}
	return d;
}

// decoder_layout works out what a mapped frame looks like.
int decoder_layout(struct decoder *d) {
	const CUVIDDECODECREATEINFO *i = &d->info;
	unsigned bytes = i->OutputFormat == cudaVideoSurfaceFormat_P016 || i->OutputFormat == cudaVideoSurfaceFormat_YUV444_16Bit || i->OutputFormat == cudaVideoSurfaceFormat_P216 ? 2 : 1;
	size_t h = ALIGN(i->ulTargetHeight, 2);
	d->pitch = (unsigned)ALIGN(i->ulTargetWidth * bytes, 512);
	switch (i->OutputFormat) {
	case cudaVideoSurfaceFormat_NV12:
	case cudaVideoSurfaceFormat_P016:
		d->rows = h + h / 2;
		d->frame_bytes = d->pitch * (ALIGN(h, 4) + ALIGN(h / 2, 4));
		break;
	case cudaVideoSurfaceFormat_NV16:
	case cudaVideoSurfaceFormat_P216:
		d->rows = 2 * h;
		d->frame_bytes = d->pitch * ALIGN(2 * h, 4);
		break;
	default:
		d->rows = 3 * h;
		d->frame_bytes = d->pitch * ALIGN(3 * h, 4);
	}
	return 1;
}

static CUresult outputs_alloc(struct decoder *d) {
	for (unsigned i = 0; i < d->info.ulNumOutputSurfaces; i++) {
		CUresult r = nvsim_alloc(d->ctx, d->frame_bytes, "a mapped video frame", &d->out[i].p);
		if (r)
			return r;
	}
	return OK;
}

void outputs_free(struct decoder *d) {
	for (int i = 0; i < LEN(d->out); i++)
		if (d->out[i].p) {
			nvsim_free(d->out[i].p);
			d->out[i].p = 0;
		}
}

static CUresult check(const CUVIDDECODECREATEINFO *c, const struct sim_profile *p) {
	if (c->ulNumDecodeSurfaces < 1 || c->ulNumDecodeSurfaces > 32 || c->ulNumOutputSurfaces > 64)
		return BAD;
	if ((int)c->CodecType < 0 || c->CodecType >= cudaVideoCodec_NumCodecs)
		return BAD;
	if ((int)c->OutputFormat < 0 || c->OutputFormat > cudaVideoSurfaceFormat_P216)
		return CUDA_ERROR_NOT_SUPPORTED;
	if (!c->bitDepthMinus8 && c->OutputFormat == cudaVideoSurfaceFormat_P016)
		return BAD;
	const struct sim_caps *k = caps_find(p, c->CodecType, c->ChromaFormat, (unsigned)c->bitDepthMinus8);
	if (!k || !(caps_formats(c->CodecType, c->ChromaFormat, (unsigned)c->bitDepthMinus8) >> c->OutputFormat & 1) || !nvsim_zero(c->Reserved2, sizeof c->Reserved2))
		return CUDA_ERROR_NOT_SUPPORTED;
	unsigned long w = MAX(c->ulWidth, c->ulMaxWidth), h = MAX(c->ulHeight, c->ulMaxHeight);
	if (c->ulWidth < k->min_w || c->ulHeight < k->min_h || w > k->max_w || h > k->max_h || (w / 16) * (h / 16) > k->mbs)
		return BAD;
	if (!c->ulTargetWidth || !c->ulTargetHeight)
		return CUDA_ERROR_OUT_OF_MEMORY;
	return OK;
}

API(cuvidCreateDecoder)(CUvideodecoder *out, CUVIDDECODECREATEINFO *c) {
	ENTER(0);
	if (!out || !c)
		LEAVE(BAD, "NULL");
	CUresult r;
	if (nvsim_enter("cuvidCreateDecoder (context)", NEED_CTX, &r))
		LEAVE(r, "no context");
	CUcontext ctx = nvsim_current();
	r = check(c, ctx->dev->profile);
	if (c->Reserved1)
		nvsim_violation(__func__, "reserved fields of CUVIDDECODECREATEINFO are set");
	if (c->ulCreationFlags & ~7ul)
		nvsim_violation(__func__, "unknown creation flags %#lx", c->ulCreationFlags);
	if (c->DeinterlaceMode > 2)
		nvsim_violation(__func__, "unknown deinterlace mode %d", c->DeinterlaceMode);
	if (c->display_area.left < 0 || c->display_area.top < 0 || (unsigned)c->display_area.right > c->ulWidth || (unsigned)c->display_area.bottom > c->ulHeight ||
		c->display_area.left > c->display_area.right || c->display_area.top > c->display_area.bottom)
		nvsim_violation(__func__, "the display area %d,%d,%d,%d is not inside %lux%lu", c->display_area.left, c->display_area.top, c->display_area.right,
			c->display_area.bottom, c->ulWidth, c->ulHeight);
	struct decoder *d = NULL;
	if (r == OK) {
		d = calloc(1, sizeof *d);
		d->magic = DECODER_MAGIC;
		d->alive = 1;
		d->ctx = ctx;
		d->info = *c;
		d->max_w = (unsigned)MAX(c->ulWidth, c->ulMaxWidth);
		d->max_h = (unsigned)MAX(c->ulHeight, c->ulMaxHeight);
		for (int i = 0; i < LEN(d->surf); i++)
			d->surf[i].slot = -1;
		for (int i = 0; i < LEN(d->out); i++)
			d->out[i].surface = -1;
		decoder_layout(d);
		d->accounted = (size_t)d->max_w * d->max_h * 3 / 2 * c->ulNumDecodeSurfaces * (c->bitDepthMinus8 ? 2 : 1) + (6u << 20);
		r = nvsim_account(ctx, (long)d->accounted);
		if (r)
			d->accounted = 0;
		if (!r)
			r = outputs_alloc(d);
		if (!r && (!av() || !(d->av = av()->open(c->CodecType))))
			r = CUDA_ERROR_NOT_SUPPORTED;
		if (r) {
			outputs_free(d);
			nvsim_account(ctx, -(long)d->accounted);
			free(d);
		}
	}
	if (r == OK) {
		char note[64];
		snprintf(note, sizeof note, "codec %d, %lux%lu", c->CodecType, c->ulWidth, c->ulHeight);
		nvsim_live_add(d, "decoder", note);
		*out = d;
	}
	LEAVE(r, "%p,codec %d,%lux%lu,surfaces %lu,target %lux%lu,format %d,outputs %lu", r ? NULL : (void *)d, c->CodecType, c->ulWidth, c->ulHeight, c->ulNumDecodeSurfaces,
		c->ulTargetWidth, c->ulTargetHeight, c->OutputFormat, c->ulNumOutputSurfaces);
}

static void drop(struct dec_surface *s) {
	if (s->pic.ref)
		av()->unref(s->pic.ref);
	memset(&s->pic, 0, sizeof s->pic);
	s->have = s->status = 0;
}

API(cuvidDestroyDecoder)(CUvideodecoder h) {
	ENTER(ANY_STATE);
	struct decoder *d = decoder_get(__func__, h);
	if (!d)
		LEAVE(CUDA_ERROR_INVALID_HANDLE, "%p", h);
	int mapped = 0;
	for (int i = 0; i < LEN(d->out); i++)
		if (d->out[i].surface >= 0) {
			mapped++;
			nvsim_live_del((void *)(uintptr_t)d->out[i].p);
		}
	if (mapped)
		nvsim_violation(__func__, "%d frames are still mapped: their memory is gone", mapped);
	if (d->in_callback)
		nvsim_violation(__func__, "called inside the decode callback");
	outputs_free(d);
	for (int i = 0; i < LEN(d->surf); i++)
		drop(&d->surf[i]);
	av()->close(d->av);
	nvsim_account(d->ctx, -(long)d->accounted);
	d->alive = 0; // a tombstone
	nvsim_live_del(d);
	nvsim_bury(d);
	LEAVE(OK, "%p", h);
}

API(cuvidReconfigureDecoder)(CUvideodecoder h, CUVIDRECONFIGUREDECODERINFO *c) {
	ENTER(0);
	struct decoder *d = decoder_get(__func__, h);
	if (!d)
		LEAVE(CUDA_ERROR_INVALID_HANDLE, "%p", h);
	if (!c || c->ulWidth > d->max_w || c->ulHeight > d->max_h || c->ulNumDecodeSurfaces > 32)
		LEAVE(BAD, "%p,%ux%u", h, c ? c->ulWidth : 0, c ? c->ulHeight : 0);
	if (!nvsim_zero(c->reserved1, sizeof c->reserved1) || !nvsim_zero(c->reserved2, sizeof c->reserved2))
		nvsim_violation(__func__, "reserved fields of CUVIDRECONFIGUREDECODERINFO are set");
	int mapped = 0;
	for (int i = 0; i < LEN(d->out); i++)
		mapped += d->out[i].surface >= 0;
	d->info.ulWidth = c->ulWidth;
	d->info.ulHeight = c->ulHeight;
	if (c->ulTargetWidth && c->ulTargetHeight) {
		d->info.ulTargetWidth = c->ulTargetWidth;
		d->info.ulTargetHeight = c->ulTargetHeight;
	}
	if (c->ulNumDecodeSurfaces)
		d->info.ulNumDecodeSurfaces = c->ulNumDecodeSurfaces;
	d->info.display_area.left = c->display_area.left;
	d->info.display_area.top = c->display_area.top;
	d->info.display_area.right = c->display_area.right;
	d->info.display_area.bottom = c->display_area.bottom;
	// What was decoded is lost, but with VP9, where it may be referred to.
	if (d->info.CodecType != cudaVideoCodec_VP9)
		for (int i = 0; i < LEN(d->surf); i++) {
			d->surf[i].lost |= d->surf[i].have;
			drop(&d->surf[i]);
		}
	size_t before = d->frame_bytes;
	unsigned pitch = d->pitch;
	decoder_layout(d);
	CUresult r = OK;
	if (d->frame_bytes != before || d->pitch != pitch) {
		// Frames that are mapped keep their memory until they are unmapped.
		for (int i = 0; i < LEN(d->out); i++)
			if (d->out[i].p && d->out[i].surface < 0) {
				nvsim_free(d->out[i].p);
				d->out[i].p = 0;
				r = nvsim_alloc(d->ctx, d->frame_bytes, "a mapped video frame", &d->out[i].p);
			}
	}
	LEAVE(r, "%p,%ux%u,target %ux%u,surfaces %u,mapped %d", h, c->ulWidth, c->ulHeight, c->ulTargetWidth, c->ulTargetHeight, c->ulNumDecodeSurfaces, mapped);
}

// --- decoding

API(cuvidDecodePicture)(CUvideodecoder h, CUVIDPICPARAMS *pic) {
	ENTER(0);
	struct decoder *d = decoder_get(__func__, h);
	if (!d)
		LEAVE(CUDA_ERROR_INVALID_HANDLE, "%p", h);
	if (!pic || pic->CurrPicIdx < 0 || pic->CurrPicIdx >= (int)d->info.ulNumDecodeSurfaces)
		LEAVE(BAD, "%p,%d", h, pic ? pic->CurrPicIdx : -1);
	if (pic->PicWidthInMbs > (int)ALIGN(d->max_w, 16) / 16 || pic->FrameHeightInMbs > (int)ALIGN(d->max_h, 16) / 16)
		LEAVE(BAD, "%p,%d,%dx%d macroblocks", h, pic->CurrPicIdx, pic->PicWidthInMbs, pic->FrameHeightInMbs);
	if (pic->PicWidthInMbs != (int)ALIGN(d->info.ulWidth, 16) / 16 || pic->FrameHeightInMbs != (int)ALIGN(d->info.ulHeight, 16) / 16)
		nvsim_violation(__func__, "a picture of %dx%d macroblocks, but the decoder is for %lux%lu", pic->PicWidthInMbs, pic->FrameHeightInMbs, d->info.ulWidth,
			d->info.ulHeight);
	if (__atomic_exchange_n(&d->inside, 1, __ATOMIC_ACQ_REL)) {
		nvsim_violation(__func__, "called while another call on this decoder runs");
		LEAVE(BAD, "%p", h);
	}
	struct unit *u = unit_find(pic);
	CUresult r = OK;
	if (!u && !parsers_made) {
		// A client with a parser of its own: refused, and told once why.
		static int told;
		if (!__atomic_exchange_n(&told, 1, __ATOMIC_RELAXED))
			fprintf(stderr, "nvsim: %s: refused: picture parameters that no parser of the simulator made are not simulated\n", __func__);
		r = CUDA_ERROR_NOT_SUPPORTED;
	} else if (!u) {
		nvsim_violation(__func__, "the picture parameters are not those of a parser, in its decode callback");
		r = BAD;
	} else if (memcmp(&u->pic, pic, sizeof *pic)) {
		nvsim_violation(__func__, "the parser's picture parameters were changed");
		r = BAD;
	} else {
		u->parser->decoder = d;
		d->in_callback = 1;
		struct dec_surface *s = &d->surf[pic->CurrPicIdx];
		struct av_part parts[3] = {{u->headers, u->nheaders}, {u->extras, u->nextras}, {u->data, u->ndata}};
		struct av_picture got = {.width = pic->PicWidthInMbs * 16, .height = pic->FrameHeightInMbs * 16};
		int again = 0, status = av()->decode(d->av, parts, 3, &got, &again);
		long slow = nvsim_env_int("NVSIM_SLOW_MS", 0);
		if (slow)
			usleep((unsigned)slow * 1000);
		d->decodes++;
		if (!pic->second_field)
			s->lost = 0; // it is this picture's now, though nothing may come of it
		if (status == AV_NONE && !(again && pic->second_field))
			status = AV_DAMAGED;
		if (status == AV_DAMAGED || status == AV_OK) {
			if (!pic->second_field || status == AV_OK) {
				void *old = s->pic.ref;
				if (status == AV_OK || got.ref) {
					s->pic = got;
					s->have = 1;
					if (old)
						av()->unref(old);
				}
			}
		}
		s->status = status == AV_DAMAGED ? 9 : 2;
		// A picture of another kind than the decoder is for comes out as garbage.
		if (got.ref && d->info.CodecType != cudaVideoCodec_JPEG &&
			(got.gray != (d->info.ChromaFormat == 0) || got.depth != (int)d->info.bitDepthMinus8 + 8))
			s->status = 9;
		CUresult fault;
		if (nvsim_fault("decode status", &fault))
			s->status = (int)fault;
		s->asked = s->finished = 0;
		s->number = d->decodes;
		if (d->info.CodecType == cudaVideoCodec_VP9 && !pic->CodecSpecific.vp9.showFrame)
			s->displayed = 0; // hidden: nothing displays it, a later frame may show it
	}
	__atomic_store_n(&d->inside, 0, __ATOMIC_RELEASE);
	LEAVE(r, "%p,%d", h, pic->CurrPicIdx);
}

API(cuvidGetDecodeStatus)(CUvideodecoder h, int idx, CUVIDGETDECODESTATUS *st) {
	ENTER(0);
	struct decoder *d = decoder_get(__func__, h);
	if (!d)
		LEAVE(CUDA_ERROR_INVALID_HANDLE, "%p", h);
	if (!st || idx < 0 || idx >= (int)d->info.ulNumDecodeSurfaces)
		LEAVE(BAD, "%p,%d", h, idx);
	int c = d->info.CodecType;
	if (c != cudaVideoCodec_H264 && c != cudaVideoCodec_HEVC && c != cudaVideoCodec_JPEG)
		LEAVE(CUDA_ERROR_NOT_SUPPORTED, "%p,%d", h, idx);
	if (!nvsim_zero(st->reserved, sizeof st->reserved) || !nvsim_zero(st->pReserved, sizeof st->pReserved))
		nvsim_violation(__func__, "reserved fields of CUVIDGETDECODESTATUS are set");
	struct dec_surface *s = &d->surf[idx];
	// The newest picture is still in progress when it is asked for the first time
	// before it was mapped.
	int busy = s->status == 2 && s->number == d->decodes && !s->asked && nvsim_env_int("NVSIM_BUSY", 1);
	s->asked = 1;
	s->finished |= !busy;
	st->decodeStatus = (cuvidDecodeStatus)(busy ? 1 : s->status);
	LEAVE(OK, "%p,%d: %d", h, idx, st->decodeStatus);
}
