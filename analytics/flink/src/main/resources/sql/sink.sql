-- Where findings go: a stream that a function reads, which raises the alerts.

CREATE TEMPORARY TABLE findings (
  state       STRING,
  kind        STRING,
  vehicleType       STRING,
  code        STRING,
  south       DOUBLE,
  west        DOUBLE,
  windowStart TIMESTAMP_LTZ(3),
  windowEnd   TIMESTAMP_LTZ(3),
  cars        BIGINT,
  active      BIGINT,
  share       DOUBLE,
  usual       DOUBLE,
  example     STRING,
  signal      STRING,
  measured    DOUBLE,
  low         DOUBLE,
  high        DOUBLE
) WITH (
  ${findings.sink},
  'format' = 'json',
  'json.timestamp-format.standard' = 'ISO-8601'
);

INSERT INTO findings SELECT * FROM all_findings;
