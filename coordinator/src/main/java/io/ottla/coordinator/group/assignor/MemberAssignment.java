package io.ottla.coordinator.group.assignor;

import io.ottla.wire.Uuid;
import java.util.Map;
import java.util.Set;

/**
 * The partitions of one member. Whoever makes one does not change the map or its sets afterwards.
 *
 * @param partitions by topic; no set is empty
 */
public record MemberAssignment(Map<Uuid, Set<Integer>> partitions) {

  public static final MemberAssignment EMPTY = new MemberAssignment(Map.of());

  /** Returns how many partitions these are. */
  public int size() {
    int size = 0;
    for (Set<Integer> each : partitions.values()) {
      size += each.size();
    }
    return size;
  }
}
