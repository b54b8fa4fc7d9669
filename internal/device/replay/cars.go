package replay

import (
	"errors"
	"math"
	"regexp"
	"strings"

	"connectedcar/internal/device/replay/column"
	"connectedcar/internal/device/replay/sheet"
	"connectedcar/internal/vin"
)

// findCars finds the columns that name the car of a row: those with a usual name, or else one that looks like the name of a car and
// changes.
func (l *layout) findCars() {
	for _, f := range l.columns {
		if f.Path == column.Vehicle && len(distinct(l.values(f.index), 1)) > 0 {
			l.cars = append(l.cars, f)
		}
	}
	if len(l.cars) > 0 {
		return
	}
	for i, c := range l.Columns {
		if _, known := column.Recognise(c.Header); known || !namesCar(c.Header, l.values(i)) {
			continue
		}
		l.note("column %q is taken for the car", c.Header)
		l.cars = append(l.cars, field{index: i, header: c.Header})
		return
	}
}

// mostCars is the largest number of distinct values in a column that names cars.
const mostCars = 10_000

var (
	carWord = regexp.MustCompile(`(?i)(vehicle|veh|car|truck|device|asset|imei|vin|plate|tracker|unit|bus|fahrzeug|gerät|vehicul|voiture|автомоб)`)
	carOnly = regexp.MustCompile(`(?i)^\W*(vehicle|car|truck|bus|device|asset|tracker|unit|imei|plate|reg)\W*$`)
	idWord  = regexp.MustCompile(`(?i)(id|name|no|nr|num|number|key|label|serial|code|imei|vin|plate)\W*$`)
)

// namesCar reports whether an unrecognised column names cars, by its header or because its values are VINs.
func namesCar(header string, values []string) bool {
	found := distinct(values, mostCars)
	if len(found) < 2 || len(found) >= mostCars {
		return false
	}
	vins := 0
	for v := range found {
		if _, err := vin.Parse(v); err == nil {
			vins++
		}
	}
	return vins == len(found) || carOnly.MatchString(header) || carWord.MatchString(header) && idWord.MatchString(header)
}

// distinct returns the distinct cars that the values name. It stops at that many.
func distinct(values []string, most int) map[string]bool {
	found := map[string]bool{}
	for _, v := range values {
		if !isAbsent(v) {
			found[carKey(v)] = true
		}
		if len(found) >= most {
			break
		}
	}
	return found
}

// carKey returns the same key for all spellings of a car: a VIN in lower case or with blanks equals the usual form.
func carKey(label string) string {
	folded := strings.ToUpper(strings.Join(strings.Fields(label), " "))
	if v, err := vin.Parse(strings.NewReplacer(" ", "", "-", "", ".", "").Replace(folded)); err == nil {
		return string(v)
	}
	return folded
}

// canonical returns the label to show: a VIN in its usual form, or else the label as written.
func canonical(label string) string {
	if v, err := vin.Parse(carKey(label)); err == nil {
		return string(v)
	}
	return label
}

// vehicleOf returns the car of the row: empty if the log has no column for it. It returns false if the row's cell is empty.
func (l *layout) vehicleOf(r sheet.Row) (string, bool) {
	if len(l.cars) == 0 {
		return "", true
	}
	v := r.Fields[l.cars[0].index]
	return v, !isAbsent(v)
}

// errSeveralCars rejects a log in which rows of several cars would become one impossible drive.
var errSeveralCars = errors.New("positions jump between places as those of several cars do, but no column names the car: name it \"vehicle\" or split the file")

// checkOneCar compares the positions of neighbouring rows if no column names the car.
func (l *layout) checkOneCar() error {
	const farM, fastMPS, share, least = 2000.0, 350.0, 0.3, 3
	if len(l.cars) > 0 || l.positions.latitude == nil {
		return nil
	}
	jumps, steps := 0, 0
	last := -1
	for i := range l.Rows {
		if math.IsNaN(l.positions.latitude[i]) {
			continue
		}
		if last >= 0 {
			steps++
			way := l.positions.metres(last, i)
			passed := l.stamps[i].since(l.stamps[last]).Abs().Seconds()
			if way > farM && way > fastMPS*passed {
				jumps++
			}
		}
		last = i
	}
	if jumps >= least && float64(jumps) > share*float64(steps) {
		return errSeveralCars
	}
	return nil
}
