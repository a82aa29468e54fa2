package io.ottla.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.log.cleaner.CleaningPace;
import io.ottla.log.cleaner.CompactionConfig;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import io.ottla.wire.record.DecompressionLimits;
import io.ottla.wire.record.RecordBatchBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A log is copied to another directory while it changes, and goes on there. */
class FutureLogTest {

  private static final Path OTHER = Path.of("/other");

  private final MemoryFileSystem disk = new MemoryFileSystem();
  private LogFixture fixture;
  private LogDirectory other = LogDirectory.open(disk, OTHER);

  private void open(LogConfig config) {
    fixture = new LogFixture(Path.of("/one"), config, disk);
  }

  @AfterEach
  void close() {
    if (fixture != null) {
      fixture.log.abandon();
      fixture.directory.close();
    }
    other.close();
  }

  private FutureLog future() {
    return FutureLog.open(other, fixture.log, fixture.nowMs);
  }

  private void copyAll(FutureLog future) {
    for (int i = 0; future.copy(500, fixture.nowMs) > 0; i++) {
      assertThat(i).isLessThan(10_000);
    }
  }

  /** The log goes on in its copy. */
  private void change(FutureLog future) {
    future.prepare(fixture.nowMs);
    copyAll(future);
    assertThat(future.hasAll()).isTrue();
    fixture.log = future.replace(fixture.config, fixture.nowMs);
    future.finish();
  }

