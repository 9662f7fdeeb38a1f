package layout

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

// A mapping is one layout.map.
type mapping struct {
	goldens []string
	structs []*structMap
}

type structMap struct {
	golden string // file
	c, goN string // goN is "-" for a struct that we do not have
	fields map[string]string
	used   map[string]bool
	line   int
}

func readMap(path string) (*mapping, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m := new(mapping)
	var golden string
	sc := bufio.NewScanner(f)
	for n := 1; sc.Scan(); n++ {
		line, _, _ := strings.Cut(sc.Text(), "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if len(words) != 2 {
			return nil, fmt.Errorf("%s:%d: want two words", path, n)
		}
		indented := line[0] == ' ' || line[0] == '\t'
		switch {
		case indented && len(m.structs) == 0:
			return nil, fmt.Errorf("%s:%d: a field outside of a struct", path, n)
		case indented:
			m.structs[len(m.structs)-1].fields[words[0]] = words[1]
		case words[0] == "golden":
			golden = words[1]
			m.goldens = append(m.goldens, golden)
		case golden == "":
			return nil, fmt.Errorf("%s:%d: a struct before the first golden", path, n)
		default:
			m.structs = append(m.structs, &structMap{golden: golden, c: words[0], goN: words[1], fields: map[string]string{}, used: map[string]bool{}, line: n})
		}
	}
	return m, sc.Err()
}
