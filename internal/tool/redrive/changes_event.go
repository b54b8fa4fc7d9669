package redrive

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
)

// eventRecords converts changes to the records of the event that AWS Lambda passes to a function.
func eventRecords(p position, records []types.Record) []map[string]any {
	out := make([]map[string]any, len(records))
	for n, r := range records {
		change := map[string]any{
			"Keys": eventImage(r.Dynamodb.Keys), "SequenceNumber": r.Dynamodb.SequenceNumber,
			"SizeBytes": aws.ToInt64(r.Dynamodb.SizeBytes), "StreamViewType": r.Dynamodb.StreamViewType,
		}
		if at := r.Dynamodb.ApproximateCreationDateTime; at != nil {
			change["ApproximateCreationDateTime"] = at.Unix()
		}
		if r.Dynamodb.NewImage != nil {
			change["NewImage"] = eventImage(r.Dynamodb.NewImage)
		}
		if r.Dynamodb.OldImage != nil {
			change["OldImage"] = eventImage(r.Dynamodb.OldImage)
		}
		out[n] = map[string]any{
			"eventID": r.EventID, "eventName": r.EventName, "eventVersion": r.EventVersion, "eventSource": "aws:dynamodb",
			"awsRegion": r.AwsRegion, "eventSourceARN": p.StreamARN, "dynamodb": change,
		}
	}
	return out
}

func eventImage(row map[string]types.AttributeValue) map[string]any {
	out := make(map[string]any, len(row))
	for name, v := range row {
		out[name] = eventValue(v)
	}
	return out
}

// eventValue converts a value to DynamoDB's JSON, with bytes in base64.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_AttributeValue.html
func eventValue(v types.AttributeValue) map[string]any {
	switch x := v.(type) {
	case *types.AttributeValueMemberS:
		return map[string]any{"S": x.Value}
	case *types.AttributeValueMemberN:
		return map[string]any{"N": x.Value}
	case *types.AttributeValueMemberBOOL:
		return map[string]any{"BOOL": x.Value}
	case *types.AttributeValueMemberB:
		return map[string]any{"B": x.Value}
	case *types.AttributeValueMemberSS:
		return map[string]any{"SS": x.Value}
	case *types.AttributeValueMemberNS:
		return map[string]any{"NS": x.Value}
	case *types.AttributeValueMemberBS:
		return map[string]any{"BS": x.Value}
	case *types.AttributeValueMemberM:
		return map[string]any{"M": eventImage(x.Value)}
	case *types.AttributeValueMemberL:
		list := make([]any, len(x.Value))
		for n, e := range x.Value {
			list[n] = eventValue(e)
		}
		return map[string]any{"L": list}
	}
	return map[string]any{"NULL": true}
}
