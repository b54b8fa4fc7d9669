// Package analytics holds the questions that analysts ask of the lake: SQL that Amazon Athena and DuckDB both understand, over the
// table `telemetry`, one row a signal and sample.
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

// Table is the table of the lake, and Queries are over it.
const Table = "telemetry"

// Column is a column of the table, with its type as Hive spells it.
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

// Partitions are the columns by which the table's objects are in folders: day=2006-01-02/hour=15, of ts of the message, UTC.
func Partitions() []Column {
	return []Column{{"day", "string", "2006-01-02"}, {"hour", "string", "00 to 23"}}
}

// Query is a named question.
type Query struct {
	Name        string
	Description string // its first comment
	sql         string
}

// asOf is the placeholder of the day that a query looks back from.
const asOf = ":as_of"

// Queries are all queries, by name.
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

// comment is the text of the lines of comment that a query begins with, and the rest.
func comment(s string) (text, rest string) {
	var words []string
	for strings.HasPrefix(s, "--") {
		line, after, _ := strings.Cut(s, "\n")
		words, s = append(words, strings.TrimSpace(strings.TrimPrefix(line, "--"))), after
	}
	return strings.ReplaceAll(strings.Join(words, " "), asOf, "the day asked for"), strings.TrimSpace(s)
}

// Lookup is the query of that name. The error names all.
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

// On is the SQL that looks back from that day, UTC: the day itself is not looked at.
func (q Query) On(day time.Time) string { return q.with("'" + day.UTC().Format(time.DateOnly) + "'") }

// Today is the SQL that looks back from the day on which it runs.
func (q Query) Today() string { return q.with("CAST(current_date AS VARCHAR)") }

var instantPattern = regexp.MustCompile(`^[<>a-zA-Z0-9.:-]+$`)

// At is the SQL with a text that is replaced by a time in ISO 8601 before it runs.
func (q Query) At(placeholder string) string {
	if !instantPattern.MatchString(placeholder) {
		panic("analytics: placeholder " + placeholder)
	}
	return q.with("'" + placeholder + "'")
}

func (q Query) with(expression string) string { return strings.ReplaceAll(q.sql, asOf, expression) }
