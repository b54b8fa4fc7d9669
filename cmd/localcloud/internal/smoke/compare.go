package smoke

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"connectedcar/internal/names"
)

// kept is a table in which the platform stores data about cars.
type kept struct {
	output string
	name   string
	// apart are columns that may differ between two cars that sent the same messages in different orders.
	apart []string
	// counters is the prefix of the ids of rows that count writes, which depend on the order.
	counters string
}

var keptOfCars = []kept{
	{names.OutputVehicleStateTable, "states", []string{
		"version", "clockOffsetMs", // version counts writes; clockOffsetMs depends on the time of arrival
		"connectedSince", "lastSeen", "presenceSession", // depend on the connection
		"watch", // depends on which samples arrived in time for the detection of changes
	}, ""},
	{names.OutputDiagnosticsTable, "faults", nil, ""},
	{names.OutputTripsTable, "trips", nil, ""},
	{names.OutputHealthReportsTable, "health reports", []string{"ingestedAt"}, ""},
	{names.OutputAlertsTable, "alerts", nil, "~rows/"},
	{names.OutputTelemetryTable, "samples", nil, ""},
}

// keepsTheSame returns a summary of the car's rows. It fails if the other car's rows differ, if a queue is not empty, or if a car's state
// does not have the last sample yet, whose time is end.
func (w *world) keepsTheSame(ctx context.Context, one, other string, end time.Time) (string, error) {
	for _, vin := range []string{one, other} {
		states, err := w.query(ctx, names.OutputVehicleStateTable, "vin", vin, 0)
		if err != nil {
			return "", err
		}
		if len(states) != 1 || text(states[0]["ts"]) != end.UTC().Format(names.TimestampLayout) {
			return "", fmt.Errorf("the last sample of %s is not handled yet: its state is of %v, not of %s", vin, times(states), end.UTC().Format(names.TimestampLayout))
		}
	}
	for _, worker := range names.Workers {
		if err := w.nothingWaits(ctx, worker.Queue); err != nil {
			return "", err
		}
	}
	return w.sameRows(ctx, one, other)
}

// sameRows returns a summary of the car's rows, or an error if the other car's rows differ.
func (w *world) sameRows(ctx context.Context, one, other string) (string, error) {
	var found []string
	for _, table := range keptOfCars {
		a, err := w.rowsOf(ctx, table, one)
		if err != nil {
			return "", err
		}
		b, err := w.rowsOf(ctx, table, other)
		if err != nil {
			return "", err
		}
		if only := without(a, b); len(only) > 0 || len(a) != len(b) {
			return "", fmt.Errorf("%s differ: %d and %d, the first that the clean car has alone: %.800s; the shuffled one: %.800s", table.name, len(a), len(b), only, without(b, a))
		}
		found = append(found, fmt.Sprintf("%d %s", len(a), table.name))
	}
	return strings.Join(found, ", "), nil
}

// times returns the times of the newest samples in the states.
func times(states []map[string]dynamotypes.AttributeValue) []string {
	var all []string
	for _, s := range states {
		all = append(all, text(s["ts"]))
	}
	return all
}

func (w *world) nothingWaits(ctx context.Context, output string) error {
	url, err := w.Platform.Output(output)
	if err != nil {
		return err
	}
	names := []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameApproximateNumberOfMessages, sqstypes.QueueAttributeNameApproximateNumberOfMessagesNotVisible}
	out, err := w.sqs.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: names})
	if err != nil {
		return fmt.Errorf("look at %s: %w", output, err)
	}
	for _, name := range names {
		if n := out.Attributes[string(name)]; n != "0" {
			return fmt.Errorf("%s: %s is %s", output, name, n)
		}
	}
	return nil
}

// rowsOf returns a car's rows as sorted text. Equal rows of different cars have equal text.
func (w *world) rowsOf(ctx context.Context, table kept, vin string) ([]string, error) {
	key, values := "vin", []string{vin}
	if table.output == names.OutputTelemetryTable {
		key, values = "pk", nil
		for day := range 2 {
			values = append(values, vin+"#"+time.Now().UTC().AddDate(0, 0, -day).Format(time.DateOnly))
		}
	}
	var rows []string
	for _, value := range values {
		items, err := w.query(ctx, table.output, key, value, 0)
		if err != nil {
			return nil, err
		}
		for _, item := range items {
			var row map[string]any
			if err := attributevalue.UnmarshalMap(item, &row); err != nil {
				return nil, fmt.Errorf("decode a row of %s: %w", table.name, err)
			}
			if id, _ := row["alertId"].(string); table.counters != "" && strings.HasPrefix(id, table.counters) {
				continue
			}
			for _, column := range table.apart {
				delete(row, column)
			}
			b, err := json.Marshal(row)
			if err != nil {
				return nil, fmt.Errorf("encode a row of %s: %w", table.name, err)
			}
			rows = append(rows, strings.ReplaceAll(string(b), vin, "VIN"))
		}
	}
	slices.Sort(rows)
	return rows, nil
}

// without returns the first rows that are missing from others.
func without(rows, others []string) []string {
	return slices.DeleteFunc(slices.Clone(rows), func(row string) bool {
		_, there := slices.BinarySearch(others, row)
		return there
	})
}
