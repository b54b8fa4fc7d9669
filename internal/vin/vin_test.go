package vin_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/vin"
)

func TestParse(t *testing.T) {
	for name, tc := range map[string]struct{ in, wantErr string }{
		"a valid VIN passes":          {"1M8GDM9AXKP042788", ""},
		"a wrong check digit passes":  {"1M8GDM9A1KP042788", ""},
		"a short VIN fails":           {"1M8GDM9AXKP04278", "it has 16 characters"},
		"a long VIN fails":            {"1M8GDM9AXKP0427888", "it has 18 characters"},
		"the letter O fails":          {"1M8GDM9AXKPO42788", `character 12 is 'O'`},
		"lower case fails":            {"1m8GDM9AXKP042788", `character 2 is 'm'`},
		"an MQTT wildcard fails":      {"1M8GDM9AXKP04278+", `character 17 is '+'`},
		"a hostile length is clipped": {strings.Repeat("A", 10_000), `AAA..."`},
		"an empty text fails by name": {"", `VIN ""`},
		"a text of other bytes fails": {"1M8GDM9AXKP0427é", "character 16"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := vin.Parse(tc.in)
			if tc.wantErr == "" {
				require.NoError(t, err)
				assert.Equal(t, tc.in, string(got))
				return
			}
			assert.ErrorContains(t, err, tc.wantErr)
			var typed *vin.Error
			assert.ErrorAs(t, err, &typed)
		})
	}
}

func TestCheckDigit(t *testing.T) {
	v := vin.VIN("1M8GDM9AXKP042788") // the example VIN of 49 CFR 565
	assert.Equal(t, byte('X'), v.CheckDigit())
	assert.True(t, v.CheckDigitValid())
	assert.False(t, vin.VIN("1M8GDM9A1KP042788").CheckDigitValid())
	assert.Equal(t, v, vin.VIN("1M8GDM9A0KP042788").WithCheckDigit())
	assert.Equal(t, byte('1'), vin.VIN("11111111111111111").CheckDigit())
}

func TestThingNameIsInvertible(t *testing.T) {
	v := vin.VIN("1M8GDM9AXKP042788")
	got, err := vin.FromThingName(v.ThingName())
	require.NoError(t, err)
	assert.Equal(t, v, got)
}

func TestRedactedHidesTheSerialNumber(t *testing.T) {
	assert.Equal(t, "1M8**********2788", vin.VIN("1M8GDM9AXKP042788").Redacted())
}

func FuzzParse(f *testing.F) {
	f.Add("1M8GDM9AXKP042788")
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		v, err := vin.Parse(s)
		if err != nil {
			return
		}
		assert.Len(t, string(v), vin.Length)
		assert.True(t, v.WithCheckDigit().CheckDigitValid())
		assert.NotContains(t, s, "/")
	})
}
