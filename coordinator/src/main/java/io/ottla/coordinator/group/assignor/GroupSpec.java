package io.ottla.coordinator.group.assignor;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * The group to assign. Must not change while an assignor reads it.
 *
 * @param members by member id
 */
public record GroupSpec(Map<String, MemberSpec> members) {

  /** Returns whether all members subscribe to the same topics. */
  public boolean isHomogeneous() {
    MemberSpec first = null;
    for (MemberSpec each : members.values()) {
      if (first == null) {
        first = each;
      } else if (each.topics() != first.topics() && !each.topics().equals(first.topics())) {
        return false;
      }
    }
    return true;
  }

  /**
   * Returns the ids of the members in the one order that assignors use: static members by instance
   * id, then the others by member id. A static member that comes back under a new member id keeps
   * its place.
   */
  List<String> orderedIds() {
    List<String> ids = new ArrayList<>(members.keySet());
    Comparator<String> byInstance =
        Comparator.comparing(
            id -> members.get(id).instanceId(), Comparator.nullsLast(Comparator.naturalOrder()));
    ids.sort(byInstance.thenComparing(Comparator.naturalOrder()));
    return ids;
  }
}
