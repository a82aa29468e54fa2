package io.ottla.metadata.config;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Reads the tables of keys that lie beside this class. A key takes two lines:
 *
 * <pre>
 * name | type | default | allowed | importance | update
 *   What it is for.
 * </pre>
 *
 * <p>The default is a value, {@code ""} for the empty one, {@code null} for unset, or {@code
 * required}. Update is {@code read-only}, {@code per-broker}, {@code cluster-wide} or {@code
 * internal}; a table of topics, groups or subscriptions leaves it out. What is allowed is written
 * as in {@link #validator}. Lines that begin with # say nothing.
 *
 * <p>A table that cannot be read is a broken build, so it throws.
 */
final class KeyTable {

  private KeyTable() {}

  static List<ConfigDefinition> read(String resource) {
    List<ConfigDefinition> definitions = new ArrayList<>();
    try (InputStream in = KeyTable.class.getResourceAsStream(resource);
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.isBlank() && !line.startsWith("#")) {
          definitions.add(definition(line, lines.readLine().trim()));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return definitions;
  }

  private static ConfigDefinition definition(String line, String documentation) {
    String[] columns = line.split(" \\| ", -1);
    ConfigType type = ConfigType.valueOf(columns[1].toUpperCase(Locale.ROOT));
    boolean required = columns[2].equals("required");
    String update = columns.length > 5 ? columns[5] : "";
    return new ConfigDefinition(
        columns[0],
        type,
        required ? null : defaultValue(type, columns[2]),
        required,
        validator(columns[3]),
        Importance.valueOf(columns[4].toUpperCase(Locale.ROOT)),
        updateMode(update),
        update.equals("internal"),
        documentation);
  }

  private static Object defaultValue(ConfigType type, String text) {
    return switch (text) {
      case "null" -> null;
      case "\"\"" -> type.parse("");
      default -> type.parse(text);
    };
  }

  private static UpdateMode updateMode(String text) {
    return switch (text) {
      case "" -> UpdateMode.PER_RESOURCE;
      case "read-only", "internal" -> UpdateMode.READ_ONLY;
      case "per-broker" -> UpdateMode.PER_BROKER;
      case "cluster-wide" -> UpdateMode.CLUSTER_WIDE;
      default -> throw new IllegalArgumentException(text);
    };
  }

  /**
   * Reads what a key allows: {@code any}, {@code 1..}, {@code 1..9}, {@code 1..9 or -1}, {@code
   * power of two 2..64}, {@code one of a, b}, {@code one of (any case) A, B}, {@code list}, {@code
   * list of a, b} (each after {@code null or}, {@code non-empty} or both), {@code null or
   * non-empty}, {@code non-null}, {@code voters}, {@code servers}, {@code throttled replicas},
   * {@code offset reset}.
   */
  static ConfigValidator validator(String text) {
    return switch (text) {
      case "any" -> new ConfigValidator.Anything();
      case "null or non-empty" -> new ConfigValidator.NonEmptyOrNull();
      case "non-null" -> new ConfigValidator.NonNull();
      case "voters" -> Forms.VOTERS;
      case "servers" -> Forms.SERVERS;
      case "throttled replicas" -> Forms.THROTTLED_REPLICAS;
      case "offset reset" -> Forms.OFFSET_RESET;
      default -> composedValidator(text);
    };
  }

  private static ConfigValidator composedValidator(String text) {
    String powerOfTwo = "power of two ";
    String anyCase = "one of (any case) ";
    String oneOf = "one of ";
    if (text.startsWith(powerOfTwo)) {
      ConfigValidator.Range range = range(text.substring(powerOfTwo.length()));
      return new ConfigValidator.PowerOfTwo(range, "a power of two, " + range.allowed());
    }
    if (text.startsWith(anyCase)) {
      return new ConfigValidator.OneOf(words(text.substring(anyCase.length())), true);
    }
    if (text.startsWith(oneOf)) {
      return new ConfigValidator.OneOf(words(text.substring(oneOf.length())), false);
    }
    if (text.contains("list")) {
      return entries(text);
    }
    int or = text.indexOf(" or ");
    if (or < 0) {
      return range(text);
    }
    ConfigValidator.Range range = range(text.substring(0, or));
    String other = text.substring(or + " or ".length());
    return new ConfigValidator.RangeOr(
        range, Double.parseDouble(other), range.allowed() + ", or " + other);
  }

  private static ConfigValidator entries(String text) {
    int of = text.indexOf(" of ");
    return new ConfigValidator.Entries(
        of < 0 ? List.of() : words(text.substring(of + " of ".length())),
        !text.contains("non-empty"),
        text.startsWith("null or "));
  }

  private static ConfigValidator.Range range(String text) {
    int dots = text.indexOf("..");
    String min = text.substring(0, dots);
    String max = text.substring(dots + "..".length());
    return max.isEmpty()
        ? new ConfigValidator.Range(
            Double.parseDouble(min), Double.POSITIVE_INFINITY, "at least " + min)
        : new ConfigValidator.Range(
            Double.parseDouble(min), Double.parseDouble(max), "from " + min + " to " + max);
  }

  private static List<String> words(String text) {
    return List.copyOf(Arrays.asList(text.split(", ")));
  }
}
