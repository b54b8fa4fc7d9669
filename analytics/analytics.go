// Package analytics has the analysts' queries on the data lake, in SQL that both Amazon Athena and DuckDB understand. They query the table
// `telemetry`, with one row per signal and sample.
package analytics

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
)

//go:embed queries/*.sql
var files embed.FS

// Table is the table of the lake that Queries read.
const Table = "telemetry"

// Column is a column of the table, with its type in Hive's notation.
type Column struct{ Name, Type, Comment string }

// Columns are the table's columns, in order.
func Columns() []Column {
	return []Column{
		{"vin", "string", "vehicle"},
		{"message_id", "string", "ULID of the message; rows of one message, time and signal are the same row"},
		{"boot_id", "string", "changes at every start of the car's sender"},
		{"seq", "bigint", "counts the messages of one boot_id"},
		{"trip_id", "string", "ULID of the trip, while there is one"},
		{"ingested_at", "timestamp", "when the platform received the message, UTC"},
		{"ts", "timestamp", "when the car read the signal, UTC"},
		{"signal", "string", "VSS path"},
		{"num", "double", "value of a number, in unit"},
		{"str", "string", "value of a text; elements of a list between commas"},
		{"bool", "boolean", "value of a truth value"},
		{"unit", "string", "of num"},
		{"quality", "string", "good, missing or implausible; only good rows have a value"},
		{"manufacturer", "string", "manufacturer id"},
		{"make", "string", "make"},
		{"model", "string", "model"},
		{"powertrain", "string", "COMBUSTION, HYBRID or ELECTRIC"},
		{"model_year", "int", "model year"},
	}
}

// Partitions are the partition columns of the table. Its objects are stored in folders day=2006-01-02/hour=15, by the message's time, in
// UTC.
func Partitions() []Column {
	return []Column{{"day", "string", "2006-01-02"}, {"hour", "string", "00 to 23"}}
}

// Query is a query with a name.
type Query struct {
	Name        string
	Description string // the comment at the beginning of its file
	sql         string
}

// asOf is the placeholder in the SQL for the day from which a query looks back.
const asOf = ":as_of"

// Queries returns all queries, sorted by name.
func Queries() []Query {
	names, err := fs.Glob(files, "queries/*.sql")
	if err != nil || len(names) == 0 {
		panic("analytics: the queries are not in the program")
	}
	var all []Query
	for _, name := range names {
		b, err := fs.ReadFile(files, name)
		if err != nil {
			panic(fmt.Sprintf("analytics: %s: %v", name, err))
		}
		description, sql := comment(string(b))
		all = append(all, Query{Name: strings.TrimSuffix(path.Base(name), ".sql"), Description: description, sql: sql})
	}
	return all
}

// comment returns the text of the comment lines at the beginning of a query, and the SQL after them.
func comment(s string) (text, rest string) {
	var words []string
	for strings.HasPrefix(s, "--") {
		line, after, _ := strings.Cut(s, "\n")
		words, s = append(words, strings.TrimSpace(strings.TrimPrefix(line, "--"))), after
	}
	return strings.ReplaceAll(strings.Join(words, " "), asOf, "the day asked for"), strings.TrimSpace(s)
}

// Lookup returns the query with that name. If there is none, the error lists all names.
func Lookup(name string) (Query, error) {
	all := Queries()
	n := slices.IndexFunc(all, func(q Query) bool { return q.Name == name })
	if n < 0 {
		var names []string
		for _, q := range all {
			names = append(names, q.Name)
		}
		return Query{}, fmt.Errorf("query %q: allowed are %s", name, strings.Join(names, ", "))
	}
	return all[n], nil
}

// On returns the SQL that looks back from that day in UTC, which is not included.
func (q Query) On(day time.Time) string { return q.with("'" + day.UTC().Format(time.DateOnly) + "'") }

// Today returns the SQL that looks back from the day on which the query runs.
func (q Query) Today() string { return q.with("CAST(current_date AS VARCHAR)") }

var instantPattern = regexp.MustCompile(`^[<>a-zA-Z0-9.:-]+$`)

// At returns the SQL with the placeholder in the place of the day. The placeholder must be replaced by a time in ISO 8601 before the query
// runs.
func (q Query) At(placeholder string) string {
	if !instantPattern.MatchString(placeholder) {
		panic("analytics: placeholder " + placeholder)
	}
	return q.with("'" + placeholder + "'")
}

func (q Query) with(expression string) string { return strings.ReplaceAll(q.sql, asOf, expression) }
