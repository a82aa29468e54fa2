package io.ottla.log;

import io.ottla.log.cleaner.CleaningAborted;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A copy that compaction has written and that waits to be on the disk, with the segments whose
 * place it is to take. Made and used by the cleaning's thread; only the waiting for the disk may be
 * another's.
 */
final class FinishedCopy implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(FinishedCopy.class);

  private final List<Segment> group;
  private final CleanedSegment cleaned;
  private final DiskWait forced;

  private FinishedCopy(List<Segment> group, CleanedSegment cleaned, DiskWait forced) {
    this.group = group;
    this.cleaned = cleaned;
    this.forced = forced;
  }

  /**
   * Begins to bring a copy to the disk.
   *
   * @param lastModifiedMs goes to its file
   * @param disk waits for it
   */
  static FinishedCopy begin(
      List<Segment> group, CleanedSegment cleaned, long lastModifiedMs, Executor disk) {
    return new FinishedCopy(
        group, cleaned, DiskWait.begin(() -> cleaned.finish(lastModifiedMs), disk));
  }

  /** Waits until the copy is on the disk. */
  void await() throws IOException {
    forced.await();
  }

  /**
   * Puts the copy into the log, on the owner's thread. It must be on the disk.
   *
   * @throws CleaningAborted if the log is not as it was
   */
  void replace(PartitionLog log, LogCleaning by, long nowMs) {
    if (!log.replace(group, cleaned, by, nowMs)) {
      throw new CleaningAborted(log + " was changed while it was compacted");
    }
  }

  /** Closes the files, as they are. */
  @Override
  public void close() throws IOException {
    cleaned.close();
  }

  /** Gives up, once nobody is at work on the files. */
  void discard() {
    try {
      await();
    } catch (IOException | RuntimeException e) {
      // Why it failed does not matter any more.
    }
    discard(cleaned);
  }

  /** Closes and deletes the files of a copy. */
  static void discard(CleanedSegment cleaned) {
    try {
      cleaned.discard();
    } catch (IOException e) {
      // Opening the log does it, and so does the next try.
      LOG.warn("What was compacted in vain could not be deleted: {}", e.getMessage());
    }
  }
}
