package allowlist_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/tool/allowlist"
	"connectedcar/internal/vin"
)

var now = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

func good() allowlist.Entry {
	return allowlist.Entry{VIN: "1ACEV26S0TA000001", Manufacturer: "acme", Make: "Acme", Model: "Comet GT", ModelYear: "2026", Powertrain: "HYBRID"}
}

func TestEntries(t *testing.T) {
	for name, tc := range map[string]struct {
		edit func(*allowlist.Entry)
		want string // empty: no error
	}{
		"a good one passes":             {func(*allowlist.Entry) {}, ""},
		"a make with an accent passes":  {func(e *allowlist.Entry) { e.Make = "Citroën" }, ""},
		"a short VIN fails":             {func(e *allowlist.Entry) { e.VIN = "1ACEV26S0" }, "it has 9 characters; allowed are 17"},
		"a manufacturer in capitals":    {func(e *allowlist.Entry) { e.Manufacturer = "ACME" }, `manufacturer "ACME": allowed are`},
		"an empty model fails":          {func(e *allowlist.Entry) { e.Model = "" }, `model "": allowed are`},
		"a year in words fails":         {func(e *allowlist.Entry) { e.ModelYear = "new" }, "allowed are 1886 to 2028"},
		"a year far ahead fails":        {func(e *allowlist.Entry) { e.ModelYear = "2029" }, "allowed are 1886 to 2028"},
		"an unknown powertrain fails":   {func(e *allowlist.Entry) { e.Powertrain = "STEAM" }, "allowed are COMBUSTION, HYBRID and ELECTRIC"},
		"every wrong field is reported": {func(e *allowlist.Entry) { e.VIN, e.Powertrain = "x", "STEAM" }, "it has 1 characters; allowed are 17 characters of A-Z and 0-9 without I, O and Q; powertrain"},
	} {
		t.Run(name, func(t *testing.T) {
			e := good()
			tc.edit(&e)
			v, err := e.Check(now)
			if tc.want != "" {
				assert.ErrorContains(t, err, tc.want)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, vin.VIN(e.VIN), v.VIN)
			assert.Equal(t, vehicle.Allowed, v.Status)
		})
	}
}

const header = "vin,manufacturer,make,model,modelYear,powertrain\n"

func TestACSVFileReportsEveryBadRowWithItsLine(t *testing.T) {
	cars, bad, err := allowlist.ReadCSV(strings.NewReader(header+
		"1ACEV26S0TA000001,acme,Acme,Comet,2026,HYBRID\n"+
		"short,acme,Acme,Comet,2026,HYBRID\n"+
		"\n"+
		"1ACEV26S0TA000002,acme,Acme,Comet,2026\n"+
		"1ACEV26S0TA000001,acme,Acme,Comet,2026,HYBRID\n"+
		"1ACEV26S0TA000003,acme,Ac\"me,Comet,2026,HYBRID\n"+
		"1ACEV26S0TA000004,acme,Acme,Comet,2026,ELECTRIC\n"), "", now)
	require.NoError(t, err)
	require.Len(t, cars, 2)
	var lines []int
	for _, b := range bad {
		lines = append(lines, b.Line)
	}
	assert.Equal(t, []int{3, 5, 6, 7}, lines)
	assert.ErrorContains(t, bad[0], "line 3: VIN")
	assert.ErrorContains(t, bad[1], "5 fields, but the header has 6")
	assert.ErrorContains(t, bad[2], "VIN 1ACEV26S0TA000001 is on line 2 already")
}

func TestHeadersOfCSVFiles(t *testing.T) {
	for name, tc := range map[string]struct{ text, manufacturer, want string }{
		"any order and case":                  {"Powertrain,VIN,make,MODEL,modelyear,manufacturer\nHYBRID,1ACEV26S0TA000001,Acme,Comet,2026,acme\n", "", ""},
		"no manufacturer where one is given":  {"vin,make,model,modelYear,powertrain\n1ACEV26S0TA000001,Acme,Comet,2026,HYBRID\n", "acme", ""},
		"no manufacturer where none is given": {"vin,make,model,modelYear,powertrain\n", "", "column manufacturer is missing"},
		"an unknown column":                   {"vin,manufacturer,make,model,modelYear,powertrain,colour\n", "", `column "colour" is unknown; allowed are vin,manufacturer`},
		"an empty file":                       {"", "", "the file is empty"},
		"a byte order mark":                   {"\ufeff" + header + "1ACEV26S0TA000001,acme,Acme,Comet,2026,HYBRID\n", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			cars, bad, err := allowlist.ReadCSV(strings.NewReader(tc.text), tc.manufacturer, now)
			if tc.want != "" {
				assert.ErrorContains(t, err, tc.want)
				return
			}
			require.NoError(t, err)
			assert.Empty(t, bad)
			assert.Len(t, cars, 1)
		})
	}
}
