package io.ottla.bench.log;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The segments of a partition as files, in the layout that both kinds share.
 *
 * @param bytes sizes by base offset
 */
record SegmentFiles(TreeMap<Long, Long> bytes) {

  private static final String SUFFIX = ".log";

  /** Looks into the directory of a partition. */
  static SegmentFiles of(Path partition) throws IOException {
    TreeMap<Long, Long> bytes = new TreeMap<>();
    try (DirectoryStream<Path> segments = Files.newDirectoryStream(partition, "*" + SUFFIX)) {
      for (Path segment : segments) {
        String name = segment.getFileName().toString();
        try {
          bytes.put(
              Long.parseLong(name.substring(0, name.length() - SUFFIX.length())),
              Files.size(segment));
        } catch (NoSuchFileException e) {
          // Deleted meanwhile.
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return new SegmentFiles(bytes);
  }

  /** How many segments lie in the partitions whose names begin so. */
  static int count(Path data, String prefix) throws IOException {
    int count = 0;
    try (DirectoryStream<Path> partitions = Files.newDirectoryStream(data, prefix + "*")) {
      for (Path partition : partitions) {
        count += of(partition).bytes.size();
      }
    }
    return count;
  }

  /** The base offset of the segment that is written to. */
  long activeBase() {
    return bytes.lastKey();
  }

  /** The size of all segments that are not written to any more. */
  long closedBytes() {
    return bytes.headMap(activeBase()).values().stream().mapToLong(Long::longValue).sum();
  }

  /** The size of all segments below an offset at which one begins. */
  long bytesBelow(long base) {
    return bytes.headMap(base).values().stream().mapToLong(Long::longValue).sum();
  }

  /** All logs in a data directory, as files. */
  static List<Path> all(Path data) throws IOException {
    try (Stream<Path> tree = Files.walk(data)) {
      return tree.filter(path -> path.toString().endsWith(SUFFIX)).toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
