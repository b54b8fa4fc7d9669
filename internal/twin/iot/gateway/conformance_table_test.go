package gateway_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write docs/mqtt-conformance.md")

// specification is a version of MQTT with its numbered statements.
type specification struct {
	name, appendix string
	numbered       *regexp.Regexp // matches the numbers of statements in the names of tests
	// sections are the sections with normative statements, each with the number of its last one.
	sections []section
	// elsewhere lists statements that cannot be tested on this server, by reason.
	elsewhere map[string][]string
	// differs maps statements that AWS IoT Core, and therefore the gateway, does not follow to the difference.
	differs map[string]string
	unused  string // a number that the specification skips
}

type section struct {
	number string
	last   int
}

var numbered = regexp.MustCompile(`MQTT-(\d+(?:\.\d+)+-\d+)`)

var mqtt5 = specification{
	name: "MQTT 5", appendix: "https://docs.oasis-open.org/mqtt/mqtt/v5.0/os/mqtt-v5.0-os.html#AppendixB", numbered: numbered, unused: "2.2.1-1",
	sections: []section{
		{"1.5.4", 3}, {"1.5.5", 1}, {"1.5.7", 1}, {"2.1.3", 1}, {"2.2.1", 6}, {"2.2.2", 1}, {"3.1.0", 2}, {"3.1.2", 30}, {"3.1.3", 12}, {"3.1.4", 6},
		{"3.2.0", 2}, {"3.2.2", 22}, {"3.3.1", 13}, {"3.3.2", 20}, {"3.3.4", 10}, {"3.4.2", 3}, {"3.5.2", 3}, {"3.6.1", 1}, {"3.6.2", 3}, {"3.7.2", 3},
		{"3.8.1", 1}, {"3.8.3", 5}, {"3.8.4", 8}, {"3.9.2", 2}, {"3.9.3", 2}, {"3.10.1", 1}, {"3.10.3", 2}, {"3.10.4", 6}, {"3.11.2", 2}, {"3.11.3", 2},
		{"3.12.4", 1}, {"3.14.0", 1}, {"3.14.1", 1}, {"3.14.2", 4}, {"3.14.4", 3}, {"3.15.1", 1}, {"3.15.2", 3}, {"4.1.0", 2}, {"4.2", 1},
		{"4.3.1", 1}, {"4.3.2", 5}, {"4.3.3", 13}, {"4.4.0", 2}, {"4.5.0", 2}, {"4.6.0", 6}, {"4.7.0", 1}, {"4.7.1", 2}, {"4.7.2", 1}, {"4.7.3", 4},
		{"4.8.2", 6}, {"4.9.0", 3}, {"4.12.0", 7}, {"4.12.1", 2}, {"4.13.1", 1}, {"4.13.2", 1},
	},
	elsewhere: map[string][]string{
		"binds clients": {"3.1.2-20", "3.1.2-21", "3.1.2-30", "3.2.2-4", "3.2.2-5", "3.2.2-11", "3.2.2-14", "3.2.2-15", "3.2.2-17", "3.2.2-18", "3.2.2-21",
			"3.3.2-9", "3.3.2-10", "3.3.4-7", "3.3.4-8", "4.5.0-2", "4.6.0-1", "4.6.0-2", "4.6.0-3", "4.6.0-4", "4.12.0-3", "4.12.1-1", "2.2.1-2"},
		"QoS 2, which AWS IoT does not have": {"3.5.2-1", "3.5.2-2", "3.5.2-3", "3.6.2-1", "3.6.2-2", "3.6.2-3", "3.7.2-1", "3.7.2-2", "3.7.2-3",
			"4.3.3-1", "4.3.3-2", "4.3.3-3", "4.3.3-4", "4.3.3-5", "4.3.3-6", "4.3.3-7", "4.3.3-8", "4.3.3-9", "4.3.3-10", "4.3.3-11", "4.3.3-12", "4.3.3-13"},
		"enhanced authentication, which AWS IoT does not have":  {"3.15.1-1", "3.15.2-1", "3.15.2-2", "3.15.2-3", "4.12.0-2", "4.12.0-4", "4.12.0-5", "4.12.0-6", "4.12.1-2"},
		"subscription identifiers, which AWS IoT does not have": {"3.3.4-3", "3.3.4-4", "3.3.4-5"},
		"a property that the gateway never sends there":         {"3.1.2-28", "3.1.2-29", "3.2.2-20", "3.4.2-2", "3.4.2-3", "3.9.2-1", "3.9.2-2", "3.11.2-1", "3.11.2-2", "3.14.2-2", "3.14.2-4"},
		"retained messages are offered":                         {"3.2.2-13"},
	},
	differs: map[string]string{
		"3.2.2-10": "a subscription with QoS 2 has no SUBACK",
		"3.2.2-22": "the interval is kept between 30 and 1,200 s, and the client is told",
		"4.7.1-1":  "`sensor/#` does not match `sensor`",
	},
}

