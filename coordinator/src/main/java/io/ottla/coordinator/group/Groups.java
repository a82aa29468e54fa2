package io.ottla.coordinator.group;

import io.ottla.coordinator.CoordinatorRecord;
import io.ottla.coordinator.group.consumer.ConsumerGroup;
import io.ottla.coordinator.group.consumer.ConsumerGroups;
import io.ottla.wire.ErrorCode;
import io.ottla.wire.message.ConsumerGroupMetadataKey;
import io.ottla.wire.message.GroupMetadataValue;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The groups of one partition, of both protocols: an id has one group at most. Groups come and go
 * by replay alone.
 *
 * <p>Owned by the shard's thread.
 */
final class Groups {

  private static final Logger LOG = LoggerFactory.getLogger(Groups.class);

  private final Map<String, ClassicGroup> classic = new LinkedHashMap<>();
  private final ConsumerGroups modern;

  Groups(ConsumerGroups modern) {
    this.modern = modern;
  }

  /** The group, or null. */
  Group find(String groupId) {
    ConsumerGroup group = modern.find(groupId);
    return group == null ? classic.get(groupId) : new ModernGroup(group);
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
    List<Group> all = new ArrayList<>(classic.values());
    modern.all().forEach(group -> all.add(new ModernGroup(group)));
    return all;
  }

  List<String> ids() {
    return all().stream().map(Group::groupId).toList();
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
        // If somebody waits in it, it becomes a consumer group, which they are to join.
        removed.die(ErrorCode.REBALANCE_IN_PROGRESS);
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

  /**
   * Applies a record of a consumer group.
   *
   * @return false if it is none
   */
  boolean replay(CoordinatorRecord record) {
    if (!modern.replay(record)) {
      return false;
    }
    if (record.key() instanceof ConsumerGroupMetadataKey key && !record.isTombstone()) {
      replaceClassic(key.groupId());
    }
    return true;
  }

  /** Offsets alone made a classic group of what is a consumer group now: offsets have no type. */
  private void replaceClassic(String groupId) {
    ClassicGroup former = classic.remove(groupId);
    if (former == null) {
      return;
    }
    if (!former.isSimple()) {
      LOG.warn(
          "The log says that group {} is a classic and a consumer group; the latter is kept",
          former);
    }
    former.die(ErrorCode.UNKNOWN_MEMBER_ID);
  }

  void unload(ErrorCode error) {
    classic.values().forEach(group -> group.die(error));
    classic.clear();
  }
}
