package io.ottla.log;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A small text file of lines, replaced as a whole:
 *
 * <pre>
 *  0              version
 *  2              number of lines that follow
 *  orders 0 17    one entry per line; what is in it is the caller's business
 *  orders 1 42
 * </pre>
 *
 * <p>Stateless but for its path; two writers at one time must be kept apart by the caller.
 */
final class Checkpoint {

  private static final String VERSION = "0";

  private final LogFileSystem fileSystem;
  private final Path path;

  Checkpoint(LogFileSystem fileSystem, Path path) {
    this.fileSystem = fileSystem;
    this.path = path;
  }

  void write(List<String> lines, boolean force) throws IOException {
    StringBuilder text = new StringBuilder();
    text.append(VERSION).append('\n').append(lines.size()).append('\n');
    for (String line : lines) {
      text.append(line).append('\n');
    }
    fileSystem.writeAll(path, text.toString().getBytes(StandardCharsets.UTF_8), force);
  }

  /**
   * The entries, split at white space.
   *
   * @param fields how many each must have
   * @return null if there is no file, or an empty one, which {@link #write} never leaves
   * @throws IOException if the file cannot be read, or is not what it should be
   */
  List<String[]> read(int fields) throws IOException {
    String text;
    try {
      text = new String(fileSystem.readAll(path), StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      return null;
    }
    List<String> lines = text.lines().toList();
    if (lines.isEmpty()) {
      return null;
    }
    if (!lines.get(0).strip().equals(VERSION)) {
      throw new IOException(path + " has version '" + lines.get(0) + "', expected " + VERSION);
    }
    if (lines.size() < 2 || !lines.get(1).strip().equals(Integer.toString(lines.size() - 2))) {
      throw new IOException(path + " does not hold as many entries as it says");
    }
    List<String[]> entries = new ArrayList<>(lines.size() - 2);
    for (String line : lines.subList(2, lines.size())) {
      String[] parts = line.strip().split("\\s+");
      if (parts.length != fields) {
        throw new IOException(path + " has a malformed entry: '" + line + "'");
      }
      entries.add(parts);
    }
    return entries;
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
