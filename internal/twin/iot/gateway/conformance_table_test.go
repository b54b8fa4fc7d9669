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

// sections are the sections of MQTT 5 that have normative statements, with the number of their last one. 2.2.1-1 is not used.
var sections = []struct {
	number string
	last   int
}{
	{"1.5.4", 3}, {"1.5.5", 1}, {"1.5.7", 1}, {"2.1.3", 1}, {"2.2.1", 6}, {"2.2.2", 1}, {"3.1.0", 2}, {"3.1.2", 30}, {"3.1.3", 12}, {"3.1.4", 6},
	{"3.2.0", 2}, {"3.2.2", 22}, {"3.3.1", 13}, {"3.3.2", 20}, {"3.3.4", 10}, {"3.4.2", 3}, {"3.5.2", 3}, {"3.6.1", 1}, {"3.6.2", 3}, {"3.7.2", 3},
	{"3.8.1", 1}, {"3.8.3", 5}, {"3.8.4", 8}, {"3.9.2", 2}, {"3.9.3", 2}, {"3.10.1", 1}, {"3.10.3", 2}, {"3.10.4", 6}, {"3.11.2", 2}, {"3.11.3", 2},
	{"3.12.4", 1}, {"3.14.0", 1}, {"3.14.1", 1}, {"3.14.2", 4}, {"3.14.4", 3}, {"3.15.1", 1}, {"3.15.2", 3}, {"4.1.0", 2}, {"4.2", 1},
	{"4.3.1", 1}, {"4.3.2", 5}, {"4.3.3", 13}, {"4.4.0", 2}, {"4.5.0", 2}, {"4.6.0", 6}, {"4.7.0", 1}, {"4.7.1", 2}, {"4.7.2", 1}, {"4.7.3", 4},
	{"4.8.2", 6}, {"4.9.0", 3}, {"4.12.0", 7}, {"4.12.1", 2}, {"4.13.1", 1}, {"4.13.2", 1},
}

// elsewhere are statements that no test can hold of this server, with the reason.
var elsewhere = map[string][]string{
	"binds clients": {"3.1.2-20", "3.1.2-21", "3.1.2-30", "3.2.2-4", "3.2.2-5", "3.2.2-11", "3.2.2-14", "3.2.2-15", "3.2.2-17", "3.2.2-18", "3.2.2-21",
		"3.3.2-9", "3.3.2-10", "3.3.4-7", "3.3.4-8", "4.5.0-2", "4.6.0-1", "4.6.0-2", "4.6.0-3", "4.6.0-4", "4.12.0-3", "4.12.1-1", "2.2.1-2"},
	"QoS 2, which AWS IoT does not have": {"3.5.2-1", "3.5.2-2", "3.5.2-3", "3.6.2-1", "3.6.2-2", "3.6.2-3", "3.7.2-1", "3.7.2-2", "3.7.2-3",
		"4.3.3-1", "4.3.3-2", "4.3.3-3", "4.3.3-4", "4.3.3-5", "4.3.3-6", "4.3.3-7", "4.3.3-8", "4.3.3-9", "4.3.3-10", "4.3.3-11", "4.3.3-12", "4.3.3-13"},
	"enhanced authentication, which AWS IoT does not have":  {"3.15.1-1", "3.15.2-1", "3.15.2-2", "3.15.2-3", "4.12.0-2", "4.12.0-4", "4.12.0-5", "4.12.0-6", "4.12.1-2"},
	"subscription identifiers, which AWS IoT does not have": {"3.3.4-3", "3.3.4-4", "3.3.4-5"},
	"a property that the gateway never sends there":         {"3.1.2-28", "3.1.2-29", "3.2.2-20", "3.4.2-2", "3.4.2-3", "3.9.2-1", "3.9.2-2", "3.11.2-1", "3.11.2-2", "3.14.2-2", "3.14.2-4"},
	"retained messages are offered":                         {"3.2.2-13"},
}

// differs are statements that AWS IoT Core departs from, and the gateway with it.
var differs = map[string]string{
	"3.2.2-10": "a subscription with QoS 2 has no SUBACK",
	"3.2.2-22": "the interval is kept between 30 and 1,200 s, and the client is told",
	"4.7.1-1":  "`sensor/#` does not match `sensor`",
}

var numbered = regexp.MustCompile(`MQTT-(\d+(?:\.\d+)+-\d+)`)

// tested finds the tests that name a statement, by its number.
func tested(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, pattern := range []string{"*_test.go", "../mqtt/packet/*_test.go", "../mqtt/broker/*_test.go"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			for _, m := range numbered.FindAllStringSubmatch(string(text), -1) {
				if _, ok := out[m[1]]; !ok {
					out[m[1]] = filepath.Base(file)
				}
			}
		}
	}
	return out
}

// TestConformancePageIsCurrent holds docs/mqtt-conformance.md to the tests. Go test -run ConformancePage -update writes it.
func TestConformancePageIsCurrent(t *testing.T) {
	const page = "../../../../docs/mqtt-conformance.md"
	want := conformancePage(t)
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(want), 0o644))
	}
	got, err := os.ReadFile(page)
	require.NoError(t, err)
	require.Equal(t, want, string(got), "go test ./internal/twin/iot/gateway -run ConformancePage -update writes it")
}

func conformancePage(t *testing.T) string {
	t.Helper()
	reasons := map[string]string{}
	for reason, list := range elsewhere {
		for _, s := range list {
			reasons[s] = reason
		}
	}
	by := tested(t)
	var rows strings.Builder
	var all, covered, away, apart, open int
	for _, section := range sections {
		for i := 1; i <= section.last; i++ {
			s := section.number + "-" + strconv.Itoa(i)
			if s == "2.2.1-1" {
				continue
			}
			all++
			text := ""
			switch {
			case differs[s] != "":
				apart++
				text = "as AWS IoT differs: " + differs[s]
			case reasons[s] != "":
				away++
				text = reasons[s]
			case by[s] != "":
				covered++
				text = "`" + by[s] + "`"
			default:
				open++
				text = "no test"
			}
			fmt.Fprintf(&rows, "| %s | %s |\n", s, text)
		}
	}
	return fmt.Sprintf(conformanceHead, all, covered, apart, away, open) + rows.String()
}

const conformanceHead = `# The device gateway and the normative statements of MQTT 5

Written by ` + "`go test ./internal/twin/iot/gateway -run ConformancePage -update`" + `. The numbers are those of
[MQTT 5, appendix B](https://docs.oasis-open.org/mqtt/mqtt/v5.0/os/mqtt-v5.0-os.html#AppendixB). The tests are in
` + "`internal/twin/iot/gateway`" + ` and ` + "`internal/twin/iot/mqtt/packet`" + `; ` + "`make conformance`" + ` runs them, the slow ones included.

Of %d statements %d are held by a test, in %d the gateway departs from them as AWS IoT Core does, %d do not apply, and %d have no test.

| statement | held by |
|---|---|
`
