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

  /** Ends when a member of the classic protocol has not joined again in time. */
  Deadline join;

  /** Ends when a member of the classic protocol has joined, but not synced in time. */
  Deadline sync;

  /** When the member was heard of last, in milliseconds since 1970. */
  long lastHeardMs;

  void cancel() {
    cancel(session);
    cancel(rebalance);
    cancel(join);
    cancel(sync);
  }

  static void cancel(Deadline deadline) {
    if (deadline != null) {
      deadline.cancel();
    }
  }
}
