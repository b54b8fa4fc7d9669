package dynamodb

import (
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"connectedcar/internal/domain/trip"
	"connectedcar/internal/vin"
)

// rankOf returns a string that sorts as trip.Compare orders trips.
func rankOf(t trip.Trip) string {
	source := 0
	if t.Source == trip.ByCar {
		source = 1
	}
	return fmt.Sprintf("%d#%s#%016d#%s#%012d", source, timestamp(t.MessageTS), t.MessageSeq, t.MessageID, t.DistanceM)
}

func tripItem(t trip.Trip) item {
	it := set(tripKey(t.VIN, t.ID), map[string]string{"source": string(t.Source), "messageId": t.MessageID})
	for name, at := range map[string]time.Time{"startedAt": t.StartedAt, "endedAt": t.EndedAt, "messageTs": t.MessageTS} {
		it[name] = instant(at)
	}
	for name, n := range map[string]int64{
		"distanceM": t.DistanceM, "durationS": t.DurationS, "idleS": t.IdleS, "speedingS": t.SpeedingS,
		"harshBraking": int64(t.HarshBraking), "harshAcceleration": int64(t.HarshAcceleration), "harshCornering": int64(t.HarshCornering),
		"messageSeq": int64(t.MessageSeq), // telemetry.MaxSeq is far below the maximum of int64
	} {
		it[name] = integer(n)
	}
	it["averageSpeedKph"], it["maxSpeedKph"] = decimal(t.AverageSpeedKPH), decimal(t.MaxSpeedKPH)
	if t.Score != nil {
		it["score"] = integer(int64(*t.Score))
	}
	for name, f := range map[string]*float64{"fuelL": t.FuelL, "energyKWh": t.EnergyKWh} {
		if f != nil {
			it[name] = decimal(*f)
		}
	}
	for name, p := range map[string]*trip.Place{"startPlace": t.Start, "endPlace": t.End} {
		if p != nil {
			it[name] = &types.AttributeValueMemberM{Value: item{"latitude": decimal(p.Latitude), "longitude": decimal(p.Longitude)}}
		}
	}
	it["rank"] = text(rankOf(t))
	return it
}

// tripOf reads a row that tripItem wrote.
func tripOf(it item) (trip.Trip, error) {
	t := trip.Trip{
		VIN: vin.VIN(textOf(it, "vin")), ID: textOf(it, "tripId"), Source: trip.Source(textOf(it, "source")),
		MessageID: textOf(it, "messageId"), MessageSeq: uint64(max(0, integerOf(it, "messageSeq"))), // not negative, so it fits
		Totals: trip.Totals{
			DistanceM: integerOf(it, "distanceM"), DurationS: integerOf(it, "durationS"), IdleS: integerOf(it, "idleS"),
			SpeedingS: integerOf(it, "speedingS"), HarshBraking: int(integerOf(it, "harshBraking")),
			HarshAcceleration: int(integerOf(it, "harshAcceleration")), HarshCornering: int(integerOf(it, "harshCornering")),
		},
		Start: placeOf(it["startPlace"]), End: placeOf(it["endPlace"]),
	}
	if _, scored := it["score"]; scored {
		score := int(integerOf(it, "score"))
		t.Score = &score
	}
	var err error
	for name, into := range map[string]*time.Time{"startedAt": &t.StartedAt, "endedAt": &t.EndedAt, "messageTs": &t.MessageTS} {
		if *into, err = instantOf(it, name); err != nil {
			return t, fmt.Errorf("trip %s: %w", t.ID, err)
		}
	}
	var average, fastest *float64
	for name, into := range map[string]**float64{
		"fuelL": &t.FuelL, "energyKWh": &t.EnergyKWh, "averageSpeedKph": &average, "maxSpeedKph": &fastest,
	} {
		if *into, err = decimalOf(it, name); err != nil {
			return t, fmt.Errorf("trip %s: %w", t.ID, err)
		}
	}
	if average != nil && fastest != nil {
		t.AverageSpeedKPH, t.MaxSpeedKPH = *average, *fastest
	}
	return t, nil
}

// placeOf reads a position; nil if there is none.
func placeOf(a types.AttributeValue) *trip.Place {
	m, ok := a.(*types.AttributeValueMemberM)
	if !ok {
		return nil
	}
	latitude, err := decimalOf(m.Value, "latitude")
	longitude, err2 := decimalOf(m.Value, "longitude")
	if err != nil || err2 != nil || latitude == nil || longitude == nil {
		return nil
	}
	return &trip.Place{Latitude: *latitude, Longitude: *longitude}
}
