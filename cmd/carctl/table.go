package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"connectedcar/internal/tool/printable"
)

// newTable returns a writer that aligns rows in columns.
func newTable(w io.Writer) *tabwriter.Writer { return tabwriter.NewWriter(w, 0, 4, 2, ' ', 0) }

// printRow writes a row of a table. It escapes the cells, as data from a car could otherwise add columns or rows.
func printRow(table io.Writer, cells ...any) {
	texts := make([]string, len(cells))
	for n, c := range cells {
		texts[n] = printable.Text(fmt.Sprint(c))
	}
	fmt.Fprintln(table, strings.Join(texts, "\t"))
}
