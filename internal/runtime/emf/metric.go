// Package emf writes metrics in CloudWatch's embedded metric format. A function prints them as log lines, so it needs no call to another
// service (Embedded Metric Format specification, Amazon CloudWatch user guide).
package emf

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// Unit is a unit of CloudWatch metrics.
type Unit string

// The units in use.
const (
	Count        Unit = "Count"
	Milliseconds Unit = "Milliseconds"
)

// Value is one metric with its value.
type Value struct {
	Name  string
	Unit  Unit
	Value float64
}

// Dimension is a name and value that tells metrics of one name apart.
type Dimension struct{ Name, Value string }

// Line is one log line in embedded metric format. All its values have the same dimensions.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
type Line struct {
	Namespace  string
	Dimensions []Dimension
	Values     []Value
}

type directive struct {
	Namespace  string       `json:"Namespace"`
	Dimensions [][]string   `json:"Dimensions"`
	Metrics    []definition `json:"Metrics"`
}

type definition struct {
	Name string `json:"Name"`
	Unit Unit   `json:"Unit"`
}

// Write prints the line by one call of w.Write. Without values it prints nothing.
func (l Line) Write(w io.Writer, at time.Time) error {
	if len(l.Values) == 0 {
		return nil
	}
	document := map[string]any{}
	d := directive{Namespace: l.Namespace, Dimensions: [][]string{{}}}
	for _, dimension := range l.Dimensions {
		d.Dimensions[0] = append(d.Dimensions[0], dimension.Name)
		document[dimension.Name] = dimension.Value
	}
	for _, v := range l.Values {
		d.Metrics = append(d.Metrics, definition{Name: v.Name, Unit: v.Unit})
		document[v.Name] = v.Value
	}
	document["_aws"] = map[string]any{"Timestamp": at.UnixMilli(), "CloudWatchMetrics": []directive{d}}
	b, err := json.Marshal(document)
	if err != nil {
		return fmt.Errorf("encode metrics: %w", err)
	}
	if _, err := w.Write(append(b, '\n')); err != nil {
		return fmt.Errorf("write metrics: %w", err)
	}
	return nil
}
