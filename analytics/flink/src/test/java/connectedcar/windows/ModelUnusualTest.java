package connectedcar.windows;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
@DisplayName("A model of which all cars change together")
class ModelUnusualTest {
  private static final String GOLF = "WVWZZZ1J";
  private static final String COMET = "1ACEV26S";
  private static final String METEOR = "1ACMETEO";
  private static final String KIND = "model_unusual";
  private static final String VOLTAGE = "Vehicle.LowVoltageBattery.CurrentVoltage";

  @TempDir Path dir;

  /** So many cars of a model drive through a window. */
  private static void drive(Fleet fleet, String model, int cars, int window, double volts) {
    for (int n = 0; n < cars; n++) {
      fleet.runs(Fleet.car(model, n), window * 30 + 1 + n / 10.0, volts + 0.02 * ((window + n) % 5));
    }
  }

  @Test
  @DisplayName("is found within three windows, and is over when it has not come back; one with a car less is not, nor one with a car that is far off")
  void found() throws Exception {
    Fleet fleet = new Fleet();
    for (int w = 0; w < 24; w++) {
      boolean changed = w >= 21;
      drive(fleet, GOLF, 20, w, changed ? 13.2 : 14.2);
      drive(fleet, COMET, 19, w, changed ? 13.2 : 14.2);
      drive(fleet, METEOR, 20, w, 14.2);
      fleet.runs(Fleet.car(METEOR, 20), w * 30 + 5, changed ? 12.0 : 14.2);
    }
    assertEquals(List.of("model_unusual over WVWZZZ1J " + VOLTAGE + ": 20 of 20 by minute 1080",
        "model_unusual raised WVWZZZ1J " + VOLTAGE + ": 20 of 20 by minute 720"), fleet.findings(dir, KIND));
  }

  @Test
  @DisplayName("is scored as the telemetry function scores a car: the same file, the same scores")
  void sameScores() throws Exception {
    JsonNode all = new ObjectMapper().readTree(Files.readString(Path.of("../../internal/domain/anomaly/testdata/scores.json"), UTF_8));
    Map<String, String> settings = Definitions.settings();
    int compared = 0;
    for (JsonNode series : all) {
      String measure = series.get("Measure").asText();
      Unusual function = new Unusual();
      Unusual.Series values = function.createAccumulator();
      for (int n = 0; n < series.get("Values").size(); n++) {
        function.accumulate(values, series.get("Values").get(n).asDouble(), Double.valueOf(settings.get(measure + ".least")),
            Boolean.valueOf(settings.get(measure + ".share")));
        double score = (double) function.getValue(values).getField(0);
        assertEquals(series.get("Scores").get(n).asDouble(), score, 1e-6, series.get("Name").asText() + ", value " + n);
        compared++;
      }
    }
    assertTrue(compared >= 240, "scores compared: " + compared);
  }

  @Test
  @DisplayName("forgets what is older than the baseline")
  void retract() {
    Unusual function = new Unusual();
    Unusual.Series values = function.createAccumulator();
    function.accumulate(values, 1.0, 0.5, false);
    function.accumulate(values, 2.0, 0.5, false);
    function.accumulate(values, 1.0, 0.5, false);
    function.retract(values, 1.0, 0.5, false);
    assertEquals(List.of(2.0, 1.0), values.values);
  }
}
