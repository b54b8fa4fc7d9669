package connectedcar.windows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;

/** Messages of cars, in the order in which the streams deliver them, and the job that reads them from files. */
final class Fleet {
  static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");

  final List<String> telemetry = new ArrayList<>();
  final List<String> reports = new ArrayList<>();
  final Properties thresholds = new Properties();
  private int messages;

  /** The VIN of the n-th car of a model. */
  static String car(String model, int n) {
    return model + String.format("X6T%06d", n);
  }

  static Instant at(double minutes) {
    return NOON.plusMillis(Math.round(minutes * 60_000));
  }

  /** A car says where it is, at that minute after noon. */
  Fleet drives(String vin, double minute, double latitude, double longitude) {
    telemetry.add(String.format(
        "{\"message\":{\"schema\":\"telemetry/1\",\"id\":\"T%d\",\"ts\":\"%s\",\"signals\":{\"Vehicle.Speed\":50,"
            + "\"Vehicle.CurrentLocation.Latitude\":%s,\"Vehicle.CurrentLocation.Longitude\":%s}},\"vin\":\"%s\",\"ingestedAt\":%d}",
        ++messages, at(minute), latitude, longitude, vin, at(minute).toEpochMilli()));
    return this;
  }

  /** A car's engine runs and its battery has that voltage, at that minute after noon. */
  Fleet runs(String vin, double minute, double volts) {
    telemetry.add(String.format(
        "{\"message\":{\"schema\":\"telemetry/1\",\"id\":\"T%d\",\"ts\":\"%s\",\"signals\":{\"Vehicle.Powertrain.CombustionEngine.Speed\":2000,"
            + "\"Vehicle.LowVoltageBattery.CurrentVoltage\":%s}},\"vin\":\"%s\",\"ingestedAt\":%d}",
        ++messages, at(minute), volts, vin, at(minute).toEpochMilli()));
    return this;
  }

  /** So many cars of a model drive at one place. */
  Fleet drive(String model, int cars, double minute) {
    for (int n = 0; n < cars; n++) {
      drives(car(model, n), minute, 48.1, 11.6);
    }
    return this;
  }

  Fleet sets(String vin, String code, double minute) {
    return sets(vin, code, minute, minute, "D" + ++messages);
  }

  /** A car says that a code is set: measured at one minute, received at another. */
  Fleet sets(String vin, String code, double measured, double received, String id) {
    reports.add(String.format(
        "{\"message\":{\"schema\":\"diagnostics/1\",\"id\":\"%s\",\"ts\":\"%s\",\"kind\":\"set\",\"mil\":true,\"codes\":[{\"code\":\"%s\",\"ecu\":\"powertrain\","
            + "\"status\":137}]},\"vin\":\"%s\",\"ingestedAt\":%d}",
        id, at(measured), code, vin, at(received).toEpochMilli()));
    return this;
  }

  Fleet connects(String vin, int version, double minute) {
    return presence(vin, "connected", version, minute, "");
  }

  Fleet loses(String vin, int version, double minute) {
    return presence(vin, "disconnected", version, minute, ",\"clientInitiatedDisconnect\":false,\"disconnectReason\":\"MQTT_KEEP_ALIVE_TIMEOUT\"");
  }

  Fleet leaves(String vin, int version, double minute) {
    return presence(vin, "disconnected", version, minute, ",\"clientInitiatedDisconnect\":true,\"disconnectReason\":\"CLIENT_INITIATED_DISCONNECT\"");
  }

  private Fleet presence(String vin, String event, int version, double minute, String more) {
    reports.add(String.format(
        "{\"message\":{\"clientId\":\"%s\",\"timestamp\":%d,\"eventType\":\"%s\",\"sessionIdentifier\":\"s\",\"versionNumber\":%d%s},\"vin\":\"%s\",\"ingestedAt\":%d}",
        vin, at(minute).toEpochMilli(), event, version, more, vin, at(minute).toEpochMilli()));
    return this;
  }

  Fleet with(String threshold, String value) {
    thresholds.setProperty(threshold, value);
    return this;
  }

  /** What the job finds of a kind until both streams end, in words, sorted. Flink leaves the rest of the job out, which saves time. */
  List<String> findings(Path dir, String kind) throws Exception {
    return findings(job(dir, 1, ""), "SELECT * FROM all_findings WHERE kind = '" + kind + "'");
  }

  /** Everything that the job finds, several tasks wide. */
  List<String> findings(Path dir) throws Exception {
    return findings(job(dir, 2, ""), "SELECT * FROM all_findings");
  }

  private static List<String> findings(StreamTableEnvironment job, String query) throws Exception {
    List<String> out = new ArrayList<>();
    try (CloseableIterator<Row> rows = job.executeSql(query).collect()) {
      rows.forEachRemaining(r -> out.add(words(r)));
    }
    out.sort(null);
    return out;
  }

  /** The job's tables and views on files with these messages. */
  StreamTableEnvironment job(Path dir, int parallelism, String telemetryOptions) throws IOException {
    Map<String, String> settings = new HashMap<>(Settings.of(thresholds));
    settings.put("telemetry.source", file(dir, "telemetry", telemetry) + telemetryOptions);
    settings.put("reports.source", file(dir, "reports", reports));
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    env.setParallelism(parallelism);
    return FleetWindows.define(env, settings);
  }

  private static String file(Path dir, String name, List<String> lines) throws IOException {
    Path folder = Files.createDirectories(dir.resolve(name));
    if (!lines.isEmpty()) {
      Files.write(folder.resolve("messages.json"), lines);
    }
    return "'connector' = 'filesystem', 'path' = '" + folder.toUri() + "'";
  }

  /** A finding in a few words. */
  static String words(Row r) {
    Object of = r.getField("code") == null ? r.getField("signal") : r.getField("code");
    Object subject = r.getField("vehicleType") == null ? r.getField("south") + " " + r.getField("west") : r.getField("vehicleType") + " " + of;
    Duration since = Duration.between(NOON, (Instant) r.getField("windowEnd"));
    return String.format("%s %s %s: %s of %s by minute %d", r.getField("kind"), r.getField("state"), subject, r.getField("cars"),
        r.getField("active"), Math.round(since.toMillis() / 60_000.0));
  }
}
