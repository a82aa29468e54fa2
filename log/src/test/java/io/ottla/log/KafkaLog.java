package io.ottla.log;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Delayed;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Records;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.server.common.RequestLocal;
import org.apache.kafka.server.storage.log.FetchIsolation;
import org.apache.kafka.server.util.Scheduler;
import org.apache.kafka.storage.internals.log.Cleaner;
import org.apache.kafka.storage.internals.log.FetchDataInfo;
import org.apache.kafka.storage.internals.log.LogAppendInfo;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.apache.kafka.storage.internals.log.LogDirFailureChannel;
import org.apache.kafka.storage.internals.log.LogSegment;
import org.apache.kafka.storage.internals.log.LogStartOffsetIncrementReason;
import org.apache.kafka.storage.internals.log.LogToClean;
import org.apache.kafka.storage.internals.log.ProducerStateManager;
import org.apache.kafka.storage.internals.log.ProducerStateManagerConfig;
import org.apache.kafka.storage.internals.log.SkimpyOffsetMap;
import org.apache.kafka.storage.internals.log.UnifiedLog;
import org.apache.kafka.storage.internals.log.VerificationGuard;
import org.apache.kafka.storage.internals.utils.Throttler;
import org.apache.kafka.storage.log.metrics.BrokerTopicStats;

/** Apache Kafka's own log, with the face of ours: the judge. */
final class KafkaLog implements AutoCloseable {

  private final Path directory;
  private final Map<String, Object> config;
  private final ManualTime time = new ManualTime();
  private final ProducerStateManagerConfig producers;
  UnifiedLog log;

  KafkaLog(Path directory, io.ottla.log.LogConfig ours, boolean clean, long logStart, long nowMs)
      throws IOException {
    this(
        directory, ours, clean, logStart, nowMs, new ProducerStateManagerConfig(86_400_000, false));
  }

  KafkaLog(
      Path directory,
      io.ottla.log.LogConfig ours,
      boolean clean,
      long logStart,
      long nowMs,
      ProducerStateManagerConfig producers)
      throws IOException {
    this.directory = directory;
    this.config = config(ours);
    this.producers = producers;
    time.nowMs = nowMs;
    open(clean, logStart, 0L);
  }

  void open(boolean clean, long logStart, long recoveryPoint) throws IOException {
    log =
        UnifiedLog.create(
            directory.toFile(),
            new LogConfig(config),
            logStart,
            recoveryPoint,
            new DirectScheduler(),
            new BrokerTopicStats(),
            time,
            900_000,
            producers,
            600_000,
            new LogDirFailureChannel(1),
            clean,
            Optional.empty());
  }

  private static Map<String, Object> config(io.ottla.log.LogConfig ours) {
    Map<String, Object> config = new HashMap<>();
    config.put(LogConfig.INTERNAL_SEGMENT_BYTES_CONFIG, ours.segmentBytes());
    config.put("segment.ms", ours.segmentMs());
    config.put("segment.index.bytes", ours.segmentIndexBytes());
    config.put("index.interval.bytes", ours.indexIntervalBytes());
    config.put("retention.ms", ours.retentionMs());
    config.put("retention.bytes", ours.retentionBytes());
    config.put("file.delete.delay.ms", 0L);
    config.put("preallocate", ours.preallocate());
    config.put("max.message.bytes", 1 << 20);
    config.put("delete.retention.ms", ours.compaction().deleteRetentionMs());
    if (ours.compact()) {
      config.put("cleanup.policy", ours.delete() ? "compact,delete" : "compact");
    }
    return config;
  }

  /** Offsets of what was appended, or the name of the error. */
  String append(ByteBuf batches, AppendContext context) {
    return append(batches, context, VerificationGuard.SENTINEL);
  }

  String append(ByteBuf batches, AppendContext context, VerificationGuard guard) {
    time.nowMs = context.nowMs();
    ByteBuffer copy = ByteBuffer.allocate(batches.readableBytes());
    batches.getBytes(batches.readerIndex(), copy);
    MemoryRecords records = MemoryRecords.readableRecords(copy.flip());
    return outcome(
        () -> {
          LogAppendInfo info =
              context.origin() == AppendOrigin.REPLICATION
                  ? log.appendAsFollower(records, context.leaderEpoch())
                  : log.appendAsLeader(
                      records,
                      context.leaderEpoch(),
                      org.apache.kafka.storage.internals.log.AppendOrigin.valueOf(
                          context.origin().name()),
                      RequestLocal.noCaching(),
                      guard,
                      context.transactionVersion());
          return info.firstOffset() + "-" + info.lastOffset();
        });
  }

  static String outcome(Supplier<String> action) {
    try {
      return action.get();
    } catch (LogException e) {
      return e.error().name();
    } catch (RuntimeException e) {
      return Errors.forException(e).name();
    }
  }

  String deleteRecordsBefore(long offset) {
    return outcome(
        () ->
            ""
                + log.maybeIncrementLogStartOffset(
                    offset, LogStartOffsetIncrementReason.ClientRecordDeletion));
  }

  int deleteRetired(long nowMs) throws IOException {
    time.nowMs = nowMs;
    return log.deleteOldSegments();
  }

  /** Has Kafka's cleaner compact it. Returns up to where it did. */
  long clean(long firstDirty, long end, long nowMs) throws Exception {
    Cleaner cleaner =
        new Cleaner(
            0,
            new SkimpyOffsetMap(1 << 20),
            1 << 16,
            1 << 20,
            0.9,
            new Throttler(Double.MAX_VALUE, 1000, "cleaner", "bytes", Time.SYSTEM),
            Time.SYSTEM,
            partition -> {});
    return cleaner.doClean(new LogToClean(log, firstDirty, end, false), nowMs).getKey();
  }

