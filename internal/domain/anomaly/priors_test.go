package anomaly_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/anomaly"
	"connectedcar/internal/domain/telemetry"
)

const (
	charging = "anomaly." + telemetry.LowVoltageBattery + "#unusual1"
	file     = `{"form":1,"source":"a test","models":[{"make":"Acme","model":"Comet","powertrain":"COMBUSTION","priors":[
		{"subject":"` + charging + `","cars":40,"low":14.1,"median":14.2,"high":14.3}, {"subject":"gone#unusual99","cars":40,"low":1,"median":1,"high":1}]}]}`
)

var comet = anomaly.Model{Make: "Acme", Model: "Comet", Powertrain: "COMBUSTION"}

func parsed(t testing.TB) anomaly.Priors {
	t.Helper()
	p, err := anomaly.ParsePriors([]byte(file))
	require.NoError(t, err)
	return p
}

// newCar returns a car of a model before its first sample.
func newCar(t testing.TB, p anomaly.Priors, model anomaly.Model) *watched {
	m := anomaly.NewMemory()
	m.Compare(p, model)
	return &watched{t: t, stored: m.Encode()}
}

// charges drives from one second to another with that battery voltage.
func (w *watched) charges(from, to int, volts float64) {
	w.each(from, to, func(n int) telemetry.Signals {
		return telemetry.Signals{
			telemetry.LowVoltageSystemState: telemetry.Text("ON"), telemetry.PowertrainType: telemetry.Text("COMBUSTION"),
			telemetry.EngineSpeed: telemetry.Number(float64(2000 + n%9)), telemetry.LowVoltageBattery: telemetry.Number(volts),
		}
	})
}

func TestANewCarIsComparedWithTheFleetOfItsModel(t *testing.T) {
	for name, test := range map[string]struct {
		model anomaly.Model
		volts float64
		told  int
	}{
		"a car like its kin":                          {comet, 14.25, 0},
		"a car at the edge of what is usual":          {comet, 14.3, 0},
		"a car that charges a volt less":              {comet, 13.2, 1},
		"a car of a model that is not in the file":    {anomaly.Model{Make: "Acme", Model: "Meteor", Powertrain: "COMBUSTION"}, 13.2, 0},
		"a car with another engine of the same model": {anomaly.Model{Make: "Acme", Model: "Comet", Powertrain: "HYBRID"}, 13.2, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newCar(t, parsed(t), test.model)
			w.charges(0, 1800, test.volts)
			require.Len(t, w.told, test.told)
			if test.told > 0 {
				assert.Equal(t, charging, w.told[0].DedupKey)
				assert.Contains(t, w.told[0].Finding.Why, "is unusual for its model while it is being charged: 13.2 where 13.47 to 14.87 is usual")
				assert.Contains(t, w.told[0].Finding.Why, "(possible: judged by the fleet of its model and 1 minute of this car)")
			}
		})
	}
}

func TestAFaultThatANewCarBringsAlongDoesNotBecomeUsual(t *testing.T) {
	w := newCar(t, parsed(t), comet)
	w.charges(0, 3*3600, 13.2)
	assert.Equal(t, []string{charging}, w.keys(), "raised once, and not resolved")
	w.charges(3*3600+1, 3*3600+1200, 14.2)
	assert.Equal(t, []string{charging, "-" + charging}, w.keys(), "resolved by the repair")
}

func TestADismissalMakesTheDifferenceOfANewCarUsual(t *testing.T) {
	w := newCar(t, parsed(t), comet)
	w.charges(0, 1800, 13.2)
	require.Len(t, w.told, 1)
	w.dismissed = []anomaly.Dismissal{{AlertID: "a", Key: charging, At: noon.Add(1800 * time.Second)}}
	w.charges(1801, 3*3600, 13.2)
	assert.Equal(t, []string{charging, "-" + charging}, w.keys())
	w.dismissed = nil
	w.charges(3*3600+1, 4*3600, 13.2)
	assert.Len(t, w.told, 2, "it is the car's own usual value now")
}

func TestACarWithABaselineKeepsIt(t *testing.T) {
	w := &watched{t: t}
	w.charges(0, 1800, 13.2)
	m, err := anomaly.Decode(w.stored)
	require.NoError(t, err)
	m.Compare(parsed(t), comet)
	assert.Equal(t, w.stored, m.Encode())
}

func TestTheFleetSaysNothingAfterAnHourOfTheCar(t *testing.T) {
	w := newCar(t, parsed(t), comet)
	w.charges(0, 2*3600, 14.25)
	w.charges(2*3600+1, 2*3600+900, 13.0)
	require.Len(t, w.told, 1)
	assert.Contains(t, w.told[0].Finding.Why, "is unusual for this car")
	assert.Contains(t, w.told[0].Finding.Why, "judged by 2 h of this car")
}

func TestParsePriorsRefuses(t *testing.T) {
	for name, test := range map[string]struct{ old, new, says string }{
		"no JSON":                         {`{"form"`, `"form"`, "not a file of priors"},
		"another form":                    {`"form":1`, `"form":2`, "form 2; allowed is 1"},
		"a model without a name":          {`"Comet"`, `""`, `model "" of make "Acme"`},
		"a model twice":                   {`"models":[`, `"models":[{"make":"Acme","model":"Comet","powertrain":"COMBUSTION"},`, "allowed is each once"},
		"too few cars":                    {`"cars":40`, `"cars":19`, "from 19 cars; allowed are 20 or more"},
		"a median that is not in between": {`"median":14.2`, `"median":15`, "allowed are numbers in that order"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, file, test.old)
			_, err := anomaly.ParsePriors([]byte(strings.Replace(file, test.old, test.new, 1)))
			require.ErrorIs(t, err, anomaly.ErrPriors)
			assert.ErrorContains(t, err, test.says)
		})
	}
}

func TestQuantilesLeaveOutTheCarsAtEitherEnd(t *testing.T) {
	var fleet []*anomaly.Gauge
	for n := range 22 {
		g := anomaly.NewGauge()
		volts := 14.1 + 0.01*float64(n)
		if n == 7 {
			volts = 12 // its alternator is broken
		}
		for s := range 1200 {
			g.Observe(anomaly.Sample{At: noon.Add(time.Duration(s) * time.Second), Signals: telemetry.Signals{
				telemetry.LowVoltageSystemState: telemetry.Text("ON"), telemetry.EngineSpeed: telemetry.Number(2000),
				telemetry.LowVoltageBattery: telemetry.Number(volts),
			}})
		}
		fleet = append(fleet, g)
	}
	priors := anomaly.Quantiles(fleet)
	require.Len(t, priors, 1)
	assert.Equal(t, charging, priors[0].Subject)
	assert.Equal(t, 22, priors[0].Cars)
	assert.InDelta(t, 14.11, priors[0].Low, 1e-9, "of 22 cars two are left out at either end, the broken one among them")
	assert.InDelta(t, 14.29, priors[0].High, 1e-9)
	assert.Empty(t, anomaly.Quantiles(fleet[:19]))
}
