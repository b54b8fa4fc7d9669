package dynamodb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/domain/alert"
	"connectedcar/internal/paging"
)

// Alerts is the table of alerts, by vin and alertId, with TTL in expiresAt and the indexes byAudience and byDealer. The table also has a
// row for each thread of alerts, whose sort key sorts after every alert's. A thread's row has version and thread, which is JSON, and is in
// no index.
type Alerts struct {
	api   API
	table string
}

// NewAlerts uses the table of that name.
func NewAlerts(api API, table string) *Alerts { return &Alerts{api: api, table: table} }

const (
	threadPrefix = "~" // sorts after every character of a ULID
	lastAlert    = "Z" // sorts after every ULID and before threadPrefix
)

// Raise writes an alert. An alert with the same id that is there already stays unchanged.
func (s *Alerts) Raise(ctx context.Context, a alert.Alert) error {
	_, err := s.api.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &s.table, Item: alertItem(a), ConditionExpression: aws.String("attribute_not_exists(alertId)"),
	})
	if conditionFailed(err) {
		return nil
	}
	return awsconfig.Sort(err)
}

// Alert reads the car's alert with that id, consistently; alert.ErrNotFound if there is none.
func (s *Alerts) Alert(ctx context.Context, v, id string) (alert.Alert, error) {
	missing := fmt.Errorf("%.40q: %w", id, alert.ErrNotFound)
	if v == "" || id == "" || id >= lastAlert {
		return alert.Alert{}, missing
	}
	it, err := s.get(ctx, v, id)
	if err != nil {
		return alert.Alert{}, err
	}
	if it == nil {
		return alert.Alert{}, missing
	}
	return alertOf(it)
}

func (s *Alerts) get(ctx context.Context, v, id string) (item, error) {
	out, err := s.api.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.table, Key: item{"vin": text(v), "alertId": text(id)}, ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return nil, awsconfig.Sort(err)
	}
	return out.Item, nil
}

// Thread reads the newest version of that thread; an empty thread of Version 0 if there is none.
func (s *Alerts) Thread(ctx context.Context, v, dedupKey string) (alert.Thread, error) {
	t := alert.Thread{VIN: v, DedupKey: dedupKey}
	it, err := s.get(ctx, v, threadPrefix+dedupKey)
	if err != nil || it == nil {
		return t, err
	}
	if err := json.Unmarshal([]byte(textOf(it, "thread")), &t); err != nil {
		return t, fmt.Errorf("thread %s: %w", dedupKey, err)
	}
	t.Version = integerOf(it, "version")
	return t, nil
}

// Commit writes a thread, and its new and removed alerts, in one transaction; alert.ErrStale if the stored thread has another version than
// t, as another writer changed it.
func (s *Alerts) Commit(ctx context.Context, t alert.Thread, put []alert.Alert, remove []string) error {
	thread, err := s.putThread(t)
	if err != nil {
		return err
	}
	writes := []types.TransactWriteItem{{Put: thread}}
	for _, a := range put {
		writes = append(writes, types.TransactWriteItem{Put: &types.Put{TableName: &s.table, Item: alertItem(a)}})
	}
	for _, id := range remove {
		writes = append(writes, types.TransactWriteItem{Delete: &types.Delete{
			TableName: &s.table, Key: item{"vin": text(t.VIN), "alertId": text(id)},
		}})
	}
	_, err = s.api.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: writes})
	if overtaken(err) {
		return alert.ErrStale
	}
	return awsconfig.Sort(err)
}

func (s *Alerts) putThread(t alert.Thread) (*types.Put, error) {
	b, err := json.Marshal(t)
	if err != nil {
		return nil, fmt.Errorf("encode thread %s: %w", t.DedupKey, err)
	}
	put := &types.Put{
		TableName: &s.table, ConditionExpression: aws.String("attribute_not_exists(alertId)"),
		Item: item{
			"vin": text(t.VIN), "alertId": text(threadPrefix + t.DedupKey), "version": integer(t.Version + 1),
			"thread": text(string(b)), "expiresAt": epoch(t.ExpiresAt()),
		},
	}
	if t.Version > 0 {
		put.ConditionExpression = aws.String("version = :version")
		put.ExpressionAttributeValues = item{":version": integer(t.Version)}
	}
	return put, nil
}

// overtaken reports whether a transaction failed because of another writer, whose write came before it or at the same time.
func overtaken(err error) bool {
	var cancelled *types.TransactionCanceledException
	var conflict *types.TransactionConflictException
	if errors.As(err, &conflict) {
		return true
	}
	if !errors.As(err, &cancelled) {
		return false
	}
	for _, reason := range cancelled.CancellationReasons {
		switch aws.ToString(reason.Code) {
		case "ConditionalCheckFailed", "TransactionConflict":
			return true
		}
	}
	return false
}

// OfVehicle lists a car's alerts, the newest first.
func (s *Alerts) OfVehicle(ctx context.Context, v string, f alert.Filter, p paging.Request) (paging.Page[alert.Alert], error) {
	return s.list(ctx, "", "vin", v, f, p)
}

