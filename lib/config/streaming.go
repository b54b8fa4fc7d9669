package config

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Files of the Flink job, below the module's root: the artifact of `make flink`, and its sources.
const (
	FlinkJar    = "analytics/flink/target/fleet-windows.jar"
	FlinkSource = "analytics/flink/pom.xml"
)

// thresholds are the names of the job's thresholds, true for integers. The defaults are in the class Settings of analytics/flink.
var thresholds = map[string]bool{
	"lateness.seconds": true, "idle.seconds": true, "state.hours": true,
	"fault.window.minutes": true, "fault.cars": true, "fault.share": false, "fault.times": false, "fault.baseline.hours": true, "fault.quiet.hours": true,
	"region.window.minutes": true, "region.step.minutes": true, "region.degrees": false, "region.cars": true, "region.share": false, "region.quiet.minutes": true,
	"model.window.minutes": true, "model.cars": true, "model.baseline.hours": true, "model.quiet.hours": true,
}

// The job's defaults, in minutes, of two thresholds that depend on each other.
const (
	regionStep   = 5.0
	regionWindow = 15.0
)

// Thresholds returns the names of all thresholds of fleet-wide windows, sorted.
func Thresholds() []string { return slices.Sorted(maps.Keys(thresholds)) }

// isInterval reports whether a threshold is a duration. Flink accepts durations of up to three digits.
func isInterval(name string) bool {
	return strings.HasSuffix(name, ".seconds") || strings.HasSuffix(name, ".minutes") || strings.HasSuffix(name, ".hours")
}

// thresholds reads thresholds by name.
func (r reader) thresholds() map[string]float64 {
	value, ok := r.raw[keyThresholds]
	if !ok {
		return nil
	}
	var in map[string]float64
	if !decode(value, &in) {
		r.fail(keyThresholds, `must be an object of numbers, like {"fault.cars": 10}`)
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(in)) {
		at := r.origin(keyThresholds) + "." + name
		whole, known := thresholds[name]
		_, isWhole := wholeNumber(in[name])
		switch {
		case !known:
			r.bad.add(at, in[name], "unknown threshold; allowed are %s", strings.Join(Thresholds(), ", "))
		case isInterval(name) && (!isWhole || in[name] < 1 || in[name] > 999):
			r.bad.add(at, in[name], "must be a whole number from 1 to 999")
		case whole && (!isWhole || in[name] < 1 || in[name] > 999_999):
			r.bad.add(at, in[name], "must be a whole number from 1 to 999999")
		case in[name] < 0.000_001 || in[name] > 999_999:
			r.bad.add(at, in[name], "must be a number from 0.000001 to 999999")
		case strings.HasSuffix(name, ".share") && in[name] > 1:
			r.bad.add(at, in[name], "a share is at most 1")
		}
	}
	step, window := cmp.Or(in["region.step.minutes"], regionStep), cmp.Or(in["region.window.minutes"], regionWindow)
	if step >= 1 && int(window)%int(step) != 0 {
		r.bad.add(r.origin(keyThresholds)+".region.step.minutes", step, "must go into region.window.minutes, which is %g, without a rest", window)
	}
	return in
}
