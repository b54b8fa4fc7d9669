package telemetry_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"connectedcar/internal/domain/telemetry"
)

func TestOnlyTechnicalSignalsAreForThoseWhoDoNotDrive(t *testing.T) {
	for path, want := range map[string]bool{
		telemetry.Speed: true, telemetry.EngineCoolant: true, telemetry.Latitude: false, telemetry.Heading: false,
		"Vehicle.Cabin.Infotainment.Navigation.DestinationSet.Latitude": false, "Vehicle.Driver.HeartRate": false,
		"Vehicle.Driver.Identifier.Subject": false, "Vehicle.CurrentLocation.Timestamp": false, "vehicle.speed": false, "": false,
	} {
		assert.Equal(t, want, telemetry.IsTechnical(path), path)
	}
	for _, s := range telemetry.Catalogue() {
		assert.NotEqual(t, telemetry.IsPosition(s.Path), telemetry.IsTechnical(s.Path), "%s is one of the two", s.Path)
	}
}
