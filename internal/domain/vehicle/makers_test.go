package vehicle_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/errs"
	"connectedcar/internal/vin"
)

func TestAMakerAnnouncesItsOwnIdentifiersAlone(t *testing.T) {
	makers := vehicle.Makers{"WVW": "wolfsburg", "1AC": "acme", "2AC": "acme"}
	for name, tc := range map[string]struct {
		vin          vin.VIN
		manufacturer string
		allowed      bool
	}{
		"its own":                                {"1ACEV26S0TA000001", "acme", true},
		"another's":                              {"WVWZZZ1JZXW000001", "acme", false},
		"nobody's, by a maker that has some":     {"3ACEV26S0TA000001", "acme", false},
		"nobody's, by a maker that has none":     {"3ACEV26S0TA000001", "small", true},
		"another's, by a maker that has none":    {"1ACEV26S0TA000001", "small", false},
		"anything where no identifier is listed": {"1ACEV26S0TA000001", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			m := makers
			if tc.manufacturer == "" {
				m = nil
			}
			err := m.Check(tc.vin, tc.manufacturer)
			assert.Equal(t, tc.allowed, err == nil, "%v", err)
			if err != nil {
				assert.Equal(t, errs.Denied, errs.Of(err))
			}
		})
	}
}
