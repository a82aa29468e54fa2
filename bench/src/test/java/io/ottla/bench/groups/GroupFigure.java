package io.ottla.bench.groups;

import io.ottla.bench.groups.GroupPlan.Commit;
import io.ottla.bench.groups.GroupPlan.Idle;
import io.ottla.bench.groups.GroupPlan.Settle;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** What can be measured, by the name that {@code --only} knows it by. */
enum GroupFigure {
  SETTLE(1) {
    @Override
    List<GroupPlan> plans(GroupOptions options, int round) {
      return List.of(
          GroupPlan.settling(
              options.protocols(Protocol.values()).stream()
                  .map(protocol -> settle(options, protocol, round))
                  .toList()));
    }

    private Settle settle(GroupOptions options, Protocol protocol, int round) {
      return new Settle(
          protocol,
          options.members(),
          options.partitions(),
          options.leaving(),
          round * options.repeats(),
          options.repeats(),
          QUIET_MS,
          PHASE_MS);
    }
  },

  IDLE(1) {
    // A broker of its own for each protocol: what the one has left must not burden the other.
    @Override
    List<GroupPlan> plans(GroupOptions options, int round) {
      return options.protocols(Protocol.CLASSIC, Protocol.CONSUMER).stream()
          .map(protocol -> GroupPlan.idling(idle(options, protocol)))
          .toList();
    }

    private Idle idle(GroupOptions options, Protocol protocol) {
      return new Idle(
          protocol,
          options.idleGroups(),
          GroupOptions.IDLE_GROUP_SIZE,
          IDLE_PARTITIONS,
          options.heartbeatsPerSecond(),
          options.idleSeconds() * 3 / 4,
          options.idleSeconds());
    }
  },

  COMMIT(2) {
    @Override
    List<GroupPlan> plans(GroupOptions options, int round) {
      int consumers = options.committers();
      return List.of(
          GroupPlan.committing(
              IntStream.of(1, consumers)
                  .mapToObj(groups -> commit(options, consumers, groups))
                  .toList()));
    }

    private Commit commit(GroupOptions options, int consumers, int groups) {
      int seconds = options.commitSeconds();
      return new Commit(consumers, groups, seconds, seconds);
    }
  };

  /** Longer than the heartbeat intervals that are the two protocols' defaults, 3 and 5 s. */
  private static final int QUIET_MS = 5500;

  /** Three repeats are then spread over intervals of 2, of 3 and of 5 s. */
  private static final int PHASE_MS = 3300;

  private static final int IDLE_PARTITIONS = 200;

  private final int rounds;

  GroupFigure(int rounds) {
    this.rounds = rounds;
  }

  /** What to do in a round, each on a broker that has just started. */
  abstract List<GroupPlan> plans(GroupOptions options, int round);

  int rounds(GroupOptions options) {
    return options.rounds(rounds);
  }

  /** As it is written on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
