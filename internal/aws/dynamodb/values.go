package dynamodb

import (
	"fmt"
	"math"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"connectedcar/internal/domain/telemetry"
)

// smallest is the magnitude below which a number is written as 0: DynamoDB rejects numbers under 1e-130, and with one such number the
// whole call.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
const smallest = 1e-100

// valueAttribute encodes a signal's value.
func valueAttribute(v telemetry.Value) types.AttributeValue {
	switch v.Kind() {
	case telemetry.KindNumber:
		f, _ := v.Number()
		if math.Abs(f) < smallest {
			f = 0
		}
		return &types.AttributeValueMemberN{Value: strconv.FormatFloat(f, 'g', -1, 64)}
	case telemetry.KindText:
		s, _ := v.Text()
		return text(s)
	case telemetry.KindBool:
		b, _ := v.Bool()
		return &types.AttributeValueMemberBOOL{Value: b}
	case telemetry.KindTexts:
		texts, _ := v.Texts()
		list := make([]types.AttributeValue, len(texts))
		for i, s := range texts {
			list[i] = text(s)
		}
		return &types.AttributeValueMemberL{Value: list}
	}
	return &types.AttributeValueMemberNULL{Value: true}
}

// valueOf decodes an attribute that valueAttribute encoded.
func valueOf(a types.AttributeValue) (telemetry.Value, error) {
	switch x := a.(type) {
	case *types.AttributeValueMemberN:
		f, err := strconv.ParseFloat(x.Value, 64)
		if err != nil {
			return telemetry.Null, fmt.Errorf("number %q: %w", x.Value, err)
		}
		return telemetry.Number(f), nil
	case *types.AttributeValueMemberS:
		return telemetry.Text(x.Value), nil
	case *types.AttributeValueMemberBOOL:
		return telemetry.Bool(x.Value), nil
	case *types.AttributeValueMemberNULL:
		return telemetry.Null, nil
	case *types.AttributeValueMemberL:
		texts := make([]string, len(x.Value))
		for i, e := range x.Value {
			s, ok := e.(*types.AttributeValueMemberS)
			if !ok {
				return telemetry.Null, fmt.Errorf("a list holds %T", e)
			}
			texts[i] = s.Value
		}
		return telemetry.Texts(texts...), nil
	}
	return telemetry.Null, fmt.Errorf("a value is %T", a)
}
