package io.ottla.log;

/**
 * The offsets of a log, and the order they keep:
 *
 * <pre>
 *  log start &lt;= last stable &lt;= high watermark &lt;= log end
 *  recovery point &lt;= log end
 * </pre>
 *
 * <p>The recovery point may lie before the log's start: records that nobody may read any more can
 * still share a segment, even a batch, with some that count, and if they were not forced, recovery
 * must not believe they were.
 *
 * <p>Owned by the log's owner. Every change is checked.
 */
final class LogOffsets {

  private long logStart;
  private long recoveryPoint;
  private long lastStable;
  private long highWatermark;
  private long logEnd;
  private final AppendTrack appends;

  /** Values out of order are moved up to the log's start, or down to its end. */
  LogOffsets(long logStart, long recoveryPoint, long highWatermark, long logEnd) {
    this.logStart = logStart;
    this.logEnd = logEnd;
    this.recoveryPoint = Math.min(recoveryPoint, logEnd);
    this.highWatermark = Math.clamp(highWatermark, logStart, logEnd);
    this.lastStable = this.highWatermark;
    this.appends = new AppendTrack(logEnd);
    check();
  }

  long logStart() {
    return logStart;
  }

  /** What lies below it is on the disk. */
  long recoveryPoint() {
    return recoveryPoint;
  }

  long lastStable() {
    return lastStable;
  }

  long highWatermark() {
    return highWatermark;
  }

  long logEnd() {
    return logEnd;
  }

  /** How much was appended, and when. */
  AppendTrack appends() {
    return appends;
  }

  void onAppend(long newLogEnd, int bytes, long nowMs) {
    assert newLogEnd > logEnd : newLogEnd + " appended at " + logEnd;
    appends.onAppend(logEnd, bytes, nowMs);
    logEnd = newLogEnd;
    check();
  }

  void onForced(long offset) {
    recoveryPoint = Math.max(recoveryPoint, Math.min(offset, logEnd));
    check();
  }

  /**
   * Sets the high watermark, held within the log.
   *
   * @param firstUnstable first offset that is not stable, -1 if all are
   */
  void highWatermark(long offset, long firstUnstable) {
    highWatermark = Math.clamp(offset, logStart, logEnd);
    stable(firstUnstable);
  }

  /** Sets the last stable offset from the first that is not. */
  void stable(long firstUnstable) {
    lastStable =
        firstUnstable < 0 ? highWatermark : Math.clamp(firstUnstable, logStart, highWatermark);
    check();
  }

  /** The log starts later. The offset is not above the high watermark. */
  void advanceStart(long offset) {
    assert offset >= logStart && offset <= highWatermark;
    logStart = offset;
    lastStable = Math.max(lastStable, offset);
    check();
  }

  /** The log ends earlier, at or behind its start. */
  void truncate(long newLogEnd) {
    assert newLogEnd <= logEnd;
    logEnd = newLogEnd;
    logStart = Math.min(logStart, newLogEnd);
    recoveryPoint = Math.min(recoveryPoint, newLogEnd);
    highWatermark = Math.min(highWatermark, newLogEnd);
    lastStable = Math.min(lastStable, newLogEnd);
    appends.onTruncate(newLogEnd);
    check();
  }

  /** What lies above it is about to be cut. */
  void lowerRecoveryPoint(long offset) {
    recoveryPoint = Math.min(offset, recoveryPoint);
    check();
  }

  /**
   * The log is empty and goes on at an offset. Until that is on the disk, a loss of power brings
   * back what was there before, which may end earlier; so the recovery point stays where it is.
   */
  void startAnew(long offset) {
    logStart = offset;
    recoveryPoint = Math.min(recoveryPoint, offset);
    lastStable = offset;
    highWatermark = offset;
    logEnd = offset;
    appends.onTruncate(offset);
  }

  private void check() {
    assert logStart <= lastStable && lastStable <= highWatermark && highWatermark <= logEnd : this;
    assert recoveryPoint <= logEnd : this;
  }

  @Override
  public String toString() {
    return "log start "
        + logStart
        + ", recovery point "
        + recoveryPoint
        + ", last stable "
        + lastStable
        + ", high watermark "
        + highWatermark
        + ", log end "
        + logEnd;
  }
}
