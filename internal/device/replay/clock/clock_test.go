package clock_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/device/replay/clock"
)

func TestTimesAreReadAsAppsAndPhonesWriteThem(t *testing.T) {
	whole := time.Date(2026, 8, 5, 18, 57, 56, 0, time.UTC)
	milli := whole.Add(813 * time.Millisecond)
	minute := time.Date(2026, 8, 5, 18, 57, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"2026-08-05T18:57:56.813Z":           milli,
		"2026-08-05T20:57:56.813+0200":       milli,
		"2026-08-05T20:57:56.813+02":         milli,
		"2026-08-05 18:57:56.813 +0000 UTC":  milli,
		"2026-08-05 18:57:56 UTC":            whole,
		"2026-08-05-18:57:56":                whole,
		"2026/08/05 18:57:56,813":            milli,
		"2026-08-05 18:57":                   minute,
		"20260805T185756Z":                   whole,
		"20260805185756":                     whole,
		"05-Aug-2026 18:57:56.813":           milli,
		"05-ago.-2026 18:57:56.813":          milli,
		"05-août-2026 18:57:56.813":          milli,
		"05-сер.-2026 18:57:56.813":          milli,
		"05-авг.-2026 18:57:56.813":          milli,
		"5. August 2026 18:57:56":            whole,
		"5 de agosto de 2026 18:57:56":       whole,
		"5 sie 2026 18:57:56":                whole,
		"Aug 5, 2026 6:57:56 PM":             whole,
		"Aug 5, 2026, 6:57:56\u202fPM":       whole,
		"05-Aug-26 6:57:56 p. m.":            whole,
		"Wed Aug 05 18:57:56 GMT 2026":       whole,
		"Wed Aug 05 20:57:56 GMT+02:00 2026": whole,
		"Wed Aug 05 20:57:56 MESZ 2026":      whole,
		"Mi Aug 05 20:57:56 MESZ 2026":       whole,
		"Wed Aug 05 13:57:56 EST 2026":       whole,
		"Wed, 05 Aug 2026 18:57:56 GMT":      whole,
	} {
		t.Run(text, func(t *testing.T) {
			m, ok := clock.Parse(text)
			require.True(t, ok)
			at, ok := m.At(clock.DayFirst, 0)
			require.True(t, ok)
			assert.Equal(t, want, time.Unix(0, int64(at)).UTC())
		})
	}
}

func TestTextsThatAreNoTimesAreRefused(t *testing.T) {
	for _, text := range []string{"", "soon", "12", "12.5", "May 4", "2026-05-04 25:61:00", "32 foo 2026 07:30:00", "07:30:00 xm"} {
		_, ok := clock.Parse(text)
		assert.False(t, ok, text)
	}
	m, ok := clock.Parse("31/02/2026 07:30:00")
	require.True(t, ok)
	_, ok = m.At(clock.DayFirst, 0)
	assert.False(t, ok, "no calendar has that day")
}

func TestAnAmbiguousZoneIsNotKnown(t *testing.T) {
	for text, known := range map[string]bool{"CST": false, "IST": false, "BST": false, "EST": true, "MESZ": true, "XYZ": false} {
		m, ok := clock.Parse("Mon May 04 16:29:06 " + text + " 2026")
		require.True(t, ok, text)
		assert.Equal(t, text, m.Zone.Name)
		assert.Equal(t, known, m.Zone.Known, text)
	}
}

func TestTheOrderOfDayAndMonth(t *testing.T) {
	for name, tc := range map[string]struct {
		texts      []string
		semicolons bool
		want       clock.Order
	}{
		"a day above 12":                          {[]string{"14/05/2026 07:30:00"}, false, clock.DayFirst},
		"a day above 12 in second place":          {[]string{"05/14/2026 07:30:00"}, false, clock.MonthFirst},
		"the smallest steps, day first":           {[]string{"05/04/2026 23:59:59", "06/04/2026 00:00:01"}, false, clock.DayFirst},
		"the smallest steps, month first":         {[]string{"04/05/2026 23:59:59", "04/06/2026 00:00:01"}, true, clock.MonthFirst},
		"no tell: as countries with commas do":    {[]string{"04/05/2026 07:30:00"}, false, clock.MonthFirst},
		"no tell: as countries with semicolons":   {[]string{"04/05/2026 07:30:00"}, true, clock.DayFirst},
		"two digits of the year, and it is first": {[]string{"26-05-03 23:59:00", "26-05-04 00:00:00"}, false, clock.YearFirst},
		"points stand between day and month":      {[]string{"04.05.2026 07:30:00"}, false, clock.DayFirst},
	} {
		t.Run(name, func(t *testing.T) {
			var all []clock.Moment
			for _, text := range tc.texts {
				m, ok := clock.Parse(text)
				require.True(t, ok)
				all = append(all, m)
			}
			c, ok := clock.Choose(all, tc.semicolons)
			require.True(t, ok)
			assert.Equal(t, tc.want, c.Order)
			assert.NotEmpty(t, c.Why)
		})
	}
}
