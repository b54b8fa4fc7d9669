-- What slowly goes towards its limit: batteries, brakes and tyres that will meet a limit within 120 days, with the day and its interval.
-- From means of each day, over the 56 days before :as_of (UTC): the slope is the median of the slopes between all two days (Theil and Sen),
-- which a few odd days do not move, with Sen's interval of 95 %; a slope whose interval holds zero is none.
-- The 12 V battery counts where nothing charges it; the limit of its health is that of UN GTR No. 22, of the brakes 70 % of the first day's level.
WITH readings AS (
  SELECT DISTINCT vin, make, model, day, ts, signal, num
  FROM telemetry
  WHERE day >= substr(CAST(CAST(substr(:as_of, 1, 10) AS DATE) - INTERVAL '56' DAY AS VARCHAR), 1, 10)
    AND day < substr(:as_of, 1, 10)
    AND quality = 'good'
    AND num IS NOT NULL
    AND signal IN ('Vehicle.LowVoltageBattery.CurrentVoltage', 'Vehicle.Powertrain.TractionBattery.StateOfHealth',
      'Vehicle.Chassis.Brake.PedalPosition', 'Vehicle.Acceleration.Longitudinal',
      'Vehicle.Chassis.Axle.Row1.Wheel.Left.Tire.Pressure', 'Vehicle.Chassis.Axle.Row1.Wheel.Right.Tire.Pressure',
      'Vehicle.Chassis.Axle.Row2.Wheel.Left.Tire.Pressure', 'Vehicle.Chassis.Axle.Row2.Wheel.Right.Tire.Pressure')
),
braking AS (
  SELECT vin, make, model, day,
    max(CASE WHEN signal = 'Vehicle.Chassis.Brake.PedalPosition' THEN num END) AS pedal,
    max(CASE WHEN signal = 'Vehicle.Acceleration.Longitudinal' THEN -num END) AS slowing
  FROM readings
  WHERE signal IN ('Vehicle.Chassis.Brake.PedalPosition', 'Vehicle.Acceleration.Longitudinal')
  GROUP BY vin, make, model, day, ts
),
days AS (
  SELECT vin, max(make) AS make, max(model) AS model, day, 'brake response' AS measure, 'm/s2 a percent' AS unit,
    avg(slowing / pedal) AS level, CAST(NULL AS DOUBLE) AS bound
  FROM braking
  WHERE pedal >= 10 AND slowing > 0
  GROUP BY vin, day
  UNION ALL
  SELECT vin, max(make), max(model), day, 'resting voltage of the 12 V battery', 'V', avg(num), CAST(11.8 AS DOUBLE)
  FROM readings
  WHERE signal = 'Vehicle.LowVoltageBattery.CurrentVoltage' AND num < 13
  GROUP BY vin, day
  UNION ALL
  SELECT vin, max(make), max(model), day, 'health of the traction battery', 'percent', avg(num), CAST(70 AS DOUBLE)
  FROM readings
  WHERE signal = 'Vehicle.Powertrain.TractionBattery.StateOfHealth'
  GROUP BY vin, day
  UNION ALL
  SELECT vin, max(make), max(model), day,
    CASE signal
      WHEN 'Vehicle.Chassis.Axle.Row1.Wheel.Left.Tire.Pressure' THEN 'front left tyre pressure'
      WHEN 'Vehicle.Chassis.Axle.Row1.Wheel.Right.Tire.Pressure' THEN 'front right tyre pressure'
      WHEN 'Vehicle.Chassis.Axle.Row2.Wheel.Left.Tire.Pressure' THEN 'rear left tyre pressure'
      ELSE 'rear right tyre pressure'
    END, 'kPa', avg(num), CAST(184 AS DOUBLE)
  FROM readings
  WHERE signal LIKE '%Tire.Pressure'
  GROUP BY vin, day, signal
),
series AS (
  SELECT vin, make, model, measure, unit, level, bound,
    date_diff('day', CAST(substr(:as_of, 1, 10) AS DATE), CAST(day AS DATE)) AS number,
    count(*) OVER (PARTITION BY vin, measure) AS days
  FROM days
),
pairs AS (
  SELECT a.vin, a.measure, a.days, (b.level - a.level) / (b.number - a.number) AS slope,
    row_number() OVER (PARTITION BY a.vin, a.measure ORDER BY (b.level - a.level) / (b.number - a.number)) AS place,
    count(*) OVER (PARTITION BY a.vin, a.measure) AS n
  FROM series AS a
  JOIN series AS b ON b.vin = a.vin AND b.measure = a.measure AND b.number > a.number
  WHERE a.days >= 14
),
reach AS (
  SELECT vin, measure, slope, place, n, 1.96 * sqrt(days * (days - 1) * (2 * days + 5) / 18.0) AS c
  FROM pairs
),
slopes AS (
  SELECT vin, measure,
    avg(CASE WHEN 2 * place BETWEEN n AND n + 2 THEN slope END) AS slope,
    max(CASE WHEN place = greatest(1, CAST(floor((n - c) / 2) AS BIGINT)) THEN slope END) AS steepest,
    max(CASE WHEN place = least(n, CAST(ceil((n + c) / 2) AS BIGINT) + 1) THEN slope END) AS flattest
  FROM reach
  GROUP BY vin, measure
),
levels AS (
  SELECT s.vin, s.make, s.model, s.measure, s.unit, s.bound, s.days, s.number, t.slope, t.steepest, t.flattest, s.level - t.slope * s.number AS present,
    row_number() OVER (PARTITION BY s.vin, s.measure ORDER BY s.level - t.slope * s.number) AS place,
    min(s.number) OVER (PARTITION BY s.vin, s.measure) AS began
  FROM series AS s
  JOIN slopes AS t ON t.vin = s.vin AND t.measure = s.measure
  WHERE t.flattest < 0
),
trends AS (
  SELECT vin, max(make) AS make, max(model) AS model, measure, max(unit) AS unit, max(days) AS days, max(slope) AS slope,
    max(steepest) AS steepest, max(flattest) AS flattest,
    avg(CASE WHEN 2 * place BETWEEN days AND days + 2 THEN present END) AS level,
    coalesce(max(bound), 0.7 * avg(CASE WHEN 2 * place BETWEEN days AND days + 2 THEN present + slope * began END)) AS bound
  FROM levels
  GROUP BY vin, measure
)
SELECT
  vin, make, model, measure, unit, days, level, 7 * slope AS slope_a_week, 7 * steepest AS steepest_a_week, 7 * flattest AS flattest_a_week, bound,
  substr(CAST(CAST(substr(:as_of, 1, 10) AS DATE) + INTERVAL '1' DAY * CAST(ceil(greatest(0, (bound - level) / slope)) AS BIGINT) AS VARCHAR), 1, 10) AS limit_on,
  substr(CAST(CAST(substr(:as_of, 1, 10) AS DATE) + INTERVAL '1' DAY * CAST(ceil(greatest(0, (bound - level) / steepest)) AS BIGINT) AS VARCHAR), 1, 10) AS earliest_on,
  substr(CAST(CAST(substr(:as_of, 1, 10) AS DATE) + INTERVAL '1' DAY * CAST(ceil(least(3650, greatest(0, (bound - level) / flattest))) AS BIGINT) AS VARCHAR), 1, 10) AS latest_on
FROM trends
WHERE (bound - level) / slope <= 120
ORDER BY limit_on, vin, measure
