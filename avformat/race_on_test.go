//go:build race

package avformat

// The race detector drops items of sync.Pool at random, so that nothing can be said
// about allocations.
const raceEnabled = true
