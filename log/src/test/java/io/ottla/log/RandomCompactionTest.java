package io.ottla.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.log.cleaner.CleaningAborted;
import io.ottla.log.cleaner.CleaningPace;
import io.ottla.log.cleaner.CompactionConfig;
import io.ottla.wire.record.Compression;
import io.ottla.wire.record.DecompressionLimits;
import io.ottla.wire.record.RecordBatchBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random producers, transactions and tombstones in a compacted log, which is cleaned at random
 * moments with a small table of keys, killed and robbed of its power in the middle of it, and
 * opened again; against a model that remembers every record. The parameter is the seed.
 */
class RandomCompactionTest {

  private static final Path ROOT = Path.of("/data");
  private static final int KEYS = 12;
  private static final int PRODUCERS = 4;
  private static final long DELETE_RETENTION_MS = 200;

  private record Written(long offset, String key, String value, long transaction) {}

  private final MemoryFileSystem fs = new MemoryFileSystem();
  private final List<Written> model = new ArrayList<>();
  // Of each transaction in the model: null while it is open, else whether it was committed.
  private final Map<Long, Boolean> outcomes = new TreeMap<>();
  private final long[] transactions = new long[PRODUCERS];
  private final int[] sequences = new int[PRODUCERS];
  private final short[] epochs = new short[PRODUCERS];
  private Random random;
  private LogFixture fixture;
  private int cleanings;
  private int crashes;

