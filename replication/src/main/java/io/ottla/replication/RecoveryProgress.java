package io.ottla.replication;

import io.ottla.log.LogRecoveryProgress;
import io.ottla.log.RecoveryReport;
import io.ottla.runtime.Clock;
import io.ottla.wire.TopicPartition;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far the opening of logs has come: in the broker's log every few seconds, as {@link #state} to
 * whoever asks. A quick opening of few logs says nothing. Any thread.
 */
public final class RecoveryProgress implements LogRecoveryProgress {

  private static final Logger LOG = LoggerFactory.getLogger(RecoveryProgress.class);

  private static final long TELL_EVERY_NS = TimeUnit.SECONDS.toNanos(5);
  private static final double MEGABYTE = 1e6;

  /**
   * Openings that were begun together.
   *
   * @param done partitions that are open, or offline for good
   * @param total partitions to open
   * @param failed of those done, the ones that are offline
   * @param unclean of those done, the ones that were not closed properly and were scanned
   * @param scannedBytes read batch by batch until now
   * @param cutBytes cut off as not being whole batches
   * @param elapsedMs since it began; when all is done, how long it took
   */
  public record State(
      int done,
      int total,
      int failed,
      int unclean,
      long scannedBytes,
      long cutBytes,
      long elapsedMs) {

    public boolean isDone() {
      return done == total;
    }

    /** Bytes scanned per second. */
    public long bytesPerSecond() {
      return elapsedMs <= 0 ? 0 : scannedBytes * 1000 / elapsedMs;
    }

    /** A guess from the partitions done so far; -1 if none is. */
    public long remainingMs() {
      return done == 0 ? -1 : elapsedMs * (total - done) / done;
    }

    @Override
    public String toString() {
      long left = remainingMs();
      return String.format(
          "%d of %d partitions open (%d not closed properly, %d offline), %.1f MB checked, %.1f"
              + " MB/s, %s",
          done - failed,
          total,
          unclean,
          failed,
          scannedBytes / MEGABYTE,
          bytesPerSecond() / MEGABYTE,
          isDone()
              ? "done in " + elapsedMs + " ms"
              : left < 0 ? "no partition done yet" : "about " + (left + 999) / 1000 + " s to go");
    }
  }

  private final Clock clock;
  private int done;
  private int total;
  private int failed;
  private int unclean;
  private long scannedBytes;
  private long cutBytes;
  private long beganNs;
  private long endedNs;
  private long toldNs;
  private boolean told;

  RecoveryProgress(Clock clock) {
    this.clock = clock;
  }

  /** One more is to be opened. */
  synchronized void onBegin() {
    if (done == total) {
      done = 0;
      total = 0;
      failed = 0;
      unclean = 0;
      scannedBytes = 0;
      cutBytes = 0;
      beganNs = clock.nowNs();
      toldNs = beganNs;
      told = false;
    }
    total++;
  }

  @Override
  public synchronized void onSegment(
      TopicPartition partition, int segmentsDone, int segmentsTotal, long bytes) {
    scannedBytes += bytes;
    tellNowAndThen();
  }

  synchronized void onOpened(RecoveryReport report) {
    unclean += report.segmentsScanned() > 0 ? 1 : 0;
    cutBytes += report.bytesCut();
    onDone();
  }

  synchronized void onFailed() {
    failed++;
    onDone();
  }

  private void onDone() {
    done++;
    if (done == total) {
      endedNs = clock.nowNs();
    }
    tellNowAndThen();
  }

  private void tellNowAndThen() {
    long nowNs = clock.nowNs();
    if (nowNs - toldNs >= TELL_EVERY_NS && done < total) {
      toldNs = nowNs;
      told = true;
      LOG.info("Opening logs: {}", state());
    }
  }

  /** All that were begun are done; says so if it took long or something was not in order. */
  synchronized void onEnd() {
    if (total > 0 && done == total && (told || unclean > 0 || failed > 0 || cutBytes > 0)) {
      LOG.info("Opened logs: {}{}", state(), cutBytes == 0 ? "" : ", " + cutBytes + " bytes cut");
      told = false;
    }
  }

  /** How it stands. */
  public synchronized State state() {
    long untilNs = done == total ? endedNs : clock.nowNs();
    return new State(
        done,
        total,
        failed,
        unclean,
        scannedBytes,
        cutBytes,
        TimeUnit.NANOSECONDS.toMillis(untilNs - beganNs));
  }
}
