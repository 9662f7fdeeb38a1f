// Device memory of the client as input: registered once, mapped for each picture.
#include "nvenc.h"

struct resource *resource_get(struct session *s, const void *h) {
	for (struct resource *r = s->resources; r; r = r->next)
		if (r == h)
			return r;
	return NULL;
}

static NVENCSTATUS add(const char *fn, struct session *s, void *client) {
	struct n_register_resource p;
	NVENCSTATUS e = abi_read(fn, s, S_REGISTER_RESOURCE, client, 0, &p);
	if (e)
		return e;
	if (p.resourceType != NV_ENC_INPUT_RESOURCE_TYPE_CUDADEVICEPTR && p.resourceType != NV_ENC_INPUT_RESOURCE_TYPE_CUDAARRAY)
		return enc_error(s, NV_ENC_ERR_UNSUPPORTED_PARAM, "only device pointers and arrays are simulated, not resources of type %u", p.resourceType);
	if (p.bufferUsage != NV_ENC_INPUT_IMAGE || p.pInputFencePoint || p.subResourceIndex)
		return enc_error(s, NV_ENC_ERR_UNSUPPORTED_PARAM, "bufferUsage is %u", p.bufferUsage);
	if (!p.resourceToRegister)
		return enc_error(s, NV_ENC_ERR_INVALID_PTR, "no resource");
	const struct format *f = format_find(p.bufferFormat);
	if (!f || !caps_format(s, s->codec, p.bufferFormat))
		return enc_error(s, NV_ENC_ERR_INVALID_PARAM, "the format %#x is not supported", p.bufferFormat);
	if (!p.width || !p.height || p.pitch % 4 || p.pitch < p.width * (uint32_t)f->bytes)
		return enc_error(s, NV_ENC_ERR_INVALID_PARAM, "%ux%u, pitch %u", p.width, p.height, p.pitch);
	if ((p.chromaOffsetIn[0] || p.chromaOffsetIn[1]) && (f->planes == 1 || (f->planes == 2 && p.chromaOffsetIn[1])))
		return enc_error(s, NV_ENC_ERR_INVALID_PARAM, "a chroma offset for %s", f->name);
	CUdeviceptr d = (CUdeviceptr)(uintptr_t)p.resourceToRegister;
	size_t pitch = p.pitch;
	if (p.resourceType == NV_ENC_INPUT_RESOURCE_TYPE_CUDAARRAY) {
		// All planes lie in one array, one below the other; pitch is what a row holds.
		size_t width, height;
		if (!nvsim_array(p.resourceToRegister, &d, &pitch, &width, &height)) {
			nvsim_violation(fn, "%p is not a live array", p.resourceToRegister);
			return enc_error(s, NV_ENC_ERR_RESOURCE_REGISTER_FAILED, "not an array");
		}
		if (p.pitch > width || format_size(f, (uint32_t)pitch, p.height) > pitch * height || p.chromaOffsetIn[0])
			return enc_error(s, NV_ENC_ERR_RESOURCE_REGISTER_FAILED, "an array of %zu bytes x %zu rows is too small for %ux%u", width, height, p.width, p.height);
	}
	CUcontext owner = nvsim_owner(d);
	if (owner && owner != s->ctx) {
		nvsim_violation(fn, "the memory is another context's");
		return enc_error(s, NV_ENC_ERR_RESOURCE_REGISTER_FAILED, "the memory is another context's");
	}
	struct resource *r = calloc(1, sizeof *r);
	*r = (struct resource){.s = s, .p = d, .fmt = p.bufferFormat, .width = p.width, .height = p.height, .pitch = (uint32_t)pitch};
	r->bytes = format_size(f, r->pitch, p.height);
	r->chroma[0] = p.chromaOffsetIn[0] ? p.chromaOffsetIn[0] : pitch * p.height;
	format_planes(f, r);
	if (!nvsim_host(d, r->bytes)) {
		nvsim_violation(fn, "%zu bytes from %#llx are not inside one allocation", r->bytes, d);
		free(r);
		return enc_error(s, NV_ENC_ERR_RESOURCE_REGISTER_FAILED, "the memory is too small");
	}
	r->next = s->resources;
	s->resources = r;
	char note[64];
	snprintf(note, sizeof note, "%s %ux%u", f->name, r->width, r->height);
	nvsim_live_add(r, "registered resource", note);
	p.registeredResource = r;
	abi_write(s, S_REGISTER_RESOURCE, &p, 0, client);
	return NV_ENC_SUCCESS;
}

NVENCSTATUS nvEncRegisterResource(void *encoder, void *params) {
	SESSION(1);
	NVENCSTATUS e = add(__func__, s, params);
	DONE(e, "%p,%p", encoder, e ? NULL : (void *)s->resources);
}

