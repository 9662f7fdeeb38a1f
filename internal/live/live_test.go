package live

import (
	"sync"
	"testing"
)

func TestKind(t *testing.T) {
	k := NewKind("live.test")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 1000 {
				k.Add()
				k.Done()
			}
			k.Add()
		})
	}
	wg.Wait()
	if k.Count() != 8 || Snapshot()["live.test"] != 8 {
		t.Fatal(k.Count(), Snapshot())
	}
	if a := testing.AllocsPerRun(100, func() { k.Add(); k.Done() }); a != 0 {
		t.Fatalf("%v allocations", a)
	}
}
