package main

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCacheOnce: what many ask for at once is made once.
func TestCacheOnce(t *testing.T) {
	c := newCache[int](10)
	bg := context.Background()
	begun, going := make(chan struct{}), make(chan struct{})
	var made atomic.Int32
	build := func(context.Context) (int, int64, error) {
		if made.Add(1) == 1 {
			close(begun)
		}
		<-going
		return 7, 1, nil
	}
	var all sync.WaitGroup
	ask := func() {
		defer all.Done()
		v, err := c.get(bg, bg, "x", build)
		if v != 7 || err != nil {
			t.Errorf("%v, %v", v, err)
		}
	}
	all.Add(1)
	go ask()
	<-begun
	for range 20 {
		all.Add(1)
		go ask()
	}
	close(going)
	all.Wait()
	require.EqualValues(t, 1, made.Load())
}

// TestCacheBound: what was not used for the longest time goes, so that the costs fit.
func TestCacheBound(t *testing.T) {
	c := newCache[string](10)
	bg := context.Background()
	var made []string
	get := func(key string, cost int64) {
		v, err := c.get(bg, bg, key, func(context.Context) (string, int64, error) {
			made = append(made, key)
			return key, cost, nil
		})
		require.NoError(t, err)
		require.Equal(t, key, v)
		require.LessOrEqual(t, c.sum, int64(10))
	}
	get("a", 4)
	get("b", 4)
	get("a", 4) // used again
	get("c", 4) // b goes
	get("a", 4)
	get("b", 4) // c goes
	get("huge", 11)
	get("huge", 11) // is not kept
	get("a", 4)
	require.Equal(t, []string{"a", "b", "c", "b", "huge", "huge"}, made)
	require.Len(t, c.items, 2)
	bad := errors.New("bad")
	for range 2 {
		_, err := c.get(bg, bg, "bad", func(context.Context) (string, int64, error) {
			made = append(made, "bad")
			return "", 1, bad
		})
		require.ErrorIs(t, err, bad)
	}
	require.Equal(t, []string{"bad", "bad"}, made[6:], "errors are not kept")
}

// TestCacheGone: when all who waited have gone, the making is cancelled, and not before.
func TestCacheGone(t *testing.T) {
	c := newCache[int](10)
	bg := context.Background()
	begun, ended := make(chan struct{}), make(chan error, 1)
	build := func(ctx context.Context) (int, int64, error) {
		close(begun)
		<-ctx.Done()
		ended <- ctx.Err()
		return 0, 0, ctx.Err()
	}
	one, leaveOne := context.WithCancel(bg)
	two, leaveTwo := context.WithCancel(bg)
	gone := make(chan error)
	go func() { _, err := c.get(one, bg, "x", build); gone <- err }()
	<-begun
	go func() { _, err := c.get(two, bg, "x", build); gone <- err }()
	for { // the second one waits, too
		c.mu.Lock()
		n := c.items["x"].wanted
		c.mu.Unlock()
		if n == 2 {
			break
		}
	}
	leaveOne()
	require.ErrorIs(t, <-gone, context.Canceled)
	require.Empty(t, ended)
	leaveTwo()
	require.ErrorIs(t, <-gone, context.Canceled)
	require.ErrorIs(t, <-ended, context.Canceled)
	v, err := c.get(bg, bg, "x", func(context.Context) (int, int64, error) { return 8, 1, nil })
	require.NoError(t, err)
	require.Equal(t, 8, v, "made anew")
}
