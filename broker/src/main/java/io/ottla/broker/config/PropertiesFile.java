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
    properties.forEach((key, value) -> values.put((String) key, (String) value));
    return values;
  }

  /** Puts key=value pairs of a command line over the values of a file. */
  static void override(
      Map<String, String> values, List<String> overrides, List<ConfigProblem> problems) {
    for (String override : overrides) {
      int equals = override.indexOf('=');
      if (equals < 1) {
        problems.add(ConfigProblem.of("--override", override, "must be key=value"));
      } else {
        values.put(override.substring(0, equals).trim(), override.substring(equals + 1).trim());
      }
    }
  }
}
