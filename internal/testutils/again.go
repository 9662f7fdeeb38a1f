package testutils

import (
	"os"
	"os/exec"
	"strings"
)

// ExecEnv is the environment variable with the words that run a program of the tests'
// target, an emulator's for example; empty for the machine's own.
const ExecEnv = "NVCODEC_TEST_EXEC"

// Again is the command that runs the test program once more.
func Again(args ...string) *exec.Cmd {
	words := append(strings.Fields(os.Getenv(ExecEnv)), os.Args[0])
	return exec.Command(words[0], append(words[1:], args...)...)
}
