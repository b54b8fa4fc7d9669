// Package readback reads what the platform has stored of a car, for people who look.
package readback

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/names"
	"connectedcar/internal/vin"
)

// database lists the calls of Amazon DynamoDB that a Store makes.
type database interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
}

// Store is the tables of states and samples.
type Store struct {
	DB                       database
	StateTable, HistoryTable string
}

// Stored is everything that is stored of a car.
type Stored struct {
	At      string             `json:"at,omitempty"` // time of the newest message
	State   map[string]Reading `json:"state"`        // by VSS path
	Samples []Sample           `json:"samples"`      // in order of time
}

// Reading is the newest value of a signal.
type Reading struct {
	Value any    `json:"value"`
	At    string `json:"at"`
}

// Sample is one row of the history.
type Sample struct {
	At      string         `json:"at" dynamodbav:"ts"`
	Seq     uint64         `json:"seq" dynamodbav:"seq"`
	TripID  string         `json:"tripId,omitempty" dynamodbav:"tripId"`
	Signals map[string]any `json:"signals" dynamodbav:"signals"`
}

// Read reads the state and the newest samples since that time, at most limit (0: all).
func (s Store) Read(ctx context.Context, v vin.VIN, since time.Time, limit int) (Stored, error) {
	out := Stored{State: map[string]Reading{}, Samples: []Sample{}}
	if err := s.state(ctx, v, &out); err != nil {
		return out, fmt.Errorf("read state of %s: %w", v, err)
	}
	first := since.UTC().Truncate(24 * time.Hour)
	for day := time.Now().UTC().Add(telemetry.MaxFuture); !day.Before(first); day = day.AddDate(0, 0, -1) {
		if err := s.samples(ctx, telemetry.Partition(v, day), since, limit, &out); err != nil {
			return out, fmt.Errorf("read samples of %s: %w", v, err)
		}
		if limit > 0 && len(out.Samples) >= limit {
			break
		}
	}
	slices.Reverse(out.Samples)
	return out, nil
}

func (s Store) state(ctx context.Context, v vin.VIN, out *Stored) error {
	got, err := s.DB.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.StateTable, ConsistentRead: aws.Bool(true),
		Key: map[string]types.AttributeValue{"vin": &types.AttributeValueMemberS{Value: string(v)}},
	})
	if err != nil {
		return err
	}
	var row struct {
		TS      string `dynamodbav:"ts"`
		Signals map[string]struct {
			V any   `dynamodbav:"v"`
			T int64 `dynamodbav:"t"`
		} `dynamodbav:"signals"`
	}
	if err := attributevalue.UnmarshalMap(got.Item, &row); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	out.At = row.TS
	for path, r := range row.Signals {
		out.State[path] = Reading{Value: r.V, At: time.UnixMilli(r.T).UTC().Format(names.TimestampLayout)}
	}
	return nil
}

// samples appends one day's samples, the newest first.
func (s Store) samples(ctx context.Context, partition string, since time.Time, limit int, out *Stored) error {
	in := &dynamodb.QueryInput{
		TableName: &s.HistoryTable, ConsistentRead: aws.Bool(true), ScanIndexForward: aws.Bool(false),
		KeyConditionExpression: aws.String("pk = :pk AND sk >= :since"),
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":pk":    &types.AttributeValueMemberS{Value: partition},
			":since": &types.AttributeValueMemberS{Value: since.UTC().Format(names.TimestampLayout)},
		},
	}
	for {
		if limit > 0 {
			in.Limit = aws.Int32(int32(limit - len(out.Samples)))
		}
		page, err := s.DB.Query(ctx, in)
		if err != nil {
			return err
		}
		for _, item := range page.Items {
			var sample Sample
			if err := attributevalue.UnmarshalMap(item, &sample); err != nil {
				return fmt.Errorf("decode: %w", err)
			}
			out.Samples = append(out.Samples, sample)
		}
		in.ExclusiveStartKey = page.LastEvaluatedKey
		if in.ExclusiveStartKey == nil || limit > 0 && len(out.Samples) >= limit {
			return nil
		}
	}
}
