-- What the job reads. Both streams carry messages as the rules engine handed them on: what the car sent in message, beside the stamps, of
-- which vin is the authenticated sender and ingestedAt the time of reception in milliseconds. That one clock is the event time of every window: a car's own (ts) may be
-- wrong by any amount, and a fast one would make everybody else's messages late.
--
-- Messages of earlier rules, which wrote the stamps among the car's members, count in no window: the job starts anew at the upgrade that
-- brings these rules, and windows are of minutes.
--
-- The watermark is ${lateness.seconds} s behind: what the streams deliver later than that counts in no window that is closed by then.

CREATE TEMPORARY TABLE telemetry (
  vin        STRING,
  ingestedAt BIGINT,
  message    ROW<signals ROW<
    `Vehicle.CurrentLocation.Latitude`              DOUBLE,
    `Vehicle.CurrentLocation.Longitude`             DOUBLE,
    `Vehicle.Powertrain.CombustionEngine.Speed`     DOUBLE,
    `Vehicle.Powertrain.CombustionEngine.MAP`       DOUBLE,
    `${filling.signal}` DOUBLE,
    `${coolant.signal}` DOUBLE,
    `${charging.signal}` DOUBLE
  >>,
  heard      AS TO_TIMESTAMP_LTZ(COALESCE(ingestedAt, 0), 3),
  WATERMARK FOR heard AS heard - INTERVAL '${lateness.seconds}' SECOND(3)
) WITH (
  ${telemetry.source},
  'format' = 'json',
  'json.ignore-parse-errors' = 'true'
);

-- Diagnostics (schema diagnostics/1) and connects and disconnects (AWS IoT Core's lifecycle events, which have no schema).
CREATE TEMPORARY TABLE reports (
  vin           STRING,
  ingestedAt    BIGINT,
  message       ROW<
    `schema`      STRING,
    id            STRING,
    ts            TIMESTAMP_LTZ(3),
    kind          STRING,
    codes         ARRAY<ROW<code STRING>>,
    eventType     STRING,
    versionNumber BIGINT,
    clientInitiatedDisconnect BOOLEAN,
    disconnectReason          STRING
  >,
  heard   AS TO_TIMESTAMP_LTZ(COALESCE(ingestedAt, 0), 3),
  arrived AS PROCTIME(),
  WATERMARK FOR heard AS heard - INTERVAL '${lateness.seconds}' SECOND(3)
) WITH (
  ${reports.source},
  'format' = 'json',
  'json.ignore-parse-errors' = 'true',
  'json.timestamp-format.standard' = 'ISO-8601'
);