  /** More of them with -Dottla.seeds=100. */
  static LongStream seeds() {
    return LongStream.rangeClosed(1, Long.getLong("ottla.seeds", 20));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void keepsTheLatestOfEachKeyAndNothingElseChanges(long seed) throws IOException {
    random = new Random(seed);
    LogConfig config =
        LogConfig.defaults()
            .withSegmentBytes(500 + random.nextInt(2000))
            .withIndex(random.nextInt(300), 60 + random.nextInt(300))
            .withRetention(-1, -1)
            .withCleanupPolicy(false, true)
            .withFileDeleteDelayMs(0)
            .withProducerIdExpirationMs(Long.MAX_VALUE)
            .withCompaction(new CompactionConfig(0, 0, Long.MAX_VALUE, DELETE_RETENTION_MS));
    fixture = new LogFixture(ROOT, config, fs);
    for (int i = 0; i < 600; i++) {
      step();
    }
    clean(CleaningPace.UNLIMITED, false);
    assertThat(cleanings).isPositive();
    compare();
    fixture.close();
  }

  private void step() throws IOException {
    fixture.nowMs += random.nextInt(10);
    switch (random.nextInt(30)) {
      case 0, 1 -> {
        fixture.log.onHighWatermark(fixture.log.logEndOffset());
        clean(CleaningPace.UNLIMITED, false);
      }
      case 2 -> cleanAndLosePower();
      case 3 -> cleanAndCut();
      case 4 -> endTransaction();
      case 5 -> {
        if (random.nextInt(5) == 0) {
          fixture.reopenCleanly();
          compare();
        }
      }
      case 6 -> fixture.directory.deleteDue(fixture.nowMs);
      default -> append();
    }
  }

  private void append() {
    int producer = random.nextInt(2 * PRODUCERS) - PRODUCERS; // Below zero: of no producer.
    boolean transactional = producer >= PRODUCERS / 2;
    ByteBuf bytes = Unpooled.buffer();
    List<Written> written = new ArrayList<>();
    try (RecordBatchBuilder builder = new RecordBatchBuilder(bytes)) {
      builder.compression(Compression.values()[random.nextInt(5)]);
      int count = 1 + random.nextInt(4);
      if (producer >= 0) {
        builder
            .producer(100 + producer, epochs[producer], sequences[producer])
            .transactional(transactional);
        sequences[producer] += count;
      }
      if (transactional && transactions[producer] == 0) {
        transactions[producer] = outcomes.size() + 1;
        outcomes.put(transactions[producer], null);
      }
      long offset = fixture.log.logEndOffset();
      for (int i = 0; i < count; i++) {
        String key = "k" + random.nextInt(KEYS);
        String value = random.nextInt(5) == 0 ? null : "v" + random.nextInt(1_000_000);
        builder.append(
            fixture.nowMs, TestBatches.bytes(key), value == null ? null : TestBatches.bytes(value));
        written.add(
            new Written(offset + i, key, value, transactional ? transactions[producer] : 0));
      }
      builder.build();
    }
    fixture.append(bytes);
    model.addAll(written);
  }

  private void endTransaction() {
    int producer = PRODUCERS / 2 + random.nextInt(PRODUCERS / 2);
    if (transactions[producer] == 0) {
      return;
    }
    boolean commit = random.nextBoolean();
    boolean raisesEpoch = random.nextBoolean(); // As from transaction version 2 on.
    if (raisesEpoch) {
      epochs[producer]++;
      sequences[producer] = 0;
    }
    fixture.appendMarker(
        TestBatches.marker(100 + producer, epochs[producer], commit, 0, fixture.nowMs));
    outcomes.put(transactions[producer], commit);
    transactions[producer] = 0;
  }

  /** Cleans if there is something to do. Returns whether there was. */
  private boolean clean(CleaningPace pace, boolean losePower) throws IOException {
    LogFlusherTest.force(fixture.log);
    fixture.directory.checkpointRecoveryPoints();
    CleanerOffsets offsets = fixture.directory.cleanerOffsets();
    CleanableRange range =
        CleanableRange.of(
            fixture.log.view(),
            offsets.get(LogFixture.PARTITION),
            fixture.config.compaction(),
            fixture.nowMs);
    if (range.dirtyBytes() == 0) {
      return false;
    }
    List<String> before = KafkaLog.producers(fixture.log.producerStates());
    List<TestRecord> recordsBefore = TestRecord.all(fixture.log.view());
    LogOwner owner =
        task -> {
          task.run();
          if (losePower) {
            throw new CleaningAborted("the power is gone");
          }
        };
    CleanerMemory memory =
        new CleanerMemory(
            24L * (3 + random.nextInt(2 * KEYS)),
            0.9,
            200,
            100 + random.nextInt(400),
            DecompressionLimits.ofBatch(1 << 20),
            random.nextLong());
    try (LogCleaning cleaning = fixture.log.beginCleaning(range)) {
      try {
        cleaning.run(memory, pace, owner, () -> fixture.nowMs, Runnable::run);
        assertThat(offsets.get(LogFixture.PARTITION)).isEqualTo(cleaning.cleanedTo());
        assertThat(cleaning.cleanedTo()).isGreaterThan(range.firstDirty());
        cleanings++;
      } catch (CleaningAborted e) {
        // Wanted.
      }
    }
    if (!losePower) {
      assertThat(recordsBefore).containsAll(TestRecord.all(fixture.log.view()));
      assertThat(KafkaLog.producers(fixture.log.producerStates())).isEqualTo(before);
      compare();
    }
    return true;
  }

  private void cleanAndLosePower() throws IOException {
    fixture.log.onHighWatermark(fixture.log.logEndOffset());
    LogFlusherTest.force(fixture.log);
    fixture.directory.checkpointHighWatermarks();
    if (!clean(CleaningPace.UNLIMITED, true)) {
      return;
    }
    crashes++;
    fixture.crash();
    if (random.nextBoolean()) {
      fs.losePower(random);
    }
    fixture.open();
    fixture.log.onHighWatermark(fixture.log.logEndOffset());
    compare();
  }

  /** The log is cut while it is cleaned; it is cut where nothing is stable yet. */
  private void cleanAndCut() throws IOException {
    long end = fixture.log.logEndOffset();
    if (fixture.log.highWatermark() >= end - 3) {
      return;
    }
    clean(
        bytes -> {
          if (random.nextInt(10) == 0 && fixture.log.logEndOffset() == end) {
            fixture.log.truncateTo(end); // Nothing goes, but whoever cleans cannot know.
          }
        },
        false);
  }

  private void compare() throws IOException {
    LogView view = fixture.log.view();
    // What is read of committed data, and of all but aborted data.
    long stable = view.lastStableOffset();
    assertThat(latest(TestRecord.committed(view)))
        .as("committed")
        .isEqualTo(expected(stable, false));
    assertThat(latest(TestRecord.withoutAborted(view)))
        .as("all but aborted")
        .isEqualTo(expected(view.logEndOffset(), true));
    assertProducersCanBeReplayed();
  }

  private Map<String, String> expected(long upTo, boolean open) {
    Map<String, String> latest = new TreeMap<>();
    for (Written record : model) {
      Boolean outcome =
          record.transaction() == 0 ? Boolean.TRUE : outcomes.get(record.transaction());
      boolean counts = outcome == null ? open : outcome;
      if (record.offset() < upTo && counts) {
        if (record.value() == null) {
          latest.remove(record.key());
        } else {
          latest.put(record.key(), record.value());
        }
      }
    }
    return latest;
  }

  private static Map<String, String> latest(List<TestRecord> records) {
    Map<String, String> latest = new TreeMap<>();
    for (TestRecord record : records) {
      if (record.value() == null) {
        latest.remove(record.key());
      } else {
        latest.put(record.key(), record.value());
      }
    }
    return latest;
  }

  /** From the first batch on, without snapshots: what next batches are checked by is the same. */
  private void assertProducersCanBeReplayed() throws IOException {
    ProducerStates replayed = new ProducerStates(LogFixture.PARTITION);
    LogView view = fixture.log.view();
    ProducerReplay.replay(view.segments(), 0, view.logEndOffset(), replayed);
    for (ProducerState live : fixture.log.producerStates().all()) {
      ProducerState again = replayed.producer(live.producerId());
      assertThat(again).as("replayed %s", live).isNotNull();
      assertThat(again.toString()).isEqualTo(live.toString());
    }
    assertThat(String.valueOf(replayed.oldestOpen()))
        .isEqualTo(String.valueOf(fixture.log.producerStates().oldestOpen()));
  }
}
