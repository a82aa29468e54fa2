package io.ottla.bench.cluster;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much of a topic lies in a broker's data directory, in the layout that both kinds share. */
final class LogBytes {

  private LogBytes() {}

  /** The bytes of all segments of all partitions of the topic; 0 if there are none. */
  static long of(Path data, String topic) throws IOException {
    long bytes = 0;
    try (DirectoryStream<Path> partitions = Files.newDirectoryStream(data, topic + "-*")) {
      for (Path partition : partitions) {
        if (partition.getFileName().toString().substring(topic.length()).matches("-\\d+")) {
          bytes += ofSegments(partition);
        }
      }
    }
    return bytes;
  }

  private static long ofSegments(Path partition) throws IOException {
    long bytes = 0;
    try (DirectoryStream<Path> segments = Files.newDirectoryStream(partition, "*.log")) {
      for (Path segment : segments) {
        bytes += Files.size(segment);
      }
    }
    return bytes;
  }
}
