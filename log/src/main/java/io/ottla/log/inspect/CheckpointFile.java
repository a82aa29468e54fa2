package io.ottla.log.inspect;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Reads a checkpoint: a version, the number of entries, a line for each. */
final class CheckpointFile {

  private static final int MAX_LINE = 4096;

  private CheckpointFile() {}

  /**
   * Reads all entries; an empty file has none.
   *
   * @param numbers how many of the last words of an entry are numbers
   * @param words how many words an entry has
   * @throws DamagedFileException if the file is not whole; entries may have been told before
   */
  static void read(Path path, int words, int numbers, Consumer<String[]> to) throws IOException {
    try (BufferedReader in = Files.newBufferedReader(path, StandardCharsets.UTF_8)) {
      String version = in.readLine();
      if (version == null) {
        return;
      }
      if (!version.strip().equals("0")) {
        throw new DamagedFileException("its version is '" + shortened(version) + "', not 0");
      }
      long count = number(in.readLine());
      long entries = 0;
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String[] parts = line.strip().split("\\s+");
        if (parts.length != words) {
          throw new DamagedFileException("an entry is '" + shortened(line) + "'");
        }
        for (int i = words - numbers; i < words; i++) {
          long _ = number(parts[i]);
        }
        to.accept(parts);
        entries++;
      }
      if (entries != count) {
        throw new DamagedFileException("it says " + count + " entries and has " + entries);
      }
    } catch (MalformedInputException e) {
      throw new DamagedFileException("it is no text");
    }
  }

  private static long number(String text) throws DamagedFileException {
    try {
      return Long.parseLong(text == null ? "" : text.strip());
    } catch (NumberFormatException e) {
      throw new DamagedFileException("'" + shortened(text) + "' is no number");
    }
  }

  private static String shortened(String text) {
    return text == null
        ? ""
        : text.substring(0, Math.min(text.length(), MAX_LINE / 64)).replaceAll("\\p{Cntrl}", "?");
  }
}
