// Buffers that the encoder makes: inputs in host memory and outputs. Outside lock and
// unlock their memory cannot be touched: a client that keeps a pointer too long
// faults.
#include "nvenc.h"
#include <sys/mman.h>

#define PAGE ((size_t)4096)
#define MOST ((size_t)64 << 20) // of one output

static uint8_t *reserve(size_t n) {
	void *m = mmap(NULL, ALIGN(n, PAGE) + PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return m == MAP_FAILED ? NULL : m;
}

struct input *input_get(struct session *s, const void *h) {
	for (struct input *i = s->inputs; i; i = i->next)
		if (i == h)
			return i;
	return NULL;
}

struct bitstream *bitstream_get(struct session *s, const void *h) {
	for (struct bitstream *b = s->bitstreams; b; b = b->next)
		if (b == h)
			return b;
	return NULL;
}

static NVENCSTATUS create_input(struct session *s, void *client) {
	struct n_create_input_buffer p;
	NVENCSTATUS e = abi_read("nvEncCreateInputBuffer", s, S_CREATE_INPUT_BUFFER, client, 0, &p);
	if (e)
		return e;
	const struct format *f = format_find(p.bufferFmt);
	if (!f || !caps_format(s, s->codec, p.bufferFmt))
		return enc_error(s, NV_ENC_ERR_INVALID_PARAM, "the format %#x is not supported", p.bufferFmt);
	if (!p.width || !p.height || p.width > 16384 || p.height > 16384)
		return enc_error(s, NV_ENC_ERR_INVALID_PARAM, "%ux%u", p.width, p.height);
	struct input *i = calloc(1, sizeof *i);
	i->s = s;
	i->fmt = p.bufferFmt;
	i->width = p.width, i->height = p.height;
	i->pitch = ALIGN(p.width * (uint32_t)f->bytes, 256u);
	i->bytes = format_size(f, i->pitch, p.height);
	if (!(i->host = reserve(i->bytes)) || nvsim_account(s->ctx, (long)i->bytes)) {
		free(i);
		return NV_ENC_ERR_OUT_OF_MEMORY;
	}
	i->next = s->inputs;
	s->inputs = i;
	nvsim_live_add(i, "encoder input buffer", f->name);
	p.inputBuffer = i;
	abi_write(s, S_CREATE_INPUT_BUFFER, &p, 0, client);
	return NV_ENC_SUCCESS;
}

NVENCSTATUS nvEncCreateInputBuffer(void *encoder, void *params) {
	SESSION(1);
	NVENCSTATUS e = create_input(s, params);
	DONE(e, "%p,%p", encoder, e ? NULL : (void *)s->inputs);
}

static void input_end(struct input *i) {
	munmap(i->host, ALIGN(i->bytes, PAGE) + PAGE);
	nvsim_account(i->s->ctx, -(long)i->bytes);
	nvsim_live_del(i);
	free(i);
}

static struct input *host_input(const char *fn, struct session *s, void *h) {
	struct input *i = input_get(s, h);
	if (i && !i->res)
		return i;
	nvsim_violation(fn, "%p is not an input buffer of this session", h);
	return NULL;
}

NVENCSTATUS nvEncDestroyInputBuffer(void *encoder, void *h) {
	SESSION(1);
	struct input *i = host_input(__func__, s, h);
	if (!i)
		DONE(NV_ENC_ERR_INVALID_PARAM, "%p,%p", encoder, h);
	if (i->locked)
		nvsim_violation(__func__, "input buffer %p is still locked", h);
	for (struct input **p = &s->inputs; *p; p = &(*p)->next)
		if (*p == i) {
			*p = i->next;
			break;
		}
	input_forget(s, i);
	input_end(i);
	DONE(NV_ENC_SUCCESS, "%p,%p", encoder, h);
}

NVENCSTATUS nvEncLockInputBuffer(void *encoder, void *params) {
	SESSION(1);
	struct n_lock_input_buffer p = {0};
	NVENCSTATUS e = abi_read(__func__, s, S_LOCK_INPUT_BUFFER, params, 0, &p);
	struct input *i = e ? NULL : host_input(__func__, s, p.inputBuffer);
	if (e || !i)
		DONE(e ? e : NV_ENC_ERR_INVALID_PARAM, "%p,%p", encoder, p.inputBuffer);
	if (i->locked) {
		nvsim_violation(__func__, "input buffer %p is locked already", p.inputBuffer);
		DONE(enc_error(s, NV_ENC_ERR_INVALID_CALL, "locked already"), "%p,%p", encoder, p.inputBuffer);
	}
	if (i->in_flight)
		nvsim_violation(__func__, "input buffer %p is reused before the output of its picture was locked", p.inputBuffer);
	mprotect(i->host, ALIGN(i->bytes, PAGE), PROT_READ | PROT_WRITE);
	i->locked = 1;
	p.bufferDataPtr = i->host;
	p.pitch = i->pitch;
	abi_write(s, S_LOCK_INPUT_BUFFER, &p, 0, params);
	DONE(NV_ENC_SUCCESS, "%p,%p,pitch %u", encoder, p.inputBuffer, i->pitch);
}

NVENCSTATUS nvEncUnlockInputBuffer(void *encoder, void *h) {
	SESSION(1);
	struct input *i = host_input(__func__, s, h);
	if (!i || !i->locked) {
		if (i)
			nvsim_violation(__func__, "input buffer %p is not locked", h);
		DONE(NV_ENC_ERR_INVALID_PARAM, "%p,%p", encoder, h);
	}
	mprotect(i->host, ALIGN(i->bytes, PAGE), PROT_NONE);
	i->locked = 0;
	DONE(NV_ENC_SUCCESS, "%p,%p", encoder, h);
}

// input_host copies what is in a host buffer.
void input_host(const struct input *i, uint8_t *to) {
	mprotect(i->host, ALIGN(i->bytes, PAGE), PROT_READ | PROT_WRITE);
	memcpy(to, i->host, i->bytes);
	if (!i->locked)
		mprotect(i->host, ALIGN(i->bytes, PAGE), PROT_NONE);
}

// --- outputs

NVENCSTATUS nvEncCreateBitstreamBuffer(void *encoder, void *params) {
	SESSION(1);
	struct n_create_bitstream_buffer p;
	NVENCSTATUS e = abi_read(__func__, s, S_CREATE_BITSTREAM_BUFFER, params, 0, &p);
	if (e)
		DONE(e, "%p", encoder);
	struct bitstream *b = calloc(1, sizeof *b);
	b->s = s;
	b->cap = MOST;
	if (!(b->mem = reserve(MOST))) {
		free(b);
		DONE(NV_ENC_ERR_OUT_OF_MEMORY, "%p", encoder);
	}
	b->next = s->bitstreams;
	s->bitstreams = b;
	nvsim_live_add(b, "encoder output buffer", "");
	p.bitstreamBuffer = b;
	abi_write(s, S_CREATE_BITSTREAM_BUFFER, &p, 0, params);
	DONE(NV_ENC_SUCCESS, "%p,%p", encoder, (void *)b);
}

static void bitstream_end(struct bitstream *b) {
	munmap(b->mem, ALIGN(b->cap, PAGE) + PAGE);
	nvsim_live_del(b);
	free(b);
}

NVENCSTATUS nvEncDestroyBitstreamBuffer(void *encoder, void *h) {
	SESSION(1);
	for (struct bitstream **p = &s->bitstreams; *p; p = &(*p)->next)
		if (*p == h) {
			struct bitstream *b = *p;
			if (b->state == BS_LOCKED)
				nvsim_violation(__func__, "bitstream buffer %p is still locked", h);
			*p = b->next;
			bitstream_end(b);
			DONE(NV_ENC_SUCCESS, "%p,%p", encoder, h);
		}
	nvsim_violation(__func__, "%p is not a bitstream buffer of this session", h);
	DONE(NV_ENC_ERR_INVALID_PARAM, "%p,%p", encoder, h);
}

// bitstream_open shows n bytes to the client; bitstream_close takes them away.
int bitstream_open(struct bitstream *b, const uint8_t *d, size_t n) {
	if (n > b->cap)
		return 0;
	if (n) {
		mprotect(b->mem, ALIGN(n, PAGE), PROT_READ | PROT_WRITE);
		memcpy(b->mem, d, n);
	}
	b->state = BS_LOCKED;
	return 1;
}

void bitstream_close(struct bitstream *b) {
	mprotect(b->mem, b->cap, PROT_NONE);
	madvise(b->mem, b->cap, MADV_DONTNEED);
	b->state = BS_FREE;
}

void buffers_drop(struct session *s) {
	for (struct input *i = s->inputs, *next; i; i = next) {
		next = i->next;
		if (!i->res)
			input_end(i);
	}
	for (struct bitstream *b = s->bitstreams, *next; b; b = next) {
		next = b->next;
		bitstream_end(b);
	}
	s->inputs = NULL;
	s->bitstreams = NULL;
}
