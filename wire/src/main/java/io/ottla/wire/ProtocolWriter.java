package io.ottla.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.List;

/**
 * Writes the protocol's types to a buffer, moving its writer index, and tells their sizes
 * beforehand. What {@code compact} means is said at {@link ProtocolReader}.
 *
 * <p>Not safe for use by several threads. Neither buffer nor records are retained or released.
 */
public final class ProtocolWriter {

  private static final int MAX_STRING_BYTES = Short.MAX_VALUE;

  private final ByteBuf out;
  private final SpliceSink sink;

  /** A writer that copies records; they must be {@link BufferRecords}. */
  public ProtocolWriter(ByteBuf out) {
    this(out, null);
  }

  /**
   * A writer that leaves records of any kind to a sink and writes only their length.
   *
   * @param sink told about the records as they come by
   */
  public ProtocolWriter(ByteBuf out, SpliceSink sink) {
    this.out = out;
    this.sink = sink;
  }

  public void writeBoolean(boolean value) {
    out.writeByte(value ? 1 : 0);
  }

  public void writeByte(byte value) {
    out.writeByte(value);
  }

  public void writeShort(short value) {
    out.writeShort(value);
  }

  public void writeUnsignedShort(int value) {
    out.writeShort(value);
  }

  public void writeInt(int value) {
    out.writeInt(value);
  }

  public void writeUnsignedInt(long value) {
    out.writeInt((int) value);
  }

  public void writeLong(long value) {
    out.writeLong(value);
  }

  public void writeDouble(double value) {
    out.writeDouble(value);
  }

  public void writeUuid(Uuid value) {
    out.writeLong(value.mostSignificantBits());
    out.writeLong(value.leastSignificantBits());
  }

  /** Writes 32 bits, seven per byte, the lowest first. */
  public void writeUnsignedVarint(int value) {
    int rest = value;
    while ((rest & ~0x7f) != 0) {
      out.writeByte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    out.writeByte(rest);
  }

  public static int sizeOfUnsignedVarint(int value) {
    int significantBits = Integer.SIZE - Integer.numberOfLeadingZeros(value | 1);
    return (significantBits + 6) / 7;
  }

  public void writeString(String value, boolean compact) {
    int bytes = stringBytes(value);
    if (compact) {
      writeUnsignedVarint(bytes + 1);
    } else {
      out.writeShort(bytes);
    }
    ByteBufUtil.reserveAndWriteUtf8(out, value, bytes);
  }

  public void writeNullableString(String value, boolean compact) {
    if (value != null) {
      writeString(value, compact);
    } else if (compact) {
      writeUnsignedVarint(0);
    } else {
      out.writeShort(-1);
    }
  }

  /**
   * Length and bytes.
   *
   * @throws IllegalArgumentException if the string has more than 32767 bytes, which the protocol
   *     has no way to say
   */
  public static int sizeOfString(String value, boolean compact) {
    int bytes = stringBytes(value);
    return bytes + (compact ? sizeOfUnsignedVarint(bytes + 1) : Short.BYTES);
  }

  public static int sizeOfNullableString(String value, boolean compact) {
    if (value == null) {
      return compact ? 1 : Short.BYTES;
    }
    return sizeOfString(value, compact);
  }

  private static int stringBytes(String value) {
    int bytes = ByteBufUtil.utf8Bytes(value);
    if (bytes > MAX_STRING_BYTES) {
      throw new IllegalArgumentException("a string of " + bytes + " bytes cannot be sent");
    }
    return bytes;
  }

  public void writeBytes(byte[] value, boolean compact) {
    writeLength(value.length, compact);
    out.writeBytes(value);
  }

  public void writeNullableBytes(byte[] value, boolean compact) {
    if (value == null) {
      writeLength(-1, compact);
    } else {
      writeBytes(value, compact);
    }
  }

  public static int sizeOfBytes(byte[] value, boolean compact) {
    return sizeOfLength(value.length, compact) + value.length;
  }

  public static int sizeOfNullableBytes(byte[] value, boolean compact) {
    return value == null ? sizeOfLength(-1, compact) : sizeOfBytes(value, compact);
  }

  /**
   * Writes the records' length, and their bytes unless there is a sink for them.
   *
   * @throws IllegalStateException if there is no sink and the records are not in memory
   */
  public void writeRecords(Records value, boolean compact) {
    writeLength(value.sizeInBytes(), compact);
    if (sink != null) {
      sink.splice(out.writerIndex(), value);
    } else if (value instanceof BufferRecords inMemory) {
      ByteBuf bytes = inMemory.buffer();
      out.writeBytes(bytes, bytes.readerIndex(), bytes.readableBytes());
    } else {
      throw new IllegalStateException("only a sink can take a " + value.getClass().getName());
    }
  }

  public void writeNullableRecords(Records value, boolean compact) {
    if (value == null) {
      writeLength(-1, compact);
    } else {
      writeRecords(value, compact);
    }
  }

  /** Length and bytes, whether or not the bytes will go to a sink. */
  public static int sizeOfRecords(Records value, boolean compact) {
    int bytes = value.sizeInBytes();
    return sizeOfLength(bytes, compact) + bytes;
  }

  public static int sizeOfNullableRecords(Records value, boolean compact) {
    return value == null ? sizeOfLength(-1, compact) : sizeOfRecords(value, compact);
  }

  public void writeArrayLength(int count, boolean compact) {
    writeLength(count, compact);
  }

  public void writeNullableArrayLength(List<?> list, boolean compact) {
    writeLength(list == null ? -1 : list.size(), compact);
  }

  public static int sizeOfArrayLength(int count, boolean compact) {
    return sizeOfLength(count, compact);
  }

  public static int sizeOfNullableArrayLength(List<?> list, boolean compact) {
    return sizeOfLength(list == null ? -1 : list.size(), compact);
  }

  /** Writes whether a struct that may be null follows; see {@link ProtocolReader#readPresence}. */
  public void writePresence(boolean present, boolean tagged) {
    if (tagged) {
      out.writeByte(present ? 1 : 0);
    } else {
      out.writeByte(present ? 1 : -1);
    }
  }

  /**
   * Writes tagged fields as they are. Their number comes before, and the known ones, whose tags are
   * lower.
   *
   * @param fields by tag, or null for none
   */
  public void writeTaggedFields(List<RawTaggedField> fields) {
    if (fields == null) {
      return;
    }
    for (RawTaggedField field : fields) {
      writeUnsignedVarint(field.tag());
      writeUnsignedVarint(field.data().length);
      out.writeBytes(field.data());
    }
  }

  /** Size of one tagged field: tag, size and value. */
  public static int sizeOfTaggedField(int tag, int valueSize) {
    return sizeOfUnsignedVarint(tag) + sizeOfUnsignedVarint(valueSize) + valueSize;
  }

  /**
   * Size of the unknown fields and of the number of all tagged fields.
   *
   * @param known how many known tagged fields are written besides
   */
  public static int sizeOfUnknownTaggedFields(List<RawTaggedField> fields, int known) {
    if (fields == null) {
      return sizeOfUnsignedVarint(known);
    }
    int size = sizeOfUnsignedVarint(known + fields.size());
    for (RawTaggedField field : fields) {
      size += sizeOfTaggedField(field.tag(), field.data().length);
    }
    return size;
  }

  private void writeLength(int length, boolean compact) {
    if (compact) {
      writeUnsignedVarint(length + 1);
    } else {
      out.writeInt(length);
    }
  }

  private static int sizeOfLength(int length, boolean compact) {
    return compact ? sizeOfUnsignedVarint(length + 1) : Integer.BYTES;
  }
}
