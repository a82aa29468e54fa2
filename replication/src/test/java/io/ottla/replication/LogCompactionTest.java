package io.ottla.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.ottla.log.AppendOrigin;
import io.ottla.log.CleanerMemory;
import io.ottla.log.DiskFileSystem;
import io.ottla.log.LogConfig;
import io.ottla.log.LogDirectory;
import io.ottla.log.LogFlusher;
import io.ottla.log.PartitionLog;
import io.ottla.log.cleaner.CleaningPace;
import io.ottla.log.cleaner.CompactionConfig;
import io.ottla.runtime.ManualClock;
import io.ottla.runtime.ManualShard;
import io.ottla.wire.TopicPartition;
import io.ottla.wire.Uuid;
import io.ottla.wire.record.DecompressionLimits;
import io.ottla.wire.record.RecordBatchBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three compacted logs, one of which has a damaged batch. */
class LogCompactionTest {

  private static final int PARTITIONS = 3;
  private static final int DAMAGED = 1;
  private static final int IN_FIRST_RECORD = 68;

  /** One minute, then twice as long each time, up to an hour. */
  private static final List<Integer> RETRY_SECONDS =
      List.of(60, 120, 240, 480, 960, 1920, 3600, 3600);

  private static final LogConfig CONFIG =
      LogConfig.defaults()
          .withSegmentBytes(1_000)
          .withIndex(200, 240)
          .withCleanupPolicy(false, true)
          .withCompaction(new CompactionConfig(0, 0, Long.MAX_VALUE, Long.MAX_VALUE));

  @TempDir Path path;

  private final ManualClock clock = new ManualClock(1_000_000);
  private final ManualShard shard = new ManualShard(clock);
  private final Partitions partitions = new Partitions();
  private LogDirectory directory;
  private LogCompaction compaction;

  @BeforeEach
  void open() {
    directory = LogDirectory.open(DiskFileSystem.INSTANCE, path);
    LogFlusher flusher = new LogFlusher(Runnable::run, clock::wallMs);
    for (int i = 0; i < PARTITIONS; i++) {
      PartitionLog log = PartitionLog.open(directory, key(i), Uuid.ONE, CONFIG, clock.wallMs());
      Partition partition =
          new Partition(
              key(i),
              Uuid.ONE,
              shard,
              log,
              flusher,
              Replicas.settings(CONFIG),
              Replicas.alone(shard));
      partitions.add(partition);
      partition.become(Replicas.ledAlone(0));
      shard.turn();
      for (int j = 0; j < 60; j++) {
        int value = j;
        shard.offer(() -> append(partition, "k" + value % 3, "v" + value));
        shard.turn();
      }
      assertThat(log.view().segmentCount()).isGreaterThan(4);
      assertThat(log.recoveryPoint()).isPositive();
    }
    LogDirectories directories =
        new LogDirectories(
            List.of(new LogDirectories.Place(directory, flusher, new Uuid(1, 1000))), List.of(), 0);
    for (Partition partition : partitions.all()) {
      assertThat(directories.whereIs(partition.log())).isNotNull();
    }
    compaction = new LogCompaction(partitions, directories, Runnable::run, clock);
  }

  @AfterEach
  void close() {
    for (Partition partition : List.copyOf(partitions.all())) {
      partition.close();
      partition.log().close();
    }
    directory.close();
  }

  private static TopicPartition key(int partition) {
    return new TopicPartition("orders", partition);
  }

  private static void append(Partition partition, String key, String value) {
    try (RecordBatchBuilder builder = new RecordBatchBuilder(Unpooled.buffer())) {
      builder.append(1_000L, bytes(key), bytes(value));
      partition.append(builder.build(), AppendOrigin.CLIENT, (short) -1);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Flips bits, or flips them back. */
  private void flip(int partition) throws IOException {
    Path segment = path.resolve(key(partition).toString()).resolve("00000000000000000000.log");
    try (FileChannel file =
        FileChannel.open(segment, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      file.read(one, IN_FIRST_RECORD);
      one.put(0, (byte) (one.get(0) ^ 0x55)).rewind();
      file.write(one, IN_FIRST_RECORD);
    }
  }

  private boolean cleanOne() {
    CleanerMemory memory =
        new CleanerMemory(
            24L * 100, 0.9, 1_000, 1_000, DecompressionLimits.ofBatch(1 << 20), clock.wallMs());
    return compaction.cleanDirtiest(memory, CleaningPace.UNLIMITED);
  }

  private int cleanAll() {
    int count = 0;
    while (cleanOne()) {
      count++;
      assertThat(count).as("it does not try the same one for ever").isLessThan(20);
    }
    return count;
  }

  private List<Integer> cleaned() {
    List<Integer> cleaned = new ArrayList<>();
    for (int i = 0; i < PARTITIONS; i++) {
      if (directory.cleanerOffsets().get(key(i)) > 0) {
        cleaned.add(i);
      }
    }
    return cleaned;
  }

  @Test
  void aDamagedLogStopsNoOtherAndSaysWhy() throws IOException {
    flip(DAMAGED);

    cleanAll();

    assertThat(cleaned()).containsExactly(0, 2);
    assertThat(compaction.status().uncleanable()).containsOnlyKeys(key(DAMAGED));
    assertThat(compaction.status().uncleanable().get(key(DAMAGED)))
        .contains("orders-1")
        .contains("checksum")
        .contains("offset 0");
    assertThat(compaction.status().cleanings()).isEqualTo(2);
  }

  @Test
  void itIsTriedAgainLaterAndLater() throws IOException {
    flip(DAMAGED);
    cleanAll();
    for (int seconds : RETRY_SECONDS) {
      clock.advanceMs(seconds * 1_000L - 1);
      assertThat(cleanOne()).as("left alone for %d s", seconds).isFalse();
      clock.advanceMs(1);
      assertThat(cleanOne()).as("tried after %d s", seconds).isTrue();
      assertThat(compaction.status().uncleanable()).containsOnlyKeys(key(DAMAGED));
    }
  }

  @Test
  void onceItCanBeReadItIsCompactedLikeTheOthers() throws IOException {
    flip(DAMAGED);
    cleanAll();
    clock.advanceMs(60_000);
    assertThat(cleanOne()).isTrue();
    flip(DAMAGED);
    assertThat(cleanOne()).isFalse();

    clock.advanceMs(120_000);
    cleanAll();

    assertThat(cleaned()).containsExactly(0, 1, 2);
    assertThat(compaction.status().uncleanable()).isEmpty();
  }
}
