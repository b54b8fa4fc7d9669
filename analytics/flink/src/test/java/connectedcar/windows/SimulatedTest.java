package connectedcar.windows;

import static java.util.stream.Collectors.toList;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Half an hour of simulated cars. {@code clean} is 18 cars, two of which set P0420; in {@code fault} 8 more all set P0301. They are what
 * these print, compressed:
 *
 * <pre>
 * carctl drive --dry-run --duration 30m --interval 1m --speedup max --cars 16 --seed 7               # clean
 * carctl drive --dry-run --duration 30m --interval 1m --speedup max --cars 2 --seed 9 --dtc P0420    # clean
 * carctl drive --dry-run --duration 30m --interval 1m --speedup max --cars 8 --seed 8 --dtc P0301    # fault
 * </pre>
 */
@Timeout(300)
@DisplayName("Half an hour of simulated cars")
class SimulatedTest {
  private static final Pattern LINE = Pattern.compile("\\{\"payload\":(\\{.*)},\"topic\":\"dt/cars/([^/]+)/([a-z]+)\"}");
  private static final Pattern TIME = Pattern.compile("\"ts\":\"([^\"]+)\"");

  /** When the connection of the region goes. */
  private static final Instant CUT = Instant.parse("2026-11-23T17:27:00Z");

  @TempDir Path dir;

  /** A message as the rule hands it on. */
  private static final class Message {
    private final String kind;
    private final String vin;
    private final Instant at;
    private final String text;

    Message(String line) {
      Matcher m = LINE.matcher(line);
      if (!m.matches()) {
        throw new IllegalArgumentException(line);
      }
      vin = m.group(2);
      kind = m.group(3);
      Matcher time = TIME.matcher(m.group(1));
      at = time.find() ? Instant.parse(time.group(1)) : null;
      text = String.format("{\"message\":%s},\"vin\":\"%s\",\"clientId\":\"%s\",\"ingestedAt\":%d}", m.group(1), vin, vin, at.toEpochMilli() + 300);
    }
  }

  private static Stream<Message> read(String fixture) throws IOException {
    try (BufferedReader in = new BufferedReader(new InputStreamReader(
        new GZIPInputStream(SimulatedTest.class.getResourceAsStream("/" + fixture + ".ndjson.gz")), "UTF-8"))) {
      return in.lines().map(Message::new).collect(toList()).stream();
    }
  }

  /** The messages in order of their times, as of one stream. */
  private static Fleet fleet(Stream<Message> messages) {
    List<Message> all = messages.sorted(Comparator.comparing(m -> m.at)).collect(toList());
    Fleet fleet = new Fleet();
    for (Message m : all) {
      if (m.kind.equals("telemetry")) {
        fleet.telemetry.add(m.text);
      } else if (m.kind.equals("diagnostics")) {
        fleet.reports.add(m.text);
      }
    }
    return fleet;
  }

  private static List<String> raised(List<String> findings) {
    return findings.stream().filter(f -> f.contains(" raised ")).map(f -> f.replaceAll(" by minute.*", "")).distinct().collect(toList());
  }

  @Test
  @DisplayName("without a common fault show nothing")
  void clean() throws Exception {
    assertEquals(List.of(), fleet(read("clean")).findings(dir));
  }

  @Test
  @DisplayName("with one show it in the window in which it came up")
  void fault() throws Exception {
    List<String> findings = fleet(Stream.concat(read("clean"), read("fault"))).findings(dir);
    assertEquals(List.of("fault_spread raised 1ACGEN26 P0301: 8 of 26 by minute 330"), // the window from 17:00 to 17:30, of 12:00
        findings.stream().filter(f -> f.contains(" raised ")).collect(toList()));
  }

  @Test
  @DisplayName("of which many fall silent show the region")
  void silence() throws Exception {
    List<Message> lost = read("fault").filter(m -> !m.kind.equals("diagnostics")).collect(toList());
    Fleet fleet = fleet(Stream.concat(read("clean"), lost.stream().filter(m -> m.at.isBefore(CUT))));
    List<String> vins = new ArrayList<>(lost.stream().map(m -> m.vin).distinct().collect(toList()));
    double minute = (CUT.toEpochMilli() - Fleet.NOON.toEpochMilli()) / 60_000.0;
    vins.forEach(vin -> fleet.loses(vin, 0, minute));
    assertEquals(List.of("region_silent raised 48.5 11.0: 8 of 26"), raised(fleet.findings(dir)));
  }
}
