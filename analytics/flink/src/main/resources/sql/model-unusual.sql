-- A model of which all cars change together: in one window the mean of many cars of a model is far from what is usual for the model. A
-- new software, a bad batch of fuel or a cold night shows on no car alone. Measures, the least distance that matters and the score are those by
-- which the telemetry function judges each car (definitions.json); here a value is the mean of a model's cars in a window.

-- A window counts for a car whose engine ran all the time (above 300 rpm).
CREATE TEMPORARY VIEW engine_windows AS
SELECT window_start, window_end, window_time, vin,
  MIN(message.signals.`Vehicle.Powertrain.CombustionEngine.Speed`) AS slowest,
  AVG(message.signals.`Vehicle.Powertrain.CombustionEngine.Speed`) AS revs,
  AVG(message.signals.`${charging.signal}`) AS volts,
  MIN(message.signals.`${coolant.signal}`) AS coldest,
  AVG(message.signals.`${coolant.signal}`) AS coolant,
  AVG(message.signals.`${filling.signal}`) AS air,
  AVG(message.signals.`Vehicle.Powertrain.CombustionEngine.MAP`) AS pressure
FROM TABLE(TUMBLE(TABLE telemetry, DESCRIPTOR(heard), INTERVAL '${model.window.minutes}' MINUTE(3)))
GROUP BY window_start, window_end, window_time, vin;

-- A coolant that was below 70 celsius is one that is warming up.
CREATE TEMPORARY VIEW car_measures AS
SELECT window_start, window_end, window_time, vin, '${charging.signal}' AS signal,
  volts AS v, CAST(${charging.least} AS DOUBLE) AS least, ${charging.share} AS relative
FROM engine_windows WHERE slowest > 300 AND volts IS NOT NULL
UNION ALL
SELECT window_start, window_end, window_time, vin, '${coolant.signal}', coolant, CAST(${coolant.least} AS DOUBLE), ${coolant.share}
FROM engine_windows WHERE slowest > 300 AND coldest >= 70
UNION ALL
SELECT window_start, window_end, window_time, vin, '${filling.signal}', air / (revs * pressure) * 1e4, CAST(${filling.least} AS DOUBLE), ${filling.share}
FROM engine_windows WHERE slowest > 300 AND revs >= 1000 AND air >= 0.5 AND pressure >= 25;

CREATE TEMPORARY VIEW model_measures AS
SELECT window_start, window_time, SUBSTRING(vin FROM 1 FOR 8) AS vehicleType, signal, COUNT(*) AS cars, MIN(vin) AS example, AVG(v) AS v,
  MAX(least) AS least, relative
FROM car_measures
GROUP BY window_start, window_end, window_time, SUBSTRING(vin FROM 1 FOR 8), signal, relative
HAVING COUNT(*) >= ${model.cars};

CREATE TEMPORARY VIEW model_scores AS
SELECT *, UNUSUAL(v, least, relative) OVER (
  PARTITION BY vehicleType, signal ORDER BY window_time RANGE BETWEEN INTERVAL '${model.baseline.hours}' HOUR(3) PRECEDING AND CURRENT ROW
) AS judged
FROM model_measures;

CREATE TEMPORARY VIEW model_unusual AS
SELECT CAST(window_start AS TIMESTAMP_LTZ(3)) AS since, window_time AS till, vehicleType, signal, cars, example, v AS measured, judged.low AS low, judged.high AS high
FROM model_scores
WHERE judged.score > 1;
