package io.ottla.coordinator.group;

import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.GroupMetadataValue;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The groups of one partition, of both protocols: an id has one group at most. Groups come and go
 * by replay alone.
 *
 * <p>Owned by the shard's thread.
 */
final class Groups {

  private final Map<String, ClassicGroup> classic = new LinkedHashMap<>();

  /** The group, or null. */
  Group find(String groupId) {
    return classic.get(groupId);
  }

  /** The group if it is a classic one, otherwise null. */
  ClassicGroup findClassic(String groupId) {
    return classic.get(groupId);
  }

  Collection<ClassicGroup> allClassic() {
    return Collections.unmodifiableCollection(classic.values());
  }

  /** All groups there are now. */
  List<Group> all() {
    return new ArrayList<>(classic.values());
  }

  List<String> ids() {
    return List.copyOf(classic.keySet());
  }

  /**
   * Applies a record of a classic group.
   *
   * @param value null if the group is deleted
   */
  void replay(String groupId, GroupMetadataValue value) {
    if (value == null) {
      ClassicGroup removed = classic.remove(groupId);
      if (removed != null) {
        removed.die(ErrorCode.UNKNOWN_MEMBER_ID);
      }
    } else {
      classic
          .computeIfAbsent(groupId, id -> new ClassicGroup(id, value.currentStateTimestamp()))
          .replay(value);
    }
  }

  /** Applies that a group has an offset: a group without members, if there was none. */
  void replayOffsetOf(String groupId) {
    if (find(groupId) == null) {
      classic.put(groupId, new ClassicGroup(groupId, CommittedOffset.NO_TIMESTAMP));
    }
  }

  void unload(ErrorCode error) {
    classic.values().forEach(group -> group.die(error));
    classic.clear();
  }
}
