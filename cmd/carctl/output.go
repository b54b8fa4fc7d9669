package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// output is the form of a command's results. The zero value is the first that is allowed: a table unless the command says otherwise.
type output struct {
	format  string
	allowed []string
}

// flag defines -o on a command, and --json for -o json, as it was before.
func (o *output) flag(cmd *cobra.Command, allowed ...string) {
	if o.allowed = allowed; len(allowed) == 0 {
		o.allowed = []string{"table", "json"}
	}
	o.format = o.allowed[0]
	f := cmd.Flags()
	f.VarP(o, "output", "o", "`format` of the results: "+strings.Join(o.allowed, " or "))
	f.BoolFunc("json", "print JSON", func(string) error { return o.Set("json") })
	_ = f.MarkHidden("json") // it is defined above
}

func (o *output) json() bool { return o.format == "json" }

// String is the format.
func (o *output) String() string { return o.format }

// Set takes a format that is allowed.
func (o *output) Set(format string) error {
	if !slices.Contains(o.allowed, format) {
		return fmt.Errorf("allowed are %s", strings.Join(o.allowed, ", "))
	}
	o.format = format
	return nil
}

// Type is that of the flag's values.
func (o *output) Type() string { return "format" }
