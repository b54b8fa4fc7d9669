package dynamodb

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/domain/idempotency"
)

// Onces stores requests with an idempotency key in the one-time table: rows whose id begins with `once#`, with hash and begunAt, and after
// the answer also status, header and body.
type Onces struct {
	api   API
	table string
}

// NewOnces uses the table of that name.
func NewOnces(api API, table string) *Onces { return &Onces{api: api, table: table} }

func onceKey(id string) item { return item{"id": text("once#" + id)} }

// Begin stores r. If a record with the same id is there, it returns that record and stores nothing, unless the record has expired or began
// before since without getting an answer.
func (s *Onces) Begin(ctx context.Context, r idempotency.Record, since time.Time) (idempotency.Record, error) {
	it := onceKey(r.ID)
	it["hash"], it["begunAt"], it["expiresAt"] = text(r.Hash), instant(r.BegunAt), epoch(r.ExpiresAt)
	_, err := s.api.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &s.table, Item: it,
		ConditionExpression:       aws.String("attribute_not_exists(id) OR expiresAt <= :now OR (attribute_not_exists(#status) AND begunAt < :since)"),
		ExpressionAttributeNames:  map[string]string{"#status": "status"},
		ExpressionAttributeValues: item{":now": epoch(r.BegunAt), ":since": instant(since)},
	})
	if !conditionFailed(err) {
		return idempotency.Record{}, awsconfig.Sort(err)
	}
	out, err := s.api.GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.table, Key: onceKey(r.ID), ConsistentRead: aws.Bool(true)})
	if err != nil {
		return idempotency.Record{}, awsconfig.Sort(err)
	}
	if out.Item == nil { // the record was dropped between the two calls: the caller may try again
		return idempotency.Record{}, idempotency.ErrRunning
	}
	return onceOf(r.ID, out.Item)
}

func onceOf(id string, it item) (idempotency.Record, error) {
	begunAt, err := instantOf(it, "begunAt")
	if err != nil {
		return idempotency.Record{}, fmt.Errorf("request with a key: %w", err)
	}
	r := idempotency.Record{ID: id, Hash: textOf(it, "hash"), BegunAt: begunAt, ExpiresAt: time.Unix(integerOf(it, "expiresAt"), 0).UTC()}
	status := integerOf(it, "status")
	if status == 0 {
		return r, nil
	}
	r.Answer = &idempotency.Answer{Status: int(status)}
	if header, ok := it["header"].(*types.AttributeValueMemberM); ok && len(header.Value) > 0 {
		r.Answer.Header = map[string]string{}
		for name := range header.Value {
			r.Answer.Header[name] = textOf(header.Value, name)
		}
	}
	if body, ok := it["body"].(*types.AttributeValueMemberB); ok {
		r.Answer.Body = body.Value
	}
	return r, nil
}

// Finish adds the answer to the record if that record was begun at begunAt; otherwise nothing changes.
func (s *Onces) Finish(ctx context.Context, id string, begunAt time.Time, a idempotency.Answer) error {
	header := make(item, len(a.Header))
	for name, value := range a.Header {
		header[name] = text(value)
	}
	values := item{
		":begun": instant(begunAt), ":status": &types.AttributeValueMemberN{Value: strconv.Itoa(a.Status)},
		":header": &types.AttributeValueMemberM{Value: header},
	}
	expression := "SET #status = :status, #header = :header"
	names := map[string]string{"#status": "status", "#header": "header"}
	if len(a.Body) > 0 {
		expression += ", #body = :body"
		names["#body"], values[":body"] = "body", &types.AttributeValueMemberB{Value: a.Body}
	}
	_, err := s.api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: onceKey(id), UpdateExpression: &expression, ConditionExpression: aws.String("begunAt = :begun"),
		ExpressionAttributeNames: names, ExpressionAttributeValues: values,
	})
	return unlessChanged(err)
}

// Drop deletes the record if it was begun at begunAt and has no answer; otherwise nothing changes.
func (s *Onces) Drop(ctx context.Context, id string, begunAt time.Time) error {
	_, err := s.api.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &s.table, Key: onceKey(id), ConditionExpression: aws.String("begunAt = :begun AND attribute_not_exists(#status)"),
		ExpressionAttributeNames: map[string]string{"#status": "status"}, ExpressionAttributeValues: item{":begun": instant(begunAt)},
	})
	return unlessChanged(err)
}

// unlessChanged returns nil if err means that another writer changed the row first, and otherwise the sorted error.
func unlessChanged(err error) error {
	if conditionFailed(err) {
		return nil
	}
	return awsconfig.Sort(err)
}
