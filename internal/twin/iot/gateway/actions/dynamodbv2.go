package actions

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/iot/types"
)

type dynamoAPI interface {
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
}

// newDynamoDBv2 puts one item per message: each root key of the rule's output becomes an attribute.
// https://docs.aws.amazon.com/iot/latest/developerguide/dynamodb-v2-rule-action.html
func (b *Builder) newDynamoDBv2(f *fields, a types.DynamoDBv2Action) Action {
	if a.PutItem == nil || aws.ToString(a.PutItem.TableName) == "" {
		f.err = errors.New("dynamoDBv2 action names no table")
		return nil
	}
	table := f.template("tableName", a.PutItem.TableName)
	return &single{"DynamoDBv2Action", *a.PutItem.TableName, b.retry, func(ctx context.Context, in Invocation) error {
		item, err := itemOf(in.Output)
		if err != nil {
			return Permanent(err)
		}
		name, err := in.destination(ctx, "tableName", table)
		if err != nil {
			return err
		}
		_, err = b.dynamo.PutItem(ctx, &dynamodb.PutItemInput{TableName: &name, Item: item})
		return err
	}}
}

// itemOf converts a JSON object to an item. Numbers keep all their digits.
func itemOf(doc []byte) (map[string]dynamotypes.AttributeValue, error) {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	var object map[string]any
	if err := d.Decode(&object); err != nil {
		return nil, fmt.Errorf("the rule made no JSON object: %w", err)
	}
	item := make(map[string]dynamotypes.AttributeValue, len(object))
	for k, v := range object {
		item[k] = attribute(v)
	}
	return item, nil
}

func attribute(v any) dynamotypes.AttributeValue {
	switch x := v.(type) {
	case string:
		return &dynamotypes.AttributeValueMemberS{Value: x}
	case json.Number:
		return &dynamotypes.AttributeValueMemberN{Value: x.String()}
	case bool:
		return &dynamotypes.AttributeValueMemberBOOL{Value: x}
	case []any:
		list := make([]dynamotypes.AttributeValue, len(x))
		for i, e := range x {
			list[i] = attribute(e)
		}
		return &dynamotypes.AttributeValueMemberL{Value: list}
	case map[string]any:
		m := make(map[string]dynamotypes.AttributeValue, len(x))
		for k, e := range x {
			m[k] = attribute(e)
		}
		return &dynamotypes.AttributeValueMemberM{Value: m}
	}
	return &dynamotypes.AttributeValueMemberNULL{Value: true}
}
