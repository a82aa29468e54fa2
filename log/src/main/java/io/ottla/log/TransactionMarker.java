package io.ottla.log;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.ottla.wire.record.BatchHeader;
import io.ottla.wire.record.RecordBatch;
import io.ottla.wire.record.RecordBatchBuilder;

/**
 * The one record of a control batch, written by a transaction coordinator (KIP-98). Its key and
 * value, after the varints every record starts with:
 *
 * <pre>
 *  key    0         2                4      value  0         2                   6
 *         +---------+----------------+             +---------+-------------------+
 *         | version | 0 abort        |             | version | coordinator epoch |
 *         |         | 1 commit       |             |         |                   |
 *         +---------+----------------+             +---------+-------------------+
 * </pre>
 *
 * @param aborts whether it takes the transaction's records back
 * @param coordinatorEpoch epoch of the coordinator that wrote it
 */
public record TransactionMarker(boolean aborts, int coordinatorEpoch) {

  private static final int VERSION = 0;
  private static final int ABORT = 0;
  private static final int COMMIT = 1;

  /**
   * Writes the marker as a control batch with base offset 0 and no leader epoch.
   *
   * @param out the batch is written at its writer index
   * @param producerEpoch with which the transaction ends; from transaction version 2 on above that
   *     of its records
   */
  public ByteBuf write(ByteBuf out, long producerId, short producerEpoch, long timestampMs) {
    ByteBuf key = Unpooled.buffer(4).writeShort(VERSION).writeShort(aborts ? ABORT : COMMIT);
    ByteBuf value = Unpooled.buffer(6).writeShort(VERSION).writeInt(coordinatorEpoch);
    try (RecordBatchBuilder builder = new RecordBatchBuilder(out)) {
      return builder
          .producer(producerId, producerEpoch, BatchHeader.NO_SEQUENCE)
          .transactional(true)
          .control(true)
          .append(timestampMs, key, value)
          .build();
    }
  }

  /**
   * Reads the marker of a control batch.
   *
   * @return null if the batch holds none: compaction has emptied it, or its type is none of ours
   */
  static TransactionMarker read(RecordBatch batch) {
    if (batch.recordCount() == 0 || batch.compressionId() != 0) {
      return null;
    }
    ByteBuf bytes = batch.buffer();
    int at = batch.start() + BatchHeader.SIZE;
    int end = batch.start() + batch.sizeInBytes();
    if (end > bytes.writerIndex()) {
      return null;
    }
    long[] numbers = new long[1];
    at = varint(bytes, at, end, numbers); // size of the record
    at = at + 1; // attributes
    at = varint(bytes, at, end, numbers); // timestamp delta
    at = varint(bytes, at, end, numbers); // offset delta
    at = varint(bytes, at, end, numbers);
    long keySize = numbers[0];
    if (keySize < 4 || keySize > end - at) {
      return null;
    }
    int type = bytes.getShort(at + 2);
    at = varint(bytes, at + (int) keySize, end, numbers);
    long valueSize = numbers[0];
    if ((type != ABORT && type != COMMIT) || valueSize < 6 || valueSize > end - at) {
      return null;
    }
    return new TransactionMarker(type == ABORT, bytes.getInt(at + 2));
  }

  private static int varint(ByteBuf bytes, int from, int end, long[] into) {
    long raw = 0;
    int at = from;
    for (int shift = 0; shift < 64 && at < end; shift += 7) {
      byte b = bytes.getByte(at++);
      raw |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        break;
      }
    }
    into[0] = (raw >>> 1) ^ -(raw & 1);
    return at;
  }
}
