-- A training set for models of engine and battery: a row a vehicle and minute with the mean of each signal, over the 30 days
-- before :as_of (UTC). No position and no VIN: a vehicle is a number that is stable within one result.
WITH minutes AS (
  SELECT vin, make, model, model_year, powertrain, date_trunc('minute', ts) AS minute,
    avg(CASE WHEN signal = 'Vehicle.Speed' THEN num END) AS speed_kmh,
    avg(CASE WHEN signal = 'Vehicle.Powertrain.CombustionEngine.Speed' THEN num END) AS engine_rpm,
    avg(CASE WHEN signal = 'Vehicle.Powertrain.CombustionEngine.TPS' THEN num END) AS throttle_percent,
    avg(CASE WHEN signal = 'Vehicle.Powertrain.CombustionEngine.MAF' THEN num END) AS air_g_per_s,
    avg(CASE WHEN signal = 'Vehicle.Powertrain.CombustionEngine.EngineCoolant.Temperature' THEN num END) AS coolant_c,
    avg(CASE WHEN signal = 'Vehicle.Powertrain.CombustionEngine.EngineOil.Temperature' THEN num END) AS oil_c,
    avg(CASE WHEN signal = 'Vehicle.Cabin.HVAC.AmbientAirTemperature' THEN num END) AS ambient_c,
    avg(CASE WHEN signal = 'Vehicle.LowVoltageBattery.CurrentVoltage' THEN num END) AS battery_v,
    avg(CASE WHEN signal = 'Vehicle.Powertrain.TractionBattery.StateOfCharge.Current' THEN num END) AS charge_percent,
    max(CASE WHEN signal = 'Vehicle.Diagnostics.DTCCount' THEN num END) AS trouble_codes
  FROM telemetry
  WHERE day >= substr(CAST(CAST(substr(:as_of, 1, 10) AS DATE) - INTERVAL '30' DAY AS VARCHAR), 1, 10)
    AND day < substr(:as_of, 1, 10)
    AND quality = 'good'
  GROUP BY vin, make, model, model_year, powertrain, date_trunc('minute', ts)
)
SELECT
  dense_rank() OVER (ORDER BY vin) AS vehicle,
  make, model, model_year, powertrain, minute, speed_kmh, engine_rpm, throttle_percent, air_g_per_s, coolant_c, oil_c,
  ambient_c, battery_v, charge_percent, trouble_codes
FROM minutes
ORDER BY vehicle, minute
