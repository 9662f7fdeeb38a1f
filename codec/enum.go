package codec

import (
	"fmt"
	"strings"
)

func enumName(typ string, names []string, v int) string {
	if v >= 0 && v < len(names) {
		return names[v]
	}
	return fmt.Sprintf("%s(%d)", typ, v)
}

func enumValue(what string, names []string, s string) (int, error) {
	for i, n := range names {
		if strings.EqualFold(n, s) {
			return i, nil
		}
	}
	return 0, fmt.Errorf("%w: %s %q; say %s", ErrArgument, what, s, strings.Join(names, ", "))
}
