-- Battery health of each vehicle, a row a day, over the 90 days before :as_of (UTC): the lowest voltage of the 12 V battery with its
-- mean of a week, whose fall shows an ageing battery, and the state of health of the traction battery with its change.
WITH days AS (
  SELECT vin, make, model, day,
    min(CASE WHEN signal = 'Vehicle.LowVoltageBattery.CurrentVoltage' THEN num END) AS min_voltage_v,
    avg(CASE WHEN signal = 'Vehicle.Powertrain.TractionBattery.StateOfHealth' THEN num END) AS health_percent
  FROM telemetry
  WHERE day >= substr(CAST(CAST(substr(:as_of, 1, 10) AS DATE) - INTERVAL '90' DAY AS VARCHAR), 1, 10)
    AND day < substr(:as_of, 1, 10)
    AND quality = 'good'
    AND signal IN ('Vehicle.LowVoltageBattery.CurrentVoltage', 'Vehicle.Powertrain.TractionBattery.StateOfHealth')
  GROUP BY vin, make, model, day
)
SELECT
  vin, make, model, day, min_voltage_v, health_percent,
  avg(min_voltage_v) OVER (PARTITION BY vin ORDER BY day ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) AS week_voltage_v,
  health_percent - first_value(health_percent) OVER (PARTITION BY vin ORDER BY day) AS health_change_percent
FROM days
ORDER BY vin, day
