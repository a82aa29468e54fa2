package io.ottla.wire;

import java.util.Arrays;
import java.util.Objects;

/**
 * A tagged field that this side does not know (KIP-482): kept as bytes, so that a message that is
 * passed on loses nothing. Immutable as long as nobody changes the array.
 */
public final class RawTaggedField {

  private final int tag;
  private final byte[] data;

  /**
   * @param data the field's bytes, without tag and length; not copied
   */
  public RawTaggedField(int tag, byte[] data) {
    this.tag = tag;
    this.data = Objects.requireNonNull(data, "data");
  }

  public int tag() {
    return tag;
  }

  /** The bytes themselves, not a copy. */
  public byte[] data() {
    return data;
  }

  @Override
  public boolean equals(Object object) {
    return object instanceof RawTaggedField other
        && tag == other.tag
        && Arrays.equals(data, other.data);
  }

  @Override
  public int hashCode() {
    return 31 * tag + Arrays.hashCode(data);
  }

  @Override
  public String toString() {
    return tag + ": " + data.length + " bytes";
  }
}
