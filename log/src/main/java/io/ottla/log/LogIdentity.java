package io.ottla.log;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether what a log is found by is on the disk: its directory's name, and the file that says whose
 * it is. Forced with the first records that are; until then, the loss of power may leave neither,
 * or a torn file, and nothing of the log has to be found again. Used by the flusher's thread, and
 * by the shard's when the log is closed.
 */
final class LogIdentity {

  private static final Logger LOG = LoggerFactory.getLogger(LogIdentity.class);

  private final LogFileSystem fileSystem;
  private final Path path;
  private volatile boolean forced;

  /** A directory whose names must be on the disk before anything of this log counts as forced. */
  private volatile Path before;

  /**
   * @param path the partition's directory
   */
  LogIdentity(LogFileSystem fileSystem, Path path) {
    this.fileSystem = fileSystem;
    this.path = path;
  }

  /** It is on the disk. */
  void wasForced() {
    forced = true;
  }

  /** From now on this log counts, once names in another directory are on the disk. */
  void comesAfter(Path directory) {
    before = directory;
    forced = false;
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
      forceBefore();
      PartitionMetadata.force(fileSystem, path);
      forced = true;
    } catch (NoSuchFileException e) {
      if (fileSystem.exists(path)) {
        throw e;
      }
      // The log was taken away meanwhile: nothing of it has to be found again.
    }
  }

  private void forceBefore() {
    Path other = before;
    if (other != null) {
      try {
        fileSystem.forceDirectory(other);
      } catch (IOException e) {
        // Another disk: its failure is none of this one.
        LOG.warn("{}: names in {} could not be forced: {}", path, other, e.getMessage());
      }
      before = null;
    }
  }
}
