package io.ottla.log;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Whether what a log is found by is on the disk: its directory's name, and the file that says whose
 * it is. Forced with the first records that are; until then, the loss of power may leave neither,
 * or a torn file, and nothing of the log has to be found again. Used by the flusher's thread, and
 * by the shard's when the log is closed.
 */
final class LogIdentity {

  private final LogFileSystem fileSystem;
  private final Path path;
  private volatile boolean forced;

  /**
   * @param path the partition's directory
   */
  LogIdentity(LogFileSystem fileSystem, Path path) {
    this.fileSystem = fileSystem;
    this.path = path;
  }

  /**
   * Returns when it is; at once from then on. A log without records need not be found.
   *
   * @param logEndOffset where the log ends
   */
  void force(long logEndOffset) throws IOException {
    if (forced || logEndOffset == 0) {
      return;
    }
    try {
      PartitionMetadata.force(fileSystem, path);
      forced = true;
    } catch (NoSuchFileException e) {
      if (fileSystem.exists(path)) {
        throw e;
      }
      // The log was taken away meanwhile: nothing of it has to be found again.
    }
  }
}
