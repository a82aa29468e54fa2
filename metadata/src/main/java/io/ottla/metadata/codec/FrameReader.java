package io.ottla.metadata.codec;

import io.ottla.wire.Uuid;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * Reads one frame (see the package's comment). Every method throws {@link CodecException} when the
 * bytes are not what it expects; nothing is allocated on the word of a length alone. Not
 * thread-safe.
 */
public final class FrameReader {

  private static final int CRC_BYTES = Integer.BYTES;

  private final byte[] bytes;
  private final int end;
  private final int version;
  private int position;

  /** Checks CRC and version. */
  public FrameReader(byte[] frame, int lowestVersion, int highestVersion) {
    if (frame.length < 1 + CRC_BYTES) {
      throw new CodecException("a frame of " + frame.length + " bytes is too short");
    }
    this.bytes = frame;
    this.end = frame.length - CRC_BYTES;
    CRC32C crc = new CRC32C();
    crc.update(frame, 0, end);
    if ((int) crc.getValue() != ByteBuffer.wrap(frame).getInt(end)) {
      throw new CodecException("a frame of " + frame.length + " bytes does not match its CRC");
    }
    this.version = readByte();
    if (version < lowestVersion || version > highestVersion) {
      throw new CodecException(
          "version "
              + version
              + " is not known here (known: "
              + lowestVersion
              + " to "
              + highestVersion
              + "); it was written by newer software");
    }
  }

  /** The version the frame was written in. */
  public int version() {
    return version;
  }

  public byte readByte() {
    need(1);
    return bytes[position++];
  }

  public boolean readBoolean() {
    byte value = readByte();
    if (value != 0 && value != 1) {
      throw new CodecException("a flag cannot be " + value);
    }
    return value == 1;
  }

  /**
   * How many items follow.
   *
   * @param leastItemBytes the fewest bytes one item takes: a count that cannot be true is refused
   */
  public int readCount(int leastItemBytes) {
    long value = readUnsigned();
    if (value < 0 || value > (end - position) / leastItemBytes) {
      throw new CodecException(value + " items cannot fit the " + (end - position) + " bytes left");
    }
    return (int) value;
  }

  public int readInt() {
    long raw = readUnsigned();
    if (raw < 0 || raw > 0xFFFF_FFFFL) {
      throw new CodecException("an int is out of range");
    }
    int value = (int) raw;
    return (value >>> 1) ^ -(value & 1);
  }

  public short readShort() {
    int value = readInt();
    if (value != (short) value) {
      throw new CodecException(value + " is out of range");
    }
    return (short) value;
  }

  public long readLong() {
    long value = readUnsigned();
    return (value >>> 1) ^ -(value & 1);
  }

  public long readFixedLong() {
    need(Long.BYTES);
    long value = ByteBuffer.wrap(bytes).getLong(position);
    position += Long.BYTES;
    return value;
  }

  public Uuid readUuid() {
    return new Uuid(readFixedLong(), readFixedLong());
  }

  public String readString() {
    int length = readCount(1);
    try {
      String text =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(bytes, position, length))
              .toString();
      position += length;
      return text;
    } catch (CharacterCodingException e) {
      throw new CodecException("a string is not UTF-8", e);
    }
  }

  public byte[] readBytes() {
    int length = readCount(1);
    byte[] value = Arrays.copyOfRange(bytes, position, position + length);
    position += length;
    return value;
  }

  /** Null when absent. */
  public String readNullableString() {
    return readBoolean() ? readString() : null;
  }

  /** An unmodifiable map in key order. */
  public Map<String, String> readStrings() {
    int count = readCount(2);
    Map<String, String> values = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      String key = readString();
      if (values.put(key, readString()) != null) {
        throw new CodecException("'" + key + "' appears twice");
      }
    }
    return Collections.unmodifiableMap(values);
  }

  /** The body must end here. */
  public void expectEnd() {
    if (position != end) {
      throw new CodecException((end - position) + " bytes too many");
    }
  }

  private long readUnsigned() {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      byte next = readByte();
      value |= (next & 0x7FL) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new CodecException("a varint is longer than ten bytes");
  }

  private void need(int count) {
    if (end - position < count) {
      throw new CodecException(count + " bytes wanted, " + (end - position) + " left");
    }
  }
}
