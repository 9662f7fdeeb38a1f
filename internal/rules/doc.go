// Package rules has no code, only tests: what holds for the repository as a whole.
// Which package may import which, where unsafe and skips are allowed, and what
// go.mod may require.
package rules
