package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// output is the value of the flag -o, the format of a command's results. The zero value is the command's first allowed format, by default
// a table.
type output struct {
	format  string
	allowed []string
}

// flag defines -o on a command, and --json as an older name for -o json.
func (o *output) flag(cmd *cobra.Command, allowed ...string) {
	if o.allowed = allowed; len(allowed) == 0 {
		o.allowed = []string{"table", "json"}
	}
	o.format = o.allowed[0]
	f := cmd.Flags()
	f.VarP(o, "output", "o", "`format` of the results: "+strings.Join(o.allowed, " or "))
	f.BoolFunc("json", "print JSON", func(string) error { return o.Set("json") })
	_ = f.MarkHidden("json") // --json is defined above, so there is no error
}

func (o *output) json() bool { return o.format == "json" }

// String returns the format.
func (o *output) String() string { return o.format }

// Set sets the format; an error if it is not allowed.
func (o *output) Set(format string) error {
	if !slices.Contains(o.allowed, format) {
		return fmt.Errorf("allowed are %s", strings.Join(o.allowed, ", "))
	}
	o.format = format
	return nil
}

// Type returns the type of the flag's value, for the help text.
func (o *output) Type() string { return "format" }
