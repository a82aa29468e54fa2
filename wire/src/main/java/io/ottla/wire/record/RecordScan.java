package io.ottla.wire.record;

import java.nio.ByteBuffer;

/**
 * One pass over all records of a batch that checks their structure and what {@link RecordRules}
 * asks, and finds the greatest timestamp, without making anything of keys, values and headers. It
 * runs for every record produced: a scan is one object per batch, nothing per record.
 *
 * <p>Structure: lengths lie within their record, records fill the batch to its last byte, offset
 * deltas count up from 0, varints have no more bytes than their type needs.
 */
abstract class RecordScan {

  /** Attributes, timestamp and offset delta, key and value length, header count: a byte each. */
  static final int MIN_BODY_SIZE = 6;

  /** The smallest body and its length. */
  static final int MIN_RECORD_SIZE = MIN_BODY_SIZE + 1;

  private long maxTimestamp = BatchHeader.NO_TIMESTAMP;
  private int maxTimestampDelta;

  /** A scan of records that lie in one piece. */
  static RecordScan over(ByteBuffer records) {
    return new Memory(records);
  }

  /**
   * A scan of records that come out of a codec, or of several pieces of memory. The caller closes
   * the stream.
   */
  static RecordScan over(DecompressedStream records, int maxRecordBytes) {
    return new Stream(records, maxRecordBytes);
  }

  /** The next byte; there must be one. */
  abstract byte next();

  /** Passes over bytes of a record whose size has been checked. */
  abstract void pass(int count);

  /** Grows by one for each byte passed. */
  abstract long position();

  /** Whether a record of this size can be there; throws with the reason if it cannot. */
  abstract void checkRecordSize(int size);

  abstract boolean isAtEnd();

  /** Greatest timestamp of all records, -1 if none has one. */
  final long maxTimestamp() {
    return maxTimestamp;
  }

  /** Offset delta of the first record that has the greatest timestamp. */
  final int maxTimestampDelta() {
    return maxTimestampDelta;
  }

  /**
   * Scans the whole batch.
   *
   * @param count records that must be there, no more and no less; at least 0
   * @throws InvalidRecordException if the structure is broken
   */
  final void run(int count, long baseTimestamp, RecordRules rules) {
    long max = BatchHeader.NO_TIMESTAMP;
    int maxDelta = 0;
    for (int i = 0; i < count; i++) {
      int size = Varints.unzigzag(rawVarint());
      if (size < MIN_BODY_SIZE) {
        throw new InvalidRecordException("record " + i + " of " + size + " bytes");
      }
      checkRecordSize(size);
      long end = position() + size;
      pass(1);
      long timestamp = baseTimestamp + Varints.unzigzag(rawVarlong());
      int delta = Varints.unzigzag(rawVarint());
      if (delta != i) {
        throw new InvalidRecordException("record " + i + " has the offset delta " + delta);
      }
      int keySize = field(i, end);
      field(i, end);
      headers(i, end);
      if (position() != end) {
        throw new InvalidRecordException("record " + i + " is not as long as it says");
      }
      rules.check(i, timestamp, keySize >= 0);
      if (timestamp > max) {
        max = timestamp;
        maxDelta = i;
      }
    }
    if (!isAtEnd()) {
      throw new InvalidRecordException("bytes after the last of " + count + " records");
    }
    maxTimestamp = max;
    maxTimestampDelta = maxDelta;
  }

  /** Passes over a length and its bytes. Returns the length, -1 for null. */
  private int field(int record, long end) {
    int size = Varints.unzigzag(rawVarint());
    if (size > 0) {
      if (size > end - position()) {
        throw new InvalidRecordException("a field of record " + record + " leaves the record");
      }
      pass(size);
    } else if (size < -1) {
      throw new InvalidRecordException("record " + record + " has a field of length " + size);
    }
    return size;
  }

  private void headers(int record, long end) {
    int count = Varints.unzigzag(rawVarint());
    if (count == 0) {
      return;
    }
    // Each header takes two bytes at least: a great count in a small record is a lie.
    if (count < 0 || count > (end - position()) / 2) {
      throw new InvalidRecordException("record " + record + " claims " + count + " headers");
    }
    for (int i = 0; i < count; i++) {
      if (field(record, end) < 0) {
        throw new InvalidRecordException("record " + record + " has a header without a name");
      }
      field(record, end);
    }
  }

  /** The next varint as it lies there, not yet un-zigzagged. */
  private int rawVarint() {
    byte b = next();
    if (b >= 0) {
      return b;
    }
    int value = b & 0x7f;
    for (int shift = 7; shift < 28; shift += 7) {
      b = next();
      value |= (b & 0x7f) << shift;
      if (b >= 0) {
        return value;
      }
    }
    b = next();
    if ((b & 0xf0) != 0) {
      throw Varints.overlong();
    }
    return value | b << 28;
  }

  private long rawVarlong() {
    byte b = next();
    if (b >= 0) {
      return b;
    }
    long value = b & 0x7f;
    for (int shift = 7; shift < 63; shift += 7) {
      b = next();
      value |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        return value;
      }
    }
    b = next();
    if ((b & 0xfe) != 0) {
      throw Varints.overlong();
    }
    return value | (long) b << 63;
  }

  /** Records in one piece of memory. */
  private static final class Memory extends RecordScan {

    private final ByteBuffer memory;
    private final int limit;
    private int position;

    Memory(ByteBuffer memory) {
      this.memory = memory;
      this.position = memory.position();
      this.limit = memory.limit();
    }

    @Override
    byte next() {
      if (position >= limit) {
        throw new InvalidRecordException("the records end early");
      }
      return memory.get(position++);
    }

    @Override
    void pass(int count) {
      // The record's size has been checked, so a field inside it is there.
      position += count;
    }

    @Override
    long position() {
      return position;
    }

    @Override
    void checkRecordSize(int size) {
      if (size > limit - position) {
        throw new InvalidRecordException(
            "a record of " + size + " bytes where " + (limit - position) + " are left");
      }
    }

    @Override
    boolean isAtEnd() {
      return position == limit;
    }
  }

  /** Records that come in windows. */
  private static final class Stream extends RecordScan {

    private final DecompressedStream stream;
    private final int maxRecordBytes;

    Stream(DecompressedStream stream, int maxRecordBytes) {
      this.stream = stream;
      this.maxRecordBytes = maxRecordBytes;
    }

    @Override
    byte next() {
      return stream.next();
    }

    @Override
    void pass(int count) {
      stream.pass(count);
    }

    @Override
    long position() {
      return stream.consumed();
    }

    @Override
    void checkRecordSize(int size) {
      if (size > maxRecordBytes) {
        throw new InvalidRecordException(
            "a record of " + size + " bytes, where at most " + maxRecordBytes + " are allowed");
      }
    }

    @Override
    boolean isAtEnd() {
      return stream.isAtEnd();
    }
  }
}
