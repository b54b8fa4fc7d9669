package dynamodb

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/domain/notification/preference"
)

// Preferences is the table of users' notification preferences, by userId and kind: a row of kind notifications with the preferences as
// JSON, and one of kind phone.
type Preferences struct {
	api   API
	table string
}

// NewPreferences uses the table of that name.
func NewPreferences(api API, table string) *Preferences { return &Preferences{api: api, table: table} }

const (
	kindNotifications = "notifications"
	kindPhone         = "phone"
)

// Preferences reads the user's preferences, consistently; preference.Default if there are none.
func (s *Preferences) Preferences(ctx context.Context, userID string) (preference.Preferences, error) {
	it, err := s.get(ctx, userID, kindNotifications)
	if err != nil || it == nil {
		return preference.Default(userID), err
	}
	p := preference.Default(userID)
	if err := json.Unmarshal([]byte(textOf(it, "preferences")), &p); err != nil {
		return p, fmt.Errorf("preferences of %s: %w", userID, err)
	}
	p.UserID, p.Version = userID, integerOf(it, "version")
	return p, nil
}

// PutPreferences writes preferences if the stored ones have the same Version, or equal p already; otherwise preference.ErrStale.
func (s *Preferences) PutPreferences(ctx context.Context, p preference.Preferences) (preference.Preferences, error) {
	b, err := json.Marshal(p)
	if err != nil {
		return p, fmt.Errorf("encode preferences of %s: %w", p.UserID, err)
	}
	in := &dynamodb.PutItemInput{
		TableName: &s.table, ConditionExpression: aws.String("attribute_not_exists(userId)"),
		Item: item{
			"userId": text(p.UserID), "kind": text(kindNotifications), "version": integer(p.Version + 1),
			"preferences": text(string(b)),
		},
	}
	if p.Version > 0 {
		in.ConditionExpression = aws.String("version = :version")
		in.ExpressionAttributeValues = item{":version": integer(p.Version)}
	}
	err = put(ctx, s.api, in)
	if conditionFailed(err) {
		return p, preference.ErrStale
	}
	if err != nil {
		return p, awsconfig.Sort(err)
	}
	p.Version++
	return p, nil
}

// Phone reads the user's phone, consistently; the zero Phone if there is none.
func (s *Preferences) Phone(ctx context.Context, userID string) (preference.Phone, error) {
	it, err := s.get(ctx, userID, kindPhone)
	if err != nil || it == nil {
		return preference.Phone{}, err
	}
	p := preference.Phone{Number: textOf(it, "number")}
	if p.VerifiedAt, err = instantOf(it, "verifiedAt"); err != nil {
		return preference.Phone{}, fmt.Errorf("phone of %s: %w", userID, err)
	}
	if p.OptedInAt, err = instantOf(it, "optedInAt"); err != nil {
		return preference.Phone{}, fmt.Errorf("phone of %s: %w", userID, err)
	}
	return p, nil
}

// PutPhone writes a user's phone, whether there is one or not; the zero Phone deletes it.
func (s *Preferences) PutPhone(ctx context.Context, userID string, p preference.Phone) error {
	key := item{"userId": text(userID), "kind": text(kindPhone)}
	if p == (preference.Phone{}) {
		_, err := s.api.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &s.table, Key: key})
		return awsconfig.Sort(err)
	}
	it := set(key, map[string]string{"number": p.Number})
	it["verifiedAt"], it["optedInAt"] = instant(p.VerifiedAt), instant(p.OptedInAt)
	_, err := s.api.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.table, Item: it})
	return awsconfig.Sort(err)
}

func (s *Preferences) get(ctx context.Context, userID, kind string) (item, error) {
	out, err := s.api.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.table, Key: item{"userId": text(userID), "kind": text(kind)}, ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return nil, awsconfig.Sort(err)
	}
	return out.Item, nil
}
