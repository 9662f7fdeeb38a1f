// The number of the thread.
#pragma once
#include <win.h>

#define SYS_gettid 0
#define syscall(n) ((long)GetCurrentThreadId())
