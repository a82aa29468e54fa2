package io.ottla.wire.record;

import static io.ottla.wire.record.KafkaBatches.NOW;
import static io.ottla.wire.record.KafkaBatches.view;
import static io.ottla.wire.record.Verdicts.RULES;
import static io.ottla.wire.record.Verdicts.kafkas;
import static io.ottla.wire.record.Verdicts.validate;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.ottla.wire.record.BatchVerdict.Accepted;
import io.ottla.wire.record.BatchVerdict.Rejected;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Bytes that someone has spoiled: one exception, or a verdict, and nothing held on to. */
class HostileBatchTest {

  private static final DecompressionLimits LIMITS = DecompressionLimits.ofBatch(1_000_000);

  /** Why we refuse what Kafka lets pass, as the messages say it. */
  private static final List<String> STRICTER =
      List.of(
          "has the offset delta",
          "has a field of length",
          "claims",
          "does not fit its type",
          "bytes after the record batch",
          "delete horizon",
          "LogAppendTime",
          "has no producer id",
          "with epoch",
          "unknown codec");

  private static final int[] EXTREMES = {
    0, 1, -1, 2, 13, 14, 48, 49, 60, 127, 128, 255, 65535, Integer.MAX_VALUE, Integer.MIN_VALUE
  };

  @ParameterizedTest
  @EnumSource
  void getsAVerdictWhateverItsBytes(Compression compression) {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    ByteBuf good = good(compression);
    int accepted = 0;
    int rejected = 0;
    for (int round = 0; round < 4000; round++) {
      ByteBuf batch = spoiled(random, good);
      String description = "seed " + seed + ", round " + round;
      KafkaValidator.Verdict theirs = kafkas(batch, RULES);
      ByteBuf shape = KafkaBatches.randomShape(random, batch);
      BatchVerdict ours;
      try {
        BatchValidator.needsDecompression(shape, RULES);
        ours = validate(shape, RULES);
      } catch (RuntimeException | Error e) {
        throw new AssertionError(description + ByteBufUtil.hexDump(batch), e);
      }
      switch (ours) {
        case Accepted _ -> {
          accepted++;
          assertThat(theirs.error()).as(description).isSameAs(Errors.NONE);
          assertThat(records(shape, description)).as(description).isTrue();
        }
        case Rejected verdict -> {
          rejected++;
          if (compression == Compression.NONE && theirs.error() == Errors.NONE) {
            assertThat(STRICTER)
                .as(description + verdict)
                .anyMatch(why -> verdict.message().contains(why));
          }
        }
      }
      records(KafkaBatches.randomShape(random, batch), description);
    }
    assertThat(rejected).as("seed %s", seed).isGreaterThan(1000);
    assertThat(accepted).as("seed %s", seed).isGreaterThan(10);
  }

  /** Reads all there is to read. False if that ends in the one exception there may be. */
  private static boolean records(ByteBuf batch, String description) {
    try (RecordReader reader = new RecordReader()) {
      reader.open(view(batch), LIMITS);
      while (reader.next()) {
        ByteBuf key = reader.key();
        assertThat(key == null ? -1 : key.readableBytes()).isEqualTo(reader.keySize());
        ByteBuf value = reader.value();
        assertThat(value == null ? -1 : value.readableBytes()).isEqualTo(reader.valueSize());
        assertThat(reader.headers()).hasSize(reader.headerCount());
      }
      return true;
    } catch (InvalidRecordException e) {
      assertThat(e.getStackTrace()).isEmpty();
      return false;
    } catch (RuntimeException | Error e) {
      throw new AssertionError(description, e);
    }
  }

  private static ByteBuf good(Compression compression) {
    SimpleRecord[] records =
        Stream.concat(
                Stream.of(KafkaBatches.randomRecords(new Random(8), 40))
                    .filter(record -> size(record.key()) + size(record.value()) < 300)
                    .limit(8),
                Stream.of(new SimpleRecord(NOW, new byte[70], new byte[400])))
            .toArray(SimpleRecord[]::new);
    return KafkaBatches.idempotent(compression, 7, records);
  }

  private static int size(ByteBuffer field) {
    return field == null ? 0 : field.remaining();
  }

  private static ByteBuf spoiled(Random random, ByteBuf good) {
    ByteBuf batch = Unpooled.buffer().writeBytes(good.duplicate());
    int changes = random.nextInt(3);
    for (int i = 0; i <= changes; i++) {
      int size = batch.readableBytes();
      switch (random.nextInt(8)) {
        case 0 -> batch.writerIndex(random.nextInt(size + 1));
        case 1 -> batch.writeByte(random.nextInt());
        case 2 -> setInt(batch, random.nextInt(size), EXTREMES[random.nextInt(EXTREMES.length)]);
        case 3 -> setInt(batch, BatchHeader.RECORD_COUNT, 9 + random.nextInt(3) - 1);
        case 4 -> setInt(batch, BatchHeader.ATTRIBUTES, random.nextInt());
        case 5 -> setByte(batch, random.nextInt(BatchHeader.SIZE), random.nextInt());
        default -> setByte(batch, random.nextInt(size), random.nextInt());
      }
      if (batch.readableBytes() <= BatchHeader.SIZE) {
        return batch;
      }
    }
    if (random.nextInt(10) > 0) {
      batch.setInt(BatchHeader.LENGTH, batch.readableBytes() - BatchHeader.LOG_OVERHEAD);
    }
    if (random.nextInt(10) > 0 && view(batch).sizeInBytes() == batch.readableBytes()) {
      KafkaBatches.sealed(batch);
    }
    return batch;
  }

