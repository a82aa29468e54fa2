package io.ottla.compat.upstream;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The tests that pass on Kafka and not on Ottla, and why. A file of the repository lists them,
 * under their reasons in brackets; it can only become shorter.
 *
 * @param reasons by test, in the order of the file
 */
record KnownFailures(Map<String, String> reasons) {

  static KnownFailures none() {
    return new KnownFailures(Map.of());
  }

  static KnownFailures read(Path file) throws IOException {
    Map<String, String> reasons = new LinkedHashMap<>();
    String reason = null;
    for (String line : Files.readAllLines(file)) {
      if (line.startsWith("[")) {
        reason = line.substring(1, line.lastIndexOf(']'));
      } else if (!line.isBlank() && !line.startsWith("#")) {
        if (reason == null) {
          throw new IOException(file + ": no reason given for " + line);
        }
        if (reasons.put(line.strip(), reason) != null) {
          throw new IOException(file + ": listed twice: " + line);
        }
      }
    }
    return new KnownFailures(reasons);
  }

  boolean contains(String test) {
    return reasons.containsKey(test);
  }
}
