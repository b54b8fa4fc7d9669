package firehose

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/parquet-go/parquet-go"
)

// Column is a column of the table: its name and its Hive type (string, bigint, int, double, boolean, timestamp).
type Column struct{ Name, Type string }

// node is the column's Parquet type. Every column is optional.
func (c Column) node() (parquet.Node, error) {
	switch c.Type {
	case "string":
		return parquet.Optional(parquet.String()), nil
	case "bigint":
		return parquet.Optional(parquet.Int(64)), nil
	case "int":
		return parquet.Optional(parquet.Int(32)), nil
	case "double":
		return parquet.Optional(parquet.Leaf(parquet.DoubleType)), nil
	case "boolean":
		return parquet.Optional(parquet.Leaf(parquet.BooleanType)), nil
	case "timestamp":
		// Not adjusted to UTC: SQL timestamps have no zone, and by definition of the table they are in UTC.
		return parquet.Optional(parquet.TimestampAdjusted(parquet.Millisecond, false)), nil
	}
	return nil, fmt.Errorf("column %s: type %q has no form in Parquet here", c.Name, c.Type)
}

// value parses the column's JSON value. It fails if the value does not have the column's type.
func (c Column) value(raw json.RawMessage) (parquet.Value, error) {
	if raw == nil || string(raw) == "null" {
		return parquet.NullValue(), nil
	}
	switch c.Type {
	case "bigint":
		return read(raw, parquet.Int64Value)
	case "int":
		return read(raw, parquet.Int32Value)
	case "double":
		return read(raw, parquet.DoubleValue)
	case "boolean":
		return read(raw, parquet.BooleanValue)
	case "timestamp":
		return read(raw, func(t time.Time) parquet.Value { return parquet.Int64Value(t.UnixMilli()) })
	}
	return read(raw, func(s string) parquet.Value { return parquet.ByteArrayValue([]byte(s)) })
}

func read[T any](raw json.RawMessage, value func(T) parquet.Value) (parquet.Value, error) {
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		return parquet.Value{}, err
	}
	return value(v), nil
}

// encode makes a Parquet object, compressed with Snappy, from JSON lines. It returns nil if no line fits the table, and the other lines as
// failures.
func encode(columns []Column, lines []byte) ([]byte, []failure, error) {
	group, types := parquet.Group{}, map[string]Column{}
	for _, c := range columns {
		node, err := c.node()
		if err != nil {
			return nil, nil, err
		}
		group[c.Name], types[c.Name] = node, c
	}
	schema := parquet.NewSchema("rows", group)
	var order []Column // a Parquet schema orders its columns itself
	for _, path := range schema.Columns() {
		order = append(order, types[path[0]])
	}
	var rows []parquet.Row
	var bad []failure
	for line := range bytes.Lines(lines) {
		row, err := decode(order, line)
		if err != nil {
			bad = append(bad, failure{kind: conversionFailed, code: "DataFormatConversion.MalformedData", message: err.Error(), attempts: 1, data: bytes.Clone(line)})
			continue
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil, bad, nil
	}
	var b bytes.Buffer
	w := parquet.NewWriter(&b, schema, parquet.Compression(&parquet.Snappy))
	if _, err := w.WriteRows(rows); err != nil {
		return nil, nil, fmt.Errorf("write rows: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, nil, fmt.Errorf("write rows: %w", err)
	}
	return b.Bytes(), bad, nil
}

func decode(order []Column, line []byte) (parquet.Row, error) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(line, &object); err != nil {
		return nil, err
	}
	row := make(parquet.Row, 0, len(order))
	for n, c := range order {
		v, err := c.value(object[c.Name])
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", c.Name, err)
		}
		present := 1
		if v.IsNull() {
			present = 0
		}
		row = append(row, v.Level(0, present, n))
	}
	return row, nil
}
