// Package live counts what must be given back: handles, C allocations, device
// memory. Product code counts, tests compare (testutils.LeakCheck).
package live

import (
	"sync"
	"sync/atomic"
)

// A Kind counts the live objects of one sort. Make one per sort, in a package
// variable:
//
//	var liveStreams = live.NewKind("cuda.Stream")
//
// Add and Done may be called from any goroutine and do not allocate.
type Kind struct {
	name string
	n    atomic.Int64
}

var (
	mu    sync.Mutex
	kinds []*Kind
)

// NewKind makes a counter. The name is "package.Type", once in the program.
func NewKind(name string) *Kind {
	k := &Kind{name: name}
	mu.Lock()
	defer mu.Unlock()
	kinds = append(kinds, k)
	return k
}

// Add counts one object more.
func (k *Kind) Add() { k.n.Add(1) }

// Done counts one object less.
func (k *Kind) Done() { k.n.Add(-1) }

// Count is how many objects of this kind are alive.
func (k *Kind) Count() int64 { return k.n.Load() }

// Snapshot returns all counts by name.
func Snapshot() map[string]int64 {
	mu.Lock()
	defer mu.Unlock()
	m := make(map[string]int64, len(kinds))
	for _, k := range kinds {
		m[k.name] += k.n.Load()
	}
	return m
}
