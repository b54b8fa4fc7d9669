package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// allowed are the SPDX identifiers of licences that require at most a notice. The detector mistakes the Go authors' BSD-3-Clause for
// BSD-Source-Code.
var allowed = []string{"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSD-Source-Code", "BlueOak-1.0.0", "CC0-1.0", "ISC", "MIT", "Unlicense"}

// read are modules whose licence a person has read, because the detector cannot identify it, with the result.
var read = map[string]string{
	"github.com/oasdiff/yaml":        "MIT and BSD-3-Clause in one file",
	"github.com/eclipse/paho.golang": "EPL-2.0 or BSD-3-Clause (Eclipse Distribution License 1.0), at the user's choice",
	"github.com/golang/freetype":     "FreeType License or GPL-2.0-or-later, at the user's choice; in no function",
	"github.com/ajstarks/svgo":       "CC-BY-4.0; in no function",
}

type component struct {
	Name     string   `json:"name"`
	Version  string   `json:"version"`
	Licenses []choice `json:"licenses"`
	Evidence struct {
		Licenses []choice `json:"licenses"`
	} `json:"evidence"`
}

// choice is a licence, or an SPDX expression of several.
type choice struct {
	License    struct{ ID, Name string }
	Expression string
}

func licences(files []string, out io.Writer) error {
	var refused []string
	counted := 0
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("read a bill of materials: %w", err)
		}
		var bill struct{ Components []component }
		if err := json.Unmarshal(b, &bill); err != nil {
			return fmt.Errorf("read %s: %w", file, err)
		}
		for _, c := range bill.Components {
			counted++
			if why := c.refusal(); why != "" {
				refused = append(refused, fmt.Sprintf("%s %s: %s", c.Name, c.Version, why))
			}
		}
	}
	if counted == 0 {
		return fmt.Errorf("%s: no components", strings.Join(files, ", "))
	}
	if len(refused) > 0 {
		return fmt.Errorf("licences that are not allowed:\n%s\nallowed are %s", strings.Join(refused, "\n"), strings.Join(allowed, ", "))
	}
	fmt.Fprintf(out, "licences: %d components, each allowed\n", counted)
	return nil
}

// refusal returns the reason why a component is not allowed; empty if it is allowed.
func (c component) refusal() string {
	if _, known := read[c.Name]; known {
		return ""
	}
	all := append(slices.Clone(c.Licenses), c.Evidence.Licenses...)
	if len(all) == 0 {
		return "no licence found"
	}
	for _, l := range all {
		if text := l.text(); !free(text) {
			return text
		}
	}
	return ""
}

func (c choice) text() string {
	switch {
	case c.Expression != "":
		return c.Expression
	case c.License.ID != "":
		return c.License.ID
	}
	return c.License.Name
}

// free reports whether an SPDX expression can be satisfied with allowed licences. AND binds more tightly than OR; nested parentheses are
// not supported.
func free(expression string) bool {
	for alternative := range strings.SplitSeq(strings.Trim(expression, "()"), " OR ") {
		all := true
		for part := range strings.SplitSeq(alternative, " AND ") {
			all = all && slices.Contains(allowed, strings.Trim(part, "() "))
		}
		if all {
			return true
		}
	}
	return false
}
