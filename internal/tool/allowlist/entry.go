package allowlist

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/vin"
)

// Entry is an operator's description of a car, all as text.
type Entry struct {
	VIN, Manufacturer, Make, Model, ModelYear, Powertrain string
	Dealer                                                string // the dealer's id; may be empty
}

// companyPattern matches the ids of manufacturers and dealers.
var companyPattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)

var textPattern = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}\p{P}\p{S} ]{0,63}$`)

const firstModelYear = 1886

// Check validates the entry and returns the car. The error names every invalid field and its allowed values.
func (e Entry) Check(now time.Time) (vehicle.Vehicle, error) {
	var wrong []error
	v := vehicle.Vehicle{Manufacturer: e.Manufacturer, Make: e.Make, Model: e.Model, DealerID: e.Dealer, Status: vehicle.Allowed}
	var err error
	if v.VIN, err = vin.Parse(e.VIN); err != nil {
		wrong = append(wrong, err)
	}
	if e.Dealer != "" && !companyPattern.MatchString(e.Dealer) {
		wrong = append(wrong, fmt.Errorf("dealer %q: allowed are 1 to 31 lower-case letters, digits and hyphens, a letter first", e.Dealer))
	}
	if !companyPattern.MatchString(e.Manufacturer) {
		wrong = append(wrong, fmt.Errorf("manufacturer %q: allowed are 1 to 31 lower-case letters, digits and hyphens, a letter first", e.Manufacturer))
	}
	for name, text := range map[string]string{"make": e.Make, "model": e.Model} {
		if !textPattern.MatchString(text) {
			wrong = append(wrong, fmt.Errorf("%s %q: allowed are 1 to 64 letters, digits, signs and spaces, a letter or digit first", name, text))
		}
	}
	v.ModelYear, err = strconv.Atoi(e.ModelYear)
	if latest := now.Year() + 2; err != nil || v.ModelYear < firstModelYear || v.ModelYear > latest {
		wrong = append(wrong, fmt.Errorf("model year %q: allowed are %d to %d", e.ModelYear, firstModelYear, latest))
	}
	p, err := vehicle.ParsePowertrain(e.Powertrain)
	if err != nil {
		wrong = append(wrong, err)
	}
	v.Powertrain = string(p)
	return v, oneLine(wrong)
}

// oneLine joins errors by semicolons.
func oneLine(errs []error) error {
	if len(errs) == 0 {
		return nil
	}
	text := make([]string, len(errs))
	for i, err := range errs {
		text[i] = err.Error()
	}
	slices.Sort(text)
	return errors.New(strings.Join(text, "; "))
}

// RowError is an invalid row of a CSV file.
type RowError struct {
	Line int
	Err  error
}

func (e RowError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

func (e RowError) Unwrap() error { return e.Err }

// columns are the names of the columns in a CSV file's header.
var columns = []string{"vin", "manufacturer", "make", "model", "modelYear", "powertrain"}

// ReadCSV reads a CSV file whose header names the columns, in any order. It reports every invalid row with its line. A VIN may occur only
// once. defaultManufacturer is used if the file has no column for the manufacturer.
func ReadCSV(r io.Reader, defaultManufacturer string, now time.Time) ([]vehicle.Vehicle, []RowError, error) {
	c := csv.NewReader(r)
	c.FieldsPerRecord = -1
	c.TrimLeadingSpace = true
	header, err := c.Read()
	if errors.Is(err, io.EOF) {
		return nil, nil, errors.New("the file is empty: its first line must be the header " + strings.Join(columns, ","))
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read header: %w", err)
	}
	at, err := findColumns(header, defaultManufacturer)
	if err != nil {
		return nil, nil, err
	}
	var cars []vehicle.Vehicle
	var bad []RowError
	seen := map[vin.VIN]int{}
	for {
		fields, err := c.Read()
		if errors.Is(err, io.EOF) {
			return cars, bad, nil
		}
		line, err := lineOf(c, err)
		if err == nil && len(fields) != len(header) {
			err = fmt.Errorf("%d fields, but the header has %d", len(fields), len(header))
		}
		var v vehicle.Vehicle
		if err == nil {
			v, err = entryOf(fields, at, defaultManufacturer).Check(now)
		}
		if first, twice := seen[v.VIN]; err == nil && twice {
			err = fmt.Errorf("VIN %s is on line %d already", v.VIN, first)
		}
		if err != nil {
			if line == 0 {
				return nil, nil, err
			}
			bad = append(bad, RowError{line, err})
			continue
		}
		seen[v.VIN] = line
		cars = append(cars, v)
	}
}

// lineOf returns the line of the row just read; zero if the file itself cannot be read.
func lineOf(c *csv.Reader, err error) (int, error) {
	if err == nil {
		line, _ := c.FieldPos(0)
		return line, nil
	}
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return parse.StartLine, parse.Err
	}
	return 0, fmt.Errorf("read CSV: %w", err)
}

func findColumns(header []string, defaultManufacturer string) (map[string]int, error) {
	at := map[string]int{}
	var unknown []string
	for i, h := range header {
		name := strings.TrimPrefix(strings.TrimSpace(h), "\ufeff")
		k := slices.IndexFunc(columns, func(c string) bool { return strings.EqualFold(c, name) })
		if k < 0 {
			unknown = append(unknown, name)
			continue
		}
		at[columns[k]] = i
	}
	var missing []string
	for _, c := range columns {
		if _, ok := at[c]; !ok && (c != "manufacturer" || defaultManufacturer == "") {
			missing = append(missing, c)
		}
	}
	switch {
	case len(missing) > 0:
		return nil, fmt.Errorf("header: column %s is missing; needed are %s", strings.Join(missing, ", "), strings.Join(columns, ","))
	case len(unknown) > 0:
		return nil, fmt.Errorf("header: column %q is unknown; allowed are %s", strings.Join(unknown, ", "), strings.Join(columns, ","))
	}
	return at, nil
}

func entryOf(fields []string, at map[string]int, defaultManufacturer string) Entry {
	get := func(column string) string {
		if i, ok := at[column]; ok {
			return strings.TrimSpace(fields[i])
		}
		return defaultManufacturer
	}
	return Entry{get("vin"), get("manufacturer"), get("make"), get("model"), get("modelYear"), get("powertrain"), ""}
}
