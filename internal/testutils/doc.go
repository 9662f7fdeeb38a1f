// Package testutils is what the tests of all packages share. Only tests import it.
//
// A test that needs what the machine may lack asks for it first:
//
//	testutils.FFmpeg(t)            // or GPU, Sim, Driver, Media, CC
//
// which skips the test with its reason, or fails it when the environment says that
// the thing must be there: REQUIRE_FFMPEG=1, REQUIRE_GPU=1, REQUIRE_SIM=1,
// REQUIRE_MEDIA=1, REQUIRE_CC=1. Nothing else in the repository calls t.Skip.
// Whether a thing is there is told from the machine, never from whether our own
// code could load it: a loader that is broken fails its tests.
package testutils
