package io.ottla.wire.record;

import io.netty.buffer.ByteBuf;

/** What a control record says. Its key is a version and this type, both int16 (KIP-98). */
public enum ControlRecordType {
  ABORT(0),
  COMMIT(1),
  LEADER_CHANGE(2),
  SNAPSHOT_HEADER(3),
  SNAPSHOT_FOOTER(4),
  KRAFT_VERSION(5),
  KRAFT_VOTERS(6),
  /** A type that came after this list; to be passed over. */
  UNKNOWN(-1);

  private static final int KEY_SIZE = 4;
  private static final short KEY_VERSION = 0;
  private static final ControlRecordType[] BY_ID = values();

  private final short id;

  ControlRecordType(int id) {
    this.id = (short) id;
  }

  public short id() {
    return id;
  }

  /** The type of this number, {@link #UNKNOWN} if there is none. */
  public static ControlRecordType forId(short id) {
    return id >= 0 && id <= KRAFT_VOTERS.id ? BY_ID[id] : UNKNOWN;
  }

  /** Reads a control record's key, whose indexes are not moved. */
  public static ControlRecordType parse(ByteBuf key) {
    if (key == null || key.readableBytes() < KEY_SIZE) {
      throw new InvalidRecordException("the key of a control record is cut off");
    }
    short version = key.getShort(key.readerIndex());
    if (version < 0) {
      throw new InvalidRecordException("a control record of version " + version);
    }
    return forId(key.getShort(key.readerIndex() + Short.BYTES));
  }

  /** Writes a control record's key. */
  void writeKey(ByteBuf out) {
    out.writeShort(KEY_VERSION).writeShort(id);
  }
}
