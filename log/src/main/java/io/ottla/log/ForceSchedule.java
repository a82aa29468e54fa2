package io.ottla.log;

/**
 * When a log is to be put on the disk, by flush.messages, flush.ms and the closing of segments.
 * Owned by the log's owner; the flusher does the work.
 */
final class ForceSchedule {

  private final LogOffsets offsets;

  private boolean sealedUnforced;
  private boolean requested;

  ForceSchedule(LogOffsets offsets) {
    this.offsets = offsets;
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
    long sinceMs = offsets.appends().unforcedSinceMs();
    return sealedUnforced
        || isNeededFor(offsets.logEnd() - 1, config)
        || (sinceMs != AppendTrack.NEVER && nowMs - sinceMs >= config.flushMs());
  }

  void onRequested() {
    requested = true;
    offsets.appends().onForceRequested();
  }

  /** A request was answered, with or without success. */
  void onAnswered() {
    requested = false;
  }

  /** The recovery point has moved, by a force that began at a time. */
  void onForced(long startedMs, long activeBaseOffset) {
    onSegments(activeBaseOffset);
    offsets.appends().onForced(startedMs, offsets.recoveryPoint() == offsets.logEnd());
  }
}
