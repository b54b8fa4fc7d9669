package sql_test

import (
	"context"
	"testing"

	"connectedcar/internal/iot/sql"

	"github.com/stretchr/testify/require"
)

const sample = `{"schema":"telemetry/1","id":"01JD0W2V6X9Q1Z3A5B7C9D1E3F","ts":"2026-11-23T12:00:00.000Z","bootId":"b7","seq":42,` +
	`"signals":{"Vehicle.Speed":87.5,"Vehicle.TraveledDistance":120345678,"Vehicle.LowVoltageBattery.CurrentVoltage":13.9,` +
	`"Vehicle.CurrentLocation.Latitude":48.137154,"Vehicle.CurrentLocation.Longitude":11.576124,` +
	`"Vehicle.Powertrain.CombustionEngine.Speed":2250,"Vehicle.Powertrain.FuelSystem.RelativeLevel":61}}`

// BenchmarkRule is the rule of every message of a car: WHERE and three functions.
func BenchmarkRule(b *testing.B) {
	s, err := sql.Compile(carRule, sql.V2016)
	require.NoError(b, err)
	m := message(sample)
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		if _, ok, err := s.Evaluate(context.Background(), m, sql.Services{}); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "evaluations/s")
}
