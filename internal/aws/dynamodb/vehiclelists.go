package dynamodb

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// AddVehicle puts a car on the allow-list; vehicle.ErrExists if it is there.
func (s *Vehicles) AddVehicle(ctx context.Context, v vehicle.Vehicle) error {
	_, err := s.api.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &s.table, Item: VehicleItem(v), ConditionExpression: aws.String("attribute_not_exists(vin)"),
	})
	if conditionFailed(err) {
		return vehicle.ErrExists
	}
	return awsconfig.Sort(err)
}

// ChangeVehicle changes a car whose stored version is still that version, and returns the changed car; vehicle.ErrChanged otherwise.
func (s *Vehicles) ChangeVehicle(ctx context.Context, v vin.VIN, version int64, c vehicle.Change) (vehicle.Vehicle, error) {
	setting, removing := "SET version = :next", ""
	values := item{":next": integer(version + 1)}
	put := func(name string, value types.AttributeValue, empty bool) {
		if !empty {
			setting += ", " + name + " = :" + name
			values[":"+name] = value
			return
		}
		if removing == "" {
			removing = " REMOVE " + name
			return
		}
		removing += ", " + name
	}
	if c.Nickname != nil {
		put("nickname", text(*c.Nickname), *c.Nickname == "")
	}
	if c.DealerID != nil {
		put("dealerId", text(*c.DealerID), *c.DealerID == "")
		put("locationConsentUntil", nil, true)
		put("locationConsentDealer", nil, true)
	}
	if c.PlacardKPa != nil {
		put("placardKPa", decimal(*c.PlacardKPa), *c.PlacardKPa == 0)
	}
	condition := "attribute_exists(vin) AND attribute_not_exists(version)"
	if version > 0 {
		condition, values[":version"] = "version = :version", integer(version)
	}
	out, err := s.api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: item{"vin": text(string(v))}, UpdateExpression: aws.String(setting + removing),
		ConditionExpression: &condition, ExpressionAttributeValues: values, ReturnValues: types.ReturnValueAllNew,
	})
	if conditionFailed(err) {
		return vehicle.Vehicle{}, vehicle.ErrChanged
	}
	if err != nil {
		return vehicle.Vehicle{}, awsconfig.Sort(err)
	}
	return VehicleOf(out.Attributes)
}

// OfOwner lists the cars of that owner, by VIN.
func (s *Vehicles) OfOwner(ctx context.Context, user string, p paging.Request) (paging.Page[vehicle.Vehicle], error) {
	return s.of(ctx, "byOwner", "ownerId", user, p)
}

// OfDealer lists the cars assigned to that dealer, by VIN.
func (s *Vehicles) OfDealer(ctx context.Context, dealer string, p paging.Request) (paging.Page[vehicle.Vehicle], error) {
	return s.of(ctx, "byDealer", "dealerId", dealer, p)
}

// OfManufacturer lists the cars of that manufacturer, by VIN.
func (s *Vehicles) OfManufacturer(ctx context.Context, manufacturer string, p paging.Request) (paging.Page[vehicle.Vehicle], error) {
	return s.of(ctx, "byManufacturer", "manufacturerId", manufacturer, p)
}

func (s *Vehicles) of(ctx context.Context, index, key, value string, p paging.Request) (paging.Page[vehicle.Vehicle], error) {
	rows, next, err := query(ctx, s.api, &dynamodb.QueryInput{
		TableName: &s.table, IndexName: &index, KeyConditionExpression: aws.String("#key = :value"),
		ExpressionAttributeNames: map[string]string{"#key": key}, ExpressionAttributeValues: item{":value": text(value)},
	}, p)
	if err != nil {
		return paging.Page[vehicle.Vehicle]{}, err
	}
	out := paging.Page[vehicle.Vehicle]{Next: next}
	for _, it := range rows {
		v, err := VehicleOf(it)
		if err != nil {
			return paging.Page[vehicle.Vehicle]{}, err
		}
		out.Items = append(out.Items, v)
	}
	return out, nil
}

// Each calls each for every car, in no particular order, until each returns false. It is for tools: functions have no permission to scan.
func (s *Vehicles) Each(ctx context.Context, scan dynamodb.ScanAPIClient, each func(vehicle.Vehicle) bool) error {
	pages := dynamodb.NewScanPaginator(scan, &dynamodb.ScanInput{TableName: &s.table})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return awsconfig.Sort(err)
		}
		for _, it := range page.Items {
			v, err := VehicleOf(it)
			if err != nil {
				return err
			}
			if !each(v) {
				return nil
			}
		}
	}
	return nil
}
