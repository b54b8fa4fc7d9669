package dynamodb

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/diagnostic"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// Diagnostics is the table of faults, by vin and diagnosticId, with the index byDealer of the open ones. Besides its faults (OPEN#,
// HIST#), a car has two kinds of row that are not in the index: its journal, which sorts after the faults, and the freeze frames of each
// message, which sort before the faults.
type Diagnostics struct {
	api   API
	table string
}

// NewDiagnostics uses the table of that name.
func NewDiagnostics(api API, table string) *Diagnostics { return &Diagnostics{api: api, table: table} }

const (
	frameID   = "FRAME#"
	journalID = "~journal"
	// lastOpen sorts after every open fault and before journalID.
	lastOpen = diagnostic.OpenPrefix + "~"
)

func diagnosticKey(v, id string) item { return item{"vin": text(v), "diagnosticId": text(id)} }

func (s *Diagnostics) get(ctx context.Context, v, id string) (item, error) {
	out, err := s.api.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.table, Key: diagnosticKey(v, id), ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return nil, awsconfig.Sort(err)
	}
	return out.Item, nil
}

// Journal reads the newest version of a car's journal; an empty journal of Version 0 if there is none.
func (s *Diagnostics) Journal(ctx context.Context, v vin.VIN) (diagnostic.Journal, error) {
	j := diagnostic.Journal{VIN: v}
	it, err := s.get(ctx, string(v), journalID)
	if err != nil || it == nil {
		return j, err
	}
	if err := unpack(it["journal"], &j); err != nil {
		return j, fmt.Errorf("journal of %s: %w", v.Redacted(), err)
	}
	j.Version = integerOf(it, "version")
	return j, nil
}

// Commit writes a journal, and its new and removed records, in one transaction; diagnostic.ErrStale if the stored journal has another
// version than j, as another writer changed it.
func (s *Diagnostics) Commit(ctx context.Context, j diagnostic.Journal, put []diagnostic.Record, remove []string) error {
	journal, err := pack(j)
	if err != nil {
		return fmt.Errorf("journal of %s: %w", j.VIN.Redacted(), err)
	}
	row := diagnosticKey(string(j.VIN), journalID)
	row["version"], row["journal"] = integer(j.Version+1), journal
	first := &types.Put{TableName: &s.table, Item: row, ConditionExpression: aws.String("attribute_not_exists(diagnosticId)")}
	if j.Version > 0 {
		first.ConditionExpression = aws.String("version = :version")
		first.ExpressionAttributeValues = item{":version": integer(j.Version)}
	}
	writes := []types.TransactWriteItem{{Put: first}}
	for _, r := range put {
		writes = append(writes, types.TransactWriteItem{Put: &types.Put{TableName: &s.table, Item: diagnosticItem(r)}})
	}
	for _, id := range remove {
		writes = append(writes, types.TransactWriteItem{Delete: &types.Delete{TableName: &s.table, Key: diagnosticKey(string(j.VIN), id)}})
	}
	_, err = s.api.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: writes})
	if overtaken(err) {
		return diagnostic.ErrStale
	}
	return awsconfig.Sort(err)
}

// PutFrames stores the freeze frames of a message, by fault.
func (s *Diagnostics) PutFrames(ctx context.Context, v vin.VIN, messageID string, frames map[string]telemetry.Signals) error {
	packed, err := pack(frames)
	if err != nil {
		return fmt.Errorf("freeze frames of %s: %w", messageID, err)
	}
	it := diagnosticKey(string(v), frameID+messageID)
	it["frames"] = packed
	_, err = s.api.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.table, Item: it})
	return awsconfig.Sort(err)
}

