package io.ottla.coordinator.group.consumer;

/** How far a member is on its way to the target assignment. The codes are those of the records. */
public enum MemberState {
  /** It has all the target gives it in its epoch. */
  STABLE(0),
  /** It is to give partitions up, and has not said yet that it has. */
  UNREVOKED_PARTITIONS(1),
  /** It waits for partitions that others have not given up yet. */
  UNRELEASED_PARTITIONS(2),
  /** Written by a later version. The member has to begin anew. */
  UNKNOWN(127);

  private final byte code;

  MemberState(int code) {
    this.code = (byte) code;
  }

  public byte code() {
    return code;
  }

  public static MemberState forCode(byte code) {
    return switch (code) {
      case 0 -> STABLE;
      case 1 -> UNREVOKED_PARTITIONS;
      case 2 -> UNRELEASED_PARTITIONS;
      default -> UNKNOWN;
    };
  }
}
