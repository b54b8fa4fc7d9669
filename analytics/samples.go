package analytics

import (
	"fmt"
	"strings"
	"time"
)

// Samples returns the query for those signals of a few cars per model, from one day up to but excluding another, sorted by vin and ts. It
// has no name, because it is too expensive to run every night. It picks the cars by their VINs' characters in reversed order: the last
// characters are the serial number, so the picked cars do not come from one stretch of the production line.
func Samples(signals []string, from, to time.Time, cars int) string {
	between := fmt.Sprintf("day >= '%s' AND day < '%s' AND quality = 'good'", from.Format(time.DateOnly), to.Format(time.DateOnly))
	return fmt.Sprintf(`SELECT vin, make, model, powertrain, ts, signal, num, str
FROM telemetry
WHERE %[1]s
  AND signal IN ('%[2]s')
  AND vin IN (
    SELECT vin FROM (
      SELECT vin, row_number() OVER (PARTITION BY make, model, powertrain ORDER BY reverse(vin)) AS n
      FROM (SELECT DISTINCT vin, make, model, powertrain FROM telemetry WHERE %[1]s) AS seen
    ) AS numbered
    WHERE n <= %[3]d
  )
ORDER BY vin, ts`, between, strings.Join(signals, "', '"), cars)
}
