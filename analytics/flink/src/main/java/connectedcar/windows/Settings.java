package connectedcar.windows;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;

/** Thresholds of the job: defaults, and what the application's properties say otherwise. They are numbers and nothing else. */
final class Settings {
  private static final Map<String, String> DEFAULTS = new LinkedHashMap<>();

  static {
    DEFAULTS.put("lateness.seconds", "60"); // how long a window waits for what the streams deliver late
    DEFAULTS.put("idle.seconds", "30"); // a stream or a shard that is silent for so long holds up no window
    DEFAULTS.put("state.hours", "2"); // how long a message's id is remembered

    DEFAULTS.put("fault.window.minutes", "30");
    DEFAULTS.put("fault.cars", "5"); // least cars of a model with the same new code in a window
    DEFAULTS.put("fault.share", "0.01"); // least share of the model's cars that are on the road
    DEFAULTS.put("fault.times", "5"); // least multiple of the usual share
    DEFAULTS.put("fault.baseline.hours", "24"); // what is usual is counted over so long
    DEFAULTS.put("fault.quiet.hours", "6"); // a fault that was not found for so long is over

    DEFAULTS.put("region.window.minutes", "15");
    DEFAULTS.put("region.step.minutes", "5"); // a window begins so often
    DEFAULTS.put("region.degrees", "0.5"); // width of a cell of the map
    DEFAULTS.put("region.cars", "5"); // least cars of a cell that lose their connection
    DEFAULTS.put("region.share", "0.3"); // least share of the cell's cars
    DEFAULTS.put("region.quiet.minutes", "30"); // a silence that was not found for so long is over

    DEFAULTS.put("model.window.minutes", "30");
    DEFAULTS.put("model.cars", "20"); // least cars of a model whose mean counts
    DEFAULTS.put("model.baseline.hours", "168"); // what is usual for a model is learned over so long
    DEFAULTS.put("model.quiet.hours", "6"); // what was not unusual for so long is over
  }

  private Settings() {}

  /**
   * The thresholds, by name.
   *
   * @throws IllegalArgumentException naming a property that is unknown or is no positive number
   */
  static Map<String, String> of(Properties properties) {
    Map<String, String> out = new LinkedHashMap<>(DEFAULTS);
    for (String name : properties.stringPropertyNames()) {
      String value = properties.getProperty(name);
      if (!DEFAULTS.containsKey(name)) {
        throw new IllegalArgumentException("unknown setting " + name + "; allowed are " + DEFAULTS.keySet());
      }
      boolean whole = !DEFAULTS.get(name).contains(".") && !name.equals("fault.times");
      // Flink takes intervals of up to three digits.
      boolean interval = name.matches(".*\\.(seconds|minutes|hours)");
      if (!value.matches(interval ? "[1-9][0-9]{0,2}" : whole ? "[1-9][0-9]{0,5}" : "[0-9]{1,6}(\\.[0-9]{1,6})?") || Double.parseDouble(value) == 0) {
        throw new IllegalArgumentException(name + " = " + value + ": must be a positive " + (whole ? "whole number" : "number")
            + (interval ? " of up to three digits" : ""));
      }
      out.put(name, value);
    }
    return out;
  }
}
