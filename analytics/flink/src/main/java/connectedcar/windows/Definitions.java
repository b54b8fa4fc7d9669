package connectedcar.windows;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;

/**
 * What the telemetry function and these windows share: the measures, by how much each must differ to matter, and the parameters of the
 * score. The file is that of {@code internal/domain/anomaly}.
 */
final class Definitions {
  private static final JsonNode ALL = read();

  private Definitions() {}

  /** A parameter of the score, by its name in the file. */
  static double score(String name) {
    return required(ALL.get("score"), name).asDouble();
  }

  /** The measures as settings of scripts: for each its {@code signal}, {@code least} and {@code share}, after its name and a dot. */
  static Map<String, String> settings() {
    Map<String, String> out = new LinkedHashMap<>();
    for (JsonNode measure : required(ALL, "measures")) {
      for (String field : new String[] {"signal", "least", "share"}) {
        out.put(required(measure, "name").asText() + "." + field, required(measure, field).asText());
      }
    }
    return out;
  }

  private static JsonNode required(JsonNode of, String name) {
    JsonNode value = of == null ? null : of.get(name);
    if (value == null) {
      throw new IllegalStateException("definitions.json: " + name + " is missing");
    }
    return value;
  }

  private static JsonNode read() {
    try (InputStream in = Definitions.class.getResourceAsStream("/definitions.json")) {
      if (in == null) {
        throw new IllegalStateException("definitions.json is not in the jar");
      }
      return new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException("read definitions.json", e);
    }
  }
}
