package main

import (
	"fmt"
	"io"
	"strings"

	"connectedcar/internal/device/replay/column"
)

// printColumns prints the recognised column names as a Markdown table, for docs/replay.md.
func printColumns(w io.Writer) error {
	var b strings.Builder
	b.WriteString("| signal or role | app, logger or language | unit if none is named | names |\n|---|---|---|---|\n")
	all := column.All()
	for i := 0; i < len(all); {
		first, names := all[i], []string{}
		for ; i < len(all) && sameLine(all[i], first); i++ {
			names = append(names, all[i].Name)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", first.Path, first.Source, first.Unit, strings.Join(names, ", "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func sameLine(a, b column.Entry) bool {
	return a.Path == b.Path && a.Source == b.Source && a.Unit == b.Unit && a.Rank == b.Rank
}
