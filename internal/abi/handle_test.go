package abi

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTable(t *testing.T) {
	var table Table[int]
	one, two := 1, 2
	require.Nil(t, table.Get(0))
	require.Nil(t, table.Get(12345))
	require.Nil(t, table.Get(^Handle(0)))
	table.Delete(0)
	table.Delete(^Handle(0))

	a := table.Put(&one)
	require.NotZero(t, a)
	require.Same(t, &one, table.Get(a))
	table.Delete(a)
	require.Nil(t, table.Get(a))
	table.Delete(a) // twice is fine, and does not free the index twice
	b, c := table.Put(&two), table.Put(&one)
	require.Equal(t, a&indexMask, b&indexMask, "the index is used again")
	require.NotEqual(t, b&indexMask, c&indexMask)
	require.Nil(t, table.Get(a), "with another generation")
	require.Same(t, &two, table.Get(b))
	require.Same(t, &one, table.Get(c))
}

func TestTableFull(t *testing.T) {
	var table Table[int]
	v := new(int)
	seen := map[Handle]bool{}
	var h Handle
	for range indexMask {
		h = table.Put(v)
		require.False(t, seen[h])
		seen[h] = true
	}
	require.Panics(t, func() { table.Put(v) })
	table.Delete(h)
	require.Same(t, v, table.Get(table.Put(v)), "the panic let the lock go")
}

func TestTableLetsGo(t *testing.T) {
	var table Table[[64]int]
	gone := make(chan bool, 1)
	v := new([64]int)
	runtime.AddCleanup(v, func(int) { gone <- true }, 0)
	h := table.Put(v)
	runtime.GC()
	require.Same(t, v, table.Get(h))
	table.Delete(h) // the last reference
	require.Eventually(t, func() bool { runtime.GC(); return len(gone) == 1 }, 5*time.Second, time.Millisecond)
}

func TestTableConcurrent(t *testing.T) {
	var table Table[int]
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 2000 {
				h := table.Put(&i)
				if table.Get(h) != &i {
					t.Error("not the object that was put")
				}
				table.Delete(h)
				if table.Get(h) != nil {
					t.Error("alive after Delete")
				}
			}
		})
	}
	wg.Wait()
	h := table.Put(new(int))
	require.Zero(t, testing.AllocsPerRun(100, func() { table.Get(h) }))
}
