package io.ottla.coordinator;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.wire.ApiMessage;
import io.ottla.wire.ProtocolWriter;
import io.ottla.wire.record.BatchHeader;
import io.ottla.wire.record.Compression;
import io.ottla.wire.record.RecordBatchBuilder;
import java.util.List;

/** The bytes of coordinators' records. Stateless; any thread. */
public final class CoordinatorRecordCodec {

  /** Keys have one version, written nowhere: what leads their bytes is the type. */
  static final short KEY_VERSION = 0;

  /** Lengths, deltas and header count of a record in a batch, at most. */
  private static final int RECORD_OVERHEAD = 32;

  private CoordinatorRecordCodec() {}

  /**
   * Writes the records as one batch with base offset 0 and no leader epoch.
   *
   * @param out the batch is written at its writer index
   * @param producer in whose transaction they are; null for none
   * @return out
   */
  public static ByteBuf writeBatch(
      ByteBuf out,
      List<CoordinatorRecord> records,
      TransactionalProducer producer,
      long timestampMs,
      Compression compression) {
    try (RecordBatchBuilder builder = new RecordBatchBuilder(out)) {
      builder.compression(compression);
      if (producer != null) {
        builder
            .producer(producer.id(), producer.epoch(), BatchHeader.NO_SEQUENCE)
            .transactional(true);
      }
      ByteBuf key = Unpooled.buffer();
      ByteBuf value = Unpooled.buffer();
      for (CoordinatorRecord record : records) {
        write(key, record.type(), record.key(), KEY_VERSION);
        if (record.isTombstone()) {
          builder.append(timestampMs, key, (ByteBuf) null);
        } else {
          short version = record.value().version();
          write(value, version, record.value().message(), version);
          builder.append(timestampMs, key, value);
        }
      }
      return builder.build();
    }
  }

  /** An upper bound of what a record adds to a batch that is not compressed. */
  public static int sizeInBatch(CoordinatorRecord record) {
    int size = RECORD_OVERHEAD + record.key().size(KEY_VERSION);
    return record.isTombstone()
        ? size
        : size + record.value().message().size(record.value().version());
  }

  private static void write(ByteBuf out, short prefix, ApiMessage message, short version) {
    // Asking for the size lays the message out; what is written relies on it.
    out.clear().ensureWritable(Short.BYTES + message.size(version));
    out.writeShort(prefix);
    message.write(new ProtocolWriter(out), version);
  }
}