// Record reads the car's fault with that id and its freeze frame; diagnostic.ErrNotFound if there is none.
func (s *Diagnostics) Record(ctx context.Context, v vin.VIN, id string) (diagnostic.Record, error) {
	it, err := s.get(ctx, string(v), id)
	if err != nil {
		return diagnostic.Record{}, err
	}
	if textOf(it, "status") == "" {
		return diagnostic.Record{}, fmt.Errorf("%s of %s: %w", id, v, diagnostic.ErrNotFound)
	}
	r, err := recordOfFault(it)
	if err != nil {
		return r, err
	}
	one := []diagnostic.Record{r}
	err = s.addFrames(ctx, one)
	return one[0], err
}

// Records lists a car's faults: first the open ones, then the resolved ones, the newest first.
func (s *Diagnostics) Records(ctx context.Context, v vin.VIN, f diagnostic.Filter, p paging.Request) (paging.Page[diagnostic.Record], error) {
	from, to := diagnostic.HistoryPrefix+alert.FirstID(f.Since), lastOpen
	switch f.Status {
	case diagnostic.Open:
		from = diagnostic.OpenPrefix
	case diagnostic.Closed:
		to = diagnostic.HistoryPrefix + "~"
	}
	return s.list(ctx, &dynamodb.QueryInput{
		TableName: &s.table, ScanIndexForward: aws.Bool(false), ConsistentRead: aws.Bool(true),
		KeyConditionExpression:    aws.String("vin = :vin AND diagnosticId BETWEEN :from AND :to"),
		ExpressionAttributeValues: item{":vin": text(string(v)), ":from": text(from), ":to": text(to)},
	}, p)
}

// Worklist lists the open faults of a dealer's cars, the most recently seen first, eventually consistent.
func (s *Diagnostics) Worklist(ctx context.Context, dealerID string, p paging.Request) (paging.Page[diagnostic.Record], error) {
	return s.list(ctx, &dynamodb.QueryInput{
		TableName: &s.table, IndexName: aws.String("byDealer"), ScanIndexForward: aws.Bool(false),
		KeyConditionExpression:    aws.String("dealerId = :dealer"),
		ExpressionAttributeValues: item{":dealer": text(dealerID)},
	}, p)
}

func (s *Diagnostics) list(ctx context.Context, in *dynamodb.QueryInput, p paging.Request) (paging.Page[diagnostic.Record], error) {
	var out paging.Page[diagnostic.Record]
	rows, next, err := query(ctx, s.api, in, p)
	if err != nil {
		return out, err
	}
	out.Next = next
	for _, it := range rows {
		r, err := recordOfFault(it)
		if err != nil {
			return out, err
		}
		out.Items = append(out.Items, r)
	}
	return out, s.addFrames(ctx, out.Items)
}

// addFrames adds the freeze frames to the records of a page. It reads the frames of each message once.
func (s *Diagnostics) addFrames(ctx context.Context, records []diagnostic.Record) error {
	var keys []item
	seen := map[[2]string]bool{}
	for _, r := range records {
		if key := [2]string{r.VIN, frameID + r.Frame}; r.Frame != "" && !seen[key] {
			seen[key] = true
			keys = append(keys, diagnosticKey(key[0], key[1]))
		}
	}
	frames := map[[2]string]map[string]telemetry.Signals{}
	for attempt := 1; len(keys) > 0; attempt++ {
		out, err := s.api.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{s.table: {Keys: keys}}})
		if err != nil {
			return awsconfig.Sort(err)
		}
		for _, it := range out.Responses[s.table] {
			var of map[string]telemetry.Signals
			if err := unpack(it["frames"], &of); err != nil {
				return fmt.Errorf("%s: %w", textOf(it, "diagnosticId"), err)
			}
			frames[[2]string{textOf(it, "vin"), textOf(it, "diagnosticId")}] = of
		}
		if keys = out.UnprocessedKeys[s.table].Keys; len(keys) == 0 {
			break
		}
		if err := backoff(ctx, attempt); err != nil {
			return fmt.Errorf("%d freeze frames not read: %w", len(keys), err)
		}
	}
	for n, r := range records {
		records[n].FreezeFrame = frames[[2]string{r.VIN, frameID + r.Frame}][r.Key()]
	}
	return nil
}
