//go:build !race

package codec

// The race detector makes sync.Pool drop what it holds, at random.
const raceEnabled = false
