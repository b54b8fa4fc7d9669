package main

import (
	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/domain/alert"
)

// image is the alert that a stream's image of a row holds; nil if there is no image, or the row is no alert.
func image(row map[string]events.DynamoDBAttributeValue) (*alert.Alert, error) {
	values := make(map[string]types.AttributeValue, len(row))
	for name, v := range row {
		switch v.DataType() { // alerts have no others
		case events.DataTypeString:
			values[name] = &types.AttributeValueMemberS{Value: v.String()}
		case events.DataTypeNumber:
			values[name] = &types.AttributeValueMemberN{Value: v.Number()}
		}
	}
	a, ok, err := dynamodb.AlertOf(values)
	if err != nil || !ok {
		return nil, err
	}
	return &a, nil
}
