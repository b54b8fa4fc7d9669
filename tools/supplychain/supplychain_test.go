package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLicences(t *testing.T) {
	for name, tc := range map[string]struct{ components, want string }{
		"an allowed one":               {`{"name":"a","licenses":[{"license":{"id":"MIT"}}]}`, ""},
		"one found in a file":          {`{"name":"a","evidence":{"licenses":[{"license":{"id":"ISC"}}]}}`, ""},
		"a choice with an allowed one": {`{"name":"a","licenses":[{"expression":"(GPL-3.0 OR Apache-2.0)"}]}`, ""},
		"one that a person has read":   {`{"name":"github.com/oasdiff/yaml"}`, ""},
		"copyleft":                     {`{"name":"a","version":"v1","licenses":[{"license":{"id":"AGPL-3.0-only"}}]}`, "a v1: AGPL-3.0-only"},
		"both, one of them copyleft":   {`{"name":"a","licenses":[{"expression":"MIT AND GPL-3.0"}]}`, "MIT AND GPL-3.0"},
		"none":                         {`{"name":"a"}`, "no licence found"},
		"a name that is no identifier": {`{"name":"a","licenses":[{"license":{"name":"Commercial"}}]}`, "Commercial"},
		"no components":                {``, "no components"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "bom.json")
			if err := os.WriteFile(file, []byte(`{"components":[`+tc.components+`]}`), 0o600); err != nil {
				t.Fatal(err)
			}
			check(t, run([]string{"licences", file}, nil, &bytes.Buffer{}), tc.want)
		})
	}
}

func TestVulnerabilities(t *testing.T) {
	const ran = `{"config":{"scanner_name":"govulncheck"}}`
	const called = ran + `{"finding":{"osv":"GO-1","fixed_version":"v2","trace":[{"module":"m","version":"v1","package":"m/p","function":"F"}]}}`
	const imported = ran + `{"finding":{"osv":"GO-1","trace":[{"module":"m","version":"v1","package":"m/p"}]}}`
	const standard = ran + `{"finding":{"osv":"GO-2","fixed_version":"go1.2.3","trace":[{"module":"stdlib","package":"net/http","function":"F"}]}}`
	for name, tc := range map[string]struct {
		in     string
		strict bool
		want   string
	}{
		"none":                               {ran, true, ""},
		"one that the code calls":            {called, false, "GO-1: m/p v1, fixed in v2"},
		"one that it only imports":           {imported, true, ""},
		"the toolchain's, here":              {standard, false, ""},
		"the toolchain's, in a release":      {standard, true, "GO-2: net/http"},
		"a checker that did not run":         {"", true, "did not run"},
		"a checker that broke in the middle": {ran + `{"finding":`, true, "read govulncheck's output"},
	} {
		t.Run(name, func(t *testing.T) {
			check(t, vulnerabilities(strings.NewReader(tc.in), &bytes.Buffer{}, tc.strict), tc.want)
		})
	}
}

func check(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("unexpected: %v", err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("got %v, want an error with %q", err, want)
	}
}