static void unmap(struct session *s, struct resource *r) {
	struct input *i = r->mapped;
	for (struct input **p = &s->inputs; *p; p = &(*p)->next)
		if (*p == i) {
			*p = i->next;
			break;
		}
	input_forget(s, i);
	nvsim_live_del(i);
	free(i);
	r->mapped = NULL;
}

static void resource_end(struct session *s, struct resource *r) {
	if (r->mapped)
		unmap(s, r);
	for (struct resource **p = &s->resources; *p; p = &(*p)->next)
		if (*p == r) {
			*p = r->next;
			break;
		}
	nvsim_live_del(r);
	free(r);
}

NVENCSTATUS nvEncUnregisterResource(void *encoder, void *h) {
	SESSION(1);
	struct resource *r = resource_get(s, h);
	if (!r) {
		nvsim_violation(__func__, "%p is not a registered resource", h);
		DONE(NV_ENC_ERR_RESOURCE_NOT_REGISTERED, "%p,%p", encoder, h);
	}
	if (r->mapped)
		nvsim_violation(__func__, "resource %p is still mapped", h);
	resource_end(s, r);
	DONE(NV_ENC_SUCCESS, "%p,%p", encoder, h);
}

static NVENCSTATUS map(const char *fn, struct session *s, void *client, struct input **out) {
	struct n_map_input_resource p;
	NVENCSTATUS e = abi_read(fn, s, S_MAP_INPUT_RESOURCE, client, 0, &p);
	if (e)
		return e;
	struct resource *r = resource_get(s, p.registeredResource);
	if (!r) {
		nvsim_violation(fn, "%p is not a registered resource", p.registeredResource);
		return enc_error(s, NV_ENC_ERR_RESOURCE_NOT_REGISTERED, "not a registered resource");
	}
	if (r->mapped) {
		nvsim_violation(fn, "resource %p is mapped already", (void *)r);
		return enc_error(s, NV_ENC_ERR_MAP_FAILED, "the resource is mapped already");
	}
	if (!nvsim_host(r->p, r->bytes)) {
		nvsim_violation(fn, "the memory of resource %p was freed", (void *)r);
		return enc_error(s, NV_ENC_ERR_MAP_FAILED, "the memory was freed");
	}
	struct input *i = calloc(1, sizeof *i);
	*i = (struct input){.s = s, .res = r, .fmt = r->fmt, .width = r->width, .height = r->height, .pitch = r->pitch, .next = s->inputs};
	s->inputs = r->mapped = i;
	nvsim_live_add(i, "mapped resource", "");
	p.mappedResource = *out = i;
	p.mappedBufferFmt = r->fmt;
	abi_write(s, S_MAP_INPUT_RESOURCE, &p, 0, client);
	return NV_ENC_SUCCESS;
}

NVENCSTATUS nvEncMapInputResource(void *encoder, void *params) {
	SESSION(1);
	struct input *i = NULL;
	NVENCSTATUS e = map(__func__, s, params, &i);
	DONE(e, "%p,%p", encoder, (void *)i);
}

NVENCSTATUS nvEncUnmapInputResource(void *encoder, void *h) {
	SESSION(1);
	struct input *i = input_get(s, h);
	if (!i || !i->res) {
		nvsim_violation(__func__, "%p is not mapped", h);
		DONE(NV_ENC_ERR_RESOURCE_NOT_MAPPED, "%p,%p", encoder, h);
	}
	unmap(s, i->res);
	DONE(NV_ENC_SUCCESS, "%p,%p", encoder, h);
}

void resources_drop(struct session *s) {
	while (s->resources)
		resource_end(s, s->resources);
}

// --- order

// The driver reads the handles where the client keeps them. They must stay there.
NVENCSTATUS nvEncSetIOCudaStreams(void *encoder, void *in, void *out) {
	SESSION(1);
	if (!in && !out)
		DONE(NV_ENC_ERR_INVALID_PTR, "%p", encoder);
	CUstream *p[] = {in, out};
	for (int i = 0; i < 2; i++)
		if (p[i] && !nvsim_stream_ok(s->ctx, *p[i])) {
			nvsim_violation(__func__, "%p is not a live stream", (void *)*p[i]);
			DONE(NV_ENC_ERR_INVALID_PARAM, "%p", encoder);
		}
	s->io_in = in, s->io_out = out;
	s->in_stream = in ? *p[0] : NULL;
	s->out_stream = out ? *p[1] : NULL;
	DONE(NV_ENC_SUCCESS, "%p,%p,%p", encoder, (void *)s->in_stream, (void *)s->out_stream);
}
