package main

import (
	"container/list"
	"context"
	"sync"
)

// A cache keeps what was made last, up to a sum of costs. What is asked for while it is
// made is made once; when everybody who asked has gone, its making is cancelled.
//
// Any goroutine may use it.
type cache[V any] struct {
	most int64

	mu    sync.Mutex
	sum   int64
	items map[string]*item[V]
	used  *list.List // of *item, those that are ready, the last used in front
}

type item[V any] struct {
	key    string
	ready  chan struct{} // closed when value and err are there
	value  V
	err    error
	cost   int64
	wanted int // by how many, while it is made
	cancel context.CancelFunc
	place  *list.Element
}

func newCache[V any](most int64) *cache[V] {
	return &cache[V]{most: most, items: map[string]*item[V]{}, used: list.New()}
}

// get returns the value of key, from build if there is none, which returns its cost too.
// build runs on a goroutine of its own, with a context that ends when nobody waits any
// more; base bounds it. Errors are not kept.
func (c *cache[V]) get(ctx, base context.Context, key string, build func(context.Context) (V, int64, error)) (V, error) {
	c.mu.Lock()
	it, ok := c.items[key]
	if ok && it.place != nil {
		c.used.MoveToFront(it.place)
		c.mu.Unlock()
		return it.value, nil
	}
	if !ok {
		it = &item[V]{key: key, ready: make(chan struct{})}
		var run context.Context
		run, it.cancel = context.WithCancel(base)
		c.items[key] = it
		go func() {
			v, cost, err := build(run)
			c.done(it, v, cost, err)
		}()
	}
	it.wanted++
	c.mu.Unlock()
	select {
	case <-it.ready:
		return it.value, it.err
	case <-ctx.Done():
		c.leave(it)
		var none V
		return none, context.Cause(ctx)
	}
}

// leave says that one of those who wait has gone.
func (c *cache[V]) leave(it *item[V]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if it.wanted--; it.wanted > 0 || it.place != nil {
		return
	}
	it.cancel()
	if c.items[it.key] == it {
		delete(c.items, it.key) // who comes now begins anew
	}
}

func (c *cache[V]) done(it *item[V], v V, cost int64, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	it.cancel()
	it.value, it.err, it.cost = v, err, cost
	close(it.ready)
	if c.items[it.key] != it {
		return
	}
	if err != nil || cost > c.most {
		delete(c.items, it.key)
		return
	}
	it.place = c.used.PushFront(it)
	for c.sum += cost; c.sum > c.most; {
		old := c.used.Remove(c.used.Back()).(*item[V])
		c.sum -= old.cost
		delete(c.items, old.key)
	}
}

// drop forgets everything that is ready.
func (c *cache[V]) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for ; c.used.Len() > 0; c.sum = 0 {
		old := c.used.Remove(c.used.Front()).(*item[V])
		delete(c.items, old.key)
	}
}
