package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStatus(t *testing.T) {
	parse := func(args ...string) error {
		fs := Flags("x", "x [-n N]")
		fs.SetOutput(io.Discard)
		fs.Int("n", 1, "a number")
		return Parse(fs, args)
	}
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, OK},
		{parse("-n", "2"), OK},
		{parse("-h"), OK},
		{parse("-n", "two"), Usage},
		{parse("-m"), Usage},
		{fmt.Errorf("x: %w", UsageError("-n %d is too many", 3)), Usage},
		{fmt.Errorf("%w; the 3 frames until then are in x", context.Canceled), Interrupted},
		{context.DeadlineExceeded, Failed},
		{errors.New("x"), Failed},
	} {
		require.Equal(t, c.want, Status(c.err), c.err)
	}
	require.ErrorIs(t, parse("-help"), flag.ErrHelp)
	require.NoError(t, parse("--", "-h"))
}
