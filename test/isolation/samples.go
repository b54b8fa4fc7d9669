package isolation

import "connectedcar/internal/names"

const head = `"id":"01JD0W2V6X9Q1Z3A5B7C9D1E3F","ts":"2026-11-23T12:00:00.000Z"`

// Samples returns two messages of every kind: one with all members of its schema, one with only the required ones.
func Samples() map[names.Kind][]string {
	return map[names.Kind][]string{
		names.Telemetry: {
			`{"schema":"telemetry/1",` + head + `,"bootId":"b7","seq":42,"tripId":"01JD0W2V6X9Q1Z3A5B7C9D1E3F",` +
				`"signals":{"Vehicle.Speed":87.50,"Vehicle.TraveledDistance":120345678,"Vehicle.Powertrain.Type":"HYBRID",` +
				`"Vehicle.Powertrain.TractionBattery.Charging.IsCharging":false,"Vehicle.CurrentLocation.Latitude":48.137154,"Vehicle.CurrentLocation.Altitude":null},` +
				`"batch":[{"dtMs":-500,"signals":{"Vehicle.Speed":86}}]}`,
			`{"schema":"telemetry/1",` + head + `,"bootId":"b7","seq":0,"signals":{"Vehicle.Speed":0}}`,
		},
		names.Diagnostics: {
			`{"schema":"diagnostics/1",` + head + `,"seq":1,"tripId":"01JD0W2V6X9Q1Z3A5B7C9D1E3F","kind":"set","mil":true,"odometerM":12000,` +
				`"codes":[{"code":"P0301","failureType":"0A","ecu":"ECM","status":9,"freezeFrame":{"Vehicle.Speed":50}}]}`,
			`{"schema":"diagnostics/1",` + head + `,"seq":1,"kind":"snapshot","mil":false,"codes":[]}`,
		},
		names.Trip: {
			`{"schema":"trip/1",` + head + `,"seq":3,"tripId":"01JD0W2V6X9Q1Z3A5B7C9D1E3F","startedAt":"2026-11-23T11:45:00.000Z","endedAt":"2026-11-23T12:00:00.000Z",` +
				`"startPlace":{"latitude":48.1,"longitude":11.5},"endPlace":{"latitude":48.2,"longitude":11.6},"distanceM":12345,"durationS":900,"idleS":60,` +
				`"averageSpeedKph":49.4,"maxSpeedKph":80.5,"harshBraking":1,"harshAcceleration":0,"harshCornering":0,"speedingS":0,"fuelL":0.8}`,
		},
		names.Event: {
			`{"schema":"event/1",` + head + `,"bootId":"b7","seq":3,"kind":"harsh_braking","severity":"MEDIUM","value":-4.2,"unit":"m/s^2",` +
				`"location":{"latitude":48.1,"longitude":11.5},"signals":{"Vehicle.Speed":50}}`,
			`{"schema":"event/1",` + head + `,"kind":"crash"}`,
		},
		names.HealthReport: {
			`{"schema":"healthreport/1",` + head + `,"odometerM":12000,"systems":{"engine":"OK","brakes":"OK","tyres":"ATTENTION","battery":"OK",` +
				`"emissions":"UNKNOWN","service":"SERVICE"},"dtcs":["P0301"],"serviceDistanceM":-1000}`,
			`{"schema":"healthreport/1",` + head + `,"odometerM":0,"systems":{"engine":"OK","brakes":"OK","tyres":"OK","battery":"OK","emissions":"OK","service":"OK"}}`,
		},
	}
}
