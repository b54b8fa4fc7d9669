-- A fault that spreads over a model: in one window many cars of a model set the same trouble code, more than is usual for them.
--
-- The first eight characters of a VIN are the maker and the model (ISO 3779: WMI and the descriptive part).

-- Each message once, however often the car sent it: the first within the time that state is kept for (${state.hours} h). As
-- elsewhere on the platform, what a car says more than 15 minutes late raises no alert.
CREATE TEMPORARY VIEW faults AS
SELECT d.vin, SUBSTRING(d.vin FROM 1 FOR 8) AS vehicleType, c.code, d.heard
FROM (
  SELECT vin, heard, message.codes AS codes, ROW_NUMBER() OVER (PARTITION BY message.id ORDER BY arrived ASC) AS n
  FROM reports
  WHERE message.`schema` = 'diagnostics/1' AND message.kind = 'set' AND message.id IS NOT NULL
    AND message.ts > heard - INTERVAL '15' MINUTE
) AS d
CROSS JOIN UNNEST(d.codes) AS c (code)
WHERE d.n = 1;

CREATE TEMPORARY VIEW faults_of_type AS
SELECT window_start, window_time, vehicleType, code, COUNT(DISTINCT vin) AS cars, MIN(vin) AS example
FROM TABLE(TUMBLE(TABLE faults, DESCRIPTOR(heard), INTERVAL '${fault.window.minutes}' MINUTE(3)))
GROUP BY window_start, window_end, window_time, vehicleType, code;

CREATE TEMPORARY VIEW cars_of_type AS
SELECT window_start, window_time, vehicleType, COUNT(DISTINCT vin) AS active
FROM (
  SELECT window_start, window_end, window_time, SUBSTRING(vin FROM 1 FOR 8) AS vehicleType, vin
  FROM TABLE(TUMBLE(TABLE telemetry, DESCRIPTOR(heard), INTERVAL '${fault.window.minutes}' MINUTE(3)))
)
GROUP BY window_start, window_end, window_time, vehicleType;

-- What is usual is counted over the windows of the day before this one.
CREATE TEMPORARY VIEW fault_history AS
SELECT *, SUM(cars) OVER (
  PARTITION BY vehicleType, code ORDER BY window_time RANGE BETWEEN INTERVAL '${fault.baseline.hours}' HOUR(3) PRECEDING AND CURRENT ROW
) - cars AS cars_before
FROM faults_of_type;

CREATE TEMPORARY VIEW activity_history AS
SELECT *, SUM(active) OVER (
  PARTITION BY vehicleType ORDER BY window_time RANGE BETWEEN INTERVAL '${fault.baseline.hours}' HOUR(3) PRECEDING AND CURRENT ROW
) - active AS active_before
FROM cars_of_type;

-- A model without telemetry in the window counts the cars that have the fault as its active ones.
CREATE TEMPORARY VIEW fault_rates AS
SELECT CAST(f.window_start AS TIMESTAMP_LTZ(3)) AS since, f.window_time AS till, f.vehicleType, f.code, f.cars, f.example,
  GREATEST(COALESCE(a.active, 0), f.cars) AS active,
  CAST(f.cars AS DOUBLE) / GREATEST(COALESCE(a.active, 0), f.cars) AS share,
  CASE WHEN a.active_before > 0 THEN CAST(f.cars_before AS DOUBLE) / a.active_before ELSE 0 END AS usual
FROM fault_history AS f
LEFT JOIN activity_history AS a ON a.vehicleType = f.vehicleType AND a.window_time = f.window_time;

CREATE TEMPORARY VIEW spreading AS
SELECT * FROM fault_rates
WHERE cars >= ${fault.cars} AND share >= ${fault.share} AND share >= ${fault.times} * usual;
