package analytics_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/analytics"
	"connectedcar/internal/domain/telemetry"
)

func TestEveryQueryIsWholeAndLooksAtAFewDays(t *testing.T) {
	queries := analytics.Queries()
	require.Len(t, queries, 6)
	for _, q := range queries {
		t.Run(q.Name, func(t *testing.T) {
			assert.Regexp(t, `^[A-Z].*\.$`, q.Description)
			assert.NotContains(t, q.Description, ":as_of")
			for _, sql := range []string{q.On(time.Date(2026, 11, 23, 23, 0, 0, 0, time.FixedZone("", -7200))), q.Today(), q.At("<aws.scheduler.scheduled-time>")} {
				assert.NotContains(t, sql, ":as_of")
				assert.NotContains(t, sql, "--", "a comment hides what follows where somebody puts a query on one line")
				assert.NotContains(t, sql, "*\nFROM", "columns are named")
				assert.Contains(t, sql, "FROM "+analytics.Table)
				assert.Regexp(t, `WHERE day [>=]=? `, sql, "without the partition it reads everything")
				assert.Contains(t, sql, "quality = 'good'")
			}
			assert.Contains(t, q.On(time.Date(2026, 11, 23, 23, 0, 0, 0, time.FixedZone("", -7200))), "'2026-11-24'")
		})
	}
}

func TestLookupNamesWhatThereIs(t *testing.T) {
	q, err := analytics.Lookup("daily_vehicle_summary")
	require.NoError(t, err)
	assert.Equal(t, "daily_vehicle_summary", q.Name)
	_, err = analytics.Lookup("x")
	assert.ErrorContains(t, err, "battery_health_trend, daily_vehicle_summary, dtc_frequency_by_model, harsh_driving_map, slow_drifts, training_set")
}

func TestTheTrainingSetNamesNoVehicleAndNoPlace(t *testing.T) {
	q, err := analytics.Lookup("training_set")
	require.NoError(t, err)
	selected := q.Today()[strings.LastIndex(q.Today(), "SELECT"):]
	assert.NotContains(t, selected, "  vin")
	assert.NotContains(t, q.Today(), "CurrentLocation")
}

func TestColumnsAreDistinct(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range append(analytics.Columns(), analytics.Partitions()...) {
		assert.False(t, seen[c.Name], c.Name)
		seen[c.Name] = true
		assert.Equal(t, strings.ToLower(c.Name), c.Name, "Glue's names are lower case")
	}
}

// The results are for people who drive none of these cars.
func TestQueriesShowTechnicalSignalsAndPlacesOfManyCarsAlone(t *testing.T) {
	path := regexp.MustCompile(`'(Vehicle\.[A-Za-z0-9.]+)'`)
	for _, q := range analytics.Queries() {
		sql := q.Today()
		named := path.FindAllStringSubmatch(sql, -1)
		require.NotEmpty(t, named, "%s names the signals that it shows", q.Name)
		for _, n := range named {
			if telemetry.IsPosition(n[1]) {
				assert.Contains(t, sql, "HAVING count(DISTINCT vin) >= 5", "%s shows %s of single cars", q.Name, n[1])
				continue
			}
			assert.True(t, telemetry.IsTechnical(n[1]), "%s shows %s", q.Name, n[1])
		}
	}
}