  static LongStream seeds() {
    return LongStream.rangeClosed(1, Long.getLong("ottla.seeds", 40));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void hasWhatTheLogHasWhateverHappensMeanwhile(long seed) throws IOException {
    Random random = new Random(seed);
    open(LogFixture.SMALL.withRetention(-1, 1_000 + random.nextInt(20_000)));
    RandomBatches source = new RandomBatches(random, random.nextBoolean());
    FutureLog future = null;
    int steps = 200 + random.nextInt(400);
    for (int i = 0; i < steps; i++) {
      fixture.nowMs += random.nextInt(20);
      switch (random.nextInt(24)) {
        case 0 -> fixture.log.assignLeaderEpoch(++fixture.leaderEpoch);
        case 1 -> truncate(random);
        case 2 -> fixture.log.onHighWatermark(fixture.log.logEndOffset());
        case 3 -> fixture.log.deleteRetired(fixture.nowMs);
        case 4 ->
            fixture.log.deleteRecordsBefore(
                Math.max(fixture.log.logStartOffset(), fixture.log.highWatermark() - 20));
        case 5 -> {
          if (random.nextInt(4) == 0) {
            fixture.log.truncateFullyAndStartAt(fixture.log.logEndOffset() + random.nextInt(30));
          }
        }
        case 6 -> {
          if (future == null) {
            future = future();
          } else if (random.nextInt(3) == 0) {
            future.close();
            future = future();
          } else if (random.nextInt(6) == 0) {
            future.prepare(fixture.nowMs);
          }
        }
        case 7, 8, 9, 10, 11 -> {
          if (future != null) {
            var _ = future.copy(200 + random.nextInt(2_000), fixture.nowMs);
          }
        }
        default -> append(source.next(fixture.leaderEpoch, fixture.nowMs));
      }
    }
    if (future == null) {
      future = future();
    }
    PartitionLog before = fixture.log;
    List<byte[]> batches = LogFixture.batches(before.view());
    final LogView stale = before.view();
    final List<AbortedTransaction> aborted =
        stale.abortedTransactions(stale.logStartOffset(), stale.logEndOffset());
    final List<String> producers = KafkaLog.producers(before.producerStates());
    change(future);

    LogView view = fixture.log.view();
    assertThat(view.logStartOffset()).isEqualTo(stale.logStartOffset());
    assertThat(view.logEndOffset()).isEqualTo(stale.logEndOffset());
    assertThat(view.highWatermark()).isEqualTo(stale.highWatermark());
    assertThat(view.lastStableOffset()).isEqualTo(stale.lastStableOffset());
    assertThat(view.leaderEpochs()).isEqualTo(stale.leaderEpochs());
    assertThat(LogFixture.batches(view)).containsExactlyElementsOf(batches);
    assertThat(LogFixture.batches(stale)).as("for readers").containsExactlyElementsOf(batches);
    assertThat(view.abortedTransactions(view.logStartOffset(), view.logEndOffset()))
        .containsAll(
            aborted.stream().filter(it -> it.firstOffset() >= view.logStartOffset()).toList());
    assertThat(KafkaLog.producers(fixture.log.producerStates())).isEqualTo(producers);

    // And it is a log like any other.
    for (int i = 0; i < 20; i++) {
      append(source.next(fixture.leaderEpoch, fixture.nowMs));
    }
    final List<byte[]> after = LogFixture.batches(fixture.log.view());
    fixture.log.close();
    fixture.log =
        PartitionLog.open(
            other, LogFixture.PARTITION, LogFixture.TOPIC_ID, fixture.config, fixture.nowMs);
    assertThat(LogFixture.batches(fixture.log.view())).containsExactlyElementsOf(after);
  }

  private void append(RandomBatches.Step step) {
    try {
      var _ = fixture.log.append(step.bytes(), step.context());
    } catch (LogException e) {
      // A producer's mistake, or a sequence from before a cut.
    }
  }

  private void truncate(Random random) {
    fixture.leaderEpoch++;
    long to = fixture.log.logEndOffset() - random.nextInt(40);
    fixture.log.truncateTo(Math.max(fixture.log.logStartOffset(), to));
  }

  @Test
  void isFoundAgainAfterARestartAndGoesOnFromWhereBothAgree() throws IOException {
    open(LogFixture.SMALL);
    fixture.fillSegments(3);
    FutureLog future = future();
    copyAll(future);
    fixture.leaderEpoch = 3;
    long cut = fixture.log.logEndOffset() - 5;
    fixture.log.truncateTo(cut); // Of which the copy never hears.
    fixture.append(1);
    fixture.append(1);
    fixture.reopenAfterCrash();
    other.close();
    other = LogDirectory.open(disk, OTHER);
    assertThat(other.futures()).containsEntry(LogFixture.PARTITION, LogFixture.TOPIC_ID);
    assertThat(other.partitions()).isEmpty();
    future = future();
    assertThat(future.log().logEndOffset()).isEqualTo(cut);
    copyAll(future);
    List<byte[]> batches = LogFixture.batches(fixture.log.view());
    change(future);
    assertThat(LogFixture.batches(fixture.log.view())).containsExactlyElementsOf(batches);
  }

  @Test
  void whatOfAnotherTopicIsThereIsNotGoneOnWith() {
    open(LogFixture.SMALL);
    fixture.append(3);
    FutureLog future = future();
    copyAll(future);
    future.close();
    fixture.log.abandon();
    fixture.directory.delete(fixture.log, fixture.nowMs);
    fixture.log =
        PartitionLog.open(
            fixture.directory, LogFixture.PARTITION, new Uuid(5, 5), fixture.config, fixture.nowMs);
    fixture.append(1);
    assertThat(future().log().logEndOffset()).isZero();
  }

  @Test
  void anOldLogOfThePartitionIsSetAside() throws IOException {
    open(LogFixture.SMALL);
    fixture.append(3);
    try (PartitionLog old =
        PartitionLog.open(
            other, LogFixture.PARTITION, LogFixture.TOPIC_ID, fixture.config, fixture.nowMs)) {
      var _ = old.append(TestBatches.records(1, 9), AppendContext.client(0, 1));
    }
    FutureLog future = future();
    copyAll(future);
    change(future);
    assertThat(fixture.log.logEndOffset()).isEqualTo(3);
    assertThat(disk.list(OTHER)).anyMatch(name -> name.endsWith("-stray"));
  }

  @Test
  void aDamagedBatchIsNotCopied() throws IOException {
    open(LogFixture.SMALL);
    fixture.append(2);
    fixture.append(2);
    Path segment = fixture.partitionPath().resolve("00000000000000000000.log");
    byte[] bytes = disk.readAll(segment);
    bytes[bytes.length - 1] ^= 1;
    try (LogFile file = disk.openExisting(segment)) {
      file.truncate(0);
      file.appendAt(0);
      var _ = file.write(ByteBuffer.wrap(bytes));
    }
    FutureLog future = future();
    assertThatThrownBy(() -> copyAll(future))
        .isInstanceOf(FutureLog.SourceException.class)
        .hasMessageContaining("checksum at offset 2")
        .extracting(e -> ((FutureLog.SourceException) e).error())
        .isEqualTo(ErrorCode.CORRUPT_MESSAGE);
    future.delete(fixture.nowMs);
    assertThat(other.futures()).isEmpty();
    assertThat(other.logs()).isEmpty();
    assertThat(fixture.log.failure()).isNull();
  }

  @Test
  void isAsCompactedAsTheLogWasWhenCopyingBegan() throws IOException {
    open(
        LogFixture.SMALL
            .withCleanupPolicy(false, true)
            .withCompaction(new CompactionConfig(0, 0, Long.MAX_VALUE, 0)));
    for (int i = 0; fixture.log.view().segmentCount() < 6; i++) {
      fixture.append(keyed("k" + i % 3, "value " + i));
      if (fixture.log.view().segmentCount() == 3 && cleanedTo(fixture.directory) < 0) {
        compact();
      }
    }
    final long cleaned = cleanedTo(fixture.directory);
    assertThat(cleaned).isPositive();
    FutureLog future = future();
    var _ = future.copy(500, fixture.nowMs);
    compact();
    assertThat(cleanedTo(fixture.directory)).isGreaterThan(cleaned);
    copyAll(future);
    change(future);
    assertThat(cleanedTo(other)).isEqualTo(cleaned);
    assertThat(cleanedTo(fixture.directory)).isEqualTo(-1);
    fixture.append(keyed("k0", "last"));
    final List<byte[]> batches = LogFixture.batches(fixture.log.view());
    fixture.log.abandon();
    other.close();
    other = LogDirectory.open(disk, OTHER);
    fixture.log =
        PartitionLog.open(
            other, LogFixture.PARTITION, LogFixture.TOPIC_ID, fixture.config, fixture.nowMs);
    assertThat(LogFixture.batches(fixture.log.view()))
        .as("gaps and all")
        .containsExactlyElementsOf(batches);
  }

  private static long cleanedTo(LogDirectory directory) {
    return directory.cleanerOffsets().get(LogFixture.PARTITION);
  }

  private static ByteBuf keyed(String key, String value) {
    ByteBuf bytes = Unpooled.buffer();
    try (var builder = new RecordBatchBuilder(bytes)) {
      builder.append(1_000L, TestBatches.bytes(key), TestBatches.bytes(value)).build();
    }
    return bytes;
  }

  private void compact() throws IOException {
    fixture.log.onHighWatermark(fixture.log.logEndOffset());
    LogFlusherTest.force(fixture.log);
    CleanableRange range =
        CleanableRange.of(
            fixture.log.view(),
            cleanedTo(fixture.directory),
            fixture.config.compaction(),
            fixture.nowMs);
    CleanerMemory memory =
        new CleanerMemory(1 << 16, 0.9, 256, 256, DecompressionLimits.ofBatch(1 << 20), 1);
    try (LogCleaning cleaning = fixture.log.beginCleaning(range)) {
      cleaning.run(
          memory, CleaningPace.UNLIMITED, Runnable::run, () -> fixture.nowMs, Runnable::run);
    }
  }

  @Test
  void aTopicWhoseNameLeavesNoRoomStaysWhereItIs() {
    open(LogFixture.SMALL);
    TopicPartition longName = new TopicPartition("x".repeat(249), 0);
    try (PartitionLog log =
        PartitionLog.open(
            fixture.directory, longName, LogFixture.TOPIC_ID, fixture.config, fixture.nowMs)) {
      assertThatThrownBy(() -> FutureLog.open(other, log, 0))
          .hasMessageContaining("too long")
          .extracting(e -> ((LogException) e).error())
          .isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
      assertThat(other.isFuture(longName)).isFalse();
    }
  }

  @Test
  void namesTellWhatThereIs() {
    assertThat(FutureNames.partitionOf("orders-0.1-future", FutureNames.FUTURE))
        .isEqualTo(new TopicPartition("orders", 0));
    assertThat(FutureNames.partitionOf("a.b-7.0123-moving", FutureNames.MOVING))
        .isEqualTo(new TopicPartition("a.b", 7));
    for (String name : List.of("orders-0-future", "orders.1-future", "-future", "orders-0.1")) {
      assertThat(FutureNames.partitionOf(name, FutureNames.FUTURE)).as(name).isNull();
    }
  }
}
