package io.ottla.broker.config;

import io.ottla.metadata.config.ConfigProblem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/** Reads keys and values in the syntax of {@link Properties}, where the later of two lines wins. */
final class PropertiesFile {

  private PropertiesFile() {}

  /** The keys of a file, in order; none, and a problem, if it cannot be read. */
  static Map<String, String> read(Path file, List<ConfigProblem> problems) {
    Properties properties = new Properties();
    try (InputStream in = Files.newInputStream(file)) {
      properties.load(in);
    } catch (NoSuchFileException e) {
      problems.add(ConfigProblem.of(file.toString(), null, "there is no such file"));
    } catch (IOException | IllegalArgumentException e) {
      // A malformed \\u escape is an IllegalArgumentException.
      problems.add(ConfigProblem.of(file.toString(), null, "cannot be read: " + e.getMessage()));
    }
    Map<String, String> values = new TreeMap<>();
    properties.forEach((key, value) -> put(values, (String) key, (String) value, problems));
    return values;
  }

  /** The character no path may hold is in no other value either; an escape can bring it. */
  private static void put(
      Map<String, String> values, String key, String value, List<ConfigProblem> problems) {
    if (key.indexOf('\0') >= 0 || value.indexOf('\0') >= 0) {
      problems.add(ConfigProblem.of(key, value, "must not hold the character NUL"));
    } else {
      values.put(key, value);
    }
  }

  /** Puts key=value pairs of a command line over the values of a file. */
  static void override(
      Map<String, String> values, List<String> overrides, List<ConfigProblem> problems) {
    for (String override : overrides) {
      int equals = override.indexOf('=');
      if (equals < 1) {
        problems.add(ConfigProblem.of("--override", override, "must be key=value"));
      } else {
        String value = override.substring(equals + 1).trim();
        put(values, override.substring(0, equals).trim(), value, problems);
      }
    }
  }
}
