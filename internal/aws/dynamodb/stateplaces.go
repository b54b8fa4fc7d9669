package dynamodb

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/vin"
)

// StatePlaces removes from the cars' states where they are: a former owner's last place is nobody else's matter.
type StatePlaces struct {
	api   API
	table string
}

// NewStatePlaces uses the table of that name.
func NewStatePlaces(api API, table string) *StatePlaces { return &StatePlaces{api: api, table: table} }

// Erase removes the signals of the car's position. A car that never reported has none.
func (s *StatePlaces) Erase(ctx context.Context, v vin.VIN, _ time.Time) error {
	names := map[string]string{}
	var removed []string
	for n, path := range []string{telemetry.Latitude, telemetry.Longitude, telemetry.Altitude, telemetry.Heading, telemetry.HorizontalAccuracy} {
		name := fmt.Sprintf("#p%d", n)
		names[name] = path
		removed = append(removed, "signals."+name)
	}
	_, err := s.api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: item{"vin": text(string(v))}, ExpressionAttributeNames: names,
		// Whoever read the state before writes it again without what is gone.
		UpdateExpression:    aws.String("REMOVE " + strings.Join(removed, ", ") + " ADD version :one"),
		ConditionExpression: aws.String("attribute_exists(signals)"), ExpressionAttributeValues: item{":one": integer(1)},
	})
	if conditionFailed(err) {
		return nil
	}
	return awsconfig.Sort(err)
}
