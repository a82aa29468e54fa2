package io.ottla.broker.config;

import java.nio.file.Path;
import java.util.List;

/**
 * Where partitions and metadata lie.
 *
 * @param dirs absolute, each once
 * @param metadataDir absolute; one of {@code dirs} unless set otherwise
 * @param recoveryThreadsPerDir threads that open logs at start
 * @param reservedBytes what must stay free in each for appends to be taken
 * @param failureTimeoutMs after which a broker yields as a whole when no controller takes note of a
 *     directory that failed
 */
public record LogDirsConfig(
    List<Path> dirs,
    Path metadataDir,
    int recoveryThreadsPerDir,
    long reservedBytes,
    long failureTimeoutMs) {

  public LogDirsConfig {
    dirs = List.copyOf(dirs);
  }
}
