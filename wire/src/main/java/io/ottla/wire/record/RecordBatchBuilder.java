package io.ottla.wire.record;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/**
 * Builds one batch of magic 2 at the end of a buffer: for coordinators, markers, compaction and
 * tests. Settings first, then records in the order of their offsets, then {@link #build}.
 *
 * <p>One thread. To be closed if it may not come to {@link #build}: a codec holds native memory.
 */
public final class RecordBatchBuilder implements AutoCloseable {

  private final ByteBuf out;
  private final int start;

  private Compression compression = Compression.NONE;
  private int level = Compression.NONE.defaultLevel();
  private long baseOffset;
  private long lastOffset = -1;
  private boolean isLastOffsetFixed;
  private int partitionLeaderEpoch = BatchHeader.NO_PARTITION_LEADER_EPOCH;
  private long producerId = BatchHeader.NO_PRODUCER_ID;
  private short producerEpoch = BatchHeader.NO_PRODUCER_EPOCH;
  private int baseSequence = BatchHeader.NO_SEQUENCE;
  private int flags;

  private long baseTimestamp = BatchHeader.NO_TIMESTAMP;
  private boolean isBaseTimestampFixed;
  private long maxTimestamp = BatchHeader.NO_TIMESTAMP;
  private boolean isMaxTimestampFixed;
  private long nextOffset;
  private int recordCount;
  private int uncompressedBytes;

  /** The codec's input, and where a record is put together for it; null without a codec. */
  private OutputStream codec;

  private ByteBuf scratch;

  /** Starts a batch at the buffer's writer index. */
  public RecordBatchBuilder(ByteBuf out) {
    this.out = out;
    this.start = out.writerIndex();
    out.writeZero(BatchHeader.SIZE);
  }

  /** Compresses with the codec's default level. */
  public RecordBatchBuilder compression(Compression compression) {
    return compression(compression, compression.defaultLevel());
  }

  public RecordBatchBuilder compression(Compression compression, int level) {
    requireNoRecords();
    this.compression = compression;
    this.level = level;
    return this;
  }

  /** The batch's base offset, 0 unless set: also the first record's if it is given none. */
  public RecordBatchBuilder baseOffset(long offset) {
    requireNoRecords();
    this.baseOffset = offset;
    this.nextOffset = offset;
    return this;
  }

  /** The batch's last offset where it is not the last record's, as after compaction. */
  public RecordBatchBuilder lastOffset(long offset) {
    this.lastOffset = offset;
    this.isLastOffsetFixed = true;
    return this;
  }

  public RecordBatchBuilder partitionLeaderEpoch(int epoch) {
    this.partitionLeaderEpoch = epoch;
    return this;
  }

  /** An idempotent producer; {@link BatchHeader#NO_SEQUENCE} for markers. */
  public RecordBatchBuilder producer(long id, short epoch, int baseSequence) {
    this.producerId = id;
    this.producerEpoch = epoch;
    this.baseSequence = baseSequence;
    return this;
  }

  public RecordBatchBuilder transactional(boolean transactional) {
    return flag(BatchHeader.TRANSACTIONAL_MASK, transactional);
  }

  public RecordBatchBuilder control(boolean control) {
    return flag(BatchHeader.CONTROL_MASK, control);
  }

  /** Makes all timestamps the broker's: milliseconds. */
  public RecordBatchBuilder logAppendTime(long timestampMs) {
    return maxTimestamp(timestampMs).flag(BatchHeader.TIMESTAMP_TYPE_MASK, true);
  }

  /** The batch's greatest timestamp where it is not that of its records, as when it has none. */
  public RecordBatchBuilder maxTimestamp(long timestampMs) {
    this.maxTimestamp = timestampMs;
    this.isMaxTimestampFixed = true;
    return this;
  }

  /** When compaction may remove tombstones and markers of this batch: milliseconds (KIP-534). */
  public RecordBatchBuilder deleteHorizon(long timestampMs) {
    requireNoRecords();
    this.baseTimestamp = timestampMs;
    this.isBaseTimestampFixed = true;
    return flag(BatchHeader.DELETE_HORIZON_MASK, true);
  }

  private RecordBatchBuilder flag(int mask, boolean on) {
    flags = on ? flags | mask : flags & ~mask;
    return this;
  }

  private void requireNoRecords() {
    if (recordCount > 0) {
      throw new IllegalStateException("settings come before the first record");
    }
  }

  /** Appends a record without headers, at the offset after the last one. */
  public RecordBatchBuilder append(long timestampMs, byte[] key, byte[] value) {
    return append(
        timestampMs,
        key == null ? null : Unpooled.wrappedBuffer(key),
        value == null ? null : Unpooled.wrappedBuffer(value));
  }

  /** Appends a record without headers, at the offset after the last one. */
  public RecordBatchBuilder append(long timestampMs, ByteBuf key, ByteBuf value) {
    return append(nextOffset, timestampMs, key, value, List.of());
  }

  /**
   * Appends a record.
   *
   * @param offset above that of the record before
   * @param key readable bytes, copied; null for none
   * @param value readable bytes, copied; null for none
   */
  public RecordBatchBuilder append(
      long offset, long timestampMs, ByteBuf key, ByteBuf value, List<RecordHeader> headers) {
    ByteBuf headerBytes = null;
    if (!headers.isEmpty()) {
      headerBytes = Unpooled.buffer();
      writeHeaders(headerBytes, headers);
    }
    return appendRecord(offset, timestampMs, key, value, headerBytes);
  }

