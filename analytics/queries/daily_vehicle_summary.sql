-- Daily summary of each vehicle: how far, how fast, how long it was on the move, and how its batteries did.
-- The day is the one before :as_of (UTC). Messages that came twice count once.
WITH readings AS (
  SELECT DISTINCT vin, make, model, message_id, ts, signal, num, str
  FROM telemetry
  WHERE day = substr(CAST(CAST(substr(:as_of, 1, 10) AS DATE) - INTERVAL '1' DAY AS VARCHAR), 1, 10)
    AND quality = 'good'
)
SELECT
  vin,
  max(make) AS make,
  max(model) AS model,
  count(DISTINCT message_id) AS messages,
  min(ts) AS first_seen,
  max(ts) AS last_seen,
  max(CASE WHEN signal = 'Vehicle.TraveledDistance' THEN num END)
    - min(CASE WHEN signal = 'Vehicle.TraveledDistance' THEN num END) AS distance_m,
  max(CASE WHEN signal = 'Vehicle.Speed' THEN num END) AS max_speed_kmh,
  avg(CASE WHEN signal = 'Vehicle.Speed' AND num > 0 THEN num END) AS moving_speed_kmh,
  min(CASE WHEN signal = 'Vehicle.LowVoltageBattery.CurrentVoltage' THEN num END) AS min_battery_v,
  max(CASE WHEN signal = 'Vehicle.Powertrain.CombustionEngine.EngineCoolant.Temperature' THEN num END) AS max_coolant_c,
  min(CASE WHEN signal = 'Vehicle.Powertrain.TractionBattery.StateOfCharge.Current' THEN num END) AS min_charge_percent
FROM readings
GROUP BY vin
ORDER BY vin
