package io.ottla.coordinator;

import io.ottla.wire.TopicPartition;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says how far a load has come: nothing while it is quick, a line every few seconds when it is not.
 * One thread at a time; time comes in.
 */
final class LoadProgress {

  private static final Logger LOG = LoggerFactory.getLogger(LoadProgress.class);

  private static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(5);

  /** A load that took longer is worth a line when it is done. */
  private static final long QUICK_NS = TimeUnit.SECONDS.toNanos(1);

  private final TopicPartition topicPartition;
  private final long beganNs;
  private long lastLineNs;
  private long startOffset;
  private long records;
  private long bytes;

  LoadProgress(TopicPartition topicPartition, long nowNs) {
    this.topicPartition = topicPartition;
    this.beganNs = nowNs;
    this.lastLineNs = nowNs;
  }

  /** The first offset there is. */
  void startsAt(long offset) {
    startOffset = offset;
  }

  /**
   * A chunk of the log has been replayed.
   *
   * @param chunkBytes its size in the log
   * @param nextOffset the first offset after it
   * @param endOffset the end of the log, as far as one knows
   */
  void onChunk(int chunkRecords, int chunkBytes, long nextOffset, long endOffset, long nowNs) {
    records += chunkRecords;
    bytes += chunkBytes;
    if (nowNs - lastLineNs >= INTERVAL_NS) {
      lastLineNs = nowNs;
      LOG.info(
          "Loading {}: {}% of its offsets, {} records, {} ({}/s); its groups wait meanwhile",
          topicPartition,
          percent(nextOffset, endOffset),
          records,
          size(bytes),
          size(perSecond(nowNs)));
    }
  }

  private long percent(long nextOffset, long endOffset) {
    return endOffset <= startOffset
        ? 100
        : Math.min(100, 100 * (nextOffset - startOffset) / (endOffset - startOffset));
  }

  void onLoaded(long endOffset, long nowNs) {
    long tookNs = nowNs - beganNs;
    if (tookNs >= QUICK_NS) {
      LOG.info(
          "Loaded {} in {} ms: {} records, {} ({}/s), up to offset {}",
          topicPartition,
          TimeUnit.NANOSECONDS.toMillis(tookNs),
          records,
          size(bytes),
          size(perSecond(nowNs)),
          endOffset);
    } else {
      LOG.debug("Loaded {}: {} records up to offset {}", topicPartition, records, endOffset);
    }
  }

  private long perSecond(long nowNs) {
    return (long) (bytes / Math.max(1e-9 * (nowNs - beganNs), 1e-9));
  }

  private static String size(long bytes) {
    return bytes < 10_000_000 ? bytes / 1_000 + " kB" : bytes / 1_000_000 + " MB";
  }
}
