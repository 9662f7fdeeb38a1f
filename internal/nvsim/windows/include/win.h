// What is used of Windows. Its own header has names that are NVENC's as well: GUID.
#pragma once
#include <stddef.h>
#include <stdint.h>

#define IMPORT __declspec(dllimport)
IMPORT void *VirtualAlloc(void *at, size_t n, unsigned long how, unsigned long protect);
IMPORT int VirtualFree(void *at, size_t n, unsigned long how);
IMPORT int VirtualProtect(void *at, size_t n, unsigned long protect, unsigned long *old);
IMPORT void *LoadLibraryA(const char *path);
IMPORT void *GetProcAddress(void *lib, const char *name);
IMPORT int GetModuleHandleExA(unsigned long flags, const char *at, void **lib);
IMPORT unsigned long GetModuleFileNameA(void *lib, char *path, unsigned long n);
IMPORT unsigned long GetCurrentThreadId(void);
IMPORT void *GetCurrentProcess(void);
IMPORT int ReadProcessMemory(void *process, const void *at, void *to, size_t n, size_t *got);

enum { MEM_COMMIT = 0x1000, MEM_RESERVE = 0x2000, MEM_DECOMMIT = 0x4000, MEM_RELEASE = 0x8000 };
enum { PAGE_NOACCESS = 1, PAGE_READONLY = 2, PAGE_READWRITE = 4 };

static inline int rand_r(unsigned *seed) { return (int)((*seed = *seed * 1103515245u + 12345u) >> 16 & 0x7fff); }
