package io.ottla.wire.record;

import static io.ottla.wire.record.KafkaBatches.toArray;
import static io.ottla.wire.record.KafkaBatches.view;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RecordBatchBuilderTest {

  private static final DecompressionLimits LIMITS = DecompressionLimits.ofBatch(100_000_000);

  @ParameterizedTest
  @EnumSource
  void buildsBatchesThatKafkaReads(Compression compression) {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 25; round++) {
      SimpleRecord[] records = KafkaBatches.randomRecords(random, 1 + random.nextInt(30));
      ByteBuf out = Unpooled.buffer().writeZero(random.nextInt(9));
      int start = out.writerIndex();
      RecordBatchBuilder builder =
          new RecordBatchBuilder(out)
              .compression(compression)
              .baseOffset(1000)
              .partitionLeaderEpoch(12)
              .producer(99, (short) 7, 21)
              .transactional(true);
      for (SimpleRecord record : records) {
        append(builder, record);
      }
      assertThat(builder.recordCount()).isEqualTo(records.length);
      int uncompressedSize = builder.uncompressedSize();
      assertThat(builder.build()).isSameAs(out);
      if (compression == Compression.NONE) {
        assertThat(out.writerIndex() - start).isEqualTo(uncompressedSize);
      }

      MutableRecordBatch theirs = only(out, start);
      theirs.ensureValid();
      assertThat(theirs.sizeInBytes()).isEqualTo(out.writerIndex() - start);
      assertThat(theirs.compressionType().id).isEqualTo((byte) compression.id());
      assertThat(theirs.baseOffset()).isEqualTo(1000);
      assertThat(theirs.lastOffset()).isEqualTo(999 + records.length);
      assertThat(theirs.partitionLeaderEpoch()).isEqualTo(12);
      assertThat(theirs.producerId()).isEqualTo(99);
      assertThat(theirs.producerEpoch()).isEqualTo((short) 7);
      assertThat(theirs.baseSequence()).isEqualTo(21);
      assertThat(theirs.isTransactional()).isTrue();
      assertThat(theirs.isControlBatch()).isFalse();
      assertThat(theirs.maxTimestamp())
          .isEqualTo(Arrays.stream(records).mapToLong(SimpleRecord::timestamp).max().orElse(0));
      assertSameRecords(theirs, records, "seed " + seed);
    }
  }

  private static void append(RecordBatchBuilder builder, SimpleRecord record) {
    List<RecordHeader> headers = new ArrayList<>();
    for (Header header : record.headers()) {
      headers.add(new RecordHeader(header.key(), wrapped(header.value())));
    }
    builder.append(
        1000 + builder.recordCount(),
        record.timestamp(),
        wrapped(toArray(record.key())),
        wrapped(toArray(record.value())),
        headers);
  }

  private static ByteBuf wrapped(byte[] bytes) {
    return bytes == null ? null : Unpooled.wrappedBuffer(bytes);
  }

  private static void assertSameRecords(
      MutableRecordBatch batch, SimpleRecord[] records, String description) {
    Iterator<Record> theirs = batch.iterator();
    for (SimpleRecord record : records) {
      assertThat(new SimpleRecord(theirs.next())).as(description).isEqualTo(record);
    }
    assertThat(theirs.hasNext()).isFalse();
  }

  @Test
  void writesTheSameBytesAsKafkaWithoutACodec() {
    Random random = new Random(11);
    SimpleRecord[] records = KafkaBatches.randomRecords(random, 50);
    RecordBatchBuilder builder = new RecordBatchBuilder(Unpooled.buffer()).baseOffset(1000);
    for (SimpleRecord record : records) {
      append(builder, record);
    }
    ByteBuffer theirs =
        MemoryRecords.withRecords(
                1000L, org.apache.kafka.common.compress.Compression.NONE, -1, records)
            .buffer();
    assertThat(builder.build()).isEqualTo(Unpooled.wrappedBuffer(theirs));
  }

  @Test
  void writesTransactionMarkersThatKafkaReads() {
    for (ControlRecordType type : List.of(ControlRecordType.COMMIT, ControlRecordType.ABORT)) {
      ByteBuf out =
          new io.ottla.wire.record.EndTransactionMarker(type, 5)
              .writeBatch(Unpooled.buffer(), 123, 77, (short) 6);
      ByteBuffer theirs =
          MemoryRecords.withEndTransactionMarker(
                  0L,
                  123L,
                  -1,
                  77L,
                  (short) 6,
                  new EndTransactionMarker(
                      org.apache.kafka.common.record.internal.ControlRecordType.valueOf(
                          type.name()),
                      5))
              .buffer();
      assertThat(out).isEqualTo(Unpooled.wrappedBuffer(theirs));

      RecordReader reader = new RecordReader().open(view(out), LIMITS);
      assertThat(reader.next()).isTrue();
      assertThat(io.ottla.wire.record.EndTransactionMarker.parse(reader))
          .isEqualTo(new io.ottla.wire.record.EndTransactionMarker(type, 5));
    }
  }

  @Test
  void hasKafkasControlRecordTypes() {
    for (var theirs : org.apache.kafka.common.record.internal.ControlRecordType.values()) {
      ControlRecordType ours = ControlRecordType.valueOf(theirs.name());
      assertThat(ours.id()).isEqualTo(theirs.type());
      assertThat(ControlRecordType.forId(theirs.type())).isSameAs(ours);
    }
    assertThat(ControlRecordType.forId((short) 7)).isSameAs(ControlRecordType.UNKNOWN);
    assertThat(ControlRecordType.forId(Short.MIN_VALUE)).isSameAs(ControlRecordType.UNKNOWN);
  }

  @Test
  void refusesDamagedControlRecords() {
    assertThatThrownBy(() -> ControlRecordType.parse(null))
        .isInstanceOf(InvalidRecordException.class);
    assertThatThrownBy(() -> ControlRecordType.parse(Unpooled.buffer().writeZero(3)))
        .isInstanceOf(InvalidRecordException.class);
    assertThatThrownBy(() -> ControlRecordType.parse(Unpooled.buffer().writeInt(-1)))
        .isInstanceOf(InvalidRecordException.class);
    ByteBuf commit = Unpooled.buffer().writeInt(1);
    for (ByteBuf value :
        new ByteBuf[] {null, Unpooled.buffer().writeZero(5), Unpooled.buffer().writeZero(6)}) {
      ByteBuf batch =
          new RecordBatchBuilder(Unpooled.buffer()).control(true).append(1, commit, value).build();
      RecordReader reader = new RecordReader().open(view(batch), LIMITS);
      reader.next();
      if (value == null || value.readableBytes() < 6) {
        assertThatThrownBy(() -> io.ottla.wire.record.EndTransactionMarker.parse(reader))
            .isInstanceOf(InvalidRecordException.class);
      } else {
        assertThat(io.ottla.wire.record.EndTransactionMarker.parse(reader).coordinatorEpoch())
            .isZero();
      }
    }
  }

  @Test
  void keepsWhatCompactionLeavesOfABatch() {
    SimpleRecord[] records = KafkaBatches.randomRecords(new Random(2), 20);
    for (Compression compression : Compression.values()) {
      ByteBuf source = KafkaBatches.idempotent(compression, 5, records);
      view(source).baseOffset(400).setLogAppendTime(9999);
      RecordBatchBuilder builder =
          new RecordBatchBuilder(Unpooled.buffer())
              .compression(compression)
              .baseOffset(400)
              .lastOffset(419)
              .producer(4711, (short) 3, 5)
              .deleteHorizon(5555)
              .logAppendTime(9999);
      List<SimpleRecord> kept = new ArrayList<>();
      try (RecordReader reader = new RecordReader().open(view(source), LIMITS)) {
        while (reader.next()) {
          if (reader.offset() % 3 == 0) {
            builder.append(reader);
            kept.add(records[reader.offsetDelta()]);
          }
        }
      }
      ByteBuf built = builder.build();
      MutableRecordBatch theirs = only(built, 0);
      theirs.ensureValid();
      assertThat(theirs.lastOffset()).isEqualTo(419);
      assertThat(theirs.deleteHorizonMs()).hasValue(5555);
      assertThat(theirs.maxTimestamp()).isEqualTo(9999);
      int i = 0;
      for (Record record : theirs) {
        assertThat(record.offset() % 3).isZero();
        assertThat(record.timestamp()).isEqualTo(9999);
        SimpleRecord expected = kept.get(i++);
        assertThat(new SimpleRecord(record))
            .isEqualTo(
                new SimpleRecord(9999, expected.key(), expected.value(), expected.headers()));
      }
      assertThat(i).isEqualTo(kept.size());
      // The producer's own timestamps are still there, under the broker's.
      built.setShort(
          BatchHeader.ATTRIBUTES, view(built).attributes() & ~BatchHeader.TIMESTAMP_TYPE_MASK);
      try (RecordReader reader = new RecordReader().open(view(built), LIMITS)) {
        for (SimpleRecord record : kept) {
          assertThat(reader.next()).isTrue();
          assertThat(reader.timestamp()).isEqualTo(record.timestamp());
        }
      }
    }
  }

  @Test
  void buildsTheEmptyBatchThatCompactionLeavesBehind() {
    ByteBuf out =
        new RecordBatchBuilder(Unpooled.buffer())
            .compression(Compression.LZ4)
            .baseOffset(10)
            .lastOffset(19)
            .maxTimestamp(777)
            .producer(1, (short) 2, 3)
            .build();
    MutableRecordBatch theirs = only(out, 0);
    theirs.ensureValid();
    assertThat(theirs.sizeInBytes()).isEqualTo(BatchHeader.SIZE);
    assertThat(theirs.lastOffset()).isEqualTo(19);
    assertThat(theirs.lastSequence()).isEqualTo(12);
    assertThat(theirs.maxTimestamp()).isEqualTo(777);
    assertThat(theirs.iterator().hasNext()).isFalse();
  }

  @Test
  void refusesToBeUsedInTheWrongOrder() {
    RecordBatchBuilder builder = new RecordBatchBuilder(Unpooled.buffer()).baseOffset(5);
    assertThatThrownBy(builder::build).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> builder.append(4, 1, null, null, List.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> builder.append(5L + (1L << 31), 1, null, null, List.of()))
        .isInstanceOf(IllegalArgumentException.class);
    builder.append(1, new byte[0], null);
    assertThatThrownBy(() -> builder.append(5, 1, null, null, List.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> builder.compression(Compression.GZIP))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> builder.baseOffset(1)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void computesTheCrcOverSeveralPiecesOfMemory() {
    ByteBuf batch =
        KafkaBatches.batch(Compression.NONE, KafkaBatches.randomRecords(new Random(1), 5));
    for (int size : new int[] {1, 3, 20, 1000, 1_000_000}) {
      ByteBuf pieces = KafkaBatches.pieces(batch, size);
      assertThat(view(pieces).isCrcValid()).isTrue();
      view(pieces).setMaxTimestamp(1);
      assertThat(only(pieces, 0).isValid()).isTrue();
      pieces.setByte(70, pieces.getByte(70) + 1);
      assertThat(view(pieces).isCrcValid()).isFalse();
    }
  }

  private static MutableRecordBatch only(ByteBuf out, int start) {
    MemoryRecords records =
        MemoryRecords.readableRecords(
            ByteBuffer.wrap(toArray(out.slice(start, out.writerIndex() - start))));
    Iterator<MutableRecordBatch> batches = records.batches().iterator();
    MutableRecordBatch batch = batches.next();
    assertThat(batches.hasNext()).isFalse();
    return batch;
  }
}
