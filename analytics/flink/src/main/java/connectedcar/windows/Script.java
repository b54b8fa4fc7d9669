package connectedcar.windows;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Statements of a resource in {@code sql/}, with the settings in place of their names. */
final class Script {
  private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([a-z.]+)}");

  private Script() {}

  /**
   * Reads the statements of a script.
   *
   * @param name of the resource, without folder and ending
   * @param settings values by the name that stands between <code>${</code> and <code>}</code>
   * @throws IllegalArgumentException if the script names a setting that is missing
   */
  static List<String> statements(String name, Map<String, String> settings) {
    List<String> statements = new ArrayList<>();
    for (String statement : fill(withoutComments(read(name)), settings).split(";\\s*(\n|$)")) {
      if (!statement.isBlank()) {
        statements.add(statement.strip());
      }
    }
    return statements;
  }

  private static String read(String name) {
    try (InputStream in = Script.class.getResourceAsStream("/sql/" + name + ".sql")) {
      if (in == null) {
        throw new IllegalArgumentException("there is no script " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("read script " + name, e);
    }
  }

  private static String withoutComments(String sql) {
    return sql.replaceAll("(?m)^\\s*--.*$", "");
  }

  private static String fill(String sql, Map<String, String> settings) {
    Matcher m = PLACEHOLDER.matcher(sql);
    StringBuilder out = new StringBuilder();
    while (m.find()) {
      String value = settings.get(m.group(1));
      if (value == null) {
        throw new IllegalArgumentException("setting " + m.group(1) + " is missing");
      }
      m.appendReplacement(out, Matcher.quoteReplacement(value));
    }
    return m.appendTail(out).toString();
  }
}
