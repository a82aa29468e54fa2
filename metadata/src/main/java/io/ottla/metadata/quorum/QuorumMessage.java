package io.ottla.metadata.quorum;

import io.ottla.metadata.config.HostPort;
import io.ottla.wire.Uuid;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What voters send each other: one of Ratis' messages, and who it is from and for.
 *
 * <pre>
 *  version     1 byte, 0
 *  kind        1 byte
 *  from        directory id of the sender, 16 bytes
 *  to          directory id the receiver is known with, 16 bytes; zero when it is not known
 *  address     of the sender's controller listener: length (2 bytes), UTF-8
 *  body        Ratis' protobuf message, to the end
 * </pre>
 *
 * @param from the sender's metadata directory
 * @param to the receiver's metadata directory as the sender knows it
 * @param fromAddress how the sender is reached
 */
record QuorumMessage(Kind kind, Uuid from, Uuid to, HostPort fromAddress, byte[] body) {

  /** Which of Ratis' messages. */
  enum Kind {
    VOTE,
    APPEND,
    SNAPSHOT,
    ELECT;

    private static final Kind[] ALL = values();

    /** May take as long as the disk; the others must not wait for it. */
    boolean isBulk() {
      return this == APPEND || this == SNAPSHOT;
    }
  }

  private static final byte VERSION = 0;
  private static final int FIXED_BYTES = 2 + 16 + 16 + 2;

  byte[] encode() {
    byte[] address = fromAddress.toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer out = ByteBuffer.allocate(FIXED_BYTES + address.length + body.length);
    out.put(VERSION).put((byte) kind.ordinal());
    putUuid(out, from);
    putUuid(out, to);
    out.putShort((short) address.length).put(address).put(body);
    return out.array();
  }

  /**
   * @throws IllegalArgumentException if it is not a message of this version
   */
  static QuorumMessage decode(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    if (in.remaining() < FIXED_BYTES) {
      throw new IllegalArgumentException("a quorum message of " + bytes.length + " bytes");
    }
    byte version = in.get();
    int kind = in.get();
    if (version != VERSION || kind < 0 || kind >= Kind.ALL.length) {
      throw new IllegalArgumentException(
          "a quorum message of version " + version + " and kind " + kind);
    }
    Uuid from = getUuid(in);
    Uuid to = getUuid(in);
    int length = in.getShort();
    if (length < 0 || length > in.remaining()) {
      throw new IllegalArgumentException("a quorum message with an address of " + length);
    }
    byte[] address = new byte[length];
    in.get(address);
    HostPort fromAddress =
        HostPort.parse(new String(address, StandardCharsets.UTF_8))
            .orElseThrow(() -> new IllegalArgumentException("a quorum message without address"));
    byte[] body = new byte[in.remaining()];
    in.get(body);
    return new QuorumMessage(Kind.ALL[kind], from, to, fromAddress, body);
  }

  private static void putUuid(ByteBuffer out, Uuid id) {
    out.putLong(id.mostSignificantBits()).putLong(id.leastSignificantBits());
  }

  private static Uuid getUuid(ByteBuffer in) {
    return new Uuid(in.getLong(), in.getLong());
  }

  /**
   * What comes back.
   *
   * <pre>
   *  version     1 byte, 0
   *  carried out 1 byte, 0 or 1
   *  from        directory id of who answers, 16 bytes
   *  body        Ratis' protobuf answer, or why there is none (UTF-8), to the end
   * </pre>
   */
  record Answer(boolean carriedOut, Uuid from, byte[] body) {

    private static final int FIXED_BYTES = 2 + 16;

    static Answer refusal(Uuid from, String why) {
      return new Answer(false, from, why.getBytes(StandardCharsets.UTF_8));
    }

    String why() {
      return new String(body, StandardCharsets.UTF_8);
    }

    byte[] encode() {
      ByteBuffer out = ByteBuffer.allocate(FIXED_BYTES + body.length);
      out.put(VERSION).put((byte) (carriedOut ? 1 : 0));
      putUuid(out, from);
      out.put(body);
      return out.array();
    }

    /**
     * @throws IllegalArgumentException if it is not an answer of this version
     */
    static Answer decode(byte[] bytes) {
      ByteBuffer in = ByteBuffer.wrap(bytes);
      if (in.remaining() < FIXED_BYTES || in.get() != VERSION) {
        throw new IllegalArgumentException("not an answer of the quorum");
      }
      boolean carriedOut = in.get() == 1;
      Uuid from = getUuid(in);
      byte[] body = new byte[in.remaining()];
      in.get(body);
      return new Answer(carriedOut, from, body);
    }
  }
}
