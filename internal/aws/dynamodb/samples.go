package dynamodb

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/names"
	"connectedcar/internal/vin"
)

// Between returns the rows of Stretch without its other results.
func (h *History) Between(ctx context.Context, v vin.VIN, from, to time.Time, limit int, paths ...string) ([]telemetry.Row, error) {
	out, err := h.Stretch(ctx, v, from, to, limit, paths...)
	return out.Rows, err
}

// Stretch reads a car's samples between two times, both included, in order of time: at most limit of them and telemetry.MaxRead bytes,
// with only the signals of those paths. Samples without any of these signals are left out.
func (h *History) Stretch(ctx context.Context, v vin.VIN, from, to time.Time, limit int, paths ...string) (telemetry.Stretch, error) {
	var out telemetry.Stretch
	budget := telemetry.MaxRead(limit)
	for day := from.UTC().Truncate(24 * time.Hour); !day.After(to); day = day.AddDate(0, 0, 1) {
		in := h.dayOf(v, day, from, to, paths)
		for {
			in.Limit = aws.Int32(int32(min(limit-len(out.Rows), 1<<20))) // at most 1<<20, so it fits
			page, err := h.api.Query(ctx, in)
			if err != nil {
				return telemetry.Stretch{}, awsconfig.Sort(err)
			}
			if out.Rows, err = appendRows(out.Rows, page.Items); err != nil {
				return telemetry.Stretch{}, err
			}
			budget -= bytesRead(page, *in.Limit)
			in.ExclusiveStartKey = page.LastEvaluatedKey
			if len(out.Rows) >= limit {
				return out, nil
			}
			if in.ExclusiveStartKey == nil {
				break
			}
			if budget <= 0 {
				out.Unread, err = momentOf(page.LastEvaluatedKey)
				return out, err
			}
		}
	}
	return out, nil
}

// Newest reads a car's samples between since and until, the newest first, at most limit of them (0: all), consistently. It is for tools
// that look for samples that were stored a moment ago.
func (h *History) Newest(ctx context.Context, v vin.VIN, since, until time.Time, limit int) ([]telemetry.Row, error) {
	var rows []telemetry.Row
	first := since.UTC().Truncate(24 * time.Hour)
	for day := until.UTC(); !day.Before(first); day = day.AddDate(0, 0, -1) {
		in := h.dayOf(v, day, since, until, nil)
		in.ConsistentRead, in.ScanIndexForward = aws.Bool(true), aws.Bool(false)
		for {
			if limit > 0 {
				in.Limit = aws.Int32(int32(limit - len(rows))) // at most limit, so it fits
			}
			page, err := h.api.Query(ctx, in)
			if err != nil {
				return nil, awsconfig.Sort(err)
			}
			if rows, err = appendRows(rows, page.Items); err != nil {
				return nil, err
			}
			if limit > 0 && len(rows) >= limit {
				return rows, nil
			}
			if in.ExclusiveStartKey = page.LastEvaluatedKey; in.ExclusiveStartKey == nil {
				break
			}
		}
	}
	return rows, nil
}

func appendRows(rows []telemetry.Row, items []item) ([]telemetry.Row, error) {
	for _, it := range items {
		row, err := rowOf(it)
		if err != nil {
			return nil, err
		}
		if len(row.Signals) > 0 {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// unitBytes is the size of one read unit of an eventually consistent read: twice 4 KB.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
const unitBytes = 8 << 10

// bytesRead estimates the bytes that the query of a page read. A query that stopped before its limit and before the end of the data read 1
// MB.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html
func bytesRead(page *dynamodb.QueryOutput, limit int32) int {
	if page.LastEvaluatedKey != nil && page.ScannedCount < limit {
		return queryBytes
	}
	n := 0
	for _, it := range page.Items {
		n += sizeOf(it)
	}
	if page.ConsumedCapacity != nil {
		n = max(n, int(aws.ToFloat64(page.ConsumedCapacity.CapacityUnits)*unitBytes))
	}
	return n
}

// momentOf reads the time of a row from its sort key.
func momentOf(key item) (time.Time, error) {
	sk := textOf(key, "sk")
	ts, _, _ := strings.Cut(sk, "#")
	at, err := time.Parse(names.TimestampLayout, ts)
	if err != nil {
		return time.Time{}, fmt.Errorf("sort key %.40q: %w", sk, err)
	}
	return at.UTC(), nil
}

// dayOf is the query for a day's samples, with only the signals of the paths.
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
		TableName: &h.table, ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
		KeyConditionExpression: aws.String("pk = :pk AND sk BETWEEN :from AND :to"),
		ProjectionExpression:   aws.String(strings.Join(columns, ", ")), ExpressionAttributeNames: names,
		ExpressionAttributeValues: item{
			":pk": text(telemetry.Partition(v, day)), ":from": instant(from),
			":to": text(timestamp(to) + "#~"), // sorts after every seq and bootId of that time
		},
	}
}
