-- Where cars brake, accelerate or turn harshly: counts in cells of 0.01 degrees (about a kilometre), over the 30 days before
-- :as_of (UTC). Cells that fewer than 5 vehicles passed harshly are left out, so that no one person's habits show.
-- Limits: braking below -3.5 m/s^2, acceleration above 3.0, cornering above 4.0 to either side, as in the trip score.
WITH samples AS (
  SELECT vin, ts,
    max(CASE WHEN signal = 'Vehicle.CurrentLocation.Latitude' THEN num END) AS latitude,
    max(CASE WHEN signal = 'Vehicle.CurrentLocation.Longitude' THEN num END) AS longitude,
    max(CASE WHEN signal = 'Vehicle.Acceleration.Longitudinal' THEN num END) AS ahead,
    max(CASE WHEN signal = 'Vehicle.Acceleration.Lateral' THEN num END) AS sideways
  FROM telemetry
  WHERE day >= substr(CAST(CAST(substr(:as_of, 1, 10) AS DATE) - INTERVAL '30' DAY AS VARCHAR), 1, 10)
    AND day < substr(:as_of, 1, 10)
    AND quality = 'good'
    AND signal IN ('Vehicle.CurrentLocation.Latitude', 'Vehicle.CurrentLocation.Longitude',
      'Vehicle.Acceleration.Longitudinal', 'Vehicle.Acceleration.Lateral')
  GROUP BY vin, ts
)
SELECT
  round(latitude, 2) AS latitude,
  round(longitude, 2) AS longitude,
  count(DISTINCT vin) AS vehicles,
  sum(CASE WHEN ahead < -3.5 THEN 1 ELSE 0 END) AS harsh_braking,
  sum(CASE WHEN ahead > 3.0 THEN 1 ELSE 0 END) AS harsh_acceleration,
  sum(CASE WHEN abs(sideways) > 4.0 THEN 1 ELSE 0 END) AS harsh_cornering
FROM samples
WHERE latitude IS NOT NULL AND longitude IS NOT NULL
  AND (ahead < -3.5 OR ahead > 3.0 OR abs(sideways) > 4.0)
GROUP BY round(latitude, 2), round(longitude, 2)
HAVING count(DISTINCT vin) >= 5
ORDER BY vehicles DESC, 1, 2
