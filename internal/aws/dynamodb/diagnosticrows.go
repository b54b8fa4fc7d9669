package dynamodb

import (
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/diagnostic"
	"connectedcar/internal/domain/diagnostic/dtc"
)

func diagnosticItem(r diagnostic.Record) item {
	it := set(item{
		"vin": text(r.VIN), "diagnosticId": text(r.ID), "statusByte": integer(int64(r.StatusByte)),
		"firstSeen": instant(r.FirstSeen), "lastSeen": instant(r.LastSeen), "count": integer(int64(r.Count)),
		"mil": &types.AttributeValueMemberBOOL{Value: r.MIL},
	}, map[string]string{
		"status": string(r.Status), "code": r.Fault.Code.String(), "failureType": r.Fault.FailureType(), "ecu": r.ECU,
		"severity": string(r.Severity), "description": r.Description, "dealerId": r.DealerID, "tripId": r.TripID, "frame": r.Frame,
		"acknowledgedBy": r.AcknowledgedBy, "closedBy": string(r.ClosedBy), "clearedBy": r.ClearedBy,
	})
	if r.OdometerM != nil {
		it["odometerM"] = integer(*r.OdometerM)
	}
	for name, at := range map[string]time.Time{"acknowledgedAt": r.AcknowledgedAt, "closedAt": r.ClosedAt} {
		if !at.IsZero() {
			it[name] = instant(at)
		}
	}
	return it
}

// recordOfFault reads a row that diagnosticItem wrote.
func recordOfFault(it item) (diagnostic.Record, error) {
	r := diagnostic.Record{
		VIN: textOf(it, "vin"), ID: textOf(it, "diagnosticId"), Status: diagnostic.Status(textOf(it, "status")), ECU: textOf(it, "ecu"),
		StatusByte: dtc.Status(integerOf(it, "statusByte")), // written from a byte
		Severity:   alert.Severity(textOf(it, "severity")), Description: textOf(it, "description"), DealerID: textOf(it, "dealerId"),
		Count: int(integerOf(it, "count")), TripID: textOf(it, "tripId"), Frame: textOf(it, "frame"),
		AcknowledgedBy: textOf(it, "acknowledgedBy"), ClosedBy: diagnostic.Cause(textOf(it, "closedBy")), ClearedBy: textOf(it, "clearedBy"),
	}
	if mil, ok := it["mil"].(*types.AttributeValueMemberBOOL); ok {
		r.MIL = mil.Value
	}
	if _, ok := it["odometerM"]; ok {
		m := integerOf(it, "odometerM")
		r.OdometerM = &m
	}
	var err error
	if r.Fault, err = dtc.ParseFault(textOf(it, "code") + textOf(it, "failureType")); err != nil {
		return r, fmt.Errorf("fault %s: %w", r.ID, err)
	}
	for name, into := range map[string]*time.Time{
		"firstSeen": &r.FirstSeen, "lastSeen": &r.LastSeen, "acknowledgedAt": &r.AcknowledgedAt, "closedAt": &r.ClosedAt,
	} {
		if *into, err = instantOf(it, name); err != nil {
			return r, fmt.Errorf("fault %s: %w", r.ID, err)
		}
	}
	return r, nil
}
