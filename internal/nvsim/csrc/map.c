// Mapping: the post-processor's copy of a decoded picture into an output surface.
#include "decoder.h"

static unsigned sample(const struct av_picture *p, int plane, int x, int y, int w, int h) {
	x = x < 0 ? 0 : x >= w ? w - 1 : x;
	y = y < 0 ? 0 : y >= h ? h - 1 : y;
	const uint8_t *row = p->plane[plane] + y * p->stride[plane];
	return p->depth > 8 ? ((const uint16_t *)(const void *)row)[x] : row[x];
}

struct plane_job {
	const struct av_picture *pic;
	int plane, pw, ph;         // the source plane's size
	int cx, cy, cw, ch;        // the part of it to show
	int dw, dh;                // the size to make
	uint8_t *dst;
	unsigned pitch;
	int step, offset, bytes;   // in samples
	int shift;                 // left if positive
	int vertical;              // average pairs of rows: 4:2:2 into 4:2:0
	int field;                 // 0, or 1 top 2 bottom field only
};

static unsigned fetch(const struct plane_job *j, int x, int y) {
	if (j->field)
		y = (y & ~1) | (j->field - 1);
	if (!j->vertical)
		return sample(j->pic, j->plane, x, y, j->pw, j->ph);
	return (sample(j->pic, j->plane, x, 2 * y, j->pw, j->ph) + sample(j->pic, j->plane, x, 2 * y + 1, j->pw, j->ph) + 1) / 2;
}

static void put(const struct plane_job *j, int x, int y, unsigned v) {
	uint8_t *row = j->dst + (size_t)y * j->pitch;
	if (j->bytes == 2)
		((uint16_t *)(void *)row)[x * j->step + j->offset] = (uint16_t)(j->shift >= 0 ? v << j->shift : v >> -j->shift);
	else
		row[x * j->step + j->offset] = (uint8_t)(j->shift >= 0 ? v : v >> -j->shift);
}

// run_exact makes a plane that is not scaled. The inner loops are the common cases.
static void run_exact(const struct plane_job *j) {
	int high = j->pic->depth > 8, in_w = j->cx + j->dw <= j->pw, in_h = j->cy + j->dh <= j->ph;
	for (int y = 0; y < j->dh; y++) {
		int simple = in_w && in_h && !j->field && !j->vertical && j->shift >= 0 && (high == (j->bytes == 2));
		const uint8_t *src = j->pic->plane[j->plane] + (j->cy + y) * j->pic->stride[j->plane];
		uint8_t *dst = j->dst + (size_t)y * j->pitch;
		if (simple && !high && j->step == 1)
			memcpy(dst, src + j->cx, (size_t)j->dw);
		else if (simple && !high)
			for (int x = 0; x < j->dw; x++)
				dst[x * 2 + j->offset] = src[j->cx + x];
		else if (simple) {
			const uint16_t *s = (const uint16_t *)(const void *)src + j->cx;
			uint16_t *d = (uint16_t *)(void *)dst + j->offset;
			for (int x = 0; x < j->dw; x++)
				d[x * j->step] = (uint16_t)(s[x] << j->shift);
		} else
			for (int x = 0; x < j->dw; x++)
				put(j, x, y, fetch(j, j->cx + x, j->cy + y));
	}
}

// run_plane makes one plane: exact where nothing is scaled, bilinear otherwise, which
// the hardware does in a way of its own.
static void run_plane(const struct plane_job *j) {
	if (j->cw == j->dw && j->ch == j->dh) {
		run_exact(j);
		return;
	}
	for (int y = 0; y < j->dh; y++) {
		double fy = (y + 0.5) * j->ch / j->dh - 0.5;
		int y0 = (int)(fy + 1) - 1;
		double wy = fy - y0;
		for (int x = 0; x < j->dw; x++) {
			double fx = (x + 0.5) * j->cw / j->dw - 0.5;
			int x0 = (int)(fx + 1) - 1;
			double wx = fx - x0, v = 0;
			for (int k = 0; k < 4; k++) {
				int sx = x0 + (k & 1), sy = y0 + (k >> 1);
				sx = MIN(MAX(sx, 0), j->cw - 1), sy = MIN(MAX(sy, 0), j->ch - 1);
				v += fetch(j, j->cx + sx, j->cy + sy) * (k & 1 ? wx : 1 - wx) * (k >> 1 ? wy : 1 - wy);
			}
			put(j, x, y, (unsigned)(v + 0.5));
		}
	}
}

static void fill_plane(uint8_t *dst, unsigned pitch, int w, int h, int bytes, unsigned v) {
	for (int y = 0; y < h; y++)
		for (int x = 0; x < w; x++) {
			uint8_t *row = dst + (size_t)y * pitch;
			if (bytes == 2)
				((uint16_t *)(void *)row)[x] = (uint16_t)v;
			else
				row[x] = (uint8_t)v;
		}
}

