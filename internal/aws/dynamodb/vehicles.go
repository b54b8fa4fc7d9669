package dynamodb

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/vin"
)

// Vehicles is the table of vehicles, by vin.
type Vehicles struct {
	api   API
	table string
}

// NewVehicles uses the table of that name.
func NewVehicles(api API, table string) *Vehicles { return &Vehicles{api: api, table: table} }

// Vehicle reads the car with that VIN, consistently; vehicle.ErrNotFound if there is none.
func (s *Vehicles) Vehicle(ctx context.Context, v vin.VIN) (vehicle.Vehicle, error) {
	out, err := s.api.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.table, Key: item{"vin": text(string(v))}, ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return vehicle.Vehicle{}, awsconfig.Sort(err)
	}
	if out.Item == nil {
		return vehicle.Vehicle{}, fmt.Errorf("%s: %w", v, vehicle.ErrNotFound)
	}
	return VehicleOf(out.Item)
}

// PutVehicle writes a car's whole row, over an existing one.
func (s *Vehicles) PutVehicle(ctx context.Context, v vehicle.Vehicle) error {
	_, err := s.api.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.table, Item: VehicleItem(v)})
	return awsconfig.Sort(err)
}

// VehicleItem encodes the whole row of a car.
func VehicleItem(v vehicle.Vehicle) map[string]types.AttributeValue {
	it := set(item{"vin": text(string(v.VIN)), "createdAt": instant(v.CreatedAt)}, map[string]string{
		"manufacturerId": v.Manufacturer, "make": v.Make, "model": v.Model, "powertrain": v.Powertrain,
		"status": string(v.Status), "thingName": v.ThingName, "dealerId": v.DealerID, "ownerId": v.OwnerID,
		"nickname": v.Nickname, "wipeOf": v.WipeOf, "locationConsentDealer": v.Consent.DealerID,
	})
	for name, at := range map[string]time.Time{
		"registeredAt": v.RegisteredAt, "ownedSince": v.OwnedSince, "locationConsentUntil": v.Consent.DealerUntil,
		"operatorConsentUntil": v.Consent.OperatorsUntil,
	} {
		if !at.IsZero() {
			it[name] = instant(at)
		}
	}
	if v.ModelYear != 0 {
		it["modelYear"] = integer(int64(v.ModelYear))
	}
	if v.PlacardKPa != 0 {
		it["placardKPa"] = decimal(v.PlacardKPa)
	}
	if v.Version != 0 {
		it["version"] = integer(v.Version)
	}
	if len(v.Endings) > 0 {
		it["endings"] = endingList(v.Endings)
	}
	return it
}

func endingList(all []vehicle.Ending) *types.AttributeValueMemberL {
	out := &types.AttributeValueMemberL{}
	for _, e := range all {
		out.Value = append(out.Value, &types.AttributeValueMemberM{Value: item{
			"by": text(e.By), "as": text(e.As), "reason": text(e.Reason), "at": instant(e.At),
		}})
	}
	return out
}

func endingsOf(it item) ([]vehicle.Ending, error) {
	list, _ := it["endings"].(*types.AttributeValueMemberL)
	if list == nil {
		return nil, nil
	}
	var all []vehicle.Ending
	for _, value := range list.Value {
		row, ok := value.(*types.AttributeValueMemberM)
		if !ok {
			return nil, fmt.Errorf("an ending is a %T, allowed is a map", value)
		}
		at, err := instantOf(row.Value, "at")
		if err != nil {
			return nil, err
		}
		all = append(all, vehicle.Ending{By: textOf(row.Value, "by"), As: textOf(row.Value, "as"), Reason: textOf(row.Value, "reason"), At: at})
	}
	return all, nil
}

// MarkRegistered sets a car's status to REGISTERED and keeps the time of its first registration; vehicle.ErrNotAllowed if the car is not
// on that manufacturer's allow-list.
func (s *Vehicles) MarkRegistered(ctx context.Context, v vin.VIN, manufacturer, thing string, at time.Time) error {
	_, err := s.api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:           &s.table,
		Key:                 item{"vin": text(string(v))},
		UpdateExpression:    aws.String("SET #status = :registered, thingName = :thing, registeredAt = if_not_exists(registeredAt, :at)"),
		ConditionExpression: aws.String("manufacturerId = :manufacturer AND #status IN (:allowed, :registered)"),
		ExpressionAttributeNames: map[string]string{
			"#status": "status", // a reserved word of DynamoDB
		},
		ExpressionAttributeValues: item{
			":registered": text(string(vehicle.Registered)), ":allowed": text(string(vehicle.Allowed)),
			":manufacturer": text(manufacturer), ":thing": text(thing), ":at": instant(at),
		},
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureNone,
	})
	if conditionFailed(err) {
		return fmt.Errorf("%s: %w", v, vehicle.ErrNotAllowed)
	}
	return awsconfig.Sort(err)
}

// VehicleOf reads a row that VehicleItem or MarkRegistered wrote.
func VehicleOf(it map[string]types.AttributeValue) (vehicle.Vehicle, error) {
	v := vehicle.Vehicle{
		VIN: vin.VIN(textOf(it, "vin")), Manufacturer: textOf(it, "manufacturerId"), Make: textOf(it, "make"),
		Model: textOf(it, "model"), ModelYear: int(integerOf(it, "modelYear")), Powertrain: textOf(it, "powertrain"),
		Status: vehicle.Status(textOf(it, "status")), ThingName: textOf(it, "thingName"), DealerID: textOf(it, "dealerId"),
		OwnerID: textOf(it, "ownerId"), Nickname: textOf(it, "nickname"), WipeOf: textOf(it, "wipeOf"),
		Consent: vehicle.Consent{DealerID: textOf(it, "locationConsentDealer")},
		Version: integerOf(it, "version"),
	}
	for name, into := range map[string]*time.Time{
		"createdAt": &v.CreatedAt, "registeredAt": &v.RegisteredAt, "ownedSince": &v.OwnedSince,
		"locationConsentUntil": &v.Consent.DealerUntil, "operatorConsentUntil": &v.Consent.OperatorsUntil,
	} {
		at, err := instantOf(it, name)
		if err != nil {
			return vehicle.Vehicle{}, fmt.Errorf("row of %s: %w", v.VIN.Redacted(), err)
		}
		*into = at
	}
	var err error
	if v.Endings, err = endingsOf(it); err != nil {
		return vehicle.Vehicle{}, fmt.Errorf("row of %s: %w", v.VIN.Redacted(), err)
	}
	placard, err := decimalOf(it, "placardKPa")
	if err != nil {
		return vehicle.Vehicle{}, fmt.Errorf("row of %s: %w", v.VIN.Redacted(), err)
	}
	if placard != nil {
		v.PlacardKPa = *placard
	}
	return v, nil
}
