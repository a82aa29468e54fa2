package io.ottla.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the protocol's types from a buffer, moving its reader index. What it is given may be
 * hostile: every length is checked against the bytes that are left before anything is made of it,
 * and whatever is wrong throws {@link MalformedMessageException}.
 *
 * <p>{@code compact} arguments choose between the two ways to write a length: fixed (two bytes for
 * strings, four for the rest; -1 is null) or, in flexible versions, a varint of length + 1 (0 is
 * null). See KIP-482.
 *
 * <p>Not safe for use by several threads. Does not retain the buffer: records that were read are
 * slices of it and live as long as it does, or until whoever keeps them retains them.
 */
public final class ProtocolReader {

  private static final byte[] NO_BYTES = {};
  private static final int MAX_STRING_BYTES = Short.MAX_VALUE;
  private static final int MAX_VARINT_BYTES = 5;

  /** Bytes of the character that stands for a byte that is not UTF-8. */
  private static final int REPLACEMENT_BYTES = 3;

  /** A tagged field takes at least a byte for its tag and one for its size. */
  private static final int MIN_TAGGED_FIELD_BYTES = 2;

  private final ByteBuf in;

  /** Reads what is readable in the buffer. */
  public ProtocolReader(ByteBuf in) {
    this.in = in;
  }

  /** Bytes not yet read. */
  public int remaining() {
    return in.readableBytes();
  }

  public boolean readBoolean() {
    need(1);
    return in.readByte() != 0;
  }

  public byte readByte() {
    need(1);
    return in.readByte();
  }

  public short readShort() {
    need(2);
    return in.readShort();
  }

  public int readUnsignedShort() {
    need(2);
    return in.readUnsignedShort();
  }

  public int readInt() {
    need(4);
    return in.readInt();
  }

  public long readUnsignedInt() {
    need(4);
    return in.readUnsignedInt();
  }

  public long readLong() {
    need(8);
    return in.readLong();
  }

  public double readDouble() {
    need(8);
    return in.readDouble();
  }

  public Uuid readUuid() {
    need(16);
    long high = in.readLong();
    long low = in.readLong();
    return high == 0 && low == 0 ? Uuid.ZERO : new Uuid(high, low);
  }

  /**
   * Reads an unsigned varint of 32 bits. Padding (leading zero groups) is accepted, since clients
   * send it; more than five bytes or more than 32 bits are not.
   *
   * @return the value; negative if it is beyond {@link Integer#MAX_VALUE}
   */
  public int readUnsignedVarint() {
    int value = 0;
    for (int i = 0; i < MAX_VARINT_BYTES; i++) {
      byte next = readByte();
      if (i == MAX_VARINT_BYTES - 1 && (next & 0xf0) != 0) {
        break;
      }
      value |= (next & 0x7f) << (7 * i);
      if (next >= 0) {
        return value;
      }
    }
    throw malformed("a varint of more than 32 bits");
  }

  public String readString(boolean compact) {
    return notNull(readNullableString(compact), "string");
  }

  /**
   * Reads a string; bytes that are not UTF-8 become replacement characters. What is read can always
   * be written: a string that the replacements make too long is refused.
   */
  public String readNullableString(boolean compact) {
    int length = compact ? readCompactLength() : checkedLength(readShort());
    if (length < 0) {
      return null;
    }
    if (length > MAX_STRING_BYTES) {
      throw malformed("a string of " + length + " bytes");
    }
    if (length == 0) {
      return "";
    }
    need(length);
    String value = in.toString(in.readerIndex(), length, StandardCharsets.UTF_8);
    if (length > MAX_STRING_BYTES / REPLACEMENT_BYTES
        && ByteBufUtil.utf8Bytes(value) > MAX_STRING_BYTES) {
      throw malformed("a string of " + length + " bytes that are not UTF-8");
    }
    in.skipBytes(length);
    return value;
  }

  public byte[] readBytes(boolean compact) {
    return notNull(readNullableBytes(compact), "bytes");
  }

  public byte[] readNullableBytes(boolean compact) {
    int length = readLength(compact);
    return length < 0 ? null : readRawBytes(length);
  }

  private byte[] readRawBytes(int length) {
    if (length == 0) {
      return NO_BYTES;
    }
    need(length);
    byte[] value = new byte[length];
    in.readBytes(value);
    return value;
  }

