package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"connectedcar/internal/tool/printable"
)

// newTable aligns rows in columns.
func newTable(w io.Writer) *tabwriter.Writer { return tabwriter.NewWriter(w, 0, 4, 2, ' ', 0) }

// printRow writes a row of a table. Cells may hold what a car sent: none makes a column or a row of its own.
func printRow(table io.Writer, cells ...any) {
	texts := make([]string, len(cells))
	for n, c := range cells {
		texts[n] = printable.Text(fmt.Sprint(c))
	}
	fmt.Fprintln(table, strings.Join(texts, "\t"))
}
