package dynamodb

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/domain/realtime"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/vin"
)

// UsableCars finds the cars that a user may use, in the tables of vehicles and grants. The indexes lag behind their tables, so they only
// yield candidates, and each car is then read from the tables.
type UsableCars struct {
	api              API
	vehicles, grants string
}

// NewUsableCars uses the tables of those names.
func NewUsableCars(api API, vehicles, grants string) *UsableCars {
	return &UsableCars{api: api, vehicles: vehicles, grants: grants}
}

// CarsOf returns, by VIN, every registered car that the user owns or has a grant for that holds at that time. The cars in also are checked
// even if no index lists them yet.
func (s *UsableCars) CarsOf(ctx context.Context, userID string, at time.Time, also ...vin.VIN) ([]realtime.Car, error) {
	owned, err := s.proposed(ctx, s.vehicles, "byOwner", "ownerId", userID)
	if err != nil {
		return nil, fmt.Errorf("query the cars that the user owns: %w", err)
	}
	granted, err := s.proposed(ctx, s.grants, "byUser", "userId", userID)
	if err != nil {
		return nil, fmt.Errorf("query the user's grants: %w", err)
	}
	for _, v := range also {
		owned = append(owned, string(v))
	}
	candidates := append(owned, granted...)
	slices.Sort(candidates)
	candidates = slices.Compact(candidates)
	owners, err := s.read(ctx, s.vehicles, candidates, func(v string) item { return item{"vin": text(v)} })
	if err != nil {
		return nil, fmt.Errorf("read the user's cars: %w", err)
	}
	grants, err := s.read(ctx, s.grants, candidates, func(v string) item { return item{"vin": text(v), "userId": text(userID)} })
	if err != nil {
		return nil, fmt.Errorf("read the user's grants: %w", err)
	}
	return usable(candidates, userID, at, owners, grants)
}

// usable returns those of the candidates that the user may use.
func usable(candidates []string, userID string, at time.Time, vehicles, grants map[string]item) ([]realtime.Car, error) {
	var cars []realtime.Car
	for _, v := range candidates {
		if textOf(vehicles[v], "thingName") == "" {
			continue // the thing and its shadows belong to another environment of the account
		}
		since, err := instantOf(vehicles[v], "ownedSince")
		if err != nil {
			return nil, err
		}
		car := vehicle.Vehicle{VIN: vin.VIN(v), OwnerID: textOf(vehicles[v], "ownerId"), OwnedSince: since}
		if car.OwnerID == userID {
			cars = append(cars, realtime.Car{VIN: car.VIN})
			continue
		}
		if grants[v] == nil {
			continue
		}
		g, err := grantOf(grants[v])
		if err != nil {
			return nil, err
		}
		if g.Holds(car, at) {
			cars = append(cars, realtime.Car{VIN: car.VIN, Until: g.Until})
		}
	}
	return cars, nil
}

// proposed returns the VINs of the rows with that key in an index.
func (s *UsableCars) proposed(ctx context.Context, table, index, key, value string) ([]string, error) {
	pages := dynamodb.NewQueryPaginator(s.api, &dynamodb.QueryInput{
		TableName: &table, IndexName: &index,
		KeyConditionExpression: aws.String("#key = :value"), ProjectionExpression: aws.String("vin"),
		ExpressionAttributeNames: map[string]string{"#key": key}, ExpressionAttributeValues: item{":value": text(value)},
	})
	var vins []string
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, awsconfig.Sort(err)
		}
		for _, it := range page.Items {
			vins = append(vins, textOf(it, "vin"))
		}
	}
	return vins, nil
}

// read reads the rows of those cars, consistently, by VIN. Missing rows are left out.
func (s *UsableCars) read(ctx context.Context, table string, vins []string, key func(string) item) (map[string]item, error) {
	found := map[string]item{}
	for chunk := range slices.Chunk(vins, getLimit) {
		var keys []item
		for _, v := range chunk {
			keys = append(keys, key(v))
		}
		for attempt := 1; len(keys) > 0; attempt++ {
			out, err := s.api.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{
				table: {Keys: keys, ConsistentRead: aws.Bool(true)},
			}})
			if err != nil {
				return nil, awsconfig.Sort(err)
			}
			for _, it := range out.Responses[table] {
				found[textOf(it, "vin")] = it
			}
			if keys = out.UnprocessedKeys[table].Keys; len(keys) == 0 {
				break
			}
			if err := backoff(ctx, attempt); err != nil {
				return nil, fmt.Errorf("%d rows not read: %w", len(keys), err)
			}
		}
	}
	return found, nil
}
