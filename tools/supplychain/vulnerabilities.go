package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// finding is a vulnerability as govulncheck reports it; the trace begins at the vulnerable symbol. Without a function there, the code
// imports or requires the module but does not call the symbol.
// https://pkg.go.dev/golang.org/x/vuln/internal/govulncheck#Finding
type finding struct {
	OSV          string `json:"osv"`
	FixedVersion string `json:"fixed_version"`
	Trace        []struct{ Module, Version, Package, Function string }
}

// standardLibrary is the module of the toolchain's packages.
const standardLibrary = "stdlib"

// vulnerabilities fails for each vulnerability that the code calls. For vulnerabilities of the toolchain it fails if strict, and only
// prints them otherwise.
func vulnerabilities(in io.Reader, out io.Writer, strict bool) error {
	called, toolchain, seen := map[string]string{}, map[string]string{}, false
	for d := json.NewDecoder(in); ; {
		var message struct {
			Config  json.RawMessage
			Finding *finding
		}
		err := d.Decode(&message)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("read govulncheck's output: %w", err)
		}
		seen = seen || message.Config != nil
		f := message.Finding
		if f == nil || len(f.Trace) == 0 || f.Trace[0].Function == "" {
			continue
		}
		at := f.Trace[0]
		text := fmt.Sprintf("%s: %s %s, fixed in %s", f.OSV, at.Package, at.Version, f.FixedVersion)
		if at.Module == standardLibrary {
			toolchain[f.OSV] = text
		} else {
			called[f.OSV] = text
		}
	}
	if !seen {
		return errors.New("govulncheck said nothing: it did not run")
	}
	if strict {
		maps.Copy(called, toolchain)
	} else if len(toolchain) > 0 {
		fmt.Fprintf(out, "the installed Go has %d known vulnerabilities that the code reaches; build releases with a newer one:\n%s\n", len(toolchain), list(toolchain))
	}
	if len(called) > 0 {
		return fmt.Errorf("vulnerabilities that the code reaches:\n%s", list(called))
	}
	fmt.Fprintln(out, "vulnerabilities: none of the modules' is reached")
	return nil
}

func list(all map[string]string) string {
	return strings.Join(slices.Sorted(maps.Values(all)), "\n")
}
