// Package limits_test compares the table of limits in docs/limits.md with the code.
package limits_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/certificate"
	"connectedcar/internal/domain/diagnostic"
	"connectedcar/internal/domain/notification"
	"connectedcar/internal/domain/notification/preference"
	"connectedcar/internal/domain/ownership"
	"connectedcar/internal/domain/realtime"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/timeseries"
	"connectedcar/internal/domain/trip"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/paging"
)

const root = "../.."

// inCode are the limits that are constants in the code, by the beginning of the table's first column.
var inCode = map[string]int{
	"bytes of a message":                                 telemetry.MaxBytes,
	"signals of one sample":                              telemetry.MaxSignals,
	"bytes of one sample":                                telemetry.MaxRowBytes,
	"samples of a message":                               telemetry.MaxBatch,
	"signals outside the catalogue in a state":           vehicle.MaxUnknown,
	"new alerts in an hour that people are told of":      notification.AlertsPerHour,
	"new alerts in an hour that are kept":                alert.RowsPerHour,
	"age of a sample, hours":                             int(telemetry.MaxAge.Hours()),
	"trouble codes of a message":                         diagnostic.MaxCodes,
	"days of a certificate's validity":                   int(certificate.DefaultLifetime.Hours() / 24),
	"items of a page":                                    paging.MaxLimit,
	"bytes of a page, about":                             dynamodb.PageBytes,
	"samples that a page of a series reads":              timeseries.MaxRows,
	"bytes that a read of history looks at":              telemetry.MinReadBytes,
	"bytes of it for each row asked for":                 telemetry.ReadBytes,
	"points of a trip's route":                           trip.MaxRoutePoints,
	"policies of a person's MQTT identity":               realtime.MaxPolicies,
	"verification codes by SMS a day to a user":          preference.CodesPerDay,
	"verification codes a day to a number":               preference.CodesOfNumber,
	"verification codes a day asked for from an address": preference.CodesOfAddress,
	"claims an hour":                                     ownership.AttemptsAnHour,
	"hours that a claim code counts":                     int(ownership.CodeLifetime.Hours()),
}

// budget is a row of the table.
type budget struct{ bound, value, beyond, seen, test string }

func budgets(t *testing.T) []budget {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(root, "docs", "limits.md"))
	require.NoError(t, err)
	var all []budget
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 5 || strings.HasPrefix(strings.TrimSpace(cells[0]), "bound") || strings.HasPrefix(cells[0], "---") {
			continue
		}
		for n := range cells {
			cells[n] = strings.TrimSpace(cells[n])
		}
		all = append(all, budget{cells[0], cells[1], cells[2], cells[3], cells[4]})
	}
	require.Greater(t, len(all), 20)
	return all
}

func TestBudgetsHaveTheValuesOfTheCode(t *testing.T) {
	held := map[string]bool{}
	for _, b := range budgets(t) {
		for prefix, value := range inCode {
			if strings.HasPrefix(b.bound, prefix) {
				held[prefix] = true
				assert.Equal(t, strconv.Itoa(value), b.value, b.bound)
			}
		}
	}
	for _, prefix := range slices.Sorted(maps.Keys(inCode)) {
		assert.True(t, held[prefix], "the table lacks %q", prefix)
	}
}

var named = regexp.MustCompile("`([^`]+)`")

func TestBudgetsNameTestsThatThereAre(t *testing.T) {
	tests := everything(t, "_test.go")
	for _, b := range budgets(t) {
		found := named.FindAllStringSubmatch(b.test, -1)
		assert.NotEmpty(t, found, b.bound)
		for _, m := range found {
			assert.Contains(t, tests, "func "+m[1]+"(", b.bound)
		}
	}
}

// The column "seen" names a metric of this project, or an alarm of the handbook; another test compares those alarms with the templates.
func TestBudgetsAreSeenByMetricsAndAlarmsThatThereAre(t *testing.T) {
	handbook, err := os.ReadFile(filepath.Join(root, "docs", "operations.md"))
	require.NoError(t, err)
	known := everything(t, "internal/names/")
	for _, b := range budgets(t) {
		assert.NotEmpty(t, b.seen, b.bound)
		for _, m := range named.FindAllStringSubmatch(b.seen, -1) {
			metric := strings.Contains(known, `"`+m[1]+`"`)
			alarm := strings.Contains(string(handbook), "`"+m[1]+"`")
			assert.True(t, metric || alarm || lambda(m[1]), "%s: %s is no metric, no alarm and no function", b.bound, m[1])
		}
	}
}

func lambda(name string) bool {
	info, err := os.Stat(filepath.Join(root, "lambdas", name))
	return err == nil && info.IsDir()
}

// everything is the concatenated text of the module's Go files whose path contains that part.
func everything(t *testing.T, part string) string {
	t.Helper()
	var all strings.Builder
	for _, tree := range []string{"internal", "lambdas", "lib", "test", "cmd", "analytics"} {
		err := filepath.WalkDir(filepath.Join(root, tree), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || !strings.Contains(path, part) {
				return err
			}
			b, err := os.ReadFile(path)
			all.Write(b)
			return err
		})
		require.NoError(t, err)
	}
	return all.String()
}
