package dynamodb

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"connectedcar/internal/aws/awsconfig"
)

// Persons finds the people of a car in the tables of vehicles and grants.
type Persons struct {
	api              API
	vehicles, grants string
	now              func() time.Time
}

// NewPersons uses the tables of those names.
func NewPersons(api API, vehicles, grants string, now func() time.Time) *Persons {
	return &Persons{api: api, vehicles: vehicles, grants: grants, now: now}
}

// Persons are the user ids of the car's owner and of those who may use it now. Who has the car only since a later time than `at` is
// none of them: what was before is another's.
func (s *Persons) Persons(ctx context.Context, v string, at time.Time) ([]string, error) {
	out, err := s.api.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.vehicles, Key: item{"vin": text(v)}, ConsistentRead: aws.Bool(true),
		ProjectionExpression: aws.String("ownerId, ownedSince"),
	})
	if err != nil {
		return nil, awsconfig.Sort(err)
	}
	owner := textOf(out.Item, "ownerId")
	since, err := instantOf(out.Item, "ownedSince")
	if err != nil || owner == "" || at.Before(since) {
		return nil, err
	}
	guests, err := s.guests(ctx, v, owner, at)
	return append([]string{owner}, guests...), err
}

// guests are those to whom that owner has lent the car since that time or before, and whose grant has not ended. DynamoDB removes
// rows some time after they expire, and another owner's word ended with their ownership.
func (s *Persons) guests(ctx context.Context, v, owner string, at time.Time) ([]string, error) {
	var all []string
	pages := dynamodb.NewQueryPaginator(s.api, &dynamodb.QueryInput{
		TableName: &s.grants, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("vin = :vin"),
		ExpressionAttributeValues: item{":vin": text(v)},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, awsconfig.Sort(err)
		}
		for _, it := range page.Items {
			since, err := instantOf(it, "grantedAt")
			if err != nil {
				return nil, err
			}
			if textOf(it, "grantedBy") == owner && !at.Before(since) && integerOf(it, "expiresAt") > s.now().Unix() {
				all = append(all, textOf(it, "userId"))
			}
		}
	}
	return all, nil
}