var mqtt311 = specification{
	name: "MQTT 3.1.1", appendix: "https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html#_Toc398718142",
	numbered: regexp.MustCompile(`MQTT311-(\d+(?:\.\d+)+-\d+)`),
	sections: []section{
		{"1.5.3", 3}, {"2.2.2", 2}, {"2.3.1", 7}, {"3.1.0", 2}, {"3.1.2", 24}, {"3.1.3", 11}, {"3.1.4", 5}, {"3.2.0", 1}, {"3.2.2", 6},
		{"3.3.1", 12}, {"3.3.2", 3}, {"3.3.4", 1}, {"3.3.5", 2}, {"3.6.1", 1}, {"3.8.1", 1}, {"3.8.3", 4}, {"3.8.4", 6}, {"3.9.3", 2},
		{"3.10.1", 1}, {"3.10.3", 2}, {"3.10.4", 6}, {"3.12.4", 1}, {"3.14.1", 1}, {"3.14.4", 3}, {"4.1.0", 2}, {"4.3.1", 1}, {"4.3.2", 2}, {"4.3.3", 2},
		{"4.4.0", 1}, {"4.5.0", 2}, {"4.6.0", 6}, {"4.7.1", 3}, {"4.7.2", 1}, {"4.7.3", 4}, {"4.8.0", 2}, {"6.0.0", 4}, {"7.0.0", 2}, {"7.1.1", 1}, {"7.1.2", 1},
	},
	elsewhere: map[string][]string{
		"binds clients": {"2.3.1-2", "2.3.1-3", "3.1.2-23", "3.1.3-7", "3.14.4-1", "3.14.4-2", "4.5.0-2", "4.6.0-1", "4.6.0-2", "4.6.0-3", "4.6.0-4",
			"6.0.0-3", "7.1.2-1"},
		"QoS 2, which AWS IoT does not have":      {"4.3.3-1", "4.3.3-2"},
		"filters with wildcards are offered":      {"3.8.3-2"},
		"the gateway connects to no other server": {"7.0.0-1"},
	},
	differs: map[string]string{
		"3.1.2-24": "the interval is kept between 30 and 1,200 s",
		"3.3.1-6":  "a subscription with wildcards gets no retained messages",
		"3.8.4-1":  "a subscription with QoS 2 has no SUBACK",
	},
}

// statementsIn returns the numbers of the statements that the text names.
func statementsIn(text string, numbered *regexp.Regexp) []string {
	var out []string
	for _, m := range numbered.FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	return out
}

// tested maps the number of each statement to the test file that names it.
func tested(t *testing.T, numbered *regexp.Regexp) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, pattern := range []string{"*_test.go", "../mqtt/packet/*_test.go", "../mqtt/broker/*_test.go"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			for _, s := range statementsIn(string(text), numbered) {
				if _, ok := out[s]; !ok {
					out[s] = filepath.Base(file)
				}
			}
		}
	}
	return out
}

// testedIn311 returns the checks of MQTT 5 that also run with MQTT 3.1.1.
func testedIn311(t *testing.T) map[string]string {
	t.Helper()
	out := tested(t, mqtt311.numbered)
	for name := range statements {
		for _, s := range statementsIn(name, numbered) {
			for _, same := range alsoIn311[s] {
				out[same] = "conformance_test.go"
			}
		}
	}
	return out
}

// TestConformancePageIsCurrent compares docs/mqtt-conformance.md with the tests. "go test -run ConformancePage -update" rewrites the page.
func TestConformancePageIsCurrent(t *testing.T) {
	const page = "../../../../docs/mqtt-conformance.md"
	want := conformanceHead + mqtt5.table(t, tested(t, mqtt5.numbered)) + mqtt311.table(t, testedIn311(t))
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(want), 0o644))
	}
	got, err := os.ReadFile(page)
	require.NoError(t, err)
	require.Equal(t, want, string(got), "go test ./internal/twin/iot/gateway -run ConformancePage -update writes it")
}

// table renders a row for each statement. A statement with neither test nor reason fails.
func (s specification) table(t *testing.T, by map[string]string) string {
	t.Helper()
	reasons := map[string]string{}
	for reason, list := range s.elsewhere {
		for _, n := range list {
			reasons[n] = reason
		}
	}
	var rows strings.Builder
	var all, covered, away, apart int
	for _, section := range s.sections {
		for i := 1; i <= section.last; i++ {
			n := section.number + "-" + strconv.Itoa(i)
			if n == s.unused {
				continue
			}
			all++
			text := ""
			switch {
			case s.differs[n] != "":
				apart++
				text = "as AWS IoT differs: " + s.differs[n]
			case reasons[n] != "":
				away++
				text = reasons[n]
			case by[n] != "":
				covered++
				text = "`" + by[n] + "`"
			default:
				t.Errorf("%s: no test names statement %s, and there is no reason why it needs none", s.name, n)
			}
			fmt.Fprintf(&rows, "| %s | %s |\n", n, text)
		}
	}
	return fmt.Sprintf(tableHead, s.name, s.appendix, all, covered, apart, away) + rows.String()
}

const conformanceHead = `# The device gateway and the normative statements of MQTT

Written by ` + "`go test ./internal/twin/iot/gateway -run ConformancePage -update`" + `. The tests are in
` + "`internal/twin/iot/gateway` and `internal/twin/iot/mqtt`; `make conformance`" + ` runs them, the slow ones included. A statement of MQTT 3.1.1 that
MQTT 5 has too is held by the same test, with both versions.
`

const tableHead = `
## %s

The numbers are those of [appendix B](%s).
Of %d statements %d are held by a test, in %d the gateway departs from them as AWS IoT Core does, and %d do not apply.

| statement | held by |
|---|---|
`
