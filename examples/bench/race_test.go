//go:build race

package main

// raceEnabled: the detector allocates, and makes sync.Pool forget at random.
const raceEnabled = true
