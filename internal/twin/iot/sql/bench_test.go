package sql_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"connectedcar/internal/twin/iot/sql"
)

const sample = `{"schema":"telemetry/1","id":"01JD0W2V6X9Q1Z3A5B7C9D1E3F","ts":"2026-11-23T12:00:00.000Z","bootId":"b7","seq":42,` +
	`"signals":{"Vehicle.Speed":87.5,"Vehicle.TraveledDistance":120345678,"Vehicle.LowVoltageBattery.CurrentVoltage":13.9,` +
	`"Vehicle.CurrentLocation.Latitude":48.137154,"Vehicle.CurrentLocation.Longitude":11.576124,` +
	`"Vehicle.Powertrain.CombustionEngine.Speed":2250,"Vehicle.Powertrain.FuelSystem.RelativeLevel":61}}`

// BenchmarkRule evaluates the rule for every message of a car: a WHERE clause and three functions.
func BenchmarkRule(b *testing.B) {
	s, err := sql.Compile(`SELECT * AS message, topic(3) AS vin, clientid() AS clientId, timestamp() AS ingestedAt FROM 'dt/cars/+/telemetry' WHERE clientid() = topic(3)`, sql.V2016)
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

// BenchmarkStatements evaluates rules that read the payload.
func BenchmarkStatements(b *testing.B) {
	for name, src := range map[string]string{
		"select all":   `SELECT * FROM 'a'`,
		"members":      `SELECT id, seq AS n, signals AS s FROM 'a' WHERE seq > 40 AND schema = 'telemetry/1'`,
		"arithmetic":   `SELECT (seq - 32) * 5 / 9 AS c, upper(bootId) AS b FROM 'a' WHERE seq % 2 = 0`,
		"nested query": `SELECT (SELECT VALUE x FROM e AS x WHERE x > 1) AS y FROM 'a'`,
	} {
		s, err := sql.Compile(src, sql.V2016)
		require.NoError(b, err)
		m := message(`{"e":[1,2,3],` + sample[1:])
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, ok, err := s.Evaluate(context.Background(), m, sql.Services{}); !ok || err != nil {
					b.Fatal(ok, err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "evaluations/s")
		})
	}
}

// BenchmarkTemplate renders an S3 key.
func BenchmarkTemplate(b *testing.B) {
	f, err := sql.CompileTemplate("raw/event/vin=${topic(3)}/${timestamp()}-${newuuid()}.json")
	require.NoError(b, err)
	m := message(sample)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f.Render(context.Background(), m, sql.Services{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "renderings/s")
}

// BenchmarkCompile compiles the rule for every message of a car. The gateway does so once per deployment.
func BenchmarkCompile(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := sql.Compile(`SELECT * AS message, topic(3) AS vin, clientid() AS clientId, timestamp() AS ingestedAt FROM 'dt/cars/+/telemetry' WHERE clientid() = topic(3)`, sql.V2016); err != nil {
			b.Fatal(err)
		}
	}
}
