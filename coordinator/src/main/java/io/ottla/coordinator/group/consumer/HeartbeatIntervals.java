package io.ottla.coordinator.group.consumer;

/**
 * How soon a member is to send its next heartbeat. What an operator has set is told as it is.
 * Otherwise members of a group that is on its way to a new assignment come often, as each step
 * waits for a heartbeat, and those of a group at rest seldom, the more so the more they are.
 *
 * <p>Any thread.
 */
final class HeartbeatIntervals {

  private static final int SHORTEST_MS = 200;
  private static final int LONGEST_UNSETTLED_MS = 500;
  private static final int SHORTEST_SETTLED_MS = 2_000;
  private static final int LONGEST_MS = 5_000;

  private static final int UNSETTLED_MS_PER_MEMBER = 1;
  private static final int SETTLED_MS_PER_MEMBER = 40;

  private HeartbeatIntervals() {}

  static int of(ConsumerGroup group, ConsumerGroupSettings settings) {
    if (settings.isHeartbeatIntervalExplicit()) {
      return settings.heartbeatIntervalMs();
    }
    return group.isSettled()
        ? Math.clamp((long) group.size() * SETTLED_MS_PER_MEMBER, SHORTEST_SETTLED_MS, LONGEST_MS)
        : Math.clamp(
            (long) group.size() * UNSETTLED_MS_PER_MEMBER, SHORTEST_MS, LONGEST_UNSETTLED_MS);
  }
}
