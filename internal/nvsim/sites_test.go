package nvsim

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A site is a place in the simulator's sources that reports a violation.
type site struct {
	file        string
	first, last int // lines of the call
	text        string
	macro       bool // the call is in a macro: its lines are those of the uses
}

// unprovoked are sites that no client can reach, by file and text, with the reason.
var unprovoked = map[string]string{}

var violationCall = regexp.MustCompile(`\bnvsim_violation\(`)

// sites finds all calls of nvsim_violation.
func sites(t *testing.T) (all []site) {
	t.Helper()
	entries, err := csrc.ReadDir("csrc")
	require.NoError(t, err)
	for _, e := range entries {
		b, err := csrc.ReadFile("csrc/" + e.Name())
		require.NoError(t, err)
		src := string(b)
		for _, at := range violationCall.FindAllStringIndex(src, -1) {
			start := strings.LastIndexByte(src[:at[0]], '\n') + 1
			if strings.HasPrefix(src[start:], "#define nvsim_violation") {
				continue
			}
			end, depth, quoted := at[1], 1, false
			for ; depth > 0; end++ {
				switch c := src[end]; {
				case c == '\\' && quoted:
					end++
				case c == '"':
					quoted = !quoted
				case c == '(' && !quoted:
					depth++
				case c == ')' && !quoted:
					depth--
				}
			}
			lines := strings.Split(src[:end], "\n")
			macro := false
			for i := strings.Count(src[:start], "\n"); ; i-- {
				if strings.HasPrefix(lines[i], "#define") {
					macro = true
				}
				if macro || i == 0 || !strings.HasSuffix(lines[i-1], "\\") {
					break
				}
			}
			all = append(all, site{
				file: e.Name(), first: strings.Count(src[:at[0]], "\n") + 1, last: len(lines),
				text: format(src[at[1]:end]), macro: macro,
			})
		}
	}
	return all
}

var stringLit = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// format is the format string among a call's arguments: the second, or what follows
// the first comma.
func format(args string) string {
	_, rest, _ := strings.Cut(args, ",")
	s, err := strconv.Unquote(stringLit.FindString(rest))
	if err != nil {
		return strings.Join(strings.Fields(rest), " ")
	}
	return s
}

var verb = regexp.MustCompile(`%[#-]?[\d.*]*(?:ll|l|z|h)?[a-zA-Z]`)

// reports tells whether a line of NVSIM_SITES, "file:line: name: text", is of this site.
func (s site) reports(line string) bool {
	file, rest, _ := strings.Cut(line, ":")
	at, text, _ := strings.Cut(rest, ": ")
	n, _ := strconv.Atoi(at)
	if file == s.file && n >= s.first && n <= s.last && !s.macro {
		return true
	}
	if !s.macro {
		return false
	}
	var pattern strings.Builder
	last := 0
	for _, v := range verb.FindAllStringIndex(s.text, -1) {
		pattern.WriteString(regexp.QuoteMeta(s.text[last:v[0]]) + ".*")
		last = v[1]
	}
	pattern.WriteString(regexp.QuoteMeta(s.text[last:]))
	ok, _ := regexp.MatchString(": "+pattern.String()+"$", ": "+text)
	return ok
}

// everySite fails for each site that no client of this run has provoked.
func everySite(t *testing.T) {
	t.Helper()
	clients.Lock()
	path := filepath.Join(clientsDir(t), "sites")
	clients.Unlock()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	hits := slices.Compact(slices.Sorted(strings.SplitSeq(strings.TrimSpace(string(b)), "\n")))
	all := sites(t)
	require.Greater(t, len(all), 60)
	excused := map[string]bool{}
	for _, s := range all {
		key := s.file + ": " + s.text
		hit := slices.ContainsFunc(hits, s.reports)
		if unprovoked[key] != "" {
			excused[key] = true
			if hit {
				t.Errorf("%s is provoked: take it out of the list", key)
			}
			continue
		}
		if !hit {
			t.Errorf("no client provokes %s:%d %q", s.file, s.first, s.text)
		}
	}
	for key := range unprovoked {
		if !excused[key] {
			t.Errorf("%s is no site any more", key)
		}
	}
}

var liveCall = regexp.MustCompile(`\bnvsim_live_add\(.*`)

// everyKind fails for a kind of handle that no client leaves alive.
func everyKind(t *testing.T) {
	kinds := 0
	entries, err := csrc.ReadDir("csrc")
	require.NoError(t, err)
	for _, e := range entries {
		b, err := csrc.ReadFile("csrc/" + e.Name())
		require.NoError(t, err)
		for _, call := range liveCall.FindAllString(string(b), -1) {
			_, args, _ := strings.Cut(call, ",")
			args, _, _ = strings.Cut(args, ",") // the note follows
			for _, kind := range stringLit.FindAllString(args, -1) {
				if kind = strings.Trim(kind, `"`); kind == "" {
					continue
				}
				kinds++
				found := false
				for _, list := range ruleClients {
					found = found || slices.ContainsFunc(list, func(r rule) bool {
						return strings.HasPrefix(r.want+" ", "leak: "+kind+" ")
					})
				}
				if !found {
					t.Errorf("no client leaves alive: %s (%s)", kind, e.Name())
				}
			}
		}
	}
	require.Greater(t, kinds, 11)
}
