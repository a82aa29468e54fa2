package io.ottla.coordinator.group.journal;

import io.ottla.wire.TopicPartition;
import java.util.Collection;

/**
 * Is told by the protocols what a group goes through. Owned by the shard's thread; nothing here
 * throws, waits, or takes time that a member would notice.
 *
 * <p>In the order of a rebalance: {@link #because} begins it, and may be called again while it is
 * gathered what there is to assign; {@link #assigning} says that a generation (or target
 * assignment) is made now, so that a cause that still comes begins another rebalance; meanwhile
 * partitions are {@link #released} and {@link #taken}; and {@link #settled}, {@link #emptied} or
 * {@link #unloaded} end it. What is told of a group that does not rebalance is ignored, but for
 * {@link #because}. A protocol that goes on from one target assignment to the next without stopping
 * (KIP-848) does not say {@link #assigning}: its rebalance lasts until nobody has anything to wait
 * for.
 */
public interface RebalanceObserver {

  /**
   * Something makes the group rebalance. To be called before the group has changed: its members are
   * those before the rebalance.
   */
  void because(JournaledGroup group, RebalanceCause cause);

  /** The group has everything it needs to assign, and a new generation or group epoch. */
  void assigning(JournaledGroup group);

  /** Nobody owns these partitions any more. Those that nobody owned anyway are ignored. */
  void released(String groupId, Collection<TopicPartition> partitions);

  /**
   * Somebody owns these partitions now, which nobody did. What was not released in this rebalance,
   * or the one it superseded, has had no owner since the rebalance began.
   */
  void taken(String groupId, Collection<TopicPartition> partitions);

  /** Who owns what cannot be known in this rebalance. */
  void ownershipUnknown(String groupId);

  /**
   * Everybody has what it was to get; the group is as it is after the rebalance.
   *
   * @param leftForNext what nobody owns from now on, for another rebalance, about to begin, to give
   *     out: members that share out cooperatively take it from one first (KIP-429)
   */
  void settled(JournaledGroup group, Collection<TopicPartition> leftForNext);

  /** Nobody is left. */
  void emptied(JournaledGroup group);

  /** All groups are dropped: this broker does not coordinate them any more. */
  void unloaded();
}
