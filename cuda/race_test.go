//go:build race

package cuda

// The race detector makes sync.Pool drop what it holds, at random.
const raceEnabled = true
