package io.ottla.bench.groups;

import java.util.List;

/**
 * What one load JVM does with the groups of one broker.
 *
 * @param bootstrap where the broker listens
 * @param brokerPid whose CPU time is counted
 * @param idle null for none
 */
record GroupPlan(
    String bootstrap, long brokerPid, List<Settle> settles, List<Commit> commits, Idle idle) {

  /** Ample for what is fixed: start of the JVM, topics, the end. */
  private static final int BASE_SECONDS = 60;

  /** The longest that a group may take to settle. */
  static final int SETTLE_LIMIT_SECONDS = 90;

  /**
   * A group that is joined by all at once, and left by some at once.
   *
   * @param repeats each with a new group
   * @param quietMs after its last change a group must stay as it is for this time
   * @param firstRepeat the number of the first of them, among all of all rounds
   * @param phaseMs added to the quiet time before members leave, times the number of the repeat:
   *     heartbeats of members that joined together come together, and where between two of them the
   *     others leave must not be the same every time
   */
  record Settle(
      Protocol protocol,
      int members,
      int partitions,
      int leaving,
      int firstRepeat,
      int repeats,
      int quietMs,
      int phaseMs) {}

  /**
   * Consumers that commit one offset each, again and again, each time waiting for the answer.
   *
   * @param groups that they are spread over, each a member of one
   */
  record Commit(int consumers, int groups, int warmUpSeconds, int seconds) {}

  /**
   * Members that have nothing to do but to say that they live.
   *
   * @param heartbeatsPerSecond of all members together, whatever interval the broker asks for;
   *     before they are measured they come faster
   */
  record Idle(
      Protocol protocol,
      int groups,
      int membersPerGroup,
      int partitions,
      int heartbeatsPerSecond,
      int warmUpSeconds,
      int seconds) {}

  static GroupPlan settling(List<Settle> settles) {
    return new GroupPlan(null, 0, settles, List.of(), null);
  }

  static GroupPlan committing(List<Commit> commits) {
    return new GroupPlan(null, 0, List.of(), commits, null);
  }

  static GroupPlan idling(Idle idle) {
    return new GroupPlan(null, 0, List.of(), List.of(), idle);
  }

  /** The same on a broker that has been started. */
  GroupPlan at(String broker, long pid) {
    return new GroupPlan(broker, pid, settles, commits, idle);
  }

  /** The longest that a load which works may take. */
  int limitSeconds() {
    int seconds = BASE_SECONDS;
    for (Settle settle : settles) {
      seconds += (settle.repeats() + 1) * 3 * SETTLE_LIMIT_SECONDS;
    }
    for (Commit commit : commits) {
      seconds += 2 * SETTLE_LIMIT_SECONDS + commit.warmUpSeconds() + commit.seconds();
    }
    return idle == null
        ? seconds
        : seconds + 2 * SETTLE_LIMIT_SECONDS + idle.warmUpSeconds() + idle.seconds();
  }
}
