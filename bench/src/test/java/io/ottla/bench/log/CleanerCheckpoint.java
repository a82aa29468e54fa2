package io.ottla.bench.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** What a broker notes of its compaction in {@code cleaner-offset-checkpoint}. */
final class CleanerCheckpoint {

  private static final String NAME = "cleaner-offset-checkpoint";

  private CleanerCheckpoint() {}

  /** Up to which offset a partition is compacted; -1 if it never was. */
  static long offset(Path data, String topic, int partition) throws IOException {
    String text;
    try {
      text = Files.readString(data.resolve(NAME));
    } catch (NoSuchFileException e) {
      return -1;
    }
    return parse(text).getOrDefault(topic + "-" + partition, -1L);
  }

  /**
   * Reads the text of the file: a version, the number of entries, and a line for each. Lines that
   * are no entries are passed over.
   */
  static Map<String, Long> parse(String text) {
    Map<String, Long> offsets = new TreeMap<>();
    text.lines()
        .skip(2)
        .map(line -> line.split(" ", -1))
        .filter(fields -> fields.length == 3 && fields[2].matches("\\d{1,18}"))
        .forEach(fields -> offsets.put(fields[0] + "-" + fields[1], Long.parseLong(fields[2])));
    return offsets;
  }
}
