package io.ottla.log;

import io.ottla.wire.ErrorCode;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a log takes appends, and if not, why. Owned by the log's owner. A failure is for good:
 * only opening the log again, which checks what is there, ends it.
 */
final class LogHealth {

  private static final Logger LOG = LoggerFactory.getLogger(LogHealth.class);

  private final LogDirectory directory;
  private LogException failure;
  private boolean closed;

  LogHealth(LogDirectory directory) {
    this.directory = directory;
  }

  /** Why no appends are taken any more; null if they are. */
  LogException failure() {
    return failure;
  }

  boolean isClosed() {
    return closed;
  }

  /** Neither closed nor failed. */
  boolean isGood() {
    return failure == null && !closed;
  }

  /** Returns false if it was closed before. */
  boolean close() {
    boolean first = !closed;
    closed = true;
    return first;
  }

  /** The first failure counts. */
  void fail(PartitionLog log, LogException cause) {
    if (failure == null) {
      failure = cause;
      LOG.error("{} takes no more appends until it is opened again", log, cause);
    }
  }

  /** The disk has refused something half-way: no more appends. Returns what to throw. */
  LogException failed(PartitionLog log, String what, IOException cause) {
    LogException exception = LogException.storage(what, cause);
    fail(log, exception);
    return exception;
  }

  /**
   * The disk has refused something, which for most of a log changes nothing. Returns what to throw.
   *
   * @param active the segment that was written to; if it is in pieces, there are no more appends
   */
  LogException refused(PartitionLog log, Segment active, String what, IOException cause) {
    return active.isBroken() ? failed(log, what, cause) : LogException.storage(what, cause);
  }

  /**
   * Returns if the log can be written to.
   *
   * @throws LogException KAFKA_STORAGE_ERROR, saying why it cannot
   */
  void checkWritable(PartitionLog log) {
    String why =
        closed
            ? "closed"
            : failure != null
                ? failure.getMessage()
                : directory.isFull() ? "no space left in " + directory : null;
    if (why != null) {
      throw new LogException(
          ErrorCode.KAFKA_STORAGE_ERROR, log.topicPartition() + " takes no appends: " + why);
    }
  }
}