  /** Appends a copy of the record a reader is at, with its offset and its own timestamp. */
  public RecordBatchBuilder append(RecordReader at) {
    return appendRecord(at.offset(), at.createTimestamp(), at.key(), at.value(), at.headerBytes());
  }

  private RecordBatchBuilder appendRecord(
      long offset, long timestampMs, ByteBuf key, ByteBuf value, ByteBuf headerBytes) {
    long delta = offset - baseOffset;
    if (offset < nextOffset || delta > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("offset " + offset + " where " + nextOffset + " is next");
    }
    if (recordCount == 0 && !isBaseTimestampFixed) {
      baseTimestamp = timestampMs;
    }
    long timestampDelta = timestampMs - baseTimestamp;
    int offsetDelta = (int) delta;
    int size =
        Byte.BYTES
            + Varints.sizeOf(timestampDelta)
            + Varints.sizeOf(offsetDelta)
            + fieldSize(key)
            + fieldSize(value)
            + (headerBytes == null ? Varints.sizeOf(0) : headerBytes.readableBytes());
    ByteBuf to = target();
    int from = to.writerIndex();
    Varints.write(to, size);
    to.writeByte(0);
    Varints.write(to, timestampDelta);
    Varints.write(to, offsetDelta);
    writeField(to, key);
    writeField(to, value);
    if (headerBytes == null) {
      Varints.write(to, 0);
    } else {
      to.writeBytes(headerBytes, headerBytes.readerIndex(), headerBytes.readableBytes());
    }
    uncompressedBytes += to.writerIndex() - from;
    compressScratch();
    if (!isMaxTimestampFixed && timestampMs > maxTimestamp) {
      maxTimestamp = timestampMs;
    }
    nextOffset = offset + 1;
    recordCount++;
    return this;
  }

  /** Where a record is written: the buffer itself, or on the way to the codec. */
  private ByteBuf target() {
    if (compression == Compression.NONE) {
      return out;
    }
    if (codec == null) {
      codec = compression.compress(out, level);
      scratch = Unpooled.buffer();
    }
    return scratch.clear();
  }

  private void compressScratch() {
    if (codec != null) {
      try {
        codec.write(scratch.array(), scratch.arrayOffset(), scratch.readableBytes());
      } catch (IOException e) {
        throw new IllegalStateException("memory does not fail", e);
      }
    }
  }

  private static int fieldSize(ByteBuf field) {
    if (field == null) {
      return Varints.sizeOf(-1);
    }
    return Varints.sizeOf(field.readableBytes()) + field.readableBytes();
  }

  private static void writeField(ByteBuf to, ByteBuf field) {
    if (field == null) {
      Varints.write(to, -1);
    } else {
      Varints.write(to, field.readableBytes());
      to.writeBytes(field, field.readerIndex(), field.readableBytes());
    }
  }

  private static void writeHeaders(ByteBuf to, List<RecordHeader> headers) {
    Varints.write(to, headers.size());
    for (RecordHeader header : headers) {
      Varints.write(to, ByteBufUtil.utf8Bytes(header.name()));
      ByteBufUtil.writeUtf8(to, header.name());
      writeField(to, header.value());
    }
  }

  public int recordCount() {
    return recordCount;
  }

  /** Bytes of the batch so far as if nothing were compressed, header included. */
  public int uncompressedSize() {
    return BatchHeader.SIZE + uncompressedBytes;
  }

  /**
   * Writes the header and ends the batch. Without records it is an empty batch, as compaction
   * leaves one behind, and must have been given a {@link #lastOffset}.
   *
   * @return the buffer, whose writer index is behind the batch
   */
  public ByteBuf build() {
    if (recordCount == 0 && !isLastOffsetFixed) {
      throw new IllegalStateException("a batch without records");
    }
    close();
    long last = isLastOffsetFixed ? lastOffset : nextOffset - 1;
    int attributes = flags | (recordCount == 0 ? 0 : compression.id());
    out.setLong(start + BatchHeader.BASE_OFFSET, baseOffset);
    out.setInt(start + BatchHeader.LENGTH, out.writerIndex() - start - BatchHeader.LOG_OVERHEAD);
    out.setInt(start + BatchHeader.PARTITION_LEADER_EPOCH, partitionLeaderEpoch);
    out.setByte(start + BatchHeader.MAGIC, BatchHeader.CURRENT_MAGIC);
    out.setShort(start + BatchHeader.ATTRIBUTES, attributes);
    out.setInt(start + BatchHeader.LAST_OFFSET_DELTA, (int) (last - baseOffset));
    out.setLong(start + BatchHeader.BASE_TIMESTAMP, baseTimestamp);
    out.setLong(start + BatchHeader.MAX_TIMESTAMP, maxTimestamp);
    out.setLong(start + BatchHeader.PRODUCER_ID, producerId);
    out.setShort(start + BatchHeader.PRODUCER_EPOCH, producerEpoch);
    out.setInt(start + BatchHeader.BASE_SEQUENCE, baseSequence);
    out.setInt(start + BatchHeader.RECORD_COUNT, recordCount);
    out.setInt(start + BatchHeader.CRC, new RecordBatch().wrap(out, start).computeCrc());
    return out;
  }

  /** Gives back what the codec holds. The buffer stays the caller's. */
  @Override
  public void close() {
    if (codec != null) {
      try {
        codec.close();
      } catch (IOException e) {
        throw new IllegalStateException("memory does not fail", e);
      }
      codec = null;
      scratch.release();
      scratch = null;
    }
  }
}
