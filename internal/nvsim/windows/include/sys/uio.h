// Reading memory that may be gone, in this process.
#pragma once
#include <win.h>

struct iovec {
	void *iov_base;
	size_t iov_len;
};

static inline long long process_vm_readv(int pid, const struct iovec *to, int n, const struct iovec *from, int m, int flags) {
	size_t got = 0;
	(void)pid, (void)n, (void)m, (void)flags;
	return ReadProcessMemory(GetCurrentProcess(), from->iov_base, to->iov_base, to->iov_len, &got) ? (long long)got : -1;
}
