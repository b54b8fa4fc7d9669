package dynamodb

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/vin"
)

// Erase removes the car's position, and everything else that is not technical, from the freeze frames of messages before that time, when
// the car had another owner. It is idempotent.
func (s *Diagnostics) Erase(ctx context.Context, v vin.VIN, before time.Time) error {
	pages := dynamodb.NewQueryPaginator(s.api, &dynamodb.QueryInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true),
		KeyConditionExpression: aws.String("vin = :vin AND diagnosticId BETWEEN :first AND :last"),
		ExpressionAttributeValues: item{
			":vin": text(string(v)), ":first": text(frameID), ":last": text(frameID + alert.FirstID(before)),
		},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("find freeze frames: %w", awsconfig.Sort(err))
		}
		for _, it := range page.Items {
			if err := s.eraseFrames(ctx, v, it); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Diagnostics) eraseFrames(ctx context.Context, v vin.VIN, it item) error {
	var frames map[string]telemetry.Signals
	if err := unpack(it["frames"], &frames); err != nil {
		return fmt.Errorf("%s: %w", textOf(it, "diagnosticId"), err)
	}
	placed := false
	for _, f := range frames {
		maps.DeleteFunc(f, func(path string, _ telemetry.Value) bool {
			place := !telemetry.IsTechnical(path)
			placed = placed || place
			return place
		})
	}
	if !placed {
		return nil
	}
	if err := s.PutFrames(ctx, v, strings.TrimPrefix(textOf(it, "diagnosticId"), frameID), frames); err != nil {
		return fmt.Errorf("erase places of freeze frames: %w", err)
	}
	return nil
}