  /** Where a record with at least that timestamp is, as text. */
  String find(long timestamp) {
    return log.fetchOffsetByTimestamp(timestamp, Optional.empty())
        .timestampAndOffsetOpt()
        .map(KafkaLog::text)
        .orElse("none");
  }

  private static String text(FileRecords.TimestampAndOffset found) {
    return found.timestamp + "@" + found.offset + "/" + found.leaderEpoch.orElse(-1);
  }

  static String text(TimestampOffset found) {
    return found == null
        ? "none"
        : found.timestamp() + "@" + found.offset() + "/" + found.leaderEpoch();
  }

  String endOffsetForEpoch(int epoch) {
    return log.endOffsetForEpoch(epoch).map(it -> it.epoch() + "@" + it.offset()).orElse("none");
  }

  static String text(EpochEndOffset end) {
    return end.isDefined() ? end.leaderEpoch() + "@" + end.endOffset() : "none";
  }

  /** All batches, as their bytes. */
  List<byte[]> batches() throws IOException {
    List<byte[]> found = new ArrayList<>();
    long offset = log.logStartOffset();
    while (offset < log.logEndOffset()) {
      FetchDataInfo data = log.read(offset, 1 << 20, FetchIsolation.LOG_END, true);
      Records records = data.records;
      ByteBuffer bytes = ByteBuffer.allocate(records.sizeInBytes());
      if (records instanceof FileRecords file) {
        file.readInto(bytes, 0);
      }
      if (!bytes.hasRemaining()) {
        break;
      }
      long before = offset;
      for (var batch : MemoryRecords.readableRecords(bytes).batches()) {
        batch.ensureValid();
        byte[] one = new byte[batch.sizeInBytes()];
        bytes.get(one);
        found.add(one);
        offset = batch.nextOffset();
      }
      if (offset == before) {
        throw new AssertionError("no batch at " + offset);
      }
    }
    return found;
  }

  /** Closes it, and opens it again; cleanly, or as after a crash. */
  void reopen(boolean clean, long nowMs) throws IOException {
    long logStart = log.logStartOffset();
    if (clean) {
      log.close();
    } else {
      log.flush(true);
      log.closeHandlers();
    }
    time.nowMs = nowMs;
    open(clean, logStart, clean ? log.logEndOffset() : 0L);
  }

  void expireProducers(long nowMs) {
    time.nowMs = nowMs;
    producerStates().removeExpiredProducers(nowMs);
  }

  ProducerStateManager producerStates() {
    return log.producerStateManager();
  }

  List<Long> segmentBaseOffsets() {
    return log.logSegments().stream().map(LogSegment::baseOffset).toList();
  }

  /** What is known of each producer, in the order of their ids. */
  List<String> producers() {
    return log.activeProducers().stream()
        .sorted((a, b) -> Long.compare(a.producerId(), b.producerId()))
        .map(
            it ->
                producer(
                    it.producerId(),
                    it.producerEpoch(),
                    it.lastSequence(),
                    it.lastTimestamp(),
                    it.coordinatorEpoch(),
                    it.currentTxnStartOffset()))
        .toList();
  }

  static List<String> producers(ProducerStates states) {
    return states.all().stream()
        .sorted((a, b) -> Long.compare(a.producerId(), b.producerId()))
        .map(
            it ->
                producer(
                    it.producerId(),
                    it.epoch(),
                    it.lastSequence(),
                    it.lastTimestamp(),
                    it.coordinatorEpoch(),
                    it.transactionFirstOffset()))
        .toList();
  }

  private static String producer(
      long id, int epoch, int sequence, long timestamp, int coordinatorEpoch, long first) {
    return id
        + "/"
        + epoch
        + " "
        + sequence
        + " "
        + timestamp
        + " "
        + coordinatorEpoch
        + " "
        + first;
  }

  List<AbortedTransaction> aborted(long from, long upTo) {
    return log.collectAbortedTransactions(from, upTo).stream()
        .filter(it -> it.lastOffset() >= from)
        .map(
            it ->
                new AbortedTransaction(
                    it.producerId(), it.firstOffset(), it.lastOffset(), it.lastStableOffset()))
        .toList();
  }

  @Override
  public void close() {
    log.close();
  }

  /** The time is what the last call said. */
  private static final class ManualTime implements Time {
    long nowMs;

    @Override
    public long milliseconds() {
      return nowMs;
    }

    @Override
    public long nanoseconds() {
      return nowMs * 1_000_000;
    }

    @Override
    public void sleep(long ms) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void waitObject(Object object, Supplier<Boolean> condition, long deadlineMs) {
      throw new UnsupportedOperationException();
    }
  }

  /** Does everything at once, nothing periodically. */
  private static final class DirectScheduler implements Scheduler {
    @Override
    public void startup() {}

    @Override
    public void shutdown() {}

    @Override
    public ScheduledFuture<?> schedule(String name, Runnable task, long delayMs, long periodMs) {
      if (periodMs < 0) {
        task.run();
      }
      return new Done();
    }

    @Override
    public void resizeThreadPool(int newSize) {}
  }

  private static final class Done extends CompletableFuture<Object>
      implements ScheduledFuture<Object> {
    @Override
    public long getDelay(TimeUnit unit) {
      return 0;
    }

    @Override
    public int compareTo(Delayed other) {
      return 0;
    }
  }
}
