package io.ottla.wire.record;

import static io.ottla.wire.record.KafkaBatches.toArray;
import static io.ottla.wire.record.KafkaBatches.view;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RecordReaderTest {

  private static final DecompressionLimits LIMITS = DecompressionLimits.ofBatch(100_000_000);

  @ParameterizedTest
  @EnumSource
  void readsBatchesThatKafkaMade(Compression compression) {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    try (RecordReader reader = new RecordReader()) {
      for (int round = 0; round < 25; round++) {
        SimpleRecord[] records = KafkaBatches.randomRecords(random, 1 + random.nextInt(30));
        ByteBuf batch =
            KafkaBatches.idempotent(compression, Integer.MAX_VALUE - random.nextInt(20), records);
        view(batch).baseOffset(random.nextInt(1000));
        for (ByteBuf shape : KafkaBatches.shapesOf(batch)) {
          assertReadsAsKafka(reader.open(view(shape), LIMITS), batch, "seed " + seed);
        }
      }
    }
  }

  private static void assertReadsAsKafka(RecordReader reader, ByteBuf batch, String description) {
    MemoryRecords theirs = MemoryRecords.readableRecords(batch.nioBuffer());
    for (Record record : theirs.records()) {
      assertThat(reader.next()).as(description).isTrue();
      assertThat(reader.offset()).isEqualTo(record.offset());
      assertThat(reader.offsetDelta())
          .isEqualTo((int) (record.offset() - view(batch).baseOffset()));
      assertThat(reader.timestamp()).isEqualTo(record.timestamp());
      assertThat(reader.sequence()).isEqualTo(record.sequence());
      assertThat(reader.hasKey()).isEqualTo(record.hasKey());
      assertThat(reader.hasValue()).isEqualTo(record.hasValue());
      assertThat(reader.keySize()).isEqualTo(record.keySize());
      assertThat(reader.valueSize()).isEqualTo(record.valueSize());
      int size = reader.sizeInBytes();
      assertThat(size + Varints.sizeOf(size)).isEqualTo(record.sizeInBytes());
      assertThat(toArray(reader.key())).isEqualTo(toArray(record.key()));
      assertThat(toArray(reader.value())).isEqualTo(toArray(record.value()));
      List<RecordHeader> headers = reader.headers();
      assertThat(headers).hasSize(record.headers().length).hasSize(reader.headerCount());
      for (int i = 0; i < headers.size(); i++) {
        Header header = record.headers()[i];
        assertThat(headers.get(i).name()).isEqualTo(header.key());
        assertThat(toArray(headers.get(i).value())).isEqualTo(header.value());
      }
    }
    assertThat(reader.next()).as(description).isFalse();
    assertThat(reader.next()).isFalse();
  }

  @Test
  void takesTheBrokersTimeWhereTheBatchHasIt() {
    ByteBuf batch = KafkaBatches.batch(Compression.NONE, new SimpleRecord(5L, null, new byte[1]));
    view(batch).setLogAppendTime(77);
    assertReadsAsKafka(new RecordReader().open(view(batch), LIMITS), batch, "log append time");
    RecordReader reader = new RecordReader().open(view(batch), LIMITS);
    assertThat(reader.next()).isTrue();
    assertThat(reader.timestamp()).isEqualTo(77);
  }

  @Test
  void readsAnEmptyBatch() {
    ByteBuf batch = new RecordBatchBuilder(Unpooled.buffer()).lastOffset(3).build();
    try (RecordReader reader = new RecordReader().open(view(batch), LIMITS)) {
      assertThat(reader.next()).isFalse();
    }
    batch.writeByte(0).setInt(BatchHeader.LENGTH, view(batch).length() + 1);
    assertRefused(batch, "bytes after the last record");
    batch.setShort(BatchHeader.ATTRIBUTES, Compression.ZSTD.id());
    assertRefused(batch, "");
  }

  @Test
  void refusesABatchThatDoesNotLieInItsBuffer() {
    ByteBuf batch = KafkaBatches.batch(Compression.NONE, new SimpleRecord(new byte[] {1}));
    for (int length : new int[] {Integer.MIN_VALUE, -1, 0, 48, 1000, Integer.MAX_VALUE}) {
      assertRefused(batch.copy().setInt(BatchHeader.LENGTH, length), "does not lie");
    }
    assertRefused(batch.copy(0, 60), "does not lie");
  }

  @Test
  void refusesCountsThatCannotBe() {
    for (Compression compression : Compression.values()) {
      ByteBuf batch =
          KafkaBatches.batch(
              compression,
              new SimpleRecord(1, null, new byte[3]),
              new SimpleRecord(2, null, new byte[3]));
      for (int count : new int[] {Integer.MIN_VALUE, -1, 0, 1, 3, 1000, Integer.MAX_VALUE}) {
        assertRefused(batch.copy().setInt(BatchHeader.RECORD_COUNT, count), "");
      }
    }
  }

  @Test
  void refusesOffsetDeltasThatDoNotRise() {
    ByteBuf batch = new RecordBatchBuilder(Unpooled.buffer()).append(1, null, v()).build();
    assertThat(view(batch).lastOffsetDelta()).isZero();
    int delta = BatchHeader.SIZE + 3;
    assertThat(batch.getByte(delta)).isZero();
    assertRefused(batch.copy().setByte(delta, 1), "offset delta -1");
    assertRefused(batch.copy().setByte(delta, 2), "offset delta 1");
    ByteBuf two =
        new RecordBatchBuilder(Unpooled.buffer()).append(1, null, v()).append(1, null, v()).build();
    int second = two.writerIndex() - 5;
    assertThat(two.getByte(second)).isEqualTo((byte) 2);
    assertRefused(two.copy().setByte(second, 0), "offset delta 0 after 0");
  }

  @Test
  void refusesARecordLargerThanAllowedOnlyIfItIsCompressed() {
    DecompressionLimits limits = new DecompressionLimits(1_000_000, 1000);
    for (Compression compression : Compression.values()) {
      ByteBuf batch = KafkaBatches.batch(compression, new SimpleRecord(new byte[1001]));
      try (RecordReader reader = new RecordReader().open(view(batch), limits)) {
        if (compression == Compression.NONE) {
          assertThat(reader.next()).isTrue();
        } else {
          assertThatThrownBy(reader::next).isInstanceOf(InvalidRecordException.class);
        }
      }
    }
  }

  private static ByteBuf v() {
    return Unpooled.wrappedBuffer(new byte[] {'v'});
  }

  private static void assertRefused(ByteBuf batch, String why) {
    try (RecordReader reader = new RecordReader()) {
      assertThatThrownBy(
              () -> {
                reader.open(view(batch), LIMITS);
                while (reader.next()) {}
              })
          .isInstanceOf(InvalidRecordException.class)
          .hasMessageContaining(why);
    }
  }
}
