package dynamodb

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"connectedcar/internal/aws/awsconfig"
)

// Identities stores the Amazon Cognito identities of users in the table of preferences: a row of kind identity#<id> for each, and one of
// kind realtime that counts the changes of the user's policies.
type Identities struct {
	api   API
	table string
}

// NewIdentities uses the table of that name.
func NewIdentities(api API, table string) *Identities { return &Identities{api: api, table: table} }

const (
	identityKind = "identity#"
	realtimeKind = "realtime"
)

// Add stores the identity as the user's.
func (s *Identities) Add(ctx context.Context, userID, identityID string, at time.Time) error {
	_, err := s.api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: preferenceKey(userID, identityKind+identityID),
		UpdateExpression:          aws.String("SET firstAt = if_not_exists(firstAt, :at), lastAt = :at"),
		ExpressionAttributeValues: item{":at": instant(at)},
	})
	return awsconfig.Sort(err)
}

// Identities returns every identity that the user has used.
func (s *Identities) Identities(ctx context.Context, userID string) ([]string, error) {
	pages := dynamodb.NewQueryPaginator(s.api, &dynamodb.QueryInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true),
		KeyConditionExpression:    aws.String("userId = :user AND begins_with(kind, :kind)"),
		ExpressionAttributeValues: item{":user": text(userID), ":kind": text(identityKind)},
	})
	var ids []string
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, awsconfig.Sort(err)
		}
		for _, it := range page.Items {
			ids = append(ids, strings.TrimPrefix(textOf(it, "kind"), identityKind))
		}
	}
	return ids, nil
}

// Begin adds one to the number of changes of the user's policies, and returns the new number.
func (s *Identities) Begin(ctx context.Context, userID string) (int64, error) {
	out, err := s.api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: preferenceKey(userID, realtimeKind),
		UpdateExpression:          aws.String("ADD changes :one"),
		ExpressionAttributeValues: item{":one": integer(1)},
		ReturnValues:              types.ReturnValueUpdatedNew,
	})
	if err != nil {
		return 0, awsconfig.Sort(err)
	}
	return integerOf(out.Attributes, "changes"), nil
}

// Begun returns the number of changes of the user's policies that have begun.
func (s *Identities) Begun(ctx context.Context, userID string) (int64, error) {
	out, err := s.api.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.table, Key: preferenceKey(userID, realtimeKind), ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return 0, awsconfig.Sort(err)
	}
	return integerOf(out.Item, "changes"), nil
}

// Block sets or clears the block that denies a user the live data of every car.
func (s *Identities) Block(ctx context.Context, userID string, blocked bool) error {
	in := &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: preferenceKey(userID, realtimeKind), UpdateExpression: aws.String("REMOVE blocked"),
	}
	if blocked {
		in.UpdateExpression, in.ExpressionAttributeValues = aws.String("SET blocked = :one"), item{":one": integer(1)}
	}
	_, err := s.api.UpdateItem(ctx, in)
	return awsconfig.Sort(err)
}

// Blocked reports whether the user is denied the live data of every car.
func (s *Identities) Blocked(ctx context.Context, userID string) (bool, error) {
	out, err := s.api.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.table, Key: preferenceKey(userID, realtimeKind), ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return false, awsconfig.Sort(err)
	}
	return integerOf(out.Item, "blocked") == 1, nil
}

func preferenceKey(userID, kind string) item { return item{"userId": text(userID), "kind": text(kind)} }
