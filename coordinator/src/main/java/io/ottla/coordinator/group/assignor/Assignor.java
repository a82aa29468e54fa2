package io.ottla.coordinator.group.assignor;

import java.util.Map;

/**
 * Spreads the partitions of a group's topics over its members.
 *
 * <p>A pure function: it changes nothing it is given, keeps nothing, and gives the same answer for
 * the same content. Any thread may call it; big groups are better not assigned on a shard's thread.
 *
 * <p>The answer has one entry per member. A member whose partitions do not change is answered with
 * the very object it was given in, so that callers can tell by identity.
 */
public interface Assignor {

  /** What clients ask for in their heartbeats, and operators list in the configuration. */
  String name();

  /**
   * Returns each member's partitions, by member id.
   *
   * @throws AssignorException if a member is subscribed to a topic that does not exist
   */
  Map<String, MemberAssignment> assign(GroupSpec group, TopicSpec topics);
}
