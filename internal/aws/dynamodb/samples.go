package dynamodb

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/vin"
)

// Between are a car's samples from one time until another, both included, in order of time, at most limit, with only the signals of
// those paths. Samples without any of them are left out.
func (h *History) Between(ctx context.Context, v vin.VIN, from, to time.Time, limit int, paths ...string) ([]telemetry.Row, error) {
	var rows []telemetry.Row
	for day := from.UTC().Truncate(24 * time.Hour); !day.After(to); day = day.AddDate(0, 0, 1) {
		in := h.dayOf(v, day, from, to, paths)
		for {
			in.Limit = aws.Int32(int32(min(limit-len(rows), 1<<20))) // bounded
			page, err := h.api.Query(ctx, in)
			if err != nil {
				return nil, awsconfig.Sort(err)
			}
			for _, it := range page.Items {
				row, err := rowOf(it)
				if err != nil {
					return nil, err
				}
				if len(row.Signals) > 0 {
					rows = append(rows, row)
				}
			}
			if in.ExclusiveStartKey = page.LastEvaluatedKey; len(rows) >= limit {
				return rows, nil
			}
			if in.ExclusiveStartKey == nil {
				break
			}
		}
	}
	return rows, nil
}

// dayOf asks for a day's samples; what it reads of signals is those of the paths.
func (h *History) dayOf(v vin.VIN, day, from, to time.Time, paths []string) *dynamodb.QueryInput {
	names := map[string]string{"#s": "signals"}
	columns := []string{"vin", "ts", "seq", "bootId", "tripId"}
	for n, path := range paths {
		name := fmt.Sprintf("#p%d", n)
		names[name] = path
		columns = append(columns, "#s."+name)
	}
	if len(paths) == 0 {
		columns = append(columns, "#s")
	}
	return &dynamodb.QueryInput{
		TableName: &h.table, KeyConditionExpression: aws.String("pk = :pk AND sk BETWEEN :from AND :to"),
		ProjectionExpression: aws.String(strings.Join(columns, ", ")), ExpressionAttributeNames: names,
		ExpressionAttributeValues: item{
			":pk": text(telemetry.Partition(v, day)), ":from": instant(from),
			":to": text(to.UTC().Format(instantLayout) + "#~"), // after every seq and boot of that moment
		},
	}
}
