package io.ottla.log;

/**
 * When a log is to be put on the disk, by flush.messages, flush.ms and the closing of segments.
 * Owned by the log's owner; the flusher does the work.
 */
final class ForceSchedule {

  private static final long NEVER = Long.MAX_VALUE;

  private final LogOffsets offsets;

  // When the first record was appended that is not forced; NEVER if all are.
  private long unforcedSinceMs = NEVER;
  private boolean sealedUnforced;
  private boolean requested;

  ForceSchedule(LogOffsets offsets) {
    this.offsets = offsets;
  }

  void onAppend(long nowMs) {
    if (unforcedSinceMs == NEVER) {
      unforcedSinceMs = nowMs;
    }
  }

  /** Takes note of where the active segment starts: what lies before it should be on the disk. */
  void onSegments(long activeBaseOffset) {
    sealedUnforced = offsets.recoveryPoint() < activeBaseOffset;
  }

  /** Whether what was appended up to an offset must be forced before it is acknowledged. */
  boolean isNeededFor(long lastOffset, LogConfig config) {
    return lastOffset + 1 - offsets.recoveryPoint() >= config.flushMessages();
  }

  /** Whether it is time for a force, and none is on its way. */
  boolean isDue(LogConfig config, long nowMs) {
    if (requested || offsets.recoveryPoint() == offsets.logEnd()) {
      return false;
    }
    return sealedUnforced
        || isNeededFor(offsets.logEnd() - 1, config)
        || (unforcedSinceMs != NEVER && nowMs - unforcedSinceMs >= config.flushMs());
  }

  void onRequested() {
    requested = true;
  }

  /** A request was answered, with or without success. */
  void onAnswered() {
    requested = false;
  }

  /** The recovery point has moved, by a force that began at a time. */
  void onForced(long startedMs, long activeBaseOffset) {
    onSegments(activeBaseOffset);
    unforcedSinceMs =
        offsets.recoveryPoint() == offsets.logEnd() ? NEVER : Math.max(unforcedSinceMs, startedMs);
  }
}
