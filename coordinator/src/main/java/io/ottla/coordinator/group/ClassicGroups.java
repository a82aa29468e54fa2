package io.ottla.coordinator.group;

import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.GroupMetadataValue;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The groups of one partition. Groups come and go by replay alone.
 *
 * <p>Owned by the shard's thread.
 */
final class ClassicGroups {

  private final Map<String, ClassicGroup> groups = new LinkedHashMap<>();

  /** The group, or null. */
  ClassicGroup find(String groupId) {
    return groups.get(groupId);
  }

  Collection<ClassicGroup> all() {
    return Collections.unmodifiableCollection(groups.values());
  }

  List<String> ids() {
    return List.copyOf(groups.keySet());
  }

  /**
   * Applies a record of a group.
   *
   * @param value null if the group is deleted
   */
  void replay(String groupId, GroupMetadataValue value) {
    if (value == null) {
      ClassicGroup removed = groups.remove(groupId);
      if (removed != null) {
        removed.die(ErrorCode.UNKNOWN_MEMBER_ID);
      }
    } else {
      groups
          .computeIfAbsent(groupId, id -> new ClassicGroup(id, value.currentStateTimestamp()))
          .replay(value);
    }
  }

  /** Applies that a group has an offset: a group without members, if there was none. */
  void replayOffsetOf(String groupId) {
    groups.computeIfAbsent(groupId, id -> new ClassicGroup(id, CommittedOffset.NO_TIMESTAMP));
  }

  void unload(ErrorCode error) {
    groups.values().forEach(group -> group.die(error));
    groups.clear();
  }
}
