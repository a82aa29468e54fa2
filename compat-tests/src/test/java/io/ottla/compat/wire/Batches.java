package io.ottla.compat.wire;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.utils.ByteBufferOutputStream;
import org.apache.kafka.common.utils.ByteUtils;
import org.apache.kafka.common.utils.Crc32C;

/** Record batches that a client would send, and such that no client would. */
public final class Batches {
  /** Positions in the header of a batch. */
  public static final int LENGTH = 8;

  public static final int MAGIC = 16;
  public static final int CRC = 17;
  public static final int ATTRIBUTES = 21;
  public static final int LAST_OFFSET_DELTA = 23;
  public static final int PRODUCER_ID = 43;
  public static final int PRODUCER_EPOCH = 51;
  public static final int BASE_SEQUENCE = 53;
  public static final int RECORD_COUNT = 57;
  public static final int RECORDS = 61;

  private Batches() {}

  /** A batch of so many small records, uncompressed, with nothing wrong. */
  public static ByteBuffer good(int count) {
    SimpleRecord[] records = new SimpleRecord[count];
    for (int i = 0; i < count; i++) {
      records[i] = new SimpleRecord(("key " + i).getBytes(), ("value " + i).getBytes());
    }
    ByteBuffer source = MemoryRecords.withRecords(Compression.NONE, records).buffer();
    return ByteBuffer.allocate(source.remaining()).put(source.duplicate()).flip();
  }

  /** A good batch with something changed, and the checksum right again. */
  public static ByteBuffer changed(int count, Consumer<ByteBuffer> change) {
    ByteBuffer batch = good(count);
    change.accept(batch);
    return withChecksum(batch);
  }

  /** The batch with a checksum that fits its bytes. */
  public static ByteBuffer withChecksum(ByteBuffer batch) {
    batch.putInt(CRC, (int) Crc32C.compute(batch, ATTRIBUTES, batch.limit() - ATTRIBUTES));
    return batch;
  }

  /** A batch of one record whose value is so many zeros, compressed to next to nothing. */
  public static ByteBuffer bomb(CompressionType codec, int valueSize) throws IOException {
    ByteBuffer head = ByteBuffer.allocate(40);
    head.put((byte) 0); // attributes
    ByteUtils.writeVarlong(0, head); // timestamp delta
    ByteUtils.writeVarint(0, head); // offset delta
    ByteUtils.writeVarint(-1, head); // no key
    ByteUtils.writeVarint(valueSize, head);
    head.flip();
    ByteBuffer length = ByteBuffer.allocate(5);
    ByteUtils.writeVarint(head.remaining() + valueSize + 1, length);
    length.flip();
    return compressed(
        codec,
        1,
        out -> {
          out.write(length.array(), 0, length.limit());
          out.write(head.array(), 0, head.limit());
          writeZeros(out, valueSize + 1L); // and no headers
        });
  }

  /** A batch of so many records without key, value and headers, compressed. */
  public static ByteBuffer empties(CompressionType codec, int count) throws IOException {
    return compressed(
        codec,
        count,
        out -> {
          ByteBuffer record = ByteBuffer.allocate(20);
          for (int i = 0; i < count; i++) {
            record.clear();
            ByteUtils.writeVarint(5 + ByteUtils.sizeOfVarint(i), record);
            record.put((byte) 0);
            ByteUtils.writeVarlong(0, record);
            ByteUtils.writeVarint(i, record);
            ByteUtils.writeVarint(-1, record);
            ByteUtils.writeVarint(-1, record);
            ByteUtils.writeVarint(0, record);
            out.write(record.array(), 0, record.position());
          }
        });
  }

  private static ByteBuffer compressed(CompressionType codec, int count, Body body)
      throws IOException {
    ByteBufferOutputStream bytes = new ByteBufferOutputStream(1 << 20);
    bytes.position(RECORDS);
    try (OutputStream out =
        Compression.of(codec).build().wrapForOutput(bytes, RecordBatch.MAGIC_VALUE_V2)) {
      body.write(out);
    }
    ByteBuffer batch = bytes.buffer().flip();
    long now = System.currentTimeMillis();
    DefaultRecordBatch.writeHeader(
        batch,
        0,
        count - 1,
        batch.limit(),
        RecordBatch.MAGIC_VALUE_V2,
        codec,
        TimestampType.CREATE_TIME,
        now,
        now,
        RecordBatch.NO_PRODUCER_ID,
        RecordBatch.NO_PRODUCER_EPOCH,
        RecordBatch.NO_SEQUENCE,
        false,
        false,
        false,
        RecordBatch.NO_PARTITION_LEADER_EPOCH,
        count);
    batch.position(0);
    return batch;
  }

  private static void writeZeros(OutputStream out, long count) throws IOException {
    byte[] zeros = new byte[1 << 16];
    for (long left = count; left > 0; left -= zeros.length) {
      out.write(zeros, 0, (int) Math.min(left, zeros.length));
    }
  }

  private interface Body {
    void write(OutputStream out) throws IOException;
  }
}
