package io.ottla.broker.config;

import java.nio.file.Path;
import java.util.List;

/**
 * Where partitions and metadata lie.
 *
 * @param dirs absolute, each once
 * @param metadataDir absolute; one of {@code dirs} unless set otherwise
 * @param recoveryThreadsPerDir threads that open logs at start
 */
public record LogDirsConfig(List<Path> dirs, Path metadataDir, int recoveryThreadsPerDir) {

  public LogDirsConfig {
    dirs = List.copyOf(dirs);
  }
}
