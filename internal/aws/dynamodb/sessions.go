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
	"connectedcar/internal/domain/session"
)

// Sessions stores the console's sessions: id, version, sealed, and expiresAt. DynamoDB deletes a row within days of expiresAt.
type Sessions struct {
	api   API
	table string
}

// NewSessions uses the table of that name.
func NewSessions(api API, table string) *Sessions { return &Sessions{api: api, table: table} }

// Get returns the row with that key; session.ErrEnded if there is none.
func (s *Sessions) Get(ctx context.Context, key string) (session.Row, error) {
	out, err := s.api.GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.table, Key: item{"id": text(key)}, ConsistentRead: aws.Bool(true)})
	if err != nil {
		return session.Row{}, awsconfig.Sort(err)
	}
	if out.Item == nil {
		return session.Row{}, session.ErrEnded
	}
	sealed, ok := out.Item["sealed"].(*types.AttributeValueMemberB)
	if !ok {
		return session.Row{}, fmt.Errorf("session: attribute sealed is not binary")
	}
	return session.Row{
		Key: key, Version: integerOf(out.Item, "version"), Sealed: sealed.Value, ExpiresAt: time.Unix(integerOf(out.Item, "expiresAt"), 0).UTC(),
	}, nil
}

// Put writes the row if the stored one has the preceding version, or equals r already; otherwise session.ErrChanged.
func (s *Sessions) Put(ctx context.Context, r session.Row) error {
	in := &dynamodb.PutItemInput{
		TableName: &s.table,
		Item: item{
			"id": text(r.Key), "version": &types.AttributeValueMemberN{Value: strconv.FormatInt(r.Version, 10)},
			"sealed": &types.AttributeValueMemberB{Value: r.Sealed}, "expiresAt": epoch(r.ExpiresAt),
		},
		ConditionExpression: aws.String("attribute_not_exists(id)"),
	}
	if r.Version > 1 {
		in.ConditionExpression = aws.String("#version = :before")
		in.ExpressionAttributeNames = map[string]string{"#version": "version"}
		in.ExpressionAttributeValues = item{":before": &types.AttributeValueMemberN{Value: strconv.FormatInt(r.Version-1, 10)}}
	}
	err := put(ctx, s.api, in)
	if conditionFailed(err) {
		return session.ErrChanged
	}
	return awsconfig.Sort(err)
}

// Delete deletes the row with that key; a missing row is no error.
func (s *Sessions) Delete(ctx context.Context, key string) error {
	_, err := s.api.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &s.table, Key: item{"id": text(key)}})
	return awsconfig.Sort(err)
}