void post_process(const struct decoder *d, const struct av_picture *pic, uint8_t *dst, const CUVIDPROCPARAMS *vpp) {
	const CUVIDDECODECREATEINFO *i = &d->info;
	int f = i->OutputFormat, bytes = f == 1 || f == 3 || f == 5 ? 2 : 1, depth = pic && pic->ref ? pic->depth : 8;
	// An odd target is filled up to even sizes.
	int tw = ALIGN((int)i->ulTargetWidth, 2), th = ALIGN((int)i->ulTargetHeight, 2), even = th;
	int semi = f != 2 && f != 3, csx = semi, csy = f == 0 || f == 1;
	uint8_t *chroma = dst + (size_t)d->pitch * (size_t)even;
	if (!pic || !pic->ref) { // nothing decoded yet: black is not what comes out
		fill_plane(dst, d->pitch, tw, th, bytes, 0);
		fill_plane(chroma, d->pitch, semi ? ALIGN(tw, 2) : tw, (int)d->rows - even, bytes, 0);
		return;
	}
	int shift = bytes == 2 ? 16 - depth : 8 - depth;
	int l = i->display_area.left, t = i->display_area.top, r = i->display_area.right, b = i->display_area.bottom;
	if (r <= l || b <= t)
		l = t = 0, r = (int)i->ulWidth, b = (int)i->ulHeight;
	int field = 0;
	if (i->DeinterlaceMode != cudaVideoDeinterlaceMode_Weave && !vpp->progressive_frame && !vpp->unpaired_field)
		field = (vpp->second_field == 1) == !!vpp->top_field_first ? 2 : 1;
	struct plane_job j = {.pic = pic, .plane = 0, .pw = pic->width, .ph = pic->height, .cx = l, .cy = t, .cw = r - l, .ch = b - t, .dw = tw, .dh = th, .dst = dst,
		.pitch = d->pitch, .step = 1, .bytes = bytes, .shift = shift, .field = field};
	// So is an odd source: nothing is scaled then.
	if (j.dw == ALIGN(j.cw, 2) && j.dh == ALIGN(j.ch, 2))
		j.cw = j.dw, j.ch = j.dh;
	int cw0 = j.cw, ch0 = j.ch;
	run_plane(&j);
	int dcw = csx ? (tw + 1) / 2 : tw, dch = csy ? (th + 1) / 2 : th;
	if (pic->gray) {
		fill_plane(chroma, d->pitch, semi ? dcw * 2 : tw, (int)d->rows - even, bytes, bytes == 2 ? 0x8000 : 0x80);
		return;
	}
	for (int c = 1; c < 3; c++) {
		struct plane_job k = {.pic = pic, .plane = c, .pw = (pic->width + (1 << pic->sx) - 1) >> pic->sx, .ph = (pic->height + (1 << pic->sy) - 1) >> pic->sy,
			.cx = l >> pic->sx, .cy = t >> pic->sy, .cw = (cw0 + (1 << pic->sx) - 1) >> pic->sx, .ch = (ch0 + (1 << pic->sy) - 1) >> pic->sy, .dw = dcw, .dh = dch,
			.pitch = d->pitch, .bytes = bytes, .shift = shift, .field = field, .step = semi ? 2 : 1, .offset = semi ? c - 1 : 0};
		k.dst = semi ? chroma : dst + (size_t)d->pitch * (size_t)even * (size_t)c;
		if (csy && !pic->sy) { // only JPEG comes so
			k.vertical = 1;
			k.cy /= 2;
			k.ch = (k.ch + 1) / 2;
		}
		run_plane(&k);
	}
}

// --- the functions

struct post {
	struct decoder d; // as it was
	struct av_picture pic;
	CUVIDPROCPARAMS vpp;
	uint8_t *dst;
	int empty;
};

static void run(void *arg) {
	struct post *p = arg;
	if (p->empty)
		memset(p->dst, 0, p->d.frame_bytes);
	else
		post_process(&p->d, &p->pic, p->dst, &p->vpp);
	if (p->pic.ref)
		av()->unref(p->pic.ref);
	free(p);
}

static void check_params(const char *fn, const CUVIDPROCPARAMS *v) {
	if (v->reserved_flags || v->reserved_zero || v->Reserved1 || !nvsim_zero(v->Reserved, sizeof v->Reserved) || !nvsim_zero(v->Reserved2, sizeof v->Reserved2))
		nvsim_violation(fn, "reserved fields of CUVIDPROCPARAMS are set");
	if (v->raw_input_dptr || v->raw_input_pitch || v->raw_input_format || v->raw_output_dptr || v->raw_output_pitch)
		nvsim_violation(fn, "the raw fields of CUVIDPROCPARAMS are not for us");
	if (v->second_field < 0 || v->second_field > 2)
		nvsim_violation(fn, "second_field is %d", v->second_field);
}