// OfAudience lists the alerts of an audience, the newest first, eventually consistent.
func (s *Alerts) OfAudience(ctx context.Context, audience string, f alert.Filter, p paging.Request) (paging.Page[alert.Alert], error) {
	return s.list(ctx, "byAudience", "audience", audience, f, p)
}

// OfDealer lists the alerts of a dealer's cars, the newest first, eventually consistent.
func (s *Alerts) OfDealer(ctx context.Context, dealer string, f alert.Filter, p paging.Request) (paging.Page[alert.Alert], error) {
	return s.list(ctx, "byDealer", "dealerId", dealer, f, p)
}

func (s *Alerts) list(ctx context.Context, index, key, value string, f alert.Filter, p paging.Request) (paging.Page[alert.Alert], error) {
	var out paging.Page[alert.Alert]
	in := &dynamodb.QueryInput{
		TableName: &s.table, ScanIndexForward: aws.Bool(false), ConsistentRead: aws.Bool(index == ""),
		KeyConditionExpression:    aws.String("#key = :value AND alertId BETWEEN :since AND :last"),
		ExpressionAttributeNames:  map[string]string{"#key": key},
		ExpressionAttributeValues: item{":value": text(value), ":since": text(alert.FirstID(f.Since)), ":last": text(lastAlert)},
	}
	if index != "" {
		in.IndexName = &index
	}
	if f.Status != "" {
		in.FilterExpression = aws.String("#status = :status")
		in.ExpressionAttributeNames["#status"] = "status" // a reserved word of DynamoDB
		in.ExpressionAttributeValues[":status"] = text(string(f.Status))
	}
	rows, next, err := query(ctx, s.api, in, p)
	if err != nil {
		return out, err
	}
	out.Next = next
	for _, it := range rows {
		a, err := alertOf(it)
		if err != nil {
			return out, err
		}
		out.Items = append(out.Items, a)
	}
	return out, nil
}

func alertItem(a alert.Alert) item {
	it := set(item{
		"vin": text(a.VIN), "alertId": text(a.ID), "firstAt": instant(a.FirstAt), "lastAt": instant(a.LastAt),
		"count": integer(int64(a.Count)), "expiresAt": epoch(a.LastAt.Add(alert.Retention)),
	}, map[string]string{
		"kind": string(a.Kind), "severity": string(a.Severity), "status": string(a.Status), "audience": a.Audience,
		"dealerId": a.DealerID, "dedupKey": a.DedupKey, "detail": a.Detail, "unit": a.Unit, "tripId": a.TripID,
		"acknowledgedBy": a.AcknowledgedBy, "resolvedBy": a.ResolvedBy,
	})
	for name, f := range map[string]*float64{"value": a.Value, "threshold": a.Threshold} {
		if f != nil {
			it[name] = decimal(*f)
		}
	}
	for name, at := range map[string]time.Time{"acknowledgedAt": a.AcknowledgedAt, "resolvedAt": a.ResolvedAt} {
		if !at.IsZero() {
			it[name] = instant(at)
		}
	}
	return it
}

// AlertOf reads the row of an alert, for example from the table's stream; ok is false for the row of a thread.
func AlertOf(row map[string]types.AttributeValue) (a alert.Alert, ok bool, err error) {
	if id := textOf(row, "alertId"); id == "" || id >= lastAlert {
		return alert.Alert{}, false, nil
	}
	a, err = alertOf(row)
	return a, err == nil, err
}

func alertOf(it item) (alert.Alert, error) {
	a := alert.Alert{
		VIN: textOf(it, "vin"), ID: textOf(it, "alertId"), Kind: alert.Kind(textOf(it, "kind")),
		Severity: alert.Severity(textOf(it, "severity")), Status: alert.Status(textOf(it, "status")),
		Audience: textOf(it, "audience"), DealerID: textOf(it, "dealerId"), DedupKey: textOf(it, "dedupKey"),
		Count: int(integerOf(it, "count")), Detail: textOf(it, "detail"), Unit: textOf(it, "unit"), TripID: textOf(it, "tripId"),
		AcknowledgedBy: textOf(it, "acknowledgedBy"), ResolvedBy: textOf(it, "resolvedBy"),
	}
	for name, into := range map[string]*time.Time{
		"firstAt": &a.FirstAt, "lastAt": &a.LastAt, "acknowledgedAt": &a.AcknowledgedAt, "resolvedAt": &a.ResolvedAt,
	} {
		var err error
		if *into, err = instantOf(it, name); err != nil {
			return alert.Alert{}, fmt.Errorf("alert %s: %w", a.ID, err)
		}
	}
	for name, into := range map[string]**float64{"value": &a.Value, "threshold": &a.Threshold} {
		var err error
		if *into, err = decimalOf(it, name); err != nil {
			return alert.Alert{}, fmt.Errorf("alert %s: %w", a.ID, err)
		}
	}
	return a, nil
}
