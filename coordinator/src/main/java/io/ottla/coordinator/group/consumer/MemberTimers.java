package io.ottla.coordinator.group.consumer;

import io.ottla.coordinator.Deadline;

/**
 * The timers of one member. Soft.
 *
 * <p>Owned by the shard's thread.
 */
final class MemberTimers {

  /** Ends when the member has been silent for too long. */
  Deadline session;

  /** Ends when the member was too slow to give partitions up. */
  Deadline rebalance;

  /** When the member was heard of last, in milliseconds since 1970. */
  long lastHeardMs;

  void cancel() {
    if (session != null) {
      session.cancel();
    }
    if (rebalance != null) {
      rebalance.cancel();
    }
  }
}
