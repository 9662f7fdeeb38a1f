package codec

import (
	"fmt"
	"sync"
)

// A DamageError counts the damage of a stream and tells the first.
type DamageError struct {
	Count int   // packets or pictures that were damaged
	First error // an *Error
}

// Error returns "12 damaged pictures; the first: ...".
func (e *DamageError) Error() string {
	if e.Count == 1 {
		return e.First.Error()
	}
	return fmt.Sprintf("%d damaged pictures; the first: %v", e.Count, e.First)
}

// Unwrap returns the first, so that errors.Is(err, ErrCorrupt) is true.
func (e *DamageError) Unwrap() error { return e.First }

type damage struct {
	mu sync.Mutex
	e  DamageError
}

func (d *damage) add(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.e.Count == 0 {
		d.e.First = err
	}
	d.e.Count++
}

func (d *damage) get() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.e.Count == 0 {
		return nil
	}
	e := d.e
	return &e
}

func (d *damage) take() error {
	err := d.get()
	d.mu.Lock()
	d.e = DamageError{}
	d.mu.Unlock()
	return err
}

// restore puts back what take gave.
func (d *damage) restore(e *DamageError) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.e.Count == 0 {
		d.e.First = e.First
	}
	d.e.Count += e.Count
}
