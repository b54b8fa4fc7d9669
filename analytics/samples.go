package analytics

import (
	"fmt"
	"strings"
	"time"
)

// Samples is the question for what some cars of each model said of those signals on the days from one up to another, sorted by vin and ts.
// It has no name, as it is not worth asking every night. The last characters of a VIN are its serial number: in their reversed order
// neighbours on the line are not together.
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
