package analytics

import (
	"slices"
	"strings"
)

// In a data store of Apache Iceberg, Firehose writes one row per record, so a row is a message: the columns that differ between its
// readings are in a list, ReadingsColumn. Unnested adapts a query on Table to that layout.
const (
	MessagesTable  = "messages"
	ReadingsColumn = "readings"
)

// readings are the columns of Table that differ between the readings of one message, in their order.
var readings = []string{"ts", "signal", "num", "str", "bool", "unit", "quality"}

// MessageColumns returns the columns of MessagesTable without ReadingsColumn, the partitions last.
func MessageColumns() []Column {
	return append(slices.DeleteFunc(Columns(), isReading), Partitions()...)
}

// ReadingColumns returns the fields of an element of ReadingsColumn.
func ReadingColumns() []Column {
	return slices.DeleteFunc(Columns(), func(c Column) bool { return !isReading(c) })
}

func isReading(c Column) bool { return slices.Contains(readings, c.Name) }

// unnested returns the named step of a query that computes Table from MessagesTable. from is the name of MessagesTable in SQL.
func unnested(from string) string {
	var columns []string
	for _, c := range append(Columns(), Partitions()...) {
		columns = append(columns, c.Name)
	}
	return Table + " AS (SELECT " + strings.Join(columns, ", ") + " FROM " + from +
		" CROSS JOIN UNNEST(" + ReadingsColumn + ") AS reading (" + strings.Join(readings, ", ") + "))"
}

// Unnested adapts a query on Table to a data store with MessagesTable. A statement other than SELECT and WITH is returned unchanged.
func Unnested(sql string) string { return before(sql, unnested(MessagesTable)) }

// Qualified adapts a query on Table for clients that cannot select a catalogue and a database: it adds their names. nested means that the
// data store has MessagesTable in the place of Table.
func Qualified(sql, catalog, database string, nested bool) string {
	place := `"` + catalog + `"."` + database + `".`
	if nested {
		return before(sql, unnested(place+MessagesTable))
	}
	return before(sql, Table+" AS (SELECT * FROM "+place+Table+")")
}

// before adds a named step (a common table expression) before those of a query.
func before(sql, step string) string {
	_, sql = comment(strings.TrimSpace(sql))
	word, rest, _ := strings.Cut(sql, " ")
	if line, after, ok := strings.Cut(sql, "\n"); ok && len(line) < len(word) {
		word, rest = line, after
	}
	switch strings.ToUpper(word) {
	case "WITH":
		return "WITH " + step + ",\n" + rest
	case "SELECT":
		return "WITH " + step + "\n" + sql
	}
	return sql
}
