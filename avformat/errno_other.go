//go:build !windows

package avformat

const errNoSys = Code(-38)
