package io.ottla.coordinator.group;

import java.util.Arrays;
import java.util.Objects;

/**
 * One protocol a member speaks, such as an assignor, with what the member says in it.
 *
 * @param name the protocol's name
 * @param metadata bytes for the leader; not changed by anyone
 */
@SuppressWarnings("ArrayRecordComponent") // equality is by content, below
record MemberProtocol(String name, byte[] metadata) {

  @Override
  public boolean equals(Object other) {
    return other instanceof MemberProtocol that
        && name.equals(that.name)
        && Arrays.equals(metadata, that.metadata);
  }

  @Override
  public int hashCode() {
    return Objects.hash(name, Arrays.hashCode(metadata));
  }
}