  private static void setInt(ByteBuf batch, int index, int value) {
    if (index + Integer.BYTES <= batch.readableBytes()) {
      batch.setInt(index, value);
    }
  }

  private static void setByte(ByteBuf batch, int index, int value) {
    if (index < batch.readableBytes()) {
      batch.setByte(index, value);
    }
  }

  /** The middle one of three records, field by field as varints; with what is said of it. */
  @ParameterizedTest
  @CsvSource({
    // length, attributes, timestamp, offset, key, value, headers; two bytes
    "-1, 0, 0, 1, -1, -1, 0, 'record 1 of -1 bytes'",
    "5, 0, 0, 1, -1, -1, 0, 'record 1 of 5 bytes'",
    "1000, 0, 0, 1, -1, -1, 0, 'a record of 1000 bytes where'",
    "8, 0, 0, 2, -1, -1, 0, 'record 1 has the offset delta 2'",
    "8, 0, 0, -1, -1, -1, 0, 'record 1 has the offset delta -1'",
    "8, 0, 0, 1, -2, -1, 0, 'record 1 has a field of length -2'",
    "8, 0, 0, 1, 10, -1, 0, 'a field of record 1 leaves the record'",
    "8, 0, 0, 1, -1, 10, 0, 'a field of record 1 leaves the record'",
    "8, 0, 0, 1, -1, -1, 0, 'record 1 is not as long as it says'",
    "8, 0, 0, 1, -1, -1, -1, 'record 1 claims -1 headers'",
    "8, 0, 0, 1, -1, -1, 2, 'record 1 claims 2 headers'",
    "12, 0, 0, 1, -1, -1, 2147483647, 'record 1 claims 2147483647 headers'",
    "8, 0, 0, 1, -1, -1, 1, 'record 1 has a header without a name'",
  })
  void isRefusedForWhatIsWrongWithARecord(
      int size,
      int attributes,
      long timestamp,
      int delta,
      int key,
      int value,
      int headers,
      String message) {
    ByteBuf record = Unpooled.buffer();
    Varints.write(record, size);
    record.writeByte(attributes);
    Varints.write(record, timestamp);
    for (int field : new int[] {delta, key, value, headers, -1, -1}) {
      Varints.write(record, field);
    }
    ByteBuf first =
        new RecordBatchBuilder(Unpooled.buffer()).append(NOW, new byte[9], null).build();
    ByteBuf batch =
        Unpooled.buffer()
            .writeBytes(first.duplicate())
            .writeBytes(record)
            .writeBytes(first, BatchHeader.SIZE, first.writerIndex() - BatchHeader.SIZE)
            .setInt(BatchHeader.RECORD_COUNT, 3)
            .setInt(BatchHeader.LAST_OFFSET_DELTA, 2);
    batch.setInt(BatchHeader.LENGTH, batch.writerIndex() - BatchHeader.LOG_OVERHEAD);
    KafkaBatches.sealed(batch);
    assertThat(validate(batch, RULES)).isInstanceOf(Rejected.class);
    assertThat(((Rejected) validate(batch, RULES)).message()).contains(message);
    assertThat(records(batch, message)).isFalse();
  }

  @Test
  void isValidatedInLittleTimeWithAMillionEmptyRecords() {
    RecordBatchBuilder builder = new RecordBatchBuilder(Unpooled.buffer(8_000_000));
    for (int i = 0; i < 1_000_000; i++) {
      builder.append(NOW, null, Unpooled.EMPTY_BUFFER);
    }
    ByteBuf batch = builder.build();
    assertThat(validate(batch, RULES)).isEqualTo(new Accepted(1_000_000, 999_999, NOW, 0, null));
  }

  @Test
  void leavesNoBufferBehind() {
    Queue<String> leaks = new ConcurrentLinkedQueue<>();
    ByteBufUtil.setLeakListener((type, records) -> leaks.add(records));
    try {
      for (Compression compression : Compression.values()) {
        Random random = new Random(17);
        ByteBuf good = good(compression);
        for (int round = 0; round < 500; round++) {
          ByteBuf batch = spoiled(random, good);
          validate(batch, RULES);
          records(KafkaBatches.pieces(batch, 100), "leaks");
        }
      }
      // One leak on purpose, which is logged: once it is reported, those before it have been, too.
      leakOneOnPurpose();
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
      while (leaks.stream().noneMatch(leak -> leak.contains("leakOneOnPurpose"))) {
        assertThat(System.nanoTime()).as("no leak is ever reported").isLessThan(deadline);
        System.gc();
        ByteBufAllocator.DEFAULT.heapBuffer(1).release();
      }
      assertThat(leaks)
          .filteredOn(leak -> leak.contains("io.ottla.wire.record"))
          .allMatch(leak -> leak.contains("leakOneOnPurpose"));
    } finally {
      ByteBufUtil.setLeakListener(null);
    }
  }

  private static void leakOneOnPurpose() {
    ByteBufAllocator.DEFAULT.heapBuffer(1);
  }
}
