// CUDA arrays of one or two dimensions: memory without an address for the client, which
// copies reach and the encoder reads.
#include "cuda_int.h"

struct CUarray_st {
	CUDA_ARRAY_DESCRIPTOR d;
	CUdeviceptr p;
	size_t width, pitch, height; // bytes, bytes, rows
	struct CUarray_st *next;
};

static struct CUarray_st *arrays;

static struct CUarray_st *find(CUarray h) {
	struct CUarray_st *a = arrays;
	while (a && a != h)
		a = a->next;
	return a && nvsim_host(a->p, a->pitch * a->height) ? a : NULL; // a context takes its arrays along
}

int nvsim_array(const void *h, CUdeviceptr *p, size_t *pitch, size_t *width, size_t *height) {
	nvsim_lock();
	struct CUarray_st *a = find((CUarray)(uintptr_t)h);
	if (a)
		*p = a->p, *pitch = a->pitch, *width = a->width, *height = a->height;
	nvsim_unlock();
	return a != NULL;
}

static size_t element(CUarray_format f) {
	switch (f) {
	case CU_AD_FORMAT_UNSIGNED_INT8:
	case CU_AD_FORMAT_SIGNED_INT8: return 1;
	case CU_AD_FORMAT_UNSIGNED_INT16:
	case CU_AD_FORMAT_SIGNED_INT16:
	case CU_AD_FORMAT_HALF: return 2;
	case CU_AD_FORMAT_UNSIGNED_INT32:
	case CU_AD_FORMAT_SIGNED_INT32:
	case CU_AD_FORMAT_FLOAT: return 4;
	default: return 0;
	}
}

static CUresult create(const char *fn, CUarray *out, const CUDA_ARRAY_DESCRIPTOR *d) {
	size_t bytes = element(d->Format) * d->NumChannels;
	struct alloc *m;
	if (!out || !d->Width || !bytes || (d->NumChannels != 1 && d->NumChannels != 2 && d->NumChannels != 4))
		return BAD;
	struct CUarray_st *a = calloc(1, sizeof *a);
	a->d = *d;
	a->width = d->Width * bytes;
	a->pitch = ALIGN(a->width, (size_t)64);
	a->height = MAX(d->Height, (size_t)1);
	nvsim_lock();
	CUresult r = alloc_new(nvsim_current(), a->pitch * a->height, fn, 1, &m);
	if (r == OK) {
		a->p = m->start;
		a->next = arrays;
		*out = arrays = a;
	}
	nvsim_unlock();
	if (r != OK)
		free(a);
	return r;
}

API(cuArrayCreate_v2)(CUarray *out, const CUDA_ARRAY_DESCRIPTOR *d) {
	ENTER(NEED_CTX);
	CUresult r = d ? create(__func__, out, d) : BAD;
	LEAVE(r, "%p,%zux%zu", out && !r ? (void *)*out : NULL, d ? d->Width : 0, d ? d->Height : 0);
}

API(cuArray3DCreate_v2)(CUarray *out, const CUDA_ARRAY3D_DESCRIPTOR *d) {
	ENTER(NEED_CTX);
	CUresult r = BAD;
	if (d && d->Depth) // layers and volumes
		r = CUDA_ERROR_NOT_SUPPORTED;
	else if (d)
		r = create(__func__, out, &(CUDA_ARRAY_DESCRIPTOR){.Width = d->Width, .Height = d->Height, .Format = d->Format, .NumChannels = d->NumChannels});
	LEAVE(r, "%p,%zux%zu", out && !r ? (void *)*out : NULL, d ? d->Width : 0, d ? d->Height : 0);
}

API(cuArrayGetDescriptor_v2)(CUDA_ARRAY_DESCRIPTOR *out, CUarray h) {
	ENTER(NEED_CTX);
	nvsim_lock();
	struct CUarray_st *a = find(h);
	if (a && out)
		*out = a->d;
	nvsim_unlock();
	LEAVE(!a ? CUDA_ERROR_INVALID_HANDLE : out ? OK : BAD, "%p", (void *)h);
}

API(cuArrayDestroy)(CUarray h) {
	ENTER(NEED_CTX);
	nvsim_lock();
	struct CUarray_st *a = find(h);
	CUdeviceptr p = a ? a->p : 0;
	for (struct CUarray_st **k = &arrays; a && *k; k = &(*k)->next)
		if (*k == a) {
			*k = a->next;
			break;
		}
	nvsim_unlock();
	if (!a) {
		nvsim_violation(__func__, "%p is not a live array", (void *)h);
		LEAVE(CUDA_ERROR_INVALID_HANDLE, "%p", (void *)h);
	}
	nvsim_free(p);
	free(a);
	LEAVE(OK, "%p", (void *)h);
}
