package dynamodb

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/domain/alert"
	"connectedcar/internal/vin"
)

// Erase deletes the start and end positions of the car's trips that started before that time, when the car had another owner. It is
// idempotent.
func (s *Trips) Erase(ctx context.Context, v vin.VIN, before time.Time) error {
	in := s.between(v, alert.FirstID(time.Time{}), "Z")
	in.FilterExpression = aws.String("startedAt < :before AND (attribute_exists(startPlace) OR attribute_exists(endPlace))")
	in.ExpressionAttributeValues[":before"] = instant(before)
	pages := dynamodb.NewQueryPaginator(s.api, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("find trips: %w", awsconfig.Sort(err))
		}
		for _, it := range page.Items {
			_, err := s.api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
				TableName: &s.table, Key: tripKey(v, textOf(it, "tripId")), UpdateExpression: aws.String("REMOVE startPlace, endPlace"),
				ConditionExpression: aws.String("attribute_exists(tripId)"),
			})
			if err != nil && !conditionFailed(err) {
				return fmt.Errorf("remove the places of a trip: %w", awsconfig.Sort(err))
			}
		}
	}
	return nil
}
