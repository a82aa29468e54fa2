package io.ottla.simulation.client;

import io.ottla.wire.TopicPartition;
import java.util.Set;

/** Whom a member tells what it owns. */
public interface GroupListener {

  /** These are its own from now on. */
  void onAssigned(Set<TopicPartition> some, Runnable done);

  /** These are to be given back, which is done when it calls back. */
  void onRevoked(Set<TopicPartition> some, Runnable done);

  /** These are no longer its own, and may be somebody else's already. */
  void onLost(Set<TopicPartition> some);

  /**
   * These it has given back, and is told before it hears anything else of its coordinator that it
   * is no member: it may have lost them before it gave them back.
   */
  void onFoundLost(Set<TopicPartition> some);
}
