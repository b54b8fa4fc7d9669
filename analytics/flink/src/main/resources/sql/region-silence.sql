-- A region that goes silent: in one window a large share of the cars that drive in a cell of the map lose their connection without
-- saying goodbye, and are not back at the window's end. A cell is ${region.degrees} degrees wide: an area, nobody's position.

-- Cars send only what changed, often one coordinate alone; the means of a quarter of an hour are near enough for a cell.
CREATE TEMPORARY VIEW positions AS
SELECT window_start, window_end, window_time, vin,
  AVG(message.signals.`Vehicle.CurrentLocation.Latitude`) AS latitude,
  AVG(message.signals.`Vehicle.CurrentLocation.Longitude`) AS longitude
FROM TABLE(HOP(TABLE telemetry, DESCRIPTOR(heard), INTERVAL '${region.step.minutes}' MINUTE(3), INTERVAL '${region.window.minutes}' MINUTE(3)))
GROUP BY window_start, window_end, window_time, vin;

-- versionNumber grows with every connection of a car, so events may come twice and in any order.
CREATE TEMPORARY VIEW connections AS
SELECT window_start, window_end, vin,
  MAX(message.versionNumber) FILTER (WHERE message.eventType = 'connected') AS connected,
  MAX(message.versionNumber) FILTER (WHERE message.eventType = 'disconnected' AND message.clientInitiatedDisconnect IS NOT TRUE
    AND message.disconnectReason IS DISTINCT FROM 'CLIENT_INITIATED_DISCONNECT') AS lost
FROM TABLE(HOP(TABLE reports, DESCRIPTOR(heard), INTERVAL '${region.step.minutes}' MINUTE(3), INTERVAL '${region.window.minutes}' MINUTE(3)))
WHERE message.eventType IN ('connected', 'disconnected')
GROUP BY window_start, window_end, vin;

CREATE TEMPORARY VIEW cars_of_cell AS
SELECT p.window_start, p.window_end, p.window_time, p.vin,
  FLOOR(p.latitude / ${region.degrees}) * ${region.degrees} AS south,
  FLOOR(p.longitude / ${region.degrees}) * ${region.degrees} AS west,
  c.lost IS NOT NULL AND c.lost >= COALESCE(c.connected, -1) AS lost
FROM positions AS p
LEFT JOIN connections AS c ON c.vin = p.vin AND c.window_start = p.window_start AND c.window_end = p.window_end
WHERE p.latitude IS NOT NULL AND p.longitude IS NOT NULL;

CREATE TEMPORARY VIEW cells AS
SELECT CAST(window_start AS TIMESTAMP_LTZ(3)) AS since, window_time AS till, south, west, COUNT(*) AS active, COUNT(*) FILTER (WHERE lost) AS cars
FROM cars_of_cell
GROUP BY window_start, window_end, window_time, south, west;

CREATE TEMPORARY VIEW silent AS
SELECT *, CAST(cars AS DOUBLE) / active AS share
FROM cells
WHERE cars >= ${region.cars} AND CAST(cars AS DOUBLE) / active >= ${region.share};
