package replay

import (
	"cmp"
	"math"
	"slices"

	"connectedcar/internal/device/replay/unit"
	"connectedcar/internal/domain/telemetry"
)

// prove infers the unit of a column that names none, from the other columns or from the values themselves. It reports whether the column
// can be used.
func (l *layout) prove(f *field) bool {
	switch {
	case f.Path == telemetry.Speed:
		l.proveSpeed(f)
	case f.Quantity == unit.Percent:
		return l.provePercent(f)
	case f.Quantity == unit.Temperature:
		return l.proveTemperature(f)
	}
	return true
}

// plain returns the numbers of a column as written, without conversion.
func (l *layout) plain(f field) []float64 {
	var out []float64
	for _, r := range l.Rows {
		if n, ok := f.raw(r.Fields[f.index]); ok {
			out = append(out, n)
		}
	}
	return out
}

func (f field) raw(text string) (float64, bool) {
	n, suffix, err := f.marks.parse(text)
	return n, err == nil && suffix == ""
}

// speedUnits are the units of speed that loggers use, with their factor to metres per second.
var speedUnits = []struct {
	name string
	mps  float64
}{{"km/h", 1 / 3.6}, {"mph", 0.44704}, {"m/s", 1}, {"kn", 1.852 / 3.6}}

// proveSpeed infers the unit of a column of speed from the distances between positions. The units differ by 15 % or more.
func (l *layout) proveSpeed(f *field) {
	const near = 0.065 // tolerance, as a difference of logarithms
	ratios := l.wayPerNumber(*f)
	if len(ratios) < leastWindows {
		return
	}
	slices.Sort(ratios)
	low, middle, high := ratios[len(ratios)/4], ratios[len(ratios)/2], ratios[len(ratios)*3/4]
	if high > low*evenly {
		return
	}
	for _, u := range speedUnits {
		if math.Abs(math.Log(middle/u.mps)) < near {
			f.unit = unit.Default(u.name, unit.Speed)
			l.note("column %q names no unit: the positions prove %s", f.header, u.name)
			return
		}
	}
	l.note("column %q names no unit, and the positions fit none", f.header)
}

const (
	leastWindows   = 5
	evenly         = 1.3
	windowM        = 40.0
	longestWindowS = 60.0
)

// wayPerNumber returns the speed by positions, in metres per second, divided by the number in the column. It measures over windows that are
// long enough to average out the noise of receivers.
func (l *layout) wayPerNumber(f field) []float64 {
	if l.positions.latitude == nil {
		return nil
	}
	var ratios []float64
	begin, last, sum := -1, -1, 0.0
	for i, r := range l.Rows {
		n, ok := f.raw(r.Fields[f.index])
		there := ok && n > 0 && !math.IsNaN(l.positions.latitude[i])
		if last >= 0 && (!there || !l.follows(last, i)) {
			begin, last, sum = -1, -1, 0
		}
		if !there {
			continue
		}
		if last < 0 {
			begin, last = i, i
			continue
		}
		before, _ := f.raw(l.Rows[last].Fields[f.index])
		sum += (n + before) / 2 * l.stamps[i].since(l.stamps[last]).Seconds()
		last = i
		if way := l.positions.metres(begin, i); way >= windowM {
			ratios = append(ratios, way/sum)
			begin, sum = i, 0
		}
	}
	return ratios
}

// follows reports whether row k is of the same car as row i and comes soon after it.
func (l *layout) follows(i, k int) bool {
	a, _ := l.vehicleOf(l.Rows[i])
	b, _ := l.vehicleOf(l.Rows[k])
	passed := l.stamps[k].since(l.stamps[i]).Seconds()
	return carKey(a) == carKey(b) && passed > 0 && passed <= longestWindowS
}

// provePercent recognises fractions of 1, and the ten-thousandths of Leaf Spy.
func (l *layout) provePercent(f *field) bool {
	numbers := l.plain(*f)
	if len(numbers) == 0 {
		return true
	}
	least, most := slices.Min(numbers), slices.Max(numbers)
	level := f.Path == telemetry.FuelLevel || f.Path == telemetry.StateOfCharge || f.Path == telemetry.StateOfHealth
	whole := !slices.ContainsFunc(numbers, func(n float64) bool { return n != math.Trunc(n) })
	switch {
	case most > 10_000 && most <= 1_000_000 && least >= 1000:
		f.scale, f.unit = 1e-4, unit.Default("%", unit.Percent)
		l.note("column %q names no unit: its values are taken as ten-thousandths of a percent", f.header)
	case most > 1 || most <= 0 || least < 0:
	case level && !whole:
		f.unit = unit.Default("fraction", unit.Percent)
		l.note("column %q names no unit: between 0 and 1 for the whole log it is taken as a fraction", f.header)
	default:
		l.ignore(f.header)
		l.note("column %q left out: it names no unit, and between 0 and 1 it may be a fraction or a percentage", f.header)
		return false
	}
	return true
}

// hottest holds median temperatures, in Celsius, that no working car reaches over a whole log.
var hottest = map[string]float64{telemetry.EngineCoolant: 135, telemetry.AmbientAir: 58, telemetry.TractionBatteryMax: 80}

// proveTemperature recognises Fahrenheit if the values would be too hot for a car in Celsius.
func (l *layout) proveTemperature(f *field) bool {
	numbers := l.plain(*f)
	limit, there := hottest[f.Path]
	if len(numbers) == 0 || !there || medianOf(numbers) <= limit {
		return true
	}
	if medianOf(numbers) > limit*9/5+32 {
		l.ignore(f.header)
		l.note("column %q left out: it names no unit, and its values fit neither Celsius nor Fahrenheit", f.header)
		return false
	}
	f.unit = unit.Default("°F", unit.Temperature)
	l.note("column %q names no unit: no car is as hot in Celsius, so it is taken as °F", f.header)
	return true
}

// provenGear reports whether the numbers of a column are gears: in a higher gear the engine turns more slowly at the same speed. Codes of a
// selector (1 P, 2 R, 3 N, 4 D) do not pass.
func (l *layout) provenGear(f field) bool {
	const least, moving = 3, 5.0
	speed, ok1 := l.first(telemetry.Speed)
	engine, ok2 := l.first(telemetry.EngineSpeed)
	if !ok1 || !ok2 {
		return false
	}
	ratios := map[float64][]float64{}
	for _, r := range l.Rows {
		gear, ok := f.raw(r.Fields[f.index])
		v, err1 := speed.number(r.Fields[speed.index])
		n, err2 := engine.number(r.Fields[engine.index])
		if ok && gear > 0 && err1 == nil && err2 == nil && v > moving && n > 500 {
			ratios[gear] = append(ratios[gear], n/v)
		}
	}
	var gears []float64
	for gear, all := range ratios {
		if len(all) >= least && gear == math.Trunc(gear) && gear <= 10 {
			gears = append(gears, gear)
		}
	}
	slices.SortFunc(gears, func(a, b float64) int { return cmp.Compare(a, b) })
	if len(gears) < 2 {
		return false
	}
	for i := 1; i < len(gears); i++ {
		if medianOf(ratios[gears[i]])*1.08 > medianOf(ratios[gears[i-1]]) {
			return false
		}
	}
	return true
}
