package io.ottla.metadata.image;

import io.ottla.metadata.codec.CodecException;

/** Whether a partition's leader was elected among those that hold all that was acknowledged. */
public enum LeaderRecoveryState {

  /** The leader has all that was acknowledged. */
  RECOVERED(0),

  /** The leader was elected uncleanly and has not yet put its log in order. */
  RECOVERING(1);

  private final byte id;

  LeaderRecoveryState(int id) {
    this.id = (byte) id;
  }

  /** The id the protocol gives it. */
  public byte id() {
    return id;
  }

  /**
   * The state of a protocol id.
   *
   * @throws CodecException if there is none
   */
  public static LeaderRecoveryState forId(int id) {
    return switch (id) {
      case 0 -> RECOVERED;
      case 1 -> RECOVERING;
      default -> throw new CodecException("leader recovery state " + id + " is not known here");
    };
  }
}
