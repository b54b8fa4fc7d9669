package connectedcar.windows;

import com.amazonaws.services.kinesisanalytics.runtime.KinesisAnalyticsRuntime;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;

/**
 * The job: reads telemetry, diagnostics and lifecycle events from Kinesis, and writes what it finds to Kinesis. The service hands it
 * its settings as application properties: the group {@code streams} says where, {@code windows} holds thresholds, see {@link Settings}.
 */
public final class FleetWindows {
  private FleetWindows() {}

  /** Runs the job until it is stopped. */
  public static void main(String[] args) throws IOException {
    Map<String, Properties> groups = KinesisAnalyticsRuntime.getApplicationProperties();
    Properties none = new Properties();
    run(groups.getOrDefault("streams", none), groups.getOrDefault("windows", none));
  }

  /**
   * Submits the job.
   *
   * @param streams {@code region}, names of streams ({@code telemetry}, {@code reports}, {@code findings}), and {@code endpoint} for
   *     another than AWS's
   * @param thresholds see {@link Settings}
   * @return the job that writes the findings
   */
  static JobClient run(Properties streams, Properties thresholds) {
    Map<String, String> settings = new HashMap<>(Settings.of(thresholds));
    settings.put("telemetry.source", source(streams, "telemetry"));
    settings.put("reports.source", source(streams, "reports"));
    settings.put("findings.sink", kinesis(streams, "findings"));
    StreamTableEnvironment tables = define(StreamExecutionEnvironment.getExecutionEnvironment(), settings);
    TableResult last = null;
    for (String statement : Script.statements("sink", settings)) {
      last = tables.executeSql(statement);
    }
    return last.getJobClient().orElseThrow(); // the script ends with an INSERT
  }

  /** Makes the tables and views up to {@code all_findings}, of sources that the settings describe. */
  static StreamTableEnvironment define(StreamExecutionEnvironment env, Map<String, String> given) {
    Map<String, String> settings = new HashMap<>(given);
    settings.putAll(Definitions.settings());
    StreamTableEnvironment tables = StreamTableEnvironment.create(env);
    tables.getConfig().set("table.local-time-zone", "UTC");
    tables.getConfig().set("table.exec.source.idle-timeout", settings.get("idle.seconds") + " s");
    tables.getConfig().set("table.exec.state.ttl", settings.get("state.hours") + " h");
    tables.createTemporarySystemFunction("UNUSUAL", Unusual.class);
    for (String script : new String[] {"sources", "fault-spread", "region-silence", "model-unusual", "findings"}) {
      Script.statements(script, settings).forEach(tables::executeSql);
    }
    return tables;
  }

  /** A source without a saved position begins at what comes now: a window of the past would be told as news. */
  private static String source(Properties streams, String name) {
    return kinesis(streams, name) + ",\n  'scan.stream.initpos' = 'LATEST',\n  'scan.shard.getrecords.intervalmillis' = '1000'";
  }

  private static String kinesis(Properties streams, String name) {
    String options = "'connector' = 'kinesis',\n  'stream' = '" + required(streams, name) + "',\n  'aws.region' = '"
        + required(streams, "region") + "'";
    String endpoint = streams.getProperty("endpoint");
    return endpoint == null ? options : options + ",\n  'aws.endpoint' = '" + endpoint + "'";
  }

  private static String required(Properties streams, String name) {
    String value = streams.getProperty(name);
    if (value == null || !value.matches("[A-Za-z0-9_.-]{1,128}")) {
      throw new IllegalArgumentException("property " + name + " of the group streams is missing or no name: " + value);
    }
    return value;
  }
}
