package smoke

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"connectedcar/internal/domain/telemetry"
)

// daySummary holds the columns of the daily summary that this check computes itself.
type daySummary struct {
	messages, distanceM, topKPH, minVolt, maxCoolantC float64
	days                                              int
}

// answered converts a row of the daily summary.
func answered(row map[string]*string) daySummary {
	return daySummary{
		messages: number(row["messages"]), distanceM: number(row["distance_m"]), topKPH: number(row["max_speed_kmh"]),
		minVolt: number(row["min_battery_v"]), maxCoolantC: number(row["max_coolant_c"]), days: 1,
	}
}

// and merges the summaries of two days. The distance between the last sample of one day and the first of the next is in neither.
func (s daySummary) and(o daySummary) daySummary {
	if s.days == 0 {
		return o
	}
	return daySummary{
		messages: s.messages + o.messages, distanceM: s.distanceM + o.distanceM, topKPH: max(s.topKPH, o.topKPH),
		minVolt: min(s.minVolt, o.minVolt), maxCoolantC: max(s.maxCoolantC, o.maxCoolantC), days: s.days + o.days,
	}
}

// same reports whether the lake's row equals this summary. A small part of the distance may be missing, because a drive may span two days.
func (s daySummary) same(answer daySummary) bool {
	distance := near(s.distanceM, answer.distanceM)
	if answer.days > 1 {
		distance = answer.distanceM <= s.distanceM
	}
	return s.messages == answer.messages && distance && near(s.topKPH, answer.topKPH) && near(s.minVolt, answer.minVolt) &&
		near(s.maxCoolantC, answer.maxCoolantC)
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-6*max(1, math.Abs(a)) }

// summarise computes each car's summary from the messages that it sent.
func summarise(sent []sample) map[string]daySummary {
	values := map[string]map[string][]float64{}
	out := map[string]daySummary{}
	for _, s := range sent {
		if values[s.vin] == nil {
			values[s.vin] = map[string][]float64{}
		}
		for path, v := range s.signals {
			signal, known := telemetry.Lookup(path)
			if f, ok := v.Number(); ok && (!known || signal.Plausible(v)) {
				values[s.vin][path] = append(values[s.vin][path], f)
			}
		}
		sum := out[s.vin]
		sum.messages++
		out[s.vin] = sum
	}
	for vin, sum := range out {
		of := values[vin]
		sum.distanceM = highest(of[telemetry.TraveledDistance]) - lowest(of[telemetry.TraveledDistance])
		sum.topKPH, sum.minVolt, sum.maxCoolantC = highest(of[telemetry.Speed]), lowest(of[telemetry.LowVoltageBattery]), highest(of[telemetry.EngineCoolant])
		sum.days = 1
		out[vin] = sum
	}
	return out
}

// highest is the maximum; NaN, which equals nothing, if there are no values.
func highest(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	return slices.Max(values)
}

func lowest(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	return slices.Min(values)
}

// number parses a number; NULL and other text are NaN.
func number(s *string) float64 {
	if s == nil {
		return math.NaN()
	}
	f, err := strconv.ParseFloat(*s, 64)
	if err != nil {
		return math.NaN()
	}
	return f
}

// carsIn returns the distinct cars of these messages.
func carsIn(sent []sample) []string {
	var vins []string
	for _, s := range sent {
		if !slices.Contains(vins, s.vin) {
			vins = append(vins, s.vin)
		}
	}
	return vins
}

// quoted formats VINs as SQL string literals. VINs contain only letters and digits, so nothing needs escaping.
func quoted(vins []string) string { return "'" + strings.Join(vins, "', '") + "'" }
