package actions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/aws/aws-sdk-go-v2/service/iot/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"connectedcar/internal/twin/iot/sql"
)

// NewServices returns the services behind the SQL functions aws_lambda, get_dynamodb and get_registry_data.
func NewServices(cfg aws.Config) sql.Services {
	functions, tables, things := lambda.NewFromConfig(cfg), dynamodb.NewFromConfig(cfg), iot.NewFromConfig(cfg)
	return sql.Services{
		Lambda: func(ctx context.Context, arn string, input []byte) ([]byte, error) {
			out, err := functions.Invoke(ctx, &lambda.InvokeInput{FunctionName: &arn, Payload: input})
			if err != nil {
				return nil, err
			}
			if out.FunctionError != nil {
				return nil, fmt.Errorf("function %s failed: %s", arn, *out.FunctionError)
			}
			return out.Payload, nil
		},
		DynamoDB: func(ctx context.Context, k sql.DynamoDBKey) ([]byte, error) { return item(ctx, tables, k) },
		Registry: func(ctx context.Context, api, thing, _ string) ([]byte, error) {
			return registryData(ctx, things, api, thing)
		},
	}
}

// item returns the item with that key as JSON.
func item(ctx context.Context, tables *dynamodb.Client, k sql.DynamoDBKey) ([]byte, error) {
	key, err := itemOf(fmt.Appendf(nil, "{%q: %s}", k.PartitionName, k.PartitionJSON))
	if err != nil {
		return nil, err
	}
	if k.SortName != "" {
		sort, err := itemOf(fmt.Appendf(nil, "{%q: %s}", k.SortName, k.SortJSON))
		if err != nil {
			return nil, err
		}
		key[k.SortName] = sort[k.SortName]
	}
	out, err := tables.GetItem(ctx, &dynamodb.GetItemInput{TableName: &k.Table, Key: key})
	if err != nil || out.Item == nil {
		return nil, err
	}
	return json.Marshal(jsonOf(&dynamotypes.AttributeValueMemberM{Value: out.Item}))
}

// jsonOf converts an attribute to a value that encodes as its JSON form.
func jsonOf(v dynamotypes.AttributeValue) any {
	switch x := v.(type) {
	case *dynamotypes.AttributeValueMemberS:
		return x.Value
	case *dynamotypes.AttributeValueMemberN:
		return json.Number(x.Value)
	case *dynamotypes.AttributeValueMemberBOOL:
		return x.Value
	case *dynamotypes.AttributeValueMemberB:
		return x.Value
	case *dynamotypes.AttributeValueMemberSS:
		return x.Value
	case *dynamotypes.AttributeValueMemberNS:
		list := make([]json.Number, len(x.Value))
		for i, n := range x.Value {
			list[i] = json.Number(n)
		}
		return list
	case *dynamotypes.AttributeValueMemberBS:
		return x.Value
	case *dynamotypes.AttributeValueMemberL:
		list := make([]any, len(x.Value))
		for i, e := range x.Value {
			list[i] = jsonOf(e)
		}
		return list
	case *dynamotypes.AttributeValueMemberM:
		m := make(map[string]any, len(x.Value))
		for k, e := range x.Value {
			m[k] = jsonOf(e)
		}
		return m
	}
	return nil
}

// registryData calls DescribeThing or ListThingGroupsForThing and returns the response in the JSON form of the API.
func registryData(ctx context.Context, c *iot.Client, api, thing string) ([]byte, error) {
	var v any
	var err error
	switch api {
	case "DescribeThing":
		var out *iot.DescribeThingOutput
		if out, err = c.DescribeThing(ctx, &iot.DescribeThingInput{ThingName: &thing}); err == nil {
			v = map[string]any{
				"thingName": out.ThingName, "thingId": out.ThingId, "thingArn": out.ThingArn, "thingTypeName": out.ThingTypeName,
				"attributes": out.Attributes, "version": out.Version, "defaultClientId": out.DefaultClientId, "billingGroupName": out.BillingGroupName,
			}
		}
	case "ListThingGroupsForThing":
		var out *iot.ListThingGroupsForThingOutput
		if out, err = c.ListThingGroupsForThing(ctx, &iot.ListThingGroupsForThingInput{ThingName: &thing}); err == nil {
			groups := make([]map[string]*string, len(out.ThingGroups))
			for i, g := range out.ThingGroups {
				groups[i] = map[string]*string{"groupName": g.GroupName, "groupArn": g.GroupArn}
			}
			v = map[string]any{"thingGroups": groups}
		}
	default:
		return nil, fmt.Errorf("get_registry_data %q: allowed are DescribeThing and ListThingGroupsForThing", api)
	}
	var missing *types.ResourceNotFoundException
	if errors.As(err, &missing) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return json.Marshal(v)
}
