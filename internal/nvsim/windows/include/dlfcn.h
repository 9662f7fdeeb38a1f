// dlopen and its kin, as far as the simulator uses them.
#pragma once
#include "win.h"

#define RTLD_NOW 0
#define RTLD_LOCAL 0
#define RTLD_NOLOAD 0
#define RTLD_DEEPBIND 0 // on Windows it is always so

typedef struct {
	char dli_fname[260];
} Dl_info;

static inline void *dlopen(const char *path, int flags) { return (void)flags, LoadLibraryA(path); }
static inline void *dlsym(void *lib, const char *name) { return GetProcAddress(lib, name); }
static inline const char *dlerror(void) { return "LoadLibrary failed"; }

// The path comes with slashes, which Windows takes as well.
static inline int dladdr(void *p, Dl_info *i) {
	void *m;
	// by address, without a reference
	if (!GetModuleHandleExA(4 | 2, (const char *)p, &m))
		return 0;
	GetModuleFileNameA(m, i->dli_fname, sizeof i->dli_fname);
	for (char *c = i->dli_fname; *c; c++)
		if (*c == '\\')
			*c = '/';
	return 1;
}
