// Package dynamodb stores the platform's records in Amazon DynamoDB. Its adapters and those in memory pass the same tests,
// internal/testing/storetest.
package dynamodb

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"connectedcar/internal/names"
)

// API lists the calls of the SDK's client that this package makes.
type API interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
	Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
	TransactWriteItems(context.Context, *dynamodb.TransactWriteItemsInput, ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error)
	BatchGetItem(context.Context, *dynamodb.BatchGetItemInput, ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error)
	BatchWriteItem(context.Context, *dynamodb.BatchWriteItemInput, ...func(*dynamodb.Options)) (*dynamodb.BatchWriteItemOutput, error)
}

// NewClient returns a client for the account and region of cfg.
func NewClient(cfg aws.Config) *dynamodb.Client { return dynamodb.NewFromConfig(cfg) }

type item = map[string]types.AttributeValue

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
func integer(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

// instant writes a time as RFC 3339 in UTC with milliseconds: it sorts as text, and people can read it.
func instant(t time.Time) types.AttributeValue { return text(timestamp(t)) }

func timestamp(t time.Time) string { return t.UTC().Format(names.TimestampLayout) }

// epoch writes a time for DynamoDB's TTL: seconds since 1970.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-before-you-start.html
func epoch(t time.Time) types.AttributeValue { return integer(t.Unix()) }

// textOf reads a string attribute; "" if there is none.
func textOf(it item, name string) string {
	if s, ok := it[name].(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}

// integerOf reads a whole number; 0 if there is none.
func integerOf(it item, name string) int64 {
	n, ok := it[name].(*types.AttributeValueMemberN)
	if !ok {
		return 0
	}
	value, err := strconv.ParseInt(n.Value, 10, 64)
	if err != nil {
		return 0
	}
	return value
}

// instantOf reads a time; the zero time if there is none. A malformed time is an error: another program wrote the row.
func instantOf(it item, name string) (time.Time, error) {
	s := textOf(it, name)
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}, fmt.Errorf("attribute %s: %w", name, err)
	}
	return t.UTC(), nil
}

// set adds the attributes whose value is not empty: DynamoDB does not accept empty strings as keys of an index.
func set(it item, texts map[string]string) item {
	for name, value := range texts {
		if value != "" {
			it[name] = text(value)
		}
	}
	return it
}

// conditionFailed reports whether err means that the condition of a write was not met.
func conditionFailed(err error) bool {
	var failed *types.ConditionalCheckFailedException
	return errors.As(err, &failed)
}

// put writes a row under its condition. If a response is lost, the SDK repeats the call, whose condition then fails because of the row
// that the first call wrote. put therefore succeeds if the stored row equals the one to write, as with If-Match of
// [RFC 9110, section 13.1.1].
//
// [RFC 9110, section 13.1.1]: https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1
func put(ctx context.Context, api API, in *dynamodb.PutItemInput) error {
	in.ReturnValuesOnConditionCheckFailure = types.ReturnValuesOnConditionCheckFailureAllOld
	_, err := api.PutItem(ctx, in)
	var failed *types.ConditionalCheckFailedException
	if errors.As(err, &failed) && reflect.DeepEqual(failed.Item, in.Item) {
		return nil
	}
	return err
}
