package dynamodb

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/vin"
)

// Persons looks up the users of a car in the tables of vehicles and grants.
type Persons struct {
	api              API
	vehicles, grants string
	now              func() time.Time
}

// NewPersons uses the tables of those names.
func NewPersons(api API, vehicles, grants string, now func() time.Time) *Persons {
	return &Persons{api: api, vehicles: vehicles, grants: grants, now: now}
}

// Persons returns the user ids of the car's owner and of the users with a grant that holds now. Only users who had the car at the time
// `at` are included, because an owner must not see what happened to the car before.
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
	guests, err := s.guests(ctx, vehicle.Vehicle{VIN: vin.VIN(v), OwnerID: owner, OwnedSince: since}, at)
	return append([]string{owner}, guests...), err
}

// guests returns the users with a grant that began at or before that time and holds now.
func (s *Persons) guests(ctx context.Context, car vehicle.Vehicle, at time.Time) ([]string, error) {
	var all []string
	pages := dynamodb.NewQueryPaginator(s.api, &dynamodb.QueryInput{
		TableName: &s.grants, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("vin = :vin"),
		ExpressionAttributeValues: item{":vin": text(string(car.VIN))},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, awsconfig.Sort(err)
		}
		for _, it := range page.Items {
			g, err := grantOf(it)
			if err != nil {
				return nil, err
			}
			if g.Holds(car, s.now()) && !at.Before(g.GrantedAt) {
				all = append(all, g.UserID)
			}
		}
	}
	return all, nil
}
