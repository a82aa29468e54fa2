package io.ottla.wire.record;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * The control record that ends a producer's transaction in a partition (KIP-98). Its value is a
 * version, int16, and the coordinator's epoch, int32.
 *
 * @param type COMMIT or ABORT
 * @param coordinatorEpoch leader epoch of the coordinator's partition; fences older coordinators
 */
public record EndTransactionMarker(ControlRecordType type, int coordinatorEpoch) {

  private static final short VALUE_VERSION = 0;
  private static final int VALUE_SIZE = Short.BYTES + Integer.BYTES;

  public EndTransactionMarker {
    if (type != ControlRecordType.COMMIT && type != ControlRecordType.ABORT) {
      throw new IllegalArgumentException(type + " does not end a transaction");
    }
  }

  /** Reads the control record that a reader is at, if it is such a marker; null otherwise. */
  public static EndTransactionMarker parse(RecordReader at) {
    ControlRecordType type = ControlRecordType.parse(at.key());
    if (type != ControlRecordType.COMMIT && type != ControlRecordType.ABORT) {
      return null;
    }
    ByteBuf value = at.value();
    if (value == null || value.readableBytes() < VALUE_SIZE) {
      throw new InvalidRecordException("the value of a transaction marker is cut off");
    }
    short version = value.readShort();
    if (version < 0) {
      throw new InvalidRecordException("a transaction marker of version " + version);
    }
    return new EndTransactionMarker(type, value.readInt());
  }

  /**
   * Writes a batch that holds this marker only.
   *
   * @param out the batch is written at its writer index; its base offset is 0
   * @return out
   */
  public ByteBuf writeBatch(ByteBuf out, long timestampMs, long producerId, short producerEpoch) {
    ByteBuf key = Unpooled.buffer(Integer.BYTES);
    type.writeKey(key);
    ByteBuf value = Unpooled.buffer(VALUE_SIZE);
    value.writeShort(VALUE_VERSION).writeInt(coordinatorEpoch);
    try (RecordBatchBuilder builder = new RecordBatchBuilder(out)) {
      return builder
          .producer(producerId, producerEpoch, BatchHeader.NO_SEQUENCE)
          .transactional(true)
          .control(true)
          .append(timestampMs, key, value)
          .build();
    }
  }
}
