-- What the job says: 'raised' for every window in which a thing is found, and 'over' when it has not been found for a while. The same
-- finding may be written twice after a restart; who reads it takes a repetition as one.

CREATE TEMPORARY VIEW all_findings AS
SELECT 'raised' AS state, 'fault_spread' AS kind, vehicleType, code, CAST(NULL AS DOUBLE) AS south, CAST(NULL AS DOUBLE) AS west,
  since AS windowStart, till AS windowEnd,
  cars, active, share, usual, example,
  CAST(NULL AS STRING) AS signal, CAST(NULL AS DOUBLE) AS measured, CAST(NULL AS DOUBLE) AS low, CAST(NULL AS DOUBLE) AS high
FROM spreading
UNION ALL
SELECT 'over', 'fault_spread', vehicleType, code, CAST(NULL AS DOUBLE), CAST(NULL AS DOUBLE),
  MIN(since), SESSION_END(till, INTERVAL '${fault.quiet.hours}' HOUR(3)),
  MAX(cars), MAX(active), MAX(share), MAX(usual), MIN(example),
  CAST(NULL AS STRING), CAST(NULL AS DOUBLE), CAST(NULL AS DOUBLE), CAST(NULL AS DOUBLE)
FROM spreading
GROUP BY SESSION(till, INTERVAL '${fault.quiet.hours}' HOUR(3)), vehicleType, code
UNION ALL
SELECT 'raised', 'region_silent', CAST(NULL AS STRING), CAST(NULL AS STRING), south, west,
  since, till, cars, active, share, CAST(NULL AS DOUBLE), CAST(NULL AS STRING),
  CAST(NULL AS STRING), CAST(NULL AS DOUBLE), CAST(NULL AS DOUBLE), CAST(NULL AS DOUBLE)
FROM silent
UNION ALL
SELECT 'over', 'region_silent', CAST(NULL AS STRING), CAST(NULL AS STRING), south, west,
  MIN(since), SESSION_END(till, INTERVAL '${region.quiet.minutes}' MINUTE(3)),
  MAX(cars), MAX(active), MAX(share), CAST(NULL AS DOUBLE), CAST(NULL AS STRING),
  CAST(NULL AS STRING), CAST(NULL AS DOUBLE), CAST(NULL AS DOUBLE), CAST(NULL AS DOUBLE)
FROM silent
GROUP BY SESSION(till, INTERVAL '${region.quiet.minutes}' MINUTE(3)), south, west
UNION ALL
SELECT 'raised', 'model_unusual', vehicleType, CAST(NULL AS STRING), CAST(NULL AS DOUBLE), CAST(NULL AS DOUBLE),
  since, till, cars, cars, CAST(1 AS DOUBLE), CAST(NULL AS DOUBLE), example,
  signal, measured, low, high
FROM model_unusual
UNION ALL
SELECT 'over', 'model_unusual', vehicleType, CAST(NULL AS STRING), CAST(NULL AS DOUBLE), CAST(NULL AS DOUBLE),
  MIN(since), SESSION_END(till, INTERVAL '${model.quiet.hours}' HOUR(3)),
  MAX(cars), MAX(cars), CAST(1 AS DOUBLE), CAST(NULL AS DOUBLE), MIN(example),
  signal, CAST(NULL AS DOUBLE), CAST(NULL AS DOUBLE), CAST(NULL AS DOUBLE)
FROM model_unusual
GROUP BY SESSION(till, INTERVAL '${model.quiet.hours}' HOUR(3)), vehicleType, signal;
