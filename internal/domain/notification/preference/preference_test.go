package preference_test

import (
	"context"
	"crypto/rand"
	"errors"
	"net/netip"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/notification/preference"
	"connectedcar/internal/errs"
	"connectedcar/internal/testing/memory"
)

func TestQuietHoursAreOverWhen(t *testing.T) {
	night := preference.Quiet{From: 22 * 60, To: 7 * 60, Zone: "Europe/Berlin"}
	siesta := preference.Quiet{From: 13 * 60, To: 15*60 + 30, Zone: "Asia/Kolkata"}
	early := preference.Quiet{From: 1 * 60, To: 2*60 + 30, Zone: "Europe/Berlin"}
	for name, tc := range map[string]struct {
		quiet    preference.Quiet
		now, end string // UTC
	}{
		"by day they do not hold":                    {night, "2026-11-23T12:00:00Z", "2026-11-23T12:00:00Z"},
		"before midnight they end tomorrow":          {night, "2026-11-23T21:30:15Z", "2026-11-24T06:00:00Z"},
		"after midnight they end today":              {night, "2026-11-24T05:59:59Z", "2026-11-24T06:00:00Z"},
		"their end is not in them":                   {night, "2026-11-24T06:00:00Z", "2026-11-24T06:00:00Z"},
		"their beginning is":                         {night, "2026-11-23T21:00:00Z", "2026-11-24T06:00:00Z"},
		"in summer the zone's clock counts":          {night, "2026-07-01T20:00:00Z", "2026-07-02T05:00:00Z"},
		"the night of the spring change is shorter":  {night, "2026-03-28T22:00:00Z", "2026-03-29T05:00:00Z"},
		"the night of the autumn change is longer":   {night, "2026-10-24T21:00:00Z", "2026-10-25T06:00:00Z"},
		"an end that the change skips is the change": {early, "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z"},
		"an end that comes twice is the first one":   {early, "2026-10-24T23:30:00Z", "2026-10-25T00:30:00Z"},
		"a zone of half an hour, within one day":     {siesta, "2026-11-23T08:00:00Z", "2026-11-23T10:00:00Z"},
		"a zone that nobody knows is never quiet":    {preference.Quiet{From: 0, To: 60, Zone: "Mars/Base"}, "2026-11-23T00:10:00Z", "2026-11-23T00:10:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			now, err := time.Parse(time.RFC3339, tc.now)
			require.NoError(t, err)
			assert.Equal(t, tc.end, tc.quiet.Over(now).UTC().Format(time.RFC3339))
		})
	}
}

func TestValidate(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*preference.Preferences)
		says   []string
	}{
		"the default is good":    {func(*preference.Preferences) {}, nil},
		"any kind about a car":   {func(p *preference.Preferences) { p.Kinds[alert.Anomaly("Vehicle.Speed")] = preference.Choice{} }, nil},
		"a severity of none":     {func(p *preference.Preferences) { p.Email.Minimum = "loud" }, []string{"email.minimumSeverity is", "allowed are [CRITICAL"}},
		"a kind that is none":    {func(p *preference.Preferences) { p.Kinds["x"] = preference.Choice{} }, []string{`kinds has "x"`}},
		"the platform's kinds":   {func(p *preference.Preferences) { p.Kinds[alert.PipelineLag] = preference.Choice{} }, []string{`kinds has "pipeline_lag"`}},
		"a zone of none":         {func(p *preference.Preferences) { p.Quiet = &preference.Quiet{To: 1, Zone: "Berlin"} }, []string{`quietHours.timeZone is "Berlin"`, "Europe/Berlin"}},
		"the machine's zone":     {func(p *preference.Preferences) { p.Quiet = &preference.Quiet{To: 1, Zone: "Local"} }, []string{`quietHours.timeZone is "Local"`}},
		"no zone":                {func(p *preference.Preferences) { p.Quiet = &preference.Quiet{To: 1} }, []string{`quietHours.timeZone is ""`}},
		"quiet hours of no time": {func(p *preference.Preferences) { p.Quiet = &preference.Quiet{From: 60, To: 60, Zone: "UTC"} }, []string{"from 01:00 to 01:00"}},
		"everything at once": {func(p *preference.Preferences) {
			p.SMS.Minimum, p.Limit = "", preference.Limit{PerHour: 0, PerDay: 501}
			p.Quiet = &preference.Quiet{From: -1, To: 1440, Zone: "UTC"}
		}, []string{"sms.minimumSeverity", "limit.perHour is 0; allowed are 1 to 60", "limit.perDay is 501; allowed are 1 to 500", "quietHours.from", "quietHours.to"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := preference.Default("u1")
			tc.change(&p)
			err := p.Validate()
			if tc.says == nil {
				require.NoError(t, err)
				return
			}
			assert.Equal(t, errs.Invalid, errs.Of(err))
			for _, says := range tc.says {
				assert.ErrorContains(t, err, says)
			}
		})
	}
}

