package analytics

import (
	"slices"
	"strings"
)

// A data store of Apache Iceberg has a row a message, because Firehose makes one row of each record: the columns that differ from
// reading to reading are in a list of the row. Unnested makes SQL over Table read it.
const (
	MessagesTable  = "messages"
	ReadingsColumn = "readings"
)

// readings are the columns of Table that differ from reading to reading of one message, in their order.
var readings = []string{"ts", "signal", "num", "str", "bool", "unit", "quality"}

// MessageColumns are the columns of MessagesTable but for ReadingsColumn, the partitions last.
func MessageColumns() []Column {
	return append(slices.DeleteFunc(Columns(), isReading), Partitions()...)
}

// ReadingColumns are the fields of an element of ReadingsColumn.
func ReadingColumns() []Column {
	return slices.DeleteFunc(Columns(), func(c Column) bool { return !isReading(c) })
}

func isReading(c Column) bool { return slices.Contains(readings, c.Name) }

// unnested is Table as a query over MessagesTable: the same rows. from is the name of MessagesTable in SQL.
func unnested(from string) string {
	var columns []string
	for _, c := range append(Columns(), Partitions()...) {
		columns = append(columns, c.Name)
	}
	return Table + " AS (SELECT " + strings.Join(columns, ", ") + " FROM " + from +
		" CROSS JOIN UNNEST(" + ReadingsColumn + ") AS reading (" + strings.Join(readings, ", ") + "))"
}

// Unnested is a question over Table for a data store that has MessagesTable. What is no question is as it was.
func Unnested(sql string) string { return before(sql, unnested(MessagesTable)) }

// Qualified is a question over Table for clients that have no place to name its catalogue and database. nested says that there is
// MessagesTable in its place.
func Qualified(sql, catalog, database string, nested bool) string {
	place := `"` + catalog + `"."` + database + `".`
	if nested {
		return before(sql, unnested(place+MessagesTable))
	}
	return before(sql, Table+" AS (SELECT * FROM "+place+Table+")")
}

// before puts a named step before the others of a question.
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
