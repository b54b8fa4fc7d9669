package dynamodb

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/trip"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// Trips is the table of trips, by vin and tripId. A row has rank, a string that sorts as trip.Compare orders trips: a trip overwrites only
// a stored version of lower rank.
type Trips struct {
	api   API
	table string
}

// NewTrips uses the table of that name.
func NewTrips(api API, table string) *Trips { return &Trips{api: api, table: table} }

func tripKey(v vin.VIN, id string) item { return item{"vin": text(string(v)), "tripId": text(id)} }

// PutTrip writes a trip, unless a version of equal or higher rank is stored, and returns whether it did.
func (s *Trips) PutTrip(ctx context.Context, t trip.Trip) (bool, error) {
	it := tripItem(t)
	_, err := s.api.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &s.table, Item: it, ConditionExpression: aws.String("attribute_not_exists(tripId) OR #rank < :rank"),
		ExpressionAttributeNames: map[string]string{"#rank": "rank"}, ExpressionAttributeValues: item{":rank": it["rank"]},
	})
	if conditionFailed(err) {
		return false, nil
	}
	return err == nil, awsconfig.Sort(err)
}

// RemoveTrip deletes a trip that the platform derived. A trip for which the car has sent its own summary stays.
func (s *Trips) RemoveTrip(ctx context.Context, v vin.VIN, id string) error {
	_, err := s.api.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &s.table, Key: tripKey(v, id), ConditionExpression: aws.String("#source = :derived"),
		ExpressionAttributeNames:  map[string]string{"#source": "source"},
		ExpressionAttributeValues: item{":derived": text(string(trip.Derived))},
	})
	if conditionFailed(err) {
		return nil
	}
	return awsconfig.Sort(err)
}

// Trip reads the car's trip with that id; trip.ErrNotFound if there is none.
func (s *Trips) Trip(ctx context.Context, v vin.VIN, id string) (trip.Trip, error) {
	out, err := s.api.GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.table, Key: tripKey(v, id), ConsistentRead: aws.Bool(true)})
	if err != nil {
		return trip.Trip{}, awsconfig.Sort(err)
	}
	if out.Item == nil {
		return trip.Trip{}, fmt.Errorf("%s of %s: %w", id, v, trip.ErrNotFound)
	}
	return tripOf(out.Item)
}

// Trips lists a car's trips, the newest first.
func (s *Trips) Trips(ctx context.Context, v vin.VIN, f trip.Filter, p paging.Request) (paging.Page[trip.Trip], error) {
	in := s.between(v, alert.FirstID(f.Since), "Z")
	in.ScanIndexForward = aws.Bool(false)
	if !f.Since.IsZero() { // the car chose the id, so its time may be wrong
		in.FilterExpression = aws.String("startedAt >= :started")
		in.ExpressionAttributeValues[":started"] = instant(f.Since)
	}
	var out paging.Page[trip.Trip]
	rows, next, err := query(ctx, s.api, in, p)
	if err != nil {
		return out, err
	}
	out.Next = next
	out.Items, err = tripsOf(rows)
	return out, err
}

// Starting lists the car's trips whose ids have a time between from and to, the oldest first, consistently.
func (s *Trips) Starting(ctx context.Context, v vin.VIN, from, to time.Time) ([]trip.Trip, error) {
	var all []trip.Trip
	pages := dynamodb.NewQueryPaginator(s.api, s.between(v, alert.FirstID(from), alert.FirstID(to.Add(time.Millisecond))))
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, awsconfig.Sort(err)
		}
		trips, err := tripsOf(page.Items)
		if err != nil {
			return nil, err
		}
		all = append(all, trips...)
	}
	return all, nil
}

func (s *Trips) between(v vin.VIN, from, to string) *dynamodb.QueryInput {
	return &dynamodb.QueryInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true),
		KeyConditionExpression:    aws.String("vin = :vin AND tripId BETWEEN :from AND :to"),
		ExpressionAttributeValues: item{":vin": text(string(v)), ":from": text(from), ":to": text(to)},
	}
}

func tripsOf(rows []item) ([]trip.Trip, error) {
	var trips []trip.Trip
	for _, it := range rows {
		t, err := tripOf(it)
		if err != nil {
			return nil, err
		}
		trips = append(trips, t)
	}
	return trips, nil
}
