package io.ottla.coordinator.group;

import io.ottla.coordinator.CoordinatorRecord;
import java.util.List;

/**
 * What offsets and administration need to know of a group, of whatever protocol its members speak.
 *
 * <p>Owned by the shard's thread.
 */
sealed interface Group permits ClassicGroup, ModernGroup {

  String groupId();

  GroupType type();

  /** The name of its state as clients see it. */
  String stateText();

  /** What kind of clients its members are, as they say themselves; empty if it never had any. */
  String listedProtocolType();

  /** Whether it has no members and prepares for none. */
  boolean isEmpty();

  /** Whether offsets of the topic are in use by the members, as far as one knows. */
  boolean isSubscribedTo(String topic);

  /** Adds what deletes the group, which is empty; its offsets are another matter. */
  void addTombstones(List<CoordinatorRecord> records);
}
