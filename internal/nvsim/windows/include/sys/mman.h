// mmap and its kin, as far as the simulator uses them: memory is reserved, and committed when
// it is made readable. There is no file behind it, so what is mapped twice is two memories:
// device memory can be read at its mirror only, and kernels cannot run.
#pragma once
#include <fcntl.h>
#include <fcntl.h>
#include <unistd.h>
#include <win.h>

#define PROT_NONE 0
#define PROT_READ 1
#define PROT_WRITE 2
#define MAP_SHARED 0
#define MAP_PRIVATE 0
#define MAP_ANONYMOUS 0
#define MAP_NORESERVE 0
#define MAP_FAILED ((void *)-1)
#define MADV_DONTDUMP 0
#define MADV_DONTNEED 1
#define MADV_REMOVE 1
#define MFD_CLOEXEC 0

static inline void *mmap(void *at, size_t n, int prot, int flags, int fd, long long offset) {
	(void)flags, (void)fd, (void)offset;
	void *p = VirtualAlloc(at, n, MEM_RESERVE | (prot ? MEM_COMMIT : 0), prot ? PAGE_READWRITE : PAGE_NOACCESS);
	return p ? p : MAP_FAILED;
}

static inline int mprotect(void *at, size_t n, int prot) {
	unsigned long old;
	if (prot)
		return VirtualAlloc(at, n, MEM_COMMIT, prot & PROT_WRITE ? PAGE_READWRITE : PAGE_READONLY) ? 0 : -1;
	VirtualProtect(at, n, PAGE_NOACCESS, &old);
	return 0;
}

static inline int munmap(void *at, size_t n) { return (void)n, VirtualFree(at, 0, MEM_RELEASE) ? 0 : -1; }

static inline int madvise(void *at, size_t n, int what) {
	if (what == MADV_DONTNEED)
		VirtualFree(at, n, MEM_DECOMMIT);
	return 0;
}

static inline int memfd_create(const char *name, unsigned flags) { return (void)name, (void)flags, open("NUL", O_RDWR); }
#define ftruncate(fd, n) 0
