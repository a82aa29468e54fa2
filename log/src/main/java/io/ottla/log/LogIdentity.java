package io.ottla.log;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Whether the names by which a log is found are on the disk: its directory's, and that of the file
 * that says whose it is. They are forced with the first records that are. Used by the flusher's
 * thread.
 */
final class LogIdentity {

  private final LogFileSystem fileSystem;
  private final Path path;
  private boolean forced;

  /**
   * @param path the partition's directory
   */
  LogIdentity(LogFileSystem fileSystem, Path path) {
    this.fileSystem = fileSystem;
    this.path = path;
  }

  /** Returns when they are; at once from then on. */
  void force() throws IOException {
    if (forced) {
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
