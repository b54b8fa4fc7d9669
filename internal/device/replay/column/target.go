// Package column recognises the columns of loggers by their names. The names, with the app that writes each, are data: names.csv.
package column

import (
	"connectedcar/internal/device/replay/unit"
	"connectedcar/internal/domain/telemetry"
)

// Roles of columns that are not signals.
const (
	Time     = "time"
	Date     = "date"
	Elapsed  = "time since start"
	Vehicle  = "vehicle"
	Position = "position" // latitude and longitude in one cell
	Codes    = telemetry.DTCList
	Count    = telemetry.DTCCount
)

// Target is the signal or role of a column.
type Target struct {
	Path     string // VSS path, or the role
	Quantity unit.Quantity
	Low      float64 // least plausible value of the sensor, in the unit of VSS
	High     float64
}

var targets = byPath([]Target{
	{Time, unit.Time, 0, 0},
	{Date, unit.Plain, 0, 0},
	{Elapsed, unit.Time, 0, 0},
	{Vehicle, unit.Plain, 0, 0},
	{Position, unit.Angle, 0, 0},
	{Codes, unit.Plain, 0, 0},
	{Count, unit.Plain, 0, 255},
	{telemetry.Speed, unit.Speed, 0, 450},
	{telemetry.TraveledDistance, unit.Length, 0, 5e9},
	{telemetry.Latitude, unit.Angle, -90, 90},
	{telemetry.Longitude, unit.Angle, -180, 180},
	{telemetry.Altitude, unit.Length, -500, 9000},
	{telemetry.Heading, unit.Angle, 0, 360},
	{telemetry.HorizontalAccuracy, unit.Length, 0, 10000},
	{telemetry.AccelerationLongitudinal, unit.Acceleration, -30, 30},
	{telemetry.AccelerationLateral, unit.Acceleration, -30, 30},
	{telemetry.LowVoltageBattery, unit.Voltage, 0, 36},
	{telemetry.EngineSpeed, unit.Rotation, 0, 20000},
	{telemetry.EngineThrottle, unit.Percent, 0, 100},
	{telemetry.EngineMAF, unit.Flow, 0, 1500},
	{telemetry.EngineMAP, unit.Pressure, 0, 700},
	{telemetry.EngineCoolant, unit.Temperature, -60, 220},
	{telemetry.EngineOil, unit.Temperature, -60, 250},
	{telemetry.FuelLevel, unit.Percent, 0, 100},
	{telemetry.StateOfCharge, unit.Percent, 0, 100},
	{telemetry.StateOfHealth, unit.Percent, 0, 100},
	{telemetry.TractionBatteryMax, unit.Temperature, -60, 150},
	{telemetry.CurrentGear, unit.Plain, -3, 20},
	{telemetry.AcceleratorPedal, unit.Percent, 0, 100},
	{telemetry.BrakePedal, unit.Percent, 0, 100},
	{telemetry.TirePressureFrontLeft, unit.Pressure, 0, 1500},
	{telemetry.TirePressureFrontRight, unit.Pressure, 0, 1500},
	{telemetry.TirePressureRearLeft, unit.Pressure, 0, 1500},
	{telemetry.TirePressureRearRight, unit.Pressure, 0, 1500},
	{telemetry.AmbientAir, unit.Temperature, -80, 80},
})

func byPath(all []Target) map[string]Target {
	m := map[string]Target{}
	for _, t := range all {
		m[t.Path] = t
	}
	return m
}
