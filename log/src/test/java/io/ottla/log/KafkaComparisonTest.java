package io.ottla.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.wire.record.DecompressionLimits;
import io.ottla.wire.record.RecordBatch;
import io.ottla.wire.record.RecordReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The same operations on our log and on Apache Kafka's: the same answers and, byte for byte, the
 * same files; and each opens what the other has written. The parameter is the seed.
 */
class KafkaComparisonTest {

  private static final DecompressionLimits LIMITS = DecompressionLimits.ofBatch(1 << 24);
  private static final LogConfig CONFIG =
      LogConfig.defaults()
          .withSegmentBytes(4096)
          .withIndex(200, 480)
          .withRetention(40_000, 30_000)
          .withFileDeleteDelayMs(0);

  @TempDir Path root;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void answersAsKafkaDoes(long seed) throws IOException {
    Random random = new Random(seed);
    RandomBatches batches = new RandomBatches(random, true);
    try (LogFixture ours = new LogFixture(root.resolve("ours"), CONFIG);
        KafkaLog kafka = newKafkaLog(ours.nowMs)) {
      for (int i = 0; i < 400; i++) {
        ours.nowMs += random.nextInt(100);
        step(random, batches, ours, kafka);
        sameState(ours, kafka);
      }
      sameReads(random, ours, kafka);
      assertThat(KafkaLog.producers(ours.log.producerStates())).isEqualTo(kafka.producers());
    }
  }

