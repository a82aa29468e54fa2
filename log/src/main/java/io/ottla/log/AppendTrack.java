package io.ottla.log;

/**
 * How much was appended to a log and when, since it was opened: what of it was not forced yet, and
 * what is so recent that it is surely in memory. Owned by the log's owner.
 */
final class AppendTrack {

  /** No append is waiting to be forced. */
  static final long NEVER = Long.MAX_VALUE;

  /**
   * What was appended within the last of these many bytes and milliseconds counts as being in
   * memory: the page cache keeps what was just written, but not forever. Twice what a mark is set
   * for.
   */
  static final int RECENT_BYTES = 32 << 20;

  static final long RECENT_MS = 10_000;

  private long bytes;
  private long requestedBytes;
  private long forcedBytes;
  private long unforcedSinceMs = NEVER;

  // Of two marks the older one counts; when the younger is half-way old, it takes its place.
  private long recentFrom;
  private long markOffset;
  private long markBytes;
  private long markMs;
  private long lastMs;

  /**
   * @param logEnd where the log ends when it is opened: what lies before it may be long out of
   *     memory
   */
  AppendTrack(long logEnd) {
    startAt(logEnd);
  }

  /**
   * Takes note of an append.
   *
   * @param fromOffset where the log ended before
   */
  void onAppend(long fromOffset, int count, long nowMs) {
    if (nowMs - lastMs > RECENT_MS) {
      startAt(fromOffset); // What came before is not recent at all.
      markMs = nowMs;
    } else if (bytes - markBytes >= RECENT_BYTES / 2 || nowMs - markMs >= RECENT_MS / 2) {
      recentFrom = markOffset;
      markOffset = fromOffset;
      markBytes = bytes;
      markMs = nowMs;
    }
    lastMs = nowMs;
    bytes += count;
    if (unforcedSinceMs == NEVER) {
      unforcedSinceMs = nowMs;
    }
  }

  private void startAt(long offset) {
    recentFrom = offset;
    markOffset = offset;
    markBytes = bytes;
  }

  /** The log ends earlier. */
  void onTruncate(long logEnd) {
    recentFrom = Math.min(recentFrom, logEnd);
    markOffset = Math.min(markOffset, logEnd);
  }

  /** A force was asked for, of all there is by now. */
  void onForceRequested() {
    requestedBytes = bytes;
  }

  /**
   * The force that was asked for has succeeded.
   *
   * @param startedMs when it began
   * @param all whether nothing was appended meanwhile
   */
  void onForced(long startedMs, boolean all) {
    forcedBytes = all ? bytes : Math.max(forcedBytes, requestedBytes);
    unforcedSinceMs = all ? NEVER : Math.max(unforcedSinceMs, startedMs);
  }

  /** Bytes appended that may not be on the disk. */
  long unforcedBytes() {
    return bytes - forcedBytes;
  }

  /** When the first of them was appended; {@link #NEVER} if there are none. */
  long unforcedSinceMs() {
    return unforcedSinceMs;
  }

  /** What lies at or behind it was appended recently, as seen from the last append. */
  long recentFrom() {
    return recentFrom;
  }

  /** When something was appended last. */
  long lastMs() {
    return lastMs;
  }
}
