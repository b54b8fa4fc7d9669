package connectedcar.windows;

import static connectedcar.windows.Fleet.car;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.kinesis.shaded.com.amazonaws.client.builder.AwsClientBuilder.EndpointConfiguration;
import org.apache.flink.kinesis.shaded.com.amazonaws.services.kinesis.AmazonKinesis;
import org.apache.flink.kinesis.shaded.com.amazonaws.services.kinesis.AmazonKinesisClientBuilder;
import org.apache.flink.kinesis.shaded.com.amazonaws.services.kinesis.model.GetRecordsRequest;
import org.apache.flink.kinesis.shaded.com.amazonaws.services.kinesis.model.GetRecordsResult;
import org.apache.flink.kinesis.shaded.com.amazonaws.services.kinesis.model.Record;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/** The job as it is deployed, on the streams of an AWS emulator: it shows that connector and Flink fit each other. */
@EnabledIfEnvironmentVariable(named = "AWS_ENDPOINT_URL", matches = "http://(localhost|127).*", disabledReason = "there is no emulator")
@Timeout(300)
@DisplayName("The job on Kinesis")
class KinesisTest {
  private static final String REGION = "us-east-1";
  private static final String[] STREAMS = {"telemetry", "reports", "findings"};

  private final Properties names = new Properties();
  private AmazonKinesis kinesis;

  @BeforeEach
  void makeStreams() {
    System.setProperty("org.apache.flink.kinesis.shaded.com.amazonaws.sdk.disableCbor", "true"); // which the emulator does not speak
    System.setProperty("aws.cborEnabled", "false");
    String endpoint = System.getenv("AWS_ENDPOINT_URL");
    kinesis = AmazonKinesisClientBuilder.standard().withEndpointConfiguration(new EndpointConfiguration(endpoint, REGION)).build();
    names.setProperty("region", REGION);
    names.setProperty("endpoint", endpoint);
    String run = UUID.randomUUID().toString();
    for (String stream : STREAMS) {
      names.setProperty(stream, stream + "-" + run);
      kinesis.createStream(names.getProperty(stream), 1);
    }
  }

  @AfterEach
  void removeStreams() {
    for (String stream : STREAMS) {
      kinesis.deleteStream(names.getProperty(stream));
    }
  }

  @Test
  @DisplayName("reads two streams and writes what it finds to a third")
  void streams() throws Exception {
    Properties thresholds = new Properties();
    thresholds.setProperty("idle.seconds", "2"); // some tasks have no shard
    CompletableFuture<JobExecutionResult> end = FleetWindows.run(names, thresholds).getJobExecutionResult();
    List<String> found = new ArrayList<>();
    String iterator = iterator("findings");
    for (int hour = 0; found.isEmpty(); hour++) { // sources begin at what comes after they did, so say it until they hear it
      if (end.isDone()) {
        end.get(); // throws with the cause
      }
      put(afternoon(hour));
      GetRecordsResult result = kinesis.getRecords(new GetRecordsRequest().withShardIterator(iterator));
      iterator = result.getNextShardIterator();
      for (Record r : result.getRecords()) {
        found.add(UTF_8.decode(r.getData()).toString());
      }
      Thread.sleep(1000);
    }
    String finding = found.get(0);
    assertTrue(finding.startsWith("{\"state\":\"raised\",\"kind\":\"fault_spread\",\"vehicleType\":\"WVWZZZ1J\",\"code\":\"P0301\",\"south\":null,"), finding);
    assertTrue(finding.matches(".*\"windowStart\":\"2026-11-2\\d.\\d\\d:00:00Z\",\"windowEnd\":\"2026-11-2\\d.\\d\\d:29:59.999Z\",\"cars\":5,.*"), finding);
  }

  /** Five cars set a code, and others drive on past the end of the window. */
  private static Fleet afternoon(int hour) {
    Fleet fleet = new Fleet().drive("1ACEV26S", 1, hour * 60 + 1);
    for (int n = 0; n < 5; n++) {
      fleet.sets(car("WVWZZZ1J", n), "P0301", hour * 60 + 2, hour * 60 + 2, "D" + hour + "-" + n);
    }
    return fleet.drive("1ACEV26S", 1, hour * 60 + 40).loses(car("1ACEV26S", 1), 0, hour * 60 + 40);
  }

  private void put(Fleet fleet) {
    fleet.telemetry.forEach(m -> kinesis.putRecord(names.getProperty("telemetry"), ByteBuffer.wrap(m.getBytes(UTF_8)), "car"));
    fleet.reports.forEach(m -> kinesis.putRecord(names.getProperty("reports"), ByteBuffer.wrap(m.getBytes(UTF_8)), "car"));
  }

  private String iterator(String stream) {
    String name = names.getProperty(stream);
    String shard = kinesis.describeStream(name).getStreamDescription().getShards().get(0).getShardId();
    return kinesis.getShardIterator(name, shard, "TRIM_HORIZON").getShardIterator();
  }
}
