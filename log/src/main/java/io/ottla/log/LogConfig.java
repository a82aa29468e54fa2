package io.ottla.log;

import io.ottla.log.cleaner.CompactionConfig;
import java.util.function.Consumer;

/**
 * The numbers of one topic that its logs need. Built by the broker from topic and broker
 * configuration; names are those of Kafka's topic configs.
 *
 * @param segmentBytes largest size of a segment
 * @param segmentMs a segment is closed when a batch comes that is this much younger than its first
 * @param segmentJitterMs up to this much is taken off segmentMs, differently for each segment
 * @param indexIntervalBytes bytes of log between two index entries
 * @param segmentIndexBytes size to which an index file is made in advance
 * @param retentionMs age at which records are deleted; -1: never
 * @param retentionBytes size above which the oldest segments are deleted; -1: unlimited
 * @param delete whether retention deletes at all (cleanup.policy)
 * @param compact whether the log is compacted (cleanup.policy)
 * @param fileDeleteDelayMs time from taking a segment out of the log to deleting its files
 * @param flushMessages an append is forced when this many records are not
 * @param flushMs records are forced when they have waited this long
 * @param preallocate whether segment files are made at their full size
 * @param logAppendTime whether the broker's time goes into the batches (message.timestamp.type)
 * @param producerIdExpirationMs a producer's state is forgotten after this long without a batch
 * @param compaction what is asked of compaction, if there is any
 */
public record LogConfig(
    int segmentBytes,
    long segmentMs,
    long segmentJitterMs,
    int indexIntervalBytes,
    int segmentIndexBytes,
    long retentionMs,
    long retentionBytes,
    boolean delete,
    boolean compact,
    long fileDeleteDelayMs,
    long flushMessages,
    long flushMs,
    boolean preallocate,
    boolean logAppendTime,
    long producerIdExpirationMs,
    CompactionConfig compaction) {

  private static final long DAY_MS = 24 * 60 * 60 * 1000L;

  /** Kafka's defaults. */
  public static LogConfig defaults() {
    return new LogConfig(
        1 << 30,
        7 * DAY_MS,
        0L,
        4096,
        10 << 20,
        7 * DAY_MS,
        -1L,
        true,
        false,
        60_000L,
        Long.MAX_VALUE,
        Long.MAX_VALUE,
        false,
        false,
        DAY_MS,
        CompactionConfig.DEFAULTS);
  }

  /**
   * What is taken off segmentMs for one segment: the same each time, different for each, so that
   * the segments of many logs are not closed at one time.
   */
  long jitterMs(long segment) {
    long most = Math.min(segmentJitterMs, segmentMs);
    long hash = segment * 0x9E3779B97F4A7C15L;
    return most <= 0 ? 0 : Long.remainderUnsigned(hash ^ (hash >>> 32), most);
  }

  public LogConfig withSegmentBytes(int value) {
    return with(draft -> draft.segmentBytes = value);
  }

  public LogConfig withSegmentMs(long ms, long jitterMs) {
    return with(
        draft -> {
          draft.segmentMs = ms;
          draft.segmentJitterMs = jitterMs;
        });
  }

  public LogConfig withIndex(int intervalBytes, int sizeInBytes) {
    return with(
        draft -> {
          draft.indexIntervalBytes = intervalBytes;
          draft.segmentIndexBytes = sizeInBytes;
        });
  }

  public LogConfig withRetention(long ms, long bytes) {
    return with(
        draft -> {
          draft.retentionMs = ms;
          draft.retentionBytes = bytes;
        });
  }

  public LogConfig withCleanupPolicy(boolean deletes, boolean compacts) {
    return with(
        draft -> {
          draft.delete = deletes;
          draft.compact = compacts;
        });
  }

  public LogConfig withFlush(long messages, long ms) {
    return with(
        draft -> {
          draft.flushMessages = messages;
          draft.flushMs = ms;
        });
  }

  public LogConfig withFileDeleteDelayMs(long value) {
    return with(draft -> draft.fileDeleteDelayMs = value);
  }

  public LogConfig withPreallocate(boolean value) {
    return with(draft -> draft.preallocate = value);
  }

  public LogConfig withLogAppendTime(boolean value) {
    return with(draft -> draft.logAppendTime = value);
  }

  public LogConfig withProducerIdExpirationMs(long value) {
    return with(draft -> draft.producerIdExpirationMs = value);
  }

  public LogConfig withCompaction(CompactionConfig value) {
    return with(draft -> draft.compaction = value);
  }

  private LogConfig with(Consumer<Draft> change) {
    Draft draft = new Draft(this);
    change.accept(draft);
    return draft.toConfig();
  }

  /** The same numbers while one of them is being changed. */
  private static final class Draft {
    int segmentBytes;
    long segmentMs;
    long segmentJitterMs;
    int indexIntervalBytes;
    int segmentIndexBytes;
    long retentionMs;
    long retentionBytes;
    boolean delete;
    boolean compact;
    long fileDeleteDelayMs;
    long flushMessages;
    long flushMs;
    boolean preallocate;
    boolean logAppendTime;
    long producerIdExpirationMs;
    CompactionConfig compaction;

    Draft(LogConfig config) {
      segmentBytes = config.segmentBytes;
      segmentMs = config.segmentMs;
      segmentJitterMs = config.segmentJitterMs;
      indexIntervalBytes = config.indexIntervalBytes;
      segmentIndexBytes = config.segmentIndexBytes;
      retentionMs = config.retentionMs;
      retentionBytes = config.retentionBytes;
      delete = config.delete;
      compact = config.compact;
      fileDeleteDelayMs = config.fileDeleteDelayMs;
      flushMessages = config.flushMessages;
      flushMs = config.flushMs;
      preallocate = config.preallocate;
      logAppendTime = config.logAppendTime;
      producerIdExpirationMs = config.producerIdExpirationMs;
      compaction = config.compaction;
    }

    LogConfig toConfig() {
      return new LogConfig(
          segmentBytes,
          segmentMs,
          segmentJitterMs,
          indexIntervalBytes,
          segmentIndexBytes,
          retentionMs,
          retentionBytes,
          delete,
          compact,
          fileDeleteDelayMs,
          flushMessages,
          flushMs,
          preallocate,
          logAppendTime,
          producerIdExpirationMs,
          compaction);
    }
  }
}
