package abi

import (
	"os"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// KeepScheduling runs f, a call of C that starts threads, and takes back what it did
// to scheduling. SVT-AV1, run by root, makes the calling thread and all of its own
// real-time threads of the highest priority. Go runs anything on that thread
// afterwards and makes new ones of it, which then starve the rest of the program, and
// of the machine.
func KeepScheduling(f func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before, err := unix.SchedGetAttr(0, 0)
	old := threads()
	f()
	if err != nil || realTime(before) {
		return // unknown, or what the program wants
	}
	self := unix.Gettid()
	for id := range threads() {
		if old[id] && id != self {
			continue
		}
		if a, err := unix.SchedGetAttr(id, 0); err == nil && realTime(a) {
			_ = unix.SchedSetAttr(id, before, 0) // it may have ended
		}
	}
}

func realTime(a *unix.SchedAttr) bool {
	return a.Policy == unix.SCHED_FIFO || a.Policy == unix.SCHED_RR
}

// threads is the set of the process's thread IDs.
func threads() map[int]bool {
	entries, _ := os.ReadDir("/proc/self/task")
	ids := make(map[int]bool, len(entries))
	for _, e := range entries {
		if id, err := strconv.Atoi(e.Name()); err == nil {
			ids[id] = true
		}
	}
	return ids
}
