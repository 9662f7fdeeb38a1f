package codec

import (
	"fmt"
	"strings"
)

// nvencLevels are the levels of each codec, without ".0".
var nvencLevels = map[ID]string{
	H264: " 1 1b 1.1 1.2 1.3 2 2.1 2.2 3 3.1 3.2 4 4.1 4.2 5 5.1 5.2 6 6.1 6.2 ",
	HEVC: " 1 2 2.1 3 3.1 4 4.1 5 5.1 5.2 6 6.1 6.2 ",
	AV1:  " 2 2.1 2.2 2.3 3 3.1 3.2 3.3 4 4.1 4.2 4.3 5 5.1 5.2 5.3 6 6.1 6.2 6.3 7 7.1 7.2 7.3 ",
}

// nvencLevel reads 4.1 and the like as the number that NVENC has for it.
func nvencLevel(id ID, s string) (uint32, error) {
	name := strings.TrimSuffix(s, ".0")
	if name == "" || strings.Contains(name, " ") || !strings.Contains(nvencLevels[id], " "+name+" ") {
		return 0, fmt.Errorf("%w: Level is %q; %v has%s", ErrArgument, s, id, strings.TrimSuffix(nvencLevels[id], " "))
	}
	if name == "1b" {
		return 9, nil
	}
	x, y := uint32(name[0]-'0'), uint32(0)
	if len(name) == 3 {
		y = uint32(name[2] - '0')
	}
	switch id {
	case HEVC:
		return x*30 + y*3, nil
	case AV1:
		return (x-2)*4 + y, nil
	}
	return x*10 + y, nil
}

// levelName is the reverse.
func levelName(id ID, n int) string {
	x, y := n/10, n%10
	switch {
	case id == HEVC:
		x, y = n/30, n%30/3
	case id == AV1:
		x, y = n/4+2, n%4
	case n == 9:
		return "1b"
	}
	return fmt.Sprintf("%d.%d", x, y)
}

func findProfile(id ID, name string) (nvencProfile, error) {
	var all []string
	for _, p := range nvencProfiles {
		if p.codec != id {
			continue
		}
		for _, n := range p.names {
			if strings.EqualFold(n, name) {
				return p, nil
			}
		}
		all = append(all, p.names[0])
	}
	return nvencProfile{}, fmt.Errorf("%w: Profile is %q; %v has %s", ErrArgument, name, id, strings.Join(all, ", "))
}
