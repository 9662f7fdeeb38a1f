//go:build !linux

package avformat

func keepScheduling(f func()) { f() }
