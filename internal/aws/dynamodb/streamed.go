package dynamodb

import (
	"slices"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/vin"
)

// StreamedAlert is the alert in a stream's image of a row; nil if there is no image, or the row is a thread.
func StreamedAlert(image map[string]events.DynamoDBAttributeValue) (*alert.Alert, error) {
	a, ok, err := AlertOf(streamed(image))
	if err != nil || !ok {
		return nil, err
	}
	return &a, nil
}

// Concerned are the people whose access to a car a change of a table of vehicles or grants may have changed, and the car. A row of grants
// has its person in the key; a row of vehicles names the owner, before and after; nobody listens to a car
// that has not registered.
func Concerned(change events.DynamoDBStreamRecord) (users []string, car vin.VIN) {
	keys, before, after := streamed(change.Keys), streamed(change.OldImage), streamed(change.NewImage)
	v, err := vin.Parse(textOf(keys, "vin"))
	if err != nil {
		return nil, "" // no such car is on any road
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

// streamed are the texts and numbers of a stream's image. What functions read of images is of no other type.
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
