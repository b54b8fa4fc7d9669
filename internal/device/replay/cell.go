package replay

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"connectedcar/internal/device/replay/column"
	"connectedcar/internal/device/replay/unit"
	"connectedcar/internal/domain/diagnostic/dtc"
	"connectedcar/internal/domain/telemetry"
)

var errOutOfRange = errors.New("out of range")

// value parses one cell.
func (f field) value(text string) (telemetry.Value, error) {
	switch f.Path {
	case column.Codes:
		codes, err := dtc.Extract(text)
		texts := []string{}
		for _, c := range codes {
			texts = append(texts, c.String())
		}
		return telemetry.Texts(texts...), err
	case column.Count:
		n, err := parseCount(text)
		return telemetry.Number(float64(n)), err
	}
	n, err := f.number(text)
	if err != nil {
		return telemetry.Null, err
	}
	if n < f.Low || n > f.High {
		return telemetry.Null, errOutOfRange
	}
	return telemetry.Number(n), nil
}

// number parses the number of a cell and converts it by the unit in the cell, or else by the unit of the column.
func (f field) number(text string) (float64, error) {
	n, suffix, err := f.marks.parse(text)
	if err != nil {
		return 0, err
	}
	u := f.unit
	switch {
	case suffix != "":
		found, _, ok := unit.Parse(suffix, f.Quantity)
		if !ok || f.Quantity == unit.Plain {
			return 0, fmt.Errorf("unknown unit %.12q", suffix)
		}
		u = found
	case u.IsZero() && f.mixed:
		return 0, errors.New("no unit, and the column has several")
	case u.IsZero():
		u = f.bare
	}
	if f.scale != 0 {
		n *= f.scale
	}
	if !u.IsZero() {
		n = u.Convert(n)
	}
	return roundTo(n), nil
}

// roundTo rounds to 12 digits, to remove the noise of the conversion. That is far below the resolution of any sensor.
func roundTo(f float64) float64 {
	r, err := strconv.ParseFloat(strconv.FormatFloat(f, 'g', 12, 64), 64)
	if err != nil {
		return f
	}
	return r
}

var countPattern = regexp.MustCompile(`(\d+)\s*codes?`)

// parseCount parses a number of trouble codes. It also accepts a sentence such as "MIL is OFF, 0 codes".
func parseCount(text string) (int, error) {
	digits := text
	if m := countPattern.FindStringSubmatch(strings.ToLower(text)); m != nil {
		digits = m[1]
	}
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(digits), ".0"))
	if err != nil || n < 0 || n > 255 {
		return 0, fmt.Errorf("not a number of trouble codes")
	}
	return n, nil
}
