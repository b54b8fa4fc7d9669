package dynamodb

import "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

// queryBytes is the largest amount of data that one Query or Scan reads.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html
const queryBytes = 1 << 20

// sizeOf estimates the size of an item in bytes as DynamoDB counts it.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
func sizeOf(it item) int {
	n := 0
	for name, a := range it {
		n += len(name) + sizeOfValue(a)
	}
	return n
}

func sizeOfValue(a types.AttributeValue) int {
	switch x := a.(type) {
	case *types.AttributeValueMemberS:
		return len(x.Value)
	case *types.AttributeValueMemberN:
		return len(x.Value)/2 + 1
	case *types.AttributeValueMemberB:
		return len(x.Value)
	case *types.AttributeValueMemberM:
		return 3 + sizeOf(x.Value) + len(x.Value)
	case *types.AttributeValueMemberL:
		n := 3
		for _, element := range x.Value {
			n += 1 + sizeOfValue(element)
		}
		return n
	case *types.AttributeValueMemberSS:
		n := 0
		for _, s := range x.Value {
			n += len(s)
		}
		return n
	default:
		return 1
	}
}
