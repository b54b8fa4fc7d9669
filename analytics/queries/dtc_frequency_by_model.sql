-- How often each trouble code is reported by each model: vehicles that had it, of the vehicles of that model that reported at
-- all, in the 30 days before :as_of (UTC).
WITH reported AS (
  SELECT vin, make, model, signal, str
  FROM telemetry
  WHERE day >= substr(CAST(CAST(substr(:as_of, 1, 10) AS DATE) - INTERVAL '30' DAY AS VARCHAR), 1, 10)
    AND day < substr(:as_of, 1, 10)
    AND quality = 'good'
),
fleet AS (
  SELECT make, model, count(DISTINCT vin) AS vehicles FROM reported GROUP BY make, model
),
codes AS (
  SELECT DISTINCT vin, make, model, code
  FROM reported
  CROSS JOIN UNNEST(split(str, ',')) AS listed (code)
  WHERE signal = 'Vehicle.Diagnostics.DTCList' AND str <> ''
)
SELECT
  codes.make,
  codes.model,
  codes.code,
  count(*) AS vehicles,
  max(fleet.vehicles) AS vehicles_of_model,
  CAST(count(*) AS DOUBLE) / max(fleet.vehicles) AS share
FROM codes
JOIN fleet ON fleet.make = codes.make AND fleet.model = codes.model
GROUP BY codes.make, codes.model, codes.code
ORDER BY share DESC, codes.make, codes.model, codes.code
