package dynamodb

import (
	"fmt"
	"math"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// decimal writes a number. NaN, infinities and numbers too large for DynamoDB become NULL.
func decimal(f float64) types.AttributeValue {
	if math.IsNaN(f) || math.IsInf(f, 0) || math.Abs(f) > 1e125 {
		return &types.AttributeValueMemberNULL{Value: true}
	}
	if math.Abs(f) < smallest {
		f = 0
	}
	return &types.AttributeValueMemberN{Value: strconv.FormatFloat(f, 'g', -1, 64)}
}

// decimalOf reads a number attribute; nil if there is none.
func decimalOf(it item, name string) (*float64, error) {
	n, ok := it[name].(*types.AttributeValueMemberN)
	if !ok {
		return nil, nil
	}
	f, err := strconv.ParseFloat(n.Value, 64)
	if err != nil {
		return nil, fmt.Errorf("attribute %s: %w", name, err)
	}
	return &f, nil
}
