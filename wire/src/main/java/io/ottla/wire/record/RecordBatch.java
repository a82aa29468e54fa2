package io.ottla.wire.record;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * A view of one record batch inside a buffer. Reads header fields where they lie, sets the few a
 * broker may set; never copies and never parses records. See {@link BatchHeader} for the layout.
 *
 * <p>A flyweight: {@link #wrap} points it at the next batch. Not thread-safe, owns nothing: the
 * buffer must outlive it.
 */
public final class RecordBatch {

  private ByteBuf buffer;
  private int start;

  /** Points this view at the batch that starts at an absolute index of the buffer. */
  public RecordBatch wrap(ByteBuf buffer, int start) {
    this.buffer = buffer;
    this.start = start;
    return this;
  }

  public ByteBuf buffer() {
    return buffer;
  }

  /** Absolute index of the batch's first byte in {@link #buffer()}. */
  public int start() {
    return start;
  }

  /** Bytes of the whole batch, header included, as the batch itself says. */
  public int sizeInBytes() {
    return BatchHeader.LOG_OVERHEAD + length();
  }

  /** The length field: bytes that follow it. Unchecked; may be negative in hostile input. */
  public int length() {
    return buffer.getInt(start + BatchHeader.LENGTH);
  }

  public long baseOffset() {
    return buffer.getLong(start + BatchHeader.BASE_OFFSET);
  }

  public RecordBatch baseOffset(long offset) {
    buffer.setLong(start + BatchHeader.BASE_OFFSET, offset);
    return this;
  }

  public long lastOffset() {
    return baseOffset() + lastOffsetDelta();
  }

  public long nextOffset() {
    return lastOffset() + 1;
  }

  public int partitionLeaderEpoch() {
    return buffer.getInt(start + BatchHeader.PARTITION_LEADER_EPOCH);
  }

  public RecordBatch partitionLeaderEpoch(int epoch) {
    buffer.setInt(start + BatchHeader.PARTITION_LEADER_EPOCH, epoch);
    return this;
  }

  public byte magic() {
    return buffer.getByte(start + BatchHeader.MAGIC);
  }

  public int crc() {
    return buffer.getInt(start + BatchHeader.CRC);
  }

  public short attributes() {
    return buffer.getShort(start + BatchHeader.ATTRIBUTES);
  }

  /** The codec's number, 0 to 7; 5 to 7 are not assigned. */
  public int compressionId() {
    return attributes() & BatchHeader.COMPRESSION_MASK;
  }

  public boolean isLogAppendTime() {
    return (attributes() & BatchHeader.TIMESTAMP_TYPE_MASK) != 0;
  }

  public boolean isTransactional() {
    return (attributes() & BatchHeader.TRANSACTIONAL_MASK) != 0;
  }

  public boolean isControl() {
    return (attributes() & BatchHeader.CONTROL_MASK) != 0;
  }

  public boolean hasDeleteHorizon() {
    return (attributes() & BatchHeader.DELETE_HORIZON_MASK) != 0;
  }

  public int lastOffsetDelta() {
    return buffer.getInt(start + BatchHeader.LAST_OFFSET_DELTA);
  }

  public long baseTimestamp() {
    return buffer.getLong(start + BatchHeader.BASE_TIMESTAMP);
  }

  public long maxTimestamp() {
    return buffer.getLong(start + BatchHeader.MAX_TIMESTAMP);
  }

  public long producerId() {
    return buffer.getLong(start + BatchHeader.PRODUCER_ID);
  }

  public boolean hasProducerId() {
    return producerId() > BatchHeader.NO_PRODUCER_ID;
  }

  public short producerEpoch() {
    return buffer.getShort(start + BatchHeader.PRODUCER_EPOCH);
  }

  public int baseSequence() {
    return buffer.getInt(start + BatchHeader.BASE_SEQUENCE);
  }

  /** Sequence of the last record; sequences wrap from 2^31 - 1 to 0. */
  public int lastSequence() {
    int base = baseSequence();
    return base == BatchHeader.NO_SEQUENCE
        ? BatchHeader.NO_SEQUENCE
        : incrementSequence(base, lastOffsetDelta());
  }

  /** Sequence arithmetic: adds without leaving 0 to 2^31 - 1. */
  public static int incrementSequence(int sequence, int increment) {
    if (sequence > Integer.MAX_VALUE - increment) {
      return increment - (Integer.MAX_VALUE - sequence) - 1;
    }
    return sequence + increment;
  }

  /** Number of records, as the batch says. */
  public int recordCount() {
    return buffer.getInt(start + BatchHeader.RECORD_COUNT);
  }

  /** The records' bytes, compressed if {@link #compressionId()} says so; not retained. */
  public ByteBuf recordBytes() {
    return buffer.slice(start + BatchHeader.SIZE, sizeInBytes() - BatchHeader.SIZE);
  }

  /** CRC-32C of the bytes it covers, computed anew. */
  public int computeCrc() {
    CRC32C crc = new CRC32C();
    int from = start + BatchHeader.ATTRIBUTES;
    int count = sizeInBytes() - BatchHeader.ATTRIBUTES;
    if (buffer.nioBufferCount() == 1) {
      crc.update(buffer.nioBuffer(from, count));
    } else {
      for (ByteBuffer part : buffer.nioBuffers(from, count)) {
        crc.update(part);
      }
    }
    return (int) crc.getValue();
  }

  public boolean isCrcValid() {
    return crc() == computeCrc();
  }

  /**
   * Makes every record's timestamp the broker's: sets the timestamp type and the maximum, and the
   * CRC anew.
   */
  public void setLogAppendTime(long timestampMs) {
    buffer.setShort(start + BatchHeader.ATTRIBUTES, attributes() | BatchHeader.TIMESTAMP_TYPE_MASK);
    buffer.setLong(start + BatchHeader.MAX_TIMESTAMP, timestampMs);
    buffer.setInt(start + BatchHeader.CRC, computeCrc());
  }

  /** Sets the maximum timestamp a producer left wrong, and the CRC anew. */
  public void setMaxTimestamp(long timestampMs) {
    buffer.setLong(start + BatchHeader.MAX_TIMESTAMP, timestampMs);
    buffer.setInt(start + BatchHeader.CRC, computeCrc());
  }
}