  public BufferRecords readRecords(boolean compact) {
    return notNull(readNullableRecords(compact), "records");
  }

  /** Reads records as a slice of the buffer, which is not retained for it. */
  public BufferRecords readNullableRecords(boolean compact) {
    int length = readLength(compact);
    if (length < 0) {
      return null;
    }
    need(length);
    return new BufferRecords(in.readSlice(length));
  }

  /**
   * Reads the number of elements of a list that is not null.
   *
   * @param smallestElement the fewest bytes one element can take, at least 1
   * @return a number of elements for which enough bytes are left
   */
  public int readArrayLength(boolean compact, int smallestElement) {
    int count = readNullableArrayLength(compact, smallestElement);
    if (count < 0) {
      throw malformed("null for a list that cannot be null");
    }
    return count;
  }

  /** As {@link #readArrayLength}, with -1 for null. */
  public int readNullableArrayLength(boolean compact, int smallestElement) {
    int count = readLength(compact);
    if (count > in.readableBytes() / smallestElement) {
      throw malformed("a list of " + count + " elements");
    }
    return count;
  }

  /**
   * Reads whether a struct that may be null is there.
   *
   * @param tagged whether it is a tagged field's value, where the mark is a varint
   */
  public boolean readPresence(boolean tagged) {
    return tagged ? readUnsignedVarint() != 0 : readByte() >= 0;
  }

  /** Reads the number of tagged fields that follow. */
  public int readTaggedFieldCount() {
    int count = readUnsignedVarint();
    if (count < 0 || count > in.readableBytes() / MIN_TAGGED_FIELD_BYTES) {
      throw malformed(Integer.toUnsignedString(count) + " tagged fields");
    }
    return count;
  }

  /** Reads a tagged field's size and returns the reader index at which the field ends. */
  public int readTaggedFieldEnd() {
    int size = readUnsignedVarint();
    if (size < 0) {
      throw malformed("a tagged field of " + Integer.toUnsignedString(size) + " bytes");
    }
    need(size);
    return in.readerIndex() + size;
  }

  /**
   * Reads a tagged field that the schema does not know, up to its end.
   *
   * @param fields those read before, or null
   * @return the fields with this one
   */
  public List<RawTaggedField> readUnknownTaggedField(
      List<RawTaggedField> fields, int tag, int end) {
    List<RawTaggedField> all = fields == null ? new ArrayList<>() : fields;
    all.add(new RawTaggedField(tag, readRawBytes(end - in.readerIndex())));
    return all;
  }

  /** Reads a whole section of tagged fields of which the schema knows none; null if it is empty. */
  public List<RawTaggedField> readUnknownTaggedFields() {
    List<RawTaggedField> fields = null;
    int count = readTaggedFieldCount();
    for (int i = 0; i < count; i++) {
      int tag = readUnsignedVarint();
      int end = readTaggedFieldEnd();
      fields = readUnknownTaggedField(fields, tag, end);
    }
    return fields;
  }

  /** Checks that a tagged field took the size it was said to have. */
  public void endTaggedField(int tag, int end) {
    if (in.readerIndex() != end) {
      throw malformed("tagged field " + tag + " has another size than stated");
    }
  }

  /** For a tag that is defined, and not for the version at hand. */
  public MalformedMessageException unexpectedTag(int tag) {
    return malformed("tag " + tag + " does not exist in this version");
  }

  private int readLength(boolean compact) {
    return compact ? readCompactLength() : checkedLength(readInt());
  }

  private int readCompactLength() {
    int lengthPlusOne = readUnsignedVarint();
    if (lengthPlusOne < 0) {
      throw malformed("a length of " + Integer.toUnsignedString(lengthPlusOne - 1));
    }
    return lengthPlusOne - 1;
  }

  private int checkedLength(int length) {
    if (length < -1) {
      throw malformed("a length of " + length);
    }
    return length;
  }

  private <T> T notNull(T value, String what) {
    if (value == null) {
      throw malformed("null for " + what + " that cannot be null");
    }
    return value;
  }

  private void need(int bytes) {
    if (bytes > in.readableBytes()) {
      throw malformed("the message ends within a value of " + bytes + " bytes");
    }
  }

  private MalformedMessageException malformed(String problem) {
    return new MalformedMessageException(
        problem + " (at byte " + in.readerIndex() + ", " + in.readableBytes() + " bytes left)");
  }
}