func TestTimeOfDay(t *testing.T) {
	for _, s := range []string{"00:00", "07:05", "23:59"} {
		at, err := preference.ParseTimeOfDay(s)
		require.NoError(t, err)
		assert.Equal(t, s, at.String())
	}
	for _, s := range []string{"", "24:00", "7:05", "07:60", "07:05:00", "noon"} {
		_, err := preference.ParseTimeOfDay(s)
		assert.Equal(t, errs.Invalid, errs.Of(err), s)
	}
}

func TestNumbers(t *testing.T) {
	for number, good := range map[string]bool{
		"+4915112345678": true, "+12025550123": true, "4915112345678": false, "+0151123456": false, "+49 151 123": false,
		"+49151123456789012": false, "+491": false, "": false, "+4915112345678\n": false,
	} {
		assert.Equal(t, good, preference.CheckNumber(number) == nil, "%q", number)
	}
}

var home = netip.MustParseAddr("192.0.2.1")

// phones is a Verifier with its dependencies.
type phones struct {
	preference.Verifier
	store  memory.Preferences
	now    time.Time
	texted []string
	fail   error
}

func (p *phones) Text(_ context.Context, number, message string) error {
	if p.fail == nil {
		p.texted = append(p.texted, number+" "+message)
	}
	return p.fail
}

func newPhones() *phones {
	p := &phones{now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	p.Verifier = preference.Verifier{
		Countries: preference.Countries{"+49": 20}, Challenges: &memory.Challenges{}, Store: &p.store, Texter: p, Random: rand.Reader, Now: func() time.Time { return p.now },
	}
	return p
}

var sixDigits = regexp.MustCompile(`\b[0-9]{6}\b`)

func (p *phones) code() string {
	return sixDigits.FindString(p.texted[len(p.texted)-1][len("+4915112345678"):])
}

func TestAPhoneIsVerifiedByTheCodeThatItGot(t *testing.T) {
	const number = "+4915112345678"
	p := newPhones()
	require.NoError(t, p.Start(t.Context(), "u1", home, number))
	before, err := p.store.Phone(t.Context(), "u1")
	require.NoError(t, err)
	assert.False(t, before.Reachable(), "a code that was sent proves nothing")
	began := p.now
	p.now = p.now.Add(time.Minute)
	got, err := p.Finish(t.Context(), "u1", p.code())
	require.NoError(t, err)
	assert.Equal(t, preference.Phone{Number: number, VerifiedAt: p.now, OptedInAt: began}, got)
	stored, err := p.store.Phone(t.Context(), "u1")
	require.NoError(t, err)
	assert.Equal(t, got, stored)
	assert.True(t, stored.Reachable())
}

func TestCodesThatDoNotVerify(t *testing.T) {
	const number = "+4915112345678"
	for name, try := range map[string]func(t *testing.T, p *phones) error{
		"one that was never sent": func(t *testing.T, p *phones) error {
			_, err := p.Finish(t.Context(), "u1", "123456")
			return err
		},
		"another's": func(t *testing.T, p *phones) error {
			require.NoError(t, p.Start(t.Context(), "u1", home, number))
			_, err := p.Finish(t.Context(), "u2", p.code())
			return err
		},
		"one used before": func(t *testing.T, p *phones) error {
			require.NoError(t, p.Start(t.Context(), "u1", home, number))
			_, err := p.Finish(t.Context(), "u1", p.code())
			require.NoError(t, err)
			_, err = p.Finish(t.Context(), "u1", p.code())
			return err
		},
		"one that is too old": func(t *testing.T, p *phones) error {
			require.NoError(t, p.Start(t.Context(), "u1", home, number))
			p.now = p.now.Add(preference.CodeLifetime)
			_, err := p.Finish(t.Context(), "u1", p.code())
			return err
		},
		"the right one after five wrong ones": func(t *testing.T, p *phones) error {
			require.NoError(t, p.Start(t.Context(), "u1", home, number))
			for range preference.CodeTries {
				_, err := p.Finish(t.Context(), "u1", "x")
				require.ErrorIs(t, err, preference.ErrWrongCode)
			}
			_, err := p.Finish(t.Context(), "u1", p.code())
			return err
		},
		"one that a newer one replaced": func(t *testing.T, p *phones) error {
			require.NoError(t, p.Start(t.Context(), "u1", home, number))
			old := p.code()
			for p.code() == old {
				p.now = p.now.Add(24 * time.Hour)
				require.NoError(t, p.Start(t.Context(), "u1", home, number))
			}
			_, err := p.Finish(t.Context(), "u1", old)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			assert.ErrorIs(t, try(t, newPhones()), preference.ErrWrongCode)
		})
	}
}

func TestWhatCannotStart(t *testing.T) {
	p := newPhones()
	assert.Equal(t, errs.Invalid, errs.Of(p.Start(t.Context(), "u1", home, "0151")))
	p.fail = errs.As(errs.Denied, errors.New("opted out"))
	assert.Equal(t, errs.Denied, errs.Of(p.Start(t.Context(), "u1", home, "+4915112345678")))
	p.fail = nil
	for range preference.CodesPerDay - 1 {
		require.NoError(t, p.Start(t.Context(), "u1", home, "+4915112345678"))
	}
	assert.ErrorIs(t, p.Start(t.Context(), "u1", home, "+4915112345678"), preference.ErrTooManyCodes)
}