  /** Without mistakes: before Kafka finds one, it may have closed a segment. */
  @ParameterizedTest
  @ValueSource(longs = {5, 6})
  void writesTheBytesKafkaDoes(long seed) throws IOException {
    Random random = new Random(seed);
    RandomBatches batches = new RandomBatches(random, false);
    try (LogFixture ours = new LogFixture(root.resolve("ours"), CONFIG);
        KafkaLog kafka = newKafkaLog(ours.nowMs)) {
      for (int i = 0; i < 400; i++) {
        ours.nowMs += random.nextInt(100);
        step(random, batches, ours, kafka);
      }
      sameState(ours, kafka);
      ours.directory.deleteDue(Long.MAX_VALUE);
      ours.log.close();
      kafka.log.close();
      sameFiles(ours.partitionPath(), root.resolve("orders-0"));
      ours.directory.close();
      ours.log = null;
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12})
  void kafkaOpensWhatWeWrote(long seed) throws IOException {
    Random random = new Random(seed);
    RandomBatches batches = new RandomBatches(random, true);
    try (LogFixture ours = new LogFixture(root.resolve("ours"), CONFIG)) {
      for (int i = 0; i < 500; i++) {
        ours.nowMs += random.nextInt(100);
        step(random, batches, ours, null);
        if (random.nextInt(100) == 0) {
          ours.log.truncateTo(boundary(random, ours.log.view()));
        } else if (random.nextInt(150) == 0) {
          ours.reopenCleanly();
        } else if (random.nextInt(150) == 0) {
          ours.directory.checkpointLogStartOffsets();
          ours.reopenAfterCrash();
        }
      }
      ours.directory.deleteDue(Long.MAX_VALUE);
      ours.directory.checkpointHighWatermarks();
      ours.directory.checkpointLogStartOffsets();
      for (boolean clean : new boolean[] {true, false}) {
        ours.closeCleanly();
        Path copy = copy(ours.partitionPath(), root.resolve("kafka" + clean));
        ours.open();
        try (KafkaLog kafka =
            new KafkaLog(copy, CONFIG, clean, ours.log.logStartOffset(), ours.nowMs)) {
          kafka.log.updateHighWatermark(ours.log.highWatermark());
          sameReads(random, ours, kafka);
          if (clean) {
            // After a crash, Kafka forgets producers whose records lie before the log's start.
            sameState(ours, kafka);
            assertThat(kafka.producers()).isEqualTo(KafkaLog.producers(ours.log.producerStates()));
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {21, 22})
  void weOpenWhatKafkaWrote(long seed) throws IOException {
    Random random = new Random(seed);
    RandomBatches batches = new RandomBatches(random, true);
    long nowMs = 1_000_000;
    try (KafkaLog kafka = newKafkaLog(nowMs)) {
      int leaderEpoch = 0;
      for (int i = 0; i < 500; i++) {
        nowMs += random.nextInt(100);
        RandomBatches.Step step = batches.next(leaderEpoch, nowMs);
        kafka.append(step.bytes(), step.context());
        leaderEpoch += random.nextInt(50) == 0 ? 1 : 0;
        if (random.nextInt(100) == 0) {
          kafka.log.truncateTo(kafka.segmentBaseOffsets().getLast());
        }
      }
      kafka.log.flush(true);
      for (boolean clean : new boolean[] {false, true}) {
        if (clean) {
          kafka.log.close();
        }
        Path ours = root.resolve("ours" + clean);
        copy(root.resolve("orders-0"), ours.resolve("orders-0"));
        if (clean) {
          Files.writeString(
              ours.resolve(".kafka_cleanshutdown"), "{\"version\":0,\"brokerEpoch\":17}");
          Files.writeString(
              ours.resolve("recovery-point-offset-checkpoint"),
              "0\n1\norders 0 " + kafka.log.logEndOffset() + "\n");
          kafka.open(true, 0, 0);
        }
        try (LogFixture fixture = new LogFixture(ours, CONFIG)) {
          assertThat(fixture.log.recoveryReport().clean()).isEqualTo(clean);
          fixture.log.onHighWatermark(kafka.log.highWatermark());
          sameState(fixture, kafka);
          sameReads(random, fixture, kafka);
          assertThat(KafkaLog.producers(fixture.log.producerStates())).isEqualTo(kafka.producers());
        }
      }
    }
  }

  private KafkaLog newKafkaLog(long nowMs) throws IOException {
    return new KafkaLog(root.resolve("orders-0"), CONFIG, false, 0L, nowMs);
  }

  /** Something random, on both logs. */
  private static void step(Random random, RandomBatches batches, LogFixture ours, KafkaLog kafka)
      throws IOException {
    switch (random.nextInt(20)) {
      case 0 -> ours.leaderEpoch++;
      case 1, 2 -> {
        long offset = boundary(random, ours.log.view());
        ours.log.onHighWatermark(Math.max(offset, ours.log.highWatermark()));
        if (kafka != null) {
          kafka.log.updateHighWatermark(Math.max(offset, kafka.log.highWatermark()));
        }
      }
      case 3 -> {
        if (random.nextInt(5) == 0) {
          long offset = boundary(random, ours.log.view());
          String outcome =
              KafkaLog.outcome(
                  () -> {
                    long before = ours.log.logStartOffset();
                    ours.log.deleteRecordsBefore(offset);
                    return "" + (ours.log.logStartOffset() != before);
                  });
          if (kafka != null) {
            assertThat(outcome).isEqualTo(kafka.deleteRecordsBefore(offset));
          }
        }
      }
      case 4 -> {
        if (random.nextInt(5) == 0) {
          int count = ours.log.deleteRetired(ours.nowMs);
          if (kafka != null) {
            assertThat(count).isEqualTo(kafka.deleteRetired(ours.nowMs));
          }
        }
      }
      default -> {
        RandomBatches.Step step = batches.next(ours.leaderEpoch, ours.nowMs);
        ByteBuf copy = step.bytes().copy();
        String outcome =
            KafkaLog.outcome(
                () -> {
                  AppendResult result = ours.log.append(step.bytes(), step.context());
                  return result.baseOffset() + "-" + result.lastOffset();
                });
        if (kafka != null) {
          assertThat(outcome).isEqualTo(kafka.append(copy, step.context()));
        }
      }
    }
  }

  /** Start of a random batch, or the log's end. */
  private static long boundary(Random random, LogView view) throws IOException {
    List<String> ranges = LogFixture.ranges(view);
    int index = ranges.size() - random.nextInt(Math.min(ranges.size(), 60) + 1);
    if (index == ranges.size()) {
      return view.logEndOffset();
    }
    String range = ranges.get(index);
    return Math.max(view.logStartOffset(), Long.parseLong(range.substring(0, range.indexOf('-'))));
  }

  private static void sameState(LogFixture ours, KafkaLog kafka) {
    LogView view = ours.log.view();
    assertThat(view.logEndOffset()).isEqualTo(kafka.log.logEndOffset());
    assertThat(view.logStartOffset()).isEqualTo(kafka.log.logStartOffset());
    assertThat(view.highWatermark()).isEqualTo(kafka.log.highWatermark());
    assertThat(view.lastStableOffset()).isEqualTo(kafka.log.lastStableOffset());
  }

  private static void sameReads(Random random, LogFixture ours, KafkaLog kafka) throws IOException {
    LogView view = ours.log.view();
    assertThat(LogFixture.batches(view)).containsExactlyElementsOf(kafka.batches());
    for (int epoch = -1; epoch < ours.leaderEpoch + 2; epoch++) {
      assertThat(KafkaLog.text(view.endOffsetForEpoch(epoch)))
          .isEqualTo(kafka.endOffsetForEpoch(epoch));
    }
    for (int i = 0; i < 100; i++) {
      long timestamp = ours.nowMs - random.nextInt(60_000);
      String found = KafkaLog.text(view.offsetForTimestamp(timestamp, Long.MAX_VALUE, LIMITS));
      assertThat(found).isEqualTo(findInAll(view, timestamp));
      // Kafka gives up if the first segment young enough has such records before the log's start
      // only.
      assertThat(kafka.find(timestamp)).isIn(found, "none");
    }
    assertThat(KafkaLog.text(view.maxTimestampOffset(Long.MAX_VALUE, LIMITS)))
        .isEqualTo(kafka.find(-3L));
    for (int i = 0; i < 50; i++) {
      long from = view.logStartOffset() + random.nextInt(300);
      long upTo = from + random.nextInt(300);
      assertThat(view.abortedTransactions(from, upTo)).isEqualTo(kafka.aborted(from, upTo));
    }
  }

  /** The same, by looking at every record. */
  private static String findInAll(LogView view, long timestamp) throws IOException {
    RecordBatch batch = new RecordBatch();
    try (RecordReader records = new RecordReader()) {
      for (byte[] bytes : LogFixture.batches(view)) {
        records.open(batch.wrap(Unpooled.wrappedBuffer(bytes), 0), LIMITS);
        while (records.next()) {
          if (records.timestamp() >= timestamp && records.offset() >= view.logStartOffset()) {
            return KafkaLog.text(
                new TimestampOffset(
                    records.timestamp(), records.offset(), batch.partitionLeaderEpoch()));
          }
        }
      }
    }
    return "none";
  }

  private static void sameFiles(Path ours, Path kafka) throws IOException {
    List<String> names = names(kafka);
    assertThat(names(ours)).isEqualTo(names);
    for (String name : names) {
      byte[] expected = Files.readAllBytes(kafka.resolve(name));
      byte[] actual = Files.readAllBytes(ours.resolve(name));
      if (name.endsWith(".snapshot")) {
        // The order of producers is that of a hash map.
        assertThat(snapshot(actual)).as(name).isEqualTo(snapshot(expected));
      } else {
        assertThat(actual).as(name).isEqualTo(expected);
      }
    }
  }

  private static byte[] snapshot(byte[] bytes) throws IOException {
    ProducerStates states = new ProducerStates(LogFixture.PARTITION);
    states.load(ProducerSnapshot.decode(bytes), 0, Long.MAX_VALUE);
    return ProducerSnapshotTest.sortedEntries(states);
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .map(path -> path.getFileName().toString())
          .filter(name -> !name.equals("partition.metadata"))
          .sorted()
          .toList();
    }
  }

  private static Path copy(Path from, Path to) throws IOException {
    Path target = to.getFileName().toString().equals("orders-0") ? to : to.resolve("orders-0");
    Files.createDirectories(target);
    for (String name : names(from)) {
      Files.copy(from.resolve(name), target.resolve(name));
    }
    if (Files.exists(from.resolve("partition.metadata"))) {
      Files.copy(from.resolve("partition.metadata"), target.resolve("partition.metadata"));
    }
    return target;
  }
}
