package io.ottla.bench.groups;

import io.ottla.bench.Target;
import java.util.ArrayList;
import java.util.List;

/** What Ottla's groups are meant to reach beside those of Apache Kafka. */
final class GroupTargets {

  private static final double SETTLE = 0.7;
  private static final double COMMIT = 3;
  private static final double IDLE = 0.5;

  private GroupTargets() {}

  static List<Target> of(GroupOptions options) {
    List<Target> targets = new ArrayList<>();
    for (GroupFigure figure : options.figures()) {
      switch (figure) {
        case SETTLE ->
            options
                .protocols(Protocol.values())
                .forEach(protocol -> settle(options, protocol, targets));
        case COMMIT -> {
          int count = options.committers();
          targets.add(commit(count, 1));
          targets.add(commit(count, count));
        }
        case IDLE ->
            options
                .protocols(Protocol.CLASSIC, Protocol.CONSUMER)
                .forEach(
                    protocol ->
                        targets.add(
                            Target.ratio(
                                "CPU per heartbeat: " + protocol,
                                IdleLoad.cpuPerHeartbeat(protocol, options.idleMembers()),
                                IDLE)));
      }
    }
    return targets;
  }

  private static void settle(GroupOptions options, Protocol protocol, List<Target> targets) {
    targets.add(
        Target.ratio(
            "all join: " + protocol,
            SettleLoad.joined(protocol, options.members(), options.partitions()),
            SETTLE));
    targets.add(
        Target.ratio(
            "some leave: " + protocol,
            SettleLoad.left(protocol, options.members(), options.leaving()),
            SETTLE));
  }

  private static Target commit(int consumers, int groups) {
    return Target.ratio(
        "commits: " + CommitLoad.name(consumers, groups),
        CommitLoad.rate(consumers, groups),
        COMMIT);
  }
}
