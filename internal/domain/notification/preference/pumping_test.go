package preference_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/notification/preference"
	"connectedcar/internal/errs"
)

func TestCodesOfADayAreBounded(t *testing.T) {
	const most = 1000 // the limit of a country, larger than any other limit
	for name, tc := range map[string]struct {
		ask  func(p *phones, n int) error // makes the n-th request
		sent int
	}{
		"for a user": {func(p *phones, n int) error {
			return p.Start(t.Context(), "u", address(n), fmt.Sprintf("+4915%08d", n))
		}, preference.CodesPerDay},
		"for a number, whoever asks": {func(p *phones, n int) error {
			return p.Start(t.Context(), fmt.Sprint("u", n), address(n), "+4915112345678")
		}, preference.CodesOfNumber},
		"for an address with many accounts": {func(p *phones, n int) error {
			return p.Start(t.Context(), fmt.Sprint("u", n), home, fmt.Sprintf("+4915%08d", n))
		}, preference.CodesOfAddress},
		"for a subscriber's network of IPv6": {func(p *phones, n int) error {
			from := netip.MustParseAddr(fmt.Sprintf("2001:db8:0:1::%x", n))
			return p.Start(t.Context(), fmt.Sprint("u", n), from, fmt.Sprintf("+4915%08d", n))
		}, preference.CodesOfAddress},
		"for a country": {func(p *phones, n int) error {
			return p.Start(t.Context(), fmt.Sprint("u", n), address(n), fmt.Sprintf("+4915%08d", n))
		}, most},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPhones()
			p.Countries = preference.Countries{"+49": most}
			for n := range tc.sent {
				require.NoError(t, tc.ask(p, n))
			}
			for n := range 10 {
				require.ErrorIs(t, tc.ask(p, tc.sent+n), preference.ErrTooManyCodes)
			}
			assert.Len(t, p.texted, tc.sent)
			p.now = p.now.Add(24 * time.Hour)
			assert.NoError(t, tc.ask(p, tc.sent+10), "the next day")
		})
	}
}

// address returns the address of the n-th machine of a botnet.
func address(n int) netip.Addr { return netip.AddrFrom4([4]byte{198, 18, byte(n >> 8), byte(n)}) }

func TestCodesGoToCountriesThatAreServed(t *testing.T) {
	for name, tc := range map[string]struct {
		countries preference.Countries
		number    string
		served    bool
	}{
		"its own country":                      {preference.Countries{"+49": 1}, "+4915112345678", true},
		"a country that is not in the list":    {preference.Countries{"+49": 1}, "+37120000000", false},
		"one of all others":                    {preference.Countries{"+49": 0, "+": 1}, "+37120000000", true},
		"one that is left out of all others":   {preference.Countries{"+371": 0, "+": 1}, "+37120000000", false},
		"a part of a country, left out":        {preference.Countries{"+1": 1, "+1876": 0}, "+18765550100", false},
		"an empty list is of nobody's country": {nil, "+4915112345678", false},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPhones()
			p.Countries = tc.countries
			err := p.Start(t.Context(), "u1", home, tc.number)
			if tc.served {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, preference.ErrCountry)
			assert.Equal(t, errs.Invalid, errs.Of(err))
			assert.Empty(t, p.texted)
		})
	}
}
