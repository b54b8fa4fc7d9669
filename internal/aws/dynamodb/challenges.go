package dynamodb

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/domain/notification/preference"
)

// Challenges keeps the verification codes of phones in the one-time table, by id, with TTL in expiresAt: a row phone#<user> with the
// code's hash, and counters phonecodes#<name>#<day>.
type Challenges struct {
	api   API
	table string
}

// NewChallenges uses the table of that name.
func NewChallenges(api API, table string) *Challenges { return &Challenges{api: api, table: table} }

func challengeKey(userID string) item { return item{"id": text("phone#" + userID)} }

// Begin writes the user's challenge, over an earlier one.
func (s *Challenges) Begin(ctx context.Context, c preference.Challenge) error {
	it := challengeKey(c.UserID)
	it["userId"], it["number"], it["hash"], it["tries"] = text(c.UserID), text(c.Number), text(c.Hash), integer(0)
	it["optedInAt"], it["endsAt"], it["expiresAt"] = instant(c.OptedInAt), integer(c.ExpiresAt.UnixMilli()), epoch(c.ExpiresAt.Add(time.Minute))
	_, err := s.api.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.table, Item: it})
	return awsconfig.Sort(err)
}

// CountCode adds one to the counter of that name and day, and returns false if the counter has reached most.
func (s *Challenges) CountCode(ctx context.Context, name string, most int, at time.Time) (bool, error) {
	return count(ctx, s.api, s.table, "phonecodes#"+name+"#"+at.UTC().Format(time.DateOnly), most, at.Add(48*time.Hour))
}

// Try counts a try and returns the user's challenge; preference.ErrWrongCode if there is no challenge, it has expired or its tries are
// used up.
func (s *Challenges) Try(ctx context.Context, userID string, at time.Time) (preference.Challenge, error) {
	out, err := s.api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: challengeKey(userID), ReturnValues: types.ReturnValueAllNew,
		UpdateExpression:         aws.String("SET #tries = #tries + :one"),
		ConditionExpression:      aws.String("attribute_exists(id) AND #tries < :most AND endsAt > :now"),
		ExpressionAttributeNames: map[string]string{"#tries": "tries"},
		ExpressionAttributeValues: item{
			":one": integer(1), ":most": integer(preference.CodeTries), ":now": integer(at.UnixMilli()),
		},
	})
	if conditionFailed(err) {
		return preference.Challenge{}, preference.ErrWrongCode
	}
	if err != nil {
		return preference.Challenge{}, awsconfig.Sort(err)
	}
	it := out.Attributes
	c := preference.Challenge{
		UserID: textOf(it, "userId"), Number: textOf(it, "number"), Hash: textOf(it, "hash"),
		ExpiresAt: time.UnixMilli(integerOf(it, "endsAt")).UTC(),
	}
	c.OptedInAt, err = instantOf(it, "optedInAt")
	return c, err
}

// End deletes a user's challenge if the stored one has the same hash; otherwise preference.ErrWrongCode.
func (s *Challenges) End(ctx context.Context, c preference.Challenge) error {
	_, err := s.api.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &s.table, Key: challengeKey(c.UserID), ConditionExpression: aws.String("#hash = :hash"),
		ExpressionAttributeNames:  map[string]string{"#hash": "hash"},
		ExpressionAttributeValues: item{":hash": text(c.Hash)},
	})
	if conditionFailed(err) {
		return preference.ErrWrongCode
	}
	return awsconfig.Sort(err)
}

// count adds one to a counter and returns true, or returns false if the counter has reached its maximum. DynamoDB deletes the row some
// time after until.
func count(ctx context.Context, api API, table, id string, most int, until time.Time) (bool, error) {
	_, err := api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &table, Key: item{"id": text(id)},
		UpdateExpression:         aws.String("SET #n = if_not_exists(#n, :zero) + :one, expiresAt = :until"),
		ConditionExpression:      aws.String("attribute_not_exists(#n) OR #n < :most"),
		ExpressionAttributeNames: map[string]string{"#n": "n"},
		ExpressionAttributeValues: item{
			":zero": integer(0), ":one": integer(1), ":most": integer(int64(most)), ":until": epoch(until),
		},
	})
	if conditionFailed(err) {
		return false, nil
	}
	return err == nil, awsconfig.Sort(err)
}