static CUresult map(const char *fn, CUvideodecoder h, int idx, unsigned long long *out, unsigned *pitch, CUVIDPROCPARAMS *v) {
	struct decoder *d = decoder_get(fn, h);
	if (!d)
		return CUDA_ERROR_INVALID_HANDLE;
	if (!out || !pitch || !v || idx < 0 || idx >= (int)d->info.ulNumDecodeSurfaces)
		return BAD;
	check_params(fn, v);
	struct dec_surface *s = &d->surf[idx];
	if (s->slot >= 0) {
		*out = d->out[s->slot].p;
		*pitch = d->pitch;
		return CUDA_ERROR_ALREADY_MAPPED;
	}
	int slot = 0;
	while (slot < (int)d->info.ulNumOutputSurfaces && d->out[slot].surface >= 0)
		slot++;
	if (slot == (int)d->info.ulNumOutputSurfaces) {
		*out = 0;
		return CUDA_ERROR_MAP_FAILED;
	}
	d->out[slot].surface = idx;
	s->slot = slot;
	*out = d->out[slot].p;
	*pitch = d->pitch;
	char note[48];
	snprintf(note, sizeof note, "picture %d of decoder %p", idx, h);
	nvsim_live_add((void *)(uintptr_t)d->out[slot].p, "mapped frame", note);
	if (nvsim_current() != d->ctx)
		return CUDA_ERROR_OUT_OF_MEMORY; // with the slot taken, as in the real one
	if (!nvsim_stream_ok(d->ctx, v->output_stream)) {
		nvsim_violation(fn, "%p is not a live stream", (void *)v->output_stream);
		return CUDA_ERROR_INVALID_HANDLE;
	}
	// VP9's newest pictures may be wanted before their display, ahead of one that is shown
	// again: which of the two the client means, nobody can tell.
	int ahead = d->info.CodecType == cudaVideoCodec_VP9 && d->decodes - s->number < 4;
	if (s->displayed && s->number != s->displayed && !d->in_callback && !ahead)
		nvsim_violation(fn, "picture %d was decoded into again after it was displayed", idx);
	if (s->lost)
		nvsim_violation(fn, "picture %d was lost when the decoder was reconfigured", idx);
	s->asked = 1;
	struct post *p = malloc(sizeof *p);
	p->d = *d;
	p->pic = s->pic;
	if (p->pic.ref)
		p->pic.ref = av()->ref(p->pic.ref);
	p->vpp = *v;
	// On a busy H100, JPEG pictures that were mapped before their status said that they are
	// finished came out empty: mapping does not wait for that engine.
	CUresult empty;
	p->empty = d->info.CodecType == cudaVideoCodec_JPEG && !s->finished && nvsim_fault("unfinished JPEG", &empty);
	p->dst = nvsim_host(d->out[slot].p, d->frame_bytes);
	struct sim_work w = {.fn = fn, .run = run, .arg = p, .naccess = 1, .access = {{d->out[slot].p, d->frame_bytes, 0, 1, 1}}};
	return nvsim_submit(d->ctx, v->output_stream, &w);
}

API(cuvidMapVideoFrame64)(CUvideodecoder h, int idx, unsigned long long *out, unsigned *pitch, CUVIDPROCPARAMS *v) {
	ENTER(0);
	CUresult r = map(__func__, h, idx, out, pitch, v);
	LEAVE(r, "%p,%d,%#llx,%u", h, idx, out ? *out : 0, pitch ? *pitch : 0);
}

static CUresult unmap(const char *fn, CUvideodecoder h, unsigned long long p) {
	struct decoder *d = decoder_get(fn, h);
	if (!d)
		return CUDA_ERROR_INVALID_HANDLE;
	for (int i = 0; i < LEN(d->out); i++)
		if (d->out[i].surface >= 0 && d->out[i].p == p) {
			d->surf[d->out[i].surface].slot = -1;
			d->out[i].surface = -1;
			nvsim_live_del((void *)(uintptr_t)p);
			return OK;
		}
	return CUDA_ERROR_NOT_MAPPED;
}

API(cuvidUnmapVideoFrame64)(CUvideodecoder h, unsigned long long p) {
	ENTER(ANY_STATE);
	LEAVE(unmap(__func__, h, p), "%p,%#llx", h, p);
}

// The names without 64 have 32-bit pointers on 32-bit machines only.
EXPORT CUresult cuvidMapVideoFrame(CUvideodecoder h, int idx, unsigned *out, unsigned *pitch, CUVIDPROCPARAMS *v);
CUresult cuvidMapVideoFrame(CUvideodecoder h, int idx, unsigned *out, unsigned *pitch, CUVIDPROCPARAMS *v) {
	(void)h, (void)idx, (void)out, (void)pitch, (void)v;
	nvsim_violation(__func__, "is for 32-bit programs");
	return CUDA_ERROR_NOT_SUPPORTED;
}

EXPORT CUresult cuvidUnmapVideoFrame(CUvideodecoder h, unsigned p);
CUresult cuvidUnmapVideoFrame(CUvideodecoder h, unsigned p) {
	(void)h, (void)p;
	nvsim_violation(__func__, "is for 32-bit programs");
	return CUDA_ERROR_NOT_SUPPORTED;
}
