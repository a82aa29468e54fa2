package io.ottla.coordinator.group;

import io.ottla.wire.Uuid;

/**
 * The committed offsets of the groups of one partition of {@code __consumer_offsets}, to be looked
 * at from any thread while the shard goes on: nothing is copied and nobody waits. What changes
 * meanwhile is seen or not; each offset is one that was committed. What open transactions would
 * commit is not shown.
 */
public interface CommittedOffsets {

  /** The partition of {@code __consumer_offsets}. */
  int partition();

  /** Shows all of them, group by group and topic by topic, in no order. */
  void forEach(Visitor visitor);

  /** Shows those of one group. */
  void forEach(String groupId, Visitor visitor);

  /** Is shown one offset after the other. */
  @FunctionalInterface
  interface Visitor {

    /**
     * @param topicId the topic's id when it was committed, or {@link Uuid#ZERO} if it was not known
     * @param offset the offset to go on with
     */
    void visit(String groupId, String topic, Uuid topicId, int partition, long offset);
  }
}
