package connectedcar.windows;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.amazonaws.services.kinesisanalytics.runtime.KinesisAnalyticsRuntime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("Settings and scripts")
class SettingsTest {
  private static Map<String, String> of(String name, String value) {
    Properties p = new Properties();
    p.setProperty(name, value);
    return Settings.of(p);
  }

  @Test
  @DisplayName("are as given, and else the defaults")
  void defaults() {
    assertEquals("0.02", of("fault.share", "0.02").get("fault.share"));
    assertEquals("7.5", of("fault.times", "7.5").get("fault.times"));
    assertEquals("5", of("fault.share", "0.02").get("fault.cars"));
  }

  @Test
  @DisplayName("are numbers above zero: nothing else gets into the SQL")
  void refused() {
    for (String value : List.of("", "0", "-1", "1; DROP", "x", "1e3", "0.5", "12345678")) {
      assertThrows(IllegalArgumentException.class, () -> of("fault.cars", value), value);
    }
    assertThrows(IllegalArgumentException.class, () -> of("region.share", "0.0"));
    assertThrows(IllegalArgumentException.class, () -> of("lateness.seconds", "1000"));
    assertTrue(assertThrows(IllegalArgumentException.class, () -> of("fault.car", "1")).getMessage().contains("unknown setting fault.car"));
  }

  @Test
  @DisplayName("are read as the service writes them")
  void written(@TempDir Path dir) throws Exception {
    Path file = Files.writeString(dir.resolve("application_properties.json"),
        "[{\"PropertyGroupId\":\"streams\",\"PropertyMap\":{\"region\":\"eu-central-1\"}},"
            + "{\"PropertyGroupId\":\"windows\",\"PropertyMap\":{\"fault.cars\":\"10\"}}]");
    Map<String, Properties> groups = KinesisAnalyticsRuntime.getApplicationProperties(file.toString());
    assertEquals("eu-central-1", groups.get("streams").getProperty("region"));
    assertEquals("10", Settings.of(groups.get("windows")).get("fault.cars"));
  }

  @Test
  @DisplayName("that a script names are there")
  void missing() {
    assertTrue(assertThrows(IllegalArgumentException.class, () -> Script.statements("sources", Map.of())).getMessage().contains("is missing"));
    assertThrows(IllegalArgumentException.class, () -> Script.statements("none", Map.of()));
  }

  @Test
  @DisplayName("of streams have to be names")
  void streams() {
    Properties streams = new Properties();
    streams.setProperty("region", "eu-central-1");
    streams.setProperty("telemetry", "a' OR 'b");
    assertTrue(assertThrows(IllegalArgumentException.class, () -> FleetWindows.run(streams, new Properties())).getMessage().contains("telemetry"));
  }
}
