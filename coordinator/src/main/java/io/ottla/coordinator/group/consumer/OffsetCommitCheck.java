package io.ottla.coordinator.group.consumer;

import io.ottla.wire.Uuid;

/**
 * Says whether a member that is admitted as such may commit the offset of a partition (KIP-1251).
 * On the shard's thread, within the operation that asked for it.
 */
@FunctionalInterface
public interface OffsetCommitCheck {

  /** Every partition may be committed. */
  OffsetCommitCheck ANY = (topicId, partition) -> {};

  /**
   * @throws io.ottla.coordinator.CoordinatorException if it may not; the whole request is refused
   *     with that error
   */
  void check(Uuid topicId, int partition);
}
