package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/anomaly"
	"connectedcar/internal/domain/vehicle"
)

const shippedPriors = "../../lambdas/telemetry/priors.json"

// A fault that a car has from the beginning becomes its baseline: only the priors of its model reveal the fault.
func TestFaultsOfNewCarsAreFoundByTheFleetOfTheirModel(t *testing.T) {
	if testing.Short() {
		t.Skip("drives for some seconds")
	}
	priors, err := readPriors(shippedPriors)
	require.NoError(t, err)
	faults, healthy := newCars{priors: priors, cars: 2, drive: time.Hour, healthy: 30 * time.Hour, seed: 11}.rows()
	assert.Zero(t, healthy.with.false, "false alarms on honest new cars")
	for _, r := range faults {
		switch {
		case strings.HasPrefix(r.name, "air flow"), strings.HasPrefix(r.name, "coolant sensor is 20"), strings.HasPrefix(r.name, "engine misfires"):
			assert.InDelta(t, 1, r.with.share(), 0, "%s: with priors", r.name)
			assert.InDelta(t, 0, r.without.share(), 0, "%s: without", r.name)
		default:
			assert.GreaterOrEqual(t, r.with.share(), r.without.share(), r.name)
		}
	}
}

// lakeExport is an export of that number of cars in Athena's CSV.
func lakeExport(cars int) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	_ = w.Write([]string{"vin", "make", "model", "powertrain", "ts", "signal", "num", "str"})
	for n := range cars {
		for _, s := range simulatedCar(vehicle.Combustion, uint64(n), 40*time.Minute) {
			for path, v := range s.Signals {
				f, number := v.Number()
				text, isText := v.Text()
				num := ""
				if number {
					num = strconv.FormatFloat(f, 'f', -1, 64)
				}
				if number || isText {
					_ = w.Write([]string{fmt.Sprintf("WCF%014d", n), "Acme", "Comet", "COMBUSTION", s.At.Format("2006-01-02 15:04:05.000"), path, num, text})
				}
			}
		}
	}
	w.Flush()
	return b.String()
}

func TestPriorsOfAnExportOfTheLake(t *testing.T) {
	fleet := fleetGauges{}
	require.NoError(t, fleet.readCSV(strings.NewReader(lakeExport(21))))
	var out, summary strings.Builder
	require.NoError(t, fleet.write(&out, &summary, "a test"))
	_, err := anomaly.ParsePriors([]byte(out.String()))
	require.NoError(t, err)
	assert.Contains(t, out.String(), `"subject": "anomaly.Vehicle.Powertrain.CombustionEngine.MAF#unusual7"`)

	direct := fleetGauges{}
	for n := range 21 {
		g := anomaly.NewGauge()
		for _, s := range simulatedCar(vehicle.Combustion, uint64(n), 40*time.Minute) {
			g.Observe(s)
		}
		direct[cometWith(vehicle.Combustion)] = append(direct[cometWith(vehicle.Combustion)], g)
	}
	var same strings.Builder
	require.NoError(t, direct.write(&same, io.Discard, "a test"))
	assert.Equal(t, same.String(), out.String(), "the lake's rows and the cars' messages have the same priors")
}

func TestPriorsRefuse(t *testing.T) {
	header := "vin,make,model,powertrain,ts,signal,num,str\n"
	for name, test := range map[string]struct{ in, says string }{
		"an export of another question": {"vin,ts\n", `column "make" is missing among vin, ts`},
		"a time that is none":           {header + "A,m,m,p,noon,s,1,\n", `line 2: ts "noon": allowed is a time such as`},
		"cars in no order":              {header + "B,m,m,p,2026-11-23 08:00:00.000,s,1,\nA,m,m,p,2026-11-23 08:00:00.000,s,1,\n", "line 3: vin A at 2026-11-23 08:00:00.000 comes too late"},
		"times in no order":             {header + "B,m,m,p,2026-11-23 08:00:01.000,s,1,\nB,m,m,p,2026-11-23 08:00:00.000,s,1,\n", "rows must be sorted by vin and ts"},
		"a number that is none":         {header + "B,m,m,p,2026-11-23 08:00:01.000,s,x,\n", `s: num "x" is no number`},
	} {
		t.Run(name, func(t *testing.T) {
			assert.ErrorContains(t, fleetGauges{}.readCSV(strings.NewReader(test.in)), test.says)
		})
	}
	_, _, err := carctl(t, "anomaly", "priors", "--cars", "3")
	assert.ErrorContains(t, err, "allowed are 1 day and 20 cars, or more")
	_, _, err = carctl(t, "anomaly", "priors", "--on", "today")
	assert.ErrorContains(t, err, "allowed is a day such as")
}
