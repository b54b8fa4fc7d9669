package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/aws/athena"
)

func driftAnswer(changes map[string]string) athena.Answer {
	row := map[string]string{
		"vin": "1ACEV26S0TA000001", "make": "Acme", "model": "Comet", "measure": "resting voltage of the 12 V battery", "unit": "V", "days": "40",
		"level": "12.0", "slope_a_week": "-0.07", "steepest_a_week": "-0.09", "flattest_a_week": "-0.05", "bound": "11.8",
		"limit_on": "2026-12-14", "earliest_on": "2026-12-10", "latest_on": "2026-12-22",
	}
	for k, v := range changes {
		row[k] = v
	}
	var a athena.Answer
	var values []*string
	for k, v := range row {
		a.Columns, values = append(a.Columns, k), append(values, &v)
	}
	a.Rows = [][]*string{values}
	return a
}

func TestADriftIsASentenceWithTheDay(t *testing.T) {
	for name, test := range map[string]struct {
		answer athena.Answer
		says   string
	}{
		"a limit ahead": {driftAnswer(nil), "1ACEV26S0TA000001  Acme Comet  The resting voltage of the 12 V battery is 12 V and falls by 0.07 a week " +
			"(0.05 to 0.09, by 40 days): it will be at its limit, 11.8, on 2026-12-14 (between 2026-12-10 and 2026-12-22).\n"},
		"a limit behind": {driftAnswer(map[string]string{"level": "11.7"}), "1ACEV26S0TA000001  Acme Comet  The resting voltage of the 12 V battery is 11.7 V " +
			"and falls by 0.07 a week (0.05 to 0.09, by 40 days): it is below its limit, 11.8.\n"},
		"no drift": {athena.Answer{}, "No car is within 120 days of a limit.\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			require.NoError(t, printDrifts(&out, test.answer))
			assert.Equal(t, test.says, out.String())
		})
	}
	var out strings.Builder
	assert.ErrorContains(t, printDrifts(&out, driftAnswer(map[string]string{"bound": "low"})), `row 1: bound "low" is no number`)
}
