package io.ottla.metadata.codec;

import io.ottla.wire.Uuid;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * Writes one frame (see the package's comment). Not thread-safe; one writer per frame.
 *
 * <p>Maps are written in key order, so that equal values have equal bytes on every machine.
 */
public final class FrameWriter {

  private static final int INITIAL_BYTES = 256;
  private static final int CRC_BYTES = Integer.BYTES;

  private final int maxBytes;
  private byte[] bytes;
  private int length;

  /**
   * @param version the version that opens the frame
   * @param maxBytes the longest frame allowed, CRC included
   */
  public FrameWriter(int version, int maxBytes) {
    this.maxBytes = maxBytes;
    this.bytes = new byte[Math.min(INITIAL_BYTES, maxBytes)];
    writeByte(version);
  }

  public void writeByte(int value) {
    reserve(1);
    bytes[length++] = (byte) value;
  }

  public void writeBoolean(boolean value) {
    writeByte(value ? 1 : 0);
  }

  /** A count or length: not negative, small values are short. */
  public void writeCount(int value) {
    if (value < 0) {
      throw new CodecException("a count cannot be " + value);
    }
    writeUnsigned(value);
  }

  public void writeInt(int value) {
    writeUnsigned(((value << 1) ^ (value >> 31)) & 0xFFFF_FFFFL);
  }

  public void writeLong(long value) {
    writeUnsigned((value << 1) ^ (value >> 63));
  }

  /** Eight bytes, big endian: for hashes, whose varints would be longer. */
  public void writeFixedLong(long value) {
    reserve(Long.BYTES);
    ByteBuffer.wrap(bytes).putLong(length, value);
    length += Long.BYTES;
  }

  public void writeUuid(Uuid value) {
    writeFixedLong(value.mostSignificantBits());
    writeFixedLong(value.leastSignificantBits());
  }

  public void writeString(String value) {
    byte[] text = value.getBytes(StandardCharsets.UTF_8);
    writeCount(text.length);
    reserve(text.length);
    System.arraycopy(text, 0, bytes, length, text.length);
    length += text.length;
  }

  public void writeBytes(byte[] value) {
    writeCount(value.length);
    reserve(value.length);
    System.arraycopy(value, 0, bytes, length, value.length);
    length += value.length;
  }

  public void writeNullableString(String value) {
    writeBoolean(value != null);
    if (value != null) {
      writeString(value);
    }
  }

  public void writeStrings(Map<String, String> values) {
    writeCount(values.size());
    new TreeMap<>(values)
        .forEach(
            (key, value) -> {
              writeString(key);
              writeString(value);
            });
  }

  /** Closes the frame with its CRC and returns it. The writer is spent. */
  public byte[] toFrame() {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    reserve(CRC_BYTES);
    ByteBuffer.wrap(bytes).putInt(length, (int) crc.getValue());
    length += CRC_BYTES;
    return Arrays.copyOf(bytes, length);
  }

  /** A 64-bit hash of what was written so far: equal bytes give equal hashes on every machine. */
  public long hash() {
    return Hash64.of(bytes, length);
  }

  private void writeUnsigned(long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      writeByte((int) (rest & 0x7F) | 0x80);
      rest >>>= 7;
    }
    writeByte((int) rest);
  }

  private void reserve(int more) {
    long needed = (long) length + more;
    if (needed > maxBytes) {
      throw new TooLargeException("needs more than the " + maxBytes + " bytes allowed");
    }
    if (needed > bytes.length) {
      bytes = Arrays.copyOf(bytes, (int) Math.min(maxBytes, Math.max(needed, bytes.length * 2L)));
    }
  }
}
