package dynamodb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/errs"
)

// History is the table of samples, by pk (vin#yyyy-mm-dd) and sk (ts#seq#bootId), with TTL in expiresAt. A row has vin, ts, seq,
// bootId, tripId if there is one, and signals: a map from path to value.
type History struct {
	api       API
	table     string
	retention time.Duration
}

// NewHistory uses the table of that name. A row expires when its sample is older than retention.
func NewHistory(api API, table string, retention time.Duration) *History {
	return &History{api: api, table: table, retention: retention}
}

const (
	writeLimit = 25 // items in one BatchWriteItem
	writers    = 8  // concurrent calls
)

// errThrottled means that DynamoDB returned unprocessed items after every retry.
var errThrottled = errs.As(errs.Throttled, errors.New("the table takes no more for now"))

// PutRows writes rows with distinct keys, 25 in a call and a few calls at once, and retries the items that DynamoDB leaves unprocessed. If
// DynamoDB rejects a call because of one row, its rows are written one by one. PutRows returns the rows that were not written, and the
// error of the first of them.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
func (h *History) PutRows(ctx context.Context, rows []telemetry.Row) ([]ingest.Unstored, error) {
	var (
		wait     sync.WaitGroup
		mu       sync.Mutex
		unstored []ingest.Unstored
		slots    = make(chan struct{}, writers)
	)
	for from := 0; from < len(rows); from += writeLimit {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			left := h.put(ctx, rows, from, min(from+writeLimit, len(rows)))
			mu.Lock()
			defer mu.Unlock()
			unstored = append(unstored, left...)
		})
	}
	wait.Wait()
	if len(unstored) == 0 {
		return nil, nil
	}
	slices.SortFunc(unstored, func(a, b ingest.Unstored) int { return cmp.Compare(a.Row, b.Row) })
	return unstored, unstored[0].Err
}

// put writes rows[from:to] and returns those that were not written.
func (h *History) put(ctx context.Context, rows []telemetry.Row, from, to int) []ingest.Unstored {
	left, err := h.call(ctx, rows, from, to)
	if err == nil {
		return nil
	}
	var out []ingest.Unstored
	if errs.Of(err) == errs.Invalid && to-from > 1 {
		for n := from; n < to; n++ {
			out = append(out, h.put(ctx, rows, n, n+1)...)
		}
		return out
	}
	for _, n := range left {
		out = append(out, ingest.Unstored{Row: n, Err: err})
	}
	return out
}

// call writes rows[from:to] in one call, retries the unprocessed items, and returns the indexes of the rows that were not written.
func (h *History) call(ctx context.Context, rows []telemetry.Row, from, to int) ([]int, error) {
	type key struct{ pk, sk string }
	index := make(map[key]int, to-from)
	requests := make([]types.WriteRequest, 0, to-from)
	for n := from; n < to; n++ {
		it := h.item(rows[n])
		index[key{textOf(it, "pk"), textOf(it, "sk")}] = n
		requests = append(requests, types.WriteRequest{PutRequest: &types.PutRequest{Item: it}})
	}
	left := func() []int {
		indexes := make([]int, len(requests))
		for i, r := range requests {
			indexes[i] = index[key{textOf(r.PutRequest.Item, "pk"), textOf(r.PutRequest.Item, "sk")}]
		}
		return indexes
	}
	for attempt := 1; ; attempt++ {
		out, err := h.api.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{
			RequestItems: map[string][]types.WriteRequest{h.table: requests},
		})
		if err != nil {
			return left(), awsconfig.Sort(err)
		}
		if requests = out.UnprocessedItems[h.table]; len(requests) == 0 {
			return nil, nil
		}
		if err := backoff(ctx, attempt); err != nil {
			return left(), fmt.Errorf("%d rows handed back: %w", len(requests), err)
		}
	}
}

func (h *History) item(r telemetry.Row) item {
	signals := make(item, len(r.Signals))
	for path, v := range r.Signals {
		signals[path] = valueAttribute(v)
	}
	return set(item{
		"pk": text(r.Partition()), "sk": text(r.Sort()), "vin": text(string(r.VIN)), "ts": instant(r.At),
		"seq":       integer(int64(r.Seq)), // telemetry.MaxSeq is far below the maximum of int64
		"signals":   &types.AttributeValueMemberM{Value: signals},
		"expiresAt": epoch(r.At.Add(h.retention)),
	}, map[string]string{"bootId": r.BootID, "tripId": r.TripID})
}

// Day reads the rows of a partition in order of time, all at once. It is for tests and tools; the API reads by page.
func (h *History) Day(ctx context.Context, query dynamodb.QueryAPIClient, partition string) ([]telemetry.Row, error) {
	var rows []telemetry.Row
	pages := dynamodb.NewQueryPaginator(query, &dynamodb.QueryInput{
		TableName: &h.table, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("pk = :pk"),
		ExpressionAttributeValues: item{":pk": text(partition)},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, awsconfig.Sort(err)
		}
		for _, it := range page.Items {
			row, err := rowOf(it)
			if err != nil {
				return nil, err
			}
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// backoff waits before the next try: at most 50 ms after the first one, twice as long after each further one, half of it random so that
// callers spread out. After eight tries it returns errs.Throttled.
func backoff(ctx context.Context, attempt int) error {
	const (
		tries = 8
		base  = 50 * time.Millisecond
	)
	if attempt >= tries {
		return errThrottled
	}
	longest := base << (attempt - 1)
	timer := time.NewTimer(longest/2 + rand.N(longest/2)) // the delay needs no secure random numbers
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
