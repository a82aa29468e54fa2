package io.ottla.coordinator.group.consumer;

import io.ottla.wire.Uuid;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which partitions of a group have an owner: for each the epoch of the member that has it, or still
 * has to give it up. A partition is given to nobody while it is in here.
 *
 * <p>Owned by the shard's thread.
 */
final class PartitionOwners {

  private static final Logger LOG = LoggerFactory.getLogger(PartitionOwners.class);

  /** Nobody owns the partition. */
  static final int NOBODY = -1;

  private final String groupId;
  private final Map<Uuid, Map<Integer, Integer>> epochs = new HashMap<>();

  PartitionOwners(String groupId) {
    this.groupId = groupId;
  }

  /** The epoch of the partition's owner, or {@link #NOBODY}. */
  int epoch(Uuid topicId, int partition) {
    Map<Integer, Integer> ofTopic = epochs.get(topicId);
    return ofTopic == null ? NOBODY : ofTopic.getOrDefault(partition, NOBODY);
  }

  boolean isOwned(Uuid topicId, int partition) {
    return epoch(topicId, partition) != NOBODY;
  }

  /** A member has come (null before), moved on, or gone (null after). */
  void replace(CurrentAssignment before, CurrentAssignment after) {
    if (before != null) {
      remove(before.assigned(), before.epoch());
      remove(before.pendingRevocation(), before.epoch());
    }
    if (after != null) {
      add(after.assigned(), after.epoch());
      add(after.pendingRevocation(), after.epoch());
    }
  }

  private void remove(Map<Uuid, Map<Integer, Integer>> assignment, int epoch) {
    assignment.forEach(
        (topicId, partitions) -> {
          Map<Integer, Integer> ofTopic = epochs.get(topicId);
          if (ofTopic != null) {
            // In a log that is half compacted a partition may have gone to somebody else before.
            partitions.keySet().forEach(partition -> ofTopic.remove(partition, epoch));
            if (ofTopic.isEmpty()) {
              epochs.remove(topicId);
            }
          }
        });
  }

  private void add(Map<Uuid, Map<Integer, Integer>> assignment, int epoch) {
    assignment.forEach(
        (topicId, partitions) -> {
          if (!partitions.isEmpty()) {
            Map<Integer, Integer> ofTopic = epochs.computeIfAbsent(topicId, id -> new HashMap<>());
            partitions.keySet().forEach(partition -> add(ofTopic, topicId, partition, epoch));
          }
        });
  }

  private void add(Map<Integer, Integer> ofTopic, Uuid topicId, int partition, int epoch) {
    Integer before = ofTopic.get(partition);
    if (before != null && before >= epoch) {
      LOG.warn(
          "Partition {} of topic {} is given away in epoch {} of group {}, but was owned in epoch"
              + " {}; it stays with whoever has the later epoch",
          partition,
          topicId,
          epoch,
          groupId,
          before);
      return;
    }
    ofTopic.put(partition, epoch);
  }
}
