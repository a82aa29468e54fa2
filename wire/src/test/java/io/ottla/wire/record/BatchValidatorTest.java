package io.ottla.wire.record;

import static io.ottla.wire.record.KafkaBatches.NOW;
import static io.ottla.wire.record.KafkaBatches.sealed;
import static io.ottla.wire.record.KafkaBatches.threeRecords;
import static io.ottla.wire.record.KafkaBatches.toArray;
import static io.ottla.wire.record.KafkaBatches.view;
import static io.ottla.wire.record.Verdicts.HOUR;
import static io.ottla.wire.record.Verdicts.RULES;
import static io.ottla.wire.record.Verdicts.assertSameBytes;
import static io.ottla.wire.record.Verdicts.error;
import static io.ottla.wire.record.Verdicts.kafkas;
import static io.ottla.wire.record.Verdicts.rules;
import static io.ottla.wire.record.Verdicts.validate;
import static io.ottla.wire.record.Verdicts.withMaxMessageBytes;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.record.BatchVerdict.Accepted;
import io.ottla.wire.record.BatchVerdict.Rejected;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BatchValidatorTest {

  @Test
  void countsOffsetDeltasInUncompressedRecordsThoughKafkaDoesNot() {
    ByteBuf batch = threeRecords(Compression.NONE);
    int delta = BatchHeader.SIZE + 3;
    assertThat(batch.getByte(delta)).isZero();
    batch.setByte(delta, 2);
    sealed(batch);
    assertRejected(batch, RULES, ErrorCode.INVALID_RECORD, "record 0 has the offset delta 1");
  }

  @Test
  void takesTheGreatestBatchAndNoneGreater() {
    ByteBuf batch = threeRecords(Compression.NONE);
    for (int spare : new int[] {-1, 0, 1}) {
      BatchRules rules = withMaxMessageBytes(RULES, batch.readableBytes() + spare);
      ErrorCode expected = spare < 0 ? ErrorCode.MESSAGE_TOO_LARGE : ErrorCode.NONE;
      assertThat(error(validate(batch, rules))).isSameAs(expected);
      assertThat(kafkas(batch, rules).error().name()).isEqualTo(expected.name());
    }
  }

  @Test
  void refusesZstdInRequestsThatAreTooOldForIt() {
    ByteBuf batch = threeRecords(Compression.ZSTD);
    for (short version = 3; version <= 9; version++) {
      BatchVerdict ours =
          BatchValidator.validate(batch, version, RULES, NOW, ByteBufAllocator.DEFAULT);
      assertThat(error(ours).name())
          .isEqualTo(KafkaValidator.verdict(batch, version, RULES, NOW).error().name());
    }
  }

  @ParameterizedTest
  @EnumSource
  void namesTheRecordsWithoutAKeyOnACompactedTopic(Compression compression) {
    BatchRules rules = rules(TimestampType.CREATE_TIME, Long.MAX_VALUE, HOUR, true, null);
    ByteBuf batch =
        KafkaBatches.batch(
            compression,
            new SimpleRecord(NOW, new byte[0], new byte[1]),
            new SimpleRecord(NOW, null, new byte[1]),
            new SimpleRecord(NOW, new byte[1], null),
            new SimpleRecord(NOW, null, new byte[2]));
    Rejected rejected =
        assertRejected(batch, rules, ErrorCode.INVALID_RECORD, "2 records were not accepted");
    assertThat(rejected.recordErrors()).extracting(RecordError::batchIndex).containsExactly(1, 3);
    assertThat(rejected.recordErrors().getFirst().message()).contains("must have a key");
  }

  @Test
  void answersInvalidTimestampIfOneOfSeveralReasonsIsATimestamp() {
    BatchRules rules = rules(TimestampType.CREATE_TIME, 1000, 100, true, null);
    ByteBuf batch =
        KafkaBatches.batch(
            Compression.NONE,
            new SimpleRecord(NOW, null, new byte[1]),
            new SimpleRecord(NOW - 1001, new byte[1], new byte[1]),
            new SimpleRecord(NOW - 1000, new byte[1], new byte[1]),
            new SimpleRecord(NOW + 100, new byte[1], new byte[1]),
            new SimpleRecord(NOW + 101, new byte[1], new byte[1]));
    Rejected rejected =
        assertRejected(batch, rules, ErrorCode.INVALID_TIMESTAMP, "3 records were not accepted");
    assertThat(rejected.recordErrors())
        .extracting(RecordError::batchIndex)
        .containsExactly(0, 1, 4);
  }

  @Test
  void judgesExtremeTimestampsAsKafkaDoes() {
    long[] extremes = {
      Long.MIN_VALUE, Long.MIN_VALUE + 1, -NOW, -2, -1, 0, NOW, Long.MAX_VALUE - 1, Long.MAX_VALUE
    };
    for (long beforeMaxMs : new long[] {0, HOUR, NOW + 1, Long.MAX_VALUE}) {
      for (long afterMaxMs : new long[] {0, HOUR, Long.MAX_VALUE - NOW, Long.MAX_VALUE - 1}) {
        BatchRules rules = rules(TimestampType.CREATE_TIME, beforeMaxMs, afterMaxMs, false, null);
        for (long timestamp : extremes) {
          ByteBuf batch =
              new RecordBatchBuilder(Unpooled.buffer())
                  .append(timestamp, new byte[0], new byte[0])
                  .append(NOW, new byte[0], new byte[0])
                  .build();
          String theirs = kafkas(batch, rules).error().name();
          // Kafka's difference to the clock runs over for a few of these, and then tells nothing.
          boolean runsOver = timestamp < 0 && NOW - timestamp < 0;
          assertThat(error(validate(batch, rules)).name())
              .as("%d with %d before and %d after", timestamp, beforeMaxMs, afterMaxMs)
              .isEqualTo(runsOver ? "INVALID_TIMESTAMP" : theirs);
        }
      }
    }
  }

  @Test
  void keepsTheErrorsOfOneBatchWithinBounds() {
    BatchRules rules = rules(TimestampType.CREATE_TIME, Long.MAX_VALUE, HOUR, true, null);
    RecordBatchBuilder builder = new RecordBatchBuilder(Unpooled.buffer());
    for (int i = 0; i < 100_000; i++) {
      builder.append(NOW, null, Unpooled.EMPTY_BUFFER);
    }
    Rejected rejected =
        assertRejected(builder.build(), rules, ErrorCode.INVALID_RECORD, "100000 records");
    assertThat(rejected.recordErrors()).hasSize(1000);
  }

  @Test
  void setsTheBrokersTimeInPlace() {
    for (Compression compression : Compression.values()) {
      ByteBuf batch = threeRecords(compression);
      BatchRules rules = rules(TimestampType.LOG_APPEND_TIME, 0, 0, false, null);
      assertThat(validate(batch, rules)).isEqualTo(new Accepted(3, 2, NOW, 2, null));
      RecordBatch view = view(batch);
      assertThat(view.isLogAppendTime()).isTrue();
      assertThat(view.maxTimestamp()).isEqualTo(NOW);
      assertThat(view.isCrcValid()).isTrue();
    }
  }

  @Test
  void findsTheGreatestTimestampAndItsFirstRecord() {
    for (Compression compression : Compression.values()) {
      ByteBuf batch =
          KafkaBatches.batch(
              compression,
              new SimpleRecord(NOW - 5, null, new byte[1]),
              new SimpleRecord(NOW + 7, null, new byte[1]),
              new SimpleRecord(NOW + 7, null, new byte[1]),
              new SimpleRecord(-1, null, new byte[1]));
      view(batch).setMaxTimestamp(3);
      assertThat(validate(batch, RULES)).isEqualTo(new Accepted(4, 3, NOW + 7, 1, null));
      assertThat(view(batch).maxTimestamp()).isEqualTo(NOW + 7);
      assertThat(view(batch).isCrcValid()).isTrue();
    }
  }

  @Test
  void leavesARefusedBatchAsItCame() {
    BatchRules rules = rules(TimestampType.LOG_APPEND_TIME, 0, 0, true, Compression.ZSTD);
    for (Compression compression : Compression.values()) {
      ByteBuf batch = KafkaBatches.batch(compression, new SimpleRecord(NOW, null, new byte[9]));
      byte[] before = toArray(batch);
      assertThat(error(validate(batch, rules))).isSameAs(ErrorCode.INVALID_RECORD);
      assertThat(toArray(batch)).isEqualTo(before);
    }
  }

  @Test
  void refusesABatchThatNoLongerFitsOnceItIsRecompressed() {
    ByteBuf batch = KafkaBatches.batch(Compression.GZIP, new SimpleRecord(NOW, new byte[5000]));
    BatchRules rules =
        withMaxMessageBytes(
            rules(TimestampType.CREATE_TIME, Long.MAX_VALUE, HOUR, false, Compression.NONE), 5000);
    assertRejected(batch, rules, ErrorCode.MESSAGE_TOO_LARGE, "compressed with none");
    assertThat(kafkas(batch, rules).error()).isSameAs(Errors.MESSAGE_TOO_LARGE);
  }

  @Test
  void tellsWhenACodecHasToRun() {
    for (Compression compression : Compression.values()) {
      ByteBuf batch = threeRecords(compression);
      for (Compression target : Compression.values()) {
        BatchRules rules = rules(TimestampType.CREATE_TIME, 1, 1, false, target);
        assertThat(BatchValidator.needsDecompression(batch, rules))
            .isEqualTo(compression != Compression.NONE || target != Compression.NONE);
      }
      assertThat(BatchValidator.needsDecompression(batch, RULES))
          .isEqualTo(compression != Compression.NONE);
      for (int size = 0; size < BatchHeader.SIZE; size++) {
        assertThat(BatchValidator.needsDecompression(batch.slice(0, size), RULES)).isFalse();
      }
    }
    ByteBuf unknown = threeRecords(Compression.NONE).setShort(BatchHeader.ATTRIBUTES, 7);
    assertThat(BatchValidator.needsDecompression(unknown, RULES)).isFalse();
  }

  /** Good batches and bad of all kinds, under all kinds of rules: one verdict, one result. */
  @ParameterizedTest
  @EnumSource
  void agreesWithKafkaOnRandomBatchesAndRules(Compression compression) {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 80; round++) {
      ByteBuf batch = randomBatch(random, compression);
      BatchRules rules = randomRules(random, batch.readableBytes());
      String description = "seed " + seed + ", round " + round;
      KafkaValidator.Verdict theirs = kafkas(batch, rules);
      ByteBuf shape = KafkaBatches.randomShape(random, batch);
      switch (validate(shape, rules)) {
        case Rejected rejected -> {
          assertThat(rejected.error().name()).as(description).isEqualTo(theirs.error().name());
          assertThat(rejected.recordErrors())
              .as(description)
              .extracting(RecordError::batchIndex)
              .isEqualTo(theirs.badRecords());
        }
        case Accepted accepted -> {
          assertThat(theirs.error()).as(description).isSameAs(Errors.NONE);
          assertThat(accepted.maxTimestamp()).as(description).isEqualTo(theirs.maxTimestamp());
          assertThat(accepted.lastOffsetDelta()).isEqualTo(accepted.recordCount() - 1);
          if (accepted.converted() == null) {
            assertSameBytes(shape, theirs);
          } else {
            assertSameRecords(accepted.converted(), theirs, rules, description);
            accepted.converted().release();
          }
        }
      }
    }
  }

  private static ByteBuf randomBatch(Random random, Compression compression) {
    SimpleRecord[] records = KafkaBatches.randomRecords(random, 1 + random.nextInt(20));
    if (random.nextInt(3) == 0) {
      return KafkaBatches.idempotent(compression, random.nextInt(Integer.MAX_VALUE), records);
    }
    ByteBuf batch = KafkaBatches.batch(compression, records);
    if (random.nextInt(4) == 0) {
      view(batch).setMaxTimestamp(random.nextLong());
    }
    return batch;
  }

  private static BatchRules randomRules(Random random, int size) {
    BatchRules rules =
        rules(
            random.nextBoolean() ? TimestampType.CREATE_TIME : TimestampType.LOG_APPEND_TIME,
            random.nextInt(3) == 0 ? 1000 - random.nextInt(100) : Long.MAX_VALUE,
            random.nextInt(3) == 0 ? 1000 - random.nextInt(100) : HOUR,
            random.nextInt(5) == 0,
            random.nextBoolean() ? null : Compression.forId(random.nextInt(5)));
    return random.nextInt(10) == 0 ? withMaxMessageBytes(rules, size - 1) : rules;
  }

  private static void assertSameRecords(
      ByteBuf converted, KafkaValidator.Verdict theirs, BatchRules rules, String description) {
    MemoryRecords ours = MemoryRecords.readableRecords(ByteBuffer.wrap(toArray(converted)));
    var batch = ours.batches().iterator().next();
    var appended = theirs.records().batches().iterator().next();
    batch.ensureValid();
    assertThat(batch.compressionType().id).isEqualTo((byte) rules.targetCompression().id());
    assertThat(batch.compressionType()).isEqualTo(appended.compressionType());
    assertThat(batch.producerId()).isEqualTo(appended.producerId());
    assertThat(batch.producerEpoch()).isEqualTo(appended.producerEpoch());
    assertThat(batch.baseSequence()).isEqualTo(appended.baseSequence());
    assertThat(batch.lastOffset()).isEqualTo(appended.lastOffset());
    assertThat(batch.timestampType()).isEqualTo(appended.timestampType());
    assertThat(batch.maxTimestamp()).as(description).isEqualTo(appended.maxTimestamp());
    List<SimpleRecord> left = new ArrayList<>();
    List<SimpleRecord> right = new ArrayList<>();
    for (Record record : ours.records()) {
      left.add(new SimpleRecord(record));
    }
    for (Record record : theirs.records().records()) {
      right.add(new SimpleRecord(record));
    }
    assertThat(left).as(description).isEqualTo(right);
  }

  /** Asserts the verdict, and that Kafka's is the same where it is about records. */
  private static Rejected assertRejected(
      ByteBuf batch, BatchRules rules, ErrorCode error, String message) {
    KafkaValidator.Verdict theirs = kafkas(batch, rules);
    BatchVerdict verdict = validate(batch, rules);
    assertThat(verdict).isInstanceOf(Rejected.class);
    Rejected rejected = (Rejected) verdict;
    assertThat(rejected.error()).isSameAs(error);
    assertThat(rejected.message()).contains(message);
    if (!rejected.recordErrors().isEmpty()) {
      assertThat(theirs.error().name()).isEqualTo(error.name());
      assertThat(theirs.badRecords())
          .startsWith(
              rejected.recordErrors().stream()
                  .map(RecordError::batchIndex)
                  .toArray(Integer[]::new));
    }
    return rejected;
  }
}
