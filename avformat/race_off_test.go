//go:build !race

package avformat

const raceEnabled = false
