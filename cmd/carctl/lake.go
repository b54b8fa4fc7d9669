package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"connectedcar/analytics"
	"connectedcar/internal/aws/athena"
	"connectedcar/internal/names"
	"connectedcar/internal/tool/printable"
)

func lakeCommand(t *target) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lake",
		Short: "Ask what cars sent: SQL over the telemetry of the whole fleet",
		Long: "The lake is the table " + analytics.Table + ", a row a signal and sample. Amazon Athena answers in the cloud, and DuckDB behind the\n" +
			"emulator's Athena here; both take the same SQL.",
		Args: cobra.NoArgs,
	}
	cmd.AddCommand(lakeQueriesCommand(), lakeQueryCommand(t))
	return cmd
}

func lakeQueriesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "queries",
		Short: "List the questions that have a name",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			table := newTable(cmd.OutOrStdout())
			for _, q := range analytics.Queries() {
				printRow(table, q.Name, q.Description)
			}
			return table.Flush()
		},
	}
}

// formats are the output formats of a query's result.
var formats = map[string]func(io.Writer, athena.Answer) error{"table": printTable, "csv": printCSV, "json": printJSON}

func lakeQueryCommand(t *target) *cobra.Command {
	on, format := "", "table"
	cmd := &cobra.Command{
		Use:   "query NAME|SQL|-",
		Short: "Ask a question by its name, or any in SQL; - reads the SQL from standard input",
		Args:  cobra.ExactArgs(1),
		Example: "  carctl lake query daily_vehicle_summary --on 2026-11-23\n" +
			"  carctl lake query \"SELECT signal, count(*) AS n FROM telemetry WHERE day = '2026-11-23' GROUP BY signal\"",
		RunE: func(cmd *cobra.Command, args []string) error {
			write, ok := formats[format]
			if !ok {
				return fmt.Errorf("--format %q: allowed are table, csv and json", format)
			}
			sql, err := question(cmd.InOrStdin(), args[0], on)
			if err != nil {
				return err
			}
			answer, err := ask(cmd, t, sql)
			if err != nil {
				return err
			}
			return write(cmd.OutOrStdout(), answer)
		},
	}
	f := cmd.Flags()
	f.StringVar(&on, "on", "", "the day (2006-01-02, UTC) that a question by name looks back from; default today")
	f.StringVar(&format, "format", format, "table, csv or json")
	return cmd
}

// ask runs a query on the lake, and prints the number of bytes read to standard error.
func ask(cmd *cobra.Command, t *target, sql string) (athena.Answer, error) {
	w, err := t.open(cmd.Context())
	if err != nil {
		return athena.Answer{}, err
	}
	r := reader{where: w}
	lake := athena.New(w.aws, r.output(names.OutputLakeDatabase), r.output(names.OutputLakeWorkgroup))
	if r.err != nil {
		return athena.Answer{}, r.err
	}
	if catalog, err := w.Output(names.OutputLakeCatalog); err == nil && catalog != athena.Ordinary {
		lake.Catalog, sql = catalog, analytics.Unnested(sql)
	}
	lake.Progress = tell(cmd.ErrOrStderr())
	answer, err := lake.Ask(cmd.Context(), sql)
	if err != nil {
		return athena.Answer{}, err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%d rows, %d bytes read, kept in %s\n", len(answer.Rows), answer.Scanned, answer.Place)
	return answer, nil
}

// question returns the SQL to run. asked is the name of a query, SQL, or "-" to read SQL from in.
func question(in io.Reader, asked, on string) (string, error) {
	if asked == "-" {
		b, err := io.ReadAll(io.LimitReader(in, 1<<18)) // Athena's limit is 262144 bytes
		return string(b), err
	}
	if strings.ContainsAny(asked, " \n\t") {
		if on != "" {
			return "", fmt.Errorf("--on is for questions by name: SQL says its days itself")
		}
		return asked, nil
	}
	q, err := analytics.Lookup(asked)
	if err != nil {
		return "", err
	}
	day := time.Now()
	if on != "" {
		if day, err = time.Parse(time.DateOnly, on); err != nil {
			return "", fmt.Errorf("--on %q: allowed is a day such as 2026-11-23", on)
		}
	}
	return q.On(day), nil
}

// slow is the duration of a query after which its progress is reported.
const slow = 3 * time.Second

// tell returns a function that prints the progress of a slow query, at growing intervals.
func tell(w io.Writer) func(string, time.Duration) {
	next := slow
	return func(state string, since time.Duration) {
		if since >= next {
			fmt.Fprintf(w, "%s for %s; Ctrl-C takes the question back\n", strings.ToLower(state), since.Round(time.Second))
			next = 2 * since
		}
	}
}

// null is printed in tables for a missing value.
const null = "-"

func printTable(w io.Writer, a athena.Answer) error {
	table := newTable(w)
	printRow(table, anything(a.Columns)...)
	for _, values := range a.Rows {
		printRow(table, anything(texts(values, null))...)
	}
	return table.Flush()
}

func printCSV(w io.Writer, a athena.Answer) error {
	out := csv.NewWriter(w)
	if err := out.Write(cells(a.Columns)); err != nil {
		return err
	}
	for _, row := range a.Rows {
		if err := out.Write(cells(texts(row, ""))); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// cells escapes texts for a spreadsheet, so that none is evaluated as a formula.
func cells(texts []string) []string {
	out := make([]string, len(texts))
	for n, s := range texts {
		out[n] = printable.Cell(s)
	}
	return out
}

func anything(texts []string) []any {
	out := make([]any, len(texts))
	for n, s := range texts {
		out[n] = s
	}
	return out
}

// printJSON prints one JSON object per row. All values are strings, as in Athena's result.
func printJSON(w io.Writer, a athena.Answer) error {
	encoder := json.NewEncoder(w)
	for _, row := range a.Rows {
		object := make(map[string]*string, len(row))
		for n, v := range row {
			object[a.Columns[n]] = v
		}
		if err := encoder.Encode(object); err != nil {
			return err
		}
	}
	return nil
}

func texts(row []*string, missing string) []string {
	out := make([]string, len(row))
	for n, v := range row {
		out[n] = missing
		if v != nil {
			out[n] = *v
		}
	}
	return out
}
