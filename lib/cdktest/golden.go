package cdktest

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "accept the templates as they are now")

// asset matches the hash of an asset, which changes with each change of a function and is irrelevant to a template.
var asset = regexp.MustCompile(`[0-9a-f]{64}`)

// Masked is the template's text with the hashes of assets masked.
func Masked(template Template) string {
	return strings.TrimSpace(asset.ReplaceAllString(string(template.Raw), "HASH")) + "\n"
}

// Golden compares a template, except the hashes of assets, with the golden file testdata/<below>/<stack>.json.
func Golden(t testing.TB, template Template, below ...string) {
	t.Helper()
	path := filepath.Join(append(append([]string{"testdata"}, below...), template.Stack+".json")...)
	got := Masked(template)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	accepted, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v\nrun `make snapshots` to accept the template of a new stack", err)
	}
	if got == string(accepted) {
		return
	}
	line, was, is := firstDifference(string(accepted), got)
	t.Errorf("the template of %s changed, first in line %d of %s\n  accepted: %s\n  now:      %s\nread the whole difference after `make snapshots`, as you would a deployment",
		template.Stack, line, path, was, is)
}

func firstDifference(a, b string) (line int, inA, inB string) {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range max(len(as), len(bs)) {
		inA, inB = "(end)", "(end)"
		if i < len(as) {
			inA = as[i]
		}
		if i < len(bs) {
			inB = bs[i]
		}
		if inA != inB {
			return i + 1, inA, inB
		}
	}
	return 0, "", ""
}
