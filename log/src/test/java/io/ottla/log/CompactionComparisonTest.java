package io.ottla.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.log.cleaner.CleaningPace;
import io.ottla.log.cleaner.CompactionConfig;
import io.ottla.wire.record.Compression;
import io.ottla.wire.record.DecompressionLimits;
import io.ottla.wire.record.RecordBatch;
import io.ottla.wire.record.RecordBatchBuilder;
import io.ottla.wire.record.RecordReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The same records in a log of ours and in one of Kafka's, each compacted by its own cleaner again
 * and again: what is left is the same. The parameter is the seed.
 */
class CompactionComparisonTest {

  private static final int KEYS = 15;

  @TempDir Path root;
  private Random random;
  private LogFixture ours;
  private KafkaLog kafka;
  private long cleanedTo = -1;
  private final boolean[] open = new boolean[2];
  private final int[] sequences = new int[3];

  /** More of them with -Dottla.seeds=100. */
  static LongStream seeds() {
    return LongStream.rangeClosed(1, Long.getLong("ottla.seeds", 4));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void keepsWhatKafkaKeeps(long seed) throws Exception {
    random = new Random(seed);
    LogConfig config =
        LogConfig.defaults()
            .withSegmentBytes(2048)
            .withIndex(200, 4096)
            .withRetention(-1, -1)
            .withCleanupPolicy(false, true)
            .withFileDeleteDelayMs(0)
            .withCompaction(new CompactionConfig(0, 0, Long.MAX_VALUE, 300));
    ours = new LogFixture(root.resolve("ours"), config);
    Path directory = Files.createDirectories(root.resolve("kafka").resolve("orders-0"));
    kafka = new KafkaLog(directory, config, true, 0, ours.nowMs);
    try {
      for (int round = 0; round < 4; round++) {
        for (int i = 0; i < 80; i++) {
          ours.nowMs += random.nextInt(10);
          append();
        }
        ours.log.onHighWatermark(ours.log.logEndOffset());
        kafka.log.updateHighWatermark(kafka.log.logEndOffset());
        LogFlusherTest.force(ours.log);
        clean();
        assertThat(texts(LogFixture.batches(ours.log.view()))).isEqualTo(texts(kafka.batches()));
        assertThat(ours.log.view().abortedTransactions(0, ours.log.lastStableOffset()))
            .isEqualTo(kafka.aborted(0, ours.log.lastStableOffset()));
      }
    } finally {
      kafka.close();
      ours.close();
    }
  }

  private void append() {
    if (random.nextInt(12) == 0) {
      int producer = random.nextInt(open.length);
      if (open[producer]) {
        open[producer] = false;
        boolean commit = random.nextBoolean();
        both(
            () -> TestBatches.marker(100 + producer, 0, commit, 0, ours.nowMs),
            AppendContext.coordinator(0, ours.nowMs));
        return;
      }
    }
    int producer = random.nextInt(6);
    ByteBuf bytes = Unpooled.buffer();
    try (RecordBatchBuilder builder = new RecordBatchBuilder(bytes)) {
      builder.compression(Compression.values()[random.nextInt(5)]);
      int count = 1 + random.nextInt(4);
      if (producer < sequences.length) {
        builder
            .producer(100 + producer, (short) 0, sequences[producer])
            .transactional(producer < open.length);
        sequences[producer] += count;
        if (producer < open.length) {
          open[producer] = true;
        }
      }
      for (int i = 0; i < count; i++) {
        builder.append(
            ours.nowMs - random.nextInt(20),
            TestBatches.bytes("k" + random.nextInt(KEYS)),
            random.nextInt(5) == 0 ? null : TestBatches.bytes("v" + random.nextInt(1000)));
      }
      builder.build();
    }
    both(bytes::copy, AppendContext.client(0, ours.nowMs));
  }

  private void both(Supplier<ByteBuf> batches, AppendContext context) {
    String theirs = kafka.append(batches.get(), context);
    AppendResult result = ours.log.append(batches.get(), context);
    assertThat(result.baseOffset() + "-" + result.lastOffset()).isEqualTo(theirs);
  }

  private void clean() throws Exception {
    CleanableRange range =
        CleanableRange.of(ours.log.view(), cleanedTo, ours.config.compaction(), ours.nowMs);
    if (range.dirtyBytes() == 0) {
      return;
    }
    long theirs = kafka.clean(range.firstDirty(), range.end(), ours.nowMs);
    CleanerMemory memory =
        new CleanerMemory(1 << 20, 0.9, 4096, 4096, DecompressionLimits.ofBatch(1 << 20), 5);
    try (LogCleaning cleaning = ours.log.beginCleaning(range)) {
      cleaning.run(memory, CleaningPace.UNLIMITED, Runnable::run, () -> ours.nowMs, Runnable::run);
      cleanedTo = cleaning.cleanedTo();
    }
    assertThat(cleanedTo).isEqualTo(theirs);
  }

  private static List<String> texts(List<byte[]> batches) {
    List<String> texts = new ArrayList<>();
    RecordBatch batch = new RecordBatch();
    try (RecordReader reader = new RecordReader()) {
      for (byte[] bytes : batches) {
        batch.wrap(Unpooled.wrappedBuffer(bytes), 0);
        StringBuilder text = new StringBuilder();
        text.append(batch.baseOffset()).append('-').append(batch.lastOffset());
        if (batch.isControl()) {
          // Ours keeps the marker that tells a producer's epoch; Kafka's keeps its header.
          texts.add(text + " control");
          continue;
        }
        text.append(" attributes ").append(batch.attributes());
        text.append(" max ").append(batch.maxTimestamp());
        text.append(batch.hasDeleteHorizon() ? " horizon " + batch.baseTimestamp() : "");
        text.append(" producer ").append(batch.producerId()).append('/');
        text.append(batch.baseSequence()).append(':');
        reader.open(batch, DecompressionLimits.ofBatch(1 << 20));
        while (reader.next()) {
          text.append(' ').append(reader.offset()).append('@').append(reader.timestamp());
        }
        texts.add(text.toString());
      }
    }
    return texts;
  }
}
