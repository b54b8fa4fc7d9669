package connectedcar.windows;

import static connectedcar.windows.Fleet.car;
import static java.util.stream.Collectors.toList;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
@DisplayName("A fault that spreads over a model")
class FaultSpreadTest {
  private static final String GOLF = "WVWZZZ1J";
  private static final String COMET = "1ACEV26S";
  private static final String FOUND = "fault_spread raised WVWZZZ1J P0301: 5 of 100 by minute 30";
  private static final String OVER = "fault_spread over WVWZZZ1J P0301: 5 of 100 by minute 390";

  private static final String KIND = "fault_spread";

  @TempDir Path dir;

  /** A hundred cars of each model drive. */
  private static Fleet fleet() {
    return new Fleet().drive(GOLF, 100, 1).drive(COMET, 100, 1);
  }

  private static Fleet set(Fleet fleet, int cars, double minute) {
    for (int n = 0; n < cars; n++) {
      fleet.sets(car(GOLF, n), "P0301", minute + n / 10.0);
    }
    return fleet;
  }

  @Test
  @DisplayName("is found at the end of its window, and is over when it has not come back for six hours")
  void found() throws Exception {
    assertEquals(List.of(OVER, FOUND), set(fleet(), 5, 2).findings(dir, KIND));
  }

  @Test
  @DisplayName("is not found with a car less")
  void tooFew() throws Exception {
    assertEquals(List.of(), set(fleet(), 4, 2).findings(dir, KIND));
  }

  @Test
  @DisplayName("is not found in one car that says it over and over")
  void oneCar() throws Exception {
    Fleet fleet = fleet();
    for (int n = 0; n < 20; n++) {
      fleet.sets(car(GOLF, 1), "P0301", 2 + n / 10.0);
    }
    assertEquals(List.of(), fleet.findings(dir, KIND));
  }

  @Test
  @DisplayName("is not found where cars of two models, or two codes, only add up to it")
  void notMixed() throws Exception {
    Fleet fleet = set(fleet(), 4, 2);
    fleet.sets(car(COMET, 5), "P0301", 3).sets(car(GOLF, 5), "P0420", 3);
    assertEquals(List.of(), fleet.findings(dir, KIND));
  }

  @Test
  @DisplayName("is not found where messages come twice, in another window as well")
  void duplicates() throws Exception {
    Fleet fleet = fleet();
    for (double minute : new double[] {2, 2.5, 31}) {
      for (int n = 0; n < 5; n++) { // one car's message comes in the second window only
        if (n > 0 || minute > 30) {
          fleet.sets(car(GOLF, n), "P0301", minute, minute, "same" + n);
        }
      }
    }
    fleet.drive(GOLF, 100, 32);
    assertEquals(List.of(), fleet.findings(dir, KIND));
  }

  @Test
  @DisplayName("counts what comes within the lateness, in any order, and not what comes later")
  void lateness() throws Exception {
    Fleet fleet = set(fleet(), 4, 25);
    fleet.sets(car(COMET, 0), "P0301", 30.9); // the stream is past the window's end, its watermark is not
    fleet.sets(car(GOLF, 4), "P0301", 29);
    assertEquals(List.of(OVER, FOUND), fleet.findings(dir.resolve("in-time"), KIND));

    fleet = set(fleet(), 4, 25);
    fleet.sets(car(COMET, 0), "P0301", 31.1); // now its watermark is as well
    fleet.sets(car(GOLF, 4), "P0301", 29);
    assertEquals(List.of(), fleet.findings(dir.resolve("too-late"), KIND));
  }

  @Test
  @DisplayName("does not count what cars measured more than a quarter of an hour before they said it")
  void old() throws Exception {
    Fleet fleet = set(fleet(), 4, 20);
    fleet.sets(car(GOLF, 4), "P0301", 5, 22, "old");
    assertEquals(List.of(), fleet.findings(dir, KIND));
  }

  @Test
  @DisplayName("is not found in a share of the model's cars below the least")
  void share() throws Exception {
    Fleet fleet = set(new Fleet().drive(GOLF, 501, 1), 5, 2);
    assertEquals(List.of(), fleet.findings(dir.resolve("501"), KIND));
    fleet = set(new Fleet().drive(GOLF, 500, 1), 5, 2);
    assertEquals(2, fleet.findings(dir.resolve("500"), KIND).size());
  }

  @Test
  @DisplayName("is not found where as many cars as ever have it, and is where many more have it")
  void usual() throws Exception {
    Fleet fleet = new Fleet().with("fault.baseline.hours", "2").with("fault.cars", "2").with("fault.times", "3");
    int[] cars = {1, 1, 1, 1, 2, 4}; // usual in the fifth window: 1 of 100; in the sixth: 5 of 400
    for (int window = 0; window < cars.length; window++) {
      fleet.drive(GOLF, 100, window * 30 + 1);
      set(fleet, cars[window], window * 30 + 2);
    }
    List<String> found = fleet.findings(dir, KIND);
    assertEquals("fault_spread raised WVWZZZ1J P0301: 4 of 100 by minute 180", found.get(found.size() - 1));
    assertEquals(2, found.size(), found.toString());
  }

  @Test
  @DisplayName("is found without telemetry of the model")
  void withoutTelemetry() throws Exception {
    assertEquals("fault_spread raised WVWZZZ1J P0301: 5 of 5 by minute 30", set(new Fleet(), 5, 2).findings(dir, KIND).get(1));
  }

  @Test
  @DisplayName("is found among messages that nobody can read")
  void junk() throws Exception {
    Fleet fleet = set(fleet(), 5, 2);
    fleet.telemetry.addAll(0, List.of("{", "[]", "{\"vin\":\"x\"}", "{\"ingestedAt\":\"soon\",\"message\":7}"));
    fleet.reports.addAll(0, List.of("no json", "{\"message\":{\"schema\":\"diagnostics/1\",\"kind\":\"set\"}}", "{\"message\":{\"codes\":1},\"ingestedAt\":null}"));
    assertEquals(List.of(OVER, FOUND), fleet.findings(dir, KIND));
  }

  @Test
  @DisplayName("is found while the telemetry stream is silent: an idle source holds up no window")
  void idle() throws Exception {
    Fleet fleet = set(new Fleet(), 5, 2).with("idle.seconds", "1");
    StreamTableEnvironment tables = fleet.job(dir, 1, ", 'source.monitor-interval' = '1 h'"); // never ends
    try (CloseableIterator<Row> rows = tables.executeSql("SELECT * FROM all_findings").collect()) {
      List<String> found = Stream.of(rows.next(), rows.next()).map(Fleet::words).sorted().collect(toList());
      assertEquals("fault_spread raised WVWZZZ1J P0301: 5 of 5 by minute 30", found.get(1));
    }
  }

  @Test
  @DisplayName("is found with thresholds of three digits")
  void large() throws Exception {
    Fleet fleet = set(fleet(), 5, 2).with("lateness.seconds", "600").with("state.hours", "100").with("fault.window.minutes", "120")
        .with("fault.baseline.hours", "720").with("fault.quiet.hours", "240")
        .with("region.window.minutes", "120").with("region.step.minutes", "120").with("region.quiet.minutes", "999");
    assertEquals(List.of("fault_spread raised WVWZZZ1J P0301: 5 of 100 by minute 120"),
        fleet.findings(dir).stream().filter(f -> f.contains("raised")).collect(toList()));
  }
}
