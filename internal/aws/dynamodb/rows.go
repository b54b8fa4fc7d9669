package dynamodb

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/vin"
)

// rowOf reads a row that History.item wrote.
func rowOf(it item) (telemetry.Row, error) {
	row := telemetry.Row{
		VIN: vin.VIN(textOf(it, "vin")), Seq: uint64(max(0, integerOf(it, "seq"))), // not negative, so it fits
		BootID: textOf(it, "bootId"), TripID: textOf(it, "tripId"), Signals: telemetry.Signals{},
	}
	var err error
	if row.At, err = instantOf(it, "ts"); err != nil {
		return telemetry.Row{}, fmt.Errorf("row %s %s: %w", textOf(it, "pk"), textOf(it, "sk"), err)
	}
	signals, _ := it["signals"].(*types.AttributeValueMemberM)
	if signals == nil {
		return row, nil
	}
	for path, a := range signals.Value {
		if row.Signals[path], err = valueOf(a); err != nil {
			return telemetry.Row{}, fmt.Errorf("row %s %s: signal %s: %w", textOf(it, "pk"), textOf(it, "sk"), path, err)
		}
	}
	return row, nil
}
