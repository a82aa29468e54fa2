package io.ottla.wire.record;

import io.netty.buffer.ByteBuf;

/**
 * The zigzag varints of record fields (KIP-98). Zeros may pad one to its full length, 5 or 10
 * bytes, as Kafka lets them; what does not fit the type is refused.
 */
final class Varints {

  private Varints() {}

  static int sizeOf(int value) {
    return sizeOfUnsigned(zigzag(value) & 0xffffffffL);
  }

  static int sizeOf(long value) {
    return sizeOfUnsigned(zigzag(value));
  }

  static void write(ByteBuf out, int value) {
    writeUnsigned(out, zigzag(value) & 0xffffffffL);
  }

  static void write(ByteBuf out, long value) {
    writeUnsigned(out, zigzag(value));
  }

  static int unzigzag(int raw) {
    return (raw >>> 1) ^ -(raw & 1);
  }

  static long unzigzag(long raw) {
    return (raw >>> 1) ^ -(raw & 1);
  }

  /** Reads at the reader index. */
  static int readInt(ByteBuf in) {
    int value = 0;
    for (int shift = 0; shift < 28; shift += 7) {
      byte b = next(in);
      value |= (b & 0x7f) << shift;
      if (b >= 0) {
        return unzigzag(value);
      }
    }
    byte last = next(in);
    if ((last & 0xf0) != 0) {
      throw overlong();
    }
    return unzigzag(value | last << 28);
  }

  /** Reads at the reader index. */
  static long readLong(ByteBuf in) {
    long value = 0;
    for (int shift = 0; shift < 63; shift += 7) {
      byte b = next(in);
      value |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        return unzigzag(value);
      }
    }
    byte last = next(in);
    if ((last & 0xfe) != 0) {
      throw overlong();
    }
    return unzigzag(value | (long) last << 63);
  }

  static InvalidRecordException overlong() {
    return new InvalidRecordException("a varint does not fit its type");
  }

  private static byte next(ByteBuf in) {
    if (!in.isReadable()) {
      throw new InvalidRecordException("a varint is cut off");
    }
    return in.readByte();
  }

  private static int zigzag(int value) {
    return (value << 1) ^ (value >> 31);
  }

  private static long zigzag(long value) {
    return (value << 1) ^ (value >> 63);
  }

  /** Seven bits a byte; zero takes one byte too. */
  private static int sizeOfUnsigned(long raw) {
    return (70 - Long.numberOfLeadingZeros(raw | 1)) / 7;
  }

  private static void writeUnsigned(ByteBuf out, long raw) {
    long rest = raw;
    while ((rest & ~0x7fL) != 0) {
      out.writeByte(((int) rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    out.writeByte((int) rest);
  }
}
