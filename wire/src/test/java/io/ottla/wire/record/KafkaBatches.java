package io.ottla.wire.record;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/** Batches made by Kafka's own classes, and the shapes of memory a batch may lie in. */
final class KafkaBatches {

  static final long NOW = 1_800_000_000_000L;

  private static final int WRITABLE_SHAPES = 5;

  private KafkaBatches() {}

  static org.apache.kafka.common.compress.Compression codec(Compression compression) {
    return switch (compression) {
      case NONE -> org.apache.kafka.common.compress.Compression.NONE;
      case GZIP -> org.apache.kafka.common.compress.Compression.gzip().build();
      case SNAPPY -> org.apache.kafka.common.compress.Compression.snappy().build();
      case LZ4 -> org.apache.kafka.common.compress.Compression.lz4().build();
      case ZSTD -> org.apache.kafka.common.compress.Compression.zstd().build();
    };
  }

  static ByteBuf batch(Compression compression, SimpleRecord... records) {
    return Unpooled.wrappedBuffer(
        MemoryRecords.withRecords(codec(compression), records).buffer().duplicate());
  }

  static ByteBuf idempotent(Compression compression, int sequence, SimpleRecord... records) {
    return Unpooled.wrappedBuffer(
        MemoryRecords.withIdempotentRecords(codec(compression), 4711L, (short) 3, sequence, records)
            .buffer()
            .duplicate());
  }

  /** In memory that can be written to and grown. */
  static ByteBuf threeRecords(Compression compression) {
    ByteBuf batch =
        batch(
            compression,
            new SimpleRecord(NOW, "one".getBytes(UTF_8), "first".getBytes(UTF_8)),
            new SimpleRecord(NOW + 1, null, "second".getBytes(UTF_8)),
            new SimpleRecord(NOW - 1, "three".getBytes(UTF_8), null));
    return Unpooled.buffer().writeBytes(batch);
  }

  /** Records of all shapes: null, empty, small and large fields, headers, odd timestamps. */
  static SimpleRecord[] randomRecords(Random random, int count) {
    SimpleRecord[] records = new SimpleRecord[count];
    for (int i = 0; i < count; i++) {
      long timestamp =
          random.nextInt(10) == 0 ? -1 : NOW - random.nextInt(1000) + random.nextInt(1000);
      records[i] = new SimpleRecord(timestamp, field(random), field(random), randomHeaders(random));
    }
    return records;
  }

  private static byte[] field(Random random) {
    return switch (random.nextInt(12)) {
      case 0 -> null;
      case 1 -> new byte[0];
      case 2 -> bytes(random, random.nextInt(100_000));
      case 3 -> new byte[random.nextInt(100_000)];
      default -> bytes(random, random.nextInt(200));
    };
  }

  private static Header[] randomHeaders(Random random) {
    List<Header> headers = new ArrayList<>();
    while (random.nextInt(3) == 0) {
      String name = random.nextInt(5) == 0 ? "" : "näme-" + random.nextInt(1000);
      headers.add(
          new RecordHeader(
              name, random.nextInt(4) == 0 ? null : bytes(random, random.nextInt(99))));
    }
    return headers.toArray(new Header[0]);
  }

  static byte[] bytes(Random random, int size) {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    return bytes;
  }

  /** The same bytes in heap memory, direct memory, many pieces, amid others, read-only. */
  static List<ByteBuf> shapesOf(ByteBuf batch) {
    return IntStream.range(0, WRITABLE_SHAPES + 1).mapToObj(i -> shape(batch, i)).toList();
  }

  /** One of {@link #shapesOf} that can be written to. */
  static ByteBuf randomShape(Random random, ByteBuf batch) {
    return shape(batch, random.nextInt(WRITABLE_SHAPES));
  }

  private static ByteBuf shape(ByteBuf batch, int shape) {
    int size = batch.readableBytes();
    return switch (shape) {
      case 0 -> Unpooled.buffer(size).writeBytes(batch.duplicate());
      case 1 -> Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(size).put(0, toArray(batch)));
      case 2 -> pieces(batch, Math.max(7, size / 100));
      case 3 ->
          Unpooled.buffer(size + 18)
              .writeZero(13)
              .writeBytes(batch.duplicate())
              .writeZero(5)
              .setIndex(13, 13 + size);
      case 4 -> Unpooled.buffer(size + 3).writeZero(3).writeBytes(batch.duplicate()).slice(3, size);
      default -> batch.duplicate().asReadOnly();
    };
  }

  /** The same bytes in pieces of a size. */
  static ByteBuf pieces(ByteBuf batch, int size) {
    CompositeByteBuf composite = Unpooled.compositeBuffer(Integer.MAX_VALUE);
    ByteBuf in = batch.duplicate();
    while (in.isReadable()) {
      composite.addComponent(
          true, Unpooled.copiedBuffer(in.readSlice(Math.min(size, in.readableBytes()))));
    }
    return composite;
  }

  static byte[] toArray(ByteBuf buffer) {
    if (buffer == null) {
      return null;
    }
    byte[] bytes = new byte[buffer.readableBytes()];
    buffer.getBytes(buffer.readerIndex(), bytes);
    return bytes;
  }

  static byte[] toArray(ByteBuffer buffer) {
    return buffer == null ? null : toArray(Unpooled.wrappedBuffer(buffer));
  }

  static RecordBatch view(ByteBuf buffer) {
    return new RecordBatch().wrap(buffer, buffer.readerIndex());
  }

  /** Sets the CRC right after a change. */
  static ByteBuf sealed(ByteBuf batch) {
    batch.setInt(batch.readerIndex() + BatchHeader.CRC, view(batch).computeCrc());
    return batch;
  }
}
