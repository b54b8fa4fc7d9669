package names_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"connectedcar/internal/names"
)

func TestApplicationSpellsTopicsAndRules(t *testing.T) {
	a := names.Application("cars-dev")
	assert.Equal(t, "dt/cars-dev/VIN/telemetry", a.Topic("VIN", names.Telemetry))
	assert.Equal(t, "dt/cars-dev/+/event", a.Filter(names.Event))
	assert.Equal(t, "$aws/rules/cars_dev_telemetry/dt/cars-dev/VIN/telemetry", a.BasicIngest("VIN", names.Telemetry))
	assert.Equal(t, "cmd/cars-dev/VIN/alert/req", a.AlertRequest("VIN"))
	assert.Equal(t, "cmd/cars-dev/VIN/7/req", a.CommandRequest("VIN", "7"))
	assert.Equal(t, "cmd/cars-dev/VIN/7/res", a.CommandResponse("VIN", "7"))
	assert.Equal(t, "$aws/events/certificates/registered/+", names.CertificateRegistered("+"))
	assert.Equal(t, "Vehicle-cars-dev", a.ThingType())
	assert.Equal(t, "Vehicle", names.DefaultApplication.ThingType())
	assert.Equal(t, "cars-dev_fleet", a.ThingGroup("fleet"))
}

func TestParseApplication(t *testing.T) {
	for name, tc := range map[string]struct {
		in string
		ok bool
	}{
		"the default is allowed":         {"cars", true},
		"hyphens and digits are allowed": {"cars-2", true},
		"empty fails":                    {"", false},
		"a digit first fails":            {"2cars", false},
		"a slash fails":                  {"cars/x", false},
		"a wildcard fails":               {"cars+", false},
		"upper case fails":               {"Cars", false},
		"seventeen characters fail":      {"aaaaaaaaaaaaaaaaa", false},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := names.ParseApplication(tc.in)
			if tc.ok {
				assert.NoError(t, err)
				assert.Equal(t, names.Application(tc.in), got)
				return
			}
			assert.ErrorContains(t, err, "allowed are")
		})
	}
}
