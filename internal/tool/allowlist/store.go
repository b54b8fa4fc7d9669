// Package allowlist is the operator's side of the table of vehicles: which cars may register.
package allowlist

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	rows "connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/vin"
)

// database lists the calls of Amazon DynamoDB that the store makes.
type database interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	Scan(context.Context, *dynamodb.ScanInput, ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error)
	Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
}

// Store is the table of vehicles.
type Store struct {
	DB    database
	Table string
	Now   func() time.Time
}

// byManufacturer is the index of the table that lists one manufacturer's cars.
const byManufacturer = "byManufacturer"

// Add puts the car on the list. If its VIN is in the table already nothing changes, and the error is a *ConflictError unless
// the row says the same of the car.
func (s Store) Add(ctx context.Context, v vehicle.Vehicle) (added bool, err error) {
	v.Status, v.CreatedAt = vehicle.Allowed, s.Now()
	_, err = s.DB.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &s.Table, Item: rows.VehicleItem(v), ConditionExpression: aws.String("attribute_not_exists(vin)"),
	})
	var exists *types.ConditionalCheckFailedException
	if !errors.As(err, &exists) {
		if err != nil {
			return false, fmt.Errorf("add vehicle %s: %w", v.VIN, err)
		}
		return true, nil
	}
	there, err := s.Get(ctx, v.VIN)
	if err != nil {
		return false, err
	}
	if d := differences(there, v); d != "" {
		return false, &ConflictError{VIN: v.VIN, Differences: d}
	}
	return false, nil
}

// ConflictError says that a VIN is in the table as another car.
type ConflictError struct {
	VIN         vin.VIN
	Differences string
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("vehicle %s exists already and is not overwritten; it differs in %s", e.VIN, e.Differences)
}

func differences(there, want vehicle.Vehicle) string {
	text := ""
	for _, f := range []struct{ name, there, want string }{
		{"manufacturer", there.Manufacturer, want.Manufacturer},
		{"make", there.Make, want.Make},
		{"model", there.Model, want.Model},
		{"model year", fmt.Sprint(there.ModelYear), fmt.Sprint(want.ModelYear)},
		{"powertrain", there.Powertrain, want.Powertrain},
	} {
		if f.there == f.want {
			continue
		}
		if text != "" {
			text += ", "
		}
		text += fmt.Sprintf("%s (%q, not %q)", f.name, f.there, f.want)
	}
	return text
}

// Get reads one car; vehicle.ErrNotFound if there is none.
func (s Store) Get(ctx context.Context, v vin.VIN) (vehicle.Vehicle, error) {
	out, err := s.DB.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.Table, ConsistentRead: aws.Bool(true),
		Key: map[string]types.AttributeValue{"vin": &types.AttributeValueMemberS{Value: string(v)}},
	})
	if err != nil {
		return vehicle.Vehicle{}, fmt.Errorf("read vehicle %s: %w", v, err)
	}
	if out.Item == nil {
		return vehicle.Vehicle{}, fmt.Errorf("%s: %w", v, vehicle.ErrNotFound)
	}
	return rows.VehicleOf(out.Item)
}

// List calls each for every car of the manufacturer, or of all manufacturers if it is empty, until each returns false.
func (s Store) List(ctx context.Context, manufacturer string, each func(vehicle.Vehicle) bool) error {
	var start map[string]types.AttributeValue
	for {
		items, next, err := s.page(ctx, manufacturer, start)
		if err != nil {
			return fmt.Errorf("list vehicles: %w", err)
		}
		for _, item := range items {
			car, err := rows.VehicleOf(item)
			if err != nil {
				return fmt.Errorf("list vehicles: %w", err)
			}
			if !each(car) {
				return nil
			}
		}
		if start = next; start == nil {
			return nil
		}
	}
}

type item = map[string]types.AttributeValue

func (s Store) page(ctx context.Context, manufacturer string, start item) ([]item, item, error) {
	if manufacturer == "" {
		out, err := s.DB.Scan(ctx, &dynamodb.ScanInput{TableName: &s.Table, ExclusiveStartKey: start})
		if err != nil {
			return nil, nil, err
		}
		return out.Items, out.LastEvaluatedKey, nil
	}
	out, err := s.DB.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.Table, IndexName: aws.String(byManufacturer), ExclusiveStartKey: start,
		KeyConditionExpression:    aws.String("manufacturerId = :m"),
		ExpressionAttributeValues: item{":m": &types.AttributeValueMemberS{Value: manufacturer}},
	})
	if err != nil {
		return nil, nil, err
	}
	return out.Items, out.LastEvaluatedKey, nil
}
