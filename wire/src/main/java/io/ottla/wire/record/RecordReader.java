package io.ottla.wire.record;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the records of a batch one after the other. Not compressed, they are read where they lie;
 * compressed, they come out of the codec one at a time into a buffer that is used again. Strict
 * about their structure, and never takes memory for bytes that are only claimed.
 *
 * <pre>{@code
 * try (RecordReader reader = new RecordReader()) {
 *   reader.open(batch, limits);
 *   while (reader.next()) {
 *     use(reader.offset(), reader.key(), reader.value());
 *   }
 * }
 * }</pre>
 *
 * <p>A flyweight: {@link #open} points it at the next batch, as often as wanted. What it yields is
 * valid until the next call of {@link #next}, {@link #open} or {@link #close}. One thread at a
 * time. Every method throws {@link InvalidRecordException} for bytes that form no records.
 */
public final class RecordReader implements AutoCloseable {

  private final RecordBatch batch = new RecordBatch();

  private int remaining;
  private int maxRecordBytes;
  private boolean isLogAppendTime;
  private int lastDelta;

  /** Where the records come from: this, or {@link #stream} if they are compressed. */
  private ByteBuf plain;

  private DecompressedStream stream;

  /** The current record's body when it came out of a stream. Plain heap memory, never released. */
  private ByteBuf scratch = Unpooled.EMPTY_BUFFER;

  /** Holds the current record's body: {@link #plain} or {@link #scratch}. */
  private ByteBuf body;

  private byte attributes;
  private long offset;
  private long timestamp;
  private int offsetDelta;
  private int keyIndex;
  private int keySize;
  private int valueIndex;
  private int valueSize;
  private int headersIndex;
  private int headerCount;
  private int bodyStart;
  private int bodyEnd;

  /**
   * Starts before the first record of a batch.
   *
   * @param of must lie in its buffer to its last byte; the buffer must outlive the reading
   */
  public RecordReader open(RecordBatch of, DecompressionLimits limits) {
    reset();
    Compression compression = checkHeader(of);
    batch.wrap(of.buffer(), of.start());
    isLogAppendTime = batch.isLogAppendTime();
    lastDelta = -1;
    ByteBuf records = batch.recordBytes();
    int count = batch.recordCount();
    if (compression == Compression.NONE) {
      plain = records;
      maxRecordBytes = Integer.MAX_VALUE;
    } else {
      stream = compression.open(records, limits.maxBatchBytes());
      maxRecordBytes = limits.maxRecordBytes();
    }
    if (count == 0) {
      boolean done = false;
      try {
        checkEnd();
        done = true;
      } finally {
        if (!done) {
          reset();
        }
      }
    }
    remaining = count;
    return this;
  }

  private static Compression checkHeader(RecordBatch batch) {
    int available = batch.buffer().writerIndex() - batch.start();
    if (available < BatchHeader.SIZE
        || batch.length() < BatchHeader.SIZE - BatchHeader.LOG_OVERHEAD
        || batch.length() > available - BatchHeader.LOG_OVERHEAD) {
      throw new InvalidRecordException("the batch does not lie in its " + available + " bytes");
    }
    Compression compression = Compression.forId(batch.compressionId());
    if (compression == null) {
      throw new InvalidRecordException("unknown codec " + batch.compressionId());
    }
    int count = batch.recordCount();
    int bytes = batch.sizeInBytes() - BatchHeader.SIZE;
    if (count < 0
        || (compression == Compression.NONE && count > bytes / RecordScan.MIN_RECORD_SIZE)) {
      throw new InvalidRecordException("a count of " + count + " records in " + bytes + " bytes");
    }
    return compression;
  }

  /** Goes to the next record. False when there is none; then all bytes have been used. */
  public boolean next() {
    if (remaining == 0) {
      body = null;
      return false;
    }
    if (stream == null) {
      int size = recordSize(Varints.readInt(plain));
      if (size > plain.readableBytes()) {
        throw new InvalidRecordException(
            "a record of " + size + " bytes where " + plain.readableBytes() + " are left");
      }
      int start = plain.readerIndex();
      plain.skipBytes(size);
      parse(plain, start, size);
    } else {
      int size = recordSize(streamedVarint());
      scratch.clear();
      stream.transfer(scratch, size);
      parse(scratch, 0, size);
    }
    remaining--;
    if (remaining == 0) {
      checkEnd();
    }
    return true;
  }

  private int recordSize(int size) {
    if (size < RecordScan.MIN_BODY_SIZE || size > maxRecordBytes) {
      throw new InvalidRecordException("a record of " + size + " bytes");
    }
    return size;
  }

  private int streamedVarint() {
    if (scratch.capacity() == 0) {
      scratch = Unpooled.buffer();
    }
    scratch.clear();
    byte b;
    do {
      b = stream.next();
      scratch.writeByte(b);
    } while (b < 0 && scratch.readableBytes() < 5);
    return Varints.readInt(scratch);
  }

  private void checkEnd() {
    boolean ended = stream == null ? !plain.isReadable() : stream.isAtEnd();
    if (!ended) {
      throw new InvalidRecordException("bytes after the last record");
    }
  }

  private void parse(ByteBuf in, int start, int size) {
    int index = in.readerIndex();
    int limit = in.writerIndex();
    in.setIndex(start, start + size);
    try {
      attributes = in.readByte();
      timestamp = batch.baseTimestamp() + Varints.readLong(in);
      offsetDelta = Varints.readInt(in);
      if (offsetDelta <= lastDelta || offsetDelta > batch.lastOffsetDelta()) {
        throw new InvalidRecordException("the offset delta " + offsetDelta + " after " + lastDelta);
      }
      lastDelta = offsetDelta;
      offset = batch.baseOffset() + offsetDelta;
      keySize = fieldSize(in);
      keyIndex = in.readerIndex();
      skip(in, keySize);
      valueSize = fieldSize(in);
      valueIndex = in.readerIndex();
      skip(in, valueSize);
      headersIndex = in.readerIndex();
      headerCount = Varints.readInt(in);
      if (headerCount < 0 || headerCount > in.readableBytes() / 2) {
        throw new InvalidRecordException("a record claims " + headerCount + " headers");
      }
      for (int i = 0; i < headerCount; i++) {
        int nameSize = fieldSize(in);
        if (nameSize < 0) {
          throw new InvalidRecordException("a header has no name");
        }
        skip(in, nameSize);
        skip(in, fieldSize(in));
      }
      if (in.isReadable()) {
        throw new InvalidRecordException("a record is not as long as it says");
      }
    } finally {
      in.setIndex(index, limit);
    }
    bodyStart = start;
    bodyEnd = start + size;
    body = in;
  }

  private static int fieldSize(ByteBuf in) {
    int size = Varints.readInt(in);
    if (size < -1 || size > in.readableBytes()) {
      throw new InvalidRecordException("a field of length " + size + " leaves its record");
    }
    return size;
  }

  private static void skip(ByteBuf in, int size) {
    if (size > 0) {
      in.skipBytes(size);
    }
  }

  public long offset() {
    return offset;
  }

  /** The offset minus the batch's base offset. */
  public int offsetDelta() {
    return offsetDelta;
  }

  /** Milliseconds; the broker's if the batch says so, otherwise the producer's. */
  public long timestamp() {
    return isLogAppendTime ? batch.maxTimestamp() : timestamp;
  }

  /** Milliseconds; the producer's, also where the batch puts the broker's in its place. */
  long createTimestamp() {
    return timestamp;
  }

  /** The sequence number, -1 if the producer is not idempotent. */
  public int sequence() {
    int base = batch.baseSequence();
    return base < 0 ? BatchHeader.NO_SEQUENCE : RecordBatch.incrementSequence(base, offsetDelta);
  }

  /** No bit has a meaning yet. */
  public byte attributes() {
    return attributes;
  }

  /** Bytes of the record, decompressed, without the length in front. */
  public int sizeInBytes() {
    return bodyEnd - bodyStart;
  }

  public boolean hasKey() {
    return keySize >= 0;
  }

  public boolean hasValue() {
    return valueSize >= 0;
  }

  /** Bytes of the key, -1 if it is null. */
  public int keySize() {
    return keySize;
  }

  /** Bytes of the value, -1 if it is null. */
  public int valueSize() {
    return valueSize;
  }

  /** The key where it lies, or null; not retained. */
  public ByteBuf key() {
    return keySize < 0 ? null : body.slice(keyIndex, keySize);
  }

  /** Copies the key, which is not null, to the start of an array that is long enough. */
  public void copyKey(byte[] into) {
    body.getBytes(keyIndex, into, 0, keySize);
  }

  /** The value where it lies, or null; not retained. */
  public ByteBuf value() {
    return valueSize < 0 ? null : body.slice(valueIndex, valueSize);
  }

  public int headerCount() {
    return headerCount;
  }

  /** The headers in their order; their values are not retained. */
  public List<RecordHeader> headers() {
    if (headerCount == 0) {
      return List.of();
    }
    ByteBuf in = headerBytes();
    Varints.readInt(in);
    List<RecordHeader> headers = new ArrayList<>(headerCount);
    for (int i = 0; i < headerCount; i++) {
      String name = in.readString(fieldSize(in), StandardCharsets.UTF_8);
      int size = fieldSize(in);
      headers.add(new RecordHeader(name, size < 0 ? null : in.readSlice(size)));
    }
    return headers;
  }

  /** The headers as they lie in the record, their count first; not retained. */
  ByteBuf headerBytes() {
    return body.slice(headersIndex, bodyEnd - headersIndex);
  }

  /** Gives back memory. The reader can be opened again. */
  @Override
  public void close() {
    reset();
    scratch = Unpooled.EMPTY_BUFFER;
  }

  private void reset() {
    remaining = 0;
    body = null;
    plain = null;
    if (stream != null) {
      stream.close();
      stream = null;
    }
  }
}
