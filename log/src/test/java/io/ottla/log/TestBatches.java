package io.ottla.log;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.wire.record.Compression;
import io.ottla.wire.record.RecordBatchBuilder;
import java.nio.charset.StandardCharsets;

/** Batches for tests. */
final class TestBatches {

  private TestBatches() {}

  /** Records of one byte of value each, all with one timestamp. */
  static ByteBuf records(long timestampMs, int count) {
    return records(Unpooled.buffer(), timestampMs, count, 1);
  }

  static ByteBuf records(ByteBuf out, long timestampMs, int count, int valueSize) {
    RecordBatchBuilder builder = new RecordBatchBuilder(out);
    for (int i = 0; i < count; i++) {
      builder.append(timestampMs, null, new byte[valueSize]);
    }
    return builder.build();
  }

  /** One record with the time given, for each time. */
  static ByteBuf timed(Compression compression, long... timestampsMs) {
    RecordBatchBuilder builder = new RecordBatchBuilder(Unpooled.buffer()).compression(compression);
    for (long timestampMs : timestampsMs) {
      builder.append(timestampMs, bytes("k"), bytes("at " + timestampMs));
    }
    return builder.build();
  }

  static ByteBuf idempotent(long producerId, int epoch, int sequence, int count, long timestampMs) {
    return produced(producerId, epoch, sequence, count, timestampMs, false);
  }

  static ByteBuf transactional(
      long producerId, int epoch, int sequence, int count, long timestampMs) {
    return produced(producerId, epoch, sequence, count, timestampMs, true);
  }

  private static ByteBuf produced(
      long producerId,
      int epoch,
      int sequence,
      int count,
      long timestampMs,
      boolean transactional) {
    RecordBatchBuilder builder =
        new RecordBatchBuilder(Unpooled.buffer())
            .producer(producerId, (short) epoch, sequence)
            .transactional(transactional);
    for (int i = 0; i < count; i++) {
      builder.append(timestampMs, null, bytes("p" + producerId));
    }
    return builder.build();
  }

  static ByteBuf marker(
      long producerId, int epoch, boolean commit, int coordinatorEpoch, long timestampMs) {
    return new TransactionMarker(!commit, coordinatorEpoch)
        .write(Unpooled.buffer(), producerId, (short) epoch, timestampMs);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
