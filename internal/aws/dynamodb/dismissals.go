package dynamodb

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/domain/anomaly"
	"connectedcar/internal/vin"
)

// Dismissals reads a car's dismissals from its row of the table of states, consistently.
func (s *States) Dismissals(ctx context.Context, v vin.VIN) ([]anomaly.Dismissal, error) {
	out, err := s.api.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.table, Key: item{"vin": text(string(v))}, ConsistentRead: aws.Bool(true), ProjectionExpression: aws.String("dismissed"),
	})
	if err != nil {
		return nil, awsconfig.Sort(err)
	}
	return anomaly.ParseDismissals(textsOf(out.Item, "dismissed"))
}

// ReplaceDismissals writes a car's dismissals if the stored ones equal before; otherwise anomaly.ErrChanged. The row's version does not
// change, as the function that writes states by version never writes dismissals.
func (s *States) ReplaceDismissals(ctx context.Context, v vin.VIN, before, after []anomaly.Dismissal) error {
	in := &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: item{"vin": text(string(v))},
		UpdateExpression: aws.String("REMOVE dismissed"), ConditionExpression: aws.String("attribute_not_exists(dismissed)"),
	}
	values := item{}
	if len(before) > 0 {
		in.ConditionExpression = aws.String("dismissed = :before")
		values[":before"] = &types.AttributeValueMemberSS{Value: anomaly.DismissalTexts(before)}
	}
	if len(after) > 0 { // DynamoDB does not store empty sets
		in.UpdateExpression = aws.String("SET dismissed = :after")
		values[":after"] = &types.AttributeValueMemberSS{Value: anomaly.DismissalTexts(after)}
	}
	if len(values) > 0 {
		in.ExpressionAttributeValues = values
	}
	_, err := s.api.UpdateItem(ctx, in)
	if conditionFailed(err) {
		return anomaly.ErrChanged
	}
	return awsconfig.Sort(err)
}

// textsOf reads a set of strings, sorted; nil if there is none.
func textsOf(it item, name string) []string {
	set, ok := it[name].(*types.AttributeValueMemberSS)
	if !ok {
		return nil
	}
	return slices.Sorted(slices.Values(set.Value))
}
