package dynamodb

import (
	"slices"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/vin"
)

// StreamedAlert reads an alert from a row's image in the table's stream; nil if there is no image, or the row is a thread.
func StreamedAlert(image map[string]events.DynamoDBAttributeValue) (*alert.Alert, error) {
	a, ok, err := AlertOf(streamed(image))
	if err != nil || !ok {
		return nil, err
	}
	return &a, nil
}

// Concerned returns the users whose access to a car may have changed with a row of the table of vehicles or of grants, and the car. The
// key of a grant names one user; a row of vehicles names the owner before and after the change. A vehicle's row counts only if the owner
// or the registration changed.
func Concerned(change events.DynamoDBStreamRecord) (users []string, car vin.VIN) {
	keys, before, after := streamed(change.Keys), streamed(change.OldImage), streamed(change.NewImage)
	v, err := vin.Parse(textOf(keys, "vin"))
	if err != nil {
		return nil, "" // no car can have such a VIN
	}
	if u := textOf(keys, "userId"); u != "" {
		if textOf(before, "userId") != "" && integerOf(before, "expiresAt") == integerOf(after, "expiresAt") {
			return nil, ""
		}
		return []string{u}, v
	}
	was, is := textOf(before, "ownerId"), textOf(after, "ownerId")
	if was == is && textOf(before, "thingName") == textOf(after, "thingName") {
		return nil, ""
	}
	return slices.DeleteFunc(slices.Compact([]string{was, is}), func(u string) bool { return u == "" }), v
}

// streamed converts the strings and numbers of a stream's image. The functions read no attributes of other types.
func streamed(image map[string]events.DynamoDBAttributeValue) item {
	it := make(item, len(image))
	for name, v := range image {
		switch v.DataType() {
		case events.DataTypeString:
			it[name] = &types.AttributeValueMemberS{Value: v.String()}
		case events.DataTypeNumber:
			it[name] = &types.AttributeValueMemberN{Value: v.Number()}
		}
	}
	return it
}
